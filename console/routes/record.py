"""登记办理情况: one form an event; corrections first ask what is to be corrected."""

from collections.abc import Mapping
from typing import Any

from fastapi import APIRouter, Request
from pydantic import BaseModel
from sqlmodel import Session
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData
from starlette.responses import HTMLResponse, Response

from console import fields as forms
from console import foresight, letters
from console.fields import Field
from console.foresight import Change
from console.options import of_directory, of_letter
from console.pages import page, render
from console.visit import Forbidden, Posted, Recorder, Visit, field
from console.words import said
from desk.desk import Desk
from desk.forecast import foreseen
from desk.wording import described, worded
from docket.engine import reading
from rules.accept.events import needs_agency, refuse_event
from rules.counting.clock import local_date
from rules.errors import Refused
from rules.letters.corrections import correctable
from rules.letters.events import Event
from rules.letters.facts import Facts
from rules.letters.registry import event_adapter, event_models, kinds
from rules.letters.terms import AgencyService
from rules.telling.wording import event_key, event_name

router = APIRouter()
_CHOSEN = {"target", "field"}
"""Of a correction, what was chosen before its form came."""


@router.get("/letters/{short}/record/{event}")
def show(visit: Recorder, request: Request, short: str, event: str) -> Response:
    """Show the form of an event, filled in with what the link says."""
    opened = _opened(visit, short, event)
    given = dict(request.query_params)
    if event == "correction" and not given.keys() >= _CHOSEN:
        return _choose_field(visit, opened, given.get("target", ""))
    found = _fields(visit, opened, event, given)
    start = forms.defaults(event_models()[event]) | {"on": local_date(visit.now).isoformat()}
    for each in found:
        # Where there is only one to choose from, it is chosen.
        if each.widget == "choice" and len(each.options) == 1 and (each.required or each.name == "agency"):
            start[each.name] = each.options[0][0]
    if event == "correction":
        start["value"] = correctable(_target(opened, given["target"])).get(given["field"], ("", None))[1]
    inputs = forms.prefilled(found, start | given)
    return _page(visit, opened, event, found, forms.Values(inputs), {})


@router.post("/letters/{short}/record/{event}/forecast")
def forecast(visit: Recorder, short: str, event: str, form: Posted) -> Response:
    """Show what the event as typed so far would change, for the script that asks while it is typed."""
    opened = _opened(visit, short, event)
    found = _fields(visit, opened, event, forms.values(form))
    context = _foreseen(visit, opened, event, found, forms.data(found, form))
    return HTMLResponse(render("consequences.html", visit.language, **context))


@router.post("/letters/{short}/record/{event}")
async def record(visit: Recorder, short: str, event: str, form: Posted) -> Response:
    """Record what happened."""
    opened = await run_in_threadpool(_opened, visit, short, event)
    typed = forms.values(form)
    found = _fields(visit, opened, event, typed)

    def again(problems: Mapping[str, str]) -> Response:
        return _page(visit, opened, event, found, typed, problems, 422 if problems else 200)

    async def act(desk: Desk, said: Event) -> str:
        refuse_event(visit.viewer, opened.state.current_letter, said)
        await desk.record(opened.state.letter_id, said, visit.viewer.person)
        return f"/letters/{opened.view['letter']['short']}?done=recorded"

    if field(form, "step") == "forecast":
        return await run_in_threadpool(again, {})
    data = {"type": event, **forms.data(found, form)}
    return await foresight.answered(visit, opened.names, event_adapter(), data, act, again)


def _opened(visit: Visit, short: str, event: str) -> letters.Opened:
    with reading(visit.office.engine) as session:
        opened = letters.opened(session, visit, short)
    if event not in visit.viewer.events(opened.state.letter.kind):
        raise Forbidden
    return opened


def _fields(visit: Visit, opened: letters.Opened, event: str, named: Mapping[str, str]) -> list[Field]:
    """List the fields of an event's form; a correction's value is asked for as the field that `named` names is."""
    options = of_letter(opened.state, opened.siblings, opened.names, visit.viewer, visit.language)
    out = {"type"} | kinds()[opened.state.letter.kind].not_asked.get(event, frozenset())
    found = forms.fields(event_models()[event], out, visit.language, options)
    if event == "correction":
        model, name = _place(opened, named.get("target", ""), named.get("field", ""))
        directory = of_directory(opened.names)
        there = {each.name: each for each in forms.fields(model, ("type", "kind"), visit.language, directory)}
        found = forms.corrected(found, there.get(name))
    only, own = opened.state.current_letter.agency_ids, visit.viewer.agencies
    # Nobody is asked which agency where there is only one, unless it is the only one they may act for.
    found = [each for each in found if each.name != "agency" or len(only) > 1 or own is not None]
    # Of a copy, it depends on what was copied whether one agency must be named.
    musts = {needs_agency(opened.state.current_letter, event_models()[event], of) for of in ("extension", "result")}
    everybody = said("record.all_agencies", visit.language) if musts == {False} and own is None else ""
    must = musts == {True}
    return [each._replace(required=must, blank=everybody) if each.name == "agency" else each for each in found]


