"""The daily audit, as an activity: what looks is handed in by whoever puts the worker together."""

from collections.abc import Awaitable, Callable
from datetime import datetime

from temporalio import activity

from activities.messages import Audited, AuditInput

Auditor = Callable[[datetime, Callable[[], None]], Awaitable[tuple[int, int]]]
"""Looks at everything as of an instant and says after each letter that it goes on; gives letters and findings."""


class AuditActivities:
    """The activity that audits."""

    def __init__(self, auditor: Auditor) -> None:
        self._auditor = auditor

    @activity.defn
    async def audit(self, request: AuditInput) -> Audited:
        """Audit every open letter; what was found is kept in the docket."""
        letters, findings = await self._auditor(request.now, activity.heartbeat)
        if findings:
            activity.logger.error("the audit found faults", extra={"findings": findings, "letters": letters})
        return Audited(letters=letters, findings=findings)
