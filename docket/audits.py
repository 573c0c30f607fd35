"""核查: the docket's own part of the audit, its mending, and the runs that were made."""

from collections.abc import Iterable, Iterator, Mapping, Set
from datetime import date, datetime, timedelta
from itertools import groupby
from typing import Any, NamedTuple

from sqlalchemy import func
from sqlmodel import Session, col, select

from docket.absence import deputies
from docket.directory import reach
from docket.lists import OPEN
from docket.seal import broken, events
from docket.settle import duty_rows, event_rows, letter_row, stored_state, write_parts
from docket.tables import (
    WAITS,
    AccountRow,
    AgencyRow,
    AuditRow,
    DutyAgencyRow,
    DutyRow,
    EventRow,
    LetterRow,
    NoticeRow,
    PersonRow,
    SlipRow,
)
from docket.upsert import upsert
from rules.counting.calendar import Calendar
from rules.counting.clock import OfficeHours, local_date
from rules.letters.events import Entry, event_adapter
from rules.state import LetterState

_PATIENCE = timedelta(days=7)
"""How long a notice may lie unread by somebody who can neither be written to nor sign in."""

_DIGEST_LATE = timedelta(hours=2)
"""How long after its time a digest may still be made: a worker that was away makes it when it is back."""

_KEPT = 400
_LARGEST = 1000
"""Findings that are kept of one run; more than these are counted."""


class Record(NamedTuple):
    """One letter as the docket's tables have it, apart from the state that it was last settled with.

    `dues` has each duty's state and date; `stale` names duties and events that differ from the state.
    """

    state: LetterState
    dues: dict[str, tuple[str, date | None]]
    entries: list[Entry]
    stale: list[str]


def record(session: Session, letter_id: str) -> Record | None:
    """Read one letter's rows."""
    state = stored_state(session, letter_id)
    if state is None:
        return None
    duties = {row.key: row for row in session.exec(select(DutyRow).where(DutyRow.letter_id == letter_id))}
    expected = {row.key: row for row in duty_rows(state)}
    stale = [key for key in expected.keys() | duties.keys() if _differ(expected.get(key), duties.get(key))]
    kept = events(session, letter_id)
    known = {row.id: row for row in kept}
    told = {row.id: row for row in event_rows(state)}
    stale += [key for key in told.keys() | known.keys() if _differ(told.get(key), known.get(key))]
    entries = [
        Entry(id=row.id, event=event_adapter.validate_python(row.body), at=row.at, by=row.by)
        for row in kept
        if row.type != "date_moved"
    ]
    dues = {key: (row.state, row.due) for key, row in duties.items()}
    return Record(state, dues, entries, sorted(stale))


def _differ(one: DutyRow | EventRow | None, other: DutyRow | EventRow | None) -> bool:
    if one is None or other is None:
        return one is not other
    left_out = {"number", "seal"}
    return one.model_dump(exclude=left_out) != other.model_dump(exclude=left_out)


def rebuild(session: Session, state: LetterState) -> None:
    """Write an open letter's rows again from its workflow's state; notices stay as they are, for only they know."""
    upsert(session, [letter_row(state, "rebuilt")])
    write_parts(session, state)
    for row in event_rows(state):
        kept = session.get(EventRow, (row.letter_id, row.id))
        if kept is not None:
            kept.sqlmodel_update(row.model_dump(exclude={"number", "seal"}))
            session.add(kept)


