"""移转、并案 in the docket: both dossiers, and the notices of what goes, in one transaction or not at all."""

from collections.abc import Set
from datetime import datetime

from sqlmodel import Session, col, select, update

from docket.library import books_of, current_calendar, rulebook_in_force, store_rulebook
from docket.rows import dossier_row
from docket.settle import settle, still_to_go, stored_state
from docket.tables import DossierRow, NoticeRow
from docket.upsert import insert_new
from rules.accept.transfers import check_join, check_move
from rules.dossier.core import office_of, opened
from rules.dossier.state import Dossier
from rules.dossier.transfer import Transfer, joined, moved
from rules.errors import Refused

STEP = "transfer"
"""How the docket names the step by which letters came or went."""


def transfer(
    session: Session,
    source: str,
    target: str,
    letter: str | None,
    reason: str,
    now: datetime,
    by: str,
    outside: Set[str],
) -> tuple[Dossier, tuple[str, ...], datetime]:
    """Move one letter, or join the whole source to the target; return the target, and the notices to send, and when.

    A letter may go to a matter that is not there yet. What was done already is not done again.
    """
    known = _locked(session, source, target)
    leaving, taking = known.get(source), known.get(target)
    if leaving is None or (letter is None and taking is None):
        missing = target if leaving is not None else source
        raise Refused("matter", "unknown_matter", matter=missing.split("/", 2)[2])
    book = rulebook_in_force(session)
    if taking is None:
        store_rulebook(session, book, now)
        taking = opened(target, book.version, now, by)
    if _done(leaving, target, letter):
        waiting = [still_to_go(session, f"{each.id}#{each.version}:") for each in (leaving, taking)]
        return taking, (*waiting[0], *waiting[1]), now
    books = {**books_of(session, leaving), **books_of(session, taking)}
    calendar = current_calendar(session)
    if letter is None:
        check_join(leaving, taking)
        made = joined(leaving, taking, reason, now, by, books, calendar)
    else:
        check_move(leaving, taking, letter)
        made = moved(leaving, taking, letter, reason, now, by, books, calendar)
    insert_new(session, [dossier_row(taking, STEP)])
    _hand_over(session, leaving, made)
    settled = [
        settle(session, each, STEP, now, outside, office_of(each.state, books).slip_prefix)
        for each in (made.source, made.target)
    ]
    deliveries = (*settled[0].deliveries, *settled[1].deliveries)
    return settled[1].state, deliveries, max(each.send_at for each in settled)


def _locked(session: Session, *dossiers: str) -> dict[str, Dossier]:
    """Return the dossiers that are there, locked in the order of their ids: two transfers never wait in a ring."""
    rows = session.exec(
        select(DossierRow).where(col(DossierRow.id).in_(dossiers)).order_by(DossierRow.id).with_for_update()
    ).all()
    found = ((row.id, stored_state(session, row.id)) for row in rows)
    return {name: state for name, state in found if state is not None}


def _done(leaving: Dossier, target: str, letter: str | None) -> bool:
    if letter is None:
        return leaving.joined == target
    return leaving.moved.get(letter) == target


def _hand_over(session: Session, leaving: Dossier, made: Transfer) -> None:
    """Give the notices about the letters that go to the dossier they go to: drafts are sent or withdrawn there."""
    gone = [letter for letter in made.source.state.moved if letter not in leaving.moved]
    session.execute(update(NoticeRow).where(col(NoticeRow.letter_id).in_(gone)).values(dossier_id=made.target.state.id))
