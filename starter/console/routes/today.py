"""今日: what is due, what is late and what waits, by role."""

from datetime import timedelta

from fastapi import APIRouter
from sqlmodel import Session
from starlette.responses import Response

from docket.accounts import accounts
from docket.directory import every_agency_name, listed
from docket.engine import reading
from docket.inbox import count_drafts, failed_deliveries
from docket.library import current_calendar
from docket.lists import Filter, Page, figures, list_duties
from rules.access import Right
from rules.counting.clock import local_date
from rules.duties.duty import Light
from starter.console.asked import scope_of
from starter.console.pages import page
from starter.console.visit import SignedIn, Visit

router = APIRouter()
_SHOWN = 10
_SOON = timedelta(days=7)


@router.get("/")
def today(visit: SignedIn) -> Response:
    """Show the day's work; an administrator's is the installation itself."""
    with reading(visit.office.engine) as session:
        if not visit.viewer.may(Right.READ):
            return _installation(visit, session)
        return _day(visit, session)


def _day(visit: Visit, session: Session) -> Response:
    day, scope = local_date(visit.now), scope_of(visit.viewer)
    part = Page(limit=_SHOWN)
    due_today = Filter(due_from=day, due_before=day + timedelta(days=1))
    soon = Filter(due_from=day + timedelta(days=1), due_before=day + _SOON)
    lists = [
        ("overdue", "overdue=1", Filter(overdue=True)),
        ("not_prompt", f"light=yellow&due_to={day - timedelta(days=1)}", Filter(light=Light.YELLOW, due_before=day)),
        ("due_today", f"due_from={day}&due_to={day}", due_today),
        ("soon", f"due_from={day + timedelta(days=1)}&due_to={day + _SOON - timedelta(days=1)}", soon),
        ("waiting", "waiting=1", Filter(waiting=True)),
    ]
    if visit.viewer.role == "leader":
        # 分管县领导 reads a short list of what is late, and nothing else.
        lists = lists[:1]
    shown = [(name, link, list_duties(session, wanted, visit.now, scope, part)) for name, link, wanted in lists]
    names = every_agency_name(session, visit.language)
    drafts = count_drafts(session) if visit.viewer.may(Right.SEND) else None
    counts = figures(session, visit.now, scope)
    return page(
        visit, "today.html", here="today", figures=counts, lists=shown, names=names, drafts=drafts, limit=_SHOWN
    )


def _installation(visit: Visit, session: Session) -> Response:
    agencies, people = listed(session)
    calendar = current_calendar(session)
    known = accounts(session)
    without = [person for person in people if person.id not in known]
    published = [year for year, document in calendar.years.items() if document.published]
    return page(
        visit, "installation.html", here="today", agencies=len(agencies), people=len(people), without=without,
        published=published, failed=failed_deliveries(session),
    )  # fmt: skip
