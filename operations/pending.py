"""What Temporal really has of a matter, read from its workflow's history."""

from datetime import UTC, datetime, timedelta
from typing import NamedTuple, TypeVar

from temporalio.api.common.v1 import Payloads
from temporalio.api.enums.v1 import EventType
from temporalio.api.history.v1 import HistoryEvent
from temporalio.client import Client
from temporalio.exceptions import ApplicationError

from activities.messages import Settlement
from rules.dossier.change import changed
from rules.dossier.state import Dossier
from workflows.messages import DossierStart

T = TypeVar("T")


class Unreadable(Exception):
    """A history can't be read with the keys that there are."""


class Pending(NamedTuple):
    """What Temporal has of a matter: when its timer fires, the shift of its clock, the state it knows."""

    fires: datetime | None
    shift: timedelta
    state: Dossier | None


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
