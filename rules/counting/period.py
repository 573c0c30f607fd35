"""Periods: how a length of days, working days or months is counted from an anchor to a due date.

民事诉讼法 85: "期间以时、日、月、年计算。期间开始的时和日,不计算在期间内。期间届满的最后一日是法定休假日的,
以法定休假日后的第一日为期间届满的日期。"
民法典 202: "按照年、月、日计算期间的,到期月的对应日为期间的最后一日;没有对应日的,月末日为期间的最后一日。"
Day zero is the anchor itself, and it is not counted.
"""

from datetime import date, timedelta
from enum import StrEnum
from typing import NamedTuple

from dateutil.relativedelta import relativedelta

from rules.counting.calendar import Calendar
from rules.errors import Refused

LONGEST = {"day": 3660, "working_day": 2500, "month": 120, "date": 0}
"""Ten years, in each unit: a longer period is a slip of the keyboard."""


class Unit(StrEnum):
    """What a period is counted in; `date` is an end that was written down instead of counted."""

    DAY = "day"
    WORKING_DAY = "working_day"
    MONTH = "month"
    DATE = "date"


class Roll(StrEnum):
    """What happens when the last day is a day off."""

    NEXT = "next_working_day"
    NONE = "none"


class Reckoning(NamedTuple):
    """One count: from `anchor` over `length` `unit`s to `nominal`, rolled to `due`.

    `provisional` says that a day was looked at whose notice is not out yet. `earlier` is the count that this
    one prolongs, `why` names the anchor in the catalogues and `clause` is where the period stands.
    `rules.counting.sheet` turns it into an explanation; until then it costs only the count itself.
    """

    anchor: date
    length: int
    unit: Unit
    roll: Roll
    nominal: date
    due: date
    provisional: bool
    calendar: Calendar
    why: str = "given"
    clause: str = ""
    earlier: "Reckoning | None" = None


def count(
    anchor: date,
    length: int,
    unit: Unit,
    calendar: Calendar,
    roll: Roll = Roll.NEXT,
    why: str = "given",
    clause: str = "",
    earlier: Reckoning | None = None,
) -> Reckoning:
    """Count a period from the day after its anchor and roll the last day once, at the end.

    A length below one or beyond ten years is refused; a day that no calendar knows raises CalendarUnknown.
    """
    if unit is Unit.WORKING_DAY:
        # The n-th working day after the anchor is itself a working day, so there is nothing to roll.
        if not 0 < length <= 2500:
            raise Refused("period", "period_length", longest=LONGEST[unit])
        index = anchor.toordinal() - calendar.day_zero
        rank = calendar.rank
        if not 0 <= index < len(rank) - 1:
            calendar.index(anchor)
        place = rank[index + 1] + length - 1
        if place >= len(calendar.ordinals):
            calendar.shift(anchor, length)
        ordinal = calendar.ordinals[place]
        due = date.fromordinal(ordinal)
        provisional = ordinal > calendar.published_until
        return Reckoning(anchor, length, unit, roll, due, due, provisional, calendar, why, clause, earlier)
    return until(
        add(anchor, length, unit),
        calendar,
        roll,
        Reckoning(anchor, length, unit, roll, anchor, anchor, False, calendar, why, clause, earlier),
    )


def add(day: date, length: int, unit: Unit) -> date:
    """Return the nominal end of a period of days or months from a day, before any roll."""
    if not 0 < length <= LONGEST[unit]:
        raise Refused("period", "period_length", longest=LONGEST[unit])
    try:
        return day + (relativedelta(months=length) if unit is Unit.MONTH else timedelta(days=length))
    except (OverflowError, ValueError) as error:
        raise Refused("from", "date_out_of_range", day=day) from error


def until(nominal: date, calendar: Calendar, roll: Roll, begun: Reckoning) -> Reckoning:
    """Finish a count whose nominal end is known: roll it forward if it is a day off."""
    if roll is Roll.NONE:
        return begun._replace(nominal=nominal, due=nominal, roll=roll)
    due = calendar.next_working_day(nominal)
    return begun._replace(nominal=nominal, due=due, provisional=due.toordinal() > calendar.published_until)


def extend(
    reckoning: Reckoning, length: int, unit: Unit, *, base: date | None = None, clause: str = "", why: str = "extended"
) -> Reckoning:
    """Prolong a count from its nominal, unrolled end (reading A08), or from another base, and roll once."""
    start = reckoning.nominal if base is None else base
    return count(start, length, unit, reckoning.calendar, reckoning.roll, why, clause, reckoning)


def extend_to(reckoning: Reckoning, end: date, *, clause: str = "", why: str = "extended_to") -> Reckoning:
    """Prolong a count to an end that was written down, and roll it."""
    begun = Reckoning(
        reckoning.nominal, 0, Unit.DATE, reckoning.roll, end, end, False, reckoning.calendar, why, clause, reckoning
    )
    return until(end, reckoning.calendar, reckoning.roll, begun)


def stated(
    end: date, anchor: date, calendar: Calendar, roll: Roll = Roll.NEXT, why: str = "stated_end", clause: str = ""
) -> Reckoning:
    """Take an end that the letter itself states, and roll it."""
    return until(end, calendar, roll, Reckoning(anchor, 0, Unit.DATE, roll, end, end, False, calendar, why, clause))
