"""渠道: how notices leave the house, a test message, and what no channel has taken, to be sent again."""

import re

from fastapi import APIRouter
from starlette.concurrency import run_in_threadpool
from starlette.responses import RedirectResponse, Response

from activities.channels.opening import channels
from activities.delivery import ChannelRefused
from console.pages import page
from console.visit import Administrator, Posted, Visit, field
from console.words import refusal, said
from docket.acts import log
from docket.delivery import Parcel, undelivered
from docket.directory import ADDRESS, EMAIL, person_names, person_row
from docket.engine import reading, writing
from rules.errors import Refused

router = APIRouter(prefix="/administration/channels")


@router.get("")
def show(visit: Administrator) -> Response:
    """Show the channels, and what they have not taken."""
    return _page(visit)


def _page(visit: Visit, status: int = 200, problem: str = "", sent: str = "", of: str = EMAIL) -> Response:
    with reading(visit.office.engine) as session:
        left = undelivered(session)
        row = person_row(session, visit.viewer.person)
        people = person_names(session)
    own = row.email if row and row.email else ""
    settings = visit.office.settings
    others = {name: "{address}" in url.get_secret_value() for name, url in sorted(settings.channels.items())}
    return page(
        visit, "channels.html", status, here="administration", tab="channels", settings=settings, left=left, own=own,
        problem=problem, sent=sent, of=of, others=others, people=people,
    )  # fmt: skip


@router.post("/test")
def send_test(visit: Administrator, form: Posted) -> Response:
    """Send a test message and say what the channel said."""
    target, name = field(form, "target"), field(form, "channel") or EMAIL
    channel = channels(visit.office.settings).get(name)
    if channel is None:
        return _refused(visit, Refused("target", "no_channel"), name)
    if name == EMAIL and not re.fullmatch(ADDRESS, target):
        return _refused(visit, Refused("target", "bad_address"), name)
    if name != EMAIL and not target and "{address}" in visit.office.settings.channels[name].get_secret_value():
        return _refused(visit, Refused("target", "missing"), name)
    words = said("test.body", visit.language, by=visit.viewer.name)
    key, subject = f"test:{visit.now.isoformat()}", said("test.subject", visit.language)
    try:
        channel.send(Parcel(key, name, target, subject, words, visit.now, 1))
    except (ChannelRefused, OSError) as error:
        return _refused(visit, Refused("target", "channel_failed", detail=str(error)), name)
    with writing(visit.office.engine) as session:
        log(session, visit.actor, visit.now, "test_message", name, None, {"target": target})
    return _page(visit, sent=target or name, of=name)


@router.post("/resend")
async def resend(visit: Administrator, form: Posted) -> Response:
    """Have a delivery that was given up tried again."""
    try:
        desk = await visit.office.desk(visit.actor.origin)
        await desk.resend(field(form, "delivery"), field(form, "channel"), visit.viewer.person)
    except Refused as refused:
        return await run_in_threadpool(_page, visit, 422, refusal(refused, visit.language), "", "resend")
    return RedirectResponse("/administration/channels?done=resent", 303)


def _refused(visit: Visit, refused: Refused, of: str) -> Response:
    return _page(visit, 422, refusal(refused, visit.language), of=of)
