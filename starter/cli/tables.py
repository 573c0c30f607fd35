"""Laying out letters and duties as lines; Chinese characters take two columns."""

import unicodedata
from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import BaseModel

from desk.wording import choice, described, owed_by, says, state_of
from rules.letters.letter import DESK_FIELDS
from rules.letters.registry import letter_models
from rules.telling.wording import missing_name
from starter.words import text

_COLUMNS = ("short", "matter", "title", "kind", "light", "duty", "who", "act", "due", "state", "notes")


def letter_lines(view: dict[str, Any], names: Mapping[str, str]) -> list[str]:
    """Lay out a letter: its head, what wants a second look, and its duties; `names` are those of agencies by id."""
    letter = view["letter"]
    agencies = "、".join(names.get(each["agency"], each["agency"]) for each in letter["agencies"])
    closed = f" [{text('view.void' if letter['voided'] else 'view.closed')}]" if letter["closed_at"] else ""
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
        ended = text("view.window_ended", day=window["ended_on"]) if window["ended_on"] else ""
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


def matter_table(rows: Sequence[dict[str, Any]]) -> list[str]:
    """Lay out a list of matters."""
    if not rows:
        return [text("cli.nothing")]
    head = [text(f"cli.matter.column.{name}") for name in ("matter", "title", "stands", "letters", "owed", "due")]
    return columns([head, *(_matter_row(row) for row in rows)])


def _matter_row(row: dict[str, Any]) -> list[str]:
    lamps = " ".join(f"{text('light.mark.' + light)}{row[light]}" for light in ("red", "yellow", "green") if row[light])
    waiting = text("cli.matter.waiting", count=row["waiting"]) if row["waiting"] else ""
    return [
        row["matter"], row["title"], _stands(row["proceeding"], row["over_on"]), str(row["letters"]),
        f"{lamps} {waiting}".strip() or "—", row["due"] or "—",
    ]  # fmt: skip


def _stands(proceeding: str | None, over_on: str | None) -> str:
    """Say which instance a case is in, and whether it has ended."""
    instance = choice("proceeding", proceeding) if proceeding else ""
    ended = text("cli.matter.ended", day=over_on) if over_on else text("cli.matter.under_way") if proceeding else ""
    return f"{instance} {ended}".strip() or "—"


def matter_lines(view: dict[str, Any], names: Mapping[str, str], people: Mapping[str, str]) -> list[str]:
    """Lay out a whole matter: its head, instances with hearings and outcomes, parties, and each letter with duties."""
    matter, instances = view["matter"], view["instances"]
    agencies = "、".join(names.get(each, each) for each in matter["agencies"])
    closed = f" [{text('view.closed')}]" if matter["closed_at"] else ""
    last = instances[-1]["proceeding"] if instances else None
    opened = f"{_moment(matter['opened_at'])} {people.get(matter['opened_by'], matter['opened_by'])}"
    lines = [
        f"{text('kind.none')}  {matter['name']} {matter['title']}".rstrip() + closed,
        f"  {text('cli.id')}：{matter['id']}  {opened}",
        f"  {text('cli.matter.column.stands')}：{_stands(last, matter['over_on'])}  {agencies}".rstrip(),
    ]
    if matter["joined"]:
        lines.append(f"  ! {text('refused.matter_joined', matter=matter['name'], other=_name(matter['joined']))}")
    for party in view["parties"]:
        roles = "、".join(choice("role", role) for role in party["roles"])
        lines.append(f"  {roles}：{names.get(party['name'], party['name'])}")
    lines += columns([_instance(each, names) for each in instances])
    lines += columns([_duty(duty, names) for duty in view["duties"]])
    for each in view["letters"]:
        lines += ["", *letter_lines(each, names)]
    for letter, other in matter["moved"].items():
        lines.append(text("cli.matter.moved_away", letter=letter, matter=_name(other)))
    return lines


def _name(dossier: str) -> str:
    """Return the name that people give a dossier."""
    return dossier.split("/", 2)[2]


def _instance(each: dict[str, Any], names: Mapping[str, str]) -> list[str]:
    heard = "；".join(_hearing(held, names) for held in each["hearings"])
    outcomes = "、".join(choice("outcomes", outcome) for outcome in each["outcomes"])
    return [
        f"  {choice('proceeding', each['proceeding'])}",
        each["begun_on"] or "—",
        f"{each['body']} {each['number']}".strip() or "—",
        heard or "—",
        f"{each['concluded_on']} {outcomes}" if each["concluded_on"] else text("cli.matter.open"),
    ]


def _hearing(held: dict[str, Any], names: Mapping[str, str]) -> str:
    came = choice("appeared", held["appeared"]) if held["appeared"] else text("cli.matter.to_come")
    spoke = text("cli.matter.spoke") if held["spoke"] else ""
    agency = names.get(held["agency"], held["agency"]) if held["agency"] else ""
    return " ".join(word for word in (text("cli.matter.hearing", day=held["on"]), agency, came, spoke) if word)


def _missing(missing: Sequence[str], names: Mapping[str, str]) -> str:
    return "、".join(missing_name(name, names, "zh") for name in missing)


def _duty(duty: dict[str, Any], names: Mapping[str, str]) -> list[str]:
    notes = [text("cli.provisional")] if duty["provisional"] else []
    notes += [text("view.presumed")] if duty["presumed"] else []
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
    """Return the due date, with the time of day where it is not midnight."""
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
