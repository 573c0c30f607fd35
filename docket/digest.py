"""每日提醒: one digest a person a working day of the notices that press on nobody."""

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from itertools import groupby
from typing import NamedTuple

from sqlmodel import Session, col, select

from docket.absence import deputies
from docket.delivery import expect
from docket.directory import agency_names, on_whose_behalf, reach, recipients
from docket.lists import OPEN
from docket.tables import WAITS, DeliveryRow, DutyRow, LetterRow, NoticeRow, PersonRow
from docket.upsert import insert_new
from rules.counting.calendar import Calendar
from rules.counting.clock import OfficeHours, local_date
from rules.notices import DIGEST, NoticeKind
from rules.wording import digest_message


class Digest(NamedTuple):
    """One digest that is still to go out, and when."""

    key: str
    send_at: datetime


def make_digests(
    session: Session, now: datetime, office: OfficeHours, calendar: Calendar, channels: Collection[str]
) -> list[Digest]:
    """Fold what waits into one digest a person, once a working day; give those of today that are still to go out.

    Outside office hours there are none: what waits goes into the next working day's.
    """
    if not office.is_open(now, calendar):
        return []
    day = local_date(now)
    standing_in = deputies(session, day)
    _hand_over(session, now, standing_in, channels)
    query = (
        select(NoticeRow, PersonRow)
        .join(PersonRow, col(PersonRow.id) == col(NoticeRow.person))
        .where(NoticeRow.digest == WAITS, col(NoticeRow.send_at) <= now, PersonRow.active)
        .order_by(PersonRow.id, col(NoticeRow.send_at), NoticeRow.key)
        .with_for_update(of=NoticeRow)
    )
    for _, group in groupby(session.exec(query).all(), key=lambda pair: pair[1].id):
        pairs = list(group)
        person = pairs[0][1]
        if person.id not in standing_in:
            _fold(
                session, f"{DIGEST}:{day}:{person.id}", person, [notice for notice, _ in pairs], now, office, channels
            )
    unsent = (
        select(NoticeRow.key, NoticeRow.send_at)
        .join(DeliveryRow)
        .where(DeliveryRow.status == "pending", NoticeRow.kind == DIGEST)
        .where(col(NoticeRow.key).startswith(f"{DIGEST}:{day}:"))
        .distinct()
        .order_by(NoticeRow.key)
    )
    return [Digest(*row) for row in session.exec(unsent)]


def _hand_over(session: Session, now: datetime, standing_in: Mapping[str, str], channels: Collection[str]) -> None:
    """Have others told of what waits for somebody who has left or is away since: whoever would be told of it today.

    Who was told of it already is not told twice; those who are away find it when they are back.
    """
    waiting = (
        select(NoticeRow, PersonRow)
        .join(PersonRow, col(PersonRow.id) == col(NoticeRow.person))
        .where(NoticeRow.digest == WAITS, col(NoticeRow.send_at) <= now)
        .where(col(PersonRow.active).is_(False) | col(PersonRow.id).in_(standing_in))
        .order_by(NoticeRow.key)
        .with_for_update(of=NoticeRow)
    )
    rows: list[NoticeRow] = []
    for notice, person in session.exec(waiting).all():
        if not person.active:
            notice.digest = None
            session.add(notice)
        if notice.read_at is None:
            rows += _for_others(session, notice, now, channels)
    insert_new(session, rows)


def _for_others(session: Session, notice: NoticeRow, now: datetime, channels: Collection[str]) -> list[NoticeRow]:
    """Write a notice once more for each of those who would be told of it now."""
    names = agency_names(session, [notice.address.partition(":")[2]])
    rows = []
    for recipient in recipients(session, notice.address, local_date(now)):
        behalf = on_whose_behalf(recipient, notice.address, names)
        subject = notice.subject if notice.subject.startswith(behalf) else behalf + notice.subject
        key = f"{notice.key.removesuffix(f':{notice.person}')}:{recipient.person or '-'}"
        changed = {
            "key": key, "person": recipient.person, "subject": subject, "created_at": now,
            "digest": None if recipient.channels.keys().isdisjoint(channels) else WAITS,
        }  # fmt: skip
        rows.append(NoticeRow(**(notice.model_dump() | changed)))
    return rows


def _fold(
    session: Session,
    key: str,
    person: PersonRow,
    notices: list[NoticeRow],
    now: datetime,
    office: OfficeHours,
    channels: Collection[str],
) -> None:
    """Make one person's digest of what is still news; whatever was read, or was done meanwhile, needs no sending."""
    if session.get(NoticeRow, key) is not None:
        # Today's has been made; what has come since waits for the next working day.
        return
    done = _done(session, notices)
    news = [each for each in notices if each.read_at is None and each.key not in done]
    for notice in notices:
        notice.digest = key if notice in news else None
        session.add(notice)
    if not news:
        return
    words = digest_message(local_date(now), [(each.subject, each.body) for each in news])
    # The person's inbox has the notices themselves, so the digest is read from the beginning.
    row = NoticeRow(
        key=key, letter_id=None, address=f"person:{person.id}", person=person.id, kind=DIGEST, status="sent",
        late=any(each.late for each in news), scheduled=office.digests(local_date(now)),
        send_at=max(now, office.digest(local_date(now), key)), created_at=now, subject=words.subject, body=words.body,
        duties=[], read_at=now,
    )  # fmt: skip
    insert_new(session, [row])
    expect(session, {key: reach(person)}, channels)


def _done(session: Session, notices: Iterable[NoticeRow]) -> set[str]:
    """Name the reminders of which nothing is owed any more."""
    reminders = [each for each in notices if each.kind == NoticeKind.REMINDER]
    letters = {each.letter_id for each in reminders}
    owed = set(
        session.exec(
            select(DutyRow.letter_id, DutyRow.key).where(
                col(DutyRow.letter_id).in_(letters), col(DutyRow.state).in_(OPEN)
            )
        )
    )
    voided = set(session.exec(select(LetterRow.id).where(col(LetterRow.id).in_(letters), LetterRow.voided)))
    return {
        each.key
        for each in reminders
        if each.letter_id in voided or not any((each.letter_id, duty) in owed for duty in each.duties)
    }
