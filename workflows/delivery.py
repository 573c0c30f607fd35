"""DeliveryWorkflow: e-mails of one step on their way, apart from the letter that caused them."""

import asyncio
from datetime import timedelta

from temporalio import workflow
from temporalio.exceptions import ActivityError

with workflow.unsafe.imports_passed_through():
    from activities.delivery import DeliveryActivities
    from activities.messages import DeliverInput
    from activities.policies import MAIL, MAIL_ATTEMPT, MAIL_GIVES_UP, STEP_ATTEMPT, UNTIL_SETTLED
    from workflows.messages import DeliveryStart


@workflow.defn
class DeliveryWorkflow:
    """Send each notice by itself, in office hours, until the channel takes it or has refused for days."""

    @workflow.run
    async def run(self, start: DeliveryStart) -> None:
        """Wait for the instant of sending, then send every notice independently of the others."""
        wait = start.send_at - workflow.now() - start.clock_shift
        if wait > timedelta():
            await workflow.sleep(wait, summary="office hours")
        await asyncio.gather(*(self._deliver(key, start) for key in start.notices))

    async def _deliver(self, key: str, start: DeliveryStart) -> None:
        request = DeliverInput(notice_key=key, now=workflow.now() + start.clock_shift)
        try:
            await workflow.execute_activity_method(
                DeliveryActivities.deliver,
                request,
                start_to_close_timeout=MAIL_ATTEMPT,
                schedule_to_close_timeout=MAIL_GIVES_UP,
                retry_policy=MAIL,
                summary=key,
            )
        except ActivityError as error:
            workflow.logger.warning("delivery given up", extra={"notice": key, "error": str(error.cause)})
            await workflow.execute_activity_method(
                DeliveryActivities.give_up,
                request,
                start_to_close_timeout=STEP_ATTEMPT,
                retry_policy=UNTIL_SETTLED,
            )
