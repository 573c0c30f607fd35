"""收件箱与待发稿: notices as their readers find them, and drafts as somebody sends or discards them."""

from collections.abc import Collection
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, func
from sqlalchemy.orm import defer
from sqlmodel import Session, col, select

from docket.reads import notice_line
from docket.tables import DeliveryRow, DutyRow, LetterRow, NoticeRow, PersonRow
from rules.errors import Refused


def _arrived(person: str, now: datetime) -> list[ColumnElement[bool]]:
    """Say in SQL which notices lie in a person's inbox; one that waits for office hours does not yet."""
    return [col(NoticeRow.person) == person, col(NoticeRow.status) == "sent", col(NoticeRow.send_at) <= now]


def count_unread(session: Session, person: str, now: datetime) -> int:
    """Count the notices that a person has not read."""
    query = select(func.count()).select_from(NoticeRow)
    return session.exec(query.where(*_arrived(person, now), col(NoticeRow.read_at).is_(None))).one()


def inbox(
    session: Session, person: str, now: datetime, *, unread: bool, offset: int = 0, limit: int = 50
) -> tuple[list[dict[str, Any]], int]:
    """List a page of a person's notices, the latest first, and how many there are in all."""
    criteria = _arrived(person, now) + ([col(NoticeRow.read_at).is_(None)] if unread else [])
    total = session.exec(select(func.count()).select_from(NoticeRow).where(*criteria)).one()
    query = (
        select(NoticeRow, LetterRow.short)
        .join(LetterRow)
        .where(*criteria)
        .order_by(col(NoticeRow.send_at).desc(), NoticeRow.key)
        .offset(offset)
        .limit(limit)
    )
    return [notice_line(row) | {"short": short, "read_at": row.read_at} for row, short in session.exec(query)], total


def mark(session: Session, person: str, keys: Collection[str], now: datetime | None) -> int:
    """Mark notices of a person's own as read at an instant, or as unread; give how many there were."""
    rows = session.exec(select(NoticeRow).where(col(NoticeRow.key).in_(keys), NoticeRow.person == person)).all()
    for row in rows:
        row.read_at = now
        session.add(row)
    return len(rows)


def mark_all(session: Session, person: str, now: datetime) -> int:
    """Mark everything in a person's inbox as read."""
    rows = session.exec(select(NoticeRow).where(*_arrived(person, now), col(NoticeRow.read_at).is_(None))).all()
    return mark(session, person, [row.key for row in rows], now)


def drafts(session: Session) -> list[dict[str, Any]]:
    """List what waits for somebody to send it, the oldest first, with its letter and whom it is for."""
    query = (
        select(NoticeRow, LetterRow, PersonRow.name)
        .options(defer(LetterRow.state, raiseload=True))  # type: ignore[arg-type]
        .where(NoticeRow.letter_id == LetterRow.id, NoticeRow.status == "draft")
        .join(PersonRow, col(PersonRow.id) == col(NoticeRow.person), isouter=True)
        .order_by(col(NoticeRow.created_at), NoticeRow.key)
    )
    return [
        notice_line(row) | {"short": letter.short, "matter": letter.matter, "title": letter.title, "name": name}
        for row, letter, name in session.exec(query)
    ]


def count_drafts(session: Session) -> int:
    """Count what waits for somebody to send it."""
    return session.exec(select(func.count()).select_from(NoticeRow).where(NoticeRow.status == "draft")).one()


def evidence(session: Session, letter_id: str, keys: Collection[str]) -> tuple[list[DutyRow], list[dict[str, Any]]]:
    """Give the duties that a draft is about, and every notice that was sent on them, to whom and when."""
    duties = session.exec(
        select(DutyRow)
        .where(DutyRow.letter_id == letter_id, col(DutyRow.key).in_(keys))
        .order_by(col(DutyRow.position))
    ).all()
    sent = session.exec(
        select(NoticeRow, PersonRow.name)
        .join(PersonRow, col(PersonRow.id) == col(NoticeRow.person), isouter=True)
        .where(NoticeRow.letter_id == letter_id, NoticeRow.status == "sent")
        .order_by(col(NoticeRow.created_at), NoticeRow.key)
    ).all()
    wanted = set(keys)
    return list(duties), [notice_line(row) | {"name": name} for row, name in sent if wanted & set(row.duties)]


def draft(session: Session, key: str) -> NoticeRow:
    """Give one draft for somebody to decide on; one that was decided, or has become moot, is refused."""
    row = session.get(NoticeRow, key, with_for_update=True)
    if row is None:
        raise Refused("draft", "draft_unknown", draft=key)
    if row.status != "draft":
        raise Refused("draft", "draft_decided", status=row.status)
    return row


def send_draft(session: Session, key: str, by: str, now: datetime, *, email: bool) -> bool:
    """Put a draft into its addressee's inbox; tell whether an e-mail is to follow."""
    row = draft(session, key)
    row.status, row.decided_at, row.decided_by, row.send_at = "sent", now, by, now
    session.add(row)
    person = session.get(PersonRow, row.person) if row.person else None
    target = person.email if person is not None else None
    if not email or not target:
        return False
    session.add(DeliveryRow(notice_key=key, channel="email", target=target, status="pending"))
    return True


def discard_draft(session: Session, key: str, by: str, reason: str, now: datetime) -> None:
    """Discard a draft, for a reason."""
    if not reason.strip():
        raise Refused("reason", "missing")
    row = draft(session, key)
    row.status, row.decided_at, row.decided_by, row.reason = "discarded", now, by, reason.strip()
    session.add(row)


def failed_deliveries(session: Session) -> int:
    """Count the notices that a channel could not deliver."""
    return session.exec(select(func.count()).select_from(DeliveryRow).where(DeliveryRow.status == "failed")).one()
