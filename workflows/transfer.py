"""TransferWorkflow: letters go from one matter to another, and both matters' workflows take up what the docket has."""

from contextlib import suppress

from temporalio import workflow
from temporalio.exceptions import ApplicationError, WorkflowAlreadyStartedError
from temporalio.workflow import ParentClosePolicy

with workflow.unsafe.imports_passed_through():
    from activities.messages import TransferInput
    from activities.policies import STEP_ATTEMPT, UNTIL_SETTLED
    from activities.transfers import TransferActivities
    from rules.dossier.state import Dossier
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
                now=workflow.now() + start.clock_shift, by=start.by,
            ),
            start_to_close_timeout=STEP_ATTEMPT,
            retry_policy=UNTIL_SETTLED,
        )  # fmt: skip
        await self._told(start.source)
        if not await self._told(start.target) and done.target.closed_at is None:
            await self._watched(done.target, start)
        if done.deliveries:
            with suppress(WorkflowAlreadyStartedError):
                await workflow.start_child_workflow(
                    DeliveryWorkflow.run,
                    DeliveryStart(notices=done.deliveries, send_at=done.send_at, clock_shift=start.clock_shift),
                    id=f"delivery/{done.target.id}/{done.target.version}",
                    parent_close_policy=ParentClosePolicy.ABANDON,
                    static_summary=f"{len(done.deliveries)} e-mails",
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

    async def _watched(self, state: Dossier, start: TransferStart) -> None:
        """Start watching a matter that is new, or in which nothing was owed any more."""
        try:
            await workflow.start_child_workflow(
                DossierWorkflow.run,
                DossierStart(dossier=state.id, state=state, clock_shift=start.clock_shift),
                id=state.id,
                parent_close_policy=ParentClosePolicy.ABANDON,
                search_attributes=from_the_start(state.id),
                static_summary=summary(state.id),
            )
        except WorkflowAlreadyStartedError:
            # Somebody registered or recorded in it meanwhile.
            await self._told(state.id)
