"""Workflows that are not the real ones, for the replays that must fail."""

import asyncio

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from workflows.delivery import DeliveryWorkflow
    from workflows.letter import LetterWorkflow
    from workflows.messages import DeliveryStart, LetterStart


@workflow.defn(name="LetterWorkflow")
class ChangedWorkflow(LetterWorkflow):
    """Waits a second before it does anything."""

    @workflow.init
    def __init__(self, start: LetterStart) -> None:
        super().__init__(start)

    @workflow.run
    async def run(self, start: LetterStart) -> str:
        """Wait, then do as the real one."""
        await workflow.sleep(1)
        return await super().run(start)


@workflow.defn(name="DeliveryWorkflow")
class UnpatchedDelivery(DeliveryWorkflow):
    """Delivers as 0.2.0 does without asking whether 0.1.0 began it."""

    @workflow.run
    async def run(self, start: DeliveryStart) -> None:
        """Attempt each notice."""
        await asyncio.gather(*(self._attempt(key, start) for key in start.notices))
