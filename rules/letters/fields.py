"""The shapes of single fields: names, instants and texts, with their limits."""

import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Annotated, Any, ClassVar, Literal, Union, get_args

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BeforeValidator,
    Field,
    GetCoreSchemaHandler,
    StringConstraints,
    field_validator,
    model_validator,
)
from pydantic_core import CoreSchema, PydanticCustomError, core_schema

from rules.counting.clock import SHANGHAI, local
from rules.counting.written import half_width, in_range, read_day
from rules.values import Frozen

_CLOCK_TIME = re.compile(r"(.*\S)(?:T|\s+)(\d\d?):(\d\d.*)", re.ASCII)
_BRACKETS = str.maketrans("[〔【〖﹝]〕】〗﹞", "((((()))))")
_LEADING_ZEROS = re.compile(r"(?<!\d)0+(?=\d+(?:-\d+)?号)")
_FILLERS = dict.fromkeys(map(ord, "\u115f\u1160\u3164\uffa0\u2800"))
_LINE_ENDS = frozenset("\t\n\r")


def _instant(value: object) -> object:
    """Take a bare date as its first instant in Shanghai, so that a clerk need not type a time; a number is none."""
    if isinstance(value, datetime):
        return value
    clock = _CLOCK_TIME.fullmatch(half_width(value).strip()) if isinstance(value, str) else None
    try:
        day = read_day(clock[1] if clock else value)
    except PydanticCustomError as error:
        raise PydanticCustomError("bad_instant" if error.type == "bad_date" else error.type, "no instant") from error
    if clock:
        return f"{day.isoformat()}T{int(clock[2]):02}:{clock[3]}"
    return datetime(day.year, day.month, day.day, tzinfo=SHANGHAI)


def _in_shanghai(value: datetime) -> datetime:
    """Return an instant in Shanghai's time, so that one instant has one spelling."""
    in_range(value)
    in_range(local(value))
    return local(value)


def _visible(value: object) -> object:
    """Drop characters that nobody sees, as copying from a web page brings along; they must not make two of one text."""
    if not isinstance(value, str) or value.isascii():
        return value
    return "".join(each for each in value.translate(_FILLERS) if unicodedata.category(each) != "Cf")


def _printable(value: object) -> object:
    """Refuse characters that no keyboard gives and that a database may not hold; line ends and tabs are fine."""
    if isinstance(value, str):
        for each in value:
            if each not in _LINE_ENDS and unicodedata.category(each) in ("Cc", "Cs", "Zl", "Zp"):
                raise PydanticCustomError("control_characters", "control characters")
    return value


def _one_line(value: str) -> str:
    if _LINE_ENDS & set(value):
        raise PydanticCustomError("control_characters", "more than one line")
    _printable(value)
    return value


def _nameable(value: str) -> str:
    """Refuse what can't stand in a letter's name, which is a workflow's id and part of addresses."""
    if re.search(r"[\s/\\?#%@]", value) or not value.strip("."):
        raise PydanticCustomError("bad_identifier", "not in a name")
    return value


def one_spelling(number: str) -> str:
    """Spell the court's number as courts do, half-width, in round brackets, without blanks and leading zeros.

    One paper must have one number, whoever types it: it is part of the letter's name.
    """
    return _LEADING_ZEROS.sub("", "".join(half_width(number).translate(_BRACKETS).split()))


def _one_spelling(value: object) -> object:
    return one_spelling(value) if isinstance(value, str) else value


def _half_width(value: object) -> object:
    """Take full-width brackets, digits and letters as their half-width twins, so that one number has one spelling."""
    return half_width(value) if isinstance(value, str) else value


Reader = Literal["agency", "leader"]
"""Who reads of letters beside the bureau: an agency, by its liaison, and the county leader of its field."""
Shown = dict[Reader, frozenset[str]]
"""The fields of a class that each of them is given to read."""


def to_all(*fields: str) -> Shown:
    """Give fields to agencies and county leaders."""
    return dict.fromkeys(get_args(Reader), frozenset(fields))


def to_leaders(*fields: str) -> Shown:
    """Give fields to county leaders alone."""
    return {"leader": frozenset(fields)}


class Typed(Frozen):
    """A value that people type: none of its texts has control characters, or characters that nobody sees."""

    shown: ClassVar[Shown] = {}
    """Which of the fields that this class adds others than the bureau read: a field that is not named is not shown."""

    @classmethod
    def shown_to(cls, reader: Reader) -> frozenset[str]:
        """List the fields that a reader is given: by this class, or by one that it builds on."""
        given = (vars(each).get("shown", {}).get(reader, frozenset()) for each in cls.__mro__)
        return frozenset().union(*given)

    @model_validator(mode="before")
    @classmethod
    def _visible(cls, data: object) -> object:
        return {name: _visible(value) for name, value in data.items()} if isinstance(data, Mapping) else data

    @field_validator("*", mode="after")
    @classmethod
    def _printable(cls, value: object) -> object:
        return _printable(value)


Instant = Annotated[AwareDatetime, BeforeValidator(_instant), AfterValidator(_in_shanghai)]
Name = Annotated[
    str,
    BeforeValidator(_visible),
    StringConstraints(min_length=1, max_length=120),
    AfterValidator(_one_line),
]
Identifier = Annotated[
    str,
    BeforeValidator(_half_width),
    StringConstraints(min_length=1, max_length=80),
    AfterValidator(_nameable),
]
AgencyId = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{1,39}$")]
DocumentNumber = Annotated[
    str,
    BeforeValidator(_one_spelling),
    StringConstraints(min_length=1, max_length=80),
    AfterValidator(_nameable),
]
Words = Annotated[str, StringConstraints(min_length=1, max_length=8000)]
Remark = Annotated[str, Field(max_length=4000)]


class Tagged:
    """Marks a field that holds whichever of the registered classes its tag names.

    Kinds are found when they are first asked for, so the classes are not known before.
    """

    def __init__(self, tag: str, models: Callable[[], tuple[type[Typed], ...]]) -> None:
        self.tag = tag
        self.models = models

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        union: Any = Union[self.models()]  # noqa: UP007 - the classes are only known now
        return handler.generate_schema(Annotated[union, Field(discriminator=self.tag)])


class OneOf:
    """Marks a text that is one of the words that the registered kinds know."""

    def __init__(self, words: Callable[[], Sequence[str]]) -> None:
        self.words = words

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.literal_schema(list(self.words()))
