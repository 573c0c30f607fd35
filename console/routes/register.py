"""来文登记: only the fields that the kind of letter needs, and what follows from the dates before anything is saved."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from fastapi import APIRouter
from pydantic import BaseModel
from sqlmodel import Session
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData
from starlette.responses import HTMLResponse, RedirectResponse, Response

from console import fields as forms
from console.fields import Field
from console.options import of_directory
from console.pages import page, render
from console.visit import Posted, Registrar, Visit, field
from console.words import refusal
from desk.forecast import doubts, planned
from docket.directory import agency_names
from docket.engine import reading
from docket.reads import courts, find_letter, matter_named
from rules.dossier.letter import LetterState, letters_of
from rules.dossier.view import duty_view, reckoning_view
from rules.duties.kind import every_kind
from rules.errors import Refused
from rules.letters.letter import DESK_FIELDS, Letter, short_id
from rules.letters.looks import Look
from rules.letters.registry import kinds, letter_adapter

router = APIRouter()
_LEFT_OUT = DESK_FIELDS | {"kind", "county"}
_STAND_INS: Mapping[str, Any] = {
    "stage": "pre", "outcomes": ["revoked"], "parties": [{"role": "plaintiff", "name": "—"}],
}  # fmt: skip
"""What a forecast takes for fields beside texts that are still blank; the stage and the outcome are said to."""

_SAYS = {"stage", "outcomes"}
_FROM_SIBLING = (
    "matter", "title", "court", "agencies", "lead_agency", "parties", "plaintiff", "county_government", "major",
)  # fmt: skip


class Forecast(NamedTuple):
    """What a letter would make people owe, as far as it is typed: duties, doubts, and letters of the same matter."""

    state: LetterState | None = None
    missing: tuple[str, ...] = ()
    assumed: tuple[str, ...] = ()
    looks: tuple[Look, ...] = ()
    siblings: tuple[LetterState, ...] = ()
    problem: Refused | None = None


def model_of(kind: str) -> type[BaseModel]:
    """Return the model of a kind of letter."""
    if kind not in kinds():
        raise Refused("kind", "unknown_kind", expected=", ".join(kinds()))
    return kinds()[kind].model


@router.get("/register")
def choose(visit: Registrar) -> Response:
    """Choose the kind of letter."""
    return page(visit, "kinds.html", here="register", kinds=list(kinds()))


@router.get("/register/{kind}")
def show(visit: Registrar, kind: str, like: str = "", matter: str = "") -> Response:
    """Show the form of a kind, filled in from a letter of the same matter, or with the matter that is named."""
    model = model_of(kind)
    with reading(visit.office.engine) as session:
        found = forms.fields(model, _LEFT_OUT, visit.language, of_directory(agency_names(session)))
        given = forms.defaults(model) | {"matter": matter or None} | _taken_over(session, like, found)
    inputs = forms.prefilled(found, given)
    return _page(visit, kind, found, forms.Values(inputs), {}, Forecast())


def _taken_over(session: Session, like: str, found: list[Field]) -> dict[str, Any]:
    """Return what a letter of the same matter says already; the dates of receipt are its own."""
    if not like:
        return {}
    known = find_letter(session, like).current_letter.model_dump(mode="json")
    names = {each.name for each in found}
    taken = {name: known[name] for name in _FROM_SIBLING if name in names and name in known}
    for agency in taken.get("agencies", ()):
        agency |= {"received_on": None, "materials_on": None}
    return taken


@router.post("/register/{kind}/forecast")
def forecast(visit: Registrar, kind: str, form: Posted) -> Response:
    """Show what the dates typed so far lead to, for the script that asks while they are typed."""
    names, found, forecasted = _looked_at(visit, kind, form)
    words = _context(visit, forecasted, names, forms.labels(found))
    return HTMLResponse(render("forecast.html", visit.language, kind=kind, **words))


def _looked_at(visit: Visit, kind: str, form: FormData) -> tuple[dict[str, str], list[Field], Forecast]:
    model = model_of(kind)
    with reading(visit.office.engine) as session:
        names = agency_names(session)
        found = forms.fields(model, _LEFT_OUT, visit.language, of_directory(names))
        return names, found, _forecast(session, visit, kind, found, form)


@router.post("/register/{kind}")
async def register(visit: Registrar, kind: str, form: Posted) -> Response:
    """Take one step of the form: another row, a forecast, or the registration itself."""
    wanted = await run_in_threadpool(_step, visit, kind, form)
    if isinstance(wanted, Response):
        return wanted
    desk = await visit.office.desk(visit.actor.origin)
    try:
        registered = await desk.register(wanted, visit.viewer.person)
    except Refused as refused:
        return await run_in_threadpool(_refused, visit, kind, form, refused)
    done = "registered" if registered.first else "registered_before"
    return RedirectResponse(f"/letters/{short_id(registered.state.letter_id)}?done={done}", 303)


def _step(visit: Visit, kind: str, form: FormData) -> Response | Letter:
    """Return the letter that is to be registered, or the page that comes before."""
    names, found, forecasted = _looked_at(visit, kind, form)
    step, typed = field(form, "step"), forms.values(form)
    if step.startswith("more:"):
        return _page(visit, kind, found, typed, {}, forecasted, more=step.removeprefix("more:"))
    if step == "forecast":
        return _page(visit, kind, found, typed, {}, forecasted)
    letter, problems = forms.parsed(letter_adapter(), _data(visit, kind, found, form), visit.language)
    if letter is None:
        return _page(visit, kind, found, typed, problems, forecasted, 422)
    if forecasted.problem is not None:
        problem = {forecasted.problem.field: refusal(forecasted.problem, visit.language, names)}
        return _page(visit, kind, found, typed, problem, forecasted, 422)
    if {look.name for look in forecasted.looks} - set(form.getlist("seen")):
        return _page(visit, kind, found, typed, {}, forecasted, 422, look=True)
    whole: Letter = letter
    return whole


def _refused(visit: Visit, kind: str, form: FormData, refused: Refused) -> Response:
    names, found, forecasted = _looked_at(visit, kind, form)
    problem = {refused.field: refusal(refused, visit.language, names)}
    return _page(visit, kind, found, forms.values(form), problem, forecasted, 422)


def _data(visit: Visit, kind: str, found: list[Field], form: FormData) -> dict[str, Any]:
    return {"kind": kind, "county": visit.office.settings.county, **forms.data(found, form)}


def _forecast(session: Session, visit: Visit, kind: str, found: list[Field], form: FormData) -> Forecast:
    """Work out what would be owed from what is typed so far; nothing is written."""
    typed = _data(visit, kind, found, form)
    blank = [each.name for each in found if each.required and each.name not in typed]
    assumed = {name: value for name, value in _STAND_INS.items() if name in blank}
    whole = forms.standing_in(found, typed | assumed)
    missing = tuple(name for name in blank if name not in whole)
    known = matter_named(session, typed["county"], typed.get("matter", ""))
    siblings = tuple(letters_of(known)) if known else ()
    letter, problems = forms.parsed(letter_adapter(), whole, visit.language)
    if letter is None:
        return Forecast(None, missing or tuple(problems), (), (), siblings)
    looks = tuple(doubts(session, letter))
    said = tuple(name for name in assumed if name in _SAYS)
    try:
        state = planned(session, letter, visit.viewer.person, visit.now)
    except Refused as refused:
        return Forecast(None, (), said, looks, siblings, refused)
    return Forecast(state, (), said, looks, siblings)


def _context(visit: Visit, forecasted: Forecast, names: Mapping[str, str], labels: Mapping[str, str]) -> dict[str, Any]:
    state = forecasted.state
    duties = [duty_view(each, visit.now) | {"sheet": reckoning_view(each)} for each in state.duties] if state else []
    problem = forecasted.problem
    return {
        "forecast": forecasted,
        "duties": duties,
        "labels": labels,
        "names": names,
        "reason": (problem.field, refusal(problem, visit.language, names)) if problem else None,
        "siblings": [
            {"short": short_id(each.letter_id), "kind": each.letter.kind, "number": each.current_letter.number,
             "received": each.current_letter.received_on, "voided": each.voided}
            for each in forecasted.siblings
        ],
    }  # fmt: skip


def _page(
    visit: Visit,
    kind: str,
    found: list[Field],
    typed: forms.Values,
    problems: Mapping[str, str],
    forecasted: Forecast,
    status: int = 200,
    *,
    more: str = "",
    look: bool = False,
) -> Response:
    with reading(visit.office.engine) as session:
        names = agency_names(session)
        found = forms.suggesting(found, "court", courts(session))
    usual = forms.Values(forms.prefilled(found, forms.defaults(model_of(kind))))
    seldom = [each.name for each in found if each.seldom]
    touched = any(name in problems or typed.getlist(name) != usual.getlist(name) for name in seldom)
    labels = forms.labels(found)
    context = _context(visit, forecasted, names, labels)
    return page(
        visit, "register.html", status, here="register", kind=kind, fields=found, values=typed, problems=problems,
        rows=forms.shown_rows(found, typed, more), look=look, touched=touched, asked=bool(typed.get("csrf")),
        cautions=every_kind()[kind].cautions, **context,
    )  # fmt: skip
