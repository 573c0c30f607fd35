"""移转、并案 in the docket: both dossiers, and the notices of what goes, in one transaction or not at all."""

from collections.abc import Set
from datetime import datetime
from typing import NamedTuple

from sqlmodel import Session, col, select, update

from docket.acts import Actor, log
from docket.library import books_of, current_calendar, rulebook_in_force, store_rulebook
from docket.reads import stored_state
from docket.rows import dossier_row
from docket.settle import Settled, settle, settled, still_to_go
from docket.tables import DossierRow, NoticeRow
from docket.upsert import insert_missing
from rules.accept.transfers import check_join, check_move
from rules.counting.calendar import Calendar
from rules.dossier.core import office_of, opened, step
from rules.dossier.situations import Books
from rules.dossier.state import Dossier, Outcome
from rules.dossier.transfer import Transfer, joined, moved
from rules.errors import Refused

STEP = "transfer"
"""How the docket names the step by which letters came or went."""


class Transferred(NamedTuple):
    """Both dossiers as the docket has them by now, the notices with e-mails still to go out, and when."""

    source: Dossier
    target: Dossier
    deliveries: tuple[str, ...]
    send_at: datetime


class _Transaction(NamedTuple):
    """What every step of one transfer is settled with."""

    session: Session
    now: datetime
    outside: Set[str]
    books: Books
    calendar: Calendar

    def settle(self, outcome: Outcome) -> Settled:
        """Settle one step of one dossier."""
        prefix = office_of(outcome.state, self.books).slip_prefix
        return settle(self.session, outcome, STEP, self.now, self.outside, prefix)

    def counted(self, state: Dossier) -> Settled:
        """Count a dossier that a newly loaded calendar has not reached: what it moves has a reason of its own."""
        if state.calendar in ("", self.calendar.version):
            return Settled(state, (), self.now)
        return self.settle(step(state, self.now, self.books, self.calendar))


def transfer(
    session: Session,
    source: str,
    target: str,
    letter: str | None,
    reason: str,
    now: datetime,
    actor: Actor,
    outside: Set[str],
) -> Transferred:
    """Move one letter, or join the whole source to the target.

    A letter may go to a matter that is not there yet. What was done already is not done again.
    """
    leaving, taking = _both(session, source, target, letter, now, actor.person)
    if _done(leaving, target, letter):
        # Since then there may have been other steps, so whatever is still to go out of either goes now.
        return _transferred(
            *(settled(session, each, still_to_go(session, f"{each.id}#"), now) for each in (leaving, taking))
        )
    books = {**books_of(session, leaving), **books_of(session, taking)}
    done = _Transaction(session, now, outside, books, current_calendar(session))
    if letter is None:
        check_join(leaving, taking)
    else:
        check_move(leaving, taking, letter)
    counted = [done.counted(each) for each in (leaving, taking)]
    leaving, taking = (each.state for each in counted)
    if letter is None:
        made = joined(leaving, taking, reason, now, actor.person, books, done.calendar)
    else:
        made = moved(leaving, taking, letter, reason, now, actor.person, books, done.calendar)
    _hand_over(session, leaving, made)
    trace = {"from": leaving.name, "to": taking.name, "reason": reason}
    log(session, actor, now, "join" if letter is None else "move", letter or source, None, trace)
    return _transferred(*counted, done.settle(made.source), done.settle(made.target))


def _both(
    session: Session, source: str, target: str, letter: str | None, now: datetime, by: str
) -> tuple[Dossier, Dossier]:
    """Return both dossiers, locked; the one that a letter goes to is opened if it is not there."""
    known = _locked(session, source, target)
    if source in known and target not in known and letter is not None:
        book = rulebook_in_force(session)
        store_rulebook(session, book, now)
        # Whoever opens it at the same moment is waited for here, and then has opened it first.
        insert_missing(session, [dossier_row(opened(target, book.version, now, by), STEP)])
        known = _locked(session, source, target)
    for each in (source, target):
        if each not in known:
            raise Refused("matter", "unknown_matter", matter=each.split("/", 2)[2])
    return known[source], known[target]


def _locked(session: Session, *dossiers: str) -> dict[str, Dossier]:
    """Return the dossiers that are there, locked in the order of their ids: two transfers never wait in a ring."""
    rows = session.exec(
        select(DossierRow).where(col(DossierRow.id).in_(dossiers)).order_by(DossierRow.id).with_for_update()
    ).all()
    found = ((row.id, stored_state(session, row.id)) for row in rows)
    return {name: state for name, state in found if state is not None}


def _transferred(*steps: Settled) -> Transferred:
    """Put together what came of the steps of a transfer, the last of which are those of the source and the target."""
    return Transferred(
        steps[-2].state, steps[-1].state, tuple(key for each in steps for key in each.deliveries),
        max(each.send_at for each in steps),
    )  # fmt: skip


def _done(leaving: Dossier, target: str, letter: str | None) -> bool:
    if letter is None:
        return leaving.joined == target
    return leaving.moved.get(letter) == target


def _hand_over(session: Session, leaving: Dossier, made: Transfer) -> None:
    """Return the notices about the letters that go to the dossier they go to: drafts are sent or withdrawn there."""
    gone = [letter for letter in made.source.state.moved if letter not in leaving.moved]
    session.execute(update(NoticeRow).where(col(NoticeRow.letter_id).in_(gone)).values(dossier_id=made.target.state.id))
