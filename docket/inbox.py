"""收件箱: notices as their readers find them."""

from collections.abc import Collection
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, func
from sqlmodel import Session, col, select, update

from docket.reads import notice_line
from docket.tables import DeliveryRow, DossierRow, LetterRow, NoticeRow
from rules.telling.notices import DIGEST


def _arrived(person: str, now: datetime) -> list[ColumnElement[bool]]:
    """Say in SQL which notices lie in a person's inbox; one that waits for office hours does not yet."""
    return [
        col(NoticeRow.person) == person,
        col(NoticeRow.status) == "sent",
        col(NoticeRow.send_at) <= now,
        # A digest is the mail about these notices and no notice of its own.
        col(NoticeRow.kind) != DIGEST,
    ]


MANY = 100
"""Unread notices are counted up to here; every page shows the count, and beyond it nobody reads the number."""


def count_unread(session: Session, person: str, now: datetime) -> int:
    """Count the notices that a person has not read, up to a hundred."""
    unread = select(NoticeRow.key).where(*_arrived(person, now), col(NoticeRow.read_at).is_(None)).limit(MANY)
    return session.exec(select(func.count()).select_from(unread.subquery())).one()


def inbox(
    session: Session, person: str, now: datetime, *, unread: bool, offset: int = 0, limit: int = 50
) -> tuple[list[dict[str, Any]], int]:
    """List a page of a person's notices, the latest first, and how many there are in all."""
    criteria = _arrived(person, now) + ([col(NoticeRow.read_at).is_(None)] if unread else [])
    total = session.exec(select(func.count()).select_from(NoticeRow).where(*criteria)).one()
    query = (
        select(NoticeRow, DossierRow.name, LetterRow.short)
        .join(DossierRow, col(NoticeRow.dossier_id) == col(DossierRow.id))
        # A notice about a case as a whole is of no letter.
        .join(LetterRow, col(NoticeRow.letter_id) == col(LetterRow.id), isouter=True)
        .where(*criteria)
        .order_by(col(NoticeRow.send_at).desc(), NoticeRow.key)
        .offset(offset)
        .limit(limit)
    )
    lines = [
        notice_line(row) | {"matter": matter, "short": short, "read_at": row.read_at}
        for row, matter, short in session.exec(query)
    ]
    return lines, total


def mark(session: Session, person: str, keys: Collection[str], now: datetime | None) -> int:
    """Mark notices of a person's own as read at an instant, or as unread; return how many there were."""
    rows = session.exec(select(NoticeRow).where(col(NoticeRow.key).in_(keys), NoticeRow.person == person)).all()
    for row in rows:
        row.read_at = now
        session.add(row)
    return len(rows)


def mark_all(session: Session, person: str, now: datetime) -> None:
    """Mark everything in a person's inbox as read."""
    unread = [*_arrived(person, now), col(NoticeRow.read_at).is_(None)]
    session.exec(update(NoticeRow).where(*unread).values(read_at=now))


def failed_deliveries(session: Session) -> int:
    """Count the deliveries that were tried and that no channel has taken, those tried again among them."""
    tried = col(DeliveryRow.status).in_(("failed", "pending")) & (col(DeliveryRow.attempts) > 0)
    return session.exec(select(func.count()).select_from(DeliveryRow).where(tried)).one()
