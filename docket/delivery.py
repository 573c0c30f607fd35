"""发送: what is on its way outside, and every attempt at it."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from sqlmodel import Session, col, select

from docket.recipients import reach
from docket.tables import WAITS, AttemptRow, DeliveryRow, NoticeRow, PersonRow
from docket.upsert import insert_missing
from rules.errors import Refused
from rules.telling.notices import DIGEST

CLAIM = timedelta(minutes=2)
"""How long an attempt has a channel of a notice to itself; one that was cut off is made again after it."""


class Parcel(NamedTuple):
    """One message ready to send through one channel, for the so many-th time."""

    key: str
    channel: str
    target: str
    subject: str
    body: str
    created_at: datetime
    attempt: int


def expect(session: Session, targets: Mapping[str, Mapping[str, str]], channels: Collection[str]) -> list[str]:
    """Queue notices for those of their readers' channels that there are; return the notices that will go out.

    `targets` has, for each notice, the address in each channel of whoever reads it.
    """
    rows = [
        DeliveryRow(notice_key=key, channel=channel, target=target, status="pending")
        for key, addresses in targets.items()
        for channel, target in addresses.items()
        if channel in channels
    ]
    insert_missing(session, rows)
    return list(dict.fromkeys(row.notice_key for row in rows))


def pending_parcels(session: Session, notice_key: str, now: datetime) -> list[Parcel]:
    """List what of a notice is to be sent by now, one parcel a channel."""
    query = (
        select(DeliveryRow, NoticeRow)
        .join(NoticeRow)
        .where(DeliveryRow.notice_key == notice_key, DeliveryRow.status == "pending")
        .order_by(DeliveryRow.channel)
    )
    return [
        Parcel(
            notice_key, row.channel, row.target, notice.subject, notice.body, notice.created_at, row.attempts + 1
        )
        for row, notice in session.exec(query)
        if row.next_at is None or row.next_at <= now
    ]  # fmt: skip


def next_try(session: Session, notice_key: str) -> datetime | None:
    """Return when the next attempt at a notice is to be made, or None once no channel waits for one."""
    waiting = session.exec(
        select(DeliveryRow.next_at).where(DeliveryRow.notice_key == notice_key, DeliveryRow.status == "pending")
    )
    return min((instant for instant in waiting if instant is not None), default=None)


def postpone(session: Session, notice_key: str, now: datetime, until: datetime) -> None:
    """Postpone a notice's pending deliveries that are due by now."""
    for row in _pending(session, notice_key):
        if row.next_at is None or row.next_at <= now:
            row.next_at = until
            session.add(row)


def begin(session: Session, parcel: Parcel, now: datetime) -> int | None:
    """Claim an attempt for a while and write it down, so that one that is cut off shows; return its number.

    None if somebody else has it, or if whom it was for has left: then the notice waits for the digests to find who is
    to be told instead.
    """
    row = _locked(session, parcel.key, parcel.channel)
    if row is None or row.status != "pending" or (row.next_at is not None and row.next_at > now):
        return None
    session.add(row)
    notice = session.get_one(NoticeRow, parcel.key)
    person = session.get(PersonRow, notice.person) if notice.person else None
    if person is not None and not person.active:
        row.status, row.next_at = "withdrawn", None
        _unfold(session, notice)
        return None
    row.next_at = now + CLAIM
    attempt = AttemptRow(notice_key=parcel.key, channel=parcel.channel, at=now, outcome="begun")
    session.add(attempt)
    session.flush()
    assert attempt.id is not None
    return attempt.id


def finish(
    session: Session, parcel: Parcel, attempt: int, now: datetime, error: str | None, next_at: datetime | None
) -> None:
    """Write down what came of an attempt: the channel took it, or why not and when it is tried again, if ever."""
    row = _locked(session, parcel.key, parcel.channel)
    made = session.get_one(AttemptRow, attempt)
    assert row is not None
    session.add_all((row, made))
    if error is None:
        made.outcome, row.status, row.sent_at, row.last_error = "sent", "sent", now, ""
    else:
        made.outcome, made.error = "failed", error[:1000]
        if row.status != "pending" or row.next_at != made.at + CLAIM:
            # The attempt outlived its claim: another one has settled it since, or is being made.
            return
        row.status, row.last_error = "pending" if next_at is not None else "failed", error[:1000]
    row.attempts, row.tried_at, row.next_at = row.attempts + 1, now, next_at


