"""Recording events on a real server: validated, once only, in turn, and on finished letters too."""

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy import Engine
from sqlmodel import select
from temporalio.client import Client, WorkflowExecutionStatus

from activities.messages import Act
from cluster.errors import Unconfirmed
from desk.calendars import load_year, preview_year
from desk.desk import Desk
from docket.engine import open_engine, reading
from docket.reads import find_letter
from docket.tables import EventRow
from rules.counting.years import YearDocument
from rules.duties.duty import id_of
from rules.errors import Refused
from rules.letters.letter import letter_id
from rules.letters.parse import parse_event, parse_letter
from settings import Settings
from starter.demo.virtual import VirtualOffice
from tests.conftest import START, moment
from tests.engine.letters import FEEDBACK, dossier_of, judgment, mediation, oral
from tests.engine.test_calendar_load import NOTICE_2027
from worker import new_worker


def matter(office: VirtualOffice, name: str) -> str:
    return f"{name}-{office.engine.dialect.name}"


def events(office: VirtualOffice, letter: str) -> list[str]:
    """List the types of the event rows of a letter's matter, without the letters' arrivals."""
    of_the_matter = EventRow.dossier_id == dossier_of(office.engine, letter)
    with reading(office.engine) as session:
        return sorted(session.exec(select(EventRow.type).where(of_the_matter, EventRow.type != "arrived")).all())


async def test_an_event_moves_duties_and_is_queried_with_its_reason(office: VirtualOffice) -> None:
    letter = (await office.register(oral(matter(office, "query")))).state.letter_id
    await office.record(letter, "told")
    handle = office.client.get_workflow_handle(dossier_of(office.engine, letter))
    state = await handle.query("state")
    (shown,) = state["letters"]
    told = {duty["key"]: (duty["state"], duty["due"]) for duty in shown["duties"]}
    # Ten March plus five days is Sunday the fifteenth, which rolls to Monday.
    assert told["R03@forestry"] == ("open", "2026-03-16")
    why = await handle.query("why", id_of(letter, "R03@forestry"))
    assert (why["start"], why["nominal"], why["due"]) == ("2026-03-10", "2026-03-15", "2026-03-16")
    assert why["rolled_over"] == [{"date": "2026-03-15", "reason": "周日"}]


async def test_the_same_event_from_two_clerks_at_once_is_recorded_once(office: VirtualOffice) -> None:
    letter = (await office.register(oral(matter(office, "same")))).state.letter_id
    event = parse_event({"type": "told", "on": "2026-03-10", "receiver": "李某"})
    await asyncio.gather(*(office.desk.record(letter, event, by) for by in ("clerk1", "clerk2")))
    assert events(office, letter) == ["told"]


async def test_two_extension_letters_at_once_let_one_in_and_refuse_the_other(office: VirtualOffice) -> None:
    letter = (await office.register(mediation(matter(office, "rivals")))).state.letter_id

    async def extend(number: str) -> str:
        data = {"type": "extension", "on": "2026-03-10", "number": number, "months": 1, "reason": "协商"}
        try:
            await office.desk.record(letter, parse_event(data), "clerk1")
        except Refused as refused:
            return refused.key
        return "recorded"

    outcomes = await asyncio.gather(extend("甲号"), extend("乙号"))
    assert sorted(outcomes) == ["extension_recorded", "recorded"]
    assert events(office, letter) == ["extension"]


async def test_a_refused_event_leaves_no_row_and_no_history(office: VirtualOffice) -> None:
    letter = (await office.register(oral(matter(office, "no")))).state.letter_id
    handle = office.client.get_workflow_handle(dossier_of(office.engine, letter))
    before = (await handle.describe()).history_length
    for data, field in (
        ({"type": "progress", "on": "2026-03-10", "work": "x"}, "event"),
        ({"type": "told", "on": "2026-03-11"}, "on"),
        ({"type": "forwarded", "on": "2026-03-10", "to": "court", "number": "1"}, "event"),
    ):
        with pytest.raises(Refused) as refused:
            await office.desk.record(letter, parse_event(data), "clerk1")
        assert refused.value.field == field
    assert events(office, letter) == []
    assert (await handle.describe()).history_length == before


async def test_the_validator_in_the_workflow_refuses_what_a_careless_client_sends(office: VirtualOffice) -> None:
    registered = await office.register(oral(matter(office, "careless")))
    desk = office.desk
    desk_check = parse_event({"type": "progress", "on": "2026-03-10", "work": "x"})
    from rules.letters.events import Entry

    letter = registered.state
    entry = Entry(id="careless", letter=letter.letter_id, event=desk_check, at=office.now, by="x")
    with pytest.raises(Refused) as refused:
        await desk.dossiers.take(
            letter.dossier.id, letter.dossier, Act(happening=entry, origin="here"), letter.letter_id
        )
    assert (refused.value.field, refused.value.key) == ("event", "event_unknown")


