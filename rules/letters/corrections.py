"""更正: a letter or an event with one field put right, and which fields may be."""

from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from rules.errors import Refused
from rules.letters.events import Correction, Event
from rules.letters.letter import Letter
from rules.letters.problems import refusal
from rules.letters.registry import event_adapter
from rules.letters.terms import AgencyService

L = TypeVar("L", bound=Letter)
_FIXED = {"kind", "type", "county", "matter", "anew", "round", "letter"}


def corrected_letter(letter: L, correction: Correction) -> L:
    """Return the letter with one field corrected; an unknown field or impossible value is refused."""
    data = letter.model_dump(mode="json")
    _replace(data, correction, type(letter))
    names = {old.agency: new["agency"] for old, new in zip(letter.agencies, data["agencies"], strict=True)}
    if correction.field != "lead_agency":
        data["lead_agency"] = names.get(data["lead_agency"], data["lead_agency"])
    try:
        return type(letter).model_validate(data)
    except ValidationError as error:
        raise refusal(error, prefix="value") from error


def corrected_event(event: Event, correction: Correction) -> Event:
    """Return an event with one field corrected; an unknown field or impossible value is refused."""
    data = event.model_dump(mode="json")
    _replace(data, correction, type(event))
    try:
        return event_adapter().validate_python(data)
    except ValidationError as error:
        raise refusal(error, prefix="value") from error


def _replace(data: dict[str, Any], correction: Correction, model: type[BaseModel]) -> None:
    """Put the corrected value in place, nothing where it is blank; `agencies.ID.FIELD` reaches into one agency."""
    path = correction.field.split(".")
    place = data
    if path[0] == "agencies" and len(path) == 3:
        found = [each for each in _services(data) if each["agency"] == path[1]]
        if not found:
            raise _not_correctable(correction.field, data, model)
        place, path, model = found[0], path[2:], AgencyService
    if len(path) != 1 or path[0] not in place or path[0] in _FIXED or isinstance(place[path[0]], (list, dict)):
        raise _not_correctable(correction.field, data, model)
    blank = "" if model.model_fields[path[0]].default == "" else None
    place[path[0]] = correction.value or blank


def _not_correctable(field: str, data: dict[str, Any], model: type[BaseModel]) -> Refused:
    fields = [f"{name} {words.split()[0]}" for name, words in _correctable(data, model).items()]
    return Refused("field", "correction_field", name=field, fields="、".join(fields))


def _correctable(data: dict[str, Any], model: type[BaseModel]) -> dict[str, str]:
    return {
        name: info.description or name
        for name, info in model.model_fields.items()
        if name not in _FIXED and not isinstance(data.get(name), (list, dict))
    }


def _services(data: dict[str, Any]) -> list[dict[str, Any]]:
    """Return what a letter says about its agencies; an event of a case names them and says no more."""
    return [each for each in data.get("agencies", []) if isinstance(each, dict)]


def correctable(target: BaseModel) -> dict[str, tuple[str, Any]]:
    """Return the fields of a letter or an event that a correction may name, with their descriptions and values."""
    data = target.model_dump(mode="json")
    found = {name: (words, data[name]) for name, words in _correctable(data, type(target)).items()}
    for each in _services(data):
        for name, words in _correctable(each, AgencyService).items():
            found[f"agencies.{each['agency']}.{name}"] = words, each[name]
    return found
