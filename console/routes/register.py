"""来文登记: only the fields that the kind of letter needs, and what follows from the dates before anything is saved."""

from collections.abc import Iterator, Mapping
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
from console.words import refusal, said
from desk.forecast import doubts, planned
from docket.directory import agency_names, every_agency_name
from docket.engine import reading
from docket.matters import next_name
from docket.reads import courts, find_letter, matter_named
from rules.accept.along import along_with, happened_before
from rules.counting.clock import local_date
from rules.counting.written import Day
from rules.dossier.letter import LetterState, letters_of
from rules.dossier.view import duty_view, reckoning_view
from rules.duties.duty import Duty
from rules.duties.kind import every_kind
from rules.errors import Refused
from rules.letters.events import Event
from rules.letters.letter import DESK_FIELDS, Letter, short_id
from rules.letters.looks import Look
from rules.letters.parse import parse_as, parse_event
from rules.letters.registry import kinds, letter_adapter

router = APIRouter()
_LEFT_OUT = DESK_FIELDS | {"kind", "county", "history"}
_STAND_INS: Mapping[str, Any] = {
    "stage": "pre", "outcomes": ["revoked"], "source": "agency", "parties": [{"role": "plaintiff", "name": "—"}],
}  # fmt: skip
"""What a forecast takes for fields beside texts that are still blank; which, it says."""

_SAYS = {"stage", "outcomes", "source"}
_FROM_SIBLING = (
    "matter", "title", "court", "agencies", "lead_agency", "parties", "plaintiff", "county_government", "major",
)  # fmt: skip
ALONG, PAST = "along.", "past."
"""How the inputs begin that say what had happened by the time of registering, and what became of past duties."""


class Forecast(NamedTuple):
    """What a letter would make people owe, as far as it is typed: duties, doubts, and letters of the same matter.

    `past` are the duties that were past by now, of which a letter of the past says what became of them.
    """

    state: LetterState | None = None
    past: tuple[Duty, ...] = ()
    missing: tuple[str, ...] = ()
    assumed: tuple[str, ...] = ()
    looks: tuple[Look, ...] = ()
    siblings: tuple[LetterState, ...] = ()
    problem: Refused | None = None


class Wanted(NamedTuple):
    """A letter to register, what has happened to it by now, and which second looks were answered."""

    letter: Letter
    also: tuple[Event, ...]
    seen: frozenset[str]


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
def show(visit: Registrar, kind: str, like: str = "", again: str = "", matter: str = "") -> Response:
    """Show the form of a kind, filled in from a letter of the same matter, or from one that was voided."""
    model = model_of(kind)
    today = local_date(visit.now)
    with reading(visit.office.engine) as session:
        found = _fields(session, visit, kind)
        usual: dict[str, Any] = {"matter": matter or next_name(session, visit.office.settings.county, today.year)}
        usual |= {"court": next(iter(courts(session)), None), "received_at": today.isoformat()}
        given = forms.defaults(model) | usual | _taken_over(session, like, again, found)
    inputs = forms.prefilled(found, given)
    return _page(visit, kind, found, forms.Values(inputs), {}, Forecast())


def _fields(session: Session, visit: Visit, kind: str) -> list[Field]:
    out = _LEFT_OUT | kinds()[kind].not_asked.get("letter", frozenset())
    found = forms.fields(model_of(kind), out, visit.language, of_directory(agency_names(session)))
    return forms.needing(found, kinds()[kind].needed)


def _taken_over(session: Session, like: str, again: str, found: list[Field]) -> dict[str, Any]:
    """Return what another letter says already: one of the same matter, whose receipts are its own, or the same anew."""
    if not (like or again):
        return {}
    known = find_letter(session, again or like).current_letter.model_dump(mode="json")
    names = {each.name for each in found}
    if again:
        return {name: value for name, value in known.items() if name in names}
    taken = {name: known[name] for name in _FROM_SIBLING if name in names and name in known}
    for agency in taken.get("agencies", ()):
        agency |= {"received_on": None, "materials_on": None}
    return taken


@router.post("/register/{kind}/forecast")
def forecast(visit: Registrar, kind: str, form: Posted) -> Response:
    """Show what the dates typed so far lead to, for the script that asks while they are typed."""
    names, found, forecasted = _looked_at(visit, kind, form)
    words = _context(visit, forecasted, names, forms.labels(found))
    typed = forms.values(form)
    return HTMLResponse(render("forecast.html", visit.language, kind=kind, values=typed, problems={}, **words))


def _looked_at(visit: Visit, kind: str, form: FormData) -> tuple[dict[str, str], list[Field], Forecast]:
    model_of(kind)
    with reading(visit.office.engine) as session:
        names = every_agency_name(session, visit.language)
        found = _fields(session, visit, kind)
        return names, found, _forecast(session, visit, kind, found, form)


