"""Attempts at delivering: one at a time, in office hours, each on record; what was given up can be sent again."""

import asyncio
import time as clock_time
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine
from sqlmodel import Session, select
from temporalio.testing import ActivityEnvironment

from activities.channels.smtp import SmtpMailer, SmtpSettings
from activities.delivery import Channel, DeliveryActivities
from activities.messages import Attempted, DeliverInput
from activities.policies import ATTEMPT
from docket.delivery import (
    CLAIM,
    Parcel,
    attempts_at,
    begin,
    expect,
    finish,
    next_try,
    pending_parcels,
    resend,
    undelivered,
    untried,
)
from docket.engine import reading, writing
from docket.tables import DeliveryRow, NoticeRow, PersonRow
from rules.errors import Refused
from tests.conftest import moment
from tests.docket.test_digest import active, digests, mailing, notice, written
from tests.docket.test_settle import planned
from tests.engine.letters import oral
from tests.support.smtp import mail_server

__all__ = ["mailing"]
NOW = moment("2026-03-10")


class Taking:
    """A channel that fails so often before it takes everything."""

    def __init__(self, failures: int = 0, error: Exception | None = None, seconds: float = 0) -> None:
        self.sent: list[str] = []
        self._failures, self._error, self._seconds = failures, error or OSError("busy"), seconds

    def send(self, parcel: Parcel) -> None:
        """Take a parcel, slowly."""
        clock_time.sleep(self._seconds)
        if self._failures:
            self._failures -= 1
            raise self._error
        self.sent.append(parcel.target)


def arrival(engine: Engine, name: str) -> str:
    """Register a letter of which the first clerk is told at once, by e-mail; return the notice."""
    _, (key,) = written(engine, planned(oral(name)), "wake-1", NOW)
    return key


def attempted(session: Session, key: str, now: datetime, error: str | None, next_at: datetime | None = None) -> Parcel:
    (parcel,) = pending_parcels(session, key, now)
    number = begin(session, parcel, now)
    assert number is not None
    finish(session, parcel, number, now, error, next_at)
    return parcel


def statuses(engine: Engine, key: str) -> dict[str, str]:
    with reading(engine) as session:
        rows = session.exec(select(DeliveryRow).where(DeliveryRow.notice_key == key))
        return {row.channel: row.status for row in rows}


async def attempt(
    engine: Engine, channels: dict[str, Channel], key: str, asked: datetime, waited: timedelta = timedelta()
) -> datetime | None:
    """Run the activity that was asked for at one time and is started so much later; return the next try."""
    environment = ActivityEnvironment()
    environment.info = replace(environment.info, started_time=environment.info.scheduled_time + waited)
    done = await environment.run(DeliveryActivities(engine, channels).attempt, DeliverInput(notice_key=key, now=asked))
    assert isinstance(done, Attempted)
    return done.next_at


@pytest.fixture
def failed(mailing: Engine) -> str:
    """An arrival that was tried once, cut off, tried again after the claim and given up."""
    key = arrival(mailing, "failed")
    with writing(mailing) as session:
        (parcel,) = pending_parcels(session, key, NOW)
        begin(session, parcel, NOW)
    with writing(mailing) as session:
        attempted(session, key, NOW + CLAIM, "550 no such mailbox")
    return key


def test_every_attempt_is_on_record_also_one_that_was_cut_off(mailing: Engine, failed: str) -> None:
    with reading(mailing) as session:
        made = attempts_at(session, [failed])[failed]
        (line,) = undelivered(session)
        assert pending_parcels(session, failed, moment("2026-03-20")) == []
    assert [(each["outcome"], each["error"]) for each in made] == [("begun", ""), ("failed", "550 no such mailbox")]
    assert (line["status"], line["target"], line["attempts"]) == ("failed", "clerk1@county.test", 1)


def test_an_attempt_that_is_being_made_is_nobody_elses_until_its_claim_ends(mailing: Engine) -> None:
    key = arrival(mailing, "claimed")
    with writing(mailing) as session:
        (parcel,) = pending_parcels(session, key, NOW)
        assert begin(session, parcel, NOW) is not None
        assert begin(session, parcel, NOW) is None
    with reading(mailing) as session:
        assert pending_parcels(session, key, NOW) == []
        assert next_try(session, key) == NOW + CLAIM
    assert ATTEMPT < CLAIM


async def test_two_workflows_of_one_notice_send_it_once(mailing: Engine) -> None:
    key, channel = arrival(mailing, "twice"), Taking(seconds=0.3)
    tries = await asyncio.gather(*(attempt(mailing, {"email": channel}, key, NOW) for _ in range(3)))
    assert channel.sent == ["clerk1@county.test"]
    # Whoever came second looks again once the claim is over, and finds it sent.
    assert sorted(each for each in tries if each) == [NOW + CLAIM] * 2
    assert await attempt(mailing, {"email": channel}, key, NOW + CLAIM) is None
    assert channel.sent == ["clerk1@county.test"]


def test_an_attempt_that_outlives_its_claim_takes_nothing_back(mailing: Engine) -> None:
    key = arrival(mailing, "slow")
    with writing(mailing) as session:
        (parcel,) = pending_parcels(session, key, NOW)
        slow = begin(session, parcel, NOW)
        attempted(session, key, NOW + CLAIM, None)
    assert slow is not None
    with writing(mailing) as session:
        finish(session, parcel, slow, NOW + CLAIM * 2, "timed out", NOW + CLAIM * 3)
    assert statuses(mailing, key) == {"email": "sent"}


