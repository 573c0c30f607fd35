"""管理: one agency or person at a time, as an administrator saves it; nothing is deleted, for records name them."""

from typing import Any, TypeVar

from sqlmodel import Session, col, func, select

from docket.directory import Agency, Person
from docket.lists import OPEN
from docket.tables import AgencyRow, DutyAgencyRow, DutyRow, PersonRow
from docket.upsert import upsert
from rules.errors import Refused

R = TypeVar("R", AgencyRow, PersonRow)

_NEEDED = ("clerk", "administrator")
"""Roles of which there must always be somebody: one to register letters, one to let people in."""


def directory_of(session: Session) -> tuple[list[AgencyRow], list[PersonRow]]:
    """List all agencies and people by id, those that are no longer active too."""
    agencies, people = select(AgencyRow).order_by(AgencyRow.id), select(PersonRow).order_by(PersonRow.id)
    return list(session.exec(agencies)), list(session.exec(people))


def agency_row(session: Session, agency: str) -> AgencyRow | None:
    """Give one agency, active or not."""
    return session.get(AgencyRow, agency)


def person_row(session: Session, person: str) -> PersonRow | None:
    """Give one person, active or not."""
    return session.get(PersonRow, person)


def owes(session: Session, agency: str) -> int:
    """Count what an agency still owes."""
    query = select(func.count()).select_from(DutyAgencyRow).join(DutyRow)
    return session.exec(query.where(DutyAgencyRow.agency == agency, col(DutyRow.state).in_(OPEN))).one()


def save_agency(session: Session, agency: Agency, by: str, *, active: bool, new: bool) -> dict[str, Any] | None:
    """Save an agency and give what it was before; one that has people left can't be put out of use."""
    row = _known(agency_row(session, agency.id), agency.id, new=new)
    if not active:
        staff = session.exec(select(PersonRow.name).where(PersonRow.agency == agency.id, PersonRow.active)).all()
        if staff:
            raise Refused("active", "agency_has_people", people="、".join(staff[:5]))
    old = row.model_dump() if row else None
    upsert(session, [AgencyRow(**agency.model_dump(), active=active)])
    return old


def save_person(session: Session, person: Person, by: str, *, active: bool, new: bool) -> dict[str, Any] | None:
    """Save a person and give what they were before; nobody locks out themselves, or the last of a role."""
    row = _known(person_row(session, person.id), person.id, new=new)
    agency = agency_row(session, person.agency) if person.agency else None
    if person.agency is not None and (agency is None or not agency.active):
        raise Refused("agency", "agency_not_listed", agency=person.agency, near="—")
    leaves = row is not None and row.active and (not active or person.role != row.role)
    if row is not None and leaves:
        if person.id == by:
            raise Refused("role" if active else "active", "not_oneself")
        others = select(func.count()).select_from(PersonRow)
        others = others.where(PersonRow.role == row.role, PersonRow.active, PersonRow.id != person.id)
        if row.role in _NEEDED and session.exec(others).one() == 0:
            raise Refused("role" if active else "active", "last_of_role")
    old = row.model_dump() if row else None
    data = person.model_dump(exclude={"fields"})
    upsert(session, [PersonRow(**data, fields=list(person.fields), active=active)])
    return old


def _known(row: R | None, identifier: str, *, new: bool) -> R | None:
    if new and row is not None:
        raise Refused("id", "id_taken", id=identifier)
    return row
