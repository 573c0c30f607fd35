"""The facts of a letter: what was registered and recorded, once corrections and voids are applied.

Entries are a set: whatever order they arrive in, and however often, the facts are the same.
"""

from collections.abc import Iterable, Mapping
from copy import copy
from datetime import date, datetime
from typing import Generic, NamedTuple, TypeVar

from rules.letters.corrections import corrected_event, corrected_letter
from rules.letters.events import Correction, Entry, Event, StageChange, Void
from rules.letters.letter import Letter
from rules.letters.terms import Stage

E = TypeVar("E", bound=Event)
L_co = TypeVar("L_co", bound=Letter, covariant=True)


class Fact(NamedTuple, Generic[E]):
    """One effective event: its id, what it says, when it was recorded and by whom."""

    id: str
    event: E
    at: datetime
    by: str

    @property
    def on(self) -> date:
        """Return the day it happened."""
        return self.event.on

    @property
    def moment(self) -> tuple[date, datetime]:
        """Return the day it happened and the instant it was recorded, which orders what happened on one day."""
        return self.event.on, self.at

    @property
    def place(self) -> tuple[date, datetime, str]:
        """Return its place among all that happened."""
        return self.event.on, self.at, self.id

    @property
    def recorded(self) -> tuple[datetime, str]:
        """Return its place among all that was recorded."""
        return self.at, self.id


def effective(entries: Iterable[Entry]) -> list[Fact[Event]]:
    """List what stands of some entries, each as corrected: what was voided is left out."""
    return sorted(_facts(_standing(entries)), key=lambda fact: fact.place)


def _standing(entries: Iterable[Entry]) -> dict[str, Entry]:
    """Return the entries that are not void by id, in the order of recording, with corrections of events applied."""
    recorded = sorted(entries, key=lambda entry: (entry.at, entry.id))
    voids = standing_voids(recorded)
    standing = {entry.id: entry for entry in recorded if entry.id not in voids}
    for entry in list(standing.values()):
        if isinstance(entry.event, Correction) and entry.event.target in standing:
            target = standing[entry.event.target]
            standing[target.id] = target.model_copy(update={"event": corrected_event(target.event, entry.event)})
    return standing


def _facts(standing: Mapping[str, Entry]) -> list[Fact[Event]]:
    return [Fact(entry.id, entry.event, entry.at, entry.by) for entry in standing.values()]


class Facts(Generic[L_co]):
    """A letter as corrected, and its effective events in the order in which they happened."""

    def __init__(self, letter: L_co, entries: Iterable[Entry]) -> None:
        recorded = list(entries)
        self.void = standing_voids(sorted(recorded, key=lambda entry: (entry.at, entry.id))).get("letter")
        self.letter = letter
        standing = _standing(recorded)
        for entry in list(standing.values()):
            if isinstance(entry.event, Correction) and entry.event.target == "letter":
                before, self.letter = self.letter, corrected_letter(self.letter, entry.event)
                for old, new in _renamed(before, self.letter):
                    # What was recorded of an agency under a wrong name was recorded of the right one.
                    standing |= {each.id: _moved(each, old, new) for each in standing.values() if each.at <= entry.at}
        self._facts = sorted(_facts(standing), key=lambda fact: fact.place)

    def beside(self, shared: Iterable[Fact[Event]]) -> "Facts[L_co]":
        """Return the same facts with more beside them: what concerns the letter though it happened to the matter."""
        other = copy(self)
        other._facts = sorted([*self._facts, *shared], key=lambda fact: fact.place)
        return other

    def of(self, kind: type[E], agency: str | None = None) -> list[Fact[E]]:
        """List the effective events of one class, those of one agency and those that name none."""
        found: list[Fact[E]] = []
        for fact in self._facts:
            if isinstance(fact.event, kind) and (agency is None or fact.event.whose in (None, agency)):
                found.append(Fact(fact.id, fact.event, fact.at, fact.by))
        return found

    def named(self, kind: str, agency: str | None = None) -> list[Fact[Event]]:
        """List the effective events of a type given by name, as a rulebook does."""
        return [fact for fact in self.of(Event, agency) if fact.event.type == kind]

    def find(self, event_id: str) -> Fact[Event] | None:
        """Return one event as it stands, or None if it is not recorded or void."""
        return next((fact for fact in self._facts if fact.id == event_id), None)

    def in_trial_by(self, day: date) -> bool:
        """Tell whether the dispute has been at trial by a day, whatever stage it has reached since."""
        changes = [fact.event.stage for fact in self.of(StageChange) if fact.on <= day]
        return Stage.TRIAL in (self.letter.stage_at_receipt, *changes)


def standing_voids(recorded: Iterable[Entry]) -> dict[str, Entry]:
    """List what is void, by its id, with the entry that says so; a void that is itself void undoes nothing."""
    voids: dict[str, list[Entry]] = {}
    for entry in recorded:
        if isinstance(entry.event, Void):
            voids.setdefault(entry.event.target, []).append(entry)

    def standing(target: str) -> Entry | None:
        return next((entry for entry in voids.get(target, ()) if standing(entry.id) is None), None)

    found = {target: standing(target) for target in voids}
    return {target: entry for target, entry in found.items() if entry is not None}


def _renamed(before: Letter, after: Letter) -> list[tuple[str, str]]:
    """List the agencies that a correction gives another id."""
    pairs = zip(before.agencies, after.agencies, strict=True)
    return [(old.agency, new.agency) for old, new in pairs if old.agency != new.agency]


def _moved(entry: Entry, old: str, new: str) -> Entry:
    """Return an entry with an agency's new id in the place of its old one."""
    event = entry.event
    update = {name: new for name in ("agency", "party") if getattr(event, name, None) == old}
    duty = getattr(event, "duty", "")
    update |= {"duty": f"{duty.removesuffix(f'@{old}')}@{new}"} if duty.endswith(f"@{old}") else {}
    return entry.model_copy(update={"event": event.model_copy(update=update)}) if update else entry
