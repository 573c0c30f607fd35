"""Letters by API: forecast, register, look, record."""

from collections.abc import Iterable
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Response
from starlette.concurrency import run_in_threadpool

from console import letters
from console.api import answers
from console.api.caller import Caller, Reader, Recorder, Registrar
from desk.forecast import doubts, planned
from docket.engine import reading
from rules.accept.events import refuse_event
from rules.dossier.letter import LetterState
from rules.dossier.view import duty_view
from rules.errors import Refused
from rules.letters.events import AnyEvent
from rules.letters.letter import DESK_FIELDS, Letter
from rules.letters.registry import AnyLetter

router = APIRouter(tags=["letters 来文"])
Reference = Annotated[str, Path(description="短号或编号 short name, id, or number of the letter", max_length=400)]


@router.post("/forecasts", response_model=answers.Forecast)
def forecast(caller: Registrar, letter: AnyLetter) -> dict[str, Any]:
    """Say what a letter would make people owe; nothing is saved."""
    letter = _of_county(caller, letter)
    with reading(caller.office.engine) as session:
        state = planned(session, letter, caller.viewer.person, caller.now)
        looks = doubts(session, letter)
    return {
        "duties": [duty_view(duty, caller.now) for duty in state.duties],
        "looks": [{"field": look.field, "reason": look.words("zh"), "reason_en": look.words("en")} for look in looks],
    }


@router.post(
    "/letters",
    status_code=201,
    response_model=answers.Registered,
    responses={200: {"model": answers.Registered, "description": "Registered before"}},
)
async def register(caller: Registrar, letter: AnyLetter, response: Response) -> dict[str, Any]:
    """Register a letter; the same letter again gives the first, with 200."""
    letter = _of_county(caller, letter)
    desk = await caller.office.desk(caller.actor.origin)
    registered = await desk.register(letter, caller.viewer.person)
    response.status_code = 201 if registered.first else 200
    (view,) = await run_in_threadpool(_views, caller, [registered.state])
    return view | {"first": registered.first}


def _of_county(caller: Caller, letter: Letter) -> Letter:
    """Return a letter as one of this county's; another county's, and what only the desk fills in, is refused."""
    for name in sorted(DESK_FIELDS & letter.model_fields_set):
        raise Refused(name, "unknown_field")
    county = caller.office.settings.county
    if "county" in letter.model_fields_set and letter.county != county:
        raise Refused("county", "choice", expected=county)
    return letter.model_copy(update={"county": county})


def _opened(caller: Caller, letter: str) -> letters.Opened:
    with reading(caller.office.engine) as session:
        return letters.opened(session, caller, letter)


@router.get("/letters/{letter}", response_model=answers.Letter)
def show(caller: Reader, letter: Reference) -> dict[str, Any]:
    """Say how a letter stands, with what concerns the caller."""
    return _opened(caller, letter).view


@router.get("/letters/{letter}/reckonings", response_model=answers.Sheets)
def reckonings(caller: Reader, letter: Reference, duty: Annotated[str, Query(max_length=120)] = "") -> dict[str, Any]:
    """Explain the dates of a letter, or of one duty: 算期单."""
    return {"sheets": letters.sheets(_opened(caller, letter), duty)}


@router.post("/letters/{letter}/events", status_code=201, response_model=list[answers.Letter])
async def record(caller: Recorder, letter: Reference, event: AnyEvent) -> list[dict[str, Any]]:
    """Record an event; return the letter, and each other one of its matter that the event has changed."""
    opened = await run_in_threadpool(_opened, caller, letter)
    refuse_event(caller.viewer, opened.state.current_letter, event)
    desk = await caller.office.desk(caller.actor.origin)
    recorded = await desk.record(opened.state.letter_id, event, caller.viewer.person)
    others = [each for each in recorded.others if caller.viewer.sees(each.agencies)]
    return await run_in_threadpool(_views, caller, [recorded.letter, *others])


def _views(caller: Caller, states: Iterable[LetterState]) -> list[dict[str, Any]]:
    with reading(caller.office.engine) as session:
        return [letters.viewed(session, caller, state) for state in states]
