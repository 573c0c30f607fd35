"""`qixian reckon`: count a date and show how."""

import csv
import sys
from contextlib import nullcontext
from datetime import date, datetime
from pathlib import Path
from typing import Any

import click
from pydantic import TypeAdapter, ValidationError

from operations.process import DONE, REFUSED, fail
from rules.counting.calendar import Calendar, shipped_calendar
from rules.counting.clock import local, local_date, on_time
from rules.counting.effective import Appeal, presumed_effect
from rules.counting.period import Reckoning, Roll, Unit, count, extend, extend_to
from rules.counting.sheet import sheet
from rules.counting.weeks import rolling_slots
from rules.counting.years import check_covers_statutory, read_year_file
from rules.errors import Refused
from rules.letters.fields import Instant
from rules.letters.problems import refusal
from settings import Settings
from starter.cli.app import at_terminal, emit, json_option

_instant: TypeAdapter[datetime] = TypeAdapter(Instant)
LARGEST_CSV = 10 * 1024 * 1024
COLUMNS = ("start_date", "period", "unit", "roll")

Row = tuple[int, dict[str, str]]
"""A row of a table: its number and its cells by column."""

_ALONE = {
    "start": "from", "period": "period", "unit": "unit", "extensions": "extend", "met": "met", "weekly": "weekly",
    "window_due": "until", "effective": "effective",
}  # fmt: skip
"""Options that count one date, by the name they are kept under."""


@click.command(
    epilog="例 example: qixian reckon --from 2026-02-10 --period 5 --unit day",
    help="推算期限并说明过程。Count a date and show how.",
)
@click.option("--from", "start", metavar="DATE", help="起算日或收到时间 day zero, or an instant of receipt")
@click.option("--period", metavar="N", help="期间长度 length")
@click.option("--unit", metavar="day|working_day|month", help="单位 unit")
@click.option("--roll", metavar="next_working_day|none", default="next_working_day", help="末日遇休息日是否顺延 roll")
@click.option(
    "--extend", "extensions", multiple=True, metavar="N:UNIT|DATE", help="延长（可多次） extension, repeatable"
)
@click.option("--met", metavar="INSTANT", help="办理时间，判断是否按期 judge whether an act at this instant is in time")
@click.option("--weekly", is_flag=True, help="逐周通报期限 weekly slots; needs --until or a period for the window")
@click.option(
    "--until", "window_due", metavar="DATE", help="协调化解期限届满日 legal expiry of the window, with --weekly"
)
@click.option(
    "--effective", metavar="|".join(Appeal), help="推定生效日期（--from 为最后送达日） presume the day of effect"
)
@click.option(
    "--csv",
    "table",
    metavar="FILE",
    help="批量推算，列 start_date,period,unit,roll；有误的行逐行列出，其余照算"
    " count a whole table; a wrong row is named and the others are counted",
)
@click.option("--calendar", "years", multiple=True, metavar="FILE", help="试用的放假安排文件 try a calendar file")
@json_option
@click.pass_obj
def reckon(settings: Settings, /, as_json: bool, **asked: Any) -> int:
    """Count a date and show how; leaves with 2 if a row of a table was refused."""
    calendar = _calendar(settings, asked["years"])
    if asked["table"]:
        for name, option in _ALONE.items():
            if asked[name]:
                raise Refused(option, "csv_alone")
        return _table(_rows(asked["table"]), calendar, as_json)
    if asked["start"] is None:
        raise Refused("from", "missing")
    start = _start(asked["start"])
    if asked["effective"]:
        result = _effective(start, _choice("effective", asked["effective"], Appeal), calendar)
    elif asked["weekly"]:
        result = _weekly(start, asked, calendar)
    else:
        result = _explained(_counted(start, asked, calendar))
    if asked["met"] is not None:
        met = _at("met", asked["met"])
        result |= {"met": local(met).isoformat(), "on_time": on_time(date.fromisoformat(str(result["due"])), met)}
    emit(result, as_json, lambda: _words(result))
    return DONE


def _calendar(settings: Settings, files: tuple[str, ...]) -> Calendar:
    """Return the installation's calendar, or the shipped one where there is no installation, with the files given."""
    calendar = shipped_calendar()
    if settings.docket_file is None or settings.docket_file.exists():
        # Only here is a database needed; without one a count takes no time to start.
        from desk.calendars import installed_calendar

        calendar = installed_calendar(settings)
    documents = [read_year_file(Path(name)) for name in files]
    for name, document in zip(files, documents, strict=True):
        if document.year in calendar.years:
            check_covers_statutory(document, calendar.years[document.year], name)
    return calendar.with_years(documents) if documents else calendar


def _table(rows: list[Row], calendar: Calendar, as_json: bool) -> int:
    """Count a whole table; a row that is refused keeps no other from being counted."""
    shown = click.progressbar(rows, file=sys.stderr) if at_terminal(sys.stderr) else nullcontext(rows)
    with shown as each:
        found = [(number, _row(cells, calendar)) for number, cells in each]
    counted = [result for _, result in found if not isinstance(result, Refused)]
    refused = [(number, result) for number, result in found if isinstance(result, Refused)]
    emit(
        [_row_json(number, result) for number, result in found],
        as_json,
        lambda: [f"{row['start']} → {row['due']}  {row['sentence']}" for row in counted],
    )
    for number, error in refused:
        fail(REFUSED, f"row {number} {error.field}", error.reason)
    return REFUSED if refused else DONE


