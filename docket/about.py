"""提醒 by what they are about: after a transfer one notice may speak of letters that are in several matters."""

from collections.abc import Collection, Iterable

from sqlalchemy import ColumnElement, String, and_, cast, or_
from sqlmodel import Session, col, select

from docket.lists import OPEN
from docket.tables import DutyRow, EventRow, LetterRow, NoticeRow
from rules.duties.duty import key_of
from rules.letters.cases import LetterMoved, MattersJoined

_TRANSFERS = [each.model_fields["type"].default for each in (LetterMoved, MattersJoined)]


def about(session: Session, matters: Collection[str]) -> ColumnElement[bool]:
    """Say in SQL that a notice was written of some matters, or speaks of letters of those that letters left or came to.

    The others are found by an index alone: only where there was a transfer all notices are looked through.
    """
    touched = select(EventRow.dossier_id).where(
        col(EventRow.dossier_id).in_(matters), col(EventRow.type).in_(_TRANSFERS)
    )
    letters = session.exec(select(LetterRow.short).where(col(LetterRow.dossier_id).in_(touched))).all()
    duties = cast(col(NoticeRow.duties), String)
    return or_(
        col(NoticeRow.dossier_id).in_(matters),
        *(duties.contains(f'"{short}/', autoescape=True) for short in letters),
    )


def spoken_of(notices: Iterable[NoticeRow]) -> ColumnElement[bool]:
    """Say in SQL that a duty is one of those that notices are about, in whichever matter its letter is now."""
    every = list(notices)
    return or_(
        and_(col(DutyRow.dossier_id).in_({each.dossier_id for each in every}), col(DutyRow.letter_id).is_(None)),
        and_(
            col(DutyRow.id).in_({duty for each in every for duty in each.duties}), col(DutyRow.letter_id).is_not(None)
        ),
    )


def duty_of(matter: str | None, duty: str) -> tuple[str, str]:
    """Name a duty among all matters': one of a letter by its id alone, which goes with the letter to another matter."""
    return ("" if key_of(duty) != duty else matter or "", duty)


def names_of(notice: NoticeRow) -> set[tuple[str, str]]:
    """Name the duties that a notice is about among all matters'."""
    return {duty_of(notice.dossier_id, duty) for duty in notice.duties}


def open_duties(session: Session, notices: Iterable[NoticeRow]) -> dict[tuple[str, str], DutyRow]:
    """Read what is still owed of what notices are about, by the names that duties have among all matters'."""
    query = select(DutyRow).where(spoken_of(notices), col(DutyRow.state).in_(OPEN))
    rows = session.exec(query.execution_options(populate_existing=True))
    return {duty_of(row.dossier_id, row.id): row for row in rows}
