"""同案各函: what the letters of one matter mean for each other, as the situations that duties are worked out from.

A judgment ends the windows that it was meant to avoid, whichever letter was registered first; a withdrawal, a change of
stage concern each letter that was there by then; the latest window governs the result of them all (A24). Nothing here
is stored: it follows from the letters and events there are, so no letter has to be told of another.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date

from rules.books.model import Rulebook
from rules.counting.calendar import Calendar
from rules.dossier.state import Arrival
from rules.duties.kind import concerning, kind_of
from rules.duties.situation import OtherWindow, Situation
from rules.letters.cases import implied as implied_by_case
from rules.letters.events import Entry, Event
from rules.letters.facts import Fact, Facts, effective
from rules.letters.letter import Letter

Books = Mapping[str, Rulebook]
"""Rulebooks by version."""


def situations(
    letters: Iterable[Arrival],
    entries: Iterable[Entry],
    books: Books,
    calendar: Calendar,
    grace: Mapping[str, date] | None = None,
) -> list[Situation[Letter]]:
    """Return the situation of each letter of a matter, knowing of the others, in the order of their ids."""
    arrivals = sorted(letters, key=lambda arrival: arrival.letter_id)
    facts = facts_of(arrivals, list(entries))
    found = [
        Situation(
            arrival.letter_id, facts[arrival.letter_id], books[arrival.rulebook], calendar, grace,
            kind_of(arrival.letter).ends,
        )
        for arrival in arrivals
    ]  # fmt: skip
    for each in found:
        each.others = tuple(other for other in found if other is not each and other.facts.void is None)
        each.other_windows = tuple(_windows_beside(each))
    return found


def facts_of(arrivals: Sequence[Arrival], entries: Sequence[Entry]) -> dict[str, Facts[Letter]]:
    """Return the facts of each letter: its own, and of what happened to the matter whatever concerns it."""
    own = {
        arrival.letter_id: Facts(arrival.letter, [entry for entry in entries if entry.letter == arrival.letter_id])
        for arrival in arrivals
    }
    recorded = effective(entry for entry in entries if not entry.letter)
    recorded += [Fact(fact.id, said, fact.at, fact.by) for fact in recorded for said in implied_by_case(fact.event)]
    implied = {arrival.letter_id: _implied(arrival, own[arrival.letter_id]) for arrival in arrivals}
    found = {}
    for letter, facts in own.items():
        others = [fact for other, said in implied.items() if other != letter for fact in said]
        found[letter] = facts.beside(concerning(facts.letter, [*recorded, *others]))
    return found


def _implied(arrival: Arrival, facts: Facts[Letter]) -> list[Fact[Event]]:
    """List what a letter says has happened to the whole matter; a voided one says nothing."""
    if facts.void is not None:
        return []
    said = kind_of(facts.letter).implies(facts.letter)
    return [Fact(f"{arrival.letter_id}:{event.type}", event, arrival.at, arrival.by) for event in said]


def _windows_beside(situation: Situation[Letter]) -> Iterable[OtherWindow]:
    for other in situation.others:
        expiry_of = kind_of(other.letter).expiry
        expiry = expiry_of(other) if expiry_of else None
        if expiry is not None:
            known = max(situation.letter.received_on, other.letter.received_on)
            yield OtherWindow(known, expiry, other.letter.kind)