def _rows(name: str) -> list[Row]:
    """Read a table's rows with their numbers; a file without its columns, or that is none, is refused whole."""
    path = Path(name)
    try:
        if path.stat().st_size > LARGEST_CSV:
            raise Refused("csv", "file_too_large", limit=LARGEST_CSV)
        with path.open(encoding="utf-8-sig", newline="") as file:
            # A spreadsheet numbers its rows like this: the header and blank ones too, and a cell of two lines once.
            numbered = enumerate(csv.reader(file), start=1)
            _, header = next(numbered, (1, []))
            missing = [column for column in COLUMNS[:3] if column not in header]
            if missing:
                raise Refused("csv", "csv_column", expected=", ".join(missing))
            # A row that stops short lacks its last cells; what stands beyond the header belongs to no column.
            return [(number, dict(zip(header, cells, strict=False))) for number, cells in numbered if cells]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise Refused("csv", "file_unreadable", detail=str(error)) from error


def _row(cells: dict[str, str], calendar: Calendar) -> dict[str, Any] | Refused:
    """Count one row, or give its refusal, whose field is the column."""
    start, period, unit, roll = (cells.get(column, "") for column in COLUMNS)
    try:
        asked = {"period": period, "unit": unit, "roll": roll or Roll.NEXT}
        return _explained(_counted(_start(start, "start_date"), asked, calendar))
    except Refused as refused:
        return refused


def _row_json(number: int, result: dict[str, Any] | Refused) -> dict[str, Any]:
    return {"row": number, "error": result.as_json()} if isinstance(result, Refused) else result


def _counted(start: date, asked: dict[str, Any], calendar: Calendar) -> Reckoning:
    for name in ("period", "unit"):
        if asked[name] in (None, ""):
            raise Refused(name, "missing")
    roll = _choice("roll", asked["roll"], Roll)
    reckoning = count(start, _number("period", asked["period"]), _unit("unit", asked["unit"]), calendar, roll)
    for extension in asked.get("extensions", ()):
        reckoning = _extended(reckoning, extension)
    return reckoning


def _extended(reckoning: Reckoning, extension: str) -> Reckoning:
    length, separator, of = extension.partition(":")
    if separator:
        try:
            return extend(reckoning, _number("extend", length), _unit("extend", of))
        except Refused as refused:
            raise type(refused)("extend", refused.key, **refused.values) from refused
    end = _start(extension, "extend")
    if end <= reckoning.nominal:
        raise Refused("extend", "end_before_start", end=end, start=reckoning.nominal)
    return extend_to(reckoning, end)


def _explained(reckoning: Reckoning) -> dict[str, Any]:
    return sheet(reckoning).as_json()


def _weekly(start: date, asked: dict[str, Any], calendar: Calendar) -> dict[str, Any]:
    due = _start(asked["window_due"], "until") if asked["window_due"] else _counted(start, asked, calendar).due
    if due <= start:
        raise Refused("until", "end_before_start", end=due, start=start)
    slots = rolling_slots(start, due, calendar, _choice("roll", asked["roll"], Roll))
    return {
        "start": start.isoformat(),
        "due": due.isoformat(),
        "report_dues": [slot.reckoning.due.isoformat() for slot in slots],
        "slots": [
            {"number": slot.number, "first": slot.first, "last": slot.last, **_explained(slot.reckoning)}
            for slot in slots
        ],
        "steps": [sheet(slot.reckoning).sentence() for slot in slots],
    }


def _effective(start: date, kind: Appeal, calendar: Calendar) -> dict[str, Any]:
    effect = presumed_effect(kind, start, calendar)
    filing = count(effect.effective, 7, Unit.WORKING_DAY, calendar, why="effective", clause="第五部分第二款")
    report = count(effect.effective, 30, Unit.DAY, calendar, why="effective", clause="第五部分第二款")
    parts = [part for part in (effect.reckoning, filing, report) if part is not None]
    return {
        "start": start.isoformat(),
        "appeal_last_day": effect.appeal_last_day.isoformat() if effect.appeal_last_day else None,
        "effective": effect.effective.isoformat(),
        "presumed": True,
        "due": filing.due.isoformat(),
        "filing_due": filing.due.isoformat(),
        "loss_report_due": report.due.isoformat(),
        "provisional": any(part.provisional for part in parts),
        "calendar": calendar.version,
        "steps": [sheet(part).sentence() for part in parts],
    }


def _words(result: dict[str, Any]) -> list[str]:
    lines = [f"{result['start']} → {result['due']}"]
    if "sentence" in result:
        lines.append(result["sentence"])
    lines += [f"  {number}. {step}" for number, step in enumerate(result["steps"], start=1)]
    if "effective" in result:
        lines.append(f"  推定生效 presumed effect: {result['effective']}")
    if result.get("sources"):
        lines.append(f"  日历 calendar: {'、'.join(result['sources'])} ({result['calendar']})")
    if "on_time" in result:
        lines.append(f"  {'按期 in time' if result['on_time'] else '逾期 too late'}: {result['met']}")
    return lines


def _start(value: str, field: str = "from") -> date:
    return local_date(_at(field, value))


def _at(field: str, value: str) -> datetime:
    try:
        return _instant.validate_python(value)
    except ValidationError as error:
        raise refusal(error, prefix=field) from error


def _number(field: str, value: str) -> int:
    if not value.strip().isascii() or not value.strip().isdigit() or len(value.strip()) > 6:
        raise Refused(field, "bad_number")
    return int(value)


def _choice(field: str, value: str, choices: type[Any]) -> Any:
    try:
        return choices(value)
    except ValueError as error:
        raise Refused(field, "choice", expected=", ".join(str(choice.value) for choice in choices)) from error


def _unit(field: str, value: str) -> Unit:
    """Read a unit that something is counted in; an end that was written down is counted in none."""
    if value not in {unit.value for unit in Unit} - {Unit.DATE.value}:
        raise Refused(field, "choice", expected=", ".join(unit for unit in Unit if unit is not Unit.DATE))
    return Unit(value)
