"""案件 on a real server: a case without a letter, a letter that moves, two matters that become one."""

from collections.abc import Awaitable
from datetime import date

import pytest
from sqlmodel import select
from temporalio.client import WorkflowExecutionStatus

from desk.desk import Desk
from docket.engine import reading, writing
from docket.reads import find_letter, find_matter
from docket.tables import DutyRow, EventRow, LetterRow, NoticeRow
from docket.transfer import transfer
from operations.audit import audit
from rules.dossier.letter import letters_of
from rules.dossier.state import Dossier
from rules.errors import Refused
from rules.letters.cases import CaseOpened
from rules.letters.parse import parse_event
from settings import Settings
from starter.demo.virtual import VirtualOffice
from tests.conftest import CLERK, moment
from tests.engine.letters import mediation, oral
from tests.engine.test_recording import matter

REASON = "登记时案件编号有误"


def opened(**more: object) -> CaseOpened:
    said = {"type": "case_opened", "on": "2026-03-10", "title": "林权登记", "agencies": ["forestry"], **more}
    event = parse_event(said)
    assert isinstance(event, CaseOpened)
    return event


def known(office: VirtualOffice, name: str) -> Dossier:
    """Read a matter from the docket."""
    with reading(office.engine) as session:
        return find_matter(session, f"wuping/matter/{name}")


async def watched(office: VirtualOffice, name: str) -> Dossier:
    """Ask the workflow of a matter for the letters and duties that it knows, and compare them with the docket."""
    state = known(office, name)
    shown = await office.client.get_workflow_handle(state.id).query("state")
    assert [each["letter"]["id"] for each in shown["letters"]] == [each.letter_id for each in letters_of(state)]
    assert shown["next_wake"] == (
        None if state.next_wake is None else state.next_wake.astimezone(moment("2026-03-10").tzinfo).isoformat()
    )
    return state


async def silent(office: VirtualOffice, settings: Settings, *names: str) -> None:
    """Audit, and see that nothing is found of these matters."""
    found = await audit(office.engine, office.client, settings, office.now)
    assert [each for each in found.findings if any(name in each.subject for name in names)] == []


async def refused(doing: Awaitable[object]) -> str:
    with pytest.raises(Refused) as caught:
        await doing
    return caught.value.key


async def test_a_case_without_a_letter_is_on_file_and_is_asked_about(office: VirtualOffice, settings: Settings) -> None:
    name = matter(office, "case")
    state = await office.desk.open_matter("wuping", name, opened(), "clerk1")
    assert (state.title, state.opened_by) == ("林权登记", "clerk1")
    # 10 March + 30 d = Thursday 9 April.
    assert [(duty.id, duty.due) for duty in state.duties] == [("R19", date(2026, 4, 9))]
    assert await office.desk.open_matter("wuping", name, opened(), "clerk2") == state
    assert (
        await refused(office.desk.open_matter("wuping", name, opened(title="水权"), "clerk2")) == "case_opened_before"
    )
    strange = {"type": "hearing_held", "on": "2026-03-10", "proceeding": "first", "agency": "moon", "appeared": "head"}
    assert await refused(office.desk.record_case(state.id, parse_event(strange), "clerk1")) == "unknown_agency"
    begun = {"type": "proceeding_begun", "on": "2026-03-09", "proceeding": "first", "body": "武平县人民法院"}
    await office.desk.record_case(name, parse_event(begun), "clerk1")
    early = {"type": "proceeding_concluded", "on": "2026-03-06", "proceeding": "first", "outcomes": ["dismissed"]}
    assert await refused(office.desk.record_case(name, parse_event(early), "clerk1")) == "before_instance"
    closed = {"type": "case_closed", "on": "2026-03-10", "reason": "已履行"}
    state = await office.desk.record_case(name, parse_event(closed), "clerk1")
    assert (state.duties[0].state, state.duties[0].ended_on) == ("cancelled", date(2026, 3, 10))
    assert state.closed_at is not None
    await silent(office, settings, name)


