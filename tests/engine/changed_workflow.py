"""A letter's workflow with one more wait than the real one, for the replay that must fail."""

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from workflows.letter import LetterWorkflow
    from workflows.messages import LetterStart


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
