"""The audit finds what is planted, mends what a program may, and is silent on a healthy system."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, delete
from sqlmodel import Session, col, select
from temporalio.client import Client

from cluster.schedules import ensure_schedules, name
from docket.acts import Actor, acts
from docket.audits import accept, last_audit
from docket.engine import reading, writing
from docket.library import store_year
from docket.reads import stored_state
from docket.seal import events as events_of
from docket.settle import settle
from docket.tables import (
    WAITS,
    DeliveryRow,
    DossierRow,
    DutyAgencyRow,
    DutyRow,
    EventRow,
    LetterRow,
    NoticeRow,
    PersonRow,
    RungRow,
    SlipRow,
)
from operations.audit import audit
from operations.mending import mend
from rules.accept.rulebook import shipped_rulebook
from rules.dossier.state import Dossier
from rules.duties.duty import id_of
from settings import Settings
from starter.demo.virtual import VirtualOffice
from tests.conftest import START, moment
from tests.docket.test_settle import after
from tests.engine.letters import FEEDBACK, dossier_of, mediation, oral
from tests.engine.test_long_lives import reset_to_beginning
from tests.rules.builders import notice

pytestmark = [pytest.mark.slow, pytest.mark.parametrize("docket", ["sqlite", "postgresql"], indirect=True)]


class Town:
    """An office with its schedules, and what the audit finds there of some letters and of everything else."""

    def __init__(self, office: VirtualOffice, settings: Settings) -> None:
        self.office = office
        self.settings = settings
        self.letters: list[str] = []
        self.matters: list[str] = []

    async def found(self, *, later: timedelta = timedelta()) -> list[tuple[str, str]]:
        """Audit, and list what was found; other tests' matters run in the same namespace."""
        result = await audit(self.office.engine, self.office.client, self.settings, self.office.now + later)
        return sorted((each.subject, each.what) for each in result.findings if each.what != "no_row")

    async def mended(self) -> list[tuple[str, str]]:
        """Mend what is found, and list what is left."""
        result = await audit(self.office.engine, self.office.client, self.settings, self.office.now)
        await mend(self.office.engine, self.office.client, self.office.desk, result)
        return await self.found()

    def change(self, do: Callable[[Session], None]) -> None:
        with writing(self.office.engine) as session:
            do(session)


@pytest.fixture
async def town(office: VirtualOffice, settings: Settings) -> Town:
    """Three mediation letters that were told, and the schedules."""
    await ensure_schedules(office.client, settings.task_queue, shipped_rulebook().office)
    town = Town(office, settings)
    for number in range(3):
        letter = (await office.register(mediation(f"audit-{settings.task_queue}-{number}"))).state.letter_id
        await office.record(letter, "told")
        town.letters.append(letter)
        town.matters.append(dossier_of(office.engine, letter))
    assert await town.found() == []
    return town


def rewritten(session: Session, matter: str, change: Callable[[Dossier], Dossier]) -> None:
    row = session.get_one(DossierRow, matter)
    row.state = change(Dossier.model_validate(row.state)).model_dump(mode="json")
    session.add(row)


async def test_a_date_that_both_row_and_state_have_wrong_is_found_by_counting_again(town: Town) -> None:
    """The engine would not notice: its own copy says the same. Only the second count does."""

    def plant(session: Session) -> None:
        def change(state: Dossier) -> Dossier:
            duties = [
                duty.model_copy(update={"due": duty.due.replace(day=9)}) if duty.rule == "R07" and duty.due else duty
                for duty in state.duties
            ]
            return state.model_copy(update={"duties": tuple(duties)})

        rewritten(session, town.matters[0], change)
        duty = session.get_one(DutyRow, (town.matters[0], id_of(town.letters[0], "R07")))
        assert duty.due is not None
        duty.due = duty.due.replace(day=9)
        session.add(duty)

    town.change(plant)
    assert await town.found() == [(town.matters[0], "date_drift"), (town.matters[0], "state_differs")]
    # What the workflow knows is right, so the rows are written again from it.
    assert await town.mended() == []


