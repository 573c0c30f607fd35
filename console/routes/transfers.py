"""案件登记、来文移转、并案: a case is put on file, a letter is moved to its matter, two matters are joined."""

from collections.abc import Iterable, Mapping
from typing import NamedTuple, TypeVar

from fastapi import APIRouter
from pydantic import BaseModel, TypeAdapter
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData
from starlette.responses import RedirectResponse, Response

from console import fields as forms
from console import letters, matters
from console.letters import Subject
from console.options import of_directory
from console.pages import page
from console.visit import Posted, Registrar, Visit
from console.words import refusal, said
from docket.directory import agency_names
from docket.engine import reading
from rules.counting.clock import local_date
from rules.errors import Refused
from rules.letters.cases import Destination, NewCase
from rules.letters.letter import short_id

M = TypeVar("M", bound=BaseModel)

router = APIRouter()


class _Act(NamedTuple):
    """One act that has a form: its name, what is asked, what it is about, and where it is posted to."""

    name: str
    model: type[BaseModel]
    subject: Subject
    action: str


def _opening(visit: Visit) -> _Act:
    return _Act("open", NewCase, Subject("/matters", said("nav.matters", visit.language)), "/register/matter")


def _moving(visit: Visit, short: str) -> tuple[str, _Act]:
    with reading(visit.office.engine) as session:
        opened = letters.opened(session, visit, short)
    subject = letters.subject(opened, visit.language)
    return opened.state.letter_id, _Act("move", Destination, subject, f"{subject.link}/move")


def _joining(visit: Visit, name: str) -> tuple[str, _Act]:
    with reading(visit.office.engine) as session:
        opened = matters.opened(session, visit, name)
    return opened.state.id, _Act("join", Destination, opened.subject, f"{opened.subject.link}/join")


@router.get("/register/matter")
def open_form(visit: Registrar, matter: str = "") -> Response:
    """Show the form by which a case is put on file."""
    return _form(visit, _opening(visit), {"on": local_date(visit.now).isoformat(), "matter": matter})


@router.post("/register/matter")
async def open_matter(visit: Registrar, form: Posted) -> Response:
    """Put a case on file, which may have letters already or none yet."""
    act = _opening(visit)
    parsed = await run_in_threadpool(_parsed, visit, act, NewCase, form)
    if isinstance(parsed, Response):
        return parsed
    desk, county = await visit.office.desk(visit.actor.origin), visit.office.settings.county
    try:
        opened = await desk.open_matter(county, parsed.matter, parsed.opened, visit.viewer.person)
    except Refused as refused:
        return await run_in_threadpool(_refused, visit, act, form, refused)
    return RedirectResponse(f"/matters/{opened.name}?done=opened", 303)


@router.get("/letters/{short}/move")
def move_form(visit: Registrar, short: str) -> Response:
    """Show the form by which a letter is moved to another matter."""
    return _form(visit, _moving(visit, short)[1], {})


@router.post("/letters/{short}/move")
async def move(visit: Registrar, short: str, form: Posted) -> Response:
    """Move a letter with its events to the matter that it belongs to."""
    letter, act = await run_in_threadpool(_moving, visit, short)
    parsed = await run_in_threadpool(_parsed, visit, act, Destination, form)
    if isinstance(parsed, Response):
        return parsed
    desk = await visit.office.desk(visit.actor.origin)
    try:
        await desk.move(letter, parsed.matter, parsed.reason, visit.viewer.person)
    except Refused as refused:
        return await run_in_threadpool(_refused, visit, act, form, refused)
    return RedirectResponse(f"/letters/{short_id(letter)}?done=moved", 303)


@router.get("/matters/{name}/join")
def join_form(visit: Registrar, name: str) -> Response:
    """Show the form by which a matter is joined to another one."""
    return _form(visit, _joining(visit, name)[1], {})


@router.post("/matters/{name}/join")
async def join(visit: Registrar, name: str, form: Posted) -> Response:
    """Join a matter to another one, which holds the letters and events of both from then on."""
    matter, act = await run_in_threadpool(_joining, visit, name)
    parsed = await run_in_threadpool(_parsed, visit, act, Destination, form)
    if isinstance(parsed, Response):
        return parsed
    desk = await visit.office.desk(visit.actor.origin)
    try:
        joined = await desk.join(matter, parsed.matter, parsed.reason, visit.viewer.person)
    except Refused as refused:
        return await run_in_threadpool(_refused, visit, act, form, refused)
    return RedirectResponse(f"/matters/{joined.name}?done=joined", 303)


def _fields(visit: Visit, act: _Act) -> list[forms.Field]:
    with reading(visit.office.engine) as session:
        found = forms.fields(act.model, ("type",), visit.language, of_directory(agency_names(session)))
    # Which matter is asked first.
    return sorted(found, key=lambda each: each.name != "matter")


def _parsed(visit: Visit, act: _Act, model: type[M], form: FormData) -> M | Response:
    """Return what was asked for, or the form again with what is wrong."""
    parsed, problems = forms.parsed(TypeAdapter(model), forms.data(_fields(visit, act), form), visit.language)
    return parsed if isinstance(parsed, model) else _page(visit, act, forms.values(form), problems, 422)


def _form(visit: Visit, act: _Act, given: Mapping[str, str]) -> Response:
    start = forms.defaults(act.model) | {name: value for name, value in given.items() if value}
    return _page(visit, act, forms.Values(forms.prefilled(_fields(visit, act), start)), {}, 200)


def _refused(visit: Visit, act: _Act, form: FormData, refused: Refused) -> Response:
    with reading(visit.office.engine) as session:
        names = agency_names(session)
    return _page(visit, act, forms.values(form), {refused.field: refusal(refused, visit.language, names)}, 422)


def _page(visit: Visit, act: _Act, typed: forms.Values, problems: Mapping[str, str], status: int) -> Response:
    found: Iterable[forms.Field] = _fields(visit, act)
    return page(
        visit, "record.html", status, here="register" if act.name == "open" else "matters", subject=act.subject,
        fields=found, title=said(f"transfer.{act.name}", visit.language), event="",
        about=said(f"transfer.about.{act.name}", visit.language), action=act.action, forecast=False, values=typed,
        problems=problems, labels=forms.labels(found), rows={}, fresh=False, grave=act.name == "join",
    )  # fmt: skip
