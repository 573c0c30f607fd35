"""案件登记、来文移转、并案: a case is put on file, a letter is moved to its matter, two matters are joined."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, NamedTuple

from fastapi import APIRouter
from pydantic import BaseModel, TypeAdapter
from sqlmodel import Session
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData
from starlette.responses import HTMLResponse, Response

from console import fields as forms
from console import foresight, letters, matters
from console.fields import Field
from console.foresight import Change
from console.letters import Subject
from console.options import of_directory
from console.pages import page, render
from console.visit import Posted, Registrar, Visit, field
from console.words import said
from desk.desk import Desk
from desk.forecast import foreseen_transfer
from desk.wording import named
from docket.directory import agency_names
from docket.engine import reading
from rules.counting.clock import local_date
from rules.letters.cases import Destination, NewCase
from rules.letters.letter import short_id

router = APIRouter()


class _Act(NamedTuple):
    """One act that has a form: its name, what is asked, what it is about, where it is posted to, and how it is done.

    `foreseen` says what it would lead to, where that is not plain from the form.
    """

    name: str
    model: type[BaseModel]
    subject: Subject
    action: str
    do: Callable[[Desk, Any], Awaitable[str]]
    foreseen: Callable[[Session, Any], list[Change]] | None = None


def _opening(visit: Visit) -> _Act:
    async def do(desk: Desk, new: NewCase) -> str:
        county, person = visit.office.settings.county, visit.viewer.person
        return f"/matters/{(await desk.open_matter(county, new.matter, new.opened, person)).name}?done=opened"

    return _Act("open", NewCase, Subject("/matters", said("nav.matters", visit.language)), "/register/matter", do)


def _moving(visit: Visit, short: str) -> _Act:
    with reading(visit.office.engine) as session:
        opened = letters.opened(session, visit, short)
    letter, subject = opened.state.letter_id, letters.subject(opened, visit.language)

    async def do(desk: Desk, to: Destination) -> str:
        await desk.move(letter, to.matter, to.reason, visit.viewer.person)
        return f"/letters/{short_id(letter)}?done=moved"

    def foreseen(session: Session, to: Destination) -> list[Change]:
        return _changes(visit, session, opened.state.dossier.id, letter, to)

    return _Act("move", Destination, subject, f"{subject.link}/move", do, foreseen)


def _joining(visit: Visit, name: str) -> _Act:
    with reading(visit.office.engine) as session:
        opened = matters.opened(session, visit, name)

    async def do(desk: Desk, to: Destination) -> str:
        joined = await desk.join(opened.state.id, to.matter, to.reason, visit.viewer.person)
        return f"/matters/{joined.name}?done=joined"

    def foreseen(session: Session, to: Destination) -> list[Change]:
        return _changes(visit, session, opened.state.id, None, to)

    return _Act("join", Destination, opened.subject, f"{opened.subject.link}/join", do, foreseen)


def _changes(visit: Visit, session: Session, source: str, letter: str | None, to: Destination) -> list[Change]:
    """Say what a transfer would change: of each letter of both matters, and of both cases themselves."""
    found = foreseen_transfer(session, source, to.matter, letter, to.reason, visit.viewer.person, visit.now)
    cases = [
        foresight.of_case(visit, before, after, named(before.id, visit.language))
        for before, after in (found.source, found.target)
    ]
    return [*foresight.of_letters(visit, found.letters, letter or "", "transfer.letter"), *cases]


@router.get("/register/matter")
def open_form(visit: Registrar, matter: str = "") -> Response:
    """Show the form by which a case is put on file."""
    return _form(visit, _opening(visit), {"on": local_date(visit.now).isoformat(), "matter": matter})


@router.post("/register/matter")
async def open_matter(visit: Registrar, form: Posted) -> Response:
    """Put a case on file, which may have letters already or none yet."""
    return await _posted(visit, _opening(visit), form)


@router.get("/letters/{short}/move")
def move_form(visit: Registrar, short: str) -> Response:
    """Show the form by which a letter is moved to another matter."""
    return _form(visit, _moving(visit, short), {})


@router.post("/letters/{short}/move/forecast")
def move_forecast(visit: Registrar, short: str, form: Posted) -> Response:
    """Show what a move would change, for the script that asks while it is typed."""
    return _forecast(visit, _moving(visit, short), form)


@router.post("/letters/{short}/move")
async def move(visit: Registrar, short: str, form: Posted) -> Response:
    """Move a letter with its events to the matter that it belongs to."""
    return await _posted(visit, await run_in_threadpool(_moving, visit, short), form)


@router.get("/matters/{name}/join")
def join_form(visit: Registrar, name: str) -> Response:
    """Show the form by which a matter is joined to another one."""
    return _form(visit, _joining(visit, name), {})


@router.post("/matters/{name}/join/forecast")
def join_forecast(visit: Registrar, name: str, form: Posted) -> Response:
    """Show what a join would change, for the script that asks while it is typed."""
    return _forecast(visit, _joining(visit, name), form)


@router.post("/matters/{name}/join")
async def join(visit: Registrar, name: str, form: Posted) -> Response:
    """Join a matter to another one, which holds the letters and events of both from then on."""
    return await _posted(visit, await run_in_threadpool(_joining, visit, name), form)


class _Asked(NamedTuple):
    """What a form asks, and the agencies' names."""

    fields: list[Field]
    names: Mapping[str, str]


