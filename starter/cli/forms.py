"""From models to command-line options: click parses the shape, pydantic is the one judge of what is given."""

import re
from collections.abc import Callable, Mapping
from typing import Any

import click
from click.core import ParameterSource
from pydantic import BaseModel
from pydantic.fields import FieldInfo

from desk.shapes import choices_of, is_instant, one_of, takes_several
from rules.errors import Refused
from rules.letters.terms import PartyRole
from starter.words import text

_OPTION_NAMES = {
    "agencies": ("--agency",),
    "parties": ("--party",),
    "outcomes": ("--outcome",),
    "received_at": ("--received-at", "--received"),
}
_CLOCK_TIME = re.compile(r".*\d日?[ T]+\d\d?[:：]\d\d([:：]\d\d)?")
_LISTED = 4
"""Choices that still fit beside an option; more stand in its help only."""
_METAVARS = {"agencies": "ID[=DATE]", "parties": "ROLE:NAME"}


def options(model: type[BaseModel], left_out: frozenset[str]) -> list[click.Parameter]:
    """Return an option for each field of a model; fields of the engine's own are left out."""
    return [_option(name, field) for name, field in model.model_fields.items() if name not in left_out]


def given(context: click.Context, names: Mapping[str, FieldInfo]) -> dict[str, Any]:
    """Collect what was really given on the command line, so that the model's own defaults apply to the rest."""
    return {
        name: _chosen(name, names[name], context.params[name])
        for name in names
        if name in context.params
        and context.get_parameter_source(name) not in (ParameterSource.DEFAULT, ParameterSource.DEFAULT_MAP, None)
    }


def _chosen(name: str, field: FieldInfo, value: Any) -> Any:
    """Take a choice by its Chinese word as well as by its code."""
    words = {text(f"choice.{name}.{choice}"): choice for choice in choices_of(field)}
    return tuple(words.get(each, each) for each in value) if isinstance(value, tuple) else words.get(value, value)


def expanded(data: dict[str, Any], fields: Mapping[str, FieldInfo]) -> dict[str, Any]:
    """Turn what a clerk types into plain data: agency=DATE, role:name, and Shanghai's time without its offset."""
    result = {
        name: f"{value}+08:00" if is_instant(fields[name]) and _CLOCK_TIME.fullmatch(value) else value
        for name, value in data.items()
    }
    for name, read in _READERS.items():
        if name in result:
            result[name] = [read(value) for value in result[name]]
    return result


def _agency(value: str) -> dict[str, str]:
    agency, _, received = value.replace("＝", "=").partition("=")
    return {"agency": agency} | ({"received_on": received} if received else {})


def _party(value: str) -> dict[str, str]:
    role, separator, name = value.replace("：", ":").partition(":")
    if not separator:
        raise Refused("parties", "party_form", value=value)
    words = {text(f"choice.role.{each.value}"): each.value for each in PartyRole}
    return {"role": words.get(role, role), "name": name}


_READERS: dict[str, Callable[[str], dict[str, str]]] = {"agencies": _agency, "parties": _party}


def _option(name: str, field: FieldInfo) -> click.Option:
    kind, many = one_of(field), takes_several(field)
    flags = list(_OPTION_NAMES.get(name, (f"--{name.replace('_', '-')}",)))
    more: dict[str, Any] = {"help": field.description, "multiple": many}
    if field.is_required():
        more["help"] = f"{field.description} [{'默认今天 default: today' if name == 'on' else '必填 required'}]"
    if kind is bool:
        return click.Option([f"{flags[0]}/--no-{flags[0][2:]}", name], default=None, **more)
    choices = choices_of(field)
    if choices:
        glosses = ", ".join(f"{choice} {text(f'choice.{name}.{choice}')}" for choice in choices)
        more["help"] = f"{more['help']}: {glosses}"
    listed = "|".join(choices) if len(choices) <= _LISTED else ""
    in_parts = isinstance(kind, type) and issubclass(kind, BaseModel)
    metavar = (_METAVARS.get(name) if in_parts else "") or listed or name.rsplit("_", maxsplit=1)[-1].upper()
    return click.Option([*flags, name], metavar=metavar, **more)
