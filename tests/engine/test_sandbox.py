"""What workflows run in: nothing in production, and in tests and replays what refuses them a clock."""

from pathlib import Path

import pytest
from temporalio.client import Client, WorkflowFailureError
from temporalio.exceptions import ApplicationError
from temporalio.worker import UnsandboxedWorkflowRunner, Worker
from temporalio.worker.workflow_sandbox import RestrictedWorkflowAccessError, SandboxedWorkflowRunner

from settings import Settings, read_settings
from tests.engine.clock_workflow import ClockWorkflow
from tests.engine.test_long_lives import replayer
from worker import PASSED_THROUGH, WORKFLOWS, runner

CLOCKS = ("datetime.now", "date.today", "time.time", "random.random")


def test_production_runs_workflows_without_the_sandbox(monkeypatch: pytest.MonkeyPatch) -> None:
    """An installation that sets nothing has the faster way; one variable takes it back."""
    monkeypatch.delenv("QIXIAN_WORKER_SANDBOX")
    assert type(runner(read_settings({}))) is UnsandboxedWorkflowRunner
    monkeypatch.setenv("QIXIAN_WORKER_SANDBOX", "true")
    assert type(runner(read_settings({}))) is SandboxedWorkflowRunner


def test_tests_and_replays_run_them_with_it(settings: Settings, tmp_path: Path) -> None:
    """The settings of an office, those that a test makes of its own, and the replay of stored histories."""
    for each in (settings, Settings(), Settings(dir=tmp_path)):
        assert type(runner(each)) is SandboxedWorkflowRunner
    assert type(replayer(*WORKFLOWS).config()["workflow_runner"]) is SandboxedWorkflowRunner


def test_no_workflow_is_let_past_it() -> None:
    """Whatever is passed through is used as the process has it, with its clocks."""
    rooms = {each.__module__.partition(".")[0] for each in WORKFLOWS}
    assert rooms == {"workflows"}
    assert rooms.isdisjoint(PASSED_THROUGH)


@pytest.mark.parametrize("clock", CLOCKS)
async def test_a_workflow_that_reads_a_clock_fails_in_tests(temporal: Client, settings: Settings, clock: str) -> None:
    with pytest.raises(WorkflowFailureError) as failed:
        await _run(temporal, settings, clock)
    cause = failed.value.cause
    assert isinstance(cause, ApplicationError)
    assert cause.type == RestrictedWorkflowAccessError.__name__
    assert clock in str(cause).replace("datetime.datetime", "datetime").replace("datetime.date.", "date.")


@pytest.mark.parametrize("clock", CLOCKS)
async def test_it_would_not_fail_in_production(temporal: Client, settings: Settings, clock: str) -> None:
    """So the tests are what finds it."""
    assert await _run(temporal, settings.model_copy(update={"worker_sandbox": False}), clock)


async def _run(client: Client, settings: Settings, clock: str) -> str:
    async with Worker(
        client,
        task_queue=settings.task_queue,
        workflows=[ClockWorkflow],
        workflow_runner=runner(settings),
        workflow_failure_exception_types=[RestrictedWorkflowAccessError],
    ):
        return await client.execute_workflow(
            ClockWorkflow.run, clock, id=f"{settings.task_queue}-clock", task_queue=settings.task_queue
        )
