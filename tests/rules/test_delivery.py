"""What waits for the day's digest, when people may be written to, and when a channel is tried again."""

from datetime import datetime, time, timedelta

import pytest
from pydantic import ValidationError

from rules.counting.clock import OfficeHours
from rules.telling.delivery import MOST_ATTEMPTS, next_attempt
from rules.telling.notices import NoticeKind
from tests.rules.builders import BOOK, CALENDAR, Play, at, day, letter

OFFICE = BOOK.office


def waiting(play: Play) -> list[tuple[str, str, str]]:
    """List the notices that wait for a digest, as day, address and kind."""
    return [(f"{notice.scheduled:%m%d}", notice.to, notice.kind.value) for notice in play.notices if notice.digest]


def test_only_what_arrives_or_changes_goes_at_once_and_what_time_brings_waits_for_the_morning() -> None:
    play = Play(letter("oral_notice", "0310"))
    play.record("told", "0310")
    play.wait("0319 23:59")
    assert waiting(play) == [
        ("0311", "bureau", "overdue"),
        ("0312", "bureau_leader", "overdue"),
        ("0313", "agency:forestry", "reminder"),
        ("0316", "agency:forestry", "reminder"),
        ("0317", "bureau", "overdue"),
        ("0317", "agency:forestry", "overdue"),
        ("0318", "bureau_leader", "overdue"),
        ("0319", "bureau", "overdue"),
    ]
    at_once = {notice.kind for notice in play.notices if not notice.digest and not notice.draft}
    assert at_once == {NoticeKind.ARRIVAL}


def corrected(moment: str, on: str) -> Play:
    """Play an oral notice told on 13 March, corrected at a moment to have been told on another day."""
    play = Play(letter("oral_notice", "0310"))
    entry = play.record("told", "0313")
    play.wait(moment)
    play.record(
        "correction", moment[:4], moment, target=entry, field="on", value=f"2026-{on[:2]}-{on[2:]}", reason="笔误"
    )
    return play


def test_a_date_that_moves_so_near_that_the_next_digest_would_be_too_late_goes_at_once() -> None:
    play = corrected("0316 14:00", "0311")
    assert play.due("R03@forestry") == day("0316")
    moved = {notice.to: notice.digest for notice in play.notices if notice.kind is NoticeKind.MOVED}
    assert moved == {"agency:forestry": False, "bureau": False}


def test_a_moved_date_goes_at_once_however_far_off_it_is() -> None:
    play = corrected("0316 14:00", "0312")
    assert play.due("R03@forestry") == day("0317")
    moved = {notice.to: notice.digest for notice in play.notices if notice.kind is NoticeKind.MOVED}
    assert moved == {"agency:forestry": False, "bureau": False}


@pytest.mark.parametrize(
    ("moment", "digest"),
    [
        ("0310 08:00", "0310"),
        ("0310 09:34", "0310"),
        ("0310 09:35", "0311"),
        ("0313 16:00", "0316"),
        # The Saturday before the long break is a working day, and its digest comes.
        ("0213 16:00", "0214"),
        ("0214 16:00", "0224"),
    ],
)
def test_the_next_digest_is_that_of_a_working_day(moment: str, digest: str) -> None:
    assert OFFICE.next_digest(at(moment), CALENDAR) == day(digest)


def test_digests_follow_the_last_reminder_and_are_spread_over_a_quarter_of_an_hour() -> None:
    instants = {OFFICE.digest(day("0310"), f"digest:2026-03-10:person{number}") for number in range(300)}
    assert min(instants) >= at("0310 09:35") > at("0310 09:00") + timedelta(minutes=OFFICE.spread_minutes)
    assert max(instants) < at("0310 09:50")
    assert len(instants) > 150


def test_in_quiet_hours_nobody_is_written_to() -> None:
    office = OfficeHours(quiet=((time(12), time(14, 30)),))
    for moment, opens in (
        ("0310 11:59", "11:59"),
        ("0310 12:00", "14:30"),
        ("0310 14:29", "14:30"),
        ("0310 14:30", "14:30"),
    ):
        assert f"{office.next_open(at(moment), CALENDAR, 'x'):%H:%M}" == opens
    # At noon of a day off the next instant is in the morning of the next working day.
    assert office.next_open(at("0314 13:00"), CALENDAR, "x").date() == day("0316")


@pytest.mark.parametrize("quiet", [("12:00", "11:00"), ("08:00", "09:00"), ("17:00", "18:00"), ("09:10", "09:40")])
def test_quiet_hours_lie_within_office_hours_and_after_the_reminders(quiet: tuple[str, str]) -> None:
    with pytest.raises(ValidationError, match="quiet hours must"):
        OfficeHours.model_validate({"quiet": [quiet]})


def waits(moment: str, attempts: int) -> datetime | None:
    return next_attempt(attempts, at(moment), OFFICE, CALENDAR, "key")


def test_a_channel_that_fails_is_tried_again_ever_later() -> None:
    seconds = []
    for attempts in range(1, 13):
        again = waits("0310 10:00", attempts)
        assert again is not None
        seconds.append((again - at("0310 10:00")).total_seconds())
    assert seconds == [5, 10, 20, 40, 80, 160, 320, 640, 1280, 1800, 1800, 1800]


def test_a_channel_is_never_tried_outside_office_hours_and_given_up_in_the_end() -> None:
    again = waits("0313 17:29", 9)
    assert again is not None
    assert again.date() == day("0316")
    assert waits("0310 10:00", MOST_ATTEMPTS) is None
    assert waits("0310 10:00", MOST_ATTEMPTS - 1) is not None


def test_a_channel_that_never_answers_is_tried_for_three_working_days() -> None:
    moment, tried = at("0312 09:40"), 1
    while (again := next_attempt(tried, moment, OFFICE, CALENDAR, "key")) is not None:
        moment, tried = again, tried + 1
    assert tried == MOST_ATTEMPTS
    assert moment.date() == day("0317")
