"""`qixian register` and `record`: what changes a letter. The desk is imported only once the input has been read."""

import json
import sys
from pathlib import Path
from typing import Any

import click
from sqlalchemy import Engine

from desk.opening import docket
from desk.views import viewed
from docket.directory import agency_meant, every_agency_name, person_meant
from docket.engine import reading
from rules.counting.clock import local_date
from rules.dossier.letter import LetterState
from rules.errors import Refused
from rules.letters.letter import DESK_FIELDS
from rules.letters.parse import parse_event, parse_letter
from rules.letters.registry import event_models, kinds
from settings import Settings
from starter.cli.app import by_option, emit, json_option, now, recorder, run
from starter.cli.forms import expanded, given, options
from starter.cli.tables import letter_lines
from starter.words import text

LARGEST_FILE = 1024 * 1024
"""Bytes of a letter or event given as a file."""


@click.group(
    invoke_without_command=True,
    help="登记来文，显示由此产生的事项与期限。Register a letter; prints what is owed by when.",
    epilog="例 example: qixian register {} {}".format(*next((name, kind.example) for name, kind in kinds().items())),
)
@click.option("--file", "source", metavar="FILE.json|-", help="从文件或标准输入读取 read the letter from a file")
@by_option
@json_option
@click.pass_context
def register(context: click.Context, source: str | None, by: str | None, as_json: bool) -> None:
    """Register a letter from a file; each kind has a subcommand of its own."""
    if context.invoked_subcommand is not None:
        return
    if source is None:
        raise Refused("kind", "unknown_kind", expected=", ".join(kinds()))
    _register(context.obj, read_json(source), by, as_json)


def _register(settings: Settings, data: dict[str, Any], by: str | None, as_json: bool) -> None:
    for name in sorted(DESK_FIELDS & data.keys()):
        raise Refused(name, "unknown_field")
    letter = parse_letter({"county": settings.county, **by_id(settings, data)})
    recorded_by = person(settings, by)
    from desk.desk import open_desk
    from desk.letters import Registered

    async def work() -> tuple[Registered, list[dict[str, Any]], dict[str, str]]:
        with docket(settings) as engine:
            opened = await open_desk(settings, engine, now)
            done = await opened.register(letter, recorded_by)
            return done, _views(engine, done.state), await opened.agency_names()

    result, (view,), names = run(work())
    heading = text("cli.registered" if result.first else "cli.registered_before")
    emit(view | {"first": result.first}, as_json, lambda: [heading, *letter_lines(view, names)])


def _kind_command(kind: str) -> click.Command:
    model = kinds()[kind].model
    fields = options(model, DESK_FIELDS | {"kind"})

    def called(by: str | None, as_json: bool, **_: Any) -> None:
        context = click.get_current_context()
        data = expanded(given(context, model.model_fields), model.model_fields)
        parent = context.parent.params if context.parent else {}
        _register(context.obj, {"kind": kind, **data}, by or parent.get("by"), as_json or bool(parent.get("as_json")))

    example = f"例 example: qixian register {kind} {kinds()[kind].example}"
    command = click.Command(kind, params=fields, callback=called, help=model.__doc__, epilog=example)
    return by_option(json_option(command))


for _kind in kinds():
    register.add_command(_kind_command(_kind))


