"""The directory by API: agencies, people and their one-time passwords."""

from collections.abc import Callable
from typing import Annotated, Any

from fastapi import APIRouter, Path
from sqlmodel import Session

from console.api import answers
from console.api.caller import Administrator, AnyCaller, Caller
from docket import accounts
from docket.admin import save
from docket.directory import Agency, Person, agency_row, listed, person_row
from docket.engine import reading, writing
from rules.errors import Refused

router = APIRouter()
Id = Annotated[str, Path(max_length=40)]


class ActiveAgency(Agency):
    """An agency, and whether it is in use."""

    active: bool = True


class ActivePerson(Person):
    """A person, and whether they are in office."""

    active: bool = True


@router.get("/agencies", response_model=list[answers.Agency], tags=["directory 名录"])
def agencies(caller: AnyCaller) -> list[dict[str, Any]]:
    """List the agencies."""
    with reading(caller.office.engine) as session:
        return [row.model_dump() for row in listed(session)[0]]


@router.put("/agencies/{agency}", response_model=answers.Agency, tags=["directory 名录"])
def put_agency(caller: Administrator, agency: Id, given: ActiveAgency) -> dict[str, Any]:
    """Save an agency, new or known."""
    return _put(caller, agency, given, Agency, agency_row)


@router.get("/people", response_model=list[answers.Person], tags=["directory 名录"])
def people(caller: Administrator) -> list[dict[str, Any]]:
    """List the people."""
    with reading(caller.office.engine) as session:
        return [row.model_dump() for row in listed(session)[1]]


@router.put("/people/{person}", response_model=answers.Person, tags=["directory 名录"])
def put_person(caller: Administrator, person: Id, given: ActivePerson) -> dict[str, Any]:
    """Save a person, new or known."""
    return _put(caller, person, given, Person, person_row)


def _put(
    caller: Caller,
    identifier: str,
    given: ActiveAgency | ActivePerson,
    model: type[Agency] | type[Person],
    row: Callable[[Session, str], object | None],
) -> dict[str, Any]:
    if given.id != identifier:
        raise Refused("id", "id_differs", id=given.id)
    wanted = model.model_validate(given.model_dump(exclude={"active"}))
    with writing(caller.office.engine) as session:
        new = row(session, identifier) is None
        save(session, caller.actor, caller.now, wanted, active=given.active, new=new)
    return given.model_dump(mode="json")


@router.post("/people/{person}/password", response_model=answers.Password, tags=["directory 名录"])
def issue_password(caller: Administrator, person: Id) -> dict[str, str]:
    """Give a person a one-time password; whatever they had before ends."""
    password = accounts.issue_password(caller.office.engine, person, caller.now, caller.actor)
    return {"person": person, "password": password}
