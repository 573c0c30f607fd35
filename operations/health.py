"""Whether everything runs: docket, Temporal, workers, schedules and deliveries; for people, probes and Prometheus."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

import httpx2
import structlog
from prometheus_client import CollectorRegistry, Gauge, generate_latest
from sqlalchemy import Engine, func
from sqlalchemy.exc import SQLAlchemyError
from sqlmodel import Session, col, select
from temporalio.api.enums.v1 import TaskQueueType
from temporalio.api.taskqueue.v1 import TaskQueue
from temporalio.api.workflowservice.v1 import DescribeTaskQueueRequest
from temporalio.client import Client

from cluster.connect import asking
from cluster.errors import Unreachable
from cluster.schedules import lags
from docket.audits import last_audit
from docket.delivery import oldest_undelivered
from docket.engine import reading
from docket.figures import lamps
from docket.reads import count_open
from docket.tables import DeliveryRow
from settings import Settings

_POLLED = timedelta(minutes=2)
"""A worker asks for work at least once a minute; one that has not asked for so long is gone."""

_PATIENCE = timedelta(seconds=5)
"""How long whoever asks is kept waiting; a look that takes longer goes on for the next one who asks."""

_FRESH = timedelta(seconds=5)
"""For how long a look is good: whoever asks often costs nothing."""

_THREAD = ThreadPoolExecutor(1, thread_name_prefix="health")
"""A database that hangs must hold up nothing but the next look at it."""

_SCHEDULE_LATE = timedelta(minutes=15)
_AUDITED = timedelta(hours=26)
BEAT = timedelta(minutes=5)
"""How often a worker tells the outside that all is well."""


class Part(NamedTuple):
    """One thing that must run: its name, whether it does, and a few words for whoever looks."""

    name: str
    fine: bool
    says: str = ""


class Docket(NamedTuple):
    """What the docket says at an instant: open matters and duties by lamp, and what waits to be sent."""

    open_matters: int
    lamps: dict[str, int]
    deliveries: dict[str, int]
    oldest: datetime | None
    audited: datetime | None
    findings: int


class Health(NamedTuple):
    """How everything stands; `docket` is None while it can't be read, `lags` hold seconds by schedule."""

    at: datetime
    parts: list[Part]
    docket: Docket | None
    lags: dict[str, float]

    @property
    def fine(self) -> bool:
        """Tell whether every part runs."""
        return all(part.fine for part in self.parts)

    def as_json(self) -> dict[str, Any]:
        """Return it as data; nothing in it is personal."""
        return {
            "status": "ok" if self.fine else "fault",
            "at": self.at.isoformat(timespec="seconds"),
            "parts": {part.name: {"ok": part.fine, "says": part.says} for part in self.parts},
        }


async def health(engine: Engine, client: Client | None, settings: Settings, now: datetime) -> Health:
    """Look at everything; whatever is away is a part that does not run, not an error. No client: Temporal is away."""
    known, parts = await asyncio.get_running_loop().run_in_executor(_THREAD, _docket, engine, now)
    late: dict[str, float] = {}
    if client is None:
        parts.append(Part("temporal", False, "unreachable"))
    else:
        try:
            workers = await _workers(client, settings.task_queue)
            parts += [Part("temporal", True), Part("worker", workers > 0, f"{workers} polling")]
            for lag in await lags(client, settings.task_queue):
                behind = (datetime.now(UTC) - lag.next).total_seconds() if lag.next else float("inf")
                late[lag.name] = max(behind, 0.0)
                fine = behind < _SCHEDULE_LATE.total_seconds()
                parts.append(Part(f"schedule {lag.name}", fine, "" if fine else "late or missing"))
        except Unreachable as error:
            parts.append(Part("temporal", False, error.detail[:200]))
    return Health(now, parts, known, late)


class Looking:
    """Looks at everything, once for all who ask at the same time."""

    def __init__(self, look: Callable[[], Awaitable[Health]], clock: Callable[[], datetime]) -> None:
        self._look, self._clock = look, clock
        self._running: asyncio.Task[Health] | None = None
        self._found: tuple[datetime, Health] | None = None

    async def found(self) -> Health:
        """Tell how everything stands, as of a few seconds ago; what gives no answer in time is not well."""
        if self._found is not None and self._clock() - self._found[0] <= _FRESH:
            return self._found[1]
        if self._running is None or self._running.done():
            self._running = asyncio.create_task(self._looked())
        try:
            return await asyncio.wait_for(asyncio.shield(self._running), _PATIENCE.total_seconds())
        except TimeoutError:
            return Health(self._clock(), [Part("answer", False, "none in time")], None, {})

    async def _looked(self) -> Health:
        found = await self._look()
        self._found = self._clock(), found
        return found

    def forget(self) -> None:
        """Forget what was found: the next who asks has it looked for anew."""
        self._found = None


