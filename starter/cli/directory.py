"""`qixian directory`: agencies and people, and what a load leaves behind."""

from pathlib import Path

import click

from desk.calendars import every_open_dossier
from desk.opening import docket
from docket.acts import COMMAND_LINE, Actor
from docket.admin import replace_directory
from docket.directory import listed, read_directory
from docket.engine import reading, writing
from rules.dossier.letter import letters_of
from settings import Settings
from starter.cli.app import by_option, emit, json_option, now, recorder
from starter.cli.tables import columns
from starter.words import both, text


@click.group(
    help="机关与人员名录。The directory of agencies and people.", epilog="例 example: qixian directory load wuping.toml"
)
def directory() -> None:
    """Show the directory and replace it."""


@directory.command(
    "show", help="查看机关、人员及其代号。List agencies and people.", epilog="例 example: qixian directory show"
)
@json_option
@click.pass_obj
def show_directory(settings: Settings, as_json: bool) -> None:
    """List who is in the directory, by id."""
    with docket(settings) as engine, reading(engine) as session:
        agencies, people = listed(session, active=True)
    rows = [[row.id, row.name, row.field] for row in agencies]
    rows += [[row.id, row.name, text(f"role.{row.role}")] for row in people]
    data = {"agencies": [row.model_dump() for row in agencies], "people": [row.model_dump() for row in people]}
    emit(data, as_json, lambda: columns(rows) if rows else [text("cli.nothing")])


@directory.command(
    "load", help="载入名录文件。Load a directory file.", epilog="例 example: qixian directory load wuping.toml"
)
@click.argument("file", type=click.Path(path_type=Path))
@by_option
@json_option
@click.pass_obj
def load_directory(settings: Settings, file: Path, by: str | None, as_json: bool) -> None:
    """Replace the directory by a file's."""
    found = read_directory(file)
    actor = Actor(recorder(settings, by), COMMAND_LINE)
    with docket(settings) as engine:
        with writing(engine) as session:
            replace_directory(session, actor, now(), found, file.name)
        listed_ids = {agency.id for agency in found.agencies}
        every = (each for state in every_open_dossier(engine) for each in letters_of(state))
        owing = {agency for each in every for agency in each.current_letter.agency_ids}
    agencies, people, gone = len(found.agencies), len(found.people), sorted(owing - listed_ids)
    words = [both("directory.loaded", agencies=agencies, people=people)]
    words += [both("directory.still_owing", agencies="、".join(gone))] if gone else []
    emit({"agencies": agencies, "people": people, "still_owing": gone}, as_json, lambda: words)
