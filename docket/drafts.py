"""待发稿: what lies at the desk until people send it: edited, passed by the bureau's head, sent, taken back, discarded.

Nothing goes to a county leader by itself. A draft of what is overdue is a 督办单: it gets its number and its colour
once it is sent, so that no number is used up by what nobody sent.
"""

from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import func
from sqlmodel import Session, col, select

from docket.about import about, duty_of, names_of, spoken_of
from docket.absence import deputies
from docket.acts import Actor, log
from docket.delivery import expect, take_back
from docket.reads import notice_line
from docket.recipients import key_for, reach
from docket.slips import UNSENT, issue, keep_paper, level_of, slips_of
from docket.tables import WAITS, DeliveryRow, DossierRow, DutyRow, LetterRow, NoticeRow, PersonRow, SlipRow
from rules.counting.clock import local_date
from rules.errors import Refused
from rules.texts import text

_LONGEST_REASON = 400
_LONGEST_SUBJECT = 200
_LONGEST_BODY = 8000
_SHOWN = 20


class Draft(NamedTuple):
    """One draft with its evidence: the duties it is about, and every notice sent on them, to whom and when.

    What is overdue makes it a 督办单, `slip`, which has the level that it would be sent with.
    """

    line: dict[str, Any]
    slip: SlipRow | None
    level: int
    duties: list[DutyRow]
    sent: list[dict[str, Any]]


def drafts(session: Session, offset: int = 0, limit: int = 20) -> list[Draft]:
    """List what waits for somebody to send it, the oldest first, with the evidence."""
    query = (
        select(NoticeRow, DossierRow.name, func.coalesce(func.nullif(LetterRow.title, ""), DossierRow.title))
        .add_columns(col(LetterRow.short), col(PersonRow.name))
        .join(DossierRow, col(NoticeRow.dossier_id) == col(DossierRow.id))
        .join(LetterRow, col(NoticeRow.letter_id) == col(LetterRow.id), isouter=True)
        .where(col(NoticeRow.status).in_(UNSENT))
        .join(PersonRow, col(PersonRow.id) == col(NoticeRow.person), isouter=True)
        .order_by(col(NoticeRow.created_at), NoticeRow.key)
        .offset(offset)
        .limit(limit)
    )
    found = []
    for row, matter, title, short, name in session.execute(query):
        of = {"short": short, "matter": matter, "title": title, "name": name, "copies": row.copies}
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
            level_of(session, draft) if line["key"] in numbered else 0,
            [duty for duty in duties if duty_of(duty.dossier_id, duty.id) in names_of(draft)],
            [notice_line(row) | {"name": name} for row, name in sent if not names_of(draft).isdisjoint(names_of(row))],
        )
        for draft, line in found
    ]


def count_drafts(session: Session, *statuses: str) -> int:
    """Count what waits for somebody to send it, in some of its stages or in all."""
    wanted = col(NoticeRow.status).in_(statuses or UNSENT)
    return session.exec(select(func.count()).select_from(NoticeRow).where(wanted)).one()


def draft(session: Session, key: str) -> NoticeRow:
    """Return one draft for somebody to decide on; one that was decided, or has become moot, is refused."""
    row = session.get(NoticeRow, key, with_for_update=True, populate_existing=True)
    if row is None:
        raise Refused("draft", "draft_unknown")
    if row.status not in UNSENT:
        raise Refused("draft", "draft_decided")
    return row


def edit_draft(session: Session, key: str, subject: str, body: str, actor: Actor, now: datetime) -> None:
    """Put a draft into other words; what was passed must be passed again, unless whoever passes it edits it."""
    row = draft(session, key)
    for field, words, longest in (("subject", subject, _LONGEST_SUBJECT), ("body", body, _LONGEST_BODY)):
        if not words.strip():
            raise Refused(field, "missing")
        if len(words) > longest:
            raise Refused(field, "too_long", limit=longest)
    old = {"subject": row.subject, "body": row.body}
    row.subject, row.body = subject.strip(), body.strip()
    if row.passed_by != actor.person:
        row.status, row.passed_by, row.passed_at = "draft", None, None
    session.add(row)
    log(session, actor, now, "edit", row.about, old, {"subject": row.subject, "body": row.body})


def submit_draft(session: Session, key: str, actor: Actor, now: datetime) -> None:
    """Hand a draft to the bureau's head, who is to pass it."""
    row = draft(session, key)
    if row.status == "passed":
        raise Refused("draft", "draft_passed")
    _moved_on(session, row, "submitted", "submit", actor, now)


def pass_draft(session: Session, key: str, actor: Actor, now: datetime) -> None:
    """Pass a draft: it may be sent as it is."""
    row = draft(session, key)
    row.passed_by, row.passed_at = actor.person, now
    _moved_on(session, row, "passed", "pass", actor, now)


def _moved_on(session: Session, row: NoticeRow, status: str, act: str, actor: Actor, now: datetime) -> None:
    old = {"status": row.status}
    row.status = status
    session.add(row)
    log(session, actor, now, act, row.about, old, {"status": status, "subject": row.subject})


class Sending(NamedTuple):
    """A draft that was sent: whether only now, and the notices that are still to be handed over to channels."""

    notice: NoticeRow
    first: bool
    deliveries: list[str]