async def test_a_row_that_was_changed_is_found_and_rebuilt(town: Town) -> None:
    def plant(session: Session) -> None:
        duty = session.get_one(DutyRow, (town.matters[0], id_of(town.letters[0], "R13.1@forestry")))
        assert duty.due is not None
        duty.due = duty.due + timedelta(days=7)
        gone = session.get_one(DutyRow, (town.matters[1], id_of(town.letters[1], "R05")))
        session.add(duty)
        for link in session.exec(
            select(DutyAgencyRow).where(DutyAgencyRow.dossier_id == gone.dossier_id, DutyAgencyRow.id == gone.id)
        ):
            session.delete(link)
        session.flush()
        session.delete(gone)

    town.change(plant)
    assert set(await town.found()) == {
        (town.matters[0], "date_drift"), (town.matters[0], "row_differs"),
        (town.matters[1], "duty_missing"), (town.matters[1], "row_differs"),
    }  # fmt: skip
    assert await town.mended() == []


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("closed_at", START),
        ("voided", True),
        ("number", "别的字号"),
        ("matter", "别的事项"),
    ],
)
async def test_a_letter_can_not_drop_out_by_its_columns(town: Town, column: str, value: object) -> None:
    letter, matter = town.letters[0], town.matters[0]
    town.change(lambda session: setattr(session.get_one(LetterRow, letter), column, value))
    assert await town.found() == [(matter, "row_differs")]
    assert await town.mended() == []
    # It goes on as ever.
    assert len((await town.office.record(letter, "reported")).entries) == 2


@pytest.mark.parametrize(
    ("column", "value"), [("closed_at", START), ("version", 999), ("next_wake", START), ("name", "别的事项")]
)
async def test_a_matter_can_not_drop_out_by_its_columns(town: Town, column: str, value: object) -> None:
    matter = town.matters[0]
    town.change(lambda session: setattr(session.get_one(DossierRow, matter), column, value))
    assert await town.found() == [(matter, "row_differs")]
    assert await town.mended() == []
    assert len((await town.office.record(town.letters[0], "reported")).entries) == 2


async def test_one_letter_s_duty_is_missed_beside_the_same_duty_of_another_letter(town: Town) -> None:
    name = f"audit-{town.settings.task_queue}-0"
    other = (await town.office.register(mediation(name, number="(2026)闽0824委二号"))).state.letter_id
    key = id_of(other, "R07")

    def plant(session: Session) -> None:
        session.execute(delete(DutyAgencyRow).where(col(DutyAgencyRow.id) == key))
        session.execute(delete(DutyRow).where(col(DutyRow.id) == key))

    town.change(plant)
    assert await town.found() == [(town.matters[0], "duty_missing"), (town.matters[0], "row_differs")]
    assert await town.mended() == []
    with reading(town.office.engine) as session:
        kept = session.exec(select(DutyRow.id).where(DutyRow.rule == "R07", DutyRow.dossier_id == town.matters[0]))
        assert set(kept) == {key, id_of(town.letters[0], "R07")}


async def test_a_duty_that_is_said_to_be_done_is_found(town: Town) -> None:
    letter, matter = town.letters[0], town.matters[0]
    town.change(lambda session: setattr(session.get_one(DutyRow, (matter, id_of(letter, "R07"))), "state", "done"))
    assert await town.found() == [(matter, "row_differs")]
    assert await town.mended() == []


async def test_a_matter_that_is_said_to_be_closed_everywhere_in_the_docket_still_runs(town: Town) -> None:
    matter = town.matters[0]

    def plant(session: Session) -> None:
        rewritten(session, matter, lambda state: state.model_copy(update={"closed_at": START, "next_wake": None}))
        row = session.get_one(DossierRow, matter)
        row.closed_at, row.next_wake = START, None

    town.change(plant)
    assert await town.found() == []
    # A workflow that runs for longer than a moment beside a closed matter is looked at as well.
    office, now = town.office, datetime.now(UTC) + timedelta(minutes=2)
    result = await audit(office.engine, office.client, town.settings, now)
    assert (matter, "state_differs") in [(each.subject, each.what) for each in result.findings]
    await mend(office.engine, office.client, office.desk, result)
    with reading(office.engine) as session:
        assert session.get_one(DossierRow, matter).closed_at is None
    assert await town.found() == []


