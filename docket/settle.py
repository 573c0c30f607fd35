"""Settling a step: state, duties, events, rungs and notices of one letter in one transaction.

The docket's row is the point of decision. A step that is settled already is not written again, and its caller gets
back what was settled; an older snapshot never overwrites a newer one.
"""

from collections.abc import Mapping, Sequence, Set
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import delete
from sqlmodel import Session, col, select

from docket.delivery import expect
from docket.directory import Recipient, agency_names, on_whose_behalf, recipients
from docket.seal import seal
from docket.slips import number_slips
from docket.tables import WAITS, DeliveryRow, DutyAgencyRow, DutyRow, EventRow, LetterRow, NoticeRow, RungRow
from docket.upsert import insert_new, upsert
from rules.counting.clock import local_date
from rules.dossier.state import LetterState, Outcome
from rules.letters.letter import search_words, short_id
from rules.telling.notices import Notice, NoticeKind
from rules.telling.wording import Message, message


class Settled(NamedTuple):
    """What the docket holds after a settle: the state, and the notices with e-mails still to go out, and when."""

    state: LetterState
    deliveries: tuple[str, ...]
    send_at: datetime


def settle(
    session: Session, outcome: Outcome, step: str, now: datetime, outside: Set[str], slip_prefix: str
) -> Settled:
    """Write one step of a letter, unless the docket is already there; give what the docket holds.

    `outside` names the channels that there are; 督办单 are numbered behind `slip_prefix`.
    """
    state = outcome.state
    # The first step of a letter has no row to lock, so its insert decides between two attempts at once.
    new = insert_new(session, [letter_row(state, step)])
    if not new:
        row = session.exec(select(LetterRow).where(LetterRow.id == state.letter_id).with_for_update()).one()
        if row.version >= state.version:
            stored = LetterState.model_validate(row.state)
            return _settled(session, stored, _undelivered(session, f"{state.letter_id}#{row.version}:"), now)
        upsert(session, [letter_row(state, step)])
    write_parts(session, state)
    _withdraw(session, state, outcome.withdrawn, now)
    deliveries = _write_notices(session, state, outcome.notices, now, outside, slip_prefix)
    return _settled(session, state, deliveries, now)


def write_parts(session: Session, state: LetterState) -> None:
    """Write what a letter's state says beside the letter itself: duties, events and rungs."""
    _write_duties(session, state)
    if insert_new(session, event_rows(state)):
        seal(session, state.letter_id)
    insert_new(session, _rung_rows(state))


def _settled(session: Session, state: LetterState, deliveries: tuple[str, ...], now: datetime) -> Settled:
    instants = session.exec(select(NoticeRow.send_at).where(col(NoticeRow.key).in_(deliveries))) if deliveries else ()
    return Settled(state, deliveries, max(instants, default=now))


def stored_state(session: Session, letter_id: str) -> LetterState | None:
    """Give a letter's state as last settled."""
    row = session.get(LetterRow, letter_id)
    return LetterState.model_validate(row.state) if row is not None else None


def letter_row(state: LetterState, step: str) -> LetterRow:
    """Give a letter as the docket keeps it, after a step."""
    letter = state.current_letter
    return LetterRow(
        id=state.letter_id,
        short=short_id(state.letter_id),
        kind=letter.kind,
        county=letter.county,
        matter=letter.matter,
        number=letter.number,
        court=letter.court,
        title=letter.title,
        words=search_words(letter, short_id(state.letter_id)),
        received_at=letter.received_at,
        registered_at=state.registered_at,
        registered_by=state.registered_by,
        rulebook=state.rulebook,
        calendar=state.calendar,
        version=state.version,
        step=step,
        closed_at=state.closed_at,
        voided=state.voided,
        next_wake=state.next_wake,
        state=state.model_dump(mode="json"),
    )


def duty_rows(state: LetterState) -> list[DutyRow]:
    """Give the duties of a letter as the docket keeps them."""
    names = DutyRow.model_fields.keys() - {"letter_id", "position"}
    return [
        DutyRow(letter_id=state.letter_id, position=position, **{name: getattr(duty, name) for name in names})
        for position, duty in enumerate(state.duties)
    ]


def _write_duties(session: Session, state: LetterState) -> None:
    links = [
        DutyAgencyRow(letter_id=state.letter_id, key=duty.key, agency=agency)
        for duty in state.duties
        for agency in duty.agencies
    ]
    keys = [duty.key for duty in state.duties]
    session.execute(delete(DutyAgencyRow).where(col(DutyAgencyRow.letter_id) == state.letter_id))
    session.execute(delete(DutyRow).where(col(DutyRow.letter_id) == state.letter_id, col(DutyRow.key).not_in(keys)))
    upsert(session, duty_rows(state))
    insert_new(session, links)


