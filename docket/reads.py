"""Reading the docket: matters, their letters and their notices."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import func, or_
from sqlmodel import Session, col, select

from docket.about import about
from docket.tables import DossierRow, LetterRow, NoticeRow, PersonRow
from rules.counting.clock import local
from rules.dossier.letter import LetterState, letter_of
from rules.dossier.state import Dossier
from rules.errors import Refused
from rules.letters.fields import one_spelling
from rules.letters.letter import Letter, matter_id

_LONGEST_REFERENCE = 400
_COURTS = 20


def find_letter(session: Session, reference: str, *, by_part: bool = True) -> LetterState:
    """Find a letter by its id or its short name, or else by an unambiguous part of its id.

    Parts are for those who see every letter: that one is ambiguous says which letters there are.
    """
    _refuse_unless_readable("letter", reference)
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
    return letter_of(dossier(session, row.dossier_id), row.id)


def _refuse_unless_readable(field: str, reference: str) -> None:
    if not reference or len(reference) > _LONGEST_REFERENCE or not reference.isprintable():
        raise Refused(field, f"unknown_{field}", **{field: reference})


def _only(reference: str, rows: Sequence[LetterRow]) -> LetterRow | None:
    """Return the one letter that is meant; several are refused. What was voided as a mistake stands in nobody's way."""
    found = [each for each in rows if not each.voided] or rows
    if len(found) > 1:
        listed = "、".join(f"{each.short}（{each.id}）" for each in found)
        raise Refused("letter", "ambiguous_letter", letter=reference, found=listed)
    return found[0] if found else None


def stored_state(session: Session, identity: str) -> Dossier | None:
    """Return a dossier's state as last settled, if it is there."""
    state = session.exec(select(DossierRow.state).where(DossierRow.id == identity)).first()
    return Dossier.model_validate(state) if state is not None else None


def dossier(session: Session, identity: str) -> Dossier:
    """Return a dossier that is there, as last settled."""
    found = stored_state(session, identity)
    assert found is not None, identity
    return found


def matter_of(session: Session, letter: Letter) -> Dossier | None:
    """Return the matter that a letter names, if it is there."""
    return matter_named(session, letter.county, letter.matter)


def matter_named(session: Session, county: str, name: str) -> Dossier | None:
    """Return a matter by the name that people give it, if it is there."""
    return stored_state(session, matter_id(county, name))


def find_matter(session: Session, reference: str, *, by_part: bool = True) -> Dossier:
    """Find a matter by its id or its name, or else by an unambiguous part of them.

    Parts are for those who see every matter: that one is ambiguous says which matters there are.
    """
    _refuse_unless_readable("matter", reference)
    row = session.get(DossierRow, reference)
    if row is None:
        rows = session.exec(select(DossierRow).where(DossierRow.name == reference)).all()
        if not rows and by_part:
            part = col(DossierRow.id).contains(reference, autoescape=True)
            rows = session.exec(select(DossierRow).where(part).limit(5)).all()
        if len(rows) > 1:
            raise Refused("matter", "ambiguous_matter", matter=reference, found="、".join(each.id for each in rows))
        row = rows[0] if rows else None
    if row is None:
        raise Refused("matter", "unknown_matter", matter=reference)
    return Dossier.model_validate(row.state)


def open_dossiers(session: Session, after: str = "", limit: int = 200) -> list[Dossier]:
    """List open dossiers by id, a page at a time, so that none is left out however many there are."""
    rows = session.exec(
        select(DossierRow)
        .where(col(DossierRow.closed_at).is_(None), DossierRow.id > after)
        .order_by(DossierRow.id)
        .limit(limit)
    )
    return [Dossier.model_validate(row.state) for row in rows]


def notices_of(session: Session, dossier: str, letter: LetterState | None = None) -> list[dict[str, Any]]:
    """List a matter's notices, or those about one of its letters, oldest first, with the names of whom they are for."""
    query = (
        select(NoticeRow, PersonRow.name)
        .join(PersonRow, col(PersonRow.id) == col(NoticeRow.person), isouter=True)
        .where(about(session, [dossier]))
        .order_by(col(NoticeRow.created_at), NoticeRow.key)
    )
    return [
        notice_line(row) | {"name": name}
        for row, name in session.exec(query)
        if letter is None or any(letter.owns(duty) for duty in row.duties)
    ]


def notice_line(row: NoticeRow) -> dict[str, Any]:
    """Return one notice as data."""
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


def count_open(session: Session) -> int:
    """Count the dossiers that are open."""
    query = select(func.count()).select_from(DossierRow).where(col(DossierRow.closed_at).is_(None))
    return session.exec(query).one()


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
    """Return the courts of the letters that are open, the most frequent first."""
    query = select(LetterRow.court).where(col(LetterRow.closed_at).is_(None)).group_by(LetterRow.court)
    return list(session.exec(query.order_by(func.count().desc(), LetterRow.court).limit(_COURTS)))
