"""督办: who is late, in whose field, what is coming, and the drafts to leaders, which a person sends or discards."""

from typing import Annotated

from fastapi import APIRouter, Query
from starlette.concurrency import run_in_threadpool
from starlette.responses import RedirectResponse, Response

from console.drawing import WIDTH, columns
from console.pages import page
from console.visit import Posted, Sender, Supervisor, Visit, field
from console.words import refusal
from docket.directory import every_agency_name
from docket.engine import reading, writing
from docket.figures import load, supervised
from docket.inbox import count_drafts, discard_draft, drafts
from docket.library import current_calendar
from rules.counting.clock import local_date
from rules.errors import CalendarUnknown, Refused

router = APIRouter()
_DRAFTS = 20
"""Drafts a page."""


@router.get("/supervision")
def show(visit: Supervisor, number: Annotated[int, Query(alias="page", ge=1, le=100_000)] = 1) -> Response:
    """Show what a supervisor asks for first."""
    return _page(visit, number)


def _page(visit: Visit, number: int, status: int = 200, problem: str = "", of: str = "") -> Response:
    today = local_date(visit.now)
    with reading(visit.office.engine) as session:
        agencies, fields = supervised(session, visit.now)
        coming = load(session, today)
        calendar = current_calendar(session)
        total = count_drafts(session)
        pages = max(-(-total // _DRAFTS), 1)
        number = min(number, pages)
        waiting = drafts(session, (number - 1) * _DRAFTS, _DRAFTS)
        names = every_agency_name(session, visit.language)
    values = []
    for day, count in coming.items():
        try:
            rests = calendar.rest_reason(day) is not None
        except CalendarUnknown:
            rests = False
        values.append((f"{day:%m-%d}", [(count, "grey" if rests else "blue")]))
    chart, width = columns(values)
    punctual = sorted((each for each in agencies if each.punctual is not None), key=lambda each: each.punctual or 0)
    return page(
        visit, "supervision.html", status, here="supervision", agencies=agencies, fields=fields,
        chart=chart, column=width, width=WIDTH, coming=coming, punctual=punctual[:30], drafts=waiting, total=total,
        names=names, problem=problem, of=of, number=number, pages=pages,
    )  # fmt: skip


@router.post("/supervision/drafts")
async def decide(visit: Sender, form: Posted) -> Response:
    """Send a draft, or discard it for a reason."""
    key, do = field(form, "draft"), field(form, "do")
    if do not in ("send", "discard"):
        raise Refused("do", "choice", expected="send, discard")
    discards = do == "discard"
    try:
        if discards:
            await run_in_threadpool(_discard, visit, key, field(form, "reason"))
        else:
            desk = await visit.office.desk(visit.actor.origin)
            await desk.send_draft(key, visit.viewer.person, visit.office.settings.outside)
    except Refused as refused:
        return await run_in_threadpool(_page, visit, 1, 422, refusal(refused, visit.language), key)
    return RedirectResponse(f"/supervision?done={'discarded' if discards else 'sent'}#drafts", 303)


def _discard(visit: Visit, key: str, reason: str) -> None:
    with writing(visit.office.engine) as session:
        discard_draft(session, key, visit.actor, reason, visit.now)
