"""台账: filter, search, sort, page; every filter is a link one can keep. The same rows go to a spreadsheet."""

from collections.abc import Mapping
from typing import Annotated, Any, get_args

from fastapi import APIRouter, Depends
from pydantic import ValidationError
from sqlmodel import Session
from starlette.datastructures import QueryParams
from starlette.requests import Request
from starlette.responses import Response

from console.asked import Asked, scope_of
from console.pages import page
from console.sheet import MOST_ROWS, spreadsheet
from console.visit import Reader, Visit
from docket.directory import every_agency_name
from docket.engine import reading
from docket.lists import Page, Sort, count_duties, list_duties
from rules.counting.clock import local_date
from rules.duties.duty import Light
from rules.errors import Refused
from rules.letters.problems import refusal
from rules.letters.registry import kinds

router = APIRouter()
PAGE = 50
"""Rows a page."""


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
def show(visit: Reader, wanted: Annotated[Asked, Depends(asked)]) -> Response:
    """Show a page of the docket."""
    with reading(visit.office.engine) as session:
        total = count_duties(session, wanted.filter(), visit.now, scope_of(visit.viewer))
        pages = max(-(-total // PAGE), 1)
        number = min(wanted.page, pages)
        rows = _rows(session, visit, wanted, Page(wanted.sort, wanted.down, (number - 1) * PAGE, PAGE))
        names = every_agency_name(session, visit.language)
    return page(
        visit, "docket.html", here="docket", asked=wanted, rows=rows, names=names, total=total, number=number,
        pages=pages, kinds=list(kinds()), lights=list(Light), sorts=get_args(Sort), own=_own(visit, names),
    )  # fmt: skip


@router.get("/docket.xlsx")
def export(visit: Reader, wanted: Annotated[Asked, Depends(asked)]) -> Response:
    """Return the rows of the docket, all pages of them, as a spreadsheet."""
    with reading(visit.office.engine) as session:
        count = count_duties(session, wanted.filter(), visit.now, scope_of(visit.viewer))
        if count > MOST_ROWS:
            raise Refused("all", "too_many_rows", count=count, most=MOST_ROWS)
        rows = _rows(session, visit, wanted, Page(wanted.sort, wanted.down))
        names = every_agency_name(session, visit.language)
    body = spreadsheet(rows, names, visit.language, visit.now)
    name = f"docket-{local_date(visit.now):%Y%m%d}.xlsx"
    kind = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    return Response(body, media_type=kind, headers={"content-disposition": f'attachment; filename="{name}"'})


def _rows(session: Session, visit: Visit, wanted: Asked, part: Page) -> list[dict[str, Any]]:
    return list_duties(session, wanted.filter(), visit.now, scope_of(visit.viewer), part)


def _own(visit: Visit, names: Mapping[str, str]) -> dict[str, str]:
    """Return the agencies that a viewer can choose from."""
    mine = visit.viewer.agencies
    return {agency: name for agency, name in names.items() if mine is None or agency in mine}
