"""The lives of matters of one letter each on the pure core, as their workflows would live them, and what steps cost.

A step is what a workflow does at a time: it starts, takes an update, or wakes by its timer. What a step asks of
Temporal follows from workflows/dossier.py and is compared with real histories by histories.py.
"""

from collections.abc import Iterator
from datetime import date, datetime
from functools import cache
from typing import NamedTuple

from pydantic import BaseModel

from bench.scale.people import Act, Story, directory, moment_after_outage
from rules.accept.entries import entry_for, entry_id
from rules.accept.letters import check_letter
from rules.books.model import Rulebook
from rules.counting.calendar import Calendar
from rules.counting.clock import OfficeHours
from rules.dossier.change import change
from rules.dossier.core import next_wake, opened, step
from rules.dossier.state import Arrival, Dossier, Outcome
from rules.errors import Refused
from rules.letters.events import Entry
from rules.letters.letter import letter_id, matter_id
from rules.letters.parse import parse_event, parse_letter
from workflows.attributes import from_the_start, updates

REGISTERED, RECORDED, WOKEN = "registered", "recorded", "woken"


class Step(NamedTuple):
    """One step of a matter: what led to it, and what came of it; bytes are those of histories and the docket."""

    at: datetime
    why: str
    before: Dossier | None
    outcome: Outcome
    typed_bytes: int

    @property
    def state(self) -> Dossier:
        """Return the state after the step."""
        return self.outcome.state

    @property
    def state_bytes(self) -> int:
        """Return the bytes of the whole state, which the docket keeps."""
        return _size(self.state)

    @property
    def change_bytes(self) -> int:
        """Return the bytes of what the step changed, which goes into the history."""
        return _size(change(self.before, self.state))

    @property
    def shown(self) -> bool:
        """Tell whether the step changes what operators look for, which a workflow has from its start."""
        before = self.before
        return before is not None and bool(updates(from_the_start(before.id, before), self.state))

    @property
    def timer(self) -> bool:
        """Tell whether the step starts a timer: one that still waits for the same instant goes on."""
        wake = next_wake(self.state)
        return wake is not None and (self.why == WOKEN or wake != self._waited_for)

    @property
    def cancelled(self) -> bool:
        """Tell whether the step cancels a timer that has not fired."""
        waited = self.why != WOKEN and self._waited_for is not None
        return waited and self._waited_for != next_wake(self.state)

    @property
    def _waited_for(self) -> datetime | None:
        return None if self.before is None else next_wake(self.before)

    @property
    def mails(self) -> int:
        """Count the e-mails that the step sends, where everybody has an address; drafts and digests wait."""
        return sum(len(readers(notice.to)) for notice in self.outcome.notices if not (notice.draft or notice.digest))

    @property
    def rows(self) -> int:
        """Count the rows of notices that the step adds to the docket: one a reader."""
        return sum(len(readers(notice.to)) for notice in self.outcome.notices)

    def waiting(self, office: OfficeHours, calendar: Calendar) -> Iterator[tuple[str, date]]:
        """Name who reads of the step in a digest, and in that of which day."""
        for notice in self.outcome.notices:
            if notice.digest and not notice.draft:
                for reader in readers(notice.to):
                    yield reader, office.next_digest(notice.send_at, calendar)


class Away(NamedTuple):
    """Every worker is away from one instant to another one; what people do meanwhile they do again that day."""

    since: datetime
    until: datetime

    def moved(self, instant: datetime) -> datetime:
        """Return when something is done that a worker would have done at an instant."""
        return self.until if self.since <= instant < self.until else instant


def live(story: Story, book: Rulebook, calendar: Calendar, until: datetime, away: Away | None = None) -> Iterator[Step]:
    """Play one letter up to an instant, each wake and each act in its turn; nothing of a matter comes after its end.

    A person whose act is refused after an outage has come too late for it, and gives up; else a refusal is a mistake
    in the story and raises.
    """
    letter = parse_letter(story.letter)
    now = _waited(story.registered, away)
    acts = list(story.acts) if away is None else _repeated(story, away)
    if now > until:
        return
    check_letter(letter, now)
    books, before = {book.version: book}, None
    state = opened(matter_id(letter.county, letter.matter), book.version, now, "clerk1")
    arrival = Arrival(letter_id=letter_id(letter), letter=letter, rulebook=book.version, at=now, by="clerk1")
    outcome = step(state, now, books, calendar, arrival)
    why, typed = REGISTERED, _size(arrival)
    while True:
        state = outcome.state
        yield Step(now, why, before, outcome, typed)
        before = state
        while acts and state.closed_at is not None:
            del acts[0]
        wake = next_wake(state)
        if wake is not None:
            wake = _waited(wake, away)
        if wake is None and not acts:
            return
        if acts and (wake is None or acts[0].at < wake):
            act = acts.pop(0)
            if act.at > until:
                return
            try:
                entry = _entry(state, act)
            except Refused:
                if away is None:
                    raise
                continue
            now, why, typed = act.at, RECORDED, _size(entry)
            outcome = step(state, now, books, calendar, entry)
        else:
            assert wake is not None
            if wake > until:
                return
            now, why, typed = wake, WOKEN, 0
            outcome = step(state, now, books, calendar)


def _size(model: BaseModel) -> int:
    return len(model.model_dump_json().encode())


def _waited(instant: datetime, away: Away | None) -> datetime:
    return instant if away is None else away.moved(instant)


def _repeated(story: Story, away: Away) -> list[Act]:
    """Have what nobody took during an outage recorded on the day it ends, in the order in which it happened."""
    missed = [number for number, act in enumerate(story.acts) if away.since <= act.at < away.until]
    instants = sorted(moment_after_outage(away.until, story.number, number) for number in missed)
    again = dict(zip(missed, instants, strict=True))
    acts = (act._replace(at=again.get(number, act.at)) for number, act in enumerate(story.acts))
    return sorted(acts, key=lambda act: act.at)


def _entry(state: Dossier, act: Act) -> Entry:
    event = parse_event({"type": act.type, **act.fields})
    if event.of_case:
        own = [entry for entry in state.entries if not entry.letter]
        return Entry(id=entry_id(state.id, event, own), event=event, at=act.at, by=act.by)
    return entry_for(state, state.letters[0].letter_id, event, act.at, act.by, _agencies())


@cache
def _agencies() -> frozenset[str]:
    return frozenset(agency.id for agency in directory().agencies)


@cache
def readers(address: str) -> tuple[str, ...]:
    """Name the people behind an address, as docket/directory.py finds them."""
    role, _, agency = address.partition(":")
    field = next((each.field for each in directory().agencies if each.id == agency), "")
    wanted = {"agency": "liaison", "bureau": "clerk", "bureau_leader": "supervisor"}.get(role, role)
    people = (person for person in directory().people if person.role == wanted)
    if role == "agency":
        people = (person for person in people if person.agency == agency)
    if role == "leader":
        people = (person for person in people if field in person.fields)
    return tuple(person.id for person in people)
