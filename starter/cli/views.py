"""`qixian show`, `why` and `list`: what the docket says, without asking Temporal."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

import click
from pydantic import TypeAdapter, ValidationError

from desk.opening import docket
from desk.views import viewed
from docket.directory import agency_meant, agency_names, every_agency_name, person_names
from docket.engine import reading
from docket.lists import Filter, list_duties
from docket.reads import find_letter, notices_of
from rules.dossier.view import reckoning_view
from rules.duties.duty import Light
from rules.errors import Refused
from rules.letters.letter import MATTER
from rules.letters.registry import event_models, letter_models
from rules.telling.wording import event_name, moved_name
from settings import Settings
from starter.cli.app import emit, json_option, now
from starter.cli.tables import letter_lines, said_of, table
from starter.words import text

_date: TypeAdapter[date] = TypeAdapter(date)


@click.command(help="查看来文的办理状态。Show how a letter stands.", epilog="例 example: qixian show 2026-017")
@click.argument("letter")
@json_option
@click.pass_obj
def show(settings: Settings, letter: str, as_json: bool) -> None:
    """Show how a letter stands, or a whole matter by the id of its dossier."""
    if f"/{MATTER}/" in letter:
        # Only who asks for a matter needs its page.
        from starter.cli.matter import show_matter

        show_matter(settings, letter, as_json)
        return
    as_of = now()
    with docket(settings) as engine, reading(engine) as session:
        state = find_letter(session, letter)
        view = viewed(session, state, as_of) | {"notices": notices_of(session, state.dossier.id, state)}
        names = agency_names(session, state.current_letter.agency_ids)
        people = person_names(session)
    emit(view, as_json, lambda: [*letter_lines(view, names), *_history(view, names, people, as_of)])


def _history(view: dict[str, Any], names: Mapping[str, str], people: Mapping[str, str], as_of: datetime) -> list[str]:
    lines = ["", text("cli.events")] + ([] if view["events"] else [text("cli.none")])
    for event in view["events"]:
        said = event_name(event["type"], view["letter"]["kind"])
        if event["type"] == "date_moved":
            field = "due" if event["old_due"] != event["new_due"] else "nominal"
            unrolled = "" if field == "due" else text("cli.nominal")
            moved = f"{event[f'old_{field}']} → {event[f'new_{field}'] or '—'}"
            what = f"{event['duty']} {unrolled}{moved}（{moved_name(event['why'])}）"
        else:
            void = f" [{text('view.void')}]" if event["voided"] else ""
            what = f"{event['on']} {said_of(event_models()[event['type']], event, names)} [{event['id']}]{void}"
        lines.append(f"  {_minute(event['at'])} {people.get(event['by'], event['by'])} {said} {what}")
    lines += ["", text("cli.notices")] + ([] if view["notices"] else [text("cli.none")])
    for notice in view["notices"]:
        waits = notice["status"] == "sent" and datetime.fromisoformat(notice["send_at"]) > as_of
        status = text("cli.send_at", at=_minute(notice["send_at"])) if waits else text(f"status.{notice['status']}")
        lines.append(f"  {_minute(notice['at'])} {notice['name'] or notice['to']} {notice['subject']} [{status}]")
    if view["next_wake"]:
        lines += ["", text("cli.next", at=_minute(view["next_wake"]))]
    return lines


def _minute(instant: str) -> str:
    return instant[:16].replace("T", " ")


@click.command(
    help="说明期限如何算出（算期单）。Show how a date was counted.", epilog="例 example: qixian why 2026-017 R07"
)
@click.argument("letter")
@click.argument("duty", required=False)
@json_option
@click.pass_obj
def why(settings: Settings, letter: str, duty: str | None, as_json: bool) -> None:
    """Show how the dates of a letter, or of one duty, were counted."""
    with docket(settings) as engine, reading(engine) as session:
        state = find_letter(session, letter)
    wanted = [
        each
        for each in state.duties
        if duty is None or duty in (each.key, each.key.partition("@")[0], each.rule, each.entry)
    ]
    if not wanted:
        raise Refused("duty", "unknown_duty", duty=duty, duties="、".join(each.key for each in state.duties))
    sheets = [reckoning_view(each) for each in wanted]
    emit(
        sheets if duty is None or len(sheets) > 1 else sheets[0],
        as_json,
        lambda: [line for s in sheets for line in _sheet(s)],
    )


def _sheet(sheet: dict[str, Any]) -> list[str]:
    head = f"{sheet['duty']} {sheet['act']}  {sheet.get('due', '')}" + (
        f"({text('view.presumed')})" if sheet["presumed"] else ""
    )
    steps = [f"  {number}. {step}" for number, step in enumerate(sheet.get("steps", []), start=1)]
    source = (
        [f"  {text('view.calendar')}：{'、'.join(sheet['sources'])} ({sheet['calendar']})"]
        if sheet.get("sources")
        else []
    )
    return [head, f"  {sheet['sentence']}", *steps, *source, ""]


@click.command(
    "list", help="台账：按期限列出事项。The docket: list duties by date.", epilog="例 example: qixian list --overdue"
)
@click.option("--agency", metavar="ID", help="机关 agency")
@click.option("--kind", metavar="|".join(letter_models()), help="来文种类 kind of letter")
@click.option("--light", metavar="|".join(Light), help="灯 lamp")
@click.option("--overdue", is_flag=True, help="只看逾期 overdue only")
@click.option("--due-before", metavar="DATE", help="期限早于 due before")
@click.option("--all", "everything", is_flag=True, help="含已办结 finished ones too")
@json_option
@click.pass_obj
def list_(settings: Settings, /, as_json: bool, **asked: Any) -> None:
    """List duties by date."""
    if asked["kind"] is not None and asked["kind"] not in letter_models():
        raise Refused("kind", "unknown_kind", expected=", ".join(letter_models()))
    if asked["light"] is not None and asked["light"] not in list(Light):
        raise Refused("light", "choice", expected=", ".join(Light))
    due_before = asked["due_before"]
    if due_before is not None:
        try:
            due_before = _date.validate_python(due_before)
        except ValidationError as error:
            raise Refused("due_before", "bad_date") from error
    wanted = Filter(
        agency=asked["agency"], kind=asked["kind"], light=Light(asked["light"]) if asked["light"] else None,
        overdue=asked["overdue"], due_before=due_before, everything=asked["everything"] or asked["light"] == "grey",
    )  # fmt: skip
    with docket(settings) as engine, reading(engine) as session:
        names = agency_names(session)
        if wanted.agency is not None:
            wanted = wanted._replace(agency=agency_meant(wanted.agency, every_agency_name(session), "agency"))
        lines = list_duties(session, wanted, now())
    emit(lines, as_json, lambda: table(lines, names))
