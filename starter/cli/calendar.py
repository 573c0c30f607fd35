"""`qixian calendar`: which years are published, and loading one."""

import sys
from pathlib import Path
from typing import Any

import click

from desk.calendars import CalendarChange, installed_calendar, load_year, preview_year
from desk.desk import open_desk
from desk.opening import docket
from rules.counting.calendar import Calendar, shipped_calendar
from rules.counting.years import YearDocument, read_year_file
from rules.letters.letter import MATTER, short_id
from settings import Settings
from starter.cli.app import at_terminal, by_option, emit, json_option, now, recorder, run
from starter.words import both, text


@click.group(
    help="放假安排：查看与载入。Which years are published; loading one.", epilog="例 example: qixian calendar check"
)
def calendar() -> None:
    """Show and load calendar years."""


@calendar.command(help="哪些年份已公布。Which years are published.", epilog="例 example: qixian calendar check")
@json_option
@click.pass_obj
def check(settings: Settings, as_json: bool) -> None:
    """Show which years are published."""
    known = shipped_calendar()
    if settings.docket_file is None or settings.docket_file.exists():
        known = installed_calendar(settings)
    emit(_years(known), as_json, lambda: [_year_line(document) for document in known.years.values()])


def _years(known: Calendar) -> dict[str, Any]:
    years = [
        {"year": year, "published": document.published, "doc_no": document.doc_no, "issued": document.issued}
        for year, document in known.years.items()
    ]
    return {"calendar": known.version, "first": known.first, "last": known.last, "years": years}


def _year_line(document: YearDocument) -> str:
    key = "calendar.published" if document.published else "calendar.statutory"
    return both(key, year=document.year, source=document.source)


@calendar.command(
    help="载入一年放假安排：先显示哪些期限变动,--yes 确认后重算并通知。Load a year; shows first what would move.",
    epilog="例 example: qixian calendar load 2027.json --yes",
)
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--yes", is_flag=True, help="确认载入 load it without asking")
@by_option
@json_option
@click.pass_obj
def load(settings: Settings, file: Path, yes: bool, by: str | None, as_json: bool) -> None:
    """Show what a year's notice moves, and load it once confirmed."""
    document = read_year_file(file)
    with docket(settings) as engine:
        change = preview_year(engine, document, str(file), now())
    if not as_json:
        for line in _change_lines(change):
            click.echo(line)
    confirmed = yes or (not as_json and at_terminal(sys.stdin) and click.confirm(text("calendar.question")))
    if not confirmed:
        emit(change.as_json() | {"loaded": False}, as_json, lambda: [both("calendar.confirm")])
        return

    async def work() -> int:
        with docket(settings) as engine:
            return await load_year(await open_desk(settings, engine, now), change, recorder(settings, by))

    count = run(work())
    emit(
        change.as_json() | {"loaded": True, "matters": count},
        as_json,
        lambda: [both("calendar.loaded", count=count, moves=len(change.moves))],
    )


def _change_lines(change: CalendarChange) -> list[str]:
    key = "calendar.moves" if change.moves else "calendar.moves_none"
    lines = [both(key, year=change.document.year, source=change.document.source)]
    for whose, move in change.moves:
        # What a case as a whole owes is of no letter, and has no short name.
        short = "" if whose.split("/")[1] == MATTER else f"{short_id(whose)}  "
        lines.append(f"  {short}{whose}  {move.duty}  {move.old_due} → {move.new_due or '—'}")
    return lines
