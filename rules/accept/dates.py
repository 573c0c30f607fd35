"""The one question that every typed date is asked."""

from datetime import date

from rules.errors import Refused


def refuse_future(field: str, day: date, today: date) -> None:
    """Refuse a day that has not come; what is recorded has happened."""
    if day > today:
        raise Refused(field, "in_future", day=day, today=today)
