"""登记办理情况: one form an event."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from fastapi import APIRouter, Request
from sqlmodel import Session
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData
from starlette.responses import HTMLResponse, RedirectResponse, Response

from console import fields as forms
from console import foresight, letters
from console.fields import Field
from console.foresight import Foresight
from console.options import of_letter
from console.pages import page, render
from console.visit import Forbidden, Posted, Recorder, Visit, field
from console.words import said
from desk.desk import Desk
from desk.forecast import foreseen
from desk.wording import described
from docket.engine import reading
from rules.accept.events import needs_agency, refuse_event
from rules.counting.clock import local_date
from rules.duties.lamp import DutyState
from rules.letters.events import Event
from rules.letters.registry import event_adapter, event_models, kinds
from rules.telling.wording import event_key, event_name

router = APIRouter()


@router.get("/letters/{short}/record/{event}")
def show(visit: Recorder, request: Request, short: str, event: str) -> Response:
    """Show the form of an event, filled in with what the link says."""
    opened = _opened(visit, short, event)
    given: dict[str, Any] = dict(request.query_params)
    if event == "correction":
        return RedirectResponse(f"/letters/{short}/correct?{urlencode(given)}", 303)
    found = _fields(visit, opened, event)
    start = forms.defaults(event_models()[event]) | _usual(visit, opened, event, given)
    for each in found:
        # Where there is only one to choose from, it is chosen.
        if each.widget == "choice" and len(each.options) == 1 and (each.required or each.name == "agency"):
            start[each.name] = each.options[0][0]
    if weeks := request.query_params.getlist("weeks"):
        given |= {"weeks": weeks}
    inputs = forms.prefilled(found, start | given)
    return _page(visit, opened, event, found, forms.Values(inputs), {})


def _usual(visit: Visit, opened: letters.Opened, event: str, given: Mapping[str, Any]) -> dict[str, Any]:
    only = opened.state.current_letter.agency_ids
    own = [each for each in only if visit.viewer.agencies is None or each in visit.viewer.agencies]
    agency = given.get("agency") or (own[0] if len(own) == 1 else None)
    return letters.usual(opened, event, local_date(visit.now), agency)


@router.post("/letters/{short}/record/{event}/forecast")
def forecast(visit: Recorder, short: str, event: str, form: Posted) -> Response:
    """Show what the event as typed so far would change, for the script that asks while it is typed."""
    opened = _opened(visit, short, event)
    found = _fields(visit, opened, event)
    context = _foreseen(visit, opened, event, found, _data(visit, opened, event, found, form))
    return HTMLResponse(render("consequences.html", visit.language, **context))


@router.post("/letters/{short}/record/{event}")
async def record(visit: Recorder, short: str, event: str, form: Posted) -> Response:
    """Record what happened."""
    opened = await run_in_threadpool(_opened, visit, short, event)
    typed = forms.values(form)
    found = _fields(visit, opened, event)
    seen = form.getlist("seen")

    def again(problems: Mapping[str, str]) -> Response:
        return _page(visit, opened, event, found, typed, problems, 422 if problems else 200)

    async def act(desk: Desk, said: Event) -> str:
        refuse_event(visit.viewer, opened.state.current_letter, said)
        await desk.record(opened.state.letter_id, said, visit.viewer.person, lambda look: look.name in seen)
        return f"/letters/{opened.view['letter']['short']}?done=recorded"

    if field(form, "step") == "forecast":
        return await run_in_threadpool(again, {})
    data = {"type": event, **_data(visit, opened, event, found, form)}
    return await foresight.answered(visit, opened.names, event_adapter(), data, act, again)


def _opened(visit: Visit, short: str, event: str) -> letters.Opened:
    with reading(visit.office.engine) as session:
        opened = letters.opened(session, visit, short)
    if event not in visit.viewer.events(opened.state.letter.kind):
        raise Forbidden
    return opened


def _fields(visit: Visit, opened: letters.Opened, event: str) -> list[Field]:
    """List the fields of an event's form."""
    options = of_letter(opened.state, opened.siblings, opened.names, visit.viewer, visit.language)
    out = {"type"} | kinds()[opened.state.letter.kind].not_asked.get(event, frozenset())
    found = forms.fields(event_models()[event], out, visit.language, options)
    weeks = _weeks(opened, visit)
    found = [each._replace(options=weeks, widget="choices") if each.name == "weeks" else each for each in found]
    only, own = opened.state.current_letter.agency_ids, visit.viewer.agencies
    # Nobody is asked which agency where there is only one.
    found = [each for each in found if each.name != "agency" or len(only) > 1]
    # Of a copy, it depends on what was copied whether one agency must be named.
    musts = {needs_agency(opened.state.current_letter, event_models()[event], of) for of in ("extension", "result")}
    everybody = said("record.all_agencies", visit.language) if musts == {False} and own is None else ""
    must = musts == {True}
    return [each._replace(required=must, blank=everybody) if each.name == "agency" else each for each in found]


def _data(visit: Visit, opened: letters.Opened, event: str, found: list[Field], form: FormData) -> dict[str, Any]:
    """Read a form; a liaison who is not asked for the agency means their own, the only one of the letter."""
    given = forms.data(found, form)
    asked = any(each.name == "agency" for each in found)
    if visit.viewer.agencies is not None and not asked and "agency" in event_models()[event].model_fields:
        given["agency"] = opened.state.current_letter.agency_ids[0]
    return given


def _weeks(opened: letters.Opened, visit: Visit) -> tuple[tuple[str, str], ...]:
    """List the weeks that a report may be for: those that have begun and are not reported on."""
    agencies = visit.viewer.agencies
    found: dict[int, str] = {}
    for duty in opened.state.duties:
        mine = agencies is None or duty.agency in agencies
        if duty.slot and duty.covers and duty.state in _UNREPORTED and mine and duty.covers[0] <= local_date(visit.now):
            words = said("record.week", visit.language, number=duty.slot, first=duty.covers[0], last=duty.covers[1])
            found.setdefault(duty.slot, words)
    return tuple((str(number), words) for number, words in sorted(found.items()))


_UNREPORTED = (DutyState.OPEN, DutyState.WAITING, DutyState.MISSED, DutyState.EXCUSED)
"""States of a week that a report may still be for: one that was missed may have been reported in time, unseen."""


def _foreseen(
    visit: Visit, opened: letters.Opened, event: str, found: list[Field], given: Mapping[str, Any]
) -> dict[str, Any]:
    """Work out which duties an event concerns, and what it would change as far as it is typed; nothing is written."""
    fulfilling, _ = letters.doings(opened, visit.viewer)
    named = [duty for duty in opened.view["duties"] if event in fulfilling.get(duty["key"], ())]
    agency, weeks = given.get("agency"), given.get("weeks") or ()
    chosen = [
        duty for duty in named
        if agency in (None, *duty["agencies"]) and (not weeks or str(duty["slot"]) in weeks)
    ]  # fmt: skip

    def work(session: Session, said: Event) -> Foresight:
        refuse_event(visit.viewer, opened.state.current_letter, said)
        found = foreseen(session, opened.state, said, visit.viewer.person, visit.now)
        return Foresight(foresight.of_letters(visit, found.letters, opened.state.letter_id), found.looks)

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
        labels={each.name: each.label for each in found},
        fresh=status == 200 and "csrf" not in typed, grave=event_models()[event].grave,
        **_foreseen(visit, opened, event, found, _data(visit, opened, event, found, FormData(typed))),
    )  # fmt: skip
