"""The audit: every open matter worked out again from the docket, and compared with what Temporal really has pending.

It trusts neither the engine nor the docket: dates are counted by `rules.recount` from the rows of events, what the
workflow knows is read from its history, and what is pending from Temporal itself.
"""

import asyncio
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple, TypeVar

from sqlalchemy import Engine
from sqlalchemy.exc import NoResultFound
from sqlmodel import Session
from temporalio.api.common.v1 import Payloads
from temporalio.api.enums.v1 import EventType
from temporalio.api.history.v1 import HistoryEvent
from temporalio.client import Client, WorkflowExecutionStatus
from temporalio.exceptions import ApplicationError
from temporalio.service import RPCError, RPCStatusCode

from activities.messages import Settlement
from cluster.connect import asking
from cluster.schedules import lags
from docket.audits import (
    Record,
    accepted,
    keep,
    known_ids,
    miscounted,
    missing_numbers,
    open_ids,
    record,
    seal_breaks,
    undigested,
    unreachable,
)
from docket.delivery import untried
from docket.engine import reading, writing
from docket.library import books_of, current_calendar, rulebook_in_force
from docket.settle import stored_state
from operations.words import text
from rules.counting.clock import local
from rules.dossier.change import changed
from rules.dossier.situations import Books
from rules.dossier.state import Dossier
from rules.duties.duty import id_of
from rules.errors import Refused
from rules.recount import recounted
from settings import Settings
from workflows.messages import DossierStart

T = TypeVar("T")
TOLERANCE = timedelta(seconds=90)
"""How far a timer may lie from the state's next wake: starting it takes a moment."""

LASTING = {"seal_broken", "events_missing", "number_missing"}
"""What no program can undo: somebody looks into it and accepts it, so that what is found next is not lost among it."""

_BEING_REGISTERED = timedelta(minutes=1)
_TASK_ATTEMPTS = 3
"""Attempts at a workflow task after which no worker can carry the matter on without help."""

_DELIVERY_LATE = timedelta(minutes=15)
"""How long after its time a delivery may still be untried: a worker that was away needs a moment for them all."""

_SETTLING = 2.0
"""Seconds after which a matter that seems to be in the midst of a step is looked at again."""

_LOOKS = 6
"""How often that is done while its workflow has a task that is not done; otherwise once."""

_IN_A_STEP = {"behind", "stale", "no_timer", "timer_drift", "waits"}
"""What is so for a moment in a healthy matter too: from a timer that fires to the step's end."""

_RUNNING = 'WorkflowType = "DossierWorkflow" AND ExecutionStatus = "Running"'

_AT_ONCE = 16
"""Matters that are looked at side by side; most of the time goes into waiting for their histories."""


class Finding(NamedTuple):
    """One thing that is not as it should be: of a matter, or of what else `subject` names."""

    subject: str
    what: str
    values: dict[str, str]

    @property
    def key(self) -> str:
        """Name the finding, so that one that was accepted is known again."""
        return " ".join([self.subject, self.what, *(f"{name}={self.values[name]}" for name in sorted(self.values))])

    def as_json(self) -> dict[str, Any]:
        """Give the finding as data, with its sentence in both languages."""
        key = f"audit.{self.what}"
        sentences = {"reason": text(key, "zh", **self.values), "reason_en": text(key, "en", **self.values)}
        return {"subject": self.subject, "what": self.what, **self.values, **sentences}


class Unreadable(Exception):
    """A history can't be read with the keys that there are."""


class Audit(NamedTuple):
    """How many open matters were looked at, what was found, and what of it somebody has accepted."""

    matters: int
    findings: list[Finding]
    accepted: list[Finding] = []  # noqa: RUF012 - a default of a tuple's field is shared and never changed


class Pending(NamedTuple):
    """What Temporal has of a matter: when its timer fires, the shift of its clock, the state it knows."""

    fires: datetime | None
    shift: timedelta
    state: Dossier | None


async def audit(
    engine: Engine, client: Client, settings: Settings, now: datetime, looked: Callable[[], None] = lambda: None
) -> Audit:
    """Compare docket, recounted dates, workflows and timers of all open matters, and keep what was found.

    A namespace is one installation's. `looked` is called after each matter.
    """
    findings: list[Finding] = []
    started = now - _BEING_REGISTERED
    with asking():
        # A matter that is being opened has its workflow before it has its row.
        running = {
            each.id: each.task_queue async for each in client.list_workflows(_RUNNING) if each.start_time < started
        }
    matters, known = await asyncio.to_thread(_known, engine, running)
    findings += [Finding(each, "no_row", {"queue": running[each]}) for each in running if each not in known]
    waiting = asyncio.Semaphore(_AT_ONCE)

    async def one(matter: str) -> list[Finding]:
        async with waiting:
            found = await _compared(engine, client, settings.task_queue, matter)
            looked()
            return found

    with asking():
        # A workflow that runs beside a matter that is closed is looked at as well.
        for found in await asyncio.gather(*(one(matter) for matter in [*matters, *sorted(known - {*matters})])):
            findings += found
        findings += await _schedules(client, settings.task_queue)
    findings += await asyncio.to_thread(_elsewhere, engine, settings, now)
    with writing(engine) as session:
        seen = accepted(session)
        new = [each for each in findings if each.key not in seen]
        keep(session, now, max(now, datetime.now(UTC)), len(matters), [each.as_json() for each in new])
    return Audit(len(matters), new, [each for each in findings if each.key in seen])