def resend(session: Session, notice_key: str, channel: str, send_at: datetime) -> DeliveryRow:
    """Start anew a delivery that was given up, at the address that its reader has by now.

    One that waits or was sent is refused.
    """
    row = _locked(session, notice_key, channel)
    if row is None:
        raise Refused("delivery", "delivery_unknown", delivery=f"{notice_key} {channel}")
    if row.status != "failed":
        raise Refused("delivery", "delivery_not_failed", status=row.status)
    person = session.get(PersonRow, session.get_one(NoticeRow, notice_key).person)
    target = reach(person).get(channel) if person is not None and person.active else None
    if target is None:
        raise Refused("delivery", "delivery_no_address", name=person.name if person else "—")
    row.target, row.status, row.attempts, row.next_at = target, "pending", 0, send_at
    session.add(row)
    return row


def _locked(session: Session, notice_key: str, channel: str) -> DeliveryRow | None:
    """Lock a delivery and read it as it is then, not as this transaction may have seen it before."""
    return session.get(DeliveryRow, (notice_key, channel), with_for_update=True, populate_existing=True)


def _pending(session: Session, notice_key: str) -> Sequence[DeliveryRow]:
    pending = select(DeliveryRow).where(DeliveryRow.notice_key == notice_key, DeliveryRow.status == "pending")
    return session.exec(pending.with_for_update()).all()


def _unfold(session: Session, notice: NoticeRow) -> None:
    """Return a notice, or all that a digest carries, to those that wait for a digest."""
    carried = session.exec(select(NoticeRow).where(NoticeRow.digest == notice.key)).all()
    for each in carried if notice.kind == DIGEST else [notice]:
        each.digest = WAITS
        session.add(each)


def undelivered(session: Session, limit: int = 100) -> list[dict[str, Any]]:
    """List what no channel has taken, the latest first: what was given up, then what failed and is tried again."""
    query = (
        select(DeliveryRow, NoticeRow)
        .join(NoticeRow)
        .where(col(DeliveryRow.status).in_(("failed", "pending")), DeliveryRow.attempts > 0)
        .order_by(DeliveryRow.status, col(DeliveryRow.tried_at).desc())
        .limit(limit)
    )
    return [
        {
            "key": row.notice_key, "channel": row.channel, "target": row.target, "status": row.status,
            "person": notice.person, "subject": notice.subject, "attempts": row.attempts, "error": row.last_error,
            "tried_at": row.tried_at, "next_at": row.next_at,
        }
        for row, notice in session.exec(query)
    ]  # fmt: skip


def attempts_at(session: Session, notice_keys: Iterable[str]) -> dict[str, list[dict[str, Any]]]:
    """List every attempt at notices, in order, by the notice's key."""
    query = select(AttemptRow).where(col(AttemptRow.notice_key).in_(list(notice_keys))).order_by(col(AttemptRow.id))
    found: dict[str, list[dict[str, Any]]] = {}
    for row in session.exec(query):
        made = {"channel": row.channel, "at": row.at, "outcome": row.outcome, "error": row.error}
        found.setdefault(row.notice_key, []).append(made)
    return found


def untried(session: Session, before: datetime) -> list[str]:
    """List the notices that should have been tried before an instant and were not."""
    query = (
        select(DeliveryRow, NoticeRow.send_at)
        .join(NoticeRow)
        .where(DeliveryRow.status == "pending")
        .order_by(DeliveryRow.notice_key)
    )
    late = [row.notice_key for row, send_at in session.exec(query) if (row.next_at or send_at) < before]
    return list(dict.fromkeys(late))


def oldest_undelivered(session: Session) -> datetime | None:
    """Return since when the oldest notice waits that a channel should have taken, or None."""
    query = select(NoticeRow.send_at).join(DeliveryRow).where(DeliveryRow.status == "pending")
    return session.exec(query.order_by(col(NoticeRow.send_at)).limit(1)).first()
