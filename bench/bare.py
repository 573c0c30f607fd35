"""The peer: a bare Temporal workflow that waits for an instant and then runs one activity, and does nothing else."""

from datetime import datetime

from temporalio import activity, workflow

with workflow.unsafe.imports_passed_through():
    from datetime import timedelta


@activity.defn
async def remind(_: str) -> None:
    """Remind nobody."""


@workflow.defn
class BareWorkflow:
    """Start, timer, one activity."""

    @workflow.run
    async def run(self, due: datetime) -> None:
        """Wait until an instant, then run the activity."""
        await workflow.sleep(max(due - workflow.now(), timedelta(milliseconds=1)))
        await workflow.execute_activity(remind, "x", start_to_close_timeout=timedelta(seconds=10))

    @workflow.update
    async def answered(self) -> str:
        """Answer at once, as a registration does once it is planned."""
        return "yes"