def _known(engine: Engine, running: Iterable[str]) -> tuple[list[str], set[str]]:
    with reading(engine) as session:
        return open_ids(session), known_ids(session, running)


async def _compared(engine: Engine, client: Client, task_queue: str, matter: str) -> list[Finding]:
    """Compare one matter; while it takes a step, and if it took one meanwhile, once more with what it has by then."""
    looks = 0
    while True:
        try:
            state, found = await asyncio.to_thread(_in_the_docket, engine, matter)
        except (ValueError, LookupError, NoResultFound, Refused) as error:
            # One row that nobody can read must not keep the others from being looked at.
            return [Finding(matter, "unreadable_row", {"detail": f"{type(error).__name__}: {error}"[:200]})]
        if state is None:
            return found
        running, busy = await _running(client, task_queue, state)
        found += running
        looks += 1
        if looks < (_LOOKS if busy else 2) and not _IN_A_STEP.isdisjoint(each.what for each in found):
            await asyncio.sleep(_SETTLING)
        elif not found or await asyncio.to_thread(_version, engine, matter) == state.version:
            return found


def _in_the_docket(engine: Engine, dossier: str) -> tuple[Dossier | None, list[Finding]]:
    """Compare what the docket has of a dossier with itself, and with the second count."""
    with reading(engine) as session:
        kept = record(session, dossier)
        if kept is None:
            return None, []
        return kept.state, [*_dates(session, kept), *_rows(kept)] if kept.state.closed_at is None else _rows(kept)


def _version(engine: Engine, dossier: str) -> int | None:
    with reading(engine) as session:
        state = stored_state(session, dossier)
    return state.version if state is not None else None


def _dates(session: Session, kept: Record) -> list[Finding]:
    """Count the duties' dates a second time, from the rows of events."""
    state, calendar = kept.state, current_calendar(session)
    if state.calendar != calendar.version:
        return [Finding(state.id, "not_replanned", {"expected": calendar.version, "found": state.calendar})]
    found, books = [], books_of(session, state)
    counted = recounted(kept.letters, kept.entries, books, calendar.years.values(), state.rulebook)
    expected = {id_of(letter, key): due for letter, dates in counted.items() for key, due in dates.items()}
    weekly = {id_of(letter, key) for letter, dates in counted.items() for key in _weeks(state, books, letter, dates)}
    for key, due in expected.items():
        if key not in kept.dues:
            # Weeks between an expiry and an extension that came too late are nobody's.
            if due is not None and key not in weekly:
                found.append(Finding(state.id, "duty_missing", {"duty": key}))
            continue
        standing, known = kept.dues[key]
        if standing in ("open", "waiting") and known != due:
            values = {"duty": key, "expected": str(due), "found": str(known)}
            found.append(Finding(state.id, "date_drift", values))
    unknown = [key for key, (standing, _) in kept.dues.items() if standing == "open" and key not in expected]
    return found + [
        Finding(state.id, "date_drift", {"duty": key, "expected": "—", "found": str(kept.dues[key][1])})
        for key in unknown
    ]


def _weeks(state: Dossier, books: Books, letter: str, dates: Iterable[str]) -> list[str]:
    """List the keys of weekly reports among those of a letter's duties."""
    arrival = state.arrival(letter)
    rules = books[arrival.rulebook].rules if arrival else {}
    parted = ((key, *key.partition("@")[0].partition(".")) for key in dates)
    return [key for key, rule, numbered, _ in parted if numbered and rule in rules and rules[rule].shape == "weekly"]


def _rows(kept: Record) -> list[Finding]:
    """Say which rows differ from the state that they were written from."""
    return [Finding(kept.state.id, "row_differs", {"row": row}) for row in kept.stale]


async def _running(client: Client, task_queue: str, state: Dossier) -> tuple[list[Finding], bool]:
    """Look for the dossier's workflow, whether workers can carry it on, what it knows, and its pending timer.

    Tells as well whether it is in the midst of a step.
    """
    dossier = state.id
    gone = [] if state.closed_at is not None else [Finding(dossier, "no_workflow", {})]
    try:
        description = await client.get_workflow_handle(dossier).describe()
    except RPCError as error:
        if error.status is not RPCStatusCode.NOT_FOUND or "namespace" in error.message.lower():
            raise
        return gone, False
    if description.status is not WorkflowExecutionStatus.RUNNING:
        return gone, False
    if description.task_queue != task_queue:
        return [Finding(dossier, "other_queue", {"expected": task_queue, "found": description.task_queue})], False
    failed = description.raw_description.pending_workflow_task.attempt
    if failed > _TASK_ATTEMPTS:
        return [Finding(dossier, "failing", {"attempts": str(failed)})], False
    busy = description.raw_description.HasField("pending_workflow_task")
    try:
        there = await pending(client, dossier)
    except Unreadable as error:
        return [Finding(dossier, "unreadable", {"detail": str(error)})], False
    return _as_it_runs(state, there, busy), busy


