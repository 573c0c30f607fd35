"""收件箱与待发稿: notices as their readers find them, and drafts as somebody sends or discards them."""

from collections.abc import Collection
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, func
from sqlmodel import Session, col, select, update

from docket.about import about, duty_of, names_of, spoken_of
from docket.absence import deputies
from docket.acts import Actor, log
from docket.delivery import expect
from docket.reads import notice_line
from docket.recipients import key_for, reach
from docket.slips import keep_paper, slips_of
from docket.tables import WAITS, DeliveryRow, DossierRow, DutyRow, LetterRow, NoticeRow, PersonRow, SlipRow
from docket.upsert import insert_missing
from rules.counting.clock import local_date
from rules.errors import Refused
from rules.telling.notices import DIGEST
from rules.texts import text


def _arrived(person: str, now: datetime) -> list[ColumnElement[bool]]:
    """Say in SQL which notices lie in a person's inbox; one that waits for office hours does not yet."""
    return [
        col(NoticeRow.person) == person,
        col(NoticeRow.status) == "sent",
        col(NoticeRow.send_at) <= now,
        # A digest is the mail about these notices and no notice of its own.
        col(NoticeRow.kind) != DIGEST,
    ]


_LONGEST_REASON = 400
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


class Draft(NamedTuple):
    """One draft with its evidence: the duties it is about, and every notice sent on them, to whom and when.

    What is overdue makes it a numbered 督办单, `slip`.
    """

    line: dict[str, Any]
    slip: SlipRow | None
    duties: list[DutyRow]
    sent: list[dict[str, Any]]


def drafts(session: Session, offset: int = 0, limit: int = 20) -> list[Draft]:
    """List what waits for somebody to send it, the oldest first, with the evidence."""
    query = (
        select(NoticeRow, DossierRow.name, func.coalesce(func.nullif(LetterRow.title, ""), DossierRow.title))
        .add_columns(col(LetterRow.short), col(PersonRow.name))
        .join(DossierRow, col(NoticeRow.dossier_id) == col(DossierRow.id))
        .join(LetterRow, col(NoticeRow.letter_id) == col(LetterRow.id), isouter=True)
        .where(col(NoticeRow.status) == "draft")
        .join(PersonRow, col(PersonRow.id) == col(NoticeRow.person), isouter=True)
        .order_by(col(NoticeRow.created_at), NoticeRow.key)
        .offset(offset)
        .limit(limit)
    )
    found = []
    for row, matter, title, short, name in session.execute(query):
        of = {"short": short, "matter": matter, "title": title, "name": name}
        found.append((row, notice_line(row) | of))
    # A letter that a draft speaks of may have been moved to another matter since.
    of_them = spoken_of(session, (row for row, _ in found))
    duties = session.exec(select(DutyRow).where(of_them).order_by(col(DutyRow.position))).all()
    matters = {row.dossier_id or "" for row, _ in found} | {duty.dossier_id for duty in duties}
    sent = session.exec(
        select(NoticeRow, PersonRow.name)
        .join(PersonRow, col(PersonRow.id) == col(NoticeRow.person), isouter=True)
        .where(about(session, matters), NoticeRow.status == "sent")
        .order_by(col(NoticeRow.created_at), NoticeRow.key)
    ).all()
    numbered = slips_of(session, [line["key"] for _, line in found])
    return [
        Draft(
            line,
            numbered.get(line["key"]),
            [duty for duty in duties if duty_of(duty.dossier_id, duty.id) in names_of(draft)],
            [notice_line(row) | {"name": name} for row, name in sent if not names_of(draft).isdisjoint(names_of(row))],
        )
        for draft, line in found
    ]


def count_drafts(session: Session) -> int:
    """Count what waits for somebody to send it."""
    return session.exec(select(func.count()).select_from(NoticeRow).where(NoticeRow.status == "draft")).one()


def draft(session: Session, key: str) -> NoticeRow:
    """Return one draft for somebody to decide on; one that was decided, or has become moot, is refused."""
    row = session.get(NoticeRow, key, with_for_update=True, populate_existing=True)
    if row is None:
        raise Refused("draft", "draft_unknown", draft=key)
    if row.status != "draft":
        raise Refused("draft", "draft_decided", status=row.status)
    return row


class Sending(NamedTuple):
    """A draft that was sent: whether only now, and the notices that are still to be handed over to channels."""

    notice: NoticeRow
    first: bool
    deliveries: list[str]


def send_draft(
    session: Session, key: str, by: str, now: datetime, send_at: datetime, outside: Collection[str]
) -> Sending:
    """Put a draft into its addressee's inbox at an instant, and into that of the deputy of one who is away.

    One that was sent, and that a channel still waits for, gives that again.
    """
    known = session.get(NoticeRow, key)
    if known is not None and known.status == "sent" and known.decided_by:
        copies = select(NoticeRow.key)
        copies = copies.where(NoticeRow.dossier_id == known.dossier_id, NoticeRow.address == known.address)
        copies = copies.where(NoticeRow.decided_at == known.decided_at)
        waiting = select(DeliveryRow.notice_key).where(DeliveryRow.status == "pending")
        left = session.exec(waiting.where(col(DeliveryRow.notice_key).in_(copies))).all()
        if left:
            return Sending(known, False, sorted(set(left)))
    row = draft(session, key)
    person = session.get(PersonRow, row.person) if row.person else None
    if person is None or not person.active:
        raise Refused("draft", "draft_to_nobody", person=person.name if person else "—")
    keep_paper(session, row, now)
    row.status, row.decided_at, row.decided_by, row.send_at = "sent", now, by, send_at
    session.add(row)
    deputy = deputies(session, local_date(send_at)).get(person.id)
    if deputy is None:
        return Sending(row, True, expect(session, {key: reach(person)}, outside))
    words = {"subject": text("notice.for_absent", name=person.name) + row.subject, "person": deputy, "read_at": None}
    copy = NoticeRow(**(row.model_dump() | words | {"key": key_for(key, person.id, deputy)}))
    # The absent find in their first digest what their deputy is told at once.
    row.digest = None if reach(person).keys().isdisjoint(outside) else WAITS
    own = session.get(NoticeRow, copy.key)
    if own is not None and own.status in ("draft", "sent"):
        # A deputy to whom the same draft goes anyway gets it as their own.
        return Sending(row, True, [])
    if own is not None:
        copy.key = f"{key}:{deputy}"
    insert_missing(session, [copy])
    told = {copy.key: reach(session.get_one(PersonRow, deputy))}
    return Sending(row, True, expect(session, told, outside))


def discard_draft(session: Session, key: str, actor: Actor, reason: str, now: datetime) -> None:
    """Discard a draft, for a reason."""
    if not reason.strip():
        raise Refused("reason", "missing")
    if len(reason) > _LONGEST_REASON:
        raise Refused("reason", "too_long", limit=_LONGEST_REASON)
    row = draft(session, key)
    keep_paper(session, row, now)
    row.status, row.decided_at, row.decided_by, row.reason = "discarded", now, actor.person, reason.strip()
    session.add(row)
    new = {"subject": row.subject, "reason": row.reason}
    log(session, actor, now, "discard", row.about, {"status": "draft"}, new)


def failed_deliveries(session: Session) -> int:
    """Count the deliveries that were tried and that no channel has taken, those tried again among them."""
    tried = col(DeliveryRow.status).in_(("failed", "pending")) & (col(DeliveryRow.attempts) > 0)
    return session.exec(select(func.count()).select_from(DeliveryRow).where(tried)).one()
