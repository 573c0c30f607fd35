"""From models to the fields of a form, and from what was posted back to the data that the models are read from.

A field's input has the name that a refusal gives it, so that each message stands at its own input.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from typing import Any, NamedTuple

from pydantic import BaseModel, TypeAdapter, ValidationError
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined
from starlette.datastructures import FormData, ImmutableMultiDict, UploadFile

from console.words import label, refusal
from desk.shapes import choices_of, is_instant, one_of, takes_several
from desk.wording import choice
from rules.letters.problems import refusals
from rules.texts import Language

MOST_ROWS = 30
"""Rows that a table in a form has at most."""

TIME = ".time"
"""Ending of the input for an instant's time of day, beside the one for its date."""

_SELDOM = {"lead_agency", "county_government", "duties_for", "major"}
_AREAS = 1000
"""Texts that may be longer than this get more than one line."""

Values = ImmutableMultiDict[str, str]
Option = tuple[str, str]


class Field(NamedTuple):
    """One field of a form; `options` are value and words, `columns` the fields of each row of a table.

    `ticked` says that a box is ticked where nobody has said anything yet, `blank` what choosing nothing means,
    `seldom` that few clerks touch it.
    """

    name: str
    label: str
    widget: str
    required: bool
    options: tuple[Option, ...] = ()
    columns: tuple["Field", ...] = ()
    ticked: bool = False
    blank: str = ""
    seldom: bool = False


def fields(
    model: type[BaseModel],
    left_out: Iterable[str],
    language: Language,
    options: Mapping[str, Sequence[Option]] | None = None,
) -> list[Field]:
    """List the fields of a model; `options` gives the choices of fields that depend on what is in the docket."""
    out = set(left_out)
    kept = [name for name in model.model_fields if name not in out]
    # A letter's own fields come before those that all kinds share and few clerks touch; remarks stand between.
    kept.sort(key=lambda name: (name in _SELDOM, name == "note"))
    made = (_field(name, model.model_fields[name], language, options or {}) for name in kept)
    return [each._replace(seldom=each.name in _SELDOM) for each in made]


def _field(name: str, info: FieldInfo, language: Language, known: Mapping[str, Sequence[Option]]) -> Field:
    kind, several = one_of(info), takes_several(info)
    words = label(name, info.description, language)
    options = tuple(known.get(name, ())) or tuple((each, choice(name, each, language)) for each in choices_of(info))
    if isinstance(kind, type) and issubclass(kind, BaseModel):
        columns = tuple(fields(kind, (), language, known))
        return Field(name, words, "rows", info.is_required(), columns=columns)
    if options and several:
        return Field(name, words, "choices", info.is_required(), options)
    if options or name in known:
        return Field(name, words, "choice", info.is_required(), options)
    return Field(name, words, _widget(info, kind), info.is_required(), ticked=info.default is True)


def _widget(info: FieldInfo, kind: Any) -> str:
    if kind is bool:
        return "maybe" if info.default is None else "check"
    if is_instant(info):
        return "instant"
    if kind is date:
        return "date"
    if kind is int:
        return "number"
    longest = max((getattr(part, "max_length", None) or 0 for part in info.metadata), default=0)
    return "area" if longest > _AREAS else "text"


def inputs(found: Iterable[Field], prefix: str = "", before: str = "") -> Iterator[tuple[str, str, Field]]:
    """List each input by its name, with its words for people; those in rows with their table and row."""
    for each in found:
        yield prefix + each.name, before + each.label, each
        if each.widget == "rows":
            for number in range(MOST_ROWS):
                yield from inputs(each.columns, f"{each.name}.{number}.", f"{each.label} {number + 1} ")


def labels(found: Iterable[Field]) -> dict[str, str]:
    """Name each input for people."""
    return {name: words for name, words, _ in inputs(found)}


def suggesting(found: Iterable[Field], name: str, known: Iterable[str]) -> list[Field]:
    """Suggest texts for a field that is nearly always one of those known already, and may be another."""
    options = tuple((each, each) for each in known)
    return [each._replace(options=options) if each.name == name else each for each in found]


def standing_in(found: Iterable[Field], given: Mapping[str, Any]) -> dict[str, Any]:
    """Fill in for texts that are still blank and move no date, so that the rest can be forecast."""
    texts = ("text", "area")
    return {each.name: "—" for each in found if each.required and each.widget in texts} | dict(given)