class _LetterFirst(click.Group):
    """A group whose own options may stand on either side of the letter, as in `record LETTER --file FILE`."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        takes_value = {name for each in self.params if not getattr(each, "is_flag", False) for name in each.opts}
        own: list[str] = []
        letter: list[str] = []
        rest = list(args)
        while rest and (rest[0].startswith("-") or not letter):
            into = own if rest[0].startswith("-") else letter
            into.append(rest.pop(0))
            own += [rest.pop(0)] if into is own and own[-1] in takes_value and rest else []
        return super().parse_args(ctx, [*own, *letter, *rest])


@click.group(
    cls=_LetterFirst,
    invoke_without_command=True,
    help="登记来文的办理情况。Record what happened to a letter.",
    epilog="例 example: qixian record LETTER feedback --done … --result … --opinion …",
)
@click.argument("letter")
@click.option("--file", "source", metavar="FILE.json|-", help="从文件或标准输入读取 read the event from a file")
@by_option
@json_option
@click.pass_context
def record(context: click.Context, letter: str, source: str | None, by: str | None, as_json: bool) -> None:
    """Record an event from a file; each event has a subcommand of its own."""
    if context.invoked_subcommand is not None:
        return
    if source is None:
        raise Refused("event", "missing_event", expected=", ".join(record.commands))
    _record(context.obj, letter, read_json(source), by, as_json)


def _record(settings: Settings, letter: str, data: dict[str, Any], by: str | None, as_json: bool) -> None:
    event = parse_event({"on": local_date(now()).isoformat(), **by_id(settings, data)})
    recorded_by = person(settings, by)
    from desk.desk import open_desk

    async def work() -> tuple[list[dict[str, Any]], dict[str, str]]:
        with docket(settings) as engine:
            opened = await open_desk(settings, engine, now)
            recorded = await opened.record(letter, event, recorded_by)
            return _views(engine, recorded.letter, *recorded.others), await opened.agency_names()

    views, names = run(work())
    lines = [text("cli.recorded")] + [line for view in views for line in letter_lines(view, names)]
    emit(views[0] if len(views) == 1 else views[0] | {"also": views[1:]}, as_json, lambda: lines)


def _views(engine: Engine, *states: LetterState) -> list[dict[str, Any]]:
    with reading(engine) as session:
        return [viewed(session, state, now()) for state in states]


def person(settings: Settings, by: str | None) -> str:
    """Return who records by id, where the directory knows the name."""
    said = recorder(settings, by)
    with docket(settings) as engine, reading(engine) as session:
        return person_meant(session, said)


def by_id(settings: Settings, data: dict[str, Any]) -> dict[str, Any]:
    """Take agencies by name as well as by id: what the directory names is replaced by its id."""
    with docket(settings) as engine, reading(engine) as session:
        names = every_agency_name(session)
    ids = {name: agency for agency, name in names.items()}
    found = dict(data)
    for field in ("agency", "lead_agency"):
        if isinstance(data.get(field), str):
            found[field] = agency_meant(data[field], names, field)
    for number, item in enumerate(_items(data, "agencies", "agency")):
        item["agency"] = agency_meant(item["agency"], names, f"agencies.{number}.agency")
    for item in _items(data, "parties", "name"):
        # A party who is called like an agency is that agency, which is a defendant already.
        item["name"] = ids.get(item["name"].strip(), item["name"])
    if isinstance(data.get("party"), str):
        found["party"] = ids.get(data["party"].strip(), data["party"])
    if isinstance(data.get("duty"), str):
        rule, _, agency = data["duty"].partition("@")
        found["duty"] = f"{rule}@{ids.get(agency, agency)}" if agency else rule
    return found


def _items(data: dict[str, Any], field: str, part: str) -> list[dict[str, Any]]:
    """List the items of a field that have a part in words; what is of another shape is refused where it is parsed."""
    items = data.get(field)
    every = items if isinstance(items, list) else []
    return [each for each in every if isinstance(each, dict) and isinstance(each.get(part), str)]


def _event_command(name: str) -> click.Command:
    model = event_models()[name]

    def called(by: str | None, as_json: bool, **_: Any) -> None:
        context = click.get_current_context()
        assert context.parent is not None
        parent = context.parent.params
        data = {"type": name, **given(context, model.model_fields)}
        _record(context.obj, parent["letter"], data, by or parent["by"], as_json or parent["as_json"])

    required = [field for field, info in model.model_fields.items() if info.is_required() and field != "on"]
    example = f"例 example: qixian record LETTER {name}" + "".join(
        f" --{field.replace('_', '-')} …" for field in required
    )
    command = click.Command(
        name, params=options(model, frozenset({"type"})), callback=called, help=model.__doc__, epilog=example
    )
    return by_option(json_option(command))


for _name in (name for name, event in event_models().items() if not event.of_case):
    record.add_command(_event_command(_name))


def read_json(source: str) -> dict[str, Any]:
    """Read one JSON object from a file or standard input; what is too large or no object is refused."""
    try:
        if source == "-" and sys.stdin is None:
            raise Refused("file", "file_unreadable", detail="no standard input")
        if source == "-":
            content = sys.stdin.buffer.read(LARGEST_FILE + 1)
        else:
            with Path(source).open("rb") as file:
                content = file.read(LARGEST_FILE + 1)
    except OSError as error:
        raise Refused("file", "file_unreadable", detail=str(error)) from error
    if len(content) > LARGEST_FILE:
        raise Refused("file", "file_too_large", limit=LARGEST_FILE)
    try:
        data = json.loads(content, object_pairs_hook=_once)
    except (ValueError, RecursionError) as error:
        raise Refused("file", "bad_json", detail=str(error)) from error
    if not isinstance(data, dict):
        raise Refused("file", "bad_json", detail="not an object")
    return data


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Make an object of its pairs; a name given twice would silently win over the first."""
    names = [name for name, _ in pairs]
    for name in names:
        if names.count(name) > 1:
            raise Refused(name, "given_twice")
    return dict(pairs)
