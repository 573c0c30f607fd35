"""更正: a letter or an event with what was wrong put right, and which of its fields may be."""

from collections.abc import Callable
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from rules.errors import Refused
from rules.letters.events import Correction, Event, FieldChange
from rules.letters.letter import Letter
from rules.letters.problems import refusal
from rules.letters.registry import event_adapter
from rules.letters.terms import AgencyService

L = TypeVar("L", bound=Letter)
M = TypeVar("M", bound=BaseModel)
FIXED = frozenset({"kind", "type", "county", "matter", "anew", "round", "letter", "duty"})
"""Fields that no correction may name: they say which letter or event it is."""


def corrected_letter(letter: L, correction: Correction) -> L:
    """Return the letter as corrected; an unknown field or impossible value is refused."""
    model = type(letter)
    data = _replaced(letter, correction)
    names = {old.agency: new["agency"] for old, new in _paired(letter, data)}
    if "lead_agency" not in correction.fields:
        data["lead_agency"] = names.get(data["lead_agency"], data["lead_agency"])
    return _read(model.model_validate, data, correction)


def corrected_event(event: Event, correction: Correction) -> Event:
    """Return an event as corrected; an unknown field or impossible value is refused."""
    return _read(event_adapter().validate_python, _replaced(event, correction), correction)


def _read(read: Callable[[dict[str, Any]], M], data: dict[str, Any], correction: Correction) -> M:
    """Read corrected data; what is wrong is refused by its field, or as the value where there is but one."""
    try:
        return read(data)
    except ValidationError as error:
        raise refusal(error, prefix="value" if len(correction.changes) == 1 else "") from error


def _paired(letter: Letter, data: dict[str, Any]) -> list[tuple[AgencyService, dict[str, Any]]]:
    """Pair the agencies of a letter with those of its correction, where no agency joins them or leaves."""
    agencies = data["agencies"]
    same = isinstance(agencies, list) and len(agencies) == len(letter.agencies)
    return list(zip(letter.agencies, agencies, strict=True)) if same else []


def _replaced(target: BaseModel, correction: Correction) -> dict[str, Any]:
    data = target.model_dump(mode="json")
    for change in correction.changes:
        _replace(data, change, type(target))
    return data


def _replace(data: dict[str, Any], change: FieldChange, model: type[BaseModel]) -> None:
    """Put the corrected value in place, nothing where it is blank; `agencies.ID.FIELD` reaches into one agency."""
    place, name = data, change.field
    if (found := _of_agency(data, name)) is not None:
        place, name, model = found, name.rpartition(".")[2], AgencyService
    if name not in place or name in FIXED:
        fields = [f"{each} {words.split()[0]}" for each, words in _correctable(data, model).items()]
        raise Refused("field", "correction_field", name=change.field, fields="、".join(fields))
    blank = "" if model.model_fields[name].default == "" else None
    place[name] = blank if change.value in (None, "") else change.value


def _of_agency(data: dict[str, Any], field: str) -> dict[str, Any] | None:
    """Return what is said about the agency that a field of a correction reaches into."""
    first, _, rest = field.partition(".")
    agency, _, name = rest.partition(".")
    if first != "agencies" or not name:
        return None
    return next((each for each in _services(data) if each["agency"] == agency), None)


def value_at(data: dict[str, Any], field: str) -> Any:
    """Return the value that a field of a correction names; None if there is none."""
    place = _of_agency(data, field)
    return data.get(field) if place is None else place.get(field.rpartition(".")[2])


def _correctable(data: dict[str, Any], model: type[BaseModel]) -> dict[str, str]:
    return {
        name: info.description or name
        for name, info in model.model_fields.items()
        if name not in FIXED and name in data
    }


def _services(data: dict[str, Any]) -> list[dict[str, Any]]:
    """Return what a letter says about its agencies; an event of a case names them and says no more."""
    return [each for each in data.get("agencies") or [] if isinstance(each, dict)]


def changes_between(before: BaseModel, after: BaseModel) -> tuple[FieldChange, ...]:
    """List what must be corrected for one letter or event to become another."""
    old, new = (each.model_dump(mode="json") for each in (before, after))
    return tuple(
        FieldChange(field=name, value=new[name]) for name in new if name not in FIXED and new[name] != old.get(name)
    )
