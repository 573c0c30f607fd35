"""`qixian matter`: cases as a whole; one is put on file, told of what happened, shown, and letters are moved."""

from collections.abc import Awaitable, Callable, Mapping
from typing import TYPE_CHECKING, Any, TypeVar

import click
from pydantic import BaseModel

from desk.opening import docket
from desk.views import matter_viewed, viewed
from docket.directory import agency_meant, every_agency_name, person_names
from docket.engine import reading
from docket.lists import EVERYBODY
from docket.matters import Matters, list_matters
from docket.reads import find_matter, notices_of
from rules.counting.clock import local_date
from rules.dossier.state import Dossier
from rules.errors import Refused
from rules.letters.cases import Destination, NewCase, Proceeding
from rules.letters.parse import parse_as, parse_event
from rules.letters.registry import case_events, event_models
from settings import Settings
from starter.cli.app import by_option, emit, json_option, now, run
from starter.cli.forms import given, options
from starter.cli.letters import person
from starter.cli.tables import letter_lines, matter_lines, matter_table
from starter.words import text

if TYPE_CHECKING:
    from desk.desk import Desk

T = TypeVar("T")


@click.group(
    help="案件：全貌、清单、建档、登记、移转、并案。Cases: one whole, all, one on file, letters moved.",
    epilog="例 example: qixian matter show 2026-017",
)
def matter() -> None:
    """Gather what is done with cases."""


@matter.command("list", help="案件清单。List matters.", epilog="例 example: qixian matter list --proceeding second")
@click.option("--search", metavar="TEXT", default="", help="案件、案由、案号、当事人 matter, subject, number, party")
@click.option("--proceeding", metavar="|".join(Proceeding), help="审级 instance that it is in")
@click.option("--all", "everything", is_flag=True, help="含已无待办的 those in which nothing is owed too")
@json_option
@click.pass_obj
def list_(settings: Settings, search: str, proceeding: str | None, everything: bool, as_json: bool) -> None:
    """List matters, those with the next date first."""
    if proceeding is not None and proceeding not in list(Proceeding):
        raise Refused("proceeding", "choice", expected=", ".join(Proceeding))
    with docket(settings) as engine, reading(engine) as session:
        rows = list_matters(session, Matters(search.strip(), proceeding, everything), now(), EVERYBODY)
    emit(rows, as_json, lambda: matter_table(rows))


@matter.command(help="一件案件的全貌。A matter's whole life.", epilog="例 example: qixian matter show 2026-017")
@click.argument("name", metavar="MATTER")
@json_option
@click.pass_obj
def show(settings: Settings, name: str, as_json: bool) -> None:
    """Show how a matter stands."""
    show_matter(settings, name, as_json)


def show_matter(settings: Settings, name: str, as_json: bool) -> None:
    """Print a matter as it stands."""
    with docket(settings) as engine, reading(engine) as session:
        state = find_matter(session, name)
        view = matter_viewed(session, state, now()) | {"notices": notices_of(session, state.id)}
        names, people = every_agency_name(session), person_names(session)
    emit(view, as_json, lambda: matter_lines(view, names, people))


def _acted(
    settings: Settings, by: str | None, act: Callable[["Desk", str], Awaitable[T]]
) -> tuple[T, Mapping[str, str]]:
    """Do something at the desk as whoever records."""
    recorded_by = person(settings, by)
    from desk.desk import open_desk

    async def work() -> tuple[T, Mapping[str, str]]:
        with docket(settings) as engine:
            desk = await open_desk(settings, engine, now)
            return await act(desk, recorded_by), await desk.agency_names()

    return run(work())


def _said(settings: Settings, model: type[BaseModel]) -> dict[str, Any]:
    """Collect what was given for a model, agencies by name as well as by id."""
    data = given(click.get_current_context(), model.model_fields)
    with docket(settings) as engine, reading(engine) as session:
        names = every_agency_name(session)
    if isinstance(data.get("agency"), str):
        data["agency"] = agency_meant(data["agency"], names, "agency")
    if "agencies" in data:
        data["agencies"] = [agency_meant(each, names, "agencies") for each in data["agencies"]]
    return data