async def test_rungs_and_links_that_were_deleted_are_found_and_written_again(town: Town) -> None:
    def plant(session: Session) -> None:
        session.execute(delete(DutyAgencyRow).where(col(DutyAgencyRow.dossier_id) == town.matters[0]))
        session.execute(delete(RungRow).where(col(RungRow.dossier_id) == town.matters[1]))

    town.change(plant)
    assert set(await town.found()) == {(town.matters[0], "row_differs"), (town.matters[1], "row_differs")}
    assert await town.mended() == []


@pytest.mark.parametrize("broken", ["event", "state", "rulebook"])
async def test_what_can_not_be_read_is_named_and_keeps_nothing_else_from_being_found(town: Town, broken: str) -> None:
    matter, other = town.matters[:2]

    def plant(session: Session) -> None:
        row = session.get_one(DossierRow, matter)
        if broken == "event":
            event_row(session, matter, "told").body = {"type": "no such type"}
        elif broken == "state":
            row.state = {}
        else:
            rewritten(session, matter, under_a_book_that_is_gone)

    town.change(plant)
    await town.office.client.get_workflow_handle(other).terminate("test")
    found = await town.found()
    assert (matter, "unreadable_row") in found
    assert (other, "no_workflow") in found
    # What can be mended is.
    assert (other, "no_workflow") not in await town.mended()


async def test_rows_of_a_matter_whose_workflow_is_gone_are_mended_from_the_docket_itself(town: Town) -> None:
    """Temporal's data are lost and a row is wrong: one must not keep the other from being mended."""
    for matter in town.matters:
        await town.office.client.get_workflow_handle(matter).terminate("test")
    town.change(lambda session: setattr(session.get_one(LetterRow, town.letters[0]), "matter", "别的事项"))
    assert len(await town.found()) == 4
    assert await town.mended() == []


async def test_a_matter_that_was_not_counted_by_the_present_calendar_is_found_and_counted(town: Town) -> None:
    year = notice(2027, [("2027-01-01", "2027-01-03", "元旦")], [])
    town.change(lambda session: store_year(session, year, START, "admin"))
    assert await town.found() == [(matter, "not_replanned") for matter in sorted(town.matters)]
    assert await town.mended() == []


async def test_a_docket_that_is_behind_its_workflow_is_found_and_rebuilt(town: Town) -> None:
    letter, matter = town.letters[0], town.matters[0]
    with reading(town.office.engine) as session:
        before = session.get_one(DossierRow, matter).model_dump()
    await town.office.record(letter, "reported")

    def plant(session: Session) -> None:
        row = session.get_one(DossierRow, matter)
        row.sqlmodel_update(before)
        session.add(row)
        event = event_row(session, matter, "reported")
        session.delete(event)

    town.change(plant)
    found = await town.found()
    assert (matter, "stale") in found
    assert {who for who, _ in found} == {matter}
    assert await town.mended() == []
    with reading(town.office.engine) as session:
        assert sorted(session.exec(select(EventRow.type).where(EventRow.dossier_id == matter))) == [
            "arrived",
            "reported",
            "told",
        ]


async def test_a_workflow_that_is_behind_its_docket_is_found_and_brought_up(town: Town) -> None:
    """As after a restore: the docket was copied a moment after Temporal's file, and has one event more."""
    letter, matter = town.letters[0], town.matters[0]

    def plant(session: Session) -> None:
        state = stored_state(session, matter)
        assert state is not None
        outcome = after(state, town.office.now, "reported")
        settle(session, outcome, "ahead", town.office.now, frozenset(), "督办")

    town.change(plant)
    assert await town.found() == [(matter, "behind")]
    assert await town.mended() == []
    state = await town.office.record(letter, "void", target=await last_event(town, matter), reason="误录")
    assert [entry.event.type for entry in state.entries] == ["told", "reported", "void"]


