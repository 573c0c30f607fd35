"""今日: what is due, what is late and what waits, by role."""

from datetime import date, timedelta
from typing import Any

from fastapi import APIRouter
from sqlmodel import Session
from starlette.responses import Response

from console.asked import scope_of
from console.pages import page
from console.visit import SignedIn, Visit
from docket.accounts import people_without_account
from docket.directory import every_agency_name, listed
from docket.engine import reading
from docket.inbox import count_drafts, failed_deliveries
from docket.library import current_calendar
from docket.lists import Filter, figures, list_each
from rules.access import Right
from rules.counting.clock import local_date

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


_OF_BUREAU = ("own", "due_today", "agencies", "soon", "waiting")
_OF_AGENCY = ("late", "due_today", "soon", "waiting")
_OF_LEADER = ("overdue",)
"""The lists of whoever supervises, whoever records, and whoever only reads, as 分管县领导: what is late."""


def _day(visit: Visit, session: Session) -> Response:
    viewer, scope, every = visit.viewer, scope_of(visit.viewer), _lists(local_date(visit.now))
    reads = _OF_AGENCY if viewer.may(Right.RECORD) else _OF_LEADER
    names = _OF_BUREAU if viewer.may(Right.SUPERVISE) else reads
    rows = list_each(session, {name: every[name][1] for name in names}, visit.now, scope, _SHOWN)
    return page(
        visit, "today.html", here="today", figures=figures(session, visit.now, scope),
        lists=[(name, every[name][0], _by_matter(rows[name])) for name in names],
        names=every_agency_name(session, visit.language),
        drafts=count_drafts(session) if viewer.may(Right.SEND) else None, limit=_SHOWN,
    )  # fmt: skip


def _by_matter(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Put what is owed in one matter together, matters in the order of their most pressing duty."""
    first = {row["matter"]: place for place, row in reversed(list(enumerate(rows)))}
    return sorted(rows, key=lambda row: first[row["matter"]])


def _lists(day: date) -> dict[str, tuple[str, Filter]]:
    """Say what each list of a day holds, with its link to the docket."""
    tomorrow, soon = day + timedelta(days=1), day + _SOON
    return {
        "own": ("late=1&obligor=bureau", Filter(late=True, obligor="bureau")),
        "agencies": ("late=1&obligor=agency", Filter(late=True, obligor="agency")),
        "late": ("late=1", Filter(late=True)),
        "overdue": ("overdue=1", Filter(overdue=True)),
        "due_today": (f"due_from={day}&due_to={day}", Filter(due_from=day, due_before=tomorrow)),
        "soon": (
            f"due_from={tomorrow}&due_to={soon - timedelta(days=1)}", Filter(due_from=tomorrow, due_before=soon),
        ),
        "waiting": ("waiting=1", Filter(waiting=True)),
    }  # fmt: skip


def _installation(visit: Visit, session: Session) -> Response:
    agencies, people = listed(session, active=True)
    calendar = current_calendar(session)
    published = [year for year, document in calendar.years.items() if document.published]
    return page(
        visit, "installation.html", here="today", agencies=len(agencies), people=len(people),
        without=people_without_account(session),
        published=published, awaited=calendar.awaited(local_date(visit.now)), failed=failed_deliveries(session),
    )  # fmt: skip
