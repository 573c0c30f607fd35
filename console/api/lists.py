"""Lists by API: duties, notices, drafts, figures, the record of acts."""

from typing import Annotated, Any

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, Field, StrictBool

from console.api import answers
from console.api.caller import AnyCaller, Auditor, Reader, Sender, Supervisor
from console.asked import Asked, scope_of
from docket.acts import acts
from docket.engine import reading, writing
from docket.figures import load, supervised
from docket.inbox import count_drafts, discard_draft, drafts, inbox, mark
from docket.lists import Page, count_duties, list_duties
from rules.counting.clock import local_date

router = APIRouter()
_LARGEST_PAGE = 200
Number = Annotated[int, Query(alias="page", ge=1, le=100_000)]
Size = Annotated[int, Query(alias="size", ge=1, le=_LARGEST_PAGE)]


class _Question(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Wanted(Asked):
    """What a list of duties is asked for; a parameter that there is not is refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    size: int = Field(50, ge=1, le=_LARGEST_PAGE)


class Marking(_Question):
    """Which of one's notices are to be marked, and how."""

    keys: list[Annotated[str, Field(max_length=600)]] = Field(min_length=1, max_length=500)
    read: StrictBool = True


class Sending(_Question):
    """Which draft to send."""

    draft: str = Field(max_length=600)


class Discarding(Sending):
    """Which draft to discard, and why."""

    reason: str = Field(min_length=1, max_length=400)


@router.get("/me", response_model=answers.Me, tags=["account 账号"])
def me(caller: AnyCaller) -> dict[str, Any]:
    """Say who calls, and what the token may do."""
    viewer = caller.viewer
    agencies = sorted(viewer.agencies) if viewer.agencies is not None else None
    return {
        "person": viewer.person, "name": viewer.name, "role": viewer.role, "agencies": agencies,
        "scopes": sorted(caller.scopes),
    }  # fmt: skip


@router.get("/duties", response_model=answers.Lines, tags=["docket 台账"])
def duties(caller: Reader, asked: Annotated[Wanted, Query()]) -> dict[str, Any]:
    """List duties with their letters, a page at a time."""
    scope = scope_of(caller.viewer)
    with reading(caller.office.engine) as session:
        total = count_duties(session, asked.filter(), caller.now, scope)
        part = Page(asked.sort, asked.down, (asked.page - 1) * asked.size, asked.size)
        return {"total": total, "duties": list_duties(session, asked.filter(), caller.now, scope, part)}


@router.get("/notices", response_model=answers.Notices, tags=["notices 提醒"])
def notices(caller: Reader, unread: bool = False, number: Number = 1, size: Size = 50) -> dict[str, Any]:
    """List one's own notices, the latest first."""
    offset = (number - 1) * size
    with reading(caller.office.engine) as session:
        found, total = inbox(session, caller.viewer.person, caller.now, unread=unread, offset=offset, limit=size)
    return {"total": total, "notices": found}


@router.post("/notices/read", response_model=answers.Done, tags=["notices 提醒"])
def mark_notices(caller: Reader, marking: Marking) -> dict[str, int]:
    """Mark notices of one's own as read or unread."""
    with writing(caller.office.engine) as session:
        return {"changed": mark(session, caller.viewer.person, marking.keys, caller.now if marking.read else None)}


@router.get("/drafts", response_model=answers.Drafts, tags=["drafts 待发稿"])
def list_drafts(caller: Supervisor, number: Number = 1, size: Size = 50) -> dict[str, Any]:
    """List what waits for somebody to send it, the oldest first."""
    with reading(caller.office.engine) as session:
        found = drafts(session, (number - 1) * size, size)
        return {"total": count_drafts(session), "drafts": [each.line for each in found]}


@router.post("/drafts/send", response_model=answers.Done, tags=["drafts 待发稿"])
async def send(caller: Sender, sending: Sending) -> dict[str, int]:
    """Send a draft to whom it is for."""
    desk = await caller.office.desk(caller.actor.origin)
    await desk.send_draft(sending.draft, caller.viewer.person, caller.office.settings.outside)
    return {"changed": 1}


@router.post("/drafts/discard", response_model=answers.Done, tags=["drafts 待发稿"])
def discard(caller: Sender, discarding: Discarding) -> dict[str, int]:
    """Discard a draft, for a reason."""
    with writing(caller.office.engine) as session:
        discard_draft(session, discarding.draft, caller.actor, discarding.reason, caller.now)
    return {"changed": 1}


@router.get("/figures", response_model=answers.Figures, tags=["supervision 督办"])
def figures(caller: Supervisor) -> dict[str, Any]:
    """Give agencies by lamp, and the load of the coming four weeks."""
    with reading(caller.office.engine) as session:
        agencies, _ = supervised(session, caller.now)
        coming = load(session, local_date(caller.now))
    return {"agencies": [each._asdict() | {"punctual": each.punctual} for each in agencies], "load": coming}


@router.get("/acts", response_model=answers.Acts, tags=["acts 操作记录"])
def list_acts(
    caller: Auditor,
    q: Annotated[str, Query(max_length=200)] = "",
    before: Annotated[int | None, Query(ge=1, le=2**31 - 1)] = None,
    size: Size = 50,
) -> dict[str, Any]:
    """List what people did, the latest first."""
    with reading(caller.office.engine) as session:
        rows = acts(session, q, before, size)
        return {
            "acts": [row.model_dump() for row in rows],
            "older": rows[-1].id if len(rows) == size else None,
        }
