"""案件: the list of matters, one with its whole life, and what is recorded of a case itself."""

from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from pydantic import ValidationError
from sqlmodel import Session
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData
from starlette.responses import HTMLResponse, Response

from console import fields as forms
from console import foresight, matters
from console.asked import AskedMatters, scope_of
from console.drawing import WIDTH
from console.fields import Field
from console.foresight import Change
from console.matters import OpenedMatter
from console.options import of_case, of_directory
from console.pages import page, render
from console.visit import Forbidden, Posted, Reader, Recorder, Visit, field
from console.words import said
from desk.desk import Desk
from desk.forecast import compared, foreseen_of_case
from desk.wording import described, named, worded
from docket.directory import agency_names
from docket.engine import reading
from docket.library import current_calendar
from docket.matters import count_matters, list_matters
from docket.reads import notices_of
from rules.access import Right
from rules.counting.clock import local, local_date
from rules.errors import Refused
from rules.letters.cases import Proceeding
from rules.letters.corrections import correctable
from rules.letters.events import Event
from rules.letters.letter import short_id
from rules.letters.problems import refusal as problem_of
from rules.letters.registry import case_events, event_adapter, event_models, kinds

router = APIRouter()
PAGE = 50
"""Rows a page."""

_CHOSEN = {"target", "field"}
"""Of a correction, what was chosen before its form came."""


def asked(request: Request) -> AskedMatters:
    """Read what a link asks for; blanks are what a form sends for fields that nobody filled in."""
    try:
        return AskedMatters.model_validate({name: value for name, value in request.query_params.items() if value})
    except ValidationError as error:
        raise problem_of(error) from error


@router.get("/matters")
def show_all(visit: Reader, wanted: Annotated[AskedMatters, Depends(asked)]) -> Response:
    """Show a page of the list of matters."""
    scope = scope_of(visit.viewer)
    with reading(visit.office.engine) as session:
        total = count_matters(session, wanted.filter(), scope)
        pages = max(-(-total // PAGE), 1)
        number = min(wanted.page, pages)
        rows = list_matters(session, wanted.filter(), visit.now, scope, (number - 1) * PAGE, PAGE)
    return page(
        visit, "matters.html", here="matters", asked=wanted, rows=rows, total=total, number=number, pages=pages,
        proceedings=list(Proceeding), may_open=visit.viewer.may(Right.REGISTER),
    )  # fmt: skip


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
        visit, "matter.html", here="matters", view=opened.view, matter=opened.view["matter"], names=opened.names,
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
    if event == "correction" and not given.keys() >= _CHOSEN:
        return _choose_field(visit, opened, given.get("target", ""))
    found = _fields(visit, opened, event, given)
    start = forms.defaults(event_models()[event]) | {"on": local_date(visit.now).isoformat()}
    if event == "correction":
        start["value"] = correctable(_target(opened, given["target"])).get(given["field"], ("", None))[1]
    return _form(visit, opened, event, found, forms.Values(forms.prefilled(found, start | given)), {})


@router.post("/matters/{name}/record/{event}/forecast")
def forecast(visit: Recorder, name: str, event: str, form: Posted) -> Response:
    """Show what would change, for the script that asks while it is typed."""
    opened = _opened(visit, name, event)
    found = _fields(visit, opened, event, forms.values(form))
    context = _foreseen(visit, opened, event, found, forms.data(found, form))
    return HTMLResponse(render("consequences.html", visit.language, **context))


@router.post("/matters/{name}/record/{event}")
async def record(visit: Recorder, name: str, event: str, form: Posted) -> Response:
    """Record what happened to a case itself."""
    opened = await run_in_threadpool(_opened, visit, name, event)
    typed = forms.values(form)
    found = _fields(visit, opened, event, typed)
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


def _fields(visit: Visit, opened: OpenedMatter, event: str, named: Mapping[str, str]) -> list[Field]:
    """List the fields of a form; a correction's value is asked for as the field that `named` names is."""
    with reading(visit.office.engine) as session:
        options = of_directory(agency_names(session)) | of_case(opened.state, visit.language)
    found = forms.fields(event_models()[event], {"type"}, visit.language, options)
    if event == "correction":
        target = type(_target(opened, named.get("target", "")))
        asked = {each.name: each for each in forms.fields(target, ("type",), visit.language, options)}
        found = forms.corrected(found, asked.get(named.get("field", "")))
    return found


def _target(opened: OpenedMatter, target: str) -> Event:
    found = next((fact.event for fact in opened.state.facts() if fact.id == target), None)
    if found is None:
        raise Refused("target", "unknown_event", target=target)
    return found


def _choose_field(visit: Visit, opened: OpenedMatter, target: str) -> Response:
    """Ask what of which record is to be corrected."""
    targets = [each for each in of_case(opened.state, visit.language)["target"] if _target(opened, each[0]).correctable]
    target = target or (targets[0][0] if targets else "")
    event = _target(opened, target)
    fields = [
        (name, described(words, visit.language), worded(type(event), name, value, opened.names, visit.language))
        for name, (words, value) in correctable(event).items()
    ]
    return page(
        visit, "correct.html", here="matters", subject=opened.subject, targets=targets, target=target, fields=fields
    )


def _foreseen(
    visit: Visit, opened: OpenedMatter, event: str, found: list[Field], given: Mapping[str, Any]
) -> dict[str, Any]:
    """Work out what a record would change as far as it is typed; nothing is written."""

    def work(session: Session, said: Event) -> list[Change]:
        after = foreseen_of_case(session, opened.state, said, visit.viewer.person, visit.now)
        of_letters = foresight.of_letters(visit, compared(opened.state, after, ""))
        return [foresight.of_case(visit, opened.state, after), *of_letters]

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
        visit, "record.html", status, here="matters", subject=opened.subject, event=event, fields=found, title=title,
        button=title if event_models()[event].grave else said("record.do", visit.language),
        action=f"{opened.subject.link}/record/{event}", forecast=True, about="" if about == title else about,
        values=typed, problems=problems, labels={each.name: each.label for each in found},
        rows=forms.shown_rows(found, typed, more), fresh=status == 200 and "csrf" not in typed,
        grave=event_models()[event].grave,
        **_foreseen(visit, opened, event, found, forms.data(found, FormData(typed))),
    )  # fmt: skip
