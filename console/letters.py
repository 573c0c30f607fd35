"""A letter as one viewer sees it: found, checked against the viewer's rights, and laid out for pages."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any, NamedTuple, Protocol

from pydantic import BaseModel
from sqlmodel import Session

from console.drawing import Row, TimeLine, duty_row, marked_row, time_line
from console.words import label, said
from desk import views
from desk.wording import says, worded
from docket.directory import every_agency_name, person_names
from docket.library import books_of
from docket.reads import find_letter
from rules.access import Viewer
from rules.books.model import Rulebook
from rules.counting.calendar import Calendar
from rules.counting.clock import local_date
from rules.dossier.letter import LetterState, letters_of
from rules.dossier.view import reckoning_view
from rules.duties.duty import UNFINISHED
from rules.errors import Refused
from rules.letters.letter import DESK_FIELDS
from rules.letters.registry import event_models, kinds, letter_models
from rules.letters.terms import AgencyService
from rules.seen import seen
from rules.telling.wording import event_name, moved_name
from rules.texts import Language

_IN_HEAD = {"kind", "county", "matter", "title", "court", "number", "received_at", "agencies"} | DESK_FIELDS
_IN_LINE = {"type", "on", "agency"}
"""What of a letter, and of an event, stands elsewhere on the page."""


class Looks(Protocol):
    """Whoever looks, by page or by API: who it is, when, and in which language names are wanted."""

    @property
    def viewer(self) -> Viewer:
        """Return who looks."""

    @property
    def now(self) -> datetime:
        """Return the present."""

    @property
    def language(self) -> Language:
        """Return the language."""


class Opened(NamedTuple):
    """A letter that a viewer may see: its state, the view with only what concerns them, and names by id."""

    state: LetterState
    view: dict[str, Any]
    siblings: list[LetterState]
    book: Rulebook
    names: Mapping[str, str]
    people: Mapping[str, str]


class Subject(NamedTuple):
    """What a form is about: the page of it, and what it is called."""

    link: str
    words: str


def subject(opened: "Opened", language: Language) -> Subject:
    """Name a letter as what a form is about."""
    letter = opened.view["letter"]
    words = f"{said('kind.' + letter['kind'], language)} {letter['matter']} {letter['title']}".strip()
    return Subject(f"/letters/{letter['short']}", words)


def opened(session: Session, visit: Looks, reference: str) -> Opened:
    """Open a letter for whoever visits; one that does not concern them is as unknown as one that is not there."""
    state = find_letter(session, reference, by_part=visit.viewer.agencies is None)
    if not visit.viewer.sees(state.agencies):
        raise Refused("letter", "unknown_letter", letter=reference)
    others = [each for each in letters_of(state.dossier) if each.letter_id != state.letter_id]
    siblings = [each for each in others if visit.viewer.sees(each.agencies)]
    books = books_of(session, state.dossier)
    names = every_agency_name(session, visit.language)
    view = viewed(session, visit, state)
    return Opened(state, view, siblings, books[state.rulebook], names, person_names(session))


def viewed(session: Session, visit: Looks, state: LetterState) -> dict[str, Any]:
    """Return the view of a letter with its ladder, with only what concerns whoever looks."""
    return seen(views.viewed(session, state, visit.now), visit.viewer)


def sheets(opened: Opened, wanted: str = "") -> list[dict[str, Any]]:
    """Return the reckoning of each duty in a letter's view, or of the one that is wanted."""
    found = []
    for duty in opened.view["duties"]:
        full = opened.state.duty(duty["key"])
        if full is not None and (not wanted or wanted in (duty["key"], duty["rule"], duty["entry"])):
            rule = opened.book.rules.get(duty["entry"])
            paper = {"document": opened.book.document_of(duty["entry"]), "quote": rule.quote if rule else ""}
            found.append(duty | paper | reckoning_view(full))
    if wanted and not found:
        keys = "、".join(each["key"] for each in opened.view["duties"])
        raise Refused("duty", "unknown_duty", duty=wanted, duties=keys)
    return found


def doings(opened: Opened, viewer: Viewer) -> tuple[dict[str, list[str]], list[str]]:
    """Return the events that would fulfil each open duty, by its key, and the other events the viewer may record."""
    allowed = viewer.events(opened.state.letter.kind)
    if opened.state.voided:
        return {}, []
    fulfilling = {
        duty["key"]: [event for event in opened.book.rules[duty["entry"]].satisfied_by if event in allowed]
        for duty in opened.view["duties"]
        if duty["state"] in UNFINISHED and duty["entry"] in opened.book.rules
    }
    return fulfilling, [event for event in kinds()[opened.state.letter.kind].happenings if event in allowed]


