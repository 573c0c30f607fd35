"""放假安排: which years are published; loading one, with a preview of what moves."""

from typing import Any

from fastapi import APIRouter, HTTPException
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData, UploadFile
from starlette.responses import RedirectResponse, Response

from console.loading import matters
from console.pages import page
from console.visit import Administrator, Posted, Visit, field
from console.words import refusal
from desk.calendars import CalendarChange, preview_year
from desk.wording import named
from docket.directory import every_agency_name
from docket.engine import reading
from docket.library import current_calendar
from rules.counting.years import LARGEST_FILE, as_json, read_year
from rules.errors import CalendarRefused, Refused

router = APIRouter(prefix="/administration/calendars")


@router.get("")
def show(visit: Administrator) -> Response:
    """Show which years are published, and how a load that is under way is getting on."""
    return _page(visit)


def _page(visit: Visit, status: int = 200, problem: str = "", **more: Any) -> Response:
    with reading(visit.office.engine) as session:
        known = current_calendar(session)
        names = every_agency_name(session, visit.language)
    shown: dict[str, Any] = {"change": None, "document": "", "loading": visit.office.loading} | more
    change: CalendarChange | None = shown["change"]
    moves = []
    for letter, move in change.moves if change else ():
        rule, _, agency = move.key.partition("@")
        moves.append((named(letter, visit.language), f"{rule} {names.get(agency, agency)}".strip(), move))
    return page(
        visit, "calendars.html", status, here="administration", tab="calendars", known=known, problem=problem,
        moves=moves, **shown,
    )  # fmt: skip


@router.get("/{year}.json")
def document(visit: Administrator, year: int) -> Response:
    """Return the document of a year that is loaded, from which next year's is made."""
    with reading(visit.office.engine) as session:
        found = current_calendar(session).years.get(year)
    if found is None:
        raise HTTPException(404)
    name = {"Content-Disposition": f'attachment; filename="{year}.json"'}
    return Response(as_json(found), media_type="application/json", headers=name)


@router.post("")
async def load(visit: Administrator, form: Posted) -> Response:
    """Show what a year's notice would move; load it once that is confirmed."""
    try:
        source = await _uploaded(form)
        document = read_year(source, "file")
        change = await run_in_threadpool(preview_year, visit.office.engine, document, "file", visit.now)
    except CalendarRefused as refused:
        where = refused.field.removeprefix("file").removeprefix(":")
        words = refusal(refused, visit.language)
        return await run_in_threadpool(_page, visit, 422, f"{where}：{words}" if where else words)
    if field(form, "do") != "load":
        return await run_in_threadpool(_page, visit, change=change, document=as_json(document))
    try:
        await visit.office.load(change, await run_in_threadpool(matters, visit.office.engine), visit.actor)
    except Refused as refused:
        return await run_in_threadpool(
            _page, visit, 422, refusal(refused, visit.language), change=change, document=as_json(document)
        )
    return RedirectResponse("/administration/calendars", 303)


async def _uploaded(form: FormData) -> str:
    """Return the text of the file that was sent, or of the one that was shown and confirmed."""
    upload = form.get("file")
    if not isinstance(upload, UploadFile) or not upload.filename:
        if confirmed := field(form, "document"):
            return confirmed
        raise CalendarRefused("file", "missing")
    content = await upload.read(LARGEST_FILE + 1)
    if len(content) > LARGEST_FILE:
        raise CalendarRefused("file", "calendar_too_large", limit=LARGEST_FILE)
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise CalendarRefused("file", "calendar_unreadable", detail=str(error)) from error