async def test_a_workflow_that_was_reset_to_its_beginning_is_found_and_brought_up(town: Town) -> None:
    letter, matter = town.letters[0], town.matters[0]
    await reset_to_beginning(town.office.client, town.matters[0])
    assert await town.found() == [(matter, "behind")]
    assert await town.mended() == []
    state = await town.office.record(letter, "reported")
    assert [entry.event.type for entry in state.entries] == ["told", "reported"]


async def last_event(town: Town, matter: str) -> str:
    with reading(town.office.engine) as session:
        state = stored_state(session, matter)
    assert state is not None
    return state.entries[-1].id


async def test_a_matter_whose_workflow_is_gone_is_found_and_taken_up_again(town: Town) -> None:
    letter, matter = town.letters[0], town.matters[0]
    await town.office.client.get_workflow_handle(matter).terminate("test")
    assert await town.found() == [(matter, "no_workflow")]
    assert await town.mended() == []
    state = await town.office.record(letter, "reported")
    assert [entry.event.type for entry in state.entries] == ["told", "reported"]


async def test_a_changed_event_breaks_its_seal_and_that_of_no_other_matter(town: Town) -> None:
    matter = town.matters[1]

    def plant(session: Session) -> None:
        row = event_row(session, matter, "told")
        row.by = "somebody_else"
        session.add(row)

    town.change(plant)
    assert await town.found() == [(matter, "row_differs"), (matter, "seal_broken")]
    assert await town.mended() == []
    # What stood there does not vanish: it is in the record of acts.
    with reading(town.office.engine) as session:
        (act,) = acts(session, "mend")
    assert (act.object, act.by, act.old, act.new) == (
        matter, "system", {"event": act.old and act.old["event"], "by": "somebody_else"}, {"by": "clerk1"},
    )  # fmt: skip


async def test_an_event_that_was_taken_out_of_an_open_matter_is_put_back_where_it_was(town: Town) -> None:
    letter, matter = town.letters[2], town.matters[2]
    await town.office.record(letter, "reported")
    await town.office.record(letter, "progress", work="首次面谈")

    def plant(session: Session) -> None:
        events = session.exec(select(EventRow).where(EventRow.dossier_id == matter, EventRow.number == 2))
        session.delete(events.one())

    town.change(plant)
    assert (matter, "seal_broken") in await town.found()
    assert await town.mended() == []
    with reading(town.office.engine) as session:
        assert [row.number for row in events_of(session, matter)] == [1, 2, 3, 4]


async def test_mending_seals_no_event_that_was_changed_and_unsealed(town: Town) -> None:
    matter = await finished(town, "forged")

    def plant(session: Session) -> None:
        for row in session.exec(select(EventRow).where(EventRow.dossier_id == matter)):
            row.number = row.seal = None
            if row.type == "feedback":
                row.body = row.body | {"result": "达成一致"}

    town.change(plant)
    assert (matter, "seal_broken") in await town.found()
    assert (matter, "seal_broken") in await town.mended()


async def test_what_an_older_version_did_not_seal_is_sealed(town: Town) -> None:
    matter = await finished(town, "older")

    def plant(session: Session) -> None:
        for row in session.exec(select(EventRow).where(EventRow.dossier_id == matter)):
            row.number = row.seal = None

    town.change(plant)
    assert (matter, "seal_broken") in await town.found()
    assert await town.mended() == []


def event_row(session: Session, matter: str, type_: str) -> EventRow:
    """Return the one event of a type that a matter has."""
    return session.exec(select(EventRow).where(EventRow.dossier_id == matter, EventRow.type == type_)).one()


def under_a_book_that_is_gone(state: Dossier) -> Dossier:
    """Return a state whose letters came under a rulebook that is not there."""
    letters = tuple(each.model_copy(update={"rulebook": "gone@0"}) for each in state.letters)
    return state.model_copy(update={"letters": letters})


async def finished(town: Town, name: str) -> str:
    """Play an oral notice to its end; return its matter."""
    letter = (await town.office.register(oral(f"audit-{name}-{town.settings.task_queue}"))).state.letter_id
    acts: dict[str, dict[str, Any]] = {
        "told": {}, "reported": {}, "feedback": FEEDBACK, "forwarded": {"to": "court", "number": "函1号"},
    }  # fmt: skip
    for event, fields in acts.items():
        await town.office.record(letter, event, **fields)
    return dossier_of(town.office.engine, letter)


