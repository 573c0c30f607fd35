"""DeliveryWorkflow: notices on their way outside, apart from the matter that caused them. DigestWorkflow: a day's."""

import asyncio
from contextlib import suppress
from datetime import datetime, timedelta

from temporalio import workflow
from temporalio.exceptions import WorkflowAlreadyStartedError
from temporalio.workflow import ParentClosePolicy

with workflow.unsafe.imports_passed_through():
    from activities.delivery import DeliveryActivities
    from activities.digest import DigestActivities
    from activities.messages import DeliverInput, DigestInput
    from activities.policies import ATTEMPT, STEP_ATTEMPT, UNTIL_SETTLED
    from workflows.messages import DeliveryStart, DigestStart


@workflow.defn
class DeliveryWorkflow:
    """Send each notice by itself, in office hours, until its channels take it or are given up."""

    @workflow.run
    async def run(self, start: DeliveryStart) -> None:
        """Wait for the instant of sending, then send every notice independently of the others."""
        await self._until(start.send_at, start)
        await asyncio.gather(*(self._attempt(key, start) for key in start.notices))

    async def _attempt(self, key: str, start: DeliveryStart) -> None:
        next_at: datetime | None = start.send_at
        while next_at is not None:
            await self._until(next_at, start)
            attempted = await workflow.execute_activity_method(
                DeliveryActivities.attempt,
                DeliverInput(notice_key=key, now=_now(start)),
                start_to_close_timeout=ATTEMPT,
                retry_policy=UNTIL_SETTLED,
                summary=key,
            )
            next_at = attempted.next_at

    async def _until(self, instant: datetime, start: DeliveryStart) -> None:
        wait = instant - _now(start)
        if wait > timedelta():
            await workflow.sleep(wait, summary="office hours")


@workflow.defn
class DigestWorkflow:
    """Make a working day's digests and see them on their way."""

    @workflow.run
    async def run(self, start: DigestStart) -> int:
        """Make the digests, each person's once a day, and give how many are to go out."""
        made = await workflow.execute_activity_method(
            DigestActivities.make_digests,
            DigestInput(now=workflow.now() + start.clock_shift),
            start_to_close_timeout=STEP_ATTEMPT,
            retry_policy=UNTIL_SETTLED,
        )
        for digest in made.digests:
            # A run that was repeated finds its digests under way.
            with suppress(WorkflowAlreadyStartedError):
                await workflow.start_child_workflow(
                    DeliveryWorkflow.run,
                    DeliveryStart(notices=(digest.key,), send_at=digest.send_at, clock_shift=start.clock_shift),
                    id=f"delivery/{digest.key}",
                    parent_close_policy=ParentClosePolicy.ABANDON,
                )
        return len(made.digests)


def _now(start: DeliveryStart) -> datetime:
    return workflow.now() + start.clock_shift
