"""来文 in its matter: one letter as it stands, as people look at it and act on it."""

from collections.abc import Callable, Mapping
from datetime import datetime
from functools import cache, cached_property

from rules.dossier.situations import facts_of
from rules.dossier.state import Arrival, Dossier
from rules.duties.duty import DateMove, Duty, id_of, key_of
from rules.duties.ladder import FiredRung
from rules.duties.window import WindowState
from rules.letters.events import Entry, Event
from rules.letters.facts import Facts, effective
from rules.letters.letter import Letter


class LetterState:
    """One letter of a matter: what was registered, what happened to it, what it makes people owe."""

    def __init__(
        self, dossier: Dossier, arrival: Arrival, every: Callable[[], Mapping[str, Facts[Letter]]] | None = None
    ) -> None:
        self._every = every or _facts(dossier)
        self.dossier = dossier
        self.arrival = arrival
        self.letter_id = arrival.letter_id
        self.letter: Letter = arrival.letter
        self.rulebook = arrival.rulebook
        self.registered_at = arrival.at
        self.registered_by = arrival.by

    @cached_property
    def own(self) -> tuple[Entry, ...]:
        """List what was recorded of this letter itself."""
        return tuple(entry for entry in self.dossier.entries if entry.letter == self.letter_id)

    @cached_property
    def facts(self) -> Facts[Letter]:
        """Return the letter's facts, with those of the whole matter that concern it."""
        return self._every()[self.letter_id]

    @cached_property
    def entries(self) -> tuple[Entry, ...]:
        """List what was recorded of this letter, and of the whole matter as far as it concerns it, as recorded."""
        matter = matter_entries(self.dossier)
        known = {fact.id for fact in self.facts.of(Event)}
        void = {entry.id for entry in matter} - {fact.id for fact in effective(matter)}
        shown = known | {entry.id for entry in matter if entry.id in void or not entry.event.of_matter}
        shown -= {entry.id for entry in matter if self.dossier.of_case(entry.event)}
        return tuple(entry for entry in self.dossier.entries if entry.letter == self.letter_id or entry.id in shown)

    @property
    def current_letter(self) -> Letter:
        """Return the letter with its corrections applied, in the matter that it is in; `letter` was registered."""
        letter = self.facts.letter
        if letter.matter == self.dossier.name:
            return letter
        return letter.model_copy(update={"matter": self.dossier.name})

    @property
    def agencies(self) -> tuple[str, ...]:
        """List the agencies that the letter concerns."""
        return tuple(each.agency for each in self.current_letter.agencies)

    @cached_property
    def duties(self) -> tuple[Duty, ...]:
        """List what the letter makes people owe."""
        return tuple(duty for duty in self.dossier.duties if duty.letter == self.letter_id)

    @property
    def window(self) -> WindowState | None:
        """Return its mediation window, if it has one."""
        return self.dossier.windows.get(self.letter_id)

    @property
    def moves(self) -> tuple[DateMove, ...]:
        """List the dates of its duties that moved."""
        return tuple(move for move in self.dossier.moves if self.owns(move.duty))

    @property
    def fired(self) -> tuple[FiredRung, ...]:
        """List the rungs that its duties have taken."""
        return tuple(rung for rung in self.dossier.fired if self.owns(rung.duty))

    def owns(self, duty: str) -> bool:
        """Tell whether a duty, by its id within the matter, is one of this letter's."""
        return duty == id_of(self.letter_id, key_of(duty))

    @property
    def voided(self) -> bool:
        """Tell whether it was voided as entered by mistake."""
        return self.letter_id in self.dossier.voided

    @property
    def closed_at(self) -> datetime | None:
        """Return when nothing was owed of it any more."""
        return self.dossier.closed.get(self.letter_id)

    @property
    def next_wake(self) -> datetime | None:
        """Return when time itself next matters to the matter, while something of this letter is owed."""
        return None if self.closed_at else self.dossier.next_wake

    def has(self, event_id: str) -> bool:
        """Tell whether an event is recorded already."""
        return any(entry.id == event_id for entry in self.entries)

    def duty(self, key: str) -> Duty | None:
        """Return one of its duties by its key."""
        return next((duty for duty in self.duties if duty.key == key), None)


def _facts(dossier: Dossier) -> Callable[[], Mapping[str, Facts[Letter]]]:
    """Return what works out the facts of every letter of a dossier, once and when first asked."""
    return cache(lambda: facts_of(dossier.here, dossier.entries))


def matter_entries(dossier: Dossier) -> tuple[Entry, ...]:
    """List what was recorded of the whole matter and not of one of its letters."""
    return tuple(entry for entry in dossier.entries if not entry.letter)


def letter_of(dossier: Dossier, letter_id: str) -> LetterState:
    """Return one letter of a matter; one that is not there raises KeyError."""
    arrival = dossier.arrival(letter_id)
    if arrival is None:
        raise KeyError(letter_id)
    return LetterState(dossier, arrival)


def letters_of(dossier: Dossier) -> list[LetterState]:
    """List the letters of a matter that were not moved to another one, in the order in which they were received."""
    every = _facts(dossier)
    found = [LetterState(dossier, arrival, every) for arrival in dossier.here]
    return sorted(found, key=lambda each: (each.letter.received_at, each.letter_id))
