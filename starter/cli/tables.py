"""Laying out letters and duties as lines; Chinese characters take two columns."""

import unicodedata
from collections.abc import Mapping, Sequence
from typing import Any

from rules.texts import text
from rules.view import state_name
from rules.wording import missing_name


def letter_lines(view: dict[str, Any], names: Mapping[str, str]) -> list[str]:
    """Lay out a letter: its head, what wants a second look, and its duties; `names` are those of agencies by id."""
    letter = view["letter"]
    agencies = "、".join(names.get(each["agency"], each["agency"]) for each in letter["agencies"])
    closed = f" [{text('cli.void' if letter['voided'] else 'cli.closed')}]" if letter["closed_at"] else ""
    lines = [
        f"{text('kind.' + letter['kind'])}  {letter['matter']} {letter['title']}{closed}",
        f"  {text('cli.id')}: {letter['id']}  ({letter['short']})",
        f"  {text('cli.received')}: {_moment(letter['received_at'])}  {letter['court']}  {agencies}",
    ]
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
    return columns([[row["short"], row["matter"], text("kind." + row["kind"]), *_duty(row, names)] for row in rows])


def _missing(missing: Sequence[str], names: Mapping[str, str]) -> str:
    return "、".join(missing_name(name, names, "zh") for name in missing)


def _who(duty: dict[str, Any], names: Mapping[str, str]) -> str:
    """Name who owes a duty; what the bureau owes for one agency names that agency as well."""
    agencies = "、".join(names.get(agency, agency) for agency in duty["agencies"])
    if duty["obligor"] == "agency":
        return agencies
    obligor = text(f"obligor.{duty['obligor']}")
    return f"{obligor}（{agencies}）" if duty["agency"] else obligor


def _duty(duty: dict[str, Any], names: Mapping[str, str]) -> list[str]:
    notes = [text("cli.provisional")] if duty["provisional"] else []
    notes += [text("cli.presumed")] if duty["presumed"] else []
    notes += [text("cli.soft")] if duty["soft"] and duty["obligor"] != "all" else []
    notes += [text("cli.missing", missing=_missing(duty["missing"], names))] if duty.get("missing") else []
    return [
        text(f"light.mark.{duty['light']}"),
        duty.get("key") or duty["duty"],
        _who(duty, names),
        duty["act"],
        duty["due"] or "—",
        state_name(duty["state"], duty["soft"]),
        " ".join(notes),
    ]


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
