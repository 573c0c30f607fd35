"""Day zero: from which fact a period is counted. Each kind names its own beside these, which every letter has.

An anchor is a date with its reason; WAITING where the fact is still to come; None where the duty does not arise.
"""

from collections.abc import Callable
from datetime import date, datetime
from enum import Enum
from typing import Literal, NamedTuple, TypeVar

from rules.counting.period import Reckoning
from rules.duties.situation import Situation
from rules.letters.events import Flagged, Returned
from rules.letters.letter import Letter

Moment = tuple[date, datetime]
"""The day something happened, and the instant it was recorded: the order of what happened on one day."""


class Anchor(NamedTuple):
    """Day zero and why; `presumed` marks an effective date that nobody has certified (推定), `basis` is its own count.

    `after` is the paper that the duty answers; what was done before it is no answer.
    """

    on: date
    why: str
    presumed: bool = False
    after: Moment | None = None
    basis: Reckoning | None = None


class Missing(Enum):
    """The one value WAITING: the duty is there, its day zero is not."""

    WAITING = "waiting"


WAITING: Literal[Missing.WAITING] = Missing.WAITING
Found = Anchor | Literal[Missing.WAITING] | None
L = TypeVar("L", bound=Letter)
DayZero = Callable[[Situation[L], str], Found]
"""What finds day zero for an agency; the situation is one of the kind that names it."""


def bureau_receipt(situation: Situation[Letter], agency: str) -> Found:
    """The day the bureau received the letter."""
    return Anchor(situation.receipt(situation.letter.received_at), "bureau_receipt")


def agency_received(situation: Situation[Letter], agency: str) -> Found:
    """The day the agency received the letter (五一款)."""
    received = situation.agency_received(agency)
    return Anchor(received, "agency_received") if received else WAITING


def flagged(situation: Situation[Letter], agency: str) -> Found:
    """The day the matter was marked 重大疑难; unmarked matters owe no analysis."""
    days = [fact.on for fact in situation.facts.of(Flagged)]
    if situation.letter.major:
        days.append(situation.letter.received_on)
    return Anchor(min(days), "flagged") if days else None


def accepted(situation: Situation[Letter], paper: str, agency: str) -> Moment | None:
    """Return the moment of an agency's first paper of a type that was not sent back later."""
    returned = [fact for fact in situation.facts.of(Returned, agency) if fact.event.of == paper]
    last = returned[-1].moment if returned else None
    papers = situation.facts.named(paper, agency)
    return next((fact.moment for fact in papers if last is None or fact.moment > last), None)


def day_zeros(*own: DayZero[L]) -> dict[str, DayZero[L]]:
    """Return the day zeros of a kind by the names that rulebooks give them: its own, and those of every letter."""
    return {function.__name__: function for function in (bureau_receipt, agency_received, flagged, *own)}
