"""督办: who is late, in whose field, what is coming, and the drafts to leaders, which a person sends or discards."""

from fastapi import APIRouter
from starlette.responses import RedirectResponse, Response

from docket.directory import every_agency_name
from docket.engine import reading
from docket.figures import by_agency, by_field, load
from docket.inbox import count_drafts, drafts
from docket.library import current_calendar
from rules.counting.clock import local_date
from rules.errors import CalendarUnknown, Refused
from starter.console.drawing import WIDTH, columns
from starter.console.pages import page
from starter.console.visit import Posted, Sender, Supervisor, Visit, field
from starter.console.words import refusal

router = APIRouter()


@router.get("/supervision")
def show(visit: Supervisor) -> Response:
    """Show what a supervisor asks for first."""
    return _page(visit)


def _page(visit: Visit, status: int = 200, problem: str = "", of: str = "") -> Response:
    today = local_date(visit.now)
    with reading(visit.office.engine) as session:
        agencies = by_agency(session, visit.now)
        coming = load(session, today)
        calendar = current_calendar(session)
        waiting = drafts(session)
        total = count_drafts(session)
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
        visit, "supervision.html", status, here="supervision", agencies=agencies, fields=by_field(agencies),
        chart=chart, column=width, width=WIDTH, coming=coming, punctual=punctual[:30], drafts=waiting, total=total,
        names=names, problem=problem, of=of,
    )  # fmt: skip


@router.post("/supervision/drafts")
async def decide(visit: Sender, form: Posted) -> Response:
    """Send a draft, or discard it for a reason."""
    key, discards = field(form, "draft"), field(form, "do") == "discard"
    try:
        desk = await visit.office.desk(visit.actor.origin)
        if discards:
            desk.discard_draft(key, visit.viewer.person, field(form, "reason"))
        else:
            await desk.send_draft(key, visit.viewer.person, email=bool(visit.office.settings.smtp_host))
    except Refused as refused:
        return _page(visit, 422, refusal(refused, visit.language), key)
    return RedirectResponse(f"/supervision?done={'discarded' if discards else 'sent'}#drafts", 303)
