"""Reading the docket: letters and their notices."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import func, or_
from sqlmodel import Session, col, select

from docket.tables import LetterRow, NoticeRow, PersonRow
from rules.counting.clock import local
from rules.dossier.state import LetterState
from rules.errors import Refused
from rules.letters.fields import one_spelling
from rules.letters.letter import Letter

_LONGEST_REFERENCE = 400
_COURTS = 20


def find_letter(session: Session, reference: str, *, by_part: bool = True) -> LetterState:
    """Find a letter by its id or its short name, or else by an unambiguous part of its id.

    Parts are for those who see every letter: that one is ambiguous says which letters there are.
    """
    if not reference or len(reference) > _LONGEST_REFERENCE or not reference.isprintable():
        raise Refused("letter", "unknown_letter", letter=reference)
    row = session.get(LetterRow, reference)
    if row is None:
        row = _only(reference, session.exec(select(LetterRow).where(LetterRow.short == reference.lower())).all())
    if row is None and by_part:
        spellings = {reference, one_spelling(reference)}
        parts = [col(LetterRow.id).contains(spelling, autoescape=True) for spelling in spellings]
        parts += [col(LetterRow.number) == spelling for spelling in spellings]
        row = _only(reference, session.exec(select(LetterRow).where(or_(*parts)).limit(5)).all())
    if row is None:
        raise Refused("letter", "unknown_letter", letter=reference)
    return LetterState.model_validate(row.state)


def _only(reference: str, rows: Sequence[LetterRow]) -> LetterRow | None:
    """Give the one letter that is meant; several are refused. What was voided as a mistake stands in nobody's way."""
    found = [each for each in rows if not each.voided] or rows
    if len(found) > 1:
        listed = "、".join(f"{each.short}（{each.id}）" for each in found)
        raise Refused("letter", "ambiguous_letter", letter=reference, found=listed)
    return found[0] if found else None


def letters_of_matter(session: Session, county: str, matter: str) -> list[LetterState]:
    """List the letters of a matter, in the order they were received."""
    rows = session.exec(
        select(LetterRow)
        .where(LetterRow.county == county, LetterRow.matter == matter)
        .order_by(col(LetterRow.received_at), LetterRow.id)
    )
    return [LetterState.model_validate(row.state) for row in rows]


def open_letters(session: Session, after: str = "", limit: int = 500) -> list[LetterState]:
    """List open letters by id, a page at a time, so that none is left out however many there are."""
    rows = session.exec(
        select(LetterRow)
        .where(col(LetterRow.closed_at).is_(None), LetterRow.id > after)
        .order_by(LetterRow.id)
        .limit(limit)
    )
    return [LetterState.model_validate(row.state) for row in rows]


def notices_of(session: Session, letter_id: str) -> list[dict[str, Any]]:
    """List a letter's notices, oldest first, with the names of whom they are for."""
    query = (
        select(NoticeRow, PersonRow.name)
        .join(PersonRow, col(PersonRow.id) == col(NoticeRow.person), isouter=True)
        .where(NoticeRow.letter_id == letter_id)
        .order_by(col(NoticeRow.created_at), NoticeRow.key)
    )
    return [notice_line(row) | {"name": name} for row, name in session.exec(query)]


def notice_line(row: NoticeRow) -> dict[str, Any]:
    """Give one notice as data."""
    return {
        "key": row.key,
        "to": row.address,
        "person": row.person,
        "kind": row.kind,
        "status": row.status,
        "late": row.late,
        "at": local(row.created_at).isoformat(timespec="seconds"),
        "send_at": local(row.send_at).isoformat(timespec="seconds"),
        "subject": row.subject,
        "body": row.body,
        "duties": row.duties,
    }


def count_open_letters(session: Session) -> int:
    """Count the letters that are open."""
    return session.exec(select(func.count()).select_from(LetterRow).where(col(LetterRow.closed_at).is_(None))).one()


def numbered_alike(session: Session, letter: Letter) -> list[str]:
    """Name the letters of other matters that have a letter's number: one court's number belongs to one dispute."""
    if letter.number is None:
        return []
    rows = session.exec(
        select(LetterRow.short, LetterRow.matter)
        .where(LetterRow.county == letter.county, LetterRow.number == letter.number)
        .where(LetterRow.matter != letter.matter, ~col(LetterRow.voided))
        .limit(5)
    )
    return [f"{matter}（{short}）" for short, matter in rows]


def courts(session: Session) -> list[str]:
    """Give the courts of the letters that are open, the most frequent first."""
    query = select(LetterRow.court).where(col(LetterRow.closed_at).is_(None)).group_by(LetterRow.court)
    return list(session.exec(query.order_by(func.count().desc(), LetterRow.court).limit(_COURTS)))
