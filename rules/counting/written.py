"""Dates as people and programs write them: year, month, day, and nothing that could be read as another day."""

import re
from datetime import date, datetime
from typing import Annotated

from pydantic import BeforeValidator
from pydantic_core import PydanticCustomError

FIRST, LAST = date(2000, 1, 1), date(2099, 12, 31)
"""No letter is older or looks further ahead; a year outside is a slip of the keyboard."""

_DAY = re.compile(r"(\d{4})(?:-(\d\d?)-(\d\d?)|/(\d\d?)/(\d\d?)|\.(\d\d?)\.(\d\d?)|年(\d\d?)月(\d\d?)日)", re.ASCII)
_HALF_WIDTH = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)}


def read_day(value: object) -> date:
    """Read a day as 2026-11-20 or 2026年11月20日; a number, another order or an instant raises pydantic's error."""
    day = value
    if isinstance(value, str) and (written := _DAY.fullmatch(half_width(value).strip())):
        try:
            day = date(*(int(part) for part in written.groups() if part))
        except ValueError as error:
            raise PydanticCustomError("no_such_day", "no such day") from error
    if not isinstance(day, date) or isinstance(day, datetime):
        raise PydanticCustomError("bad_date", "a day is written 2026-11-20")
    return in_range(day)


def half_width(text: str) -> str:
    """Return a text with its full-width letters, digits and signs as their half-width twins."""
    return text.translate(_HALF_WIDTH)


def in_range(day: date) -> date:
    """Return a day back if its year can be meant; of an instant only the year is looked at."""
    if not FIRST.year <= day.year <= LAST.year:
        raise PydanticCustomError("year_out_of_range", "the year can't be meant")
    return day


Day = Annotated[date, BeforeValidator(read_day)]
