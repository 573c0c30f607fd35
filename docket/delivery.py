"""What is on its way outside, and every attempt at it."""

from datetime import datetime
from typing import Any, NamedTuple

from sqlmodel import Session, col, select

from docket.tables import DeliveryRow, NoticeRow

CHANNEL = "email"


class Parcel(NamedTuple):
    """One message ready to send."""

    key: str
    target: str
    subject: str
    body: str
    created_at: datetime


def pending_parcel(session: Session, notice_key: str) -> Parcel | None:
    """Give a notice that is still to be sent, or None."""
    delivery = session.get(DeliveryRow, (notice_key, CHANNEL))
    notice = session.get(NoticeRow, notice_key)
    if delivery is None or notice is None or delivery.status != "pending":
        return None
    return Parcel(notice_key, delivery.target, notice.subject, notice.body, notice.created_at)


def failures(session: Session, limit: int = 100) -> list[dict[str, Any]]:
    """List what a channel could not deliver, the latest first: whom for, what, how often tried and why not."""
    query = (
        select(DeliveryRow, NoticeRow.subject)
        .join(NoticeRow)
        .where(DeliveryRow.status == "failed")
        .order_by(col(DeliveryRow.tried_at).desc())
        .limit(limit)
    )
    return [
        {
            "tried_at": row.tried_at, "target": row.target, "subject": subject, "attempts": row.attempts,
            "error": row.last_error,
        }
        for row, subject in session.exec(query)
    ]  # fmt: skip


def delivered(session: Session, notice_key: str, now: datetime) -> None:
    """Record that the channel took a notice."""
    row = _row(session, notice_key)
    row.status, row.attempts, row.tried_at, row.sent_at, row.last_error = "sent", row.attempts + 1, now, now, ""


def failed(session: Session, notice_key: str, now: datetime, error: str) -> None:
    """Record an attempt that came to nothing."""
    row = _row(session, notice_key)
    row.attempts, row.tried_at, row.last_error = row.attempts + 1, now, error[:1000]


def given_up(session: Session, notice_key: str, now: datetime) -> None:
    """Record that no further attempt will be made."""
    row = _row(session, notice_key)
    if row.status == "pending":
        row.status, row.tried_at = "failed", now


def _row(session: Session, notice_key: str) -> DeliveryRow:
    row = session.get_one(DeliveryRow, (notice_key, CHANNEL), with_for_update=True)
    session.add(row)
    return row
