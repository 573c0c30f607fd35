"""预警: how a duty stands at a moment, in the ten words that every page, list, filter, sheet, calendar and notice has.

A lamp is never stored: it is worked out on reading from the state and the dates that are. Its colour follows from it.
"""

from datetime import date, datetime
from enum import StrEnum
from typing import NamedTuple

from rules.counting.calendar import Calendar
from rules.counting.clock import local_date


class DutyState(StrEnum):
    """What is stored of how a duty stands; what time makes of it is its lamp."""

    WAITING = "waiting"
    OPEN = "open"
    DONE = "done"
    LATE = "late"
    CANCELLED = "cancelled"
    MISSED = "missed"
    EXCUSED = "excused"


UNFINISHED = frozenset({DutyState.WAITING, DutyState.OPEN})


class Lamp(StrEnum):
    """正常, 临近, 迟办, 逾期, 未起算, 办结, 逾期办结, 期满未报, 免责, 终止."""

    ON_TRACK = "on_track"
    DUE_SOON = "due_soon"
    TARDY = "tardy"
    OVERDUE = "overdue"
    NOT_STARTED = "not_started"
    DONE = "done"
    DONE_LATE = "done_late"
    UNREPORTED = "unreported"
    EXCUSED = "excused"
    ENDED = "ended"


class Light(StrEnum):
    """The colour of a lamp: in good time; to be looked at; late, or failed; nothing to be done."""

    GREEN = "green"
    YELLOW = "yellow"
    RED = "red"
    GREY = "grey"


LIGHTS = {
    Lamp.ON_TRACK: Light.GREEN,
    Lamp.DUE_SOON: Light.YELLOW,
    Lamp.TARDY: Light.YELLOW,
    Lamp.OVERDUE: Light.RED,
    Lamp.UNREPORTED: Light.RED,
    Lamp.NOT_STARTED: Light.GREY,
    Lamp.DONE: Light.GREY,
    Lamp.DONE_LATE: Light.GREY,
    Lamp.EXCUSED: Light.GREY,
    Lamp.ENDED: Light.GREY,
}
OWED = (Lamp.ON_TRACK, Lamp.DUE_SOON, Lamp.TARDY, Lamp.OVERDUE, Lamp.NOT_STARTED)
"""The lamps of what somebody still owes."""

CLOSED = {
    DutyState.WAITING: Lamp.NOT_STARTED,
    DutyState.DONE: Lamp.DONE,
    DutyState.LATE: Lamp.DONE_LATE,
    DutyState.CANCELLED: Lamp.ENDED,
    DutyState.MISSED: Lamp.UNREPORTED,
    DutyState.EXCUSED: Lamp.EXCUSED,
}
"""The lamps that follow from the state alone; of what is open, time decides."""


def lamp(state: str, soft: bool, due_at: datetime | None, warn_on: date | None, now: datetime) -> Lamp:
    """Return the lamp of a duty from what is stored of it.

    No number of days is prescribed for a soft duty: past its target it is 迟办, done after it 办结, and never 逾期.
    """
    if state != DutyState.OPEN:
        return Lamp.DONE if soft and state == DutyState.LATE else CLOSED[DutyState(state)]
    if due_at is not None and now >= due_at:
        return Lamp.TARDY if soft else Lamp.OVERDUE
    return Lamp.DUE_SOON if warn_on is not None and local_date(now) >= warn_on else Lamp.ON_TRACK


class Left(NamedTuple):
    """What is left until a due date, in days or in working days as the period itself is counted; below zero past it."""

    days: int
    working: bool


def left(due: date, working: bool, today: date, calendar: Calendar) -> Left:
    """Count the days from today to a due date; a calendar that does not know one of both raises CalendarUnknown."""
    if not working:
        return left_in_days(due, today)
    rank, index = calendar.rank, calendar.index
    return Left(rank[index(due) + 1] - rank[index(today) + 1], True)


def left_in_days(due: date, today: date) -> Left:
    """Count the calendar days from today to a due date, for which no calendar is needed."""
    return Left((due - today).days, False)
