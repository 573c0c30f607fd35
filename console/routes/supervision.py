"""督办: who is late, in whose field, what is coming, and the drafts to leaders, which a person sends or discards."""

from typing import Annotated

from fastapi import APIRouter, Query
from starlette.concurrency import run_in_threadpool
from starlette.responses import RedirectResponse, Response

from console.drawing import WIDTH, columns
from console.pages import page
from console.visit import Forbidden, Posted, Sender, Supervisor, Visit, field
from console.words import refusal
from docket.directory import every_agency_name, person_names
from docket.drafts import count_drafts, discard_draft, drafts, sent_unopened
from docket.engine import reading, writing
from docket.figures import load, supervised, totals
from docket.library import current_calendar
from rules.access import Right
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
        names, people = every_agency_name(session, visit.language), person_names(session)
        sent = sent_unopened(session)
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
        names=names, people=people, problem=problem, of=of, number=number, pages=pages, sent=sent,
        total_row=totals(agencies), may_pass=visit.may(Right.REVIEW),
    )  # fmt: skip


@router.post("/supervision/drafts")
async def decide(visit: Sender, form: Posted) -> Response:
    """Edit a draft, hand it in, pass it, send it, take it back, or discard it for a reason."""
    key, do, person = field(form, "draft"), field(form, "do"), visit.viewer.person
    if do not in _DONE:
        raise Refused("do", "choice", expected=", ".join(_DONE))
    if do == "pass" and not visit.may(Right.REVIEW):
        raise Forbidden
    desk = await visit.office.desk(visit.actor.origin)
    try:
        match do:
            case "edit":
                await desk.edit_draft(key, field(form, "subject"), field(form, "body"), person)
            case "submit":
                await desk.submit_draft(key, person)
            case "pass":
                await desk.pass_draft(key, person)
            case "send":
                await desk.send_draft(key, person, visit.office.settings.outside)
            case "recall":
                await desk.recall_draft(key, person)
            case _:
                await run_in_threadpool(_discard, visit, key, field(form, "reason"))
    except Refused as refused:
        return await run_in_threadpool(_page, visit, 1, 422, refusal(refused, visit.language), key)
    return RedirectResponse(f"/supervision?done={_DONE[do]}#drafts", 303)


_DONE = {
    "edit": "draft_edited", "submit": "draft_submitted", "pass": "draft_passed", "send": "sent",
    "recall": "draft_recalled", "discard": "discarded",
}  # fmt: skip
"""What can be done with a draft, each with what is said of it afterwards."""


def _discard(visit: Visit, key: str, reason: str) -> None:
    with writing(visit.office.engine) as session:
        discard_draft(session, key, visit.actor, reason, visit.now)
