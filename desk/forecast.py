"""What a letter or an event would lead to: checked and worked out from the docket, and nothing is written."""

from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple

from sqlmodel import Session

from docket.directory import agency_names
from docket.library import books_of, current_calendar, rulebook_in_force, version_in_force
from docket.reads import dossier, matter_named, matter_of, numbered_alike
from rules.accept.entries import case_entry, entry_for
from rules.accept.letters import check_letter
from rules.accept.papers import refuse_moved, registered_anew
from rules.accept.second_look import second_looks
from rules.accept.transfers import check_join, check_move
from rules.dossier.core import opened, step
from rules.dossier.letter import LetterState, letter_of, letters_of
from rules.dossier.state import Arrival, Dossier, Happening
from rules.dossier.transfer import joined, moved
from rules.errors import Refused
from rules.letters.events import Event
from rules.letters.letter import Letter, letter_id, matter_id
from rules.letters.looks import Look


def planned(session: Session, letter: Letter, by: str, now: datetime) -> LetterState:
    """Return a letter as it would stand once registered, beside the letters of its matter."""
    known = matter_of(session, letter)
    arrival = arriving(session, letter, known, by, now)
    state = known or opened(matter_id(letter.county, letter.matter), arrival.rulebook, now, by)
    return letter_of(_taken(session, state, arrival, now), arrival.letter_id)


def arriving(session: Session, letter: Letter, known: Dossier | None, by: str, now: datetime) -> Arrival:
    """Return a letter as it would be registered; one that can't be is refused."""
    check_letter(letter, now, agency_names(session))
    if known:
        refuse_moved(letter, known)
    letter = registered_anew(letter, letters_of(known) if known else [])
    return Arrival(letter_id=letter_id(letter), letter=letter, rulebook=version_in_force(session), at=now, by=by)


def doubts(session: Session, letter: Letter) -> list[Look]:
    """List what deserves a second look in a letter."""
    return second_looks(letter, current_calendar(session), numbered_alike(session, letter))


def foreseen(
    session: Session, state: LetterState, event: Event, by: str, now: datetime
) -> list[tuple[LetterState, LetterState]]:
    """Return each letter that an event changes, as it stands and as it would stand; the one it is recorded on first."""
    entry = entry_for(state.dossier, state.letter_id, event, now, by, agency_names(session))
    return compared(state.dossier, _taken(session, state.dossier, entry, now), state.letter_id)


def foreseen_of_case(session: Session, state: Dossier, event: Event, by: str, now: datetime) -> Dossier:
    """Return a matter as it would stand once something is recorded of the case itself."""
    return _taken(session, state, case_entry(state, event, now, by, agency_names(session)), now)


class ForeseenTransfer(NamedTuple):
    """What a transfer would lead to: each letter of both matters whose duties would differ, and both matters.

    All are as they stand and as they would stand; a letter that is moved is always among them, and first.
    """

    letters: list[tuple[LetterState, LetterState]]
    source: tuple[Dossier, Dossier]
    target: tuple[Dossier, Dossier]


def foreseen_transfer(
    session: Session, source: str, name: str, letter: str | None, reason: str, by: str, now: datetime
) -> ForeseenTransfer:
    """Work out what moving a letter to a matter, or joining the whole source to it, would lead to."""
    leaving = dossier(session, source)
    known = matter_named(session, leaving.county, name)
    if known is None and letter is None:
        raise Refused("matter", "unknown_matter", matter=name)
    book = rulebook_in_force(session)
    taking = known or opened(matter_id(leaving.county, name), book.version, now, by)
    books = {book.version: book, **books_of(session, leaving), **(books_of(session, taking) if known else {})}
    calendar = current_calendar(session)
    if letter is None:
        check_join(leaving, taking)
        made = joined(leaving, taking, reason, now, by, books, calendar)
    else:
        check_move(leaving, taking, letter)
        made = moved(leaving, taking, letter, reason, now, by, books, calendar)
    after = {each.letter_id: each for each in (*letters_of(made.source.state), *letters_of(made.target.state))}
    pairs = [(each, after[each.letter_id]) for each in (*letters_of(leaving), *letters_of(taking))]
    pairs.sort(key=lambda pair: pair[0].letter_id != letter)
    differing = [pair for pair in pairs if pair[0].letter_id == letter or pair[0].duties != pair[1].duties]
    return ForeseenTransfer(differing, (leaving, made.source.state), (taking, made.target.state))


def compared(before: Dossier, after: Dossier, first: str) -> list[tuple[LetterState, LetterState]]:
    """Return each letter whose duties or events differ between two states of a matter; `first` always, if it is named.

    A letter that was not there before, or is not any more, is none of them.
    """
    named = [first] if first else []
    others = [each.letter_id for each in letters_of(before) if each.letter_id != first]
    pairs = [(letter_of(before, each), letter_of(after, each)) for each in [*named, *_there(others, after)]]
    return [pair for pair in pairs if pair[0].letter_id == first or _differ(*pair)]


def _there(letters: Iterable[str], state: Dossier) -> list[str]:
    here = {each.letter_id for each in state.here}
    return [each for each in letters if each in here]


def _differ(before: LetterState, after: LetterState) -> bool:
    return (before.duties, before.entries) != (after.duties, after.entries)


def _taken(session: Session, state: Dossier, happening: Happening, now: datetime) -> Dossier:
    books = books_of(session, state)
    if isinstance(happening, Arrival):
        book = rulebook_in_force(session)
        books[book.version] = book
    return step(state, now, books, current_calendar(session), happening).state
