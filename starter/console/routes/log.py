"""操作记录: who did what, when, from where, with the old and the new value."""

from typing import Annotated

from fastapi import APIRouter, Query
from starlette.responses import Response

from docket.acts import acts
from docket.directory import person_names
from docket.engine import reading
from rules.letters.letter import short_id
from starter.console.pages import page
from starter.console.visit import Auditor

router = APIRouter()
PAGE = 50
"""Acts a page."""


@router.get("/log")
def show(
    visit: Auditor,
    q: Annotated[str, Query(max_length=200)] = "",
    before: Annotated[int | None, Query(ge=1, le=2**31 - 1)] = None,
) -> Response:
    """Show a page of acts, the latest first."""
    with reading(visit.office.engine) as session:
        rows = acts(session, q.strip(), before, PAGE)
        people = person_names(session)
        older = rows[-1].id if len(rows) == PAGE else None
        return page(visit, "log.html", here="log", rows=rows, people=people, q=q, older=older, short_id=short_id)
