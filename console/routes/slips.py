"""督办单: every number that was given, and each paper with its evidence, to read and to print."""

from collections.abc import Mapping
from typing import Annotated, Any
from urllib.parse import quote

from fastapi import APIRouter, Query
from starlette.concurrency import run_in_threadpool
from starlette.responses import RedirectResponse, Response

from console.pages import page
from console.visit import Leader, Posted, Supervisor, Visit, field
from console.words import refusal
from docket.directory import every_agency_name, person_names
from docket.engine import reading, writing
from docket.inbox import mark
from docket.instructions import instructions_on, slip_read_by
from docket.slips import level_of, paper, slips
from docket.tables import NoticeRow, SlipRow
from rules.counting.clock import local_date
from rules.errors import Refused
from rules.letters.letter import short_id

router = APIRouter()
_PAGE = 50


@router.get("/supervision/slips")
def show(visit: Supervisor, number: Annotated[int, Query(alias="page", ge=1, le=100_000)] = 1) -> Response:
    """List the slips by number, with what became of each."""
    with reading(visit.office.engine) as session:
        found, total = slips(session, (number - 1) * _PAGE, _PAGE)
        people = person_names(session)
    pages = max(-(-total // _PAGE), 1)
    return page(
        visit, "urging_slips.html", here="supervision", slips=found, people=people, number=min(number, pages),
        pages=pages,
    )  # fmt: skip


@router.get("/supervision/slips/paper")
def show_paper(visit: Supervisor, draft: str) -> Response:
    """Show one slip as a paper: as it was decided on, or as it stands while it is a draft."""
    with reading(visit.office.engine) as session:
        found = paper(session, draft)
        names, people = every_agency_name(session, visit.language), person_names(session)
        if found is None:
            raise Refused("draft", "draft_unknown")
        level = level_of(session, found[1])
        said_of = instructions_on(session, found[1].dossier_id or "", found[0].number)
    return _paper(visit, found, names, people, level=level, instructions=said_of)


def _paper(
    visit: Visit,
    found: tuple[SlipRow, NoticeRow, dict[str, Any]],
    names: Mapping[str, str],
    people: Mapping[str, str],
    status: int = 200,
    **more: Any,
) -> Response:
    slip, notice, evidence = found
    would_be = more.pop("level", 1)
    level = slip.level or would_be
    of_agencies = [duty for duty in evidence["duties"] if duty["obligor"] != "bureau"]
    owing = dict.fromkeys(name for duty in of_agencies for name in duty["agencies"])
    return page(
        visit, "urging_slip.html", status, here="supervision", slip=slip, notice=notice, evidence=evidence,
        names=names, people=people, short=short_id(notice.letter_id or ""), today=local_date(visit.now), level=level,
        owing=list(owing),
        **({"own": None, "problem": "", "instructions": (), "typed": ""} | more),
    )  # fmt: skip


@router.get("/slips")
def read(visit: Leader, notice: str) -> Response:
    """Show a slip to the leader whom it was sent to; from then on it can't be taken back."""
    with writing(visit.office.engine) as session:
        slip_read_by(session, notice, visit.viewer.person)
        mark(session, visit.viewer.person, [notice], visit.now)
    return _own(visit, notice)


@router.post("/slips")
async def instruct(visit: Leader, form: Posted) -> Response:
    """Answer a slip: 批示."""
    notice, words = field(form, "notice"), field(form, "instruction")
    desk = await visit.office.desk(visit.actor.origin)
    if not words:
        missing = refusal(Refused("instruction", "missing"), visit.language)
        return await run_in_threadpool(_own, visit, notice, 422, missing)
    try:
        await desk.instruct(notice, words, visit.viewer.person, visit.office.settings.outside)
    except Refused as refused:
        return await run_in_threadpool(_own, visit, notice, 422, refusal(refused, visit.language), words)
    return RedirectResponse(f"/slips?notice={quote(notice)}&done=instructed", 303)


def _own(visit: Visit, notice: str, status: int = 200, problem: str = "", typed: str = "") -> Response:
    with reading(visit.office.engine) as session:
        mine, slip = slip_read_by(session, notice, visit.viewer.person)
        found = paper(session, slip.notice_key)
        assert found is not None
        names, people = every_agency_name(session, visit.language), person_names(session)
        said_of = instructions_on(session, mine.dossier_id or "", slip.number)
    return _paper(visit, found, names, people, status, own=notice, problem=problem, typed=typed, instructions=said_of)
