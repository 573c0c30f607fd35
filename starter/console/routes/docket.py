"""台账: filter, search, sort, page; every filter is a link one can keep. The same rows go to a spreadsheet."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Annotated, Any, Literal, get_args
from urllib.parse import urlencode

from fastapi import APIRouter, Depends
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from sqlmodel import Session
from starlette.datastructures import QueryParams
from starlette.requests import Request
from starlette.responses import Response

from docket.directory import every_agency_name
from docket.engine import reading
from docket.lists import Filter, Page, Sort, count_duties, list_duties
from rules.counting.written import Day
from rules.duties.duty import Light
from rules.letters.letter import LETTER_KINDS
from rules.letters.problems import refusal
from starter.console.pages import page
from starter.console.routes.today import scope_of
from starter.console.sheet import spreadsheet
from starter.console.visit import Reader, Visit

router = APIRouter()
PAGE = 50
"""Rows a page."""


class Asked(BaseModel):
    """What a link to the docket asks for."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    q: str = Field("", max_length=200)
    agency: str | None = None
    kind: Literal["oral_notice", "mediation_letter", "response_notice", "appearance_notice", "judgment"] | None = None
    light: Light | None = None
    field: str | None = None
    overdue: bool = False
    waiting: bool = False
    weekly: bool = False
    all: bool = False
    due_from: Day | None = None
    due_to: Day | None = None
    sort: Sort = "due"
    down: bool = False
    page: int = Field(1, ge=1, le=100_000)

    def filter(self) -> Filter:
        """Give the criteria."""
        return Filter(
            agency=self.agency, kind=self.kind, light=self.light, overdue=self.overdue, waiting=self.waiting,
            due_from=self.due_from, due_before=self.due_to + timedelta(days=1) if self.due_to else None,
            search=self.q.strip(), field=self.field, weekly=self.weekly,
            everything=self.all or self.light is Light.GREY,
        )  # fmt: skip

    def link(self, **changes: Any) -> str:
        """Give the query of a link that asks for the same, but for some changes; it begins at the first page."""
        given = self.model_dump(mode="json", exclude_defaults=True, exclude={"page"}) | changes
        kept = {name: value for name, value in given.items() if value not in (None, False, "")}
        return urlencode({name: "1" if value is True else value for name, value in kept.items()})


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
        names = every_agency_name(session)
    return page(
        visit, "docket.html", here="docket", asked=wanted, rows=rows, names=names, total=total, number=number,
        pages=pages, kinds=list(LETTER_KINDS), lights=list(Light), sorts=get_args(Sort), own=_own(visit, names),
    )  # fmt: skip


@router.get("/docket.xlsx")
def export(visit: Reader, wanted: Annotated[Asked, Depends(asked)]) -> Response:
    """Give the rows of the docket, all pages of them, as a spreadsheet."""
    with reading(visit.office.engine) as session:
        rows = _rows(session, visit, wanted, Page(wanted.sort, wanted.down))
        names = every_agency_name(session)
    body = spreadsheet(rows, names, visit.language, visit.now)
    name = f"docket-{visit.now:%Y%m%d}.xlsx"
    kind = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    return Response(body, media_type=kind, headers={"content-disposition": f'attachment; filename="{name}"'})


def _rows(session: Session, visit: Visit, wanted: Asked, part: Page) -> list[dict[str, Any]]:
    return list_duties(session, wanted.filter(), visit.now, scope_of(visit.viewer), part)


def _own(visit: Visit, names: Mapping[str, str]) -> dict[str, str]:
    """Give the agencies that a viewer can choose from."""
    mine = visit.viewer.agencies
    return {agency: name for agency, name in names.items() if mine is None or agency in mine}