def unreachable(session: Session, outside: Set[str], now: datetime) -> list[tuple[str, str]]:
    """List agencies that owe something and have nobody to tell, and people who let notices lie that nobody can send.

    Each is an id and a name. Somebody with a channel, or an account to sign in with, is reachable.
    """
    owing = (
        select(DutyAgencyRow.agency)
        .join(DutyRow)
        .where(col(DutyRow.state).in_(OPEN), DutyRow.obligor != "bureau")
        .distinct()
    )
    staffed = select(PersonRow.agency).where(PersonRow.active, PersonRow.role == "liaison")
    without = session.exec(
        select(AgencyRow.id, AgencyRow.name)
        .where(col(AgencyRow.id).in_(owing), col(AgencyRow.id).not_in(staffed))
        .order_by(AgencyRow.id)
    )
    unread = (
        select(NoticeRow.person)
        .where(NoticeRow.status == "sent", col(NoticeRow.read_at).is_(None), col(NoticeRow.send_at) < now - _PATIENCE)
        .distinct()
    )
    deaf = session.exec(
        select(PersonRow)
        .where(PersonRow.active, col(PersonRow.id).in_(unread), col(PersonRow.id).not_in(select(AccountRow.person)))
        .order_by(PersonRow.id)
    )
    people = [(each.id, each.name) for each in deaf if outside.isdisjoint(reach(each))]
    return [(id_, name) for id_, name in without] + people


def missing_numbers(session: Session) -> list[str]:
    """List the numbers of 督办单 that were given and are not there any more."""
    years = session.exec(select(SlipRow.year, func.max(SlipRow.serial)).group_by(col(SlipRow.year))).all()
    found = []
    for year, last in years:
        there = set(session.exec(select(SlipRow.serial).where(SlipRow.year == year)))
        found += [f"〔{year}〕{serial}号" for serial in range(1, last + 1) if serial not in there]
    return found


def keep(
    session: Session, at: datetime, ended_at: datetime, letters: int, findings: Iterable[Mapping[str, Any]]
) -> None:
    """Keep what a run found; of very many findings the first, and of runs those of a year."""
    kept = [dict(each) for each in findings][:_LARGEST]
    session.add(AuditRow(at=at, ended_at=ended_at, letters=letters, findings=kept))
    session.flush()
    old = select(AuditRow).order_by(col(AuditRow.id).desc()).offset(_KEPT)
    for row in session.exec(old).all():
        session.delete(row)


def last_audit(session: Session) -> AuditRow | None:
    """Give the last run of the audit, if there was one."""
    return session.exec(select(AuditRow).order_by(col(AuditRow.id).desc()).limit(1)).first()


def open_ids(session: Session) -> list[str]:
    """List the ids of the letters that are open."""
    return list(session.exec(select(LetterRow.id).where(col(LetterRow.closed_at).is_(None)).order_by(LetterRow.id)))


def seal_breaks(session: Session) -> Iterator[tuple[str, str]]:
    """Walk the events of all letters, finished ones too, and name letter and event wherever a seal does not fit."""
    query = select(EventRow).order_by(EventRow.letter_id, col(EventRow.number).nulls_last(), EventRow.id)
    for letter_id, rows in groupby(
        session.exec(query.execution_options(yield_per=1000)), key=lambda row: row.letter_id
    ):
        for event in broken(list(rows)):
            yield letter_id, event


def cut_off(session: Session) -> list[str]:
    """List the finished letters that have fewer or more events than their last state knows."""
    state = col(LetterRow.state)
    if session.get_bind().dialect.name == "sqlite":
        known = func.json_array_length(state, "$.entries") + func.json_array_length(state, "$.moves")
    else:
        known = func.jsonb_array_length(state["entries"]) + func.jsonb_array_length(state["moves"])
    there = select(func.count()).where(EventRow.letter_id == LetterRow.id).scalar_subquery()
    query = select(LetterRow.id).where(col(LetterRow.closed_at).is_not(None), known != there)
    return list(session.exec(query.order_by(LetterRow.id)))


def undigested(session: Session, office: OfficeHours, calendar: Calendar, now: datetime) -> list[tuple[str, str]]:
    """List the people, by id and name, whose notices still wait for a digest that should have been made."""
    query = (
        select(PersonRow.id, PersonRow.name, NoticeRow.send_at)
        .join(NoticeRow, col(NoticeRow.person) == col(PersonRow.id))
        .where(NoticeRow.digest == WAITS)
        .order_by(PersonRow.id)
    )
    away = deputies(session, local_date(now))
    late = [
        (person, name)
        for person, name, send_at in session.exec(query)
        if person not in away and office.digests(office.next_digest(send_at, calendar)) + _DIGEST_LATE < now
    ]
    return list(dict.fromkeys(late))
