"""AuditWorkflow: one run of the audit, begun by a schedule every day."""

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from activities.audit import AuditActivities
    from activities.messages import AuditInput
    from activities.policies import AUDIT, AUDIT_SILENCE, UNTIL_SETTLED
    from workflows.messages import AuditStart


@workflow.defn
class AuditWorkflow:
    """Run the audit, as often as it takes."""

    @workflow.run
    async def run(self, start: AuditStart) -> int:
        """Audit, and give the number of findings."""
        audited = await workflow.execute_activity_method(
            AuditActivities.audit,
            AuditInput(now=workflow.now() + start.clock_shift),
            start_to_close_timeout=AUDIT,
            heartbeat_timeout=AUDIT_SILENCE,
            retry_policy=UNTIL_SETTLED,
        )
        return audited.findings
