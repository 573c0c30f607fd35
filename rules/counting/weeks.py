"""Weekly slots of R13: when each weekly progress report is due.

武政办〔2023〕47号 五(一款): "涉诉行政机关收到《委托协调化解函》后,应每周向县司法局通报协调化解进展情况".
Reading A13: slot k covers the seven days after R+7(k-1), R being the day the agency received the letter.
Its due date is R+7k, rolled. Slots that would be due on or after the end of the window are dropped, because the
result letter covers them; slots that roll to one date merge, and one report satisfies them all.
"""

import itertools
from collections.abc import Iterator
from datetime import date, timedelta
from typing import NamedTuple

from rules.counting.calendar import Calendar
from rules.counting.period import Reckoning, Roll, Unit, count, stated


class Slot(NamedTuple):
    """One weekly report: the number of the last week it covers, its first and last day, the count of its due date.

    A merged slot keeps the last week's number, so numbers stay put when another calendar merges other weeks.
    """

    number: int
    first: date
    last: date
    reckoning: Reckoning


def rolling_slots(received: date, window_due: date, calendar: Calendar, roll: Roll, clause: str = "") -> list[Slot]:
    """List the slots of seven days from the day of receipt until the window's legal expiry."""
    counts = (
        (number, count(received, 7 * number, Unit.DAY, calendar, roll, "agency_received", clause))
        for number in range(1, (window_due - received).days // 7 + 2)
    )
    return _merge(received, window_due, counts)


def calendar_week_slots(
    received: date, window_due: date, calendar: Calendar, roll: Roll, clause: str = ""
) -> list[Slot]:
    """List the slots of calendar weeks, each due on the week's last working day (alternative to A13).

    The week of receipt is number 1. A week without a working day after that has no due day of its own; the next
    week's report covers it, and the number is left out.
    """
    return _merge(received, window_due, _week_ends(received, window_due, calendar, roll, clause))


def _week_ends(
    received: date, window_due: date, calendar: Calendar, roll: Roll, clause: str
) -> Iterator[tuple[int, Reckoning]]:
    monday = received - timedelta(days=received.weekday())
    for number in itertools.count(1):
        if monday > window_due:
            return
        last = calendar.previous_working_day(monday + timedelta(days=6))
        if last >= monday and last > received:
            yield number, stated(last, received, calendar, roll, "week_end", clause)
        monday += timedelta(days=7)


def _merge(received: date, window_due: date, counts: Iterator[tuple[int, Reckoning]]) -> list[Slot]:
    slots: list[Slot] = []
    covered = received
    for number, reckoning in counts:
        if reckoning.due >= window_due:
            break
        first = covered + timedelta(days=1)
        if slots and slots[-1].reckoning.due == reckoning.due:
            first = slots.pop().first
        slots.append(Slot(number, first, reckoning.nominal, reckoning))
        covered = reckoning.nominal
    return slots
