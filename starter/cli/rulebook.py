"""`qixian rulebook`: which rulebook new letters come under."""

from pathlib import Path

import click

from desk.opening import docket
from docket.acts import COMMAND_LINE, Actor, log
from docket.engine import reading, writing
from docket.library import put_in_force, rulebook_in_force
from rules.accept.rulebook import read_rulebook_file
from settings import Settings
from starter.cli.app import by_option, emit, json_option, now, recorder
from starter.words import both


@click.group(help="规则库：查看、检查与施行。Which rulebook is in force.", epilog="例 example: qixian rulebook show")
def rulebook() -> None:
    """Show, check and load rulebooks."""


@rulebook.command(help="现行规则库。The rulebook in force.", epilog="例 example: qixian rulebook show --json")
@json_option
@click.pass_obj
def show(settings: Settings, as_json: bool) -> None:
    """Show the rulebook that new letters come under."""
    with docket(settings) as engine, reading(engine) as session:
        book = rulebook_in_force(session)
    lines = [f"{book.version}  {book.document}  {book.title}"]
    lines += [f"  {rule.id:11} {rule.clause}  {rule.act.zh}" for rule in book.rules.values()]
    emit({"version": book.version, **book.model_dump(mode="json")}, as_json, lambda: lines)


@rulebook.command(
    help="检查规则库文件，不作改动。Check a rulebook file; changes nothing.",
    epilog="例 example: qixian rulebook check county.toml",
)
@click.argument("file", type=click.Path(path_type=Path))
@json_option
def check(file: Path, as_json: bool) -> None:
    """Check a rulebook file."""
    book = read_rulebook_file(file)
    emit({"version": book.version}, as_json, lambda: [both("rulebook.sound", version=book.version)])


@rulebook.command(
    help="施行规则库：此后登记的来文适用。Put a rulebook in force for letters registered from now on.",
    epilog="例 example: qixian rulebook load county.toml",
)
@click.argument("file", type=click.Path(path_type=Path))
@by_option
@json_option
@click.pass_obj
def load(settings: Settings, file: Path, by: str | None, as_json: bool) -> None:
    """Put a rulebook in force; registered letters keep theirs."""
    book = read_rulebook_file(file)
    actor = Actor(recorder(settings, by), COMMAND_LINE)
    with docket(settings) as engine, writing(engine) as session:
        old = rulebook_in_force(session).version
        put_in_force(session, book, now(), actor.person)
        log(session, actor, now(), "rulebook", book.document, {"version": old}, {"version": book.version})
    emit({"version": book.version}, as_json, lambda: [both("rulebook.loaded", version=book.version)])