async def test_a_letter_moves_to_a_matter_that_is_new_with_its_duties_and_notices(
    office: VirtualOffice, settings: Settings
) -> None:
    wrong, right = matter(office, "wrong"), matter(office, "right")
    letter = (await office.register(mediation(wrong))).state.letter_id
    before = await office.record(letter, "told")
    moved = await office.desk.move(letter, right, REASON, "clerk1")
    assert moved.duties == before.duties
    assert moved.current_letter.matter == right
    with reading(office.engine) as session:
        assert session.get_one(LetterRow, letter).dossier_id == moved.dossier.id
        assert {row.dossier_id for row in session.exec(select(DutyRow).where(DutyRow.letter_id == letter))} == {
            moved.dossier.id
        }
        assert {row.dossier_id for row in session.exec(select(NoticeRow).where(NoticeRow.letter_id == letter))} == {
            moved.dossier.id
        }
        traces = session.exec(select(EventRow.dossier_id).where(EventRow.type == "letter_moved")).all()
    assert {f"wuping/matter/{wrong}", f"wuping/matter/{right}"} <= set(traces)
    left = await office.client.get_workflow_handle(f"wuping/matter/{wrong}").describe()
    assert left.status is WorkflowExecutionStatus.COMPLETED
    await watched(office, right)
    # The letter is recorded on where it is now, and the same paper in the wrong matter is shown the way.
    await office.record(letter, "reported")
    assert await refused(office.register(mediation(wrong))) == "letter_was_moved"
    number = moved.current_letter.number
    assert (await office.register(mediation(right, number=number))).first is False
    await silent(office, settings, wrong, right)


async def test_a_letter_comes_back_and_goes_again(office: VirtualOffice, settings: Settings) -> None:
    here, there = matter(office, "here"), matter(office, "there")
    letter = (await office.register(mediation(here))).state.letter_id
    await office.register(oral(there))
    await office.desk.move(letter, there, REASON, "clerk1")
    await office.record(letter, "told")
    back = await office.desk.move(letter, here, "原案件无误", "clerk1")
    assert [entry.event.type for entry in back.own] == ["told"]
    again = await office.desk.move(letter, there, REASON, "clerk1")
    assert letter in [each.letter_id for each in letters_of(again.dossier)]
    for name in (here, there):
        assert [entry.event.type for entry in known(office, name).entries].count("letter_moved") == 3
    await watched(office, there)
    await silent(office, settings, here, there)


async def test_two_matters_become_one_and_what_happens_then_concerns_both_letters(
    office: VirtualOffice, settings: Settings
) -> None:
    one, two = matter(office, "one"), matter(office, "two")
    first = (await office.register(oral(one))).state.letter_id
    second = (await office.register(mediation(two))).state.letter_id
    await office.desk.open_matter("wuping", two, opened(), "clerk1")
    state = await office.desk.join(two, one, "同一行政行为", "clerk1")
    assert {each.letter_id for each in letters_of(state)} == {first, second}
    assert state.title == "林权登记"
    assert known(office, two).joined == state.id
    assert await refused(office.register(oral(two))) == "matter_joined"
    assert await refused(office.desk.join(two, one, "同一行政行为", "clerk1")) == "matter_joined"
    await office.record(first, "withdrawal", evidence="撤诉申请书")
    after = await watched(office, one)
    assert {duty.state for duty in after.duties if duty.rule == "R13"} == {"cancelled"}
    await silent(office, settings, one, two)


async def test_a_transfer_that_broke_off_is_finished_by_asking_again(office: VirtualOffice, settings: Settings) -> None:
    wrong, right = matter(office, "broken"), matter(office, "mended")
    letter = (await office.register(mediation(wrong))).state.letter_id
    with writing(office.engine) as session:
        # The docket has it; neither workflow was told of it.
        transfer(session, f"wuping/matter/{wrong}", f"wuping/matter/{right}", letter, REASON, office.now, CLERK, set())
    desk: Desk = office.desk
    await desk.dossiers.transfer(f"wuping/matter/{wrong}", f"wuping/matter/{right}", letter, REASON, CLERK)
    await watched(office, right)
    with reading(office.engine) as session:
        assert find_letter(session, letter).dossier.name == right
    await silent(office, settings, wrong, right)