@router.post("/register/{kind}")
async def register(visit: Registrar, kind: str, form: Posted) -> Response:
    """Take one step of the form: another row, a forecast, or the registration itself."""
    wanted = await run_in_threadpool(_step, visit, kind, form)
    if isinstance(wanted, Response):
        return wanted
    desk = await visit.office.desk(visit.actor.origin)
    try:
        registered = await desk.register(
            wanted.letter, visit.viewer.person, wanted.also, lambda look: look.name in wanted.seen
        )
    except Refused as refused:
        return await run_in_threadpool(_refused, visit, kind, form, refused)
    done = "registered" if registered.first else "registered_before"
    short = short_id(registered.state.letter_id)
    if field(form, "step") == "next":
        return RedirectResponse(f"/register/{kind}?done={done}_next&last={short}", 303)
    return RedirectResponse(f"/letters/{short}?done={done}", 303)


def _step(visit: Visit, kind: str, form: FormData) -> Response | Wanted:
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
    if forecasted.past and field(form, "treat") not in ("history", "late"):
        problem = {"treat": said("register.treat_missing", visit.language)}
        return _page(visit, kind, found, typed, problem, forecasted, 422)
    seen = frozenset(each for each in form.getlist("seen") if isinstance(each, str))
    if {look.name for look in forecasted.looks} - seen:
        return _page(visit, kind, found, typed, {}, forecasted, 422, look=True)
    return Wanted(letter, tuple(_happened(letter, form)), seen)


def _refused(visit: Visit, kind: str, form: FormData, refused: Refused) -> Response:
    names, found, forecasted = _looked_at(visit, kind, form)
    problem = {refused.field: refusal(refused, visit.language, names)}
    return _page(visit, kind, found, forms.values(form), problem, forecasted, 422)


def _data(visit: Visit, kind: str, found: list[Field], form: FormData) -> dict[str, Any]:
    own = {"kind": kind, "county": visit.office.settings.county, "history": field(form, "treat") == "history"}
    return own | forms.data(found, form)


def _happened(letter: Letter, form: FormData) -> Iterator[Event]:
    """Make the events that are recorded with a letter: that agency and leader were told, what became of past duties."""
    days = {}
    for name in along_with(letter.kind):
        if said_on := field(form, f"{ALONG}{name}"):
            days[name] = parse_as(_On, {"on": said_on}).on
    yield from happened_before(letter, days)
    for name in form if letter.history else ():
        if name.startswith(PAST) and name.endswith(".how") and field(form, name):
            key = name.removeprefix(PAST).removesuffix(".how")
            on = field(form, f"{PAST}{key}.on") if field(form, name) == "done" else ""
            yield parse_event(
                {"type": "accounted", "duty": key, "how": field(form, name), "on": on or str(letter.received_on)}
            )


class _On(BaseModel):
    on: Day


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
        return Forecast(missing=missing or tuple(problems), siblings=siblings)
    looks = tuple(doubts(session, letter, visit.now))
    assumptions = tuple(name for name in assumed if name in _SAYS)
    try:
        # What was past by now is asked about, whatever is to become of it.
        along = [event for event in _happened(letter, form) if event.type != "accounted"]
        history = letter.model_copy(update={"history": True})
        asked = planned(session, history, visit.viewer.person, visit.now, along).letter
        past = tuple(duty for duty in asked.duties if duty.history and duty.due and duty.satisfied_on is None)
        state = planned(session, letter, visit.viewer.person, visit.now, list(_happened(letter, form))).letter
    except Refused as refused:
        return Forecast(assumed=assumptions, looks=looks, siblings=siblings, problem=refused)
    return Forecast(state, past, (), assumptions, looks, siblings)


def _context(visit: Visit, forecasted: Forecast, names: Mapping[str, str], labels: Mapping[str, str]) -> dict[str, Any]:
    state = forecasted.state
    duties = [duty_view(each, visit.now) | {"sheet": reckoning_view(each)} for each in state.duties] if state else []
    past = {each.key for each in forecasted.past}
    problem = forecasted.problem
    return {
        "forecast": forecasted,
        "duties": [duty for duty in duties if duty["key"] not in past],
        "past": [duty_view(each, visit.now) for each in forecasted.past],
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
        names = every_agency_name(session, visit.language)
        found = forms.suggesting(found, "court", courts(session))
    usual = forms.Values(forms.prefilled(found, forms.defaults(model_of(kind))))
    seldom = [each.name for each in found if each.seldom]
    touched = any(name in problems or typed.getlist(name) != usual.getlist(name) for name in seldom)
    labels = forms.labels(found) | {"treat": said("register.treat", visit.language)}
    along = [
        Field(f"{ALONG}{name}", said(f"register.along.{name}", visit.language), "date", required=False)
        for name in along_with(kind)
    ]
    context = _context(visit, forecasted, names, labels)
    last = visit.request.query_params.get("last", "")
    return page(
        visit, "register.html", status, here="register", kind=kind, fields=found, along=along, values=typed,
        problems=problems, rows=forms.shown_rows(found, typed, more), look=look, touched=touched,
        asked=bool(typed.get("csrf")), cautions=every_kind()[kind].cautions, last=last, **context,
    )  # fmt: skip