async def test_a_finished_matter_takes_a_late_event_up_again_and_finishes_anew(office: VirtualOffice) -> None:
    letter = (await office.register(oral(matter(office, "finished")))).state.letter_id
    await office.record(letter, "told")
    await office.record(letter, "reported")
    await office.record(letter, "recall", reason="法院来电：不立案")
    handle = office.client.get_workflow_handle(dossier_of(office.engine, letter))
    await handle.result()
    assert (await handle.describe()).status is WorkflowExecutionStatus.COMPLETED
    state = await office.record(letter, "feedback", **FEEDBACK)
    assert [entry.event.type for entry in state.entries] == ["told", "reported", "recall", "feedback"]
    # The feedback opens R04 towards the court, so the matter is watched again.
    assert [duty.key for duty in state.duties if duty.unfinished] == ["R04"]
    assert (
        await office.client.get_workflow_handle(dossier_of(office.engine, letter)).describe()
    ).status is WorkflowExecutionStatus.RUNNING


async def test_an_event_of_the_matter_is_recorded_once_and_concerns_each_letter(office: VirtualOffice) -> None:
    name = matter(office, "whole")
    first = (await office.register(oral(name))).state.letter_id
    second = (await office.register(mediation(name))).state.letter_id
    for _ in range(2):
        await office.record(first, "withdrawal", evidence="撤诉申请书")
    assert events(office, first).count("withdrawal") == 1
    with reading(office.engine) as session:
        states = {duty.key: duty.state for duty in find_letter(session, second).duties}
    assert (states["R05"], states["R07"]) == ("cancelled", "open")


async def test_an_excuse_needs_a_supervisor(office: VirtualOffice) -> None:
    letter = (await office.register(judgment(matter(office, "excuse")))).state.letter_id
    with pytest.raises(Refused) as refused:
        await office.record(letter, "excuse", duty="R16@forestry", reason="台风停工")
    assert (refused.value.field, refused.value.key) == ("by", "not_supervisor")
    state = await office.record(letter, "excuse", by="bureau_head", duty="R16@forestry", reason="台风停工")
    duty = state.duty("R16@forestry")
    assert duty is not None
    assert duty.state == "excused"


async def test_what_was_voided_can_be_recorded_again(office: VirtualOffice) -> None:
    letter = (await office.register(oral(matter(office, "again")))).state.letter_id
    state = await office.record(letter, "told")
    await office.record(letter, "void", target=state.entries[0].id, reason="记错来文")
    state = await office.record(letter, "told")
    duty = state.duty("R03@forestry")
    assert duty is not None
    assert str(duty.due) == "2026-03-16"
    assert [event for event in events(office, letter) if event != "date_moved"] == ["told", "told", "void"]


async def test_temporals_own_pages_can_be_read(office: VirtualOffice) -> None:
    letter = (await office.register(mediation(matter(office, "pages")))).state.letter_id
    description = await office.client.get_workflow_handle(dossier_of(office.engine, letter)).describe()
    assert await description.static_summary() == f"案件 {matter(office, 'pages')}"
    listed = office.client.get_workflow_handle(dossier_of(office.engine, letter))
    metadata = await listed.query("__temporal_workflow_metadata")
    assert "R07 函告协调化解结果 2026-04-10" in str(metadata)
    assert letter == letter_id(parse_letter(mediation(matter(office, "pages"))))


@pytest.mark.slow
async def test_an_event_that_met_an_unreachable_docket_is_recorded_once_when_it_is_back(
    docket: Engine, temporal: Client, settings: Settings
) -> None:
    """The clerk is told that it is accepted and not confirmed; repeating it is harmless."""
    office = VirtualOffice(docket, temporal, START, task_queue=settings.task_queue)
    async with new_worker(temporal, docket, settings):
        letter = (await office.register(oral(matter(office, "away")))).state.letter_id
    hasty = Desk(docket, temporal, lambda: START, task_queue=settings.task_queue, answer=timedelta(seconds=2))
    told = parse_event({"type": "told", "on": str(START.date())})
    async with new_worker(temporal, open_engine("sqlite:////nowhere/docket.db"), settings):
        for _ in range(2):
            with pytest.raises(Unconfirmed):
                await hasty.record(letter, told, "clerk1")
    assert events(office, letter) == []
    async with new_worker(temporal, docket, settings):
        await office.desk.record(letter, told, "clerk1")
    assert events(office, letter) == ["told"]


