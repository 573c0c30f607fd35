"""A matter 案件 as one viewer sees it: found, checked against the viewer's rights, and laid out for its page."""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any, NamedTuple

from sqlmodel import Session

from console import letters
from console.drawing import Row, TimeLine, duty_row, marked_row, time_line
from console.letters import Looks, Subject, latest
from console.words import said
from desk.views import matter_viewed
from desk.wording import choice
from docket.directory import every_agency_name, person_names
from docket.reads import find_matter
from rules.counting.calendar import Calendar
from rules.counting.clock import local_date
from rules.dossier.case import case_agencies, case_file
from rules.dossier.state import Dossier
from rules.errors import Refused
from rules.seen import matter_seen
from rules.texts import Language


class OpenedMatter(NamedTuple):
    """A matter that a viewer may see: its state, the view with only what concerns them, and names by id."""

    state: Dossier
    view: dict[str, Any]
    names: Mapping[str, str]
    people: Mapping[str, str]

    @property
    def subject(self) -> Subject:
        """Name it as what a form is about."""
        return Subject(f"/matters/{self.state.name}", f"{self.state.name} {self.state.title}".strip())


def opened(session: Session, visit: Looks, reference: str) -> OpenedMatter:
    """Open a matter for whoever visits; one that does not concern them is as unknown as one that is not there."""
    state = find_matter(session, reference)
    if not visit.viewer.sees(case_agencies(state, case_file(state))) and visit.viewer.agencies is not None:
        raise Refused("matter", "unknown_matter", matter=reference)
    view = viewed(session, visit, state)
    return OpenedMatter(state, view, every_agency_name(session, visit.language), person_names(session))


def viewed(session: Session, visit: Looks, state: Dossier) -> dict[str, Any]:
    """Return the view of a matter with its ladder, with only what concerns whoever looks."""
    return matter_seen(matter_viewed(session, state, visit.now), visit.viewer)


def duties_of(view: Mapping[str, Any]) -> list[dict[str, Any]]:
    """List what is owed in a matter, each with the letter that makes it be owed, most pressing first."""
    found = [duty | {"of": None} for duty in view["duties"]]
    found += [duty | {"of": letter["letter"]} for letter in view["letters"] for duty in letter["duties"]]
    return sorted(found, key=lambda duty: (duty["state"] not in ("open", "waiting"), duty["due"] or "9999"))


def drawn(opened: OpenedMatter, visit: Looks, calendar: Calendar) -> TimeLine | None:
    """Draw a matter's whole life: its instances with their hearings, its letters as they came, what each makes owed."""
    view, language, today = opened.view, visit.language, local_date(visit.now)
    rows = [_instance_row(each, opened.names, today, language) for each in view["instances"]]
    if view["events"]:
        days = [
            (date.fromisoformat(each["on"]), f"{each['on']} {said('event.' + each['type'], language)}")
            for each in view["events"]
            if not each["voided"]
        ]
        rows.append(marked_row(said("matter.file", language), days))
    for letter in view["letters"]:
        if not letter["letter"]["voided"]:
            rows += _letter_rows(letter, opened.names, language)
    rows += [duty_row(f"{duty['rule']} {_act(duty, language)}", [duty]) for duty in view["duties"]]
    return time_line(rows, today, calendar, until=latest(duties_of(view), visit.now))


def _instance_row(each: Mapping[str, Any], names: Mapping[str, str], today: date, language: Language) -> Row:
    """Lay out an instance as a bar from its beginning to its end, or to today, with its hearings marked."""
    begun = [date.fromisoformat(each[name]) for name in ("begun_on", "concluded_on") if each[name]]
    marks = [(date.fromisoformat(held["on"]), "dot", heard(held, names, language)) for held in each["hearings"]]
    days = begun + [day for day, _, _ in marks]
    if each["concluded_on"]:
        marks.append((date.fromisoformat(each["concluded_on"]), "due", ended(each, language)))
    last = max(days) if each["concluded_on"] else max([*days, today])
    return Row(choice("proceeding", each["proceeding"], language), min(days, default=today), last, "grey", tuple(marks))


def _letter_rows(letter: Mapping[str, Any], names: Mapping[str, str], language: Language) -> Iterable[Row]:
    """Lay out a letter as one row: the day it came, and what it makes owed from day zero to the last date."""
    head = letter["letter"]
    words = f"{said('kind.' + head['kind'], language)} {head['number'] or ''}".strip()
    came = (date.fromisoformat(head["received_at"][:10]), "dot", f"{head['received_at'][:10]} {words}")
    row = duty_row(words, letter["duties"])
    return [row._replace(marks=(came, *row.marks))]


def _act(duty: Mapping[str, Any], language: Language) -> str:
    act: str = duty["act"] if language == "zh" else duty["act_en"]
    return act


def heard(held: Mapping[str, Any], names: Mapping[str, str], language: Language) -> str:
    """Say of a hearing when it is or was, who came for which agency, and whether they spoke."""
    agency = names.get(held["agency"] or "", held["agency"] or "")
    came = choice("appeared", held["appeared"], language) if held["appeared"] else said("matter.to_come", language)
    spoke = said("matter.spoke", language) if held["spoke"] else ""
    return " ".join(each for each in (held["on"], agency, came, spoke) if each)


def ended(each: Mapping[str, Any], language: Language) -> str:
    """Say of an instance when and how it ended."""
    if not each["concluded_on"]:
        return ""
    comma = "、" if language == "zh" else ", "
    outcomes = comma.join(choice("outcomes", outcome, language) for outcome in each["outcomes"])
    return " ".join(word for word in (each["concluded_on"], each["document_number"], outcomes) if word)


def history(opened: OpenedMatter, language: Language) -> list[dict[str, Any]]:
    """Lay out all that happened in a matter, the latest first; what concerns several letters stands once."""
    view = opened.view
    found: dict[tuple[str, str], dict[str, Any]] = {}
    for letter, events in [(None, view["events"]), *((each["letter"], each["events"]) for each in view["letters"])]:
        kind, short = (letter["kind"], letter["short"]) if letter else ("", "")
        for line in letters.history(events, kind, opened.names, opened.people, language):
            # A date that moved is named by its duty within its letter.
            found.setdefault((line["id"], short if line["type"] == "date_moved" else ""), line | {"of": letter})
    return sorted(found.values(), key=lambda line: str(line["at"]), reverse=True)
