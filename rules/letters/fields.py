"""The shapes of single fields: names, dates and texts, with their limits."""

import re
from datetime import date, datetime
from typing import Annotated

from pydantic import AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints, field_validator
from pydantic_core import PydanticCustomError

from rules.counting.clock import SHANGHAI

_TWINS = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)}
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]|[\ud800-\udfff]")


def _midnight_for_a_date(value: object) -> object:
    """Take a bare date as its first instant in Shanghai, so that a clerk need not type a time."""
    if isinstance(value, str):
        text = value.strip()
        if len(text) == 10:
            try:
                value = date.fromisoformat(text)
            except ValueError:
                return value
        else:
            return text
    if isinstance(value, date) and not isinstance(value, datetime):
        return datetime(value.year, value.month, value.day, tzinfo=SHANGHAI)
    return value


def _printable(value: object) -> object:
    """Refuse characters that no keyboard gives and that a database may not hold; line ends and tabs are fine."""
    if isinstance(value, str) and _CONTROL.search(value):
        raise PydanticCustomError("control_characters", "control characters")
    return value


def _half_width(value: object) -> object:
    """Take full-width brackets, digits and letters as their half-width twins, so that one number has one spelling."""
    return value.translate(_TWINS) if isinstance(value, str) else value


class Frozen(BaseModel):
    """A value: immutable, without unknown fields, its texts without blanks around them."""

    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True)


class Typed(Frozen):
    """A value that people type: none of its texts has control characters."""

    @field_validator("*", mode="after")
    @classmethod
    def _printable(cls, value: object) -> object:
        return _printable(value)


Instant = Annotated[AwareDatetime, BeforeValidator(_midnight_for_a_date)]
Name = Annotated[str, StringConstraints(min_length=1, max_length=120, pattern=r"^[^\x00-\x1f\x7f]+$")]
Identifier = Annotated[
    str,
    BeforeValidator(_half_width),
    StringConstraints(min_length=1, max_length=80, pattern=r"^[^\x00-\x20\x7f/\\?#%@]+$"),
]
AgencyId = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{1,39}$")]
DocumentNumber = Annotated[
    str,
    BeforeValidator(_half_width),
    StringConstraints(min_length=1, max_length=80, pattern=r"^[^\x00-\x1f\x7f/\\?#%@]+$"),
]
Words = Annotated[str, StringConstraints(min_length=1, max_length=8000)]
Remark = Annotated[str, Field(max_length=4000)]
