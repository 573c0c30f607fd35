"""案件: the list of matters, one with its whole life, and what is recorded of a case itself."""

from collections.abc import Mapping
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Request
from pydantic import ValidationError
from sqlmodel import Session
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData
from starlette.responses import HTMLResponse, RedirectResponse, Response

from console import fields as forms
from console import foresight, matters
from console.asked import AskedMatters, scope_of
from console.drawing import WIDTH
from console.fields import Field
from console.foresight import Foresight
from console.matters import OpenedMatter
from console.options import of_case, of_directory
from console.pages import page, render
from console.parts import Printed, columns_of, part_of, refuse_too_many, workbook_of
from console.sheet import MOST_ROWS, matter_sheet
from console.visit import Forbidden, Posted, Reader, Recorder, Visit, field
from console.words import said
from desk.desk import Desk
from desk.forecast import compared, foreseen_of_case
from desk.wording import described, named
from docket.directory import agency_names, every_agency_name, person_names
from docket.engine import reading
from docket.library import current_calendar
from docket.matters import count_matters, list_matters
from docket.reads import notices_of
from rules.access import Right
from rules.counting.clock import local, local_date
from rules.letters.cases import Proceeding
from rules.letters.events import Event
from rules.letters.letter import short_id
from rules.letters.problems import refusal as problem_of
from rules.letters.registry import case_events, event_adapter, event_models, kinds

router = APIRouter()
COLUMNS_OF_CASES = (
    "plaintiff", "agencies", "title", "stage", "due", "left", "act", "lamps", "outcome", "handler",
)  # fmt: skip


def asked(request: Request) -> AskedMatters:
    """Read what a link asks for; blanks are what a form sends for fields that nobody filled in."""
    try:
        return AskedMatters.model_validate({name: value for name, value in request.query_params.items() if value})
    except ValidationError as error:
        raise problem_of(error) from error


@router.get("/matters")
def show_all(visit: Reader, wanted: Annotated[AskedMatters, Depends(asked)], whole: Printed = False) -> Response:
    """Show a page of the list of matters, or all rows of it to be printed."""
    scope = scope_of(visit.viewer)
    with reading(visit.office.engine) as session:
        total = count_matters(session, wanted.filter(), scope)
        part = part_of(total, wanted.page, whole=whole)
        rows = list_matters(session, wanted.filter(), visit.now, scope, part.offset, part.size)
        names, people = every_agency_name(session, visit.language), person_names(session)
    return page(
        visit, "matters.html", here="docket", asked=wanted, rows=rows, total=total, number=part.number,
        pages=part.pages, proceedings=list(Proceeding), may_open=visit.viewer.may(Right.REGISTER), names=names,
        people=people, whole=whole, columns=columns_of(COLUMNS_OF_CASES, visit.language),
    )  # fmt: skip


@router.get("/matters.xlsx")
def export(visit: Reader, wanted: Annotated[AskedMatters, Depends(asked)]) -> Response:
    """Return all rows of the list of matters as a spreadsheet."""
    scope = scope_of(visit.viewer)
    with reading(visit.office.engine) as session:
        refuse_too_many(count_matters(session, wanted.filter(), scope), MOST_ROWS)
        rows = list_matters(session, wanted.filter(), visit.now, scope)
        names, people = every_agency_name(session, visit.language), person_names(session)
    return workbook_of(visit, "cases", matter_sheet(rows, names, people, visit.language, visit.now))


@router.get("/matters/{name}")
def show(visit: Reader, name: str) -> Response:
    """Show a matter as it stands, with its whole life."""
    with reading(visit.office.engine) as session:
        opened = matters.opened(session, visit, name)
        calendar = current_calendar(session)
        supervises = visit.viewer.may(Right.SUPERVISE)
        notices = notices_of(session, opened.state.id) if supervises else []
    allowed = visit.viewer.case_events()
    return page(
        visit, "matter.html", here="docket", view=opened.view, matter=opened.view["matter"], names=opened.names,
        people=opened.people, duties=matters.duties_of(opened.view), drawing=matters.drawn(opened, visit, calendar),
        width=WIDTH, history=matters.history(opened, visit.language), notices=notices[::-1],
        named=lambda identity: named(identity, visit.language), short=short_id,
        present=local(visit.now).isoformat(timespec="seconds"),
        heard=lambda held: matters.heard(held, opened.names, visit.language),
        doings=[event for event in case_events() if event in allowed and not _done(opened, event)],
        allowed=() if opened.state.joined else allowed,
        kinds=list(kinds()) if visit.viewer.may(Right.REGISTER) and not opened.state.joined else [],
    )  # fmt: skip


