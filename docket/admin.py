"""管理: one agency or person at a time, as an administrator saves it; nothing is deleted, for records name them."""

from datetime import datetime
from typing import Any

from sqlmodel import Session, col, func, select

from docket.accounts import shut_out
from docket.acts import Actor, changed, log
from docket.directory import (
    Agency,
    Directory,
    Person,
    agency_row,
    listed,
    person_row,
    person_to_store,
    store_directory,
)
from docket.lists import OPEN
from docket.tables import AgencyRow, DutyAgencyRow, DutyRow, PersonRow
from docket.upsert import insert_new, upsert
from rules.errors import Refused

_NEEDED = ("clerk", "administrator")
"""Roles of which there must always be somebody: one to register letters, one to let people in."""


def owes(session: Session, agency: str) -> int:
    """Count what an agency still owes."""
    query = select(func.count()).select_from(DutyAgencyRow).join(DutyRow)
    return session.exec(query.where(DutyAgencyRow.agency == agency, col(DutyRow.state).in_(OPEN))).one()


def save(session: Session, actor: Actor, now: datetime, wanted: Agency | Person, *, active: bool, new: bool) -> None:
    """Save an agency or a person, with the old and the new value in the record of acts."""
    if isinstance(wanted, Agency):
        act, old = "agency", _save_agency(session, wanted, active=active, new=new)
    else:
        act, old = "person", _save_person(session, wanted, actor.person, active=active, new=new)
    before, after = changed(old or {}, {**wanted.model_dump(mode="json"), "active": active})
    log(session, actor, now, act, wanted.id, before if old else None, after)


def _save_agency(session: Session, agency: Agency, *, active: bool, new: bool) -> dict[str, Any] | None:
    """Return what it was before; one that has people left can't be put out of use."""
    row = None if new else agency_row(session, agency.id)
    if not active:
        staff = session.exec(select(PersonRow.name).where(PersonRow.agency == agency.id, PersonRow.active)).all()
        if staff:
            raise Refused("active", "agency_has_people", people="、".join(staff[:5]))
    old = row.model_dump() if row else None
    _store(session, AgencyRow(**agency.model_dump(), active=active), new=new)
    return old


def _save_person(session: Session, person: Person, by: str, *, active: bool, new: bool) -> dict[str, Any] | None:
    """Return what they were before; nobody locks out themselves, or the last of a role."""
    row = None if new else person_row(session, person.id)
    agency = agency_row(session, person.agency) if person.agency else None
    if person.agency is not None and (agency is None or not agency.active):
        raise Refused("agency", "agency_not_listed", agency=person.agency, near="—")
    leaves = row is not None and row.active and (not active or person.role != row.role)
    if row is not None and leaves:
        if person.id == by:
            raise Refused("role" if active else "active", "not_oneself")
        # Two administrators who put each other out of office at once must not both succeed.
        same = select(PersonRow).where(PersonRow.role == row.role, PersonRow.active).order_by(PersonRow.id)
        left = session.exec(same.with_for_update().execution_options(populate_existing=True)).all()
        if row.role in _NEEDED and not [each for each in left if each.id != person.id]:
            raise Refused("role" if active else "active", "last_of_role")
    old = row.model_dump() if row else None
    _store(session, person_to_store(person, active=active), new=new)
    if not active:
        shut_out(session, person.id)
    return old


def replace_directory(session: Session, actor: Actor, now: datetime, wanted: Directory, source: str) -> None:
    """Make the directory a file's, with everybody whom that changes in the record of acts."""
    before = _everything(session)
    store_directory(session, wanted)
    session.expire_all()
    for each in session.exec(select(PersonRow.id).where(~col(PersonRow.active))):
        shut_out(session, each)
    log(session, actor, now, "directory", source, *changed(before, _everything(session)))


def _everything(session: Session) -> dict[str, Any]:
    agencies, people = listed(session)
    rows = {f"agencies/{row.id}": row for row in agencies} | {f"people/{row.id}": row for row in people}
    return {name: row.model_dump() for name, row in rows.items()}


def _store(session: Session, row: AgencyRow | PersonRow, *, new: bool) -> None:
    """Write a row; a new one whose id somebody else has, or takes at this moment, is refused."""
    if not new:
        upsert(session, [row])
    elif not insert_new(session, [row]):
        raise Refused("id", "id_taken", id=row.id)
