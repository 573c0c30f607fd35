"""台账: filter, search, sort, page; every filter is a link one can keep. The same rows go to a spreadsheet."""

from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Depends
from pydantic import ValidationError
from sqlmodel import Session
from starlette.datastructures import QueryParams
from starlette.requests import Request
from starlette.responses import Response

from console.asked import Asked, scope_of
from console.pages import page
from console.parts import Printed, columns_of, part_of, refuse_too_many, workbook_of
from console.sheet import MOST_ROWS, duty_sheet
from console.visit import Reader, Visit
from docket.directory import every_agency_name, person_names
from docket.engine import reading
from docket.lists import Page, count_duties, list_duties
from rules.letters.problems import refusal
from rules.letters.registry import kinds

router = APIRouter()
COLUMNS_OF_DUTIES = (
    "left", "due", "plaintiff", "title", "act", "who", "kind", "number", "received", "handler",
)  # fmt: skip


def asked(request: Request) -> Asked:
    """Read what a link asks for; blanks are what a form sends for fields that nobody filled in."""
    return read(request.query_params)


def read(parameters: QueryParams | Mapping[str, str]) -> Asked:
    """Read a query, refusing by name what can't be."""
    try:
        return Asked.model_validate({name: value for name, value in parameters.items() if value})
    except ValidationError as error:
        raise refusal(error) from error


@router.get("/docket")
def show(visit: Reader, wanted: Annotated[Asked, Depends(asked)], whole: Printed = False) -> Response:
    """Show a page of the docket, or all rows of it to be printed."""
    with reading(visit.office.engine) as session:
        total = count_duties(session, wanted.filter(), visit.now, scope_of(visit.viewer))
        part = part_of(total, wanted.page, whole=whole)
        rows = _rows(session, visit, wanted, Page(wanted.sort, wanted.down, part.offset, part.size))
        names, people = every_agency_name(session, visit.language), person_names(session)
    return page(
        visit, "docket.html", here="docket", asked=wanted, rows=rows, names=names, people=people, total=total,
        number=part.number, pages=part.pages, kinds=list(kinds()), own=_own(visit, names), whole=whole,
        columns=columns_of(COLUMNS_OF_DUTIES, visit.language),
    )  # fmt: skip


@router.get("/docket.xlsx")
def export(visit: Reader, wanted: Annotated[Asked, Depends(asked)]) -> Response:
    """Return the rows of the docket, all pages of them, as a spreadsheet."""
    with reading(visit.office.engine) as session:
        refuse_too_many(count_duties(session, wanted.filter(), visit.now, scope_of(visit.viewer)), MOST_ROWS)
        rows = _rows(session, visit, wanted, Page(wanted.sort, wanted.down))
        names, people = every_agency_name(session, visit.language), person_names(session)
    return workbook_of(visit, "duties", duty_sheet(rows, names, people, visit.language, visit.now))


def _rows(session: Session, visit: Visit, wanted: Asked, part: Page) -> list[dict[str, Any]]:
    return list_duties(session, wanted.filter(), visit.now, scope_of(visit.viewer), part)


def _own(visit: Visit, names: Mapping[str, str]) -> dict[str, str]:
    """Return the agencies that a viewer can choose from."""
    mine = visit.viewer.agencies
    return {agency: name for agency, name in names.items() if mine is None or agency in mine}
