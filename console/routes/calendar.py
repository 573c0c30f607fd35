"""日历: what is due by day, beside the working-day calendar; and a private feed for one's own calendar program."""

from calendar import Calendar as Weeks
from datetime import date, timedelta
from typing import Annotated, Any, NamedTuple

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from console.asked import scope_of
from console.feed import SCOPE, feed
from console.pages import page
from console.visit import Posted, Reader, SignedIn, Visit
from docket import sign_ins
from docket.acts import log
from docket.directory import every_agency_name
from docket.directory import viewer as viewer_of
from docket.engine import reading, writing
from docket.figures import load
from docket.library import current_calendar
from docket.lists import Filter, Page, Scope, list_duties
from rules.access import Right
from rules.counting.calendar import weekday_name
from rules.counting.clock import local_date
from rules.errors import CalendarUnknown, Refused

router = APIRouter()
_MONDAY = 0
_SHOWN = 4
"""Duties of a day that the month shows."""

_IN_FEED = 1000
"""Duties that a feed holds at most, the earliest first."""

_AHEAD, _BEHIND = timedelta(days=400), timedelta(days=60)


class Cell(NamedTuple):
    """One day of the month: whether offices work, why not, what is due first, and how much more is."""

    day: date
    inside: bool
    off: bool
    holiday: str
    made_up: bool
    provisional: bool
    duties: list[dict[str, Any]]
    more: int


@router.get("/calendar")
def show(visit: SignedIn, month: Annotated[str, Query(pattern=r"^(20[0-9]{2}-(0[1-9]|1[0-2]))?$")] = "") -> Response:
    """Show a month."""
    return _page(visit, month)


def _page(visit: Visit, month: str = "", issued: str = "") -> Response:
    first = date.fromisoformat(f"{month}-01") if month else local_date(visit.now).replace(day=1)
    weeks = Weeks(_MONDAY).monthdatescalendar(first.year, first.month)
    days = [day for week in weeks for day in week]
    wanted = Filter(due_from=days[0], due_before=days[-1] + timedelta(days=1))
    with reading(visit.office.engine) as session:
        duties, due = [], dict.fromkeys(days, 0)
        if visit.viewer.may(Right.READ):
            scope = scope_of(visit.viewer)
            duties = list_duties(session, wanted, visit.now, scope, Page(each_day=_SHOWN))
            due = load(session, days[0], len(days), scope)
        calendar = current_calendar(session)
        names = every_agency_name(session, visit.language)
        subscribed = any(SCOPE in token.scopes for token in sign_ins.tokens(session, visit.viewer.person))
    by_day: dict[str, list[dict[str, Any]]] = {}
    for duty in duties:
        by_day.setdefault(duty["due"], []).append(duty)

    def cell(day: date) -> Cell:
        try:
            reason, settled = calendar.rest_reason(day), calendar.is_published(day)
        except CalendarUnknown:
            reason, settled = None, False
        # That a Sunday is one stands in the head of the column.
        holiday = reason if reason and reason != weekday_name(day) else ""
        shown, made_up, inside = by_day.get(day.isoformat(), []), calendar.is_make_up_day(day), day.month == first.month
        return Cell(day, inside, reason is not None, holiday, made_up, not settled, shown, due[day] - len(shown))

    before, after = first - timedelta(days=1), first + timedelta(days=31)
    return page(
        visit, "calendar.html", here="calendar", weeks=[[cell(day) for day in week] for week in weeks], month=first,
        before=f"{before:%Y-%m}", after=f"{after:%Y-%m}", names=names, issued=issued, subscribed=subscribed,
        mine=visit.viewer.may(Right.READ),
    )  # fmt: skip


@router.post("/calendar/feed")
def subscribe(visit: Reader, form: Posted) -> Response:
    """Give a new private address for the feed; an earlier one no longer works."""
    person = visit.viewer.person
    with writing(visit.office.engine) as session:
        for token in sign_ins.tokens(session, person):
            if SCOPE in token.scopes:
                session.delete(token)
        secret = sign_ins.issue_token(session, person, "iCalendar", [SCOPE], visit.now, None)
        log(session, visit.actor, visit.now, "feed", person)
    base = visit.office.url or str(visit.request.base_url).rstrip("/")
    return _page(visit, issued=f"{base}/feeds/{secret}.ics")


@router.get("/feeds/{secret}.ics")
def feed_of(request: Request, secret: str) -> Response:
    """Return somebody's own duties to a calendar program, which knows only this address."""
    visit = Visit(request)
    day = local_date(visit.now)
    with reading(visit.office.engine) as session:
        token = sign_ins.token(session, secret, visit.now)
        viewer = viewer_of(session, token.person) if token and SCOPE in token.scopes else None
        if viewer is None or not viewer.may(Right.READ):
            raise Refused("token", "token_unknown")
        wanted = Filter(due_from=day - _BEHIND, due_before=day + _AHEAD)
        own = Scope(viewer.agencies, viewer.own_obligors)
        duties = list_duties(session, wanted, visit.now, own, Page(limit=_IN_FEED))
        names = every_agency_name(session, visit.language)
    return Response(feed(duties, names, visit.now, visit.office.url), media_type="text/calendar; charset=utf-8")