def _place(opened: letters.Opened, target: str, field: str) -> tuple[type[BaseModel], str]:
    """Return the model and the name of the field that a correction names."""
    if field.startswith("agencies.") and field.count(".") == 2:
        return AgencyService, field.rpartition(".")[2]
    return type(_target(opened, target)), field


def _target(opened: letters.Opened, target: str) -> BaseModel:
    facts = Facts(opened.state.letter, opened.state.entries)
    if target in ("", "letter"):
        return facts.letter
    fact = facts.find(target)
    if fact is None:
        raise Refused("target", "unknown_event", target=target)
    event: BaseModel = fact.event
    return event


def _correctable(visit: Visit, opened: letters.Opened, target: str) -> list[tuple[str, str, str]]:
    """List what may be corrected of a letter or an event: field, words, and present value in words."""
    found = []
    for name, (words, value) in correctable(_target(opened, target)).items():
        agency = name.split(".")[1] if name.count(".") == 2 else ""
        label = f"{opened.names.get(agency, agency)} {described(words, visit.language)}".strip()
        model, field = _place(opened, target, name)
        found.append((name, label, worded(model, field, value, opened.names, visit.language)))
    return found


def _choose_field(visit: Visit, opened: letters.Opened, target: str) -> Response:
    targets = of_letter(opened.state, opened.siblings, opened.names, visit.viewer, visit.language)["target"]
    target = target or "letter"
    return page(
        visit, "correct.html", here="docket", subject=letters.subject(opened, visit.language), targets=targets,
        target=target, fields=_correctable(visit, opened, target),
    )  # fmt: skip


def _foreseen(
    visit: Visit, opened: letters.Opened, event: str, found: list[Field], given: Mapping[str, Any]
) -> dict[str, Any]:
    """Work out which duties an event concerns, and what it would change as far as it is typed; nothing is written."""
    fulfilling, _ = letters.doings(opened, visit.viewer)
    named = [duty for duty in opened.view["duties"] if event in fulfilling.get(duty["key"], ())]
    agency, slot = given.get("agency"), str(given.get("slot", ""))
    chosen = [
        duty for duty in named
        if agency in (None, *duty["agencies"]) and (not slot or str(duty["slot"]) == slot)
    ]  # fmt: skip

    def work(session: Session, said: Event) -> list[Change]:
        refuse_event(visit.viewer, opened.state.current_letter, said)
        pairs = foreseen(session, opened.state, said, visit.viewer.person, visit.now)
        return foresight.of_letters(visit, pairs, opened.state.letter_id)

    typed = {"type": event, **given}
    return foresight.foreseen(visit, opened.names, event_adapter(), found, typed, work, concerned=chosen)


def _page(
    visit: Visit,
    opened: letters.Opened,
    event: str,
    found: list[Field],
    typed: forms.Values,
    problems: Mapping[str, str],
    status: int = 200,
) -> Response:
    title = event_name(event, opened.state.letter.kind, visit.language)
    # An event that has a name of its own for this kind of letter is not what its description says of it.
    own = event_key(event, opened.state.letter.kind) != f"event.{event}"
    subject = letters.subject(opened, visit.language)
    about = "" if own else described((event_models()[event].__doc__ or "").strip(), visit.language)
    return page(
        visit, "record.html", status, here="docket", subject=subject, event=event, fields=found,
        action=f"{subject.link}/record/{event}", forecast=True, rows={},
        title=title, button=title if event_models()[event].grave else said("record.do", visit.language),
        about="" if about == title else about, values=typed, problems=problems,
        labels={each.name: each.label for each in found if event != "correction" or each.name not in _CHOSEN},
        fresh=status == 200 and "csrf" not in typed, grave=event_models()[event].grave,
        **_foreseen(visit, opened, event, found, forms.data(found, FormData(typed))),
    )  # fmt: skip
