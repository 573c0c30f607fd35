"""渠道: how notices leave the house, a test message, and what could not be delivered."""

import re

from fastapi import APIRouter
from starlette.responses import Response

from activities.delivery import MailRefused
from docket.acts import log
from docket.delivery import Parcel, failures
from docket.directory import ADDRESS, person_row
from docket.engine import reading, writing
from rules.errors import Refused
from rules.texts import text
from starter.console.pages import page
from starter.console.visit import Administrator, Posted, Visit, field
from starter.console.words import refusal
from starter.mail import mailer

router = APIRouter(prefix="/administration/channels")


@router.get("")
def show(visit: Administrator) -> Response:
    """Show the channels, and what they could not deliver."""
    return _page(visit)


def _page(visit: Visit, status: int = 200, problem: str = "", sent: str = "") -> Response:
    with reading(visit.office.engine) as session:
        failed = failures(session)
        row = person_row(session, visit.viewer.person)
    own = row.email if row and row.email else ""
    return page(
        visit, "channels.html", status, here="administration", tab="channels", settings=visit.office.settings,
        failed=failed, own=own, problem=problem, sent=sent,
    )  # fmt: skip


@router.post("/test")
def send_test(visit: Administrator, form: Posted) -> Response:
    """Send a test message and say what the mail server said."""
    target = field(form, "target")
    sender = mailer(visit.office.settings)
    if sender is None:
        return _refused(visit, Refused("target", "no_channel"))
    if not re.fullmatch(ADDRESS, target):
        return _refused(visit, Refused("target", "bad_address"))
    words = text("test.body", visit.language, by=visit.viewer.name)
    parcel = Parcel(f"test:{visit.now.isoformat()}", target, text("test.subject", visit.language), words, visit.now)
    try:
        sender.send(parcel)
    except (MailRefused, OSError) as error:
        return _refused(visit, Refused("target", "channel_failed", detail=str(error)))
    with writing(visit.office.engine) as session:
        log(session, visit.actor, visit.now, "test_message", "email", None, {"target": target})
    return _page(visit, sent=target)


def _refused(visit: Visit, refused: Refused) -> Response:
    return _page(visit, 422, refusal(refused, visit.language))
