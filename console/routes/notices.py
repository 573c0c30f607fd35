"""提醒: one's own inbox, read and unread."""

from typing import Annotated

from fastapi import APIRouter, Query
from starlette.responses import RedirectResponse, Response

from console.pages import page
from console.visit import Posted, SignedIn, field
from docket.engine import reading, writing
from docket.inbox import inbox, mark, mark_all

router = APIRouter()
PAGE = 30
"""Notices a page."""


@router.get("/notices")
def show(
    visit: SignedIn, unread: bool = False, part: Annotated[int, Query(alias="page", ge=1, le=10_000)] = 1
) -> Response:
    """Show a page of one's notices."""
    with reading(visit.office.engine) as session:
        found, total = inbox(
            session, visit.viewer.person, visit.now, unread=unread, offset=(part - 1) * PAGE, limit=PAGE
        )
    pages = max(-(-total // PAGE), 1)
    return page(
        visit, "notices.html", here="notices", notices=found, total=total, number=part, pages=pages, only=unread
    )


@router.post("/notices")
def read(visit: SignedIn, form: Posted) -> Response:
    """Mark one notice, or all, as read or unread."""
    key, back = field(form, "key"), "/notices?unread=1" if field(form, "only") else "/notices"
    with writing(visit.office.engine) as session:
        if field(form, "mark") == "all":
            mark_all(session, visit.viewer.person, visit.now)
        else:
            mark(session, visit.viewer.person, [key], None if field(form, "mark") == "unread" else visit.now)
    return RedirectResponse(back, 303)