def event_rows(state: LetterState) -> list[EventRow]:
    """Give the events of a letter as the docket keeps them, not yet sealed: what was recorded, and dates that moved."""
    recorded = [
        EventRow(
            letter_id=state.letter_id,
            id=entry.id,
            type=entry.event.type,
            on=entry.event.on,
            at=entry.at,
            by=entry.by,
            agency=getattr(entry.event, "agency", None),
            body=entry.event.model_dump(mode="json"),
        )
        for entry in state.entries
    ]
    moved = [
        EventRow(
            letter_id=state.letter_id,
            id=f"moved:{number}:{move.duty}",
            type="date_moved",
            on=local_date(move.at),
            at=move.at,
            by=move.by,
            agency=None,
            body=move.model_dump(mode="json"),
        )
        for number, move in enumerate(state.moves, start=1)
    ]
    return recorded + moved


def _rung_rows(state: LetterState) -> list[RungRow]:
    return [RungRow(letter_id=state.letter_id, draft=rung.draft, **rung.model_dump()) for rung in state.fired]


def _withdraw(session: Session, state: LetterState, moot: Sequence[str], now: datetime) -> None:
    """Take back drafts that nobody has sent and of which nothing is true any more."""
    if not moot:
        return
    unsent = select(NoticeRow).where(NoticeRow.letter_id == state.letter_id, NoticeRow.status == "draft")
    unsent = unsent.with_for_update()
    still = {duty.key for duty in state.duties if duty.unfinished and duty.key not in moot}
    overdue = {duty.key for duty in state.duties if duty.overdue(now) and duty.key not in moot}
    for draft in session.exec(unsent).all():
        if not set(draft.duties) & (overdue if draft.kind == NoticeKind.OVERDUE else still):
            draft.status = "withdrawn"
            session.add(draft)


def _write_notices(
    session: Session,
    state: LetterState,
    notices: Sequence[Notice],
    now: datetime,
    outside: Set[str],
    slip_prefix: str,
) -> tuple[str, ...]:
    """Write a step's notices, one a person; give those that are to go out by themselves."""
    if not notices:
        return ()
    names = agency_names(session, [each.agency for each in state.current_letter.agencies])
    rows: list[NoticeRow] = []
    targets: dict[str, Mapping[str, str]] = {}
    levels: dict[str, int] = {}
    for notice in notices:
        words = message(notice, state.current_letter, state.letter_id, names)
        for recipient in recipients(session, notice.to, None if notice.draft else local_date(notice.send_at)):
            row = _notice_row(state, notice, words, recipient, names, now)
            rows.append(row)
            if notice.draft:
                if notice.kind is NoticeKind.OVERDUE:
                    levels[row.key] = notice.level
            elif not outside.isdisjoint(recipient.channels):
                # Whoever is away finds in their first digest what their deputy was told at once.
                if notice.digest or recipient.away:
                    row.digest = WAITS
                else:
                    targets[row.key] = recipient.channels
        if notice.draft:
            _replace_drafts(session, state.letter_id, notice)
    added = {str(key) for (key,) in insert_new(session, rows)}
    number_slips(session, {key: level for key, level in levels.items() if key in added}, slip_prefix, now)
    return tuple(expect(session, {key: each for key, each in targets.items() if key in added}, outside))


def _replace_drafts(session: Session, letter_id: str, notice: Notice) -> None:
    """Take back unsent drafts to the same leader about what a new draft says more pressingly."""
    unsent = select(NoticeRow).where(
        NoticeRow.letter_id == letter_id, NoticeRow.status == "draft", NoticeRow.address == notice.to
    )
    said = {item.duty for item in notice.items}
    for draft in session.exec(unsent.with_for_update()).all():
        if set(draft.duties) <= said:
            draft.status = "withdrawn"
            session.add(draft)


def _notice_row(
    state: LetterState, notice: Notice, words: Message, recipient: Recipient, names: Mapping[str, str], now: datetime
) -> NoticeRow:
    return NoticeRow(
        key=f"{notice.key}:{recipient.person or '-'}",
        letter_id=state.letter_id,
        address=notice.to,
        person=recipient.person,
        kind=notice.kind.value,
        status="draft" if notice.draft else "sent",
        late=notice.late,
        scheduled=notice.scheduled,
        send_at=notice.send_at,
        created_at=now,
        subject=on_whose_behalf(recipient, notice.to, names) + words.subject,
        body=words.body,
        duties=[item.duty for item in notice.items],
    )


def _undelivered(session: Session, prefix: str) -> tuple[str, ...]:
    pending = select(DeliveryRow.notice_key).where(
        DeliveryRow.status == "pending", col(DeliveryRow.notice_key).startswith(prefix, autoescape=True)
    )
    return tuple(session.exec(pending))
