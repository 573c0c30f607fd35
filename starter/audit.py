"""The audit: every open letter worked out again from the docket, and compared with what Temporal really has pending."""

from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import Engine
from temporalio.api.enums.v1 import EventType
from temporalio.client import Client, WorkflowExecutionStatus, WorkflowHandle
from temporalio.service import RPCError, RPCStatusCode

from docket.engine import reading
from docket.library import current_calendar, rulebook
from docket.settle import stored_state
from rules.counting.clock import local
from rules.duties.case import Case
from rules.duties.derive import derive
from rules.state import LetterState
from rules.texts import text
from starter.calendar import every_open_letter
from starter.connect import asking
from workflows.messages import LetterStart

TOLERANCE = timedelta(seconds=90)
"""How far a timer may lie from the state's next wake: starting it takes a moment."""

_BEING_REGISTERED = timedelta(minutes=1)
_TASK_ATTEMPTS = 3
"""Attempts at a workflow task after which no worker can carry the letter on without help."""


class Finding(NamedTuple):
    """One thing that is not as it should be."""

    letter: str
    what: str
    values: dict[str, str]

    def as_json(self) -> dict[str, Any]:
        """Give the finding as data, with its sentence in both languages."""
        key = f"audit.{self.what}"
        sentences = {"reason": text(key, "zh", **self.values), "reason_en": text(key, "en", **self.values)}
        return {"letter": self.letter, "what": self.what, **self.values, **sentences}


class Audit(NamedTuple):
    """How many open letters were looked at, and what was found."""

    letters: int
    findings: list[Finding]


async def audit(engine: Engine, client: Client, task_queue: str, now: datetime) -> Audit:
    """Compare docket, recomputed dates, workflows and timers of all open letters; a namespace is one installation's."""
    findings: list[Finding] = []
    count = 0
    with asking():
        for state in every_open_letter(engine):
            count += 1
            findings += await _compared(engine, client, task_queue, state)
        async for execution in client.list_workflows('WorkflowType = "LetterWorkflow" AND ExecutionStatus = "Running"'):
            # A letter that is being registered has its workflow before it has its row.
            if now - execution.start_time > _BEING_REGISTERED:
                with reading(engine) as session:
                    if stored_state(session, execution.id) is None:
                        findings.append(Finding(execution.id, "no_row", {"queue": execution.task_queue}))
    return Audit(count, findings)


async def _compared(engine: Engine, client: Client, task_queue: str, state: LetterState) -> list[Finding]:
    """Compare one letter; if it took a step meanwhile, once more with the state it has now."""
    while True:
        found = [*_dates(engine, state), *await _running(client, task_queue, state)]
        with reading(engine) as session:
            present = stored_state(session, state.letter_id)
        if not found or present is None or present.version == state.version:
            return found
        if present.closed_at is not None:
            return []
        state = present


def _dates(engine: Engine, state: LetterState) -> list[Finding]:
    """Work the duties out again from the recorded facts."""
    with reading(engine) as session:
        case = Case(
            state.letter, state.entries, rulebook(session, state.rulebook), current_calendar(session), state.grace
        )
    found = []
    for expected in derive(case).duties:
        duty = state.duty(expected.key)
        if duty is None:
            found.append(Finding(state.letter_id, "duty_missing", {"duty": expected.key}))
        elif duty.unfinished and duty.due != expected.due:
            values = {"duty": duty.key, "expected": str(expected.due), "found": str(duty.due)}
            found.append(Finding(state.letter_id, "date_drift", values))
    return found


async def _running(client: Client, task_queue: str, state: LetterState) -> list[Finding]:
    """Look for the letter's workflow, whether workers can carry it on, and its pending timer."""
    handle = client.get_workflow_handle(state.letter_id)
    try:
        description = await handle.describe()
    except RPCError as error:
        if error.status is not RPCStatusCode.NOT_FOUND or "namespace" in error.message.lower():
            raise
        return [Finding(state.letter_id, "no_workflow", {})]
    if description.status is not WorkflowExecutionStatus.RUNNING:
        return [Finding(state.letter_id, "no_workflow", {})]
    if description.task_queue != task_queue:
        return [Finding(state.letter_id, "other_queue", {"expected": task_queue, "found": description.task_queue})]
    failed = description.raw_description.pending_workflow_task.attempt
    if failed > _TASK_ATTEMPTS:
        return [Finding(state.letter_id, "failing", {"attempts": str(failed)})]
    fires, shift = await _pending_timer(client, handle)
    if fires is None or state.next_wake is None:
        return [Finding(state.letter_id, "no_timer", {})]
    if abs(fires + shift - state.next_wake) > TOLERANCE:
        values = {"expected": _minute(state.next_wake), "found": _minute(fires + shift)}
        return [Finding(state.letter_id, "timer_drift", values)]
    return []


async def _pending_timer(client: Client, handle: WorkflowHandle[Any, Any]) -> tuple[datetime | None, timedelta]:
    """Give when the pending timer of a workflow fires, from its history, and the shift of its clock."""
    pending: dict[str, datetime] = {}
    shift = timedelta()
    async for event in handle.fetch_history_events():
        if event.event_type == EventType.EVENT_TYPE_WORKFLOW_EXECUTION_STARTED:
            started = event.workflow_execution_started_event_attributes
            (start,) = await client.data_converter.decode(started.input.payloads, [LetterStart])
            shift = start.clock_shift
        elif event.event_type == EventType.EVENT_TYPE_TIMER_STARTED:
            timer = event.timer_started_event_attributes
            begun = event.event_time.ToDatetime(tzinfo=UTC)
            pending[timer.timer_id] = begun + timer.start_to_fire_timeout.ToTimedelta()
        elif event.event_type == EventType.EVENT_TYPE_TIMER_FIRED:
            pending.pop(event.timer_fired_event_attributes.timer_id, None)
        elif event.event_type == EventType.EVENT_TYPE_TIMER_CANCELED:
            pending.pop(event.timer_canceled_event_attributes.timer_id, None)
    return min(pending.values(), default=None), shift


def _minute(instant: datetime) -> str:
    return local(instant).isoformat(timespec="minutes")
