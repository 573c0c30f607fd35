"""Registering a letter on a real server: planned at once, once only, and refused without a trace."""

import asyncio
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, func
from sqlmodel import select
from temporalio.client import WorkflowFailureError, WorkflowUpdateFailedError

from activities.messages import Act
from cluster.embedded import any_free_port, embedded_server, temporal_binary
from cluster.errors import Unconfirmed
from cluster.search_attributes import ensure_search_attributes
from desk.desk import Desk
from docket.acts import acts
from docket.engine import reading
from docket.reads import find_letter
from docket.tables import DossierRow, DutyRow, EventRow, LetterRow, NoticeRow, Row, RungRow
from rules.accept.rulebook import shipped_rulebook
from rules.dossier.state import Arrival
from rules.errors import Refused
from rules.letters.letter import letter_id, matter_id
from rules.letters.parse import parse_letter
from settings import Settings
from starter.demo.virtual import VirtualOffice
from tests.conftest import START
from tests.engine.letters import mediation, oral
from tests.engine.test_recording import matter
from worker import new_worker
from workflows.dossier import DossierWorkflow
from workflows.messages import DossierStart


def rows(office: VirtualOffice, table: type[Row]) -> int:
    """Count the rows of a table."""
    with reading(office.engine) as session:
        return session.exec(select(func.count()).select_from(table)).one()


async def test_the_clerk_gets_the_planned_duties_back_in_one_call(office: VirtualOffice) -> None:
    registered = await office.register(mediation(f"plan-{office.engine.dialect.name}"))
    assert registered.first
    assert {(duty.key, str(duty.due)) for duty in registered.state.duties} == {
        ("R01@forestry", "2026-03-10"),
        ("R02@forestry", "2026-03-10"),
        ("R05", "2026-04-10"),
        ("R07", "2026-04-10"),
        ("R13@forestry", "None"),
    }
    assert (rows(office, LetterRow), rows(office, DutyRow)) == (1, 5)
    with reading(office.engine) as session:
        notices = session.exec(select(NoticeRow)).all()
    assert {(notice.person, notice.kind, notice.status) for notice in notices} == {
        ("clerk1", "arrival", "sent"),
        ("clerk2", "arrival", "sent"),
        ("forestry_liaison", "arrival", "sent"),
    }


async def test_the_same_letter_twice_gives_the_first(office: VirtualOffice) -> None:
    data = mediation(f"twice-{office.engine.dialect.name}")
    first = await office.register(data)
    again = await office.register(data, by="clerk2")
    assert not again.first
    assert again.state.dossier == first.state.dossier
    assert (rows(office, LetterRow), rows(office, NoticeRow)) == (1, 3)


async def test_the_same_letter_with_other_facts_is_refused_with_the_difference(office: VirtualOffice) -> None:
    data = mediation(f"other-{office.engine.dialect.name}")
    await office.register(data)
    with pytest.raises(Refused) as refused:
        await office.register(data | {"stage": "trial"})
    assert (refused.value.field, refused.value.key) == ("stage", "letter_differs")
    assert "已有“诉前”，现填“诉中”" in str(refused.value)
    with pytest.raises(Refused) as refused:
        await office.register(data | {"agencies": [{"agency": "housing"}]})
    assert "现填“县住房和城乡建设局”" in str(refused.value), "an agency is named as people name it"


async def test_two_clerks_registering_at_once_register_once(office: VirtualOffice) -> None:
    data = mediation(f"both-{office.engine.dialect.name}")
    desks = [office.desk, office.desk]
    results = await asyncio.gather(
        *(desk.register(parse_letter(data), by) for desk, by in zip(desks, ("clerk1", "clerk2"), strict=True))
    )
    assert results[0].state.dossier == results[1].state.dossier
    assert (rows(office, LetterRow), rows(office, NoticeRow)) == (1, 3)


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"received_at": "2026-03-11"}, "received_at"),
        ({"issued_on": "2026-03-11"}, "issued_on"),
        ({"agencies": [{"agency": "atlantis"}]}, "agencies.0.agency"),
        ({"parties": [{"role": "third_party", "name": "李四"}]}, "parties"),
    ],
)
async def test_a_refused_letter_leaves_no_row_and_no_workflow(
    office: VirtualOffice, change: dict[str, object], field: str
) -> None:
    matter = f"refused-{field}-{office.engine.dialect.name}"
    with pytest.raises(Refused) as refused:
        await office.register(mediation(matter) | change)
    assert refused.value.field == field
    assert [rows(office, table) for table in (DossierRow, LetterRow, DutyRow, EventRow, NoticeRow, RungRow)] == [0] * 6
    listed = [found async for found in office.client.list_workflows(f'QixianMatter = "{matter}"')]
    assert listed == []


