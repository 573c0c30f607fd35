"""Reading letters and events from plain data, as people and other programs give them."""

from collections.abc import Mapping
from typing import Any, TypeVar

from pydantic import BaseModel, TypeAdapter, ValidationError

from rules.letters.events import Event
from rules.letters.fields import Name
from rules.letters.letter import Letter
from rules.letters.problems import refusal
from rules.letters.registry import event_adapter, letter_adapter

M = TypeVar("M", bound=BaseModel)


def parse_letter(data: Mapping[str, Any]) -> Letter:
    """Read a letter; what is missing or malformed is refused by field."""
    try:
        return letter_adapter().validate_python(dict(data))
    except ValidationError as error:
        raise refusal(error) from error


def parse_event(data: Mapping[str, Any]) -> Event:
    """Read an event; what is missing or malformed is refused by field."""
    try:
        return event_adapter().validate_python(dict(data))
    except ValidationError as error:
        raise refusal(error) from error


def parse_as(model: type[M], data: Mapping[str, Any]) -> M:
    """Read a value of one class; what is missing or malformed is refused by field."""
    try:
        return model.model_validate(dict(data))
    except ValidationError as error:
        raise refusal(error) from error


_name: TypeAdapter[str] = TypeAdapter(Name)


def parse_person(by: str) -> str:
    """Read who records: the id or name of a person."""
    try:
        return _name.validate_python(by.strip())
    except ValidationError as error:
        raise refusal(error, prefix="by") from error
