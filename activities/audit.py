"""The daily audit, as an activity: what looks is handed in by whoever puts the worker together."""

from collections.abc import Awaitable, Callable
from datetime import datetime

from temporalio import activity

from activities.messages import Audited, AuditInput

Auditor = Callable[[datetime, Callable[[], None]], Awaitable[tuple[int, int]]]
"""Looks at everything as of an instant and says after each matter that it goes on; gives matters and findings."""


class AuditActivities:
    """The activity that audits."""

    def __init__(self, auditor: Auditor) -> None:
        self._auditor = auditor

    @activity.defn
    async def audit(self, request: AuditInput) -> Audited:
        """Audit every open matter; what was found is kept in the docket."""
        matters, findings = await self._auditor(request.now, activity.heartbeat)
        if findings:
            activity.logger.error("the audit found faults", extra={"findings": findings, "matters": matters})
        return Audited(matters=matters, findings=findings)
