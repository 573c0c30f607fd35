"""What a duty, a letter or an event holds, in words that the command line and the console share."""

import re
from collections.abc import Collection, Mapping
from typing import Any

from pydantic import BaseModel

from desk.shapes import choices_of
from rules.letters.cases import LetterMoved, MattersJoined
from rules.letters.letter import MATTER
from rules.telling.wording import moved_name
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


def lamp_of(duty: Mapping[str, Any], language: Language = "zh") -> str:
    """Name how a duty stands, in the one word that it has everywhere."""
    return text(f"lamp.{duty['lamp']}", language)


def left_of(duty: Mapping[str, Any], language: Language = "zh") -> str:
    """Say how many days, or working days, an open duty has left, or is over; nothing of one without a date."""
    left = duty["left"]
    if left is None:
        return ""
    days, unit = left["days"], left["unit"]
    if days == 0:
        return text("left.over_today" if duty["overdue"] else "left.today", language)
    one = "one." if abs(days) == 1 else ""
    if days > 0:
        return text(f"left.{one}{unit}", language, days=days)
    return text(f"over.{one}{unit}", language, days=-days)


def ended_of(duty: Mapping[str, Any], language: Language = "zh") -> str:
    """Say when a duty was done or ended, and of one that failed, was excused or ended also why."""
    day = duty["satisfied_on"] or duty["ended_on"] or ""
    told = duty["lamp"] in ("unreported", "excused", "ended") and duty["ended_by"]
    return f"{day} {moved_name(duty['ended_by'], language) if told else ''}".strip()


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
