"""Notices and drafts by API: what somebody was told, and what a person must send."""

from typing import Annotated, Any

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field, StrictBool

from console.api import answers
from console.api.caller import Reader, Sender, Supervisor
from console.api.lists import Number, Size
from docket.engine import reading, writing
from docket.inbox import count_drafts, discard_draft, drafts, inbox, mark

router = APIRouter()


class _Question(BaseModel):
    model_config = ConfigDict(extra="forbid")


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
