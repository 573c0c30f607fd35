"""Laying out letters and duties as lines; Chinese characters take two columns."""

import unicodedata
from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import BaseModel

from desk.wording import described, owed_by, says, state_of
from rules.letters.letter import DESK_FIELDS
from rules.letters.registry import letter_models
from rules.telling.wording import missing_name
from starter.words import text

_COLUMNS = ("short", "matter", "title", "kind", "light", "duty", "who", "act", "due", "state", "notes")


def letter_lines(view: dict[str, Any], names: Mapping[str, str]) -> list[str]:
    """Lay out a letter: its head, what wants a second look, and its duties; `names` are those of agencies by id."""
    letter = view["letter"]
    agencies = "、".join(names.get(each["agency"], each["agency"]) for each in letter["agencies"])
    closed = f" [{text('cli.void' if letter['voided'] else 'cli.closed')}]" if letter["closed_at"] else ""
    lines = [
        f"{text('kind.' + letter['kind'])}  {letter['matter']} {letter['title']}".rstrip() + closed,
        f"  {text('cli.id')}：{letter['id']}  ({letter['short']})",
        f"  {text('cli.received')}：{_moment(letter['received_at'])}  {letter['court']}  {agencies}",
    ]
    if said := said_of(letter_models()[letter["kind"]], letter, names):
        lines.append(f"  {said}")
    window = view.get("window")
    if window:
        pending = next((each for each in window["extensions"] if each["missing"]), None)
        state = text("cli.window", start=window["start"], due=window["due"])
        lacks = text("cli.pending", missing=_missing(pending["missing"], names)) if pending else ""
        ended = text("cli.window_ended", day=window["ended_on"]) if window["ended_on"] else ""
        lines.append(f"  {state} {ended or lacks}".rstrip())
    lines += [f"  ! {warning}" for warning in view["warnings"]]
    return lines + columns([_duty(duty, names) for duty in view["duties"]])


def table(rows: Sequence[dict[str, Any]], names: Mapping[str, str]) -> list[str]:
    """Lay out the docket's lines."""
    if not rows:
        return [text("cli.nothing")]
    head = [text(f"cli.column.{name}") for name in _COLUMNS]
    # What is owed of a case as a whole has no letter.
    letters = [
        [row["short"] or "", row["matter"], row["title"], text(f"kind.{row['kind']}" if row["kind"] else "kind.none")]
        for row in rows
    ]
    return columns([head, *([*letter, *_duty(row, names)] for letter, row in zip(letters, rows, strict=True))])


def _missing(missing: Sequence[str], names: Mapping[str, str]) -> str:
    return "、".join(missing_name(name, names, "zh") for name in missing)


def _duty(duty: dict[str, Any], names: Mapping[str, str]) -> list[str]:
    notes = [text("cli.provisional")] if duty["provisional"] else []
    notes += [text("cli.presumed")] if duty["presumed"] else []
    notes += [text("cli.soft")] if duty["soft"] and duty["obligor"] != "all" else []
    notes += [text("cli.missed", days="、".join(duty["missed"]))] if duty.get("missed") else []
    notes += [text("cli.missing", missing=_missing(duty["missing"], names))] if duty.get("missing") else []
    return [
        text(f"light.mark.{duty['light']}"),
        duty.get("key") or duty["duty"],
        owed_by(duty, names),
        duty["act"],
        _due(duty),
        state_of(duty),
        " ".join(notes),
    ]


def said_of(model: type[BaseModel], data: Mapping[str, Any], names: Mapping[str, str]) -> str:
    """Say in words what a letter or an event holds beside what stands elsewhere."""
    said = says(model, data, names, _SHOWN)
    return "；".join(f"{described(model.model_fields[field].description or field)}：{value}" for field, value in said)


_SHOWN = {
    "type", "on", "kind", "county", "matter", "title", "court", "received_at", "agencies",
} | DESK_FIELDS  # fmt: skip
"""Fields that stand in the head of a letter, or before the words of an event."""


def _due(duty: dict[str, Any]) -> str:
    """Give the due date, with the time of day where it is not midnight."""
    return f"{duty['due'] or '—'} {(duty.get('due_time') or '')[:5]}".rstrip()


def columns(rows: Sequence[Sequence[str]]) -> list[str]:
    """Align cells in columns."""
    widths = [max(_width(row[column]) for row in rows) for column in range(len(rows[0]))] if rows else []
    return [
        "  ".join(cell + " " * (width - _width(cell)) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    ]


def _width(cell: str) -> int:
    return sum(2 if unicodedata.east_asian_width(character) in "WF" else 1 for character in cell)


def _moment(instant: str) -> str:
    """Show a receipt; midnight is a date that was typed without a time."""
    return instant[:10] if instant[11:16] == "00:00" else instant[:16].replace("T", " ")
