"""What Temporal starts by itself every day: the digests, through the office's hours, and the audit."""

from datetime import date, datetime, time, timedelta
from typing import Any, NamedTuple

from temporalio.client import (
    Client,
    Schedule,
    ScheduleActionStartWorkflow,
    ScheduleAlreadyRunningError,
    ScheduleCalendarSpec,
    ScheduleOverlapPolicy,
    SchedulePolicy,
    ScheduleRange,
    ScheduleSpec,
    ScheduleUpdate,
    ScheduleUpdateInput,
)
from temporalio.service import RPCError, RPCStatusCode

from cluster.connect import asking
from rules.counting.clock import SHANGHAI, OfficeHours
from workflows.audit import AuditWorkflow
from workflows.delivery import DigestWorkflow
from workflows.messages import AuditStart, DigestStart

AUDITS = time(6, 30)
"""When the daily audit runs, on the clock of Shanghai: before anybody is at work."""

_PATIENCE = timedelta(seconds=5)
"""How long a server is waited for that is asked how a schedule stands."""

_ANY_DAY = date(2026, 1, 5)

_CATCH_UP = timedelta(days=30)
"""After an outage as long as this what was missed is still made up for, once: see `_POLICY`."""

SPREAD = timedelta(minutes=5)
"""Counties that share a cluster do not all begin in one second; Temporal spreads them by the schedule's name."""

_POLICY = SchedulePolicy(overlap=ScheduleOverlapPolicy.BUFFER_ONE, catchup_window=_CATCH_UP)
"""While one run waits for a worker a second one may wait behind it, and no more: each looks at everything there is."""


_WORKFLOWS: dict[str, tuple[str, Any]] = {
    "digest": (DigestWorkflow.__name__, DigestStart()),
    "audit": (AuditWorkflow.__name__, AuditStart()),
}


class Lag(NamedTuple):
    """How a schedule stands: when it ran last and should run next, None where it is missing or paused."""

    name: str
    last: datetime | None
    next: datetime | None


def name(task_queue: str, what: str) -> str:
    """Name an installation's schedule; a namespace may hold several installations' for tests."""
    return f"{task_queue}-{what}"


def digest_runs(office: OfficeHours) -> list[time]:
    """List when digests are made on a day: once an hour from their instant until closing.

    What was held up, and would be too late tomorrow, still goes out the same day.
    """
    first = office.digests(_ANY_DAY).time()
    runs = (first.replace(hour=hour) for hour in range(first.hour, 24))
    return [run for run in runs if run < office.closes]


async def ensure_schedules(client: Client, task_queue: str, office: OfficeHours, *, resume: bool = False) -> None:
    """Make the schedules what they should be; one that somebody paused goes on where that is asked for."""
    runs = digest_runs(office)
    hours = ScheduleRange(runs[0].hour, runs[-1].hour)
    await _ensure(client, task_queue, "digest", hours, runs[0].minute, resume)
    await _ensure(client, task_queue, "audit", ScheduleRange(AUDITS.hour), AUDITS.minute, resume)


async def _ensure(client: Client, task_queue: str, what: str, hours: ScheduleRange, minute: int, resume: bool) -> None:
    wanted = _schedule(task_queue, what, hours, minute)
    with asking():
        try:
            await client.create_schedule(name(task_queue, what), wanted)
        except ScheduleAlreadyRunningError:

            def update(known: ScheduleUpdateInput) -> ScheduleUpdate | None:
                present = known.description.schedule
                present.spec, present.policy, present.action = wanted.spec, wanted.policy, wanted.action
                present.state.paused = present.state.paused and not resume
                return ScheduleUpdate(schedule=present)

            await client.get_schedule_handle(name(task_queue, what)).update(update)


def _schedule(task_queue: str, what: str, hours: ScheduleRange, minute: int) -> Schedule:
    """Every day, days off too: a Sunday may be a working day, and whoever runs asks the calendar."""
    workflow, start = _WORKFLOWS[what]
    return Schedule(
        action=ScheduleActionStartWorkflow(workflow, start, id=name(task_queue, what), task_queue=task_queue),
        spec=ScheduleSpec(
            calendars=[ScheduleCalendarSpec(hour=[hours], minute=[ScheduleRange(minute)])],
            time_zone_name=SHANGHAI.key,
            jitter=SPREAD,
        ),
        policy=_POLICY,
    )


async def lags(client: Client, task_queue: str) -> list[Lag]:
    """Tell of each schedule when it ran last and when it is to run next."""
    found = []
    for what in ("digest", "audit"):
        with asking():
            try:
                described = await client.get_schedule_handle(name(task_queue, what)).describe(rpc_timeout=_PATIENCE)
            except RPCError as error:
                if error.status is not RPCStatusCode.NOT_FOUND:
                    raise
                found.append(Lag(what, None, None))
                continue
        recent = [each.scheduled_at for each in described.info.recent_actions]
        coming = [] if described.schedule.state.paused else described.info.next_action_times
        found.append(Lag(what, max(recent, default=None), min(coming, default=None)))
    return found
