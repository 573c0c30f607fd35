"""Dates as people and programs write them: 2026-11-20, and nothing that could be read as another day."""

import re
from datetime import date, datetime
from typing import Annotated

from pydantic import BeforeValidator
from pydantic_core import PydanticCustomError

FIRST, LAST = date(2000, 1, 1), date(2099, 12, 31)
"""No letter is older or looks further ahead; a year outside is a slip of the keyboard."""

_DAY = re.compile(r"\d{4}-\d\d-\d\d")


def read_day(value: object) -> date:
    """Read a day from its ISO form; a number, another notation or an instant is none, and raises pydantic's error."""
    day = value
    if isinstance(value, str) and _DAY.fullmatch(value.strip()):
        try:
            day = date.fromisoformat(value.strip())
        except ValueError as error:
            raise PydanticCustomError("bad_date", "no such day") from error
    if not isinstance(day, date) or isinstance(day, datetime):
        raise PydanticCustomError("bad_date", "a day is written 2026-11-20")
    return in_range(day)


def in_range(day: date) -> date:
    """Give a day back if its year can be meant; of an instant only the year is looked at."""
    if not FIRST.year <= day.year <= LAST.year:
        raise PydanticCustomError("year_out_of_range", "the year can't be meant")
    return day


Day = Annotated[date, BeforeValidator(read_day)]