async def test_a_changed_event_of_a_finished_matter_is_found_too(town: Town) -> None:
    matter = await finished(town, "closed")

    def plant(session: Session) -> None:
        row = event_row(session, matter, "feedback")
        row.body = row.body | {"result": "达成一致"}
        session.add(row)

    town.change(plant)
    # What comes behind it in the chain was sealed over the old one.
    assert await town.found() == [(matter, "seal_broken")]


async def test_an_event_that_was_taken_out_of_a_finished_matter_is_found(town: Town) -> None:
    matter = await finished(town, "cut")
    town.change(lambda session: session.delete(event_row(session, matter, "reported")))
    assert {what for who, what in await town.found() if who == matter} == {"events_missing", "seal_broken"}


async def test_what_nobody_can_undo_is_accepted_and_what_comes_next_is_not(town: Town) -> None:
    matter, other = await finished(town, "accepted"), await finished(town, "not-accepted")

    def forge(session: Session, of: str, type_: str) -> None:
        event_row(session, of, type_).by = "somebody_else"

    town.change(lambda session: forge(session, matter, "feedback"))
    found = await audit(town.office.engine, town.office.client, town.settings, town.office.now)
    keys = [each.key for each in found.findings if each.subject == matter]
    assert len(keys) == 1
    town.change(lambda session: accept(session, Actor("clerk1", "test"), START, matter, keys, "已与纸质卷宗核对"))
    again = await audit(town.office.engine, town.office.client, town.settings, town.office.now)
    assert [each.key for each in again.accepted] == keys
    assert await town.found() == []
    with reading(town.office.engine) as session:
        last = last_audit(session)
        assert last is not None
        assert last.findings == []
    town.change(lambda session: forge(session, matter, "told"))
    town.change(lambda session: forge(session, other, "told"))
    assert await town.found() == [(matter, "seal_broken"), (other, "seal_broken")]


async def test_the_last_event_of_a_finished_matter_is_missed_too(town: Town) -> None:
    """The chain of what is left still fits; that something is left out does not."""
    matter = await finished(town, "tail")
    town.change(
        lambda session: session.delete(
            session.exec(select(EventRow).where(EventRow.dossier_id == matter, EventRow.number == 5)).one()
        )
    )
    assert await town.found() == [(matter, "events_missing")]


async def test_a_delivery_that_nobody_tries_is_found_and_handed_over_again(town: Town) -> None:
    with reading(town.office.engine) as session:
        key = session.exec(select(NoticeRow.key).where(NoticeRow.letter_id == town.letters[0])).first()
    assert key is not None
    town.change(
        lambda session: session.add(
            DeliveryRow(notice_key=key, channel="email", target="x@county.test", status="pending")
        )
    )
    assert await town.found() == []
    assert await town.found(later=timedelta(hours=1)) == [(key, "delivery_stuck")]
    result = await audit(town.office.engine, town.office.client, town.settings, town.office.now + timedelta(hours=1))
    mended = await mend(town.office.engine, town.office.client, town.office.desk, result)
    assert mended.deliveries == 1
    running = await town.office.client.get_workflow_handle(f"delivery/{key}").describe()
    assert running.workflow_type == "DeliveryWorkflow"


async def test_a_digest_that_was_not_made_is_found(town: Town) -> None:
    def plant(session: Session) -> None:
        row = session.exec(select(NoticeRow).where(NoticeRow.person == "clerk1")).first()
        assert row is not None
        row.digest = WAITS
        session.add(row)

    town.change(plant)
    assert await town.found() == []
    # It waits for tomorrow's, at twenty-five to ten; what is not made by noon is late.
    assert await town.found(later=timedelta(days=1, hours=1)) == []
    assert await town.found(later=timedelta(days=1, hours=2)) == [("clerk1", "undigested")]


