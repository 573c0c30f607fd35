"""TransferWorkflow: letters go from one matter to another, and both matters' workflows take up what the docket has."""

from contextlib import suppress
from datetime import datetime, timedelta
from itertools import groupby

from temporalio import workflow
from temporalio.exceptions import ApplicationError, WorkflowAlreadyStartedError
from temporalio.workflow import ParentClosePolicy

with workflow.unsafe.imports_passed_through():
    from activities.messages import TransferInput
    from activities.policies import STEP_ATTEMPT, UNTIL_SETTLED
    from activities.transfers import TransferActivities
    from workflows.attributes import from_the_start
    from workflows.delivery import DeliveryWorkflow
    from workflows.details import summary
    from workflows.dossier import DossierWorkflow
    from workflows.messages import DeliveryStart, DossierStart, TransferStart


@workflow.defn
class TransferWorkflow:
    """Move a letter or join two matters in the docket, then see to it that whoever watches them knows."""

    @workflow.run
    async def run(self, start: TransferStart) -> None:
        """Transfer in one transaction; whatever breaks off after it goes on from there."""
        done = await workflow.execute_activity_method(
            TransferActivities.transfer,
            TransferInput(
                source=start.source, target=start.target, letter=start.letter, reason=start.reason,
                now=workflow.now() + start.clock_shift, by=start.by, origin=start.origin,
            ),
            start_to_close_timeout=STEP_ATTEMPT,
            retry_policy=UNTIL_SETTLED,
        )  # fmt: skip
        for dossier in (start.source, start.target):
            if not await self._told(dossier) and dossier in done.owing:
                await self._watched(dossier, start.clock_shift)
        for delivery, notices in groupby(sorted(done.deliveries, key=_delivery), key=_delivery):
            await self._send(delivery, tuple(notices), done.send_at, start.clock_shift)

    async def _send(self, delivery: str, notices: tuple[str, ...], send_at: datetime, clock_shift: timedelta) -> None:
        """Hand over the e-mails of one step of one matter, whose workflow may have done so when it took the step up."""
        with suppress(WorkflowAlreadyStartedError):
            await workflow.start_child_workflow(
                DeliveryWorkflow.run,
                DeliveryStart(notices=notices, send_at=send_at, clock_shift=clock_shift),
                id=delivery,
                parent_close_policy=ParentClosePolicy.ABANDON,
                static_summary=f"{len(notices)} e-mails",
            )

    async def _told(self, dossier: str) -> bool:
        """Tell a matter's workflow to take up what the docket has; False where none is running."""
        try:
            await workflow.get_external_workflow_handle_for(DossierWorkflow.run, dossier).signal(
                DossierWorkflow.take_over
            )
        except ApplicationError:
            return False
        return True

    async def _watched(self, dossier: str, clock_shift: timedelta) -> None:
        """Start watching a matter that nobody watches: it is new, or nothing was owed in it any more."""
        # Where it runs already, somebody registered or recorded in it meanwhile.
        with suppress(WorkflowAlreadyStartedError):
            await workflow.start_child_workflow(
                DossierWorkflow.run,
                DossierStart(dossier=dossier, clock_shift=clock_shift),
                id=dossier,
                parent_close_policy=ParentClosePolicy.ABANDON,
                search_attributes=from_the_start(dossier),
                static_summary=summary(dossier),
            )
        await self._told(dossier)


def _delivery(notice: str) -> str:
    """Name the workflow that sends what one step of one matter says, by the key of a notice."""
    matter, _, step = notice.partition("#")
    return f"delivery/{matter}/{step.partition(':')[0]}"
