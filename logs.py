"""Logging: structlog everywhere, bound with the letter's workflow and activity, and no personal data at info."""

import logging
import sys
from typing import TextIO

import structlog
from structlog.tracebacks import ExceptionDictTransformer
from structlog.typing import EventDict, Processor, WrappedLogger
from temporalio import activity, workflow


def _temporal(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
    """Name the workflow and activity that speak; a replay says nothing twice."""
    if activity.in_activity():
        info = activity.info()
        event.setdefault("activity", info.activity_type)
        event.setdefault("workflow_id", info.workflow_id)
        if info.attempt > 1:
            event.setdefault("attempt", info.attempt)
    elif workflow.in_workflow():
        if workflow.unsafe.is_replaying_history_events():
            raise structlog.DropEvent
        event.setdefault("workflow", workflow.info().workflow_type)
        event.setdefault("workflow_id", workflow.info().workflow_id)
    return event


def _without_record(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
    """Leave out the object that Temporal hangs on its lines; all it has stands in the line."""
    event.pop("temporal_log", None)
    return event


def configure(level: str = "info", lines: bool | None = None, stream: TextIO | None = None) -> None:
    """Send all logs to standard error: JSON lines, or a readable form on a terminal."""
    out = stream or sys.stderr
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    tail: list[Processor] = [structlog.stdlib.ProcessorFormatter.remove_processors_meta]
    if not out.isatty() if lines is None else lines:
        # Without locals: a traceback's variables hold parties' names and letters' texts.
        tail += [
            structlog.processors.ExceptionRenderer(ExceptionDictTransformer(show_locals=False, max_frames=20)),
            structlog.processors.JSONRenderer(ensure_ascii=False, sort_keys=True, default=str),
        ]
    else:
        colors = out.isatty()
        tail.append(structlog.dev.ConsoleRenderer(colors=colors, exception_formatter=structlog.dev.plain_traceback))
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            _temporal,
            *shared,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(out)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[*shared, structlog.stdlib.ExtraAdder(), _without_record], processors=tail
        )
    )
    logging.basicConfig(handlers=[handler], level=level.upper(), force=True)
    # At any level: they say addresses in full, and that of a channel or of the heartbeat is a secret.
    for telling in ("httpx2", "httpcore2", "urllib3", "requests", "apprise"):
        logging.getLogger(telling).setLevel(logging.WARNING)
    for chatty in ("temporalio", "alembic", "sqlalchemy", "uvicorn"):
        logging.getLogger(chatty).setLevel(max(logging.WARNING, logging.getLogger().level))