def corrected(found: Sequence[Field], asked: Field | None) -> list[Field]:
    """Have a correction ask for its value as the field that is corrected is asked for, if that is chosen."""
    if asked is None:
        return list(found)
    value = asked._replace(name="value", widget="maybe" if asked.widget == "check" else asked.widget, required=False)
    return [value if each.name == "value" else each for each in found]


def data(found: Iterable[Field], form: FormData) -> dict[str, Any]:
    """Turn what was posted into plain data; what was left blank is left out, so that the model's defaults apply."""
    return dict(_data(found, form, ""))


def _data(found: Iterable[Field], form: FormData, prefix: str) -> Iterator[tuple[str, Any]]:
    for field in found:
        name = prefix + field.name
        if field.widget == "rows":
            rows = [dict(_data(field.columns, form, f"{name}.{number}.")) for number in row_numbers(name, form)]
            # A row in which there is no more than a tick is one that nobody filled in.
            if filled_in := [row for row in rows if any(not isinstance(value, bool) for value in row.values())]:
                yield field.name, filled_in
        elif field.widget == "choices":
            if chosen := [value for value in form.getlist(name) if isinstance(value, str)]:
                yield field.name, chosen
        elif field.widget == "check":
            yield field.name, name in form
        elif value := _typed(field, name, form):
            yield field.name, value


def _typed(field: Field, name: str, form: FormData) -> str:
    value = form.get(name, "")
    if isinstance(value, UploadFile):
        return ""
    value = value.strip()
    clock = form.get(name + TIME, "") if field.widget == "instant" else ""
    if value and isinstance(clock, str) and clock.strip():
        return f"{value} {clock.strip()}+08:00"
    return value


def row_numbers(name: str, form: Mapping[str, Any]) -> list[int]:
    """List the numbers of the rows that were posted for a table, in order."""
    pattern = re.compile(rf"{re.escape(name)}\.([0-9]{{1,2}})\.")
    return sorted({int(match[1]) for each in form if (match := pattern.match(each))})


def shown_rows(found: Iterable[Field], typed: Mapping[str, Any], more: str = "") -> dict[str, tuple[int, int]]:
    """Count the rows of each table: those that were posted, and those to show; of `more` one more than before."""
    tables = [each.name for each in found if each.widget == "rows"]
    posted = {name: max(row_numbers(name, typed), default=-1) + 1 for name in tables}
    return {name: (count, max(count, 1) + (name == more)) for name, count in posted.items()}


def prefilled(found: Iterable[Field], given: Mapping[str, Any], prefix: str = "") -> list[tuple[str, str]]:
    """List what stands in the inputs of a form that is filled in from data."""
    inputs: list[tuple[str, str]] = []
    for field in found:
        value, name = given.get(field.name), prefix + field.name
        if field.widget == "rows":
            for number, row in enumerate(value or ()):
                inputs += prefilled(field.columns, row, f"{name}.{number}.")
        elif field.widget == "choices":
            inputs += [(name, str(each)) for each in value or ()]
        elif field.widget == "check":
            inputs += [(name, "yes")] if value else []
        elif field.widget == "instant" and value:
            inputs += [(name, str(value)[:10])]
            inputs += [(name + TIME, str(value)[11:16])] if str(value)[11:16] not in ("", "00:00") else []
        elif value is not None:
            inputs.append((name, str(value).lower() if isinstance(value, bool) else str(value)))
    return inputs


def defaults(model: type[BaseModel]) -> dict[str, Any]:
    """Return what a model's fields are if nothing is said, as plain data."""
    given = {name: info.get_default(call_default_factory=True) for name, info in model.model_fields.items()}
    return {name: getattr(value, "value", value) for name, value in given.items() if value is not PydanticUndefined}


def values(form: FormData) -> Values:
    """Return what was typed, to be shown again; files can't be."""
    return ImmutableMultiDict([(name, value) for name, value in form.multi_items() if isinstance(value, str)])


def problems(error: ValidationError, language: Language) -> dict[str, str]:
    """Return each thing that is wrong, by the name of its input."""
    found: dict[str, str] = {}
    for each in refusals(error):
        found.setdefault(each.field, refusal(each, language))
    return found


def parsed(adapter: TypeAdapter[Any], given: Mapping[str, Any], language: Language) -> tuple[Any, dict[str, str]]:
    """Read a value from data; where it is wrong there is none, but every problem by the name of its input."""
    try:
        return adapter.validate_python(dict(given)), {}
    except ValidationError as error:
        return None, problems(error, language)
