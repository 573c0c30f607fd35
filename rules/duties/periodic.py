"""按季度通报 and 年度培训: the dates that hang on no letter but on the calendar itself (R20, R23).

武政办〔2023〕47号 五三款: "按季度通报全县行政机关行政诉讼工作情况". The notice names no day, so reading A16 does;
day zero is the last day of the natural quarter.
武政办〔2023〕47号 三: "要建立行政应诉培训制度,每年开展一次以上集中培训、旁听庭审等活动". The year is the calendar
year, and "以上" includes one (民法典 1259).
"""

from calendar import monthrange
from datetime import date, timedelta
from typing import Annotated, NamedTuple, Self

from pydantic import Field

from rules.books.model import Rulebook
from rules.counting.calendar import Calendar
from rules.counting.period import Reckoning, Roll, Unit, count, stated

CHECKS = ((10, 1), (12, 1))
"""The days of a year, as month and day, on which the year's training is asked for."""


class Quarter(NamedTuple):
    """A natural quarter, as 2026 and 1 to 4; quarters compare in the order of time."""

    year: int
    number: Annotated[int, Field(ge=1, le=4)]

    @classmethod
    def of(cls, day: date) -> Self:
        """Return the quarter that a day lies in."""
        return cls(day.year, (day.month + 2) // 3)

    @property
    def first(self) -> date:
        """Return its first day."""
        return date(self.year, 3 * self.number - 2, 1)

    @property
    def last(self) -> date:
        """Return its last day."""
        return self.shift(1).first - timedelta(days=1)

    def shift(self, quarters: int) -> "Quarter":
        """Return the quarter so many quarters later, or earlier where the number is negative."""
        years, place = divmod(self.number - 1 + quarters, 4)
        return Quarter(self.year + years, place + 1)


class Training(NamedTuple):
    """One year's training: the days on which it is asked for, and the count of its last day."""

    checks: tuple[date, ...]
    due: Reckoning


def circular_due(quarter: Quarter, book: Rulebook, calendar: Calendar) -> Reckoning:
    """Count when a quarter's circular is due, as reading A16 has it; a last day off rolls as A02 has it.

    The tenth working day counts from the quarter's last day, which is day zero; the other two are days of the month
    after the quarter.
    """
    offset, roll, clause = book.readings.circular.offset, Roll(book.readings.rule.roll), _clause(book, "quarter_end")
    zero = quarter.last
    if offset == "working_day_10":
        return count(zero, 10, Unit.WORKING_DAY, calendar, roll, "quarter_end", clause)
    # One month from 30 June is 30 July, so the month's last day is reached by counting the days of that month.
    month = quarter.shift(1).first
    days = 15 if offset == "day_15" else monthrange(month.year, month.month)[1]
    return count(zero, days, Unit.DAY, calendar, roll, "quarter_end", clause)


def training_of(year: int, book: Rulebook, calendar: Calendar) -> Training:
    """Return the days on which a year's training is asked for, and its last day, 31 December.

    A reminder never falls on a day off, so 1 October is always asked for before the holiday. The last day does not
    roll: an act of next year is not one of this year.
    """
    checks = tuple(calendar.previous_working_day(date(year, month, day)) for month, day in CHECKS)
    end = date(year, 12, 31)
    return Training(checks, stated(end, end, calendar, Roll.NONE, "year_end", _clause(book, "year_end")))


def _clause(book: Rulebook, anchor: str) -> str:
    rule = book.of_anchor(anchor)
    return rule.clause if rule else ""