def test_an_attempt_that_outlives_its_claim_ends_no_other_ones(mailing: Engine) -> None:
    key = arrival(mailing, "overlap")
    with writing(mailing) as session:
        (parcel,) = pending_parcels(session, key, NOW)
        slow = begin(session, parcel, NOW)
        assert begin(session, parcel, NOW + CLAIM) is not None
        assert slow is not None
        finish(session, parcel, slow, NOW + CLAIM, "timed out", NOW + timedelta(seconds=5))
        assert begin(session, parcel, NOW + CLAIM) is None
    with reading(mailing) as session:
        assert next_try(session, key) == NOW + CLAIM * 2


async def test_a_worker_that_is_back_at_night_sends_in_the_morning(mailing: Engine) -> None:
    key, channel = arrival(mailing, "night"), Taking()
    night = moment("2026-03-10", "23:00")
    again = await attempt(mailing, {"email": channel}, key, night)
    assert again is not None
    assert moment("2026-03-11", "08:30") <= again <= moment("2026-03-11", "09:30")
    # The same where the attempt was asked for by day and no worker took it until night.
    assert await attempt(mailing, {"email": channel}, key, NOW, night - NOW) == again
    assert channel.sent == []
    assert await attempt(mailing, {"email": channel}, key, again) is None
    assert channel.sent == ["clerk1@county.test"]


async def test_whatever_one_channel_raises_the_others_are_tried(mailing: Engine) -> None:
    key, good = arrival(mailing, "odd"), Taking()
    with writing(mailing) as session:
        expect(session, {key: {"wecom": "group"}}, {"wecom"})
    channels: dict[str, Channel] = {"email": Taking(99, ValueError("no such thing")), "wecom": good}
    again = await attempt(mailing, channels, key, NOW)
    assert good.sent == ["group"]
    assert again == NOW + timedelta(seconds=5)
    with reading(mailing) as session:
        (line,) = undelivered(session)
    assert (line["channel"], line["error"]) == ("email", "ValueError: no such thing")


@pytest.mark.parametrize("address", ["liu@[county.cn", "(a@b.cn"])
async def test_an_address_that_is_none_is_given_up(mailing: Engine, address: str, tmp_path: Path) -> None:
    with writing(mailing) as session:
        # The directory takes no such address today; one of before may be there.
        session.get_one(PersonRow, "clerk1").email = address
    key = arrival(mailing, "address")
    with mail_server(tmp_path) as server:
        settings = SmtpSettings(host="127.0.0.1", port=server.port, sender="q@county.test", security="none")
        await attempt(mailing, {"email": SmtpMailer(settings)}, key, NOW)
    with reading(mailing) as session:
        (line,) = undelivered(session)
    assert line["attempts"] == 1


async def test_what_waits_for_somebody_who_has_left_is_told_to_others(mailing: Engine) -> None:
    key, channel = arrival(mailing, "gone"), Taking()
    with writing(mailing) as session:
        session.get_one(PersonRow, "bureau_head").email = "head@county.test"
    for clerk in ("clerk1", "clerk2"):
        active(mailing, clerk, False)
    assert await attempt(mailing, {"email": channel}, key, NOW) is None
    assert channel.sent == []
    assert statuses(mailing, key) == {"email": "withdrawn"}
    assert digests(mailing, "2026-03-10", "10:35") == ["digest:2026-03-10:bureau_head"]
    assert notice(mailing, key).digest is None


async def test_a_digest_for_somebody_who_has_left_is_taken_apart(mailing: Engine) -> None:
    key, channel = arrival(mailing, "apart"), Taking()
    with writing(mailing) as session:
        session.get_one(NoticeRow, key).digest = ""
    (digest,) = digests(mailing, "2026-03-11")
    active(mailing, "clerk1", False)
    await attempt(mailing, {"email": channel}, digest, moment("2026-03-11", "09:50"))
    assert notice(mailing, key).digest == ""
    assert statuses(mailing, digest) == {"email": "withdrawn"}


def test_what_was_given_up_can_be_sent_again_and_nothing_else(mailing: Engine, failed: str) -> None:
    with writing(mailing) as session:
        session.get_one(PersonRow, "clerk1").email = "right@county.test"
    evening, morning = moment("2026-03-10", "18:00"), moment("2026-03-11", "09:05")
    with writing(mailing) as session:
        assert resend(session, failed, "email", morning).target == "right@county.test"
    with reading(mailing) as session:
        assert pending_parcels(session, failed, evening) == []
        # The audit of the next morning knows that it waits for the office to open.
        assert untried(session, moment("2026-03-11", "06:15")) == []
        assert [parcel.target for parcel in pending_parcels(session, failed, morning)] == ["right@county.test"]
    for key, reason in ((failed, "只有已放弃"), ("nothing", "没有这条")):
        with pytest.raises(Refused, match=reason), writing(mailing) as session:
            resend(session, key, "email", morning)


@pytest.mark.parametrize("change", [{"email": None}, {"active": False}])
def test_what_has_no_address_any_more_is_not_sent_again(
    mailing: Engine, failed: str, change: dict[str, object]
) -> None:
    with writing(mailing) as session:
        session.get_one(PersonRow, "clerk1").sqlmodel_update(change)
    with pytest.raises(Refused, match="更正名录"), writing(mailing) as session:
        resend(session, failed, "email", NOW)
    assert statuses(mailing, failed) == {"email": "failed"}


def test_a_channel_that_failed_is_not_tried_before_its_time(mailing: Engine) -> None:
    later, key = moment("2026-03-10", "10:30"), arrival(mailing, "later")
    with writing(mailing) as session:
        attempted(session, key, NOW, "busy", later)
    with reading(mailing) as session:
        assert pending_parcels(session, key, moment("2026-03-10", "10:29")) == []
        assert [parcel.attempt for parcel in pending_parcels(session, key, later)] == [2]
