"""更正: one form for all that a letter or an event says, filled in with what stands; what is changed is corrected."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, NamedTuple

from fastapi import APIRouter, Request
from pydantic import BaseModel, TypeAdapter
from sqlmodel import Session
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData
from starlette.responses import HTMLResponse, RedirectResponse, Response

from console import fields as forms
from console import foresight, letters, matters
from console.fields import Field
from console.foresight import Foresight
from console.letters import Subject
from console.options import of_case, of_directory, of_letter
from console.pages import page, render
from console.routes.matter import of_matter
from console.visit import Forbidden, Posted, Recorder, Visit, field
from console.words import label, refusal, said
from desk.desk import Desk
from desk.forecast import foreseen
from desk.wording import worded
from docket.directory import agency_names
from docket.engine import reading
from rules.accept.events import refuse_event
from rules.counting.clock import local_date
from rules.errors import Refused
from rules.letters.corrections import FIXED, changes_between
from rules.letters.events import Correction, Event
from rules.letters.letter import DESK_FIELDS
from rules.letters.registry import event_adapter, kinds, letter_adapter

router = APIRouter()


class _Target(NamedTuple):
    """What is corrected: as it stands, what is asked of it, where the form is posted to, and how it is done."""

    id: str
    before: BaseModel
    adapter: TypeAdapter[Any]
    fields: list[Field]
    names: Mapping[str, str]
    subject: Subject
    record: Callable[[Desk, Correction], Awaitable[object]]
    foreseen: Callable[[Session, Correction], Foresight]

    @property
    def action(self) -> str:
        """Return where its form is posted to."""
        return f"{self.subject.link}/correct?target={self.id}"


_OF_REASON = {"target", "changes", "type", "on", "note"}


def _of_letter(visit: Visit, short: str, target: str) -> _Target:
    with reading(visit.office.engine) as session:
        opened = letters.opened(session, visit, short)
        directory = of_directory(agency_names(session))
    state, kind = opened.state, kinds()[opened.state.letter.kind]
    if "correction" not in visit.viewer.events(kind.name):
        raise Forbidden
    before: BaseModel = state.current_letter
    adapter: TypeAdapter[Any] = letter_adapter()
    options = directory
    out = FIXED | DESK_FIELDS | kind.not_asked.get("letter", frozenset())
    if target != "letter":
        before, adapter = _standing(state.facts.find(target)), event_adapter()
        options = of_letter(state, opened.siblings, opened.names, visit.viewer, visit.language)
        out = FIXED | kind.not_asked.get(str(getattr(before, "type", "")), frozenset())

    async def record(desk: Desk, correction: Correction) -> object:
        refuse_event(visit.viewer, state.current_letter, correction)
        return await desk.record(state.letter_id, correction, visit.viewer.person)

    def work(session: Session, correction: Correction) -> Foresight:
        refuse_event(visit.viewer, state.current_letter, correction)
        found = foreseen(session, state, correction, visit.viewer.person, visit.now)
        return Foresight(foresight.of_letters(visit, found.letters, state.letter_id), found.looks)

    found = forms.needing(forms.fields(type(before), out, visit.language, options), kind.needed)
    subject = letters.subject(opened, visit.language)
    return _Target(target, before, adapter, found, opened.names, subject, record, work)


def _of_matter(visit: Visit, name: str, target: str) -> _Target:
    if "correction" not in visit.viewer.case_events():
        raise Forbidden
    with reading(visit.office.engine) as session:
        opened = matters.opened(session, visit, name)
        options = of_directory(agency_names(session)) | of_case(opened.state, visit.language)
    before = _standing(next((fact for fact in opened.state.facts() if fact.id == target), None))

    async def record(desk: Desk, correction: Correction) -> object:
        return await desk.record_case(opened.state.id, correction, visit.viewer.person)

    def work(session: Session, correction: Correction) -> Foresight:
        return of_matter(session, visit, opened, correction)

    found = forms.fields(type(before), FIXED, visit.language, options)
    return _Target(target, before, event_adapter(), found, opened.names, opened.subject, record, work)


def _standing(fact: Any) -> Event:
    """Return an event that stands and can be corrected; what mends the record is voided instead."""
    if fact is None:
        raise Refused("target", "unknown_event", target="")
    event: Event = fact.event
    if not event.correctable:
        raise Refused("target", "void_instead", target="")
    return event


_Find = Callable[[Visit, str, str], _Target]
_PLACES: dict[str, _Find] = {"letters": _of_letter, "matters": _of_matter}


def _found(visit: Visit, place: str, name: str, request: Request) -> _Target:
    return _PLACES[place](visit, name, request.query_params.get("target", "letter"))


def _routes(place: str) -> None:
    @router.get(f"/{place}/{{name}}/correct")
    def show(visit: Recorder, request: Request, name: str) -> Response:
        """Show the form, filled in with what stands."""
        target = _found(visit, place, name, request)
        inputs = forms.prefilled(target.fields, target.before.model_dump(mode="json"))
        return _page(visit, target, forms.Values(inputs), {})

    @router.post(f"/{place}/{{name}}/correct/forecast")
    def forecast(visit: Recorder, request: Request, name: str, form: Posted) -> Response:
        """Show what would change, for the script that asks while it is typed."""
        target = _found(visit, place, name, request)
        return HTMLResponse(render("consequences.html", visit.language, **_foreseen(visit, target, form)))

    @router.post(f"/{place}/{{name}}/correct")
    async def correct(visit: Recorder, request: Request, name: str, form: Posted) -> Response:
        """Correct what was changed in the form."""
        target = await run_in_threadpool(_found, visit, place, name, request)
        typed, step = forms.values(form), field(form, "step")

        def again(problems: Mapping[str, str]) -> Response:
            return _page(visit, target, typed, problems, 422 if problems else 200, more=step.partition(":")[2])

        if step == "forecast" or step.startswith("more:"):
            return await run_in_threadpool(again, {})
        correction, problems = _correction(visit, target, form)
        if correction is None:
            return await run_in_threadpool(again, problems)
        desk = await visit.office.desk(visit.actor.origin)
        try:
            await target.record(desk, correction)
        except Refused as refused:
            return await run_in_threadpool(again, _problem(visit, target, correction, refused))
        return RedirectResponse(f"{target.subject.link}?done=corrected", 303)


for _place in _PLACES:
    _routes(_place)


def _correction(
    visit: Visit, target: _Target, form: FormData, reason: str = ""
) -> tuple[Correction | None, dict[str, str]]:
    """Make the correction of what was changed in the form, or say what is wrong with it."""
    kept = {name: value for name, value in target.before.model_dump(mode="json").items() if name in FIXED | DESK_FIELDS}
    after, problems = forms.parsed(target.adapter, kept | forms.data(target.fields, form), visit.language)
    if after is None:
        return None, problems
    changes = changes_between(target.before, after)
    why = field(form, "reason") or reason
    if not changes:
        return None, {"": said("correct.unchanged", visit.language)}
    if not why:
        return None, {"reason": said("refused.missing", visit.language)}
    today = local_date(visit.now)
    return Correction(on=today, target=target.id, changes=changes, reason=why), {}


def _problem(visit: Visit, target: _Target, correction: Correction, refused: Refused) -> dict[str, str]:
    """Name a refusal at the input that it is about; that of a single change speaks of its value."""
    name = correction.changes[0].field if refused.field == "value" and len(correction.changes) == 1 else refused.field
    return {name: refusal(refused, visit.language, target.names)}


def _foreseen(visit: Visit, target: _Target, form: FormData) -> dict[str, Any]:
    """Work out what the correction would change as far as it is typed; nothing is written."""
    correction, problems = _correction(visit, target, form, reason="—")
    shown: dict[str, Any] = {
        "concerned": (), "names": target.names, "missing": (), "changes": None, "looks": (), "corrections": (),
        "reasons": tuple(problems.values()), "lacking": lambda name: name,
    }  # fmt: skip
    if correction is None:
        return shown
    shown |= {"corrections": _old_and_new(visit, target, correction)}
    try:
        with reading(visit.office.engine) as session:
            found = target.foreseen(session, correction)
    except Refused as refused:
        return shown | {"reasons": tuple(_problem(visit, target, correction, refused).values())}
    return shown | {"changes": found.changes, "looks": found.looks}


def _old_and_new(visit: Visit, target: _Target, correction: Correction) -> list[tuple[str, str, str]]:
    model, before = type(target.before), target.before.model_dump(mode="json")
    return [
        (
            label(each.field, model.model_fields[each.field].description, visit.language),
            worded(model, each.field, before[each.field], target.names, visit.language),
            worded(model, each.field, each.value, target.names, visit.language),
        )
        for each in correction.changes
    ]


def _page(
    visit: Visit,
    target: _Target,
    typed: forms.Values,
    problems: Mapping[str, str],
    status: int = 200,
    *,
    more: str = "",
) -> Response:
    reasons = forms.fields(Correction, _OF_REASON, visit.language)
    title = said("event.correction", visit.language)
    found = [*target.fields, *reasons]
    return page(
        visit, "record.html", status, here="docket", subject=target.subject, event="correction", fields=found,
        title=title, button=said("correct.do", visit.language), action=target.action, forecast=True,
        forecast_action=target.action.replace("/correct?", "/correct/forecast?"),
        about=said("correct.about", visit.language), values=typed, problems=problems,
        labels={each.name: each.label for each in found}, rows=forms.shown_rows(found, typed, more), fresh=False,
        grave=False, **_foreseen(visit, target, FormData(typed)),
    )  # fmt: skip
