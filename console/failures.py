"""What an error means to whoever asked, for pages and API alike."""

import structlog
from sqlalchemy.exc import DatabaseError, DataError, IntegrityError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from cluster.errors import Unreachable
from rules.errors import Refused

_log = structlog.get_logger(__name__)
NOT_FOUND = frozenset[str]({
    "unknown_letter", "unknown_matter", "unknown_duty", "draft_unknown", "token_unknown", "person_unknown",
    "agency_unknown",
})  # fmt: skip
"""Which refusals mean that there is no such thing."""

AWAY: tuple[type[Exception], ...] = (Unreachable, DatabaseError, PoolTimeout)
"""Which errors mean that a service is away."""


def unfit(error: DataError) -> Refused:
    """Word what a database can't hold, as a character that is none or a number beyond all measure."""
    _log.warning("unfit for the docket", detail=str(error.orig))
    return Refused("request", "bad_characters")


def service_away(error: Exception) -> str:
    """Name the service that is away; an error of ours, which the database only noticed, is raised again."""
    if isinstance(error, IntegrityError):
        raise error
    service = error.service if isinstance(error, Unreachable) else "docket"
    detail = error.detail if isinstance(error, Unreachable) else str(getattr(error, "orig", error))
    _log.warning("service away", service=service, detail=detail)
    return service