def unfinished_first(duties: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Order a letter's duties as a clerk reads them: what is to be done, then what is settled."""
    return sorted(duties, key=lambda duty: duty["state"] not in UNFINISHED)


class Week(NamedTuple):
    """One week of the grid: its sign, its number, and what became of it."""

    sign: str
    number: int
    duty: Mapping[str, Any]


def weeks(view: Mapping[str, Any]) -> dict[str, list[Week]]:
    """Draw the weekly reports of each agency: ■ handed in, ▣ late, □ missed or overdue, · still to come."""
    signs = {"done": "■", "late": "▣", "missed": "□", "excused": "○", "cancelled": "–"}
    grid: dict[str, list[Week]] = {}
    for duty in view["duties"]:
        if duty["slot"]:
            sign = "□" if duty["overdue"] else signs.get(duty["state"], "·")
            grid.setdefault(duty["agency"] or "", []).append(Week(sign, duty["slot"], duty))
    return grid


def history(
    events: Sequence[Mapping[str, Any]],
    kind: str,
    names: Mapping[str, str],
    people: Mapping[str, str],
    language: Language,
) -> list[dict[str, Any]]:
    """Lay out what happened to a letter of a kind, or to a case, the latest first: each event and what it says."""
    found = []
    for event in events:
        line = {
            "id": event["id"], "at": event["at"], "by": people.get(event["by"], event["by"]),
            "name": event_name(event["type"], kind, language), "type": event["type"],
            "voided": event.get("voided", False), "on": event.get("on"), "agency": event.get("agency"), "says": [],
            "mends": _mends(event),
        }  # fmt: skip
        if event["type"] == "correction":
            line["says"] = _corrected(events, kind, names, event, language)
        elif event["type"] == "date_moved":
            line |= {"moved": event, "why": moved_name(event["why"], language)}
        else:
            line["says"] = _labelled(event_models()[event["type"]], event, names, _IN_LINE, language)
        found.append(line)
    return found[::-1]


def _mends(event: Mapping[str, Any]) -> tuple[str, ...]:
    """Name the events by which an entry can be mended; what the desk notes of its own acts stands."""
    model = event_models().get(event["type"])
    if event.get("voided") or model is None or model.recorded_by == "desk":
        return ()
    return ("correction", "void") if model.correctable else ("void",)


def _corrected(
    events: Sequence[Mapping[str, Any]],
    kind: str,
    names: Mapping[str, str],
    event: Mapping[str, Any],
    language: Language,
) -> list[tuple[str, str]]:
    """Say a correction as what it corrects: the field by its label, the right value in words, and why."""
    field = event["field"]
    target = next((each for each in events if each["id"] == event["target"]), None)
    model: type[BaseModel] = event_models()[target["type"]] if target else letter_models()[kind]
    before = f"{event_name(target['type'], kind, language)} " if target else ""
    if field.startswith("agencies.") and field.count(".") == 2:
        _, agency, field = field.split(".")
        model, before = AgencyService, f"{names.get(agency, agency)} "
    if field not in model.model_fields:
        return _labelled(event_models()["correction"], event, names, _IN_LINE, language)
    name = label(field, model.model_fields[field].description, language)
    reason = label("reason", event_models()["correction"].model_fields["reason"].description, language)
    return [(before + name, worded(model, field, event["value"], names, language)), (reason, event["reason"])]


def _labelled(
    model: type[BaseModel],
    data: Mapping[str, Any],
    names: Mapping[str, str],
    elsewhere: Collection[str],
    language: Language,
) -> list[tuple[str, str]]:
    said = says(model, data, names, elsewhere, language)
    return [(label(field, model.model_fields[field].description, language), value) for field, value in said]


def particulars(opened: Opened, language: Language) -> list[tuple[str, str]]:
    """Say what a letter holds beside its head."""
    letter = opened.view["letter"]
    return _labelled(letter_models()[letter["kind"]], letter, opened.names, _IN_HEAD, language)


def drawn(
    view: Mapping[str, Any], names: Mapping[str, str], language: Language, now: datetime, calendar: Calendar
) -> TimeLine | None:
    """Draw a letter's time line: what happened, and its duties from day zero to their dates."""
    rows = [marked_row(said("letter.happened", language), recorded(view, language)), *_grouped(view, names, language)]
    return time_line(rows, local_date(now), calendar, until=latest(view["duties"], now))


def latest(duties: Iterable[Mapping[str, Any]], now: datetime) -> date | None:
    """Return today where something is late."""
    return local_date(now) if any(duty["overdue"] for duty in duties) else None


def _grouped(view: Mapping[str, Any], names: Mapping[str, str], language: Language) -> list[Row]:
    """Lay out a letter's duties as the rows of its time line: all weeks of an agency in one."""
    rows: dict[tuple[str, str], list[Mapping[str, Any]]] = {}
    for duty in view["duties"]:
        act = duty["act"] if language == "zh" else duty["act_en"]
        words = said("letter.weekly", language) if duty["slot"] else act
        who = names.get(duty["agency"], "") if duty["agency"] else ""
        rows.setdefault((duty["rule"], f"{duty['rule']} {who} {words}".replace("  ", " ")), []).append(duty)
    return [duty_row(words, group) for (_, words), group in rows.items()]


def recorded(view: Mapping[str, Any], language: Language) -> list[tuple[date, str]]:
    """List the days on which something happened to a letter, in words."""
    kind = view["letter"]["kind"]
    return [
        (date.fromisoformat(event["on"]), f"{event['on']} {event_name(event['type'], kind, language)}")
        for event in view["events"]
        if event["type"] != "date_moved" and not event["voided"]
    ]