async def test_an_agency_without_anybody_is_found_and_so_is_somebody_who_hears_nothing(town: Town) -> None:
    def plant(session: Session) -> None:
        liaison = session.get_one(PersonRow, "forestry_liaison")
        liaison.active = False
        session.add(liaison)

    town.change(plant)
    assert await town.found() == [("forestry", "unreachable")]
    # A week later nobody has read what the bureau's clerks were told, and they have neither channel nor account.
    assert ("clerk1", "unreachable") in await town.found(later=timedelta(days=8))


async def test_schedules_that_are_gone_are_found_and_made_anew(town: Town, temporal: Client) -> None:
    await temporal.get_schedule_handle(name(town.settings.task_queue, "digest")).delete()
    await temporal.get_schedule_handle(name(town.settings.task_queue, "audit")).pause()
    assert await town.found() == [("audit", "no_schedule"), ("digest", "no_schedule")]
    assert await town.mended() == []


async def test_a_number_that_was_taken_out_of_the_slips_is_found(town: Town) -> None:
    with reading(town.office.engine) as session:
        keys = session.exec(select(NoticeRow.key).limit(3)).all()
    town.change(
        lambda session: session.add_all(
            SlipRow(notice_key=key, number=f"督办〔2026〕{n}号", year=2026, serial=n, level=1, made_at=START)
            for n, key in zip((1, 2, 4), keys, strict=True)
        )
    )
    assert await town.found() == [("〔2026〕3号", "number_missing")]


async def test_what_was_found_is_kept(town: Town) -> None:
    await town.office.client.get_workflow_handle(town.matters[2]).terminate("test")
    await town.found()
    with reading(town.office.engine) as session:
        last = last_audit(session)
    assert last is not None
    assert last.matters == 3
    assert [(each["subject"], each["what"]) for each in last.findings if each["what"] != "no_row"] == [
        (town.matters[2], "no_workflow")
    ]


async def test_a_workflow_without_a_row_is_found_and_its_row_rebuilt(office: VirtualOffice, settings: Settings) -> None:
    registered = (await office.register(mediation(f"orphan-{settings.task_queue}"))).state
    matter = registered.dossier.id
    with writing(office.engine) as session:
        for table in ("duty_agency", "rung", "notice", "duty", "event", "letter", "dossier"):
            session.connection().exec_driver_sql(f"DELETE FROM {table}")
    for later, found in ((timedelta(), []), (timedelta(minutes=5), ["no_row"])):
        result = await audit(office.engine, office.client, settings, datetime.now(UTC) + later)
        assert [finding.what for finding in result.findings if finding.subject == matter] == found
    only = result._replace(findings=[each for each in result.findings if each.subject == matter])
    await mend(office.engine, office.client, office.desk, only)
    result = await audit(office.engine, office.client, settings, datetime.now(UTC) + later)
    assert [finding.what for finding in result.findings if finding.subject == matter] == []


async def test_a_matter_on_another_task_queue_is_found(office: VirtualOffice, settings: Settings) -> None:
    registered = (await office.register(mediation(f"queue-{settings.task_queue}"))).state
    matter = registered.dossier.id
    other = settings.model_copy(update={"task_queue": "another"})
    result = await audit(office.engine, office.client, other, datetime.now(UTC))
    assert [finding.what for finding in result.findings if finding.subject == matter] == ["other_queue"]


async def test_the_daily_run_audits_as_the_command_does(town: Town, temporal: Client, docket: Engine) -> None:
    from workflows.audit import AuditWorkflow
    from workflows.messages import AuditStart

    shift = moment("2026-03-10", "10:30") - datetime.now(UTC)
    await town.office.client.get_workflow_handle(town.matters[0]).terminate("test")
    found = await temporal.execute_workflow(
        AuditWorkflow.run, AuditStart(clock_shift=shift), id=f"audit-{town.settings.task_queue}",
        task_queue=town.settings.task_queue,
    )  # fmt: skip
    with reading(docket) as session:
        last = last_audit(session)
    assert last is not None
    assert found == len(last.findings) >= 1
    assert (town.matters[0], "no_workflow") in [(each["subject"], each["what"]) for each in last.findings]