def _emit(settings: Settings, done: str, state: Dossier, names: Mapping[str, str], as_json: bool) -> None:
    with docket(settings) as engine, reading(engine) as session:
        view = matter_viewed(session, state, now())
    emit(view, as_json, lambda: [text(done), *matter_lines(view, names, {})])


def _open_command() -> click.Command:
    def called(name: str, by: str | None, as_json: bool, **_: Any) -> None:
        settings: Settings = click.get_current_context().obj
        today = local_date(now()).isoformat()
        new = parse_as(NewCase, {"on": today, "matter": name, **_said(settings, NewCase)})
        state, names = _acted(
            settings, by, lambda desk, who: desk.open_matter(settings.county, new.matter, new.opened, who)
        )
        _emit(settings, "cli.matter.opened", state, names, as_json)

    arguments: list[click.Parameter] = [click.Argument(["name"], metavar="MATTER")]
    command = click.Command(
        "open", params=arguments + options(NewCase, frozenset({"type", "matter"})), callback=called,
        help="案件登记：有无来文均可建档。Put a case on file, with or without a letter.",
        epilog="例 example: qixian matter open 2026-017 --title 林权登记 --agency forestry",
    )  # fmt: skip
    return by_option(json_option(command))


@matter.group(
    help="登记案件本身的情况。Record what happened to a case itself.",
    epilog="例 example: qixian matter record 2026-017 hearing_held --proceeding first --appeared head --spoke",
)
@click.argument("name", metavar="MATTER")
def record(name: str) -> None:
    """Gather what can be recorded of a case."""


def _event_command(event: str) -> click.Command:
    model = event_models()[event]

    def called(by: str | None, as_json: bool, **_: Any) -> None:
        context = click.get_current_context()
        settings: Settings = context.obj
        assert context.parent is not None
        name = context.parent.params["name"]
        said = parse_event({"on": local_date(now()).isoformat(), "type": event, **_said(settings, model)})
        with docket(settings) as engine, reading(engine) as session:
            identity = find_matter(session, name).id
        state, names = _acted(settings, by, lambda desk, who: desk.record_case(identity, said, who))
        _emit(settings, "cli.recorded", state, names, as_json)

    command = click.Command(event, params=options(model, frozenset({"type"})), callback=called, help=model.__doc__)
    return by_option(json_option(command))


@matter.command(
    help="来文移转：连同办理情况移至另一案件。Move a letter with its events to another matter.",
    epilog="例 example: qixian matter move k3m9x2pq 2026-018 --reason 登记时案件编号有误",
)
@click.argument("letter")
@click.argument("name", metavar="MATTER")
@click.option("--reason", required=True, metavar="TEXT", help="理由 reason")
@by_option
@json_option
@click.pass_obj
def move(settings: Settings, letter: str, name: str, reason: str, by: str | None, as_json: bool) -> None:
    """Move a letter to the matter that it belongs to."""
    to = parse_as(Destination, {"matter": name, "reason": reason})
    state, names = _acted(settings, by, lambda desk, who: desk.move(letter, to.matter, to.reason, who))
    with docket(settings) as engine, reading(engine) as session:
        view = viewed(session, state, now())
    emit(view, as_json, lambda: [text("cli.matter.moved"), *letter_lines(view, names)])


@matter.command(
    help="并案：本案并入另一案件。Join a matter to another one.",
    epilog="例 example: qixian matter join 2026-018 2026-017 --reason 同一行政行为",
)
@click.argument("name", metavar="MATTER")
@click.argument("other", metavar="OTHER")
@click.option("--reason", required=True, metavar="TEXT", help="理由 reason")
@by_option
@json_option
@click.pass_obj
def join(settings: Settings, name: str, other: str, reason: str, by: str | None, as_json: bool) -> None:
    """Join a matter to another one, which goes on with both."""
    to = parse_as(Destination, {"matter": other, "reason": reason})
    state, names = _acted(settings, by, lambda desk, who: desk.join(name, to.matter, to.reason, who))
    _emit(settings, "cli.matter.joined", state, names, as_json)


matter.add_command(_open_command())
for _event in [name for name, event in case_events().items() if event.recorded_by != "desk"] + ["correction", "void"]:
    record.add_command(_event_command(_event))
