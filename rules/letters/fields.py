"""The shapes of single fields: names, dates and texts, with their limits."""

from datetime import date, datetime
from typing import Annotated

from pydantic import AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints

from rules.counting.clock import SHANGHAI


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


class Frozen(BaseModel):
    """A value: immutable, without unknown fields, its texts without blanks around them."""

    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True)


Instant = Annotated[AwareDatetime, BeforeValidator(_midnight_for_a_date)]
Name = Annotated[str, StringConstraints(min_length=1, max_length=120, pattern=r"^[^\x00-\x1f\x7f]+$")]
Identifier = Annotated[str, StringConstraints(min_length=1, max_length=80, pattern=r"^[^\x00-\x20\x7f/\\?#%@]+$")]
AgencyId = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{1,39}$")]
DocumentNumber = Annotated[str, StringConstraints(min_length=1, max_length=80, pattern=r"^[^\x00-\x1f\x7f/\\?#%@]+$")]
Words = Annotated[str, StringConstraints(min_length=1, max_length=8000)]
Remark = Annotated[str, Field(max_length=4000)]