async def test_an_invalid_letter_that_gets_past_the_desk_fails_its_workflow_and_leaves_no_row(
    office: VirtualOffice, settings: Settings
) -> None:
    letter = parse_letter(mediation(f"past-{office.engine.dialect.name}", received_at="2026-03-12"))
    arrival = Arrival(
        letter_id=letter_id(letter), letter=letter, rulebook=shipped_rulebook().version, at=office.now, by="clerk1"
    )
    matter = matter_id(letter.county, letter.matter)
    started = await office.client.start_workflow(
        DossierWorkflow.run,
        DossierStart(dossier=matter, clock_shift=office.desk.clock_shift),
        id=matter,
        task_queue=settings.task_queue,
    )
    with pytest.raises(WorkflowUpdateFailedError):
        await started.execute_update(DossierWorkflow.register, Act(happening=arrival, origin="here"))
    with pytest.raises(WorkflowFailureError) as failure:
        await started.result()
    assert "received_at" in str(failure.value.cause)
    assert (rows(office, DossierRow), rows(office, LetterRow)) == (0, 0)


@pytest.mark.slow
async def test_without_a_worker_the_clerk_is_told_that_repeating_is_safe(office: VirtualOffice) -> None:
    data = parse_letter(oral(f"alone-{office.engine.dialect.name}"))
    nobody = Desk(
        office.engine,
        office.client,
        lambda: office.now,
        task_queue=f"nobody-{office.engine.dialect.name}",
        answer=timedelta(seconds=1),
        clock_shift=office.desk.clock_shift,
    )
    for _ in range(2):
        with pytest.raises(Unconfirmed) as unconfirmed:
            await nobody.register(data, "clerk1")
        assert unconfirmed.value.subject == letter_id(data)
    assert rows(office, LetterRow) == 0


@pytest.mark.slow
@pytest.mark.parametrize("docket", ["sqlite"], indirect=True)
async def test_a_clerk_who_waits_longer_than_the_server_is_told_in_time(docket: Engine, tmp_path: Path) -> None:
    """Temporal answers every so often that nothing has come of it yet, and its client asks again without an end."""
    short = ("--dynamic-config-value", 'history.longPollExpirationInterval="500ms"')
    async with embedded_server(
        temporal_binary(None), tmp_path / "t.db", any_free_port(), None, tmp_path / "t.log", *short
    ) as client:
        await ensure_search_attributes(client)
        nobody = Desk(docket, client, lambda: START, answer=timedelta(seconds=3))
        with pytest.raises(Unconfirmed):
            await nobody.register(parse_letter(oral("patience")), "clerk1")


async def test_a_letter_that_the_worker_refuses_is_refused_to_the_clerk_with_its_reason(
    office: VirtualOffice, settings: Settings
) -> None:
    """The clerk's clock runs ahead of the worker's: what the desk lets in is not yet received for the worker."""
    data = parse_letter(mediation(f"ahead-{office.engine.dialect.name}", received_at="2026-03-10T10:30:00+08:00"))
    ahead = Desk(
        office.engine,
        office.client,
        lambda: office.now + timedelta(hours=1),
        task_queue=settings.task_queue,
        answer=timedelta(seconds=30),
        clock_shift=office.desk.clock_shift,
    )
    with pytest.raises(Refused) as refused:
        await ahead.register(data, "clerk1")
    assert (refused.value.field, refused.value.key) == ("received_at", "received_in_future")
    assert rows(office, LetterRow) == 0


