"""来文: one letter with its duties, weeks, ladder, time line and history; its reckonings to print."""

from typing import Any

from fastapi import APIRouter
from starlette.responses import Response

from console import letters
from console.drawing import WIDTH
from console.pages import page
from console.visit import Reader
from console.words import said
from docket.engine import reading
from docket.library import current_calendar
from docket.reads import notices_of
from rules.access import Right
from rules.counting.clock import local
from rules.dossier.view import warnings
from rules.letters.letter import short_id
from rules.letters.registry import kinds
from rules.telling.wording import missing_name, rung_name
from rules.texts import Language

router = APIRouter()


@router.get("/letters/{short}")
def show(visit: Reader, short: str) -> Response:
    """Show a letter as it stands."""
    language = visit.language
    with reading(visit.office.engine) as session:
        opened = letters.opened(session, visit, short)
        calendar = current_calendar(session)
        notices = (
            notices_of(session, opened.state.dossier.id, opened.state) if visit.viewer.may(Right.SUPERVISE) else []
        )
    view = opened.view
    fulfilling, others = letters.doings(opened, visit.viewer)
    sheets = {each["key"]: each for each in letters.sheets(opened)}
    drawing = letters.drawn(view, opened.names, language, visit.now, calendar)
    return page(
        visit, "letter.html", here="docket", view=view, letter=view["letter"], names=opened.names,
        duties=letters.unfinished_first(view["duties"]),
        people=opened.people, sheets=sheets, fulfilling=fulfilling, others=others, weeks=letters.weeks(view),
        history=letters.history(view["events"], view["letter"]["kind"], opened.names, opened.people, language),
        particulars=letters.particulars(opened, language),
        drawing=drawing, width=WIDTH, notices=notices, present=local(visit.now).isoformat(timespec="seconds"),
        warnings=warnings(opened.state),
        siblings=[(short_id(each.letter_id), each.current_letter) for each in opened.siblings],
        kinds=list(kinds()) if visit.viewer.may(Right.REGISTER) else [],
        taken=_steps(view["taken"], opened, language), coming=_steps(view["ladder"], opened, language),
        missing=lambda name: missing_name(name, opened.names, language),
    )  # fmt: skip


def _steps(rungs: list[dict[str, Any]], opened: letters.Opened, language: Language) -> list[dict[str, Any]]:
    """Lay out the steps of ladders, those of one moment for one duty as one, with everybody they go to."""
    duties = {duty["key"]: duty for duty in opened.view["duties"]}
    steps: dict[tuple[str, str, bool], list[dict[str, Any]]] = {}
    for rung in rungs:
        if rung["duty"] in duties:
            steps.setdefault((rung["at"], rung["duty"], rung["draft"]), []).append(rung)
    found = []
    for (at, duty, draft), taken in steps.items():
        names = list(dict.fromkeys(rung_name(rung["code"], language) for rung in taken))
        words = names[0] if len(names) == 1 else said("letter.merged", language, count=len(names))
        to = list(dict.fromkeys(rung["to"] for rung in taken))
        found.append({"at": at, "duty": duties[duty], "draft": draft, "words": words, "to": to})
    return found


@router.get("/letters/{short}/reckoning")
def reckoning(visit: Reader, short: str, duty: str = "") -> Response:
    """Show how the dates were counted, one sheet a duty, to be printed."""
    with reading(visit.office.engine) as session:
        opened = letters.opened(session, visit, short)
    return page(
        visit, "reckoning.html", here="docket", letter=opened.view["letter"], names=opened.names,
        sheets=letters.sheets(opened, duty),
    )  # fmt: skip