def _done(opened: OpenedMatter, event: str) -> bool:
    """Tell whether something that happens once to a case has happened, or nothing can happen any more."""
    standing = {each["type"] for each in opened.view["events"] if not each["voided"]}
    return bool(opened.state.joined) or (event in ("case_opened", "case_closed") and event in standing)


def _opened(visit: Visit, name: str, event: str) -> OpenedMatter:
    if event not in visit.viewer.case_events():
        raise Forbidden
    with reading(visit.office.engine) as session:
        return matters.opened(session, visit, name)


@router.get("/matters/{name}/record/{event}")
def form_of(visit: Recorder, request: Request, name: str, event: str) -> Response:
    """Show the form of what is recorded of a case itself."""
    opened, given = _opened(visit, name, event), dict(request.query_params)
    if event == "correction":
        return RedirectResponse(f"{opened.subject.link}/correct?{urlencode(given)}", 303)
    found = _fields(visit, opened, event)
    start = forms.defaults(event_models()[event]) | {"on": local_date(visit.now).isoformat()}
    return _form(visit, opened, event, found, forms.Values(forms.prefilled(found, start | given)), {})


@router.post("/matters/{name}/record/{event}/forecast")
def forecast(visit: Recorder, name: str, event: str, form: Posted) -> Response:
    """Show what would change, for the script that asks while it is typed."""
    opened = _opened(visit, name, event)
    found = _fields(visit, opened, event)
    context = _foreseen(visit, opened, event, found, forms.data(found, form))
    return HTMLResponse(render("consequences.html", visit.language, **context))


@router.post("/matters/{name}/record/{event}")
async def record(visit: Recorder, name: str, event: str, form: Posted) -> Response:
    """Record what happened to a case itself."""
    opened = await run_in_threadpool(_opened, visit, name, event)
    typed = forms.values(form)
    found = _fields(visit, opened, event)
    step = field(form, "step")

    def again(problems: Mapping[str, str]) -> Response:
        more = step.partition(":")[2]
        return _form(visit, opened, event, found, typed, problems, 422 if problems else 200, more=more)

    async def act(desk: Desk, said: Event) -> str:
        await desk.record_case(opened.state.id, said, visit.viewer.person)
        return f"{opened.subject.link}?done=recorded"

    if step == "forecast" or step.startswith("more:"):
        return await run_in_threadpool(again, {})
    data = {"type": event, **forms.data(found, form)}
    return await foresight.answered(visit, opened.names, event_adapter(), data, act, again)


def _fields(visit: Visit, opened: OpenedMatter, event: str) -> list[Field]:
    """List the fields of a form."""
    with reading(visit.office.engine) as session:
        options = of_directory(agency_names(session)) | of_case(opened.state, visit.language)
    return forms.fields(event_models()[event], {"type"}, visit.language, options)


def _foreseen(
    visit: Visit, opened: OpenedMatter, event: str, found: list[Field], given: Mapping[str, Any]
) -> dict[str, Any]:
    """Work out what a record would change as far as it is typed; nothing is written."""

    def work(session: Session, said: Event) -> Foresight:
        return of_matter(session, visit, opened, said)

    return foresight.foreseen(visit, opened.names, event_adapter(), found, {"type": event, **given}, work)


def _form(
    visit: Visit,
    opened: OpenedMatter,
    event: str,
    found: list[Field],
    typed: forms.Values,
    problems: Mapping[str, str],
    status: int = 200,
    *,
    more: str = "",
) -> Response:
    title = said(f"event.{event}", visit.language)
    about = described((event_models()[event].__doc__ or "").strip(), visit.language)
    return page(
        visit, "record.html", status, here="docket", subject=opened.subject, event=event, fields=found, title=title,
        button=title if event_models()[event].grave else said("record.do", visit.language),
        action=f"{opened.subject.link}/record/{event}", forecast=True, about="" if about == title else about,
        values=typed, problems=problems, labels={each.name: each.label for each in found},
        rows=forms.shown_rows(found, typed, more), fresh=status == 200 and "csrf" not in typed,
        grave=event_models()[event].grave,
        **_foreseen(visit, opened, event, found, forms.data(found, FormData(typed))),
    )  # fmt: skip


def of_matter(session: Session, visit: Visit, opened: OpenedMatter, said: Event) -> Foresight:
    """Work out what recording something of a case would change, in it and in its letters."""
    after = foreseen_of_case(session, opened.state, said, visit.viewer.person, visit.now)
    of_letters = foresight.of_letters(visit, compared(opened.state, after, ""))
    return Foresight([foresight.of_case(visit, opened.state, after), *of_letters])
