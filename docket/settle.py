"""Settling a step: state, letters, duties, events, rungs and notices of one dossier in one transaction.

The docket's row is the point of decision. A step that is settled already is not written again, and its caller gets
back what was settled; an older snapshot never overwrites a newer one.
"""

from collections.abc import Mapping, Sequence, Set
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import delete
from sqlmodel import Session, col, select

from docket.about import about, duty_of, open_duties
from docket.delivery import expect
from docket.directory import agency_names
from docket.recipients import Recipient, on_whose_behalf, recipients
from docket.rows import dossier_row, duty_rows, event_rows, letter_rows, link_rows, rung_rows
from docket.seal import seal, seal_first
from docket.slips import number_slips
from docket.tables import WAITS, ActRow, DeliveryRow, DossierRow, DutyAgencyRow, DutyRow, NoticeRow
from docket.upsert import insert, insert_missing, insert_new, upsert
from rules.counting.clock import local_date
from rules.dossier.letter import letters_of
from rules.dossier.state import Dossier, Outcome
from rules.duties.duty import DutyState
from rules.telling.notices import Notice, NoticeKind
from rules.telling.wording import Message, message


class Settled(NamedTuple):
    """What the docket holds after a settle: the state, and the notices with e-mails still to go out, and when.

    `taken_over` says that the docket was there already: its state is another one than the step's.
    """

    state: Dossier
    deliveries: tuple[str, ...]
    send_at: datetime
    taken_over: bool = False


def settle(
    session: Session,
    outcome: Outcome,
    step: str,
    now: datetime,
    outside: Set[str],
    slip_prefix: str,
    act: ActRow | None = None,
) -> Settled:
    """Write one step of a dossier, unless the docket is already there; return what the docket holds.

    `outside` names the channels that there are; 督办单 are numbered behind `slip_prefix`; `act` is what somebody did
    that the step is about, and stands in the record if and only if the step does.
    """
    state = outcome.state
    # The first step of a dossier has no row to lock, so its insert decides between two attempts at once.
    written = dossier_row(state, step)
    new = bool(insert_new(session, [written]))
    if not new:
        row = session.exec(select(DossierRow).where(DossierRow.id == state.id).with_for_update()).one()
        if row.version >= state.version:
            stored = Dossier.model_validate(row.state)
            waiting = still_to_go(session, f"{state.id}#{row.version}:")
            return settled(session, stored, waiting, now)._replace(taken_over=row.version > state.version)
        upsert(session, [written])
    if act is not None:
        insert(session, act)
    write_parts(session, state, new=new)
    _withdraw(session, state, outcome.withdrawn, now)
    deliveries = _write_notices(session, state, outcome.notices, now, outside, slip_prefix)
    return settled(session, state, deliveries, now)


def write_parts(session: Session, state: Dossier, *, new: bool = False) -> None:
    """Write what a dossier's state says beside the dossier itself: letters, duties, events and rungs."""
    upsert(session, letter_rows(state))
    if not new:
        _remove_duties(session, state)
    upsert(session, duty_rows(state))
    insert_missing(session, link_rows(state))
    events = event_rows(state)
    if new:
        seal_first(events)
    if insert_new(session, events) and not new:
        seal(session, state.id)
    insert_missing(session, rung_rows(state))


def settled(session: Session, state: Dossier, deliveries: tuple[str, ...], now: datetime) -> Settled:
    """Return what is there, with the notices that are to go out and the instant by which they all may."""
    instants = session.exec(select(NoticeRow.send_at).where(col(NoticeRow.key).in_(deliveries))) if deliveries else ()
    return Settled(state, deliveries, max(instants, default=now))


def _remove_duties(session: Session, state: Dossier) -> None:
    """Remove the duties that are not there any more, and which agencies the others concern."""
    ids = [duty.id for duty in state.duties]
    session.execute(delete(DutyAgencyRow).where(col(DutyAgencyRow.dossier_id) == state.id))
    session.execute(delete(DutyRow).where(col(DutyRow.dossier_id) == state.id, col(DutyRow.id).not_in(ids)))


def _withdraw(session: Session, state: Dossier, moot: Sequence[str], now: datetime) -> None:
    """Take back drafts that nobody has sent and of which nothing is true any more."""
    if not moot:
        return
    unsent = select(NoticeRow).where(about(session, [state.id]), NoticeRow.status == "draft")
    drafts = session.exec(unsent.order_by(NoticeRow.key).with_for_update()).all()
    said = [draft for draft in drafts if not set(moot).isdisjoint(draft.duties)]
    owed = open_duties(session, said)
    for draft in said:
        left = [owed.get(duty_of(draft.dossier_id, duty)) for duty in draft.duties if duty not in moot]
        overdue = draft.kind == NoticeKind.OVERDUE
        if not any(row is not None and (not overdue or _overdue(row, now)) for row in left):
            draft.status = "withdrawn"
            session.add(draft)


def _write_notices(
    session: Session,
    state: Dossier,
    notices: Sequence[Notice],
    now: datetime,
    outside: Set[str],
    slip_prefix: str,
) -> tuple[str, ...]:
    """Write a step's notices, one a person; return those that are to go out by themselves."""
    if not notices:
        return ()
    letters = {each.letter_id: each.current_letter for each in letters_of(state)}
    concerned = {each.agency for letter in letters.values() for each in letter.agencies}
    names = agency_names(session, concerned)
    rows: list[NoticeRow] = []
    targets: dict[str, Mapping[str, str]] = {}
    levels: dict[str, int] = {}
    for notice in notices:
        words = message(notice, letters, state.name, names)
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
            _replace_drafts(session, state.id, notice)
    added = {str(key) for (key,) in insert_new(session, rows)}
    number_slips(session, {key: level for key, level in levels.items() if key in added}, slip_prefix, now)
    return tuple(expect(session, {key: each for key, each in targets.items() if key in added}, outside))


def _overdue(duty: DutyRow, now: datetime) -> bool:
    return duty.state == DutyState.OPEN and duty.due_at is not None and now >= duty.due_at


def _replace_drafts(session: Session, dossier: str, notice: Notice) -> None:
    """Take back unsent drafts to the same leader about what a new draft says more pressingly."""
    unsent = select(NoticeRow).where(
        NoticeRow.dossier_id == dossier, NoticeRow.status == "draft", NoticeRow.address == notice.to
    )
    said = {item.id for item in notice.items}
    for draft in session.exec(unsent.with_for_update()).all():
        if set(draft.duties) <= said:
            draft.status = "withdrawn"
            session.add(draft)


def _notice_row(
    state: Dossier, notice: Notice, words: Message, recipient: Recipient, names: Mapping[str, str], now: datetime
) -> NoticeRow:
    return NoticeRow(
        key=f"{notice.key}:{recipient.person or '-'}",
        dossier_id=state.id,
        letter_id=notice.items[0].letter or None,
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
        duties=[item.id for item in notice.items],
        due=min((item.due for item in notice.items if item.due), default=None),
    )


def still_to_go(session: Session, prefix: str) -> tuple[str, ...]:
    """Return the notices, whose keys begin so, that are still to go out."""
    pending = select(DeliveryRow.notice_key).where(
        DeliveryRow.status == "pending", col(DeliveryRow.notice_key).startswith(prefix, autoescape=True)
    )
    return tuple(session.exec(pending))
