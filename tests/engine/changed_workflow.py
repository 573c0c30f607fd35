"""A workflow that is not the real one, for the replay that must fail."""

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from workflows.dossier import DossierWorkflow
    from workflows.messages import DossierStart


@workflow.defn(name="DossierWorkflow")
class ChangedWorkflow(DossierWorkflow):
    """Waits a second before it does anything."""

    @workflow.init
    def __init__(self, start: DossierStart) -> None:
        super().__init__(start)

    @workflow.run
    async def run(self, start: DossierStart) -> str:
        """Wait, then do as the real one."""
        await workflow.sleep(1)
        return await super().run(start)