async def test_a_letter_that_was_voided_is_registered_anew_under_a_name_of_its_own(office: VirtualOffice) -> None:
    data = oral(f"anew-{office.engine.dialect.name}")
    first = (await office.register(data)).state.letter_id
    await office.record(first, "void", reason="登记有误")
    again = await office.register(data)
    assert (again.first, again.state.letter_id, again.state.voided) == (True, f"{first}/2", False)
    assert again.state.next_wake is not None
    assert (await office.register(data)).state.letter_id == f"{first}/2"
    with reading(office.engine) as session:
        assert find_letter(session, str(data["matter"])).letter_id == f"{first}/2"


async def test_a_letter_that_was_refused_once_can_be_registered_once_it_is_right(
    office: VirtualOffice, settings: Settings
) -> None:
    """A desk whose clock is ahead lets in what the worker then refuses; the failed workflow is no obstacle."""
    data = parse_letter(mediation(f"ahead-once-{office.engine.dialect.name}", received_at="2026-03-10T10:30:00+08:00"))
    ahead = Desk(
        office.engine, office.client, lambda: office.now + timedelta(hours=1), task_queue=settings.task_queue,
        answer=timedelta(seconds=30), clock_shift=office.desk.clock_shift,
    )  # fmt: skip
    with pytest.raises(Refused) as refused:
        await ahead.register(data, "clerk1")
    assert (refused.value.field, rows(office, LetterRow)) == ("received_at", 0)
    office.now += timedelta(hours=2)
    registered = await office.desk.register(data, "clerk1")
    assert registered.first
    assert rows(office, LetterRow) == 1


@pytest.mark.parametrize(
    ("window", "said", "field"),
    [
        ({"window_end": "2027-03-01"}, ("told", {}), "duties"),
        ({}, ("told", {"note": "长" * 4000}), "texts"),
    ],
)
async def test_an_event_that_a_matter_would_outgrow_the_engine_with_is_refused(
    office: VirtualOffice, monkeypatch: pytest.MonkeyPatch, window: dict[str, str], said: tuple[str, Any], field: str
) -> None:
    """Temporal takes 2 MB; a matter beyond that would stand still."""
    monkeypatch.setattr("activities.dossiers._MEASURED_FROM", 0)
    for limit in ("LARGEST_PLAN", "LARGEST_STATE"):
        monkeypatch.setattr(f"activities.dossiers.{limit}", 25_000)
    letter = (await office.register(mediation(f"{field}-{office.engine.dialect.name}", **window))).state.letter_id
    event, more = said
    with pytest.raises(Refused) as refused:
        await office.record(letter, event, **more)
    assert (refused.value.field, refused.value.key, rows(office, EventRow)) == ("matter", "matter_too_large", 1)
    assert (await office.record(letter, "reported")).entries[-1].event.type == "reported"


async def test_an_act_stands_on_record_once_it_is_done_though_nobody_heard_the_answer(
    office: VirtualOffice, settings: Settings
) -> None:
    """What is asked while no worker is there is done by the next one: then, and once, it is on record."""
    queue = f"{settings.task_queue}-nobody-yet"
    alone = Desk(
        office.engine, office.client, lambda: office.now, task_queue=queue, answer=timedelta(seconds=1),
        clock_shift=office.desk.clock_shift, origin="console 10.0.0.9",
    )  # fmt: skip
    letter = parse_letter(oral(matter(office, "late-answer")))

    def recorded() -> list[tuple[str, str, str, object]]:
        with reading(office.engine) as session:
            found = acts(session, letter_id(letter))
        return [(act.act, act.by, act.origin, act.new and act.new["matter"]) for act in found]

    with pytest.raises(Unconfirmed):
        await alone.register(letter, "clerk1")
    assert recorded() == []
    async with new_worker(office.client, office.engine, settings.model_copy(update={"task_queue": queue})):
        await Desk(
            office.engine, office.client, lambda: office.now, task_queue=queue, origin="console 10.0.0.10"
        ).register(letter, "clerk2")
    assert recorded() == [("register", "clerk1", "console 10.0.0.9", letter.matter)]
