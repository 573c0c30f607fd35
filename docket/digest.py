"""每日提醒: one digest a person a working day, of the notices that wait for it."""

from collections.abc import Collection, Iterable, Mapping
from datetime import date, datetime
from itertools import groupby
from typing import NamedTuple

from sqlalchemy import ColumnElement, func, or_
from sqlmodel import Session, col, select

from docket.about import duty_of, open_duties
from docket.absence import deputies
from docket.delivery import expect
from docket.directory import agency_names
from docket.recipients import key_for, on_whose_behalf, reach, recipients
from docket.tables import WAITS, DeliveryRow, DutyRow, NoticeRow, PersonRow
from docket.upsert import insert_missing
from rules.counting.calendar import Calendar
from rules.counting.clock import OfficeHours, local_date
from rules.telling.delivery import can_wait
from rules.telling.notices import DIGEST, NoticeKind
from rules.telling.wording import digest_message


class Digest(NamedTuple):
    """One digest that is still to go out, and when."""

    key: str
    send_at: datetime


class _Run(NamedTuple):
    """One making of digests: when, by which hours and days, and through which channels they can go."""

    now: datetime
    office: OfficeHours
    calendar: Calendar
    channels: Collection[str]


def make_digests(
    session: Session, now: datetime, office: OfficeHours, calendar: Calendar, channels: Collection[str]
) -> list[Digest]:
    """Fold what waits into one digest a person a working day; return those of today that are still to go out.

    Before their instant and outside office hours there are none. What comes later than it waits for the next working
    day's, but for what would then be too late: of that, made again later in the day, there is one more digest.
    """
    day = local_date(now)
    if now < office.digests(day) or not office.is_open(now, calendar):
        return []
    run = _Run(now, office, calendar, channels)
    standing_in = deputies(session, day)
    _hand_over(session, run, standing_in)
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
            _fold(session, run, person, [notice for notice, _ in pairs])
    unsent = (
        select(NoticeRow.key, NoticeRow.send_at)
        .join(DeliveryRow)
        .where(DeliveryRow.status == "pending", NoticeRow.kind == DIGEST)
        .where(col(NoticeRow.key).startswith(f"{DIGEST}:{day}:"))
        .distinct()
        .order_by(NoticeRow.key)
    )
    return [Digest(*row) for row in session.exec(unsent)]


def _hand_over(session: Session, run: _Run, standing_in: Mapping[str, str]) -> None:
    """Hand what waits for somebody who has left, or is away since, to whoever would be told of it today.

    Who was told of it already is not told twice; those who are away find it when they are back.
    """
    waiting = (
        select(NoticeRow, PersonRow)
        .join(PersonRow, col(PersonRow.id) == col(NoticeRow.person))
        .where(NoticeRow.digest == WAITS, col(NoticeRow.send_at) <= run.now)
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
            rows += _for_others(session, run, notice)
    insert_missing(session, rows)


def _for_others(session: Session, run: _Run, notice: NoticeRow) -> list[NoticeRow]:
    """Write a notice once more for each of those who would be told of it now."""
    names = agency_names(session, [notice.address.partition(":")[2]])
    rows = []
    for recipient in recipients(session, notice.address, local_date(run.now)):
        behalf = on_whose_behalf(recipient, notice.address, names)
        subject = notice.subject if notice.subject.startswith(behalf) else behalf + notice.subject
        key = key_for(notice.key, notice.person, recipient.person)
        changed = {
            "key": key, "person": recipient.person, "subject": subject, "created_at": run.now,
            "digest": None if recipient.channels.keys().isdisjoint(run.channels) else WAITS,
        }  # fmt: skip
        rows.append(NoticeRow(**(notice.model_dump() | changed)))
    return rows


def _fold(session: Session, run: _Run, person: PersonRow, notices: list[NoticeRow]) -> None:
    """Make one person's digest of what is still news; whatever was read, or was done meanwhile, needs no sending."""
    day = local_date(run.now)
    stem = f"{DIGEST}:{day}:{person.id}"
    made = session.exec(select(func.count()).where(_one_of(stem))).one()
    owed = open_duties(session, notices)
    pressing = _pressing(notices, owed, run.office.next_digest(run.now, run.calendar))
    due = [each for each in notices if each.key in pressing or (not made and each.send_at <= run.office.digests(day))]
    news = [each for each in due if each.read_at is None and _still(each, owed)]
    key = f"{stem}:{made + 1}" if made else stem
    for notice in due:
        notice.digest = key if notice in news else None
        session.add(notice)
    if not news:
        return
    words = digest_message(day, [(each.subject, each.body) for each in sorted(news, key=_most_pressing_first)])
    # The person's inbox has the notices themselves, so the digest is read from the beginning.
    row = NoticeRow(
        key=key, dossier_id=None, letter_id=None, address=f"person:{person.id}", person=person.id, kind=DIGEST,
        status="sent",
        late=any(each.late for each in news), scheduled=run.office.digests(day),
        send_at=max(run.now, run.office.digest(day, key)), created_at=run.now, subject=words.subject, body=words.body,
        duties=[], read_at=run.now,
    )  # fmt: skip
    insert_missing(session, [row])
    expect(session, {key: reach(person)}, run.channels)


def _most_pressing_first(notice: NoticeRow) -> tuple[int, date, str]:
    return -list(NoticeKind).index(NoticeKind(notice.kind)), notice.due or date.max, notice.key


def _one_of(stem: str) -> ColumnElement[bool]:
    """Say in SQL that a notice is one of a person's digests of a day."""
    return or_(col(NoticeRow.key) == stem, col(NoticeRow.key).startswith(f"{stem}:", autoescape=True))


_Owed = Mapping[tuple[str, str], DutyRow]
"""The open duties that notices are about, by the names that they have among all matters'."""


def _still(notice: NoticeRow, owed: _Owed) -> bool:
    """Tell whether a notice is still news: a reminder is not once nothing is owed any more of what it reminds of."""
    return notice.kind != NoticeKind.REMINDER or bool(_open_of(notice, owed))


def _pressing(notices: Iterable[NoticeRow], owed: _Owed, digest: date) -> set[str]:
    """Name the notices for whose duties the digests of a day would be too late."""
    return {each.key for each in notices if not all(can_wait(due, digest) for due in _open_of(each, owed).values())}


def _open_of(notice: NoticeRow, owed: _Owed) -> Mapping[str, date | None]:
    rows = ((duty, owed.get(duty_of(notice.dossier_id, duty))) for duty in notice.duties)
    return {duty: row.due for duty, row in rows if row is not None}