def _asked(visit: Visit, act: _Act) -> _Asked:
    with reading(visit.office.engine) as session:
        names = agency_names(session)
    found = forms.fields(act.model, ("type",), visit.language, of_directory(names))
    # Which matter is asked first, and where there is one at hand in words that tell the two apart.
    found.sort(key=lambda each: each.name != "matter")
    if act.foreseen is not None:
        found[0] = found[0]._replace(label=said(f"transfer.to.{act.name}", visit.language))
    return _Asked(found, names)


def _form(visit: Visit, act: _Act, given: Mapping[str, str]) -> Response:
    start = forms.defaults(act.model) | {name: value for name, value in given.items() if value}
    asked = _asked(visit, act)
    return _page(visit, act, asked, forms.Values(forms.prefilled(asked.fields, start)), {})


def _forecast(visit: Visit, act: _Act, form: FormData) -> Response:
    context = _foreseen(visit, act, _asked(visit, act), forms.values(form))
    return HTMLResponse(render("consequences.html", visit.language, **context))


async def _posted(visit: Visit, act: _Act, form: FormData) -> Response:
    """Do what was asked for, or show the form again with what is wrong or, if that was asked, what would follow."""
    asked = await run_in_threadpool(_asked, visit, act)

    def again(problems: Mapping[str, str]) -> Response:
        return _page(visit, act, asked, forms.values(form), problems)

    if field(form, "step") == "forecast":
        return await run_in_threadpool(again, {})
    data = forms.data(asked.fields, form)
    return await foresight.answered(visit, asked.names, TypeAdapter(act.model), data, act.do, again)


def _foreseen(visit: Visit, act: _Act, asked: _Asked, typed: Mapping[str, str]) -> dict[str, Any]:
    if act.foreseen is None:
        return {}
    given = forms.data(asked.fields, FormData(typed))
    return foresight.foreseen(
        visit, asked.names, TypeAdapter(act.model), asked.fields, given, act.foreseen, decisive=("matter",)
    )


def _page(visit: Visit, act: _Act, asked: _Asked, typed: forms.Values, problems: Mapping[str, str]) -> Response:
    title = said(f"transfer.{act.name}", visit.language)
    return page(
        visit, "record.html", 422 if problems else 200, here="register" if act.name == "open" else "matters",
        subject=act.subject, fields=asked.fields, title=title, button=title, event="",
        about=said(f"transfer.about.{act.name}", visit.language), action=act.action,
        forecast=act.foreseen is not None, values=typed, problems=problems, labels=forms.labels(asked.fields),
        rows={}, fresh=False, grave=act.name == "join", **_foreseen(visit, act, asked, typed),
    )  # fmt: skip