async def test_a_calendar_that_comes_back_is_counted_with_again(office: VirtualOffice) -> None:
    """A notice is loaded, then corrected, then the first one again: each time the matter follows."""
    office.now = moment("2026-12-01")
    data = mediation(matter(office, "back"), received_at="2026-12-01T09:30:00+08:00")
    letter = (await office.register(data)).state.letter_id
    dues = []
    for first_off in ("2027-01-04", "2027-01-03", "2027-01-04"):
        off = [{**NOTICE_2027["off"][0], "last": first_off}, *NOTICE_2027["off"][1:]]
        document = YearDocument.model_validate(NOTICE_2027 | {"off": off})
        await load_year(office.desk, preview_year(office.engine, document, "2027.json", office.now), "bureau_head")
        with reading(office.engine) as session:
            duty = find_letter(session, letter).duty("R07")
        assert duty is not None
        dues.append(str(duty.due))
    assert dues == ["2027-01-05", "2027-01-04", "2027-01-05"]


async def test_windows_of_one_matter_govern_the_result_of_each_other(office: VirtualOffice) -> None:
    """A24: the later expiry governs R07, also after the later window has moved again."""
    name = matter(office, "siblings")
    first = (await office.register(mediation(name))).state.letter_id
    await office.until(moment("2026-03-20"))
    second = mediation(name, number=f"(2026)闽0824委{name}二号", received_at="2026-03-20T09:30:00+08:00")
    other = (await office.register(second)).state.letter_id
    assert result_due(office, first) == result_due(office, other) == "2026-04-20"
    await office.until(moment("2026-03-20", "10:05"))
    for party in ("forestry", "张三"):
        await office.record(other, "consent", party=party, evidence="书面")
    await office.record(
        other, "extension", number="延1号", new_end="2026-05-08", copied_on="2026-03-20", reason="协商中"
    )
    assert result_due(office, first) == result_due(office, other) == "2026-05-08"


async def test_a_letter_that_is_open_again_hears_what_its_matter_has_heard(office: VirtualOffice) -> None:
    name = matter(office, "reopened")
    first = (await office.register(mediation(name))).state.letter_id
    await office.until(moment("2026-03-20"))
    second = mediation(name, number=f"(2026)闽0824委{name}二号", received_at="2026-03-20T09:30:00+08:00")
    other = (await office.register(second)).state.letter_id
    for event in ("told", "reported"):
        await office.record(other, event)
    result = {"outcome": "withdrawn", "number": "反1号", "copied_on": "2026-03-20"}
    closed = await office.record(other, "result", **result)
    assert closed.closed_at is not None
    await office.record(first, "withdrawal", evidence="撤诉申请")
    opened = await office.record(other, "void", target=closed.entries[-1].id, reason="录错")
    assert "withdrawal" in [entry.event.type for entry in opened.entries]


async def test_a_matter_s_event_that_was_voided_once_reaches_all_letters_again(office: VirtualOffice) -> None:
    name = matter(office, "everywhere-again")
    first = (await office.register(mediation(name))).state.letter_id
    said = await office.record(first, "withdrawal", evidence="撤诉申请")
    await office.record(first, "void", target=said.entries[-1].id, reason="录错")
    second = mediation(name, number=f"(2026)闽0824委{name}二号")
    other = (await office.register(second)).state.letter_id
    await office.record(other, "withdrawal", evidence="撤诉申请")
    with reading(office.engine) as session:
        for letter in (first, other):
            duties = {duty.key: duty.state.value for duty in find_letter(session, letter).duties}
            assert duties["R05"] == "cancelled", letter


async def test_a_matter_s_event_that_stands_again_reaches_letters_registered_meanwhile(office: VirtualOffice) -> None:
    name = matter(office, "meanwhile")
    first = (await office.register(mediation(name))).state.letter_id
    said = await office.record(first, "withdrawal", evidence="撤诉申请")
    void = await office.record(first, "void", target=said.entries[-1].id, reason="录错")
    other = (await office.register(mediation(name, number=f"(2026)闽0824委{name}二号"))).state.letter_id
    (mistaken,) = (entry.id for entry in void.entries if entry.event.type == "void")
    await office.record(first, "void", target=mistaken, reason="原登记无误")
    with reading(office.engine) as session:
        assert "withdrawal" in [entry.event.type for entry in find_letter(session, other).entries]


def result_due(office: VirtualOffice, letter: str) -> str:
    with reading(office.engine) as session:
        duty = find_letter(session, letter).duty("R07")
    assert duty is not None
    return str(duty.due)


@pytest.mark.parametrize("docket", ["sqlite"], indirect=True)
async def test_a_mistake_of_ours_refuses_the_event_and_not_the_matter(
    office: VirtualOffice, monkeypatch: pytest.MonkeyPatch
) -> None:
    letter = (await office.register(oral("mistake"))).state.letter_id
    with monkeypatch.context() as broken:
        broken.delattr("activities.dossiers.step")
        with pytest.raises(Refused) as refused:
            await office.record(letter, "told")
    assert (refused.value.field, refused.value.key) == ("matter", "engine_failed")
    assert "NameError" in refused.value.reason
    assert (await office.record(letter, "told")).entries[-1].event.type == "told"