def send_draft(
    session: Session, key: str, by: str, now: datetime, send_at: datetime, outside: Collection[str], prefix: str
) -> Sending:
    """Put a draft that was passed into the inbox of each leader it is for at an instant, and of deputies of those away.

    One that was sent, and that a channel still waits for, gives that again. A slip is numbered behind `prefix`.
    """
    known = session.get(NoticeRow, key)
    if known is not None and known.status == "sent" and known.decided_by:
        every = [each.key for each in _copies(session, known)]
        waiting = select(DeliveryRow.notice_key).where(DeliveryRow.status == "pending")
        left = session.exec(waiting.where(col(DeliveryRow.notice_key).in_(every))).all()
        if left:
            return Sending(known, False, sorted(set(left)))
    row = draft(session, key)
    person = session.get(PersonRow, row.person) if row.person else None
    if person is None or not person.active:
        raise Refused("draft", "draft_to_nobody", person=person.name if person else "—")
    if row.status != "passed":
        raise Refused("draft", "draft_not_passed")
    issue(session, row, prefix, now)
    keep_paper(session, row, now)
    row.status, row.decided_at, row.decided_by, row.send_at = "sent", now, by, send_at
    row.digest, row.read_at = None, None
    session.add(row)
    others = [session.get(PersonRow, each) for each in row.copies]
    told = [person, *(each for each in others if each is not None and each.active)]
    return Sending(row, True, expect(session, _handed(session, row, told, send_at, outside), outside))


def _handed(
    session: Session, row: NoticeRow, told: Iterable[PersonRow], send_at: datetime, outside: Collection[str]
) -> dict[str, dict[str, str]]:
    """Lay a sent draft before each reader, and before the deputy of one who is away; return whom channels reach."""
    away, targets = deputies(session, local_date(send_at)), {}
    named = {each.id for each in told}
    for person in told:
        own = row if person.id == row.person else _copy(session, row, person, "")
        deputy = away.get(person.id)
        if deputy is None:
            targets[own.key] = reach(person)
            continue
        # The absent find in their first digest what their deputy is told at once.
        own.digest = None if reach(person).keys().isdisjoint(outside) else WAITS
        session.add(own)
        if deputy not in named:
            named.add(deputy)
            stand_in = session.get_one(PersonRow, deputy)
            copy = _copy(session, row, stand_in, text("notice.for_absent", name=person.name))
            targets[copy.key] = reach(stand_in)
    return targets


def _copy(session: Session, row: NoticeRow, reader: PersonRow, before: str) -> NoticeRow:
    """Lay a copy before another reader; one that was taken back before is sent anew."""
    key = key_for(row.key, row.person, reader.id)
    words = {"key": key, "person": reader.id, "subject": before + row.subject, "copies": []}
    copy = session.get(NoticeRow, key) or NoticeRow(**(row.model_dump() | words))
    copy.subject, copy.body, copy.status = before + row.subject, row.body, "sent"
    copy.send_at, copy.decided_at, copy.decided_by = row.send_at, row.decided_at, row.decided_by
    copy.read_at, copy.digest = None, None
    session.add(copy)
    session.flush()
    return copy


def _copies(session: Session, row: NoticeRow) -> list[NoticeRow]:
    """Return a sent draft and what was laid before others with it."""
    same = select(NoticeRow).where(NoticeRow.dossier_id == row.dossier_id, NoticeRow.address == row.address)
    return list(session.exec(same.where(NoticeRow.decided_at == row.decided_at).order_by(NoticeRow.key)))


def recall_draft(session: Session, key: str, actor: Actor, now: datetime) -> None:
    """Take a sent draft back, until one of those it went to has opened it or a channel has taken it outside."""
    row = session.get(NoticeRow, key, with_for_update=True, populate_existing=True)
    if row is None or row.status != "sent" or row.decided_by is None:
        raise Refused("draft", "draft_not_sent")
    every = _copies(session, row)
    opened = next((each for each in every if each.read_at is not None), None)
    if opened is not None:
        raise Refused("draft", "draft_opened", person=_name(session, opened.person))
    if not take_back(session, [each.key for each in every]):
        raise Refused("draft", "draft_delivered")
    for each in every:
        each.status = "withdrawn"
        session.add(each)
    row.status, row.decided_at, row.decided_by = "passed", None, None
    log(session, actor, now, "recall_draft", row.about, {"status": "sent"}, {"subject": row.subject})


def sent_unopened(session: Session) -> list[dict[str, Any]]:
    """List the slips that were sent and that nobody has opened yet: they can still be taken back."""
    query = (
        select(NoticeRow, SlipRow, PersonRow.name)
        .join(SlipRow, col(SlipRow.notice_key) == col(NoticeRow.key))
        .join(PersonRow, col(PersonRow.id) == col(NoticeRow.person), isouter=True)
        .where(NoticeRow.status == "sent", col(NoticeRow.read_at).is_(None))
        .order_by(col(NoticeRow.decided_at).desc())
        .limit(_SHOWN)
    )
    return [
        notice_line(row) | {"name": name, "number": slip.number, "level": slip.level}
        for row, slip, name in session.exec(query)
    ]  # fmt: skip


def discard_draft(session: Session, key: str, actor: Actor, reason: str, now: datetime) -> None:
    """Discard a draft, for a reason."""
    if not reason.strip():
        raise Refused("reason", "reason_to_discard")
    if len(reason) > _LONGEST_REASON:
        raise Refused("reason", "too_long", limit=_LONGEST_REASON)
    row = draft(session, key)
    old = {"status": row.status}
    keep_paper(session, row, now)
    row.status, row.decided_at, row.decided_by, row.reason = "discarded", now, actor.person, reason.strip()
    session.add(row)
    new = {"subject": row.subject, "reason": row.reason}
    log(session, actor, now, "discard", row.about, old, new)


def _name(session: Session, person: str | None) -> str:
    row = session.get(PersonRow, person) if person else None
    return row.name if row else "—"
