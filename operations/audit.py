"""The audit: every open matter worked out again from the docket, and compared with what Temporal really has pending.

It trusts neither the engine nor the docket: dates are counted by `rules.recount` from the rows of events, what the
workflow knows is read from its history, and what is pending from Temporal itself.
"""

import asyncio
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta

from sqlalchemy import Engine
from sqlalchemy.exc import NoResultFound
from temporalio.client import Client, WorkflowExecutionStatus
from temporalio.service import RPCError, RPCStatusCode

from cluster.connect import asking
from cluster.schedules import lags
from docket.audits import (
    accepted,
    keep,
    known_ids,
    open_ids,
)
from docket.engine import reading, writing
from docket.reads import stored_state
from operations.checks import elsewhere, in_the_docket
from operations.findings import Audit, Finding
from operations.pending import Pending, Unreadable, pending
from rules.counting.clock import local
from rules.dossier.state import Dossier
from rules.errors import Refused
from settings import Settings

TOLERANCE = timedelta(seconds=90)
"""How far a timer may lie from the state's next wake: starting it takes a moment."""


_BEING_REGISTERED = timedelta(minutes=1)
_TASK_ATTEMPTS = 3
"""Attempts at a workflow task after which no worker can carry the matter on without help."""


_SETTLING = 2.0
"""Seconds after which a matter that seems to be in the midst of a step is looked at again."""

_LOOKS = 6
"""How often that is done while its workflow has a task that is not done; otherwise once."""

_IN_A_STEP = {"behind", "stale", "no_timer", "timer_drift", "waits"}
"""What is so for a moment in a healthy matter too: from a timer that fires to the step's end."""

_RUNNING = 'WorkflowType = "DossierWorkflow" AND ExecutionStatus = "Running"'

_AT_ONCE = 16
"""Matters that are looked at side by side; most of the time goes into waiting for their histories."""


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
    findings += await asyncio.to_thread(elsewhere, engine, settings, now)
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
            state, found = await asyncio.to_thread(in_the_docket, engine, matter)
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


def _version(engine: Engine, dossier: str) -> int | None:
    with reading(engine) as session:
        state = stored_state(session, dossier)
    return state.version if state is not None else None


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


async def _schedules(client: Client, task_queue: str) -> list[Finding]:
    return [Finding(each.name, "no_schedule", {}) for each in await lags(client, task_queue) if each.next is None]


def _minute(instant: datetime) -> str:
    return local(instant).isoformat(timespec="minutes")
