"""移转、并案: letters that go from one dossier to another with all that happened to them, and are counted anew there.

What is moved takes its duties' past along: the dates people were told, the rungs taken, what was judged. So only a date
that the company of other letters changes is told of, with its reason. The dossier it leaves keeps it as a trace.
"""

from collections.abc import Callable, Collection, Iterable, Sequence
from datetime import datetime
from typing import NamedTuple, TypeVar

from rules.counting.calendar import Calendar
from rules.counting.clock import local_date
from rules.dossier.core import step
from rules.dossier.letter import letters_of
from rules.dossier.situations import Books
from rules.dossier.state import Dossier, Outcome
from rules.duties.duty import id_of, key_of
from rules.letters.cases import CaseEvent, LetterMoved, MattersJoined
from rules.letters.events import Entry, event_id

T = TypeVar("T")


class Transfer(NamedTuple):
    """Both dossiers after letters went from one to the other, as outcomes to be settled together."""

    source: Outcome
    target: Outcome


def moved(
    source: Dossier, target: Dossier, letter: str, reason: str, now: datetime, by: str, books: Books, calendar: Calendar
) -> Transfer:
    """Move one letter, with what was recorded of it, from the dossier it is in to another one of the county."""
    said = [
        LetterMoved(on=local_date(now), letter=letter, other=other, direction=direction, reason=reason)
        for direction, other in (("out", target.id), ("in", source.id))
    ]
    return _transferred(source, target, {letter}, said, now, by, books, calendar)


def joined(
    source: Dossier, target: Dossier, reason: str, now: datetime, by: str, books: Books, calendar: Calendar
) -> Transfer:
    """Join a dossier to another one: all its letters and events are in that one from now on."""
    said = [
        MattersJoined(on=local_date(now), other=other, direction=direction, reason=reason)
        for direction, other in (("out", target.id), ("in", source.id))
    ]
    letters = {each.letter_id for each in letters_of(source)}
    shared = [entry for entry in source.entries if not entry.letter]
    first = min(source, target, key=lambda each: (each.opened_at, each.id))
    whole = target.model_copy(
        update={
            "entries": _added(target.entries, shared, lambda entry: entry.id),
            "rulebook": first.rulebook, "opened_at": first.opened_at, "opened_by": first.opened_by,
        }
    )  # fmt: skip
    return _transferred(source.model_copy(update={"joined": target.id}), whole, letters, said, now, by, books, calendar)


def _transferred(
    source: Dossier,
    target: Dossier,
    letters: Collection[str],
    said: Sequence[CaseEvent],
    now: datetime,
    by: str,
    books: Books,
    calendar: Calendar,
) -> Transfer:
    out, into = said

    def stepped(state: Dossier, event: CaseEvent) -> Outcome:
        # A letter may go there, come back and go again: each time is an event of its own.
        entry = Entry(id=event_id(f"{state.id}#{state.version}", event), event=event, at=now, by=by)
        return step(state, now, books, calendar, entry)

    return Transfer(stepped(_left(source, target.id, letters), out), stepped(_taken(source, target, letters), into))


def _left(source: Dossier, target: str, letters: Collection[str]) -> Dossier:
    """Take letters out of a dossier: what they make people owe is no longer its own, so nobody is told of an end.

    What a calendar was kind to goes along: by the time a letter comes back it may have ended.
    """
    return source.model_copy(
        update={
            "moved": {**source.moved, **dict.fromkeys(letters, target)},
            "duties": tuple(duty for duty in source.duties if duty.letter not in letters),
            "grace": {key: day for key, day in source.grace.items() if not _of(letters, key)},
        }
    )


def _taken(source: Dossier, target: Dossier, letters: Collection[str]) -> Dossier:
    """Put letters of one dossier into another, with what was recorded, told and judged of them."""
    arrivals = [each for each in source.letters if each.letter_id in letters]
    entries = [each for each in source.entries if each.letter in letters]
    fired = [rung for rung in source.fired if _of(letters, rung.duty)]
    return target.model_copy(
        update={
            "moved": {letter: other for letter, other in target.moved.items() if letter not in letters},
            "letters": _added(target.letters, arrivals, lambda each: each.letter_id),
            "entries": _added(target.entries, entries, lambda each: each.id),
            "duties": (*target.duties, *(duty for duty in source.duties if duty.letter in letters)),
            "fired": _added(target.fired, fired, lambda each: each.key),
            "moves": _added(target.moves, (move for move in source.moves if _of(letters, move.duty)), repr),
            "since": {**target.since, **{key: at for key, at in source.since.items() if _of(letters, key)}},
            "grace": {**target.grace, **{key: day for key, day in source.grace.items() if _of(letters, key)}},
            "closed": {**target.closed, **{key: at for key, at in source.closed.items() if key in letters}},
        }
    )


def _of(letters: Collection[str], duty: str) -> bool:
    """Tell whether a duty, by its id or by that with the date it has, is owed of one of some letters."""
    identity = duty.partition("|")[0]
    return any(identity == id_of(letter, key_of(identity)) for letter in letters)


def _added(there: tuple[T, ...], more: Iterable[T], name: Callable[[T], str]) -> tuple[T, ...]:
    """Add what is not there yet, by name."""
    known = {name(each) for each in there}
    return (*there, *(each for each in more if name(each) not in known))