def _as_it_runs(state: Dossier, there: Pending, busy: bool) -> list[Finding]:
    dossier = state.id
    # A workflow that was reset to its beginning knows nothing yet.
    known = 0 if there.state is None else there.state.version
    if known > state.version:
        return [Finding(dossier, "stale", {"expected": str(known), "found": str(state.version)})]
    if known < state.version:
        return [Finding(dossier, "behind", {"expected": str(state.version), "found": str(known)})]
    if there.state != state:
        return [Finding(dossier, "state_differs", {"version": str(state.version)})]
    if state.closed_at is not None:
        return []
    if there.fires is None or state.next_wake is None:
        # The timer fired and no worker has taken the step up; with one it would have.
        return [Finding(dossier, "waits" if busy else "no_timer", {})]
    if abs(there.fires + there.shift - state.next_wake) > TOLERANCE:
        values = {"expected": _minute(state.next_wake), "found": _minute(there.fires + there.shift)}
        return [Finding(dossier, "timer_drift", values)]
    return []


async def pending(client: Client, dossier: str) -> Pending:
    """Read a running dossier's history: when its pending timer fires, and the state that its steps have led to."""
    timers: dict[str, datetime] = {}
    shift, state = timedelta(), None
    async for event in client.get_workflow_handle(dossier).fetch_history_events():
        match event.event_type:
            case EventType.EVENT_TYPE_WORKFLOW_EXECUTION_STARTED:
                start = await _read(client, event.workflow_execution_started_event_attributes.input, DossierStart)
                shift, state = start.clock_shift, start.state
            case EventType.EVENT_TYPE_TIMER_STARTED:
                timer = event.timer_started_event_attributes
                begun = event.event_time.ToDatetime(tzinfo=UTC)
                timers[timer.timer_id] = begun + timer.start_to_fire_timeout.ToTimedelta()
            case EventType.EVENT_TYPE_TIMER_FIRED:
                timers.pop(event.timer_fired_event_attributes.timer_id, None)
            case EventType.EVENT_TYPE_TIMER_CANCELED:
                timers.pop(event.timer_canceled_event_attributes.timer_id, None)
            case EventType.EVENT_TYPE_MARKER_RECORDED:
                state = await _settled(client, event, state)
    return Pending(min(timers.values(), default=None), shift, state)


async def _settled(client: Client, event: HistoryEvent, state: Dossier | None) -> Dossier | None:
    """Return what a settle led to, from the marker in which Temporal keeps a local activity's result."""
    details = event.marker_recorded_event_attributes.details
    if event.marker_recorded_event_attributes.marker_name != "core_local_activity" or "result" not in details:
        return state
    settlement = await _read(client, details["result"], Settlement)
    return settlement.state or (changed(state, settlement.change) if settlement.change else state)


async def _read(client: Client, payloads: Payloads, model: type[T]) -> T:
    """Read one of our models from a history; one that was encrypted with a key we don't have is Unreadable."""
    try:
        (found,) = await client.data_converter.decode(payloads.payloads, [model])
    except (ApplicationError, KeyError, RuntimeError) as error:
        raise Unreadable(str(error)) from error
    assert isinstance(found, model)
    return found


async def _schedules(client: Client, task_queue: str) -> list[Finding]:
    return [Finding(each.name, "no_schedule", {}) for each in await lags(client, task_queue) if each.next is None]


def _elsewhere(engine: Engine, settings: Settings, now: datetime) -> list[Finding]:
    """Look at what is no single open matter's: seals of all events, deliveries, people, numbers of slips."""
    with reading(engine) as session:
        found = [
            Finding(matter, "seal_broken", {"event": event, "content": content})
            for matter, event, content in seal_breaks(session)
        ]
        found += [
            Finding(matter, "events_missing", {"expected": str(known), "found": str(there)})
            for matter, known, there in miscounted(session)
        ]
        found += [Finding(key, "delivery_stuck", {}) for key in untried(session, now - _DELIVERY_LATE)]
        found += [
            Finding(id_, "unreachable", {"name": name}) for id_, name in unreachable(session, settings.outside, now)
        ]
        office, calendar = rulebook_in_force(session).office, current_calendar(session)
        found += [
            Finding(id_, "undigested", {"name": name}) for id_, name in undigested(session, office, calendar, now)
        ]
        found += [Finding(number, "number_missing", {}) for number in missing_numbers(session)]
    return found


def subjects(findings: Iterable[Finding], *kinds: str) -> list[str]:
    """List the subjects of which something of these kinds was found, each once."""
    return list(dict.fromkeys(each.subject for each in findings if each.what in kinds))


def _minute(instant: datetime) -> str:
    return local(instant).isoformat(timespec="minutes")
