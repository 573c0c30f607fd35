"""卷: what one workflow watches: the letters of a matter, what happened, what is owed, which rungs have been taken."""

from datetime import date

from pydantic import AwareDatetime, Field

from rules.duties.duty import DateMove, Duty
from rules.duties.ladder import FiredRung, Rung
from rules.duties.window import WindowState
from rules.letters.cases import CaseOpened
from rules.letters.events import Correction, Entry, Event, Void
from rules.letters.facts import Fact, effective
from rules.letters.registry import AnyLetter
from rules.telling.notices import Notice
from rules.values import Frozen, Late


class Arrival(Late):
    """A letter as it was registered: its id, what came, when it was registered and by whom, and under which book."""

    letter_id: str
    letter: AnyLetter
    rulebook: str
    at: AwareDatetime
    by: str


Happening = Arrival | Entry
"""What a step may be about: a letter that is registered, or an event that is recorded."""


class Head(Frozen):
    """What a dossier says of itself; `version` counts its steps, `closed` is by letter.

    `rulebook` is the one in force when it was opened, `coming` the rungs of the next wake. `moved` names the letters
    that were moved to another dossier, with it; `joined` the one that all of this is in by now.
    """

    id: str
    version: int = 0
    calendar: str = ""
    rulebook: str
    opened_at: AwareDatetime
    opened_by: str
    closed: dict[str, AwareDatetime] = Field(default_factory=dict)
    voided: tuple[str, ...] = ()
    moved: dict[str, str] = Field(default_factory=dict)
    joined: str = ""
    coming: tuple[Rung, ...] = ()
    next_wake: AwareDatetime | None = None
    closed_at: AwareDatetime | None = None

    @property
    def county(self) -> str:
        """Return whose dossier it is."""
        return self.id.split("/")[0]

    @property
    def kind(self) -> str:
        """Return what is watched: a matter."""
        return self.id.split("/")[1]

    @property
    def name(self) -> str:
        """Return the name that people give it, as 2026-017."""
        return self.id.split("/", 2)[2]


class Dossier(Head, Late):
    """Everything a matter's workflow remembers.

    `windows` is by letter. `since` says when each duty got the date it has, `grace` which later dates stood before a
    calendar change. `fired` holds the rungs taken, of repeats the last one.
    """

    letters: tuple[Arrival, ...] = ()
    entries: tuple[Entry, ...] = ()
    duties: tuple[Duty, ...] = ()
    windows: dict[str, WindowState] = Field(default_factory=dict)
    since: dict[str, AwareDatetime] = Field(default_factory=dict)
    grace: dict[str, date] = Field(default_factory=dict)
    moves: tuple[DateMove, ...] = ()
    fired: tuple[FiredRung, ...] = ()

    @property
    def here(self) -> tuple[Arrival, ...]:
        """List the letters that are in it, and were not moved elsewhere."""
        return tuple(each for each in self.letters if each.letter_id not in self.moved)

    @property
    def title(self) -> str:
        """Return what the dispute is about: as the last that says so has it, the case's own file or a letter."""
        said = [(each.at, each.letter.title) for each in self.here if each.letter.title]
        said += [(fact.at, fact.event.title) for fact in self.facts() if isinstance(fact.event, CaseOpened)]
        return max(said)[1] if said else ""

    def facts(self) -> list[Fact[Event]]:
        """List what stands of what was recorded of the whole matter and not of one of its letters."""
        return effective(entry for entry in self.entries if not entry.letter)

    def has(self, happening: Happening) -> bool:
        """Tell whether a letter is registered, or an event recorded, already."""
        if isinstance(happening, Arrival):
            return self.arrival(happening.letter_id) is not None
        return any(entry.id == happening.id for entry in self.entries)

    def of_case(self, event: Event) -> bool:
        """Tell whether an event is one of the case itself, or corrects or voids such a one, or undoes that."""
        if isinstance(event, Correction | Void):
            target = next((entry for entry in self.entries if entry.id == event.target), None)
            return target is not None and self.of_case(target.event)
        return event.of_case

    def arrival(self, letter_id: str) -> Arrival | None:
        """Return one of its letters as registered."""
        return next((each for each in self.letters if each.letter_id == letter_id), None)

    def duty(self, identity: str) -> Duty | None:
        """Return one duty by its id."""
        return next((duty for duty in self.duties if duty.id == identity), None)


class Outcome(Late):
    """What a step leads to: the new state, notices to settle, and the ids of duties whose unsent drafts are moot."""

    state: Dossier
    notices: tuple[Notice, ...] = ()
    withdrawn: tuple[str, ...] = ()
