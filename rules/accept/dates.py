"""The questions that every typed date is asked."""

from datetime import date, timedelta

from rules.errors import Refused

OLDEST = timedelta(days=3 * 366)
"""A paper older than three years is a slip of the keyboard."""

FURTHEST = timedelta(days=366)
"""No court sets a hearing, or has a window begin, more than a year ahead."""


def refuse_unless_past(field: str, day: date, today: date) -> None:
    """Refuse a day that has not come, for what is recorded has happened, or one that is years ago."""
    if day > today:
        raise Refused(field, "in_future", day=day, today=today)
    if today - day > OLDEST:
        raise Refused(field, "too_old", day=day)


def refuse_unless_near(field: str, day: date, today: date) -> None:
    """Refuse a day that a court can have named only by a slip: years ago, or years ahead."""
    if today - day > OLDEST:
        raise Refused(field, "too_old", day=day)
    if day - today > FURTHEST:
        raise Refused(field, "too_far", day=day)
