"""LetterWorkflow: the durable shell around one letter's state.

It keeps one state, waits for an update or for the state's next wake, has the step worked out and settled, and repeats.
What a step means is in rules/; with which calendar, is an activity's business, so that histories record the dates.
"""

import asyncio
from contextlib import suppress
from datetime import datetime, timedelta

from temporalio import workflow
from temporalio.exceptions import ApplicationError, WorkflowAlreadyStartedError
from temporalio.workflow import ParentClosePolicy

with workflow.unsafe.imports_passed_through():
    from activities.letters import REFUSED, LetterActivities
    from activities.messages import SettleInput, Settlement
    from activities.policies import SERVER_TIMER_AFTER, STEP_ATTEMPT, UNTIL_SETTLED
    from rules.accept.events import check_event
    from rules.dossier.core import next_wake
    from rules.dossier.state import LetterState
    from rules.dossier.view import letter_view, reckoning_view
    from rules.errors import Refused
    from rules.letters.events import Entry
    from workflows.attributes import updates
    from workflows.delivery import DeliveryWorkflow
    from workflows.details import details, wake_summary
    from workflows.messages import DeliveryStart, LetterStart, Replan


@workflow.defn
class LetterWorkflow:
    """Watch one letter until nothing is owed any more."""

    @workflow.init
    def __init__(self, start: LetterStart) -> None:
        self._start = start
        self._state = start.state
        self._refusal: ApplicationError | None = None
        self._turn = asyncio.Lock()

    @workflow.run
    async def run(self, start: LetterStart) -> str:
        """Plan the letter, then wake whenever its state says so; return its id once nothing is owed."""
        if self._state is None:
            async with self._turn:
                await self._register()
        else:
            # A run that takes a letter up again, or carries it on, starts without what operators look for.
            self._show()
        while True:
            while not self._known.closed_at:
                await self._wait()
            await workflow.wait_condition(workflow.all_handlers_finished)
            if self._known.closed_at:
                return self._known.letter_id

    @workflow.update
    async def planned(self) -> LetterState:
        """Give the state once the letter's duties are planned and settled."""
        await workflow.wait_condition(lambda: self._state is not None or self._refusal is not None)
        if self._refusal is not None:
            raise self._refusal
        return self._known

    @workflow.update
    async def record(self, entry: Entry) -> LetterState:
        """Record one event and give the state that is settled with it; a repeat gives the same."""
        await workflow.wait_condition(lambda: self._state is not None)
        async with self._turn:
            # Another clerk may have been first while this one waited, so settling checks the event once more.
            if not self._known.has(entry.id):
                await self._step(entry)
        return self._known

    @record.validator
    def _check(self, entry: Entry) -> None:
        if self._state is not None:
            try:
                check_event(self._state, entry)
            except Refused as refused:
                raise _refusal(refused) from refused

    @workflow.update
    async def replan(self, change: Replan) -> LetterState:
        """Count again with a newly loaded calendar and give the state; a repeat changes nothing."""
        await workflow.wait_condition(lambda: self._state is not None)
        async with self._turn:
            if self._known.calendar != change.calendar:
                await self._step(None, by=change.by)
        return self._known

    @workflow.query
    def state(self, as_of: datetime | None = None) -> dict[str, object]:
        """Show the letter as of an instant, by default as of its last step."""
        return letter_view(self._known, as_of or self._now())

    @workflow.query
    def why(self, duty: str) -> dict[str, object]:
        """Show how one duty's date was counted."""
        found = self._known.duty(duty)
        if found is None:
            raise _refusal(
                Refused("duty", "unknown_duty", duty=duty, duties="、".join(d.key for d in self._known.duties))
            )
        return reckoning_view(found)

    @property
    def _known(self) -> LetterState:
        assert self._state is not None
        return self._state

    def _now(self) -> datetime:
        return workflow.now() + self._start.clock_shift

    async def _register(self) -> None:
        """Have the letter let in and planned; one that is refused fails the workflow, and whoever waits is told why."""
        try:
            await self._step(None)
        except ApplicationError as refused:
            self._refusal = refused
        if self._refusal is not None:
            await workflow.wait_condition(workflow.all_handlers_finished)
            raise self._refusal

    async def _wait(self) -> None:
        """Wait for the next wake or for an update to change the state; then let time pass, or start afresh."""
        wake, version = next_wake(self._known), self._known.version
        try:
            await workflow.wait_condition(
                lambda: self._known.version != version,
                timeout=None if wake is None else max(wake - self._now(), timedelta(milliseconds=1)),
                timeout_summary=wake_summary(self._known),
            )
        except TimeoutError:
            async with self._turn:
                due = next_wake(self._known)
                if due is not None and due <= self._now():
                    await self._step(None)
        if workflow.info().is_continue_as_new_suggested() and not self._known.closed_at:
            await workflow.wait_condition(workflow.all_handlers_finished)
            workflow.continue_as_new(self._start.model_copy(update={"state": self._state}))

    async def _step(self, entry: Entry | None, by: str = "system") -> None:
        """Have one step worked out and settled, and show what came of it.

        If the docket was ahead of this state, as after a reset, its state is taken over and the event tried again.
        """
        while True:
            settled: Settlement = await workflow.execute_local_activity_method(
                LetterActivities.settle,
                SettleInput(
                    registration=self._start.registration, state=self._state, entry=entry, now=self._now(), by=by
                ),
                start_to_close_timeout=STEP_ATTEMPT,
                retry_policy=UNTIL_SETTLED,
                local_retry_threshold=SERVER_TIMER_AFTER,
            )
            self._state = settled.state
            self._show()
            await self._send(settled)
            if entry is None or self._known.has(entry.id):
                return

    async def _send(self, settled: Settlement) -> None:
        """Hand e-mails to a workflow of their own, so that a channel that fails holds back nothing here."""
        if not settled.deliveries:
            return
        # After a reset the same delivery may be under way already; it goes on by itself.
        with suppress(WorkflowAlreadyStartedError):
            await workflow.start_child_workflow(
                DeliveryWorkflow.run,
                DeliveryStart(
                    notices=settled.deliveries,
                    send_at=settled.send_at,
                    clock_shift=self._start.clock_shift,
                ),
                id=f"delivery/{self._known.letter_id}/{self._known.version}",
                parent_close_policy=ParentClosePolicy.ABANDON,
                static_summary=f"{len(settled.deliveries)} e-mails",
            )

    def _show(self) -> None:
        workflow.upsert_search_attributes(updates(self._known))
        workflow.set_current_details(details(self._known))


def _refusal(refused: Refused) -> ApplicationError:
    return ApplicationError(str(refused), refused.as_json(), type=REFUSED, non_retryable=True)
