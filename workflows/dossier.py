"""DossierWorkflow: the durable shell around one dossier's state.

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
    from activities.dossiers import REFUSED, DossierActivities
    from activities.messages import Act, SettleInput, Settlement
    from activities.policies import SERVER_TIMER_AFTER, STEP_ATTEMPT, UNTIL_SETTLED
    from rules.accept.events import check_entry
    from rules.dossier.change import changed
    from rules.dossier.core import next_wake
    from rules.dossier.matter import matter_view
    from rules.dossier.state import Dossier
    from rules.dossier.view import reckoning_view
    from rules.errors import Refused
    from rules.letters.events import Entry
    from workflows.attributes import updates
    from workflows.delivery import DeliveryWorkflow
    from workflows.details import details, wake_summary
    from workflows.messages import DeliveryStart, DossierStart, Replan, Taken


@workflow.defn
class DossierWorkflow:
    """Watch one dossier until nothing is owed any more."""

    @workflow.init
    def __init__(self, start: DossierStart) -> None:
        self._start = start
        self._state = start.state
        self._refusal: ApplicationError | None = None
        self._turn = asyncio.Lock()

    @workflow.run
    async def run(self, start: DossierStart) -> str:
        """Wake whenever the state says so; return the dossier's id once nothing is owed."""
        if self._state is None:
            await self._opened()
        else:
            self._show()
        while True:
            while not self._known.closed_at:
                await self._wait()
            await workflow.wait_condition(workflow.all_handlers_finished)
            if self._known.closed_at:
                return self._known.id

    @workflow.update
    async def register(self, act: Act) -> Taken:
        """Register a letter and plan what it makes people owe; a repeat changes nothing."""
        return await self._take(act)

    @workflow.update
    async def record(self, act: Act) -> Taken:
        """Record one event; a repeat changes nothing."""
        return await self._take(act)

    @record.validator
    def _check(self, act: Act) -> None:
        if self._state is not None and isinstance(act.happening, Entry):
            try:
                check_entry(self._state, act.happening)
            except Refused as refused:
                raise _refusal(refused) from refused

    @workflow.update
    async def replan(self, change: Replan) -> Taken:
        """Count again with a newly loaded calendar, or take up what the docket has; a repeat changes nothing."""
        async with self._turn:
            if self._state is None or self._known.calendar != change.calendar:
                await self._step(None, by=change.by)
        return Taken(version=self._known.version)

    @workflow.signal
    async def take_over(self) -> None:
        """Take up what the docket has: letters came or went by a transfer."""
        async with self._turn:
            # One that is only being opened takes up as well what came first; there may be nothing yet.
            with suppress(ApplicationError):
                await self._step(None)

    @workflow.query
    def state(self, as_of: datetime | None = None) -> dict[str, object]:
        """Show the dossier as of an instant, by default as of its last step."""
        return matter_view(self._known, as_of or self._now(), self._known.coming)

    @workflow.query
    def why(self, duty: str) -> dict[str, object]:
        """Show how one duty's date was counted, by its id within the dossier."""
        found = self._known.duty(duty)
        if found is None:
            raise _refusal(
                Refused("duty", "unknown_duty", duty=duty, duties="、".join(each.id for each in self._known.duties))
            )
        return reckoning_view(found)

    @property
    def _known(self) -> Dossier:
        assert self._state is not None
        return self._state

    def _now(self) -> datetime:
        return workflow.now() + self._start.clock_shift

    async def _opened(self) -> None:
        """Wait for what opens the dossier; where that is refused the workflow fails, and whoever asked is told why."""
        await workflow.wait_condition(lambda: self._state is not None or self._refusal is not None)
        if self._refusal is not None:
            await workflow.wait_condition(workflow.all_handlers_finished)
            if self._state is None:
                raise self._refusal

    async def _take(self, act: Act) -> Taken:
        async with self._turn:
            # Another clerk may have been first while this one waited, so settling checks once more.
            if self._state is None or not self._state.has(act.happening):
                try:
                    await self._step(act)
                except ApplicationError as refused:
                    self._refusal = refused
                    raise
        return Taken(version=self._known.version)

    async def _wait(self) -> None:
        """Wait for the next wake or for a step that sets another; then let time pass, or start afresh."""
        wake = next_wake(self._known)
        try:
            await workflow.wait_condition(
                lambda: self._known.closed_at is not None or next_wake(self._known) != wake,
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

    async def _step(self, act: Act | None, by: str = "system") -> None:
        """Take one step, settle it, and show what came of it.

        If the docket was ahead of this state, as after a letter was moved, its state is taken over and the step tried
        again.
        """
        while True:
            settled: Settlement = await workflow.execute_local_activity_method(
                DossierActivities.settle,
                SettleInput(dossier=self._start.dossier, state=self._state, act=act, now=self._now(), by=by),
                start_to_close_timeout=STEP_ATTEMPT,
                retry_policy=UNTIL_SETTLED,
                local_retry_threshold=SERVER_TIMER_AFTER,
            )
            before = self._state
            self._state = settled.state or (changed(before, settled.change) if settled.change else before)
            self._show()
            await self._send(settled)
            if act is None or self._known.has(act.happening):
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
                id=f"delivery/{self._known.id}/{self._known.version}",
                parent_close_policy=ParentClosePolicy.ABANDON,
                static_summary=f"{len(settled.deliveries)} e-mails",
            )

    def _show(self) -> None:
        """Show operators how the dossier stands; what is shown already is not written into history again."""
        if changes := updates(workflow.info().typed_search_attributes, self._known):
            workflow.upsert_search_attributes(changes)
        workflow.set_current_details(details(self._known))


def _refusal(refused: Refused) -> ApplicationError:
    return ApplicationError(str(refused), refused.as_json(), type=REFUSED, non_retryable=True)
