"""What a duty, a letter or an event holds, in words that the command line and the console share."""

import re
from collections.abc import Collection, Mapping
from typing import Any

from pydantic import BaseModel

from desk.shapes import choices_of
from rules.dossier.view import state_name
from rules.letters.cases import LetterMoved, MattersJoined
from rules.letters.letter import MATTER
from rules.texts import Language, has, text

_OF_TRANSFERS = (LetterMoved, MattersJoined)
"""Events that name a letter or a matter by its id."""

_INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d")


def named(identity: str, language: Language = "zh") -> str:
    """Name a letter by its id: its kind, its matter, and its number or the day of receipt; or a whole matter by its."""
    _, kind, *rest = identity.split("/")
    return f"{text('dossier.matter' if kind == MATTER else f'kind.{kind}', language)} {' '.join(rest)}"


def owed_by(duty: Mapping[str, Any], names: Mapping[str, str], language: Language = "zh") -> str:
    """Name who owes a duty; what the bureau owes for one agency names that agency as well."""
    agencies = _joined([names.get(agency, agency) for agency in duty["agencies"]], language)
    if duty["obligor"] == "agency":
        return agencies
    obligor = text(f"obligor.{duty['obligor']}", language)
    if duty["agency"] and "agency" not in duty.get("obligee", ()):
        return text("obligor.for", language, obligor=obligor, agencies=agencies)
    return obligor


def owed_to(duty: Mapping[str, Any], names: Mapping[str, str], language: Language = "zh") -> str:
    """Name whom a duty is owed to; an agency by its name where it is one."""
    agency = names.get(duty["agency"] or "", "")
    return _joined(
        [agency if to == "agency" and agency else text(f"body.{to}", language) for to in duty["obligee"]], language
    )


def state_of(duty: Mapping[str, Any], language: Language = "zh") -> str:
    """Name a duty's state; what all parties may do together is never overdue as an agency's duty is."""
    return state_name(duty["state"], duty["soft"] and duty["obligor"] != "all", language, overdue=duty["overdue"])


def says(
    model: type[BaseModel],
    data: Mapping[str, Any],
    names: Mapping[str, str],
    elsewhere: Collection[str],
    language: Language = "zh",
) -> list[tuple[str, str]]:
    """Say what a letter or event holds beside what stands elsewhere: each field and its value in words."""
    found = []
    for name, info in model.model_fields.items():
        value = data.get(name)
        if name not in elsewhere and value not in (None, "", [], False, info.default) and info.description:
            found.append((name, worded(model, name, value, names, language)))
    return found


def worded(model: type[BaseModel], field: str, value: Any, names: Mapping[str, str], language: Language = "zh") -> str:
    """Say the value of one of a model's fields in words."""
    if value in (None, "", []):
        return "—"
    if model in _OF_TRANSFERS and field in ("letter", "other"):
        return named(value, language)
    return _worded(field if choices_of(model.model_fields[field]) else "", value, names, language)


def _worded(field: str, value: Any, names: Mapping[str, str], language: Language) -> str:
    if isinstance(value, list):
        return _joined([_worded(field, each, names, language) for each in value], language)
    if isinstance(value, dict):
        if "role" in value:
            return f"{choice('role', value['role'], language)} {value['name']}"
        return " ".join(_worded("", each, names, language) for each in value.values() if each)
    if isinstance(value, bool):
        return text("value.yes" if value else "value.no", language)
    if field == "" and _INSTANT.match(str(value)):
        return str(value)[:16].replace("T", " ").removesuffix(" 00:00")
    return choice(field, value, language) if field else names.get(str(value), str(value))


def _joined(words: list[str], language: Language) -> str:
    return ("、" if language == "zh" else ", ").join(words)


def described(description: str, language: Language = "zh") -> str:
    """Return the part of a field's description in one language; the Chinese stands first, up to the first blank."""
    chinese, _, english = description.partition(" ")
    return english if language == "en" and english else chinese


def choice(field: str, value: str, language: Language = "zh") -> str:
    """Word one of the values that a field takes."""
    key = f"choice.{field}.{value}"
    return text(key if has(key) else f"{field}.{value}", language)
