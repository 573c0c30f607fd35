"""What an event is checked against at the door: the letter's facts, its window and its duties."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from typing import Generic, NamedTuple, TypeVar

from rules.duties.duty import Duty
from rules.duties.window import WindowState
from rules.errors import Refused
from rules.letters.events import Forwarded
from rules.letters.facts import Facts
from rules.letters.letter import Letter

L_co = TypeVar("L_co", bound=Letter, covariant=True)


@dataclass(frozen=True)
class Door(Generic[L_co]):
    """A letter as it stands when an event is to be let in; `others` are those of its matter."""

    letter_id: str
    facts: Facts[L_co]
    window: WindowState | None
    duties: Collection[Duty]
    others: tuple["Door[Letter]", ...] = ()

    @property
    def letter(self) -> L_co:
        """Return the letter as corrected."""
        return self.facts.letter

    def duty(self, key: str) -> Duty | None:
        """Return one duty by its key."""
        return next((duty for duty in self.duties if duty.key == key), None)

    @property
    def opened(self) -> WindowState:
        """Return the window; where the rulebook gives the letter none, there is nothing to prolong."""
        if self.window is None:
            raise Refused("event", "no_window")
        return self.window


def refuse_unless_follows(door: Door[Letter], paper: str, agency: str | None, on: date, field: str) -> None:
    """Refuse what answers a paper that is not there, or was not there yet; `field` names what asks for the paper."""
    papers = door.facts.named(paper, agency)
    if not papers:
        raise Refused(field, "no_paper", paper=paper)
    if on < papers[0].on:
        raise Refused("on", "before_sent", day=on, sent=papers[0].on)


class PassedOn(NamedTuple):
    """What the bureau passes on of a letter: to which body, and the paper that it has by then."""

    to: str
    paper: str


def refuse_unless_forwarded(door: Door[Letter], event: Forwarded, passed_on: PassedOn) -> None:
    """Refuse a passing on to the wrong body, without a number or a note, or of a paper that is not there."""
    if not event.number and not event.call_note:
        raise Refused("number", "number_or_note")
    if event.to != passed_on.to:
        raise Refused("to", "choice", expected=passed_on.to)
    refuse_unless_follows(door, passed_on.paper, None, event.on, "event")
