"""The shapes of a model's fields, as both the command line and the console ask for them."""

import enum
from datetime import datetime
from types import UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import AwareDatetime
from pydantic.fields import FieldInfo

from rules.letters.fields import OneOf


def plain(kind: Any) -> Any:
    """Strip Optional and Annotated from a type."""
    while True:
        if get_origin(kind) is Annotated:
            kind = get_args(kind)[0]
        elif get_origin(kind) in (Union, UnionType):
            kind = next(part for part in get_args(kind) if part is not type(None))
        else:
            return kind


def one_of(field: FieldInfo) -> Any:
    """Return the type of a field's value, or of each of its values where it takes several."""
    kind = plain(field.annotation)
    return plain(get_args(kind)[0]) if get_origin(kind) in (list, tuple) else kind


def takes_several(field: FieldInfo) -> bool:
    """Tell whether a field takes several values."""
    return get_origin(plain(field.annotation)) in (list, tuple)


def is_instant(field: FieldInfo) -> bool:
    """Tell whether a field holds an instant, which is typed as a date and, where it is known, a time of day."""
    return one_of(field) in (datetime, AwareDatetime)


def choices_of(field: FieldInfo) -> list[str]:
    """List the values that a field takes, if it takes only some."""
    for mark in field.metadata:
        if isinstance(mark, OneOf):
            return list(mark.words())
    kind = one_of(field)
    if get_origin(kind) is Literal:
        return [str(value) for value in get_args(kind)]
    if isinstance(kind, type) and issubclass(kind, enum.Enum):
        return [str(member.value) for member in kind]
    return []
