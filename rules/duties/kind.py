"""来文种类: everything there is to a kind of letter, in one value that its module registers."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Generic, Never, TypeVar

from rules.books.model import Rule
from rules.duties.day_zeros import DayZero
from rules.duties.door import Door, PassedOn
from rules.duties.duty import Duty
from rules.duties.situation import Situation
from rules.duties.window import WindowState
from rules.letters.cases import CaseFact
from rules.letters.dates import Present
from rules.letters.events import Event, Told
from rules.letters.facts import Fact, Facts
from rules.letters.letter import Letter
from rules.letters.looks import Look
from rules.letters.registry import KindOfLetter, kinds

E = TypeVar("E", bound=Event)
L = TypeVar("L", bound=Letter)
L_contra = TypeVar("L_contra", bound=Letter, contravariant=True)


Check = Callable[[Door[L], Event], None]
"""What refuses an event that makes no sense for a letter."""


def on(event: type[E], check: Callable[[Door[L], E], None]) -> Check[L]:
    """Make a check of one class of events."""

    def checked(door: Door[L], said: Event) -> None:
        if isinstance(said, event):
            check(door, said)

    return checked


@dataclass(frozen=True)
class Shape(Generic[L_contra]):
    """How a rule makes duties: one function. `needs` are the shapes that it wants worked out before.

    `problems` says what a rule of this shape lacks, or has too much of, each with the key. `satisfied_by` are the
    events that fulfil it, None where a rule names any; `extended_by` are those that prolong it. `heeds` are the fields
    among `OPTIONAL` that make a difference to it.
    """

    duties: Callable[[Situation[L_contra], Rule], list[Duty]]
    needs: tuple[str, ...] = ()
    problems: Callable[[Rule], Iterator[tuple[str, str]]] = lambda rule: iter(())
    ladder: bool = True
    satisfied_by: tuple[str, ...] | None = None
    extended_by: tuple[str, ...] = ()
    heeds: frozenset[str] = frozenset()


OPTIONAL = ("short", "roll", "national", "soft_if", "fulfilled_by_registering", "superseded_by", "ended_as")
"""Fields of a rule that not every shape heeds; what a county writes there must not be passed over in silence."""


TOLD_BEFORE = timedelta(days=31)
"""The court may have told the agency, or the agency may have acted, some days before the bureau heard of it."""


def since_it_came(letter: Letter, event: Event) -> date:
    """Return the first day on which something can have happened to a letter: that of its first trace anywhere."""
    known = [letter.received_on] + [each.received_on for each in letter.agencies if each.received_on]
    if letter.issued_on is not None:
        known.append(letter.issued_on)
    by_court = isinstance(event, Told) and event.told_by == "court"
    return min(known) - TOLD_BEFORE if by_court else min(known)


def since_told_by_bureau(letter: Letter, event: Event) -> date:
    """Return the same for a letter that comes to the bureau, which can tell nobody of it before it has it."""
    by_bureau = isinstance(event, Told) and event.told_by == "bureau"
    return letter.received_on if by_bureau else since_it_came(letter, event)


def _nothing(*_: object) -> None:
    """Check nothing: every letter of the kind can be."""


@dataclass(frozen=True, kw_only=True)
class Kind(KindOfLetter, Generic[L_contra]):
    """A kind of letter: its class and events, its day zeros and shapes, what is asked at the door, and what it shows.

    `check` refuses a letter that can't be, `event_checks` an event that makes no sense and `turn_checks` one that
    can't be recorded now; `earliest` is the first day on which something can have happened to it. `completed` fills in
    what the matter tells of an event, `implies` lists what a letter says has happened to the whole matter,
    `case_facts` what it says of the instances of the case, `ends` whether an event still ends what a rule says that it
    ends, `expiry` the end of a window that governs the matter's other letters as well, `passes_on` what the bureau
    hands on. `days` are those on which somebody must have been at work, `looks` what else deserves a second look,
    `warnings` name messages that stand beside a letter, `cautions` those beside its form. `speaker` names the agency
    that an event is of.
    """

    day_zeros: Mapping[str, DayZero[L_contra]]
    shapes: Mapping[str, Shape[L_contra]]
    check: Callable[[L_contra, Present], None] = _nothing
    event_checks: tuple[Check[L_contra], ...] = ()
    turn_checks: tuple[Check[L_contra], ...] = ()
    needs_agency: Callable[[L_contra, type[Event], str], bool] = lambda letter, event, of: event.of_agency
    earliest: Callable[[L_contra, Event], date] = since_it_came
    ends: Callable[[Facts[L_contra], Fact[Event]], bool] = lambda facts, fact: True
    completed: Callable[[Door[L_contra], Event], Event] = lambda door, event: event
    implies: Callable[[L_contra], Iterable[Event]] = lambda letter: ()
    case_facts: Callable[[Facts[L_contra]], Iterable[CaseFact]] = lambda facts: ()
    expiry: Callable[[Situation[L_contra]], date | None] | None = None
    passes_on: PassedOn | None = None
    window: Callable[[Situation[L_contra], Iterable[Duty]], WindowState | None] = lambda situation, duties: None
    days: Callable[[L_contra], Iterable[tuple[str, date]]] = lambda letter: ()
    looks: Callable[[L_contra], Iterable[Look]] = lambda letter: ()
    warnings: Callable[[Facts[L_contra]], Iterable[str]] = lambda facts: ()
    cautions: tuple[str, ...] = ()
    book_problems: Callable[[list[Rule]], Iterable[tuple[str, str]]] = lambda rules: ()
    speaker: Callable[[L_contra, Event], str | None] = lambda letter, event: event.whose


def every_kind() -> dict[str, "Kind[Never]"]:
    """Return every kind of letter by name; what is asked of a letter is asked of `kind_of` it."""
    return {name: kind for name, kind in kinds().items() if isinstance(kind, Kind)}


def kind_of(letter: L) -> Kind[L]:
    """Return the kind of a letter."""
    kind = kinds()[letter.kind]
    assert isinstance(kind, Kind)
    assert isinstance(letter, kind.model)
    return kind


def concerning(letter: Letter, facts: Iterable[Fact[Event]]) -> list[Fact[Event]]:
    """List what happened to the whole matter and concerns a letter: what can happen to it, and not before it came."""
    kind = kind_of(letter)
    return [
        fact
        for fact in facts
        if fact.event.type in kind.happenings and fact.event.of_matter and fact.on >= kind.earliest(letter, fact.event)
    ]
