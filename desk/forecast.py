"""What a letter or an event would lead to: checked and worked out from the docket, and nothing is written."""

from collections.abc import Sequence
from datetime import datetime

from sqlmodel import Session

from docket.directory import agency_names
from docket.library import current_calendar, rulebook, rulebook_in_force
from docket.reads import numbered_alike
from rules.accept.letters import check_letter
from rules.accept.matter import entries_for
from rules.accept.second_look import second_looks
from rules.dossier.core import plan, step
from rules.dossier.matter import window_pairs, window_to_tell, with_earlier_feedback
from rules.dossier.state import LetterState
from rules.letters.events import Entry, Event
from rules.letters.letter import Letter
from rules.letters.looks import Look


def planned(session: Session, letter: Letter, by: str, now: datetime) -> LetterState:
    """Give a letter as it would stand once registered."""
    check_letter(letter, now, agency_names(session))
    return plan(letter, now, by, rulebook_in_force(session), current_calendar(session)).state


def planned_among(
    session: Session, letter: Letter, siblings: Sequence[LetterState], by: str, now: datetime
) -> LetterState:
    """Give a letter as it would stand beside the letters of its matter."""
    return planned(session, with_earlier_feedback(letter, siblings), by, now)


def doubts(session: Session, letter: Letter) -> list[Look]:
    """List what deserves a second look in a letter."""
    return second_looks(letter, current_calendar(session), numbered_alike(session, letter))


def foreseen(
    session: Session, state: LetterState, event: Event, siblings: Sequence[LetterState], by: str, now: datetime
) -> list[tuple[LetterState, LetterState]]:
    """Give each letter that hears of an event, as it stands and as it would stand; the one it is recorded on first.

    The others are those of the matter that the event concerns as well, or that hear of a window it moves.
    """
    known = {each.letter_id: each for each in (state, *siblings)}
    after = dict(known)
    calendar = current_calendar(session)

    def take(letter: str, entry: Entry) -> None:
        book = rulebook(session, after[letter].rulebook)
        after[letter] = step(after[letter], now, book, calendar, entry).state

    for concerned, entry in entries_for(state, event, now, by, agency_names(session), siblings):
        take(concerned.letter_id, entry)
    for told, of in window_pairs(state.letter_id, known):
        telling = window_to_tell(after[told], after[of])
        if telling is not None:
            take(told, Entry(id=telling[0], event=telling[1], at=now, by=by))
    return [(each, after[letter]) for letter, each in known.items() if after[letter] is not each]
