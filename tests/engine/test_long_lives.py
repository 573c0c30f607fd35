"""Matters that live long: continue-as-new, a reset of the workflow, and histories of released versions."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy import Engine
from sqlmodel import select
from temporalio import workflow
from temporalio.api.enums.v1 import EventType
from temporalio.client import Client, WorkflowHistory
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.worker import Replayer

from cluster.embedded import any_free_port, embedded_server, temporal_binary
from cluster.search_attributes import ensure_search_attributes
from docket.engine import reading
from docket.tables import DossierRow, EventRow, RungRow
from settings import Settings
from starter.demo.virtual import SKIPPING, VirtualOffice, virtual_office
from tests.conftest import START, moment
from tests.engine.changed_workflow import ChangedWorkflow
from tests.engine.letters import FEEDBACK, dossier_of, mediation, oral
from tests.engine.store_histories import HISTORIES, matters
from worker import WORKFLOWS, new_worker, sandbox


@pytest.fixture
async def impatient(tmp_path: Path) -> AsyncIterator[Client]:
    """Run a server that suggests continue-as-new after forty events."""
    suggestion = ("--dynamic-config-value", "limit.historyCount.suggestContinueAsNew=40")
    async with embedded_server(
        temporal_binary(None), tmp_path / "t.db", any_free_port(), None, tmp_path / "t.log", *SKIPPING, *suggestion
    ) as client:
        await ensure_search_attributes(client)
        yield client


@pytest.mark.slow
@pytest.mark.parametrize("docket", ["sqlite"], indirect=True)
async def test_a_matter_goes_on_in_new_runs_and_forgets_nothing(
    docket: Engine, impatient: Client, settings: Settings
) -> None:
    async with new_worker(impatient, docket, settings):
        office = VirtualOffice(docket, impatient, START, task_queue=settings.task_queue)
        letter = (await office.register(mediation("runs"))).state.letter_id
        matter = dossier_of(docket, letter)
        await office.record(letter, "told")
        await office.record(letter, "reported")
        first = await office.client.get_workflow_handle(matter).describe()
        await office.until(moment("2026-03-31"))
        later = await office.client.get_workflow_handle(matter).describe()
        assert later.run_id != first.run_id
        state = await office.record(letter, "progress", work="补报")
        assert [entry.event.type for entry in state.entries] == ["told", "reported", "progress"]
        with reading(docket) as session:
            rungs = session.exec(select(RungRow.key)).all()
            row = session.exec(select(DossierRow)).one()
        assert len(rungs) == len(set(rungs))
        assert set(rungs) >= {rung.key for rung in state.fired}
        assert row.version == state.dossier.version


@pytest.mark.parametrize("path", sorted(HISTORIES.glob("*/*.json")), ids=lambda path: f"{path.parent.name}-{path.stem}")
async def test_stored_histories_replay(path: Path) -> None:
    """Each history of a released version replays on the workflows of today."""
    history = WorkflowHistory.from_json(path.stem, path.read_text(encoding="utf-8"))
    await replayer(*WORKFLOWS).replay_workflow(history)


@pytest.mark.slow
async def test_the_commands_of_this_version_are_those_it_stored(tmp_path: Path) -> None:
    """A guard on the sequence of commands: what a matter asks of Temporal changes only together with its histories.

    A replay does not see a command that only new matters give, or one more timer at the end.
    """
    stored = max(HISTORIES.iterdir(), key=lambda path: [int(number) for number in path.name.split(".")])
    async with virtual_office(tmp_path, START) as office:
        for name, matter in (await matters(office)).items():
            kept = WorkflowHistory.from_json(matter, (stored / f"{name}.json").read_text(encoding="utf-8"))
            played = await office.client.get_workflow_handle(matter).fetch_history()
            assert commands(played) == commands(kept), name


def commands(history: WorkflowHistory) -> list[str]:
    """List what a workflow asked of Temporal, in order."""
    found = []
    for event in history.events:
        name = EventType.Name(event.event_type).removeprefix("EVENT_TYPE_")
        if name in (
            "TIMER_STARTED",
            "TIMER_CANCELED",
            "UPSERT_WORKFLOW_SEARCH_ATTRIBUTES",
            "WORKFLOW_EXECUTION_COMPLETED",
        ):
            found.append(name)
        elif name == "MARKER_RECORDED":
            found.append(f"{name} {event.marker_recorded_event_attributes.marker_name}")
        elif name == "ACTIVITY_TASK_SCHEDULED":
            found.append(f"{name} {event.activity_task_scheduled_event_attributes.activity_type.name}")
        elif name == "START_CHILD_WORKFLOW_EXECUTION_INITIATED":
            child = event.start_child_workflow_execution_initiated_event_attributes
            found.append(f"{name} {child.workflow_type.name}")
    return found


async def test_a_workflow_that_waits_once_more_does_not_replay() -> None:
    """The replays above can fail: a changed sequence of commands is found."""
    path = HISTORIES / "1.0.0" / "judgment.json"
    history = WorkflowHistory.from_json(path.stem, path.read_text(encoding="utf-8"))
    with pytest.raises(workflow.NondeterminismError):
        await replayer(ChangedWorkflow).replay_workflow(history)


def replayer(*workflows: type) -> Replayer:
    """Make a replayer that runs workflows as a worker does."""
    return Replayer(
        workflows=workflows,
        data_converter=pydantic_data_converter,
        workflow_runner=sandbox("tests"),
    )


@pytest.mark.slow
async def test_a_reset_workflow_takes_its_state_from_the_docket_and_goes_on(office: VirtualOffice) -> None:
    """An operator resets the workflow to its beginning: what the docket holds is not lost, and not written twice."""
    letter = (await office.register(oral(f"reset-{office.engine.dialect.name}"))).state.letter_id
    for event, fields in (("told", {}), ("reported", {}), ("feedback", FEEDBACK)):
        await office.record(letter, event, **fields)
    await reset_to_beginning(office.client, dossier_of(office.engine, letter))
    state = await office.record(letter, "forwarded", to="court", number="函1号")
    assert [entry.event.type for entry in state.entries] == ["told", "reported", "feedback", "forwarded"]
    assert state.closed_at is not None
    with reading(office.engine) as session:
        assert sorted(session.exec(select(EventRow.type))) == ["arrived", "feedback", "forwarded", "reported", "told"]


async def reset_to_beginning(client: Client, matter: str) -> None:
    """Reset a workflow to its first workflow task, without the updates that came later."""
    from temporalio.api.common.v1 import WorkflowExecution
    from temporalio.api.enums.v1 import EventType, ResetReapplyType
    from temporalio.api.workflowservice.v1 import ResetWorkflowExecutionRequest

    history = await client.get_workflow_handle(matter).fetch_history()
    first = next(e.event_id for e in history.events if e.event_type == EventType.EVENT_TYPE_WORKFLOW_TASK_COMPLETED)
    await client.workflow_service.reset_workflow_execution(
        ResetWorkflowExecutionRequest(
            namespace=client.namespace,
            workflow_execution=WorkflowExecution(workflow_id=matter),
            reason="test",
            workflow_task_finish_event_id=first,
            request_id=f"reset-{matter}",
            reset_reapply_type=ResetReapplyType.RESET_REAPPLY_TYPE_NONE,
        )
    )
