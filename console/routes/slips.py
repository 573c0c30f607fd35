"""督办单: every number that was given, and each paper with its evidence, to read and to print."""

from typing import Annotated

from fastapi import APIRouter, Query
from starlette.responses import Response

from console.pages import page
from console.visit import Supervisor
from docket.directory import every_agency_name, person_names
from docket.engine import reading
from docket.slips import paper, slips
from rules.counting.clock import local_date
from rules.errors import Refused
from rules.letters.letter import short_id

router = APIRouter(prefix="/supervision/slips")
_PAGE = 50


@router.get("")
def show(visit: Supervisor, number: Annotated[int, Query(alias="page", ge=1, le=100_000)] = 1) -> Response:
    """List the slips by number, with what became of each."""
    with reading(visit.office.engine) as session:
        found, total = slips(session, (number - 1) * _PAGE, _PAGE)
        people = person_names(session)
    pages = max(-(-total // _PAGE), 1)
    return page(
        visit, "urging_slips.html", here="supervision", slips=found, people=people, number=min(number, pages),
        pages=pages,
    )  # fmt: skip


@router.get("/paper")
def show_paper(visit: Supervisor, draft: str) -> Response:
    """Show one slip as a paper: as it was decided on, or as it stands while it is a draft."""
    with reading(visit.office.engine) as session:
        found = paper(session, draft)
        names, people = every_agency_name(session, visit.language), person_names(session)
    if found is None:
        raise Refused("draft", "draft_unknown", draft=draft)
    slip, notice, evidence = found
    return page(
        visit, "urging_slip.html", here="supervision", slip=slip, notice=notice, evidence=evidence, names=names,
        people=people, short=short_id(notice.letter_id or ""), today=local_date(visit.now),
    )  # fmt: skip
