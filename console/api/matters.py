"""Matters 案件 by API: list, look, put on file, record, move and join."""

from typing import Annotated, Any

from fastapi import APIRouter, Path, Query
from pydantic import ConfigDict, Field
from starlette.concurrency import run_in_threadpool

from console import letters, matters
from console.api import answers
from console.api.caller import Caller, Reader, Recorder, Registrar
from console.asked import AskedMatters, scope_of
from console.matters import OpenedMatter
from docket.engine import reading
from docket.matters import count_matters, list_matters
from docket.reads import find_letter
from rules.access import refuse_case_event
from rules.dossier.state import Dossier
from rules.letters.cases import Destination, NewCase
from rules.letters.events import AnyEvent

router = APIRouter(tags=["matters 案件"])
Name = Annotated[str, Path(description="案件编号 number or id of the matter", max_length=400)]
Letter = Annotated[str, Path(description="短号或编号 short name, id, or number of the letter", max_length=400)]


class Wanted(AskedMatters):
    """What a list of matters is asked for; a parameter that there is not is refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    size: int = Field(50, ge=1, le=200)


@router.get("/matters", response_model=answers.Matters)
def list_(caller: Reader, asked: Annotated[Wanted, Query()]) -> dict[str, Any]:
    """List matters, those with the next date first."""
    scope, offset = scope_of(caller.viewer), (asked.page - 1) * asked.size
    with reading(caller.office.engine) as session:
        total = count_matters(session, asked.filter(), scope)
        return {
            "total": total,
            "matters": list_matters(session, asked.filter(), caller.now, scope, offset, asked.size),
        }


@router.post("/matters", status_code=201, response_model=answers.Matter)
async def open_(caller: Registrar, case: NewCase) -> dict[str, Any]:
    """Put a case on file, with or without letters."""
    desk, county = await caller.office.desk(caller.actor.origin), caller.office.settings.county
    state = await desk.open_matter(county, case.matter, case.opened, caller.viewer.person)
    return await run_in_threadpool(_view, caller, state)


@router.get("/matters/{matter}", response_model=answers.Matter)
def show(caller: Reader, matter: Name) -> dict[str, Any]:
    """Say how a matter stands, with its whole life."""
    return _opened(caller, matter).view


@router.post("/matters/{matter}/events", status_code=201, response_model=answers.Matter)
async def record(caller: Recorder, matter: Name, event: AnyEvent) -> dict[str, Any]:
    """Record what happened to a case itself."""
    refuse_case_event(caller.viewer, event)
    opened = await run_in_threadpool(_opened, caller, matter)
    desk = await caller.office.desk(caller.actor.origin)
    state = await desk.record_case(opened.state.id, event, caller.viewer.person)
    return await run_in_threadpool(_view, caller, state)


@router.post("/letters/{letter}/move", response_model=answers.Letter)
async def move(caller: Registrar, letter: Letter, to: Destination) -> dict[str, Any]:
    """Move a letter with its events to the matter that it belongs to."""
    desk = await caller.office.desk(caller.actor.origin)
    state = await desk.move(letter, to.matter, to.reason, caller.viewer.person)

    def view() -> dict[str, Any]:
        with reading(caller.office.engine) as session:
            return letters.viewed(session, caller, find_letter(session, state.letter_id))

    return await run_in_threadpool(view)


@router.post("/matters/{matter}/join", response_model=answers.Matter)
async def join(caller: Registrar, matter: Name, to: Destination) -> dict[str, Any]:
    """Join a matter to another one, which holds the letters and events of both from then on."""
    desk = await caller.office.desk(caller.actor.origin)
    state = await desk.join(matter, to.matter, to.reason, caller.viewer.person)
    return await run_in_threadpool(_view, caller, state)


def _opened(caller: Caller, matter: str) -> OpenedMatter:
    with reading(caller.office.engine) as session:
        return matters.opened(session, caller, matter)


def _view(caller: Caller, state: Dossier) -> dict[str, Any]:
    with reading(caller.office.engine) as session:
        return matters.viewed(session, caller, state)
