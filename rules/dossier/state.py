"""The state of one letter: what it is, what happened, what is owed, and which rungs have been taken."""

from datetime import date

from pydantic import AwareDatetime, Field

from rules.duties.duty import DateMove, Duty
from rules.duties.ladder import FiredRung, Rung
from rules.duties.window import WindowState
from rules.letters.events import Entry
from rules.letters.facts import Facts
from rules.letters.letter import Letter
from rules.letters.registry import AnyLetter
from rules.telling.notices import Notice
from rules.values import Frozen


class LetterState(Frozen):
    """Everything a letter's workflow remembers; `version` counts its steps.

    `fired` holds the rungs taken, of repeats the last one. `since` says when each duty got the date it has, `grace`
    which later dates stood before a calendar change.
    """

    letter_id: str
    letter: AnyLetter
    rulebook: str
    calendar: str = ""
    version: int = 0
    registered_at: AwareDatetime
    registered_by: str
    entries: tuple[Entry, ...] = ()
    duties: tuple[Duty, ...] = ()
    window: WindowState | None = None
    since: dict[str, AwareDatetime] = Field(default_factory=dict)
    grace: dict[str, date] = Field(default_factory=dict)
    moves: tuple[DateMove, ...] = ()
    fired: tuple[FiredRung, ...] = ()
    rungs: tuple[Rung, ...] = ()
    next_wake: AwareDatetime | None = None
    closed_at: AwareDatetime | None = None
    voided: bool = False

    @property
    def current_letter(self) -> Letter:
        """Give the letter with its corrections applied; `letter` is what was registered."""
        return Facts(self.letter, self.entries).letter

    def has(self, event_id: str) -> bool:
        """Tell whether an event is recorded already."""
        return any(entry.id == event_id for entry in self.entries)

    def duty(self, key: str) -> Duty | None:
        """Give one duty by its key."""
        return next((duty for duty in self.duties if duty.key == key), None)


class Outcome(Frozen):
    """What a step leads to: the new state, notices to settle, and duties whose unsent drafts are moot."""

    state: LetterState
    notices: tuple[Notice, ...] = ()
    withdrawn: tuple[str, ...] = ()
