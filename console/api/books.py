"""Calendars and the rulebook by API."""

from typing import Any

from fastapi import APIRouter
from starlette.concurrency import run_in_threadpool

from console.api import answers
from console.api.caller import Administrator, AnyCaller, Caller
from console.loading import matters
from desk.calendars import CalendarChange, preview_year
from docket.engine import reading
from docket.library import current_calendar, rulebook_in_force
from rules.counting.years import YearDocument, as_json, read_year

router = APIRouter()


@router.get("/calendar", response_model=answers.Calendar, tags=["calendar 日历"])
def calendar(caller: AnyCaller) -> dict[str, Any]:
    """Say which years are published."""
    with reading(caller.office.engine) as session:
        known = current_calendar(session)
    years = [
        {"year": year, "published": document.published, "source": document.source}
        for year, document in known.years.items()
    ]
    return {"calendar": known.version, "years": years}


@router.post("/calendar/preview", response_model=answers.CalendarChange, tags=["calendar 日历"])
def preview(caller: Administrator, year: YearDocument) -> dict[str, Any]:
    """Say which dates a year's notice would move; nothing is written."""
    return _change(_previewed(caller, year), loaded=False)


@router.post("/calendar", response_model=answers.CalendarChange, tags=["calendar 日历"])
async def load(caller: Administrator, year: YearDocument) -> dict[str, Any]:
    """Load a year's notice and have every open matter counted again; safe to repeat."""
    change = await run_in_threadpool(_previewed, caller, year)
    total = await run_in_threadpool(matters, caller.office.engine)
    loading = await caller.office.load(change, total, caller.actor)
    await loading.finish()
    return _change(change, loaded=True, counted=loading.done)


def _previewed(caller: Caller, year: YearDocument) -> CalendarChange:
    document = read_year(as_json(year), "year")
    return preview_year(caller.office.engine, document, "year", caller.now)


def _change(change: CalendarChange, *, loaded: bool, counted: int = 0) -> dict[str, Any]:
    return change.as_json() | {"loaded": loaded, "matters": counted}


@router.get("/rulebook", response_model=dict[str, Any], tags=["rulebook 规则库"])
def rulebook(caller: AnyCaller) -> dict[str, Any]:
    """Return the rulebook that new letters come under."""
    with reading(caller.office.engine) as session:
        book = rulebook_in_force(session)
    return {"version": book.version, **book.model_dump(mode="json")}
