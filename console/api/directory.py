"""The directory, calendars and the rulebook by API."""

from collections.abc import Callable
from typing import Annotated, Any

from fastapi import APIRouter, Path
from sqlmodel import Session
from starlette.concurrency import run_in_threadpool

from console.api import answers
from console.api.caller import Administrator, AnyCaller, Caller
from console.loading import matters
from desk.calendars import CalendarChange, preview_year
from docket import accounts
from docket.admin import save
from docket.directory import Agency, Person, agency_row, listed, person_row
from docket.engine import reading, writing
from docket.library import current_calendar, rulebook_in_force
from rules.counting.years import YearDocument, as_json, read_year
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


@router.get("/calendar", response_model=answers.Calendar, tags=["calendar 日历"])
def calendar(caller: AnyCaller) -> dict[str, Any]:
    """Say which years are published."""
    with reading(caller.office.engine) as session:
        known = current_calendar(session)
    years = [
        {"year": year, "published": document.published, "source": document.source}
        for year, document in known.years.items()
    ]
    return {"calendar": known.version, "years": years}


@router.post("/calendar/preview", response_model=answers.CalendarChange, tags=["calendar 日历"])
def preview(caller: Administrator, year: YearDocument) -> dict[str, Any]:
    """Say which dates a year's notice would move; nothing is written."""
    return _change(_previewed(caller, year), loaded=False)


@router.post("/calendar", response_model=answers.CalendarChange, tags=["calendar 日历"])
async def load(caller: Administrator, year: YearDocument) -> dict[str, Any]:
    """Load a year's notice and have every open matter counted again; safe to repeat."""
    change = await run_in_threadpool(_previewed, caller, year)
    total = await run_in_threadpool(matters, caller.office.engine)
    loading = await caller.office.load(change, total, caller.actor)
    await loading.finish()
    return _change(change, loaded=True, counted=loading.done)


def _previewed(caller: Caller, year: YearDocument) -> CalendarChange:
    document = read_year(as_json(year), "year")
    return preview_year(caller.office.engine, document, "year", caller.now)


def _change(change: CalendarChange, *, loaded: bool, counted: int = 0) -> dict[str, Any]:
    return change.as_json() | {"loaded": loaded, "matters": counted}


@router.get("/rulebook", response_model=dict[str, Any], tags=["rulebook 规则库"])
def rulebook(caller: AnyCaller) -> dict[str, Any]:
    """Give the rulebook that new letters come under."""
    with reading(caller.office.engine) as session:
        book = rulebook_in_force(session)
    return {"version": book.version, **book.model_dump(mode="json")}