def _docket(engine: Engine, now: datetime) -> tuple[Docket | None, list[Part]]:
    try:
        with reading(engine) as session:
            found = _figures(session, now)
    except SQLAlchemyError as error:
        return None, [Part("docket", False, type(error).__name__)]
    parts = [Part("docket", True)]
    if found.audited is not None:
        stale = now - found.audited > _AUDITED
        says = "not run for a day" if stale else f"{found.findings} findings: qixian audit"
        parts.append(Part("audit", not stale and not found.findings, says))
    return found, parts


def _figures(session: Session, now: datetime) -> Docket:
    ways = session.exec(select(DeliveryRow.status, func.count()).group_by(col(DeliveryRow.status))).all()
    audit = last_audit(session)
    return Docket(
        open_matters=count_open(session),
        lamps=lamps(session, now),
        deliveries=dict(ways),
        oldest=oldest_undelivered(session),
        audited=audit.ended_at if audit else None,
        findings=len(audit.findings) if audit else 0,
    )


async def _workers(client: Client, task_queue: str) -> int:
    """Count the workers that asked for work a moment ago."""
    with asking():
        described = await client.workflow_service.describe_task_queue(
            DescribeTaskQueueRequest(
                namespace=client.namespace,
                task_queue=TaskQueue(name=task_queue),
                task_queue_type=TaskQueueType.TASK_QUEUE_TYPE_WORKFLOW,
            ),
            timeout=_PATIENCE,
        )
    asked = [poller.last_access_time.ToDatetime(tzinfo=UTC) for poller in described.pollers]
    return sum(datetime.now(UTC) - instant < _POLLED for instant in asked)


def metrics(found: Health) -> bytes:
    """Return Prometheus' text of how everything stands."""
    registry = CollectorRegistry()

    def gauge(name: str, words: str, values: dict[str, float], label: str) -> None:
        made = Gauge(f"qixian_{name}", words, [label], registry=registry)
        for value, number in values.items():
            made.labels(value).set(number)

    gauge("up", "whether a part runs", {part.name: float(part.fine) for part in found.parts}, "part")
    gauge("schedule_lag_seconds", "how late a schedule is", found.lags, "schedule")
    if found.docket is not None:
        Gauge("qixian_open_matters", "matters that are open", registry=registry).set(found.docket.open_matters)
        gauge("open_duties", "open duties by lamp", {k: float(v) for k, v in found.docket.lamps.items()}, "lamp")
        ways = {status: float(found.docket.deliveries.get(status, 0)) for status in ("pending", "sent", "failed")}
        gauge("deliveries", "deliveries by status", ways, "status")
        oldest = max((found.at - found.docket.oldest).total_seconds(), 0) if found.docket.oldest else 0
        waits = Gauge("qixian_oldest_undelivered_seconds", "age of the oldest undelivered notice", registry=registry)
        waits.set(oldest)
        faults = Gauge("qixian_audit_findings", "findings of the last audit", registry=registry)
        faults.set(found.docket.findings)
    return generate_latest(registry)


@asynccontextmanager
async def beating(engine: Engine, client: Client, settings: Settings) -> AsyncIterator[None]:
    """Tell an address outside, if there is one, again and again that all is well; silence is its alarm."""
    if not settings.heartbeat_url.get_secret_value():
        yield
        return
    beats = asyncio.create_task(_beat(engine, client, settings))
    try:
        yield
    finally:
        beats.cancel()
        with suppress(asyncio.CancelledError):
            await beats


async def _beat(engine: Engine, client: Client, settings: Settings) -> None:
    log = structlog.get_logger()
    looking = Looking(lambda: health(engine, client, settings, datetime.now(UTC)), lambda: datetime.now(UTC))
    while True:
        try:
            found = await looking.found()
            if found.fine:
                async with httpx2.AsyncClient(timeout=10) as asker:
                    (await asker.get(settings.heartbeat_url.get_secret_value())).raise_for_status()
            else:
                log.error("not well", parts=[part.name for part in found.parts if not part.fine])
        except Exception as error:  # noqa: BLE001 - a heart that stops for good at one error is an alarm nobody can stop
            log.warning("no heartbeat", error=type(error).__name__)
        await asyncio.sleep(BEAT.total_seconds())
