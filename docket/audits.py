"""核查: what the docket alone shows to the audit, what was accepted, and the runs that were made."""

from collections.abc import Iterable, Iterator, Mapping, Set
from datetime import datetime, time, timedelta
from itertools import groupby
from typing import Any

from sqlalchemy import ColumnElement, func, literal, or_
from sqlmodel import Session, col, select

from docket.absence import deputies
from docket.acts import Actor, log
from docket.lists import OPEN
from docket.recipients import reach
from docket.seal import broken_seals, hash_of
from docket.tables import (
    WAITS,
    AbsenceRow,
    AccountRow,
    ActRow,
    AgencyRow,
    AuditRow,
    DeliveryRow,
    DossierRow,
    DutyAgencyRow,
    DutyRow,
    EventRow,
    NoticeRow,
    PersonRow,
    SlipRow,
)
from rules.counting.calendar import Calendar
from rules.counting.clock import OfficeHours, at, local_date

_PATIENCE = timedelta(days=7)
"""How long a notice may lie unread by somebody who can neither be written to nor sign in."""

_DIGEST_LATE = timedelta(hours=2)
"""How long after its time a digest may still be made: a worker that was away makes it when it is back."""

_ASKED_FOR = 10_000
"""Letters that are asked for by one statement; a database takes no more than so many parameters."""

_ACCEPT = "accept"

_KEPT = 400
_LARGEST = 1000
"""Findings that are kept of one run; more than these are counted."""


def accept(session: Session, actor: Actor, now: datetime, letter: str, findings: Iterable[str], reason: str) -> None:
    """Accept findings that nobody can undo, for a reason that stands in the record of acts."""
    for finding in findings:
        log(session, actor, now, _ACCEPT, letter, None, {"finding": finding, "reason": reason})


def accepted(session: Session) -> set[str]:
    """Name the findings that somebody has accepted."""
    known = session.exec(select(ActRow.new).where(ActRow.act == _ACCEPT))
    return {str(new["finding"]) for new in known if new is not None}


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
    people = [(each.id, each.name) for each in deaf if not _reached(session, each, outside)]
    return [(id_, name) for id_, name in without] + people


def _reached(session: Session, person: PersonRow, outside: Set[str]) -> bool:
    """Tell whether there is a channel to a person that did not give up the last time."""
    tried = (
        select(DeliveryRow.channel, DeliveryRow.status)
        .join(NoticeRow)
        .where(NoticeRow.person == person.id, col(DeliveryRow.tried_at).is_not(None))
        .order_by(col(DeliveryRow.tried_at))
    )
    last = dict(session.exec(tried).all())
    return any(last.get(channel) != "failed" for channel in outside & reach(person).keys())


def missing_numbers(session: Session) -> list[str]:
    """List the numbers of 督办单 that were given and are not there any more."""
    years = session.exec(select(SlipRow.year, func.max(SlipRow.serial)).group_by(col(SlipRow.year))).all()
    found = []
    for year, last in years:
        there = set(session.exec(select(SlipRow.serial).where(SlipRow.year == year)))
        found += [f"〔{year}〕{serial}号" for serial in range(1, last + 1) if serial not in there]
    return found


def keep(
    session: Session, begun_at: datetime, ended_at: datetime, matters: int, findings: Iterable[Mapping[str, Any]]
) -> None:
    """Keep what a run found; of very many findings the first, and of runs those of a year."""
    kept = [dict(each) for each in findings][:_LARGEST]
    session.add(AuditRow(at=begun_at, ended_at=ended_at, matters=matters, findings=kept))
    session.flush()
    old = select(AuditRow).order_by(col(AuditRow.id).desc()).offset(_KEPT)
    for row in session.exec(old).all():
        session.delete(row)


def last_audit(session: Session) -> AuditRow | None:
    """Return the last run of the audit, if there was one."""
    return session.exec(select(AuditRow).order_by(col(AuditRow.id).desc()).limit(1)).first()


def open_ids(session: Session) -> list[str]:
    """List the ids of the dossiers that are open, or that say so in one place."""
    closed = col(DossierRow.state)["closed_at"].as_string()
    query = select(DossierRow.id).where(or_(col(DossierRow.closed_at).is_(None), closed.is_(None)))
    return list(session.exec(query.order_by(DossierRow.id)))


def known_ids(session: Session, dossiers: Iterable[str]) -> set[str]:
    """Return those of some dossiers that the docket has."""
    wanted, known = list(dossiers), set[str]()
    for first in range(0, len(wanted), _ASKED_FOR):
        some = col(DossierRow.id).in_(wanted[first : first + _ASKED_FOR])
        known.update(session.exec(select(DossierRow.id).where(some)))
    return known


def seal_breaks(session: Session) -> Iterator[tuple[str, str, str]]:
    """Walk all events: yield dossier, event and a mark of what it says now, wherever a seal is broken."""
    query = select(EventRow).order_by(EventRow.dossier_id, col(EventRow.number).nulls_last(), EventRow.id)
    walked = session.exec(query.execution_options(yield_per=1000))
    for dossier, group in groupby(walked, key=lambda row: row.dossier_id):
        rows = {row.id: row for row in group}
        for event in broken_seals(list(rows.values())):
            yield dossier, event, hash_of(rows[event], 0, "")[:12]


def miscounted(session: Session) -> list[tuple[str, int, int]]:
    """List the finished dossiers that have fewer or more events than their last state knows: how many of each."""
    state, parts = col(DossierRow.state), ("letters", "entries", "moves")
    known: ColumnElement[int]
    if session.get_bind().dialect.name == "sqlite":
        known = sum((func.json_array_length(state, f"$.{part}") for part in parts), start=literal(0))
    else:
        known = sum((func.jsonb_array_length(state[part]) for part in parts), start=literal(0))
    there = select(func.count()).where(EventRow.dossier_id == DossierRow.id).scalar_subquery()
    query = select(DossierRow.id, known, there).where(col(DossierRow.closed_at).is_not(None), known != there)
    return [(dossier, int(told), int(found)) for dossier, told, found in session.exec(query.order_by(DossierRow.id))]


def undigested(session: Session, office: OfficeHours, calendar: Calendar, now: datetime) -> list[tuple[str, str]]:
    """List the people, by id and name, whose notices still wait for a digest that should have been made."""
    query = (
        select(PersonRow, NoticeRow.send_at, NoticeRow.created_at)
        .join(NoticeRow, col(NoticeRow.person) == col(PersonRow.id))
        .where(NoticeRow.digest == WAITS)
        .order_by(PersonRow.id)
    )
    today = local_date(now)
    away = deputies(session, today)
    over = select(AbsenceRow.person, func.max(AbsenceRow.last)).where(col(AbsenceRow.last) < today)
    back = {
        person: at(last + timedelta(days=1), time()) for person, last in session.exec(over.group_by(AbsenceRow.person))
    }
    late = []
    for person, send_at, created_at in session.exec(query):
        # Whoever was away has what came meanwhile in the first digest after it, and so has who is told instead.
        made = office.next_digest(max(send_at, created_at, back.get(person.id, send_at)), calendar)
        if not person.active:
            # What waited for somebody who left is handed over by the next one.
            made = office.next_digest(office.digests(made), calendar)
        if person.id not in away and office.digests(made) + _DIGEST_LATE < now:
            late.append((person.id, person.name))
    return list(dict.fromkeys(late))
