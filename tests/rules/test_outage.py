"""After the worker was away: nothing is lost, nothing bursts, nobody is woken at night, and the ladder goes on."""

from datetime import timedelta

import pytest

from rules.counting.clock import local
from rules.telling.notices import NoticeKind
from tests.rules.builders import TWO, Play, day, entrusted, letter, worded


def told() -> Play:
    """Return an oral notice whose feedback is due on Monday 16 March, all of the bureau's own duties done."""
    play = Play(letter("oral_notice", "0310"))
    play.record("told", "0310")
    play.record("reported", "0310")
    return play


def test_what_was_missed_comes_as_one_late_notice_an_address() -> None:
    play = told()
    notices = play.wake("0319 11:00")
    assert [(notice.to, notice.draft, notice.late) for notice in notices] == [
        ("agency:forestry", False, True), ("bureau", False, True), ("bureau_leader", False, True),
        ("leader:forestry", True, True),
    ]  # fmt: skip
    agency = notices[0]
    assert agency.items[0].codes == ("T-1", "T", "T+1")
    assert local(agency.scheduled).date() == day("0313")


def test_the_late_notice_says_so_and_when_it_was_meant_for() -> None:
    play = told()
    (agency, *_) = play.wake("0319 11:00")
    words = worded(play, agency, {"forestry": "林业局"})
    planned = local(agency.scheduled).strftime("%Y-%m-%d %H:%M")
    assert f"本提醒因系统停运迟发，原定 {planned} 发出，其间各次提醒合并于此。" in words.body
    assert words.subject == "【逾期】2026-017 林业局：反馈协调化解情况（期限 2026-03-16）"
    english = worded(play, agency, {"forestry": "Forestry"}, "en")
    assert f"it was meant for {planned}" in english.body


def test_a_reminder_kept_back_until_the_date_had_passed_speaks_of_an_overdue_duty() -> None:
    play = told()
    # At 8:40 on the 17th the rung of that morning is still to come, and the date has passed.
    (notice,) = play.wake("0317 08:40")
    assert (notice.kind, notice.items[0].codes) == (NoticeKind.OVERDUE, ("T-1", "T"))
    (kept_back,) = told().wake("0316 08:40")
    assert (kept_back.kind, kept_back.items[0].codes) == (NoticeKind.REMINDER, ("T-1",))


def test_a_few_minutes_are_no_outage() -> None:
    play = told()
    wake = play.state.next_wake
    assert wake is not None
    (notice,) = play.wake(wake + timedelta(minutes=50))
    assert not notice.late
    (later,) = told().wake(wake + timedelta(minutes=70))
    assert later.late


@pytest.mark.parametrize(
    ("back", "waits_for"),
    [("0317 22:00", "0318"), ("0317 05:00", "0317"), ("0314 11:00", "0316"), ("0315 23:59", "0316")],
)
def test_an_outage_that_ends_at_night_or_on_a_weekend_waits_for_office_hours_and_goes_on(
    back: str, waits_for: str
) -> None:
    play = told()
    assert play.wake(back) == []
    wake = play.state.next_wake
    assert wake is not None
    assert local(wake).date() == day(waits_for)
    assert play.wait(f"{waits_for} 12:00")
    play.wait("0320")
    codes = [code for _, code, _ in play.fired("R03@forestry")]
    assert codes == ["trigger", "T-1", "T", "T+1", "T+1", "T+2", "T+3"]


def test_an_event_recorded_at_night_after_an_outage_sends_nothing_before_morning() -> None:
    play = told()
    before = len(play.notices)
    # R15 arises, and the missed reminders of R03 are still pending: both wait.
    play.asleep("flagged", "0317", "0317 21:00")
    assert play.notices[before:] == []
    wake = play.state.next_wake
    assert wake is not None
    assert local(wake).date() == day("0318")
    assert {item.duty for notice in play.wait("0318 12:00") for item in notice.items} == {"R03@forestry", "R15"}


def test_months_of_repeats_are_one_reminder_and_the_next_comes_in_its_turn() -> None:
    play = told()
    play.wait("0320")
    notices = play.wake("0701 10:00")
    assert [(notice.to, notice.items[0].codes) for notice in notices] == [
        ("leader:forestry", ("T+8", "T+13")), ("bureau", ("repeat-1",)), ("agency:forestry", ("repeat-1",)),
    ]  # fmt: skip
    assert notices[0].level == 3
    wake = play.state.next_wake
    assert wake is not None
    # Every fifth working day after 19 March, whatever was missed in between.
    assert local(wake).date() == day("0708")
    assert [(notice.to, notice.late) for notice in play.wait("0708 12:00")] == [
        ("bureau", False), ("agency:forestry", False),
    ]  # fmt: skip


def test_an_outage_of_a_year_loses_no_duty_and_no_letter() -> None:
    play = entrusted(agencies=TWO)
    notices = play.wake("2026-12-01 10:00")
    assert {notice.to for notice in notices} == {
        "agency:forestry", "agency:transport", "bureau", "bureau_leader", "leader:forestry", "leader:transport",
    }  # fmt: skip
    per_address = [(notice.to, notice.draft) for notice in notices]
    assert len(per_address) == len(set(per_address))
    reminded = {item.duty for notice in notices for item in notice.items}
    assert reminded == {duty.key for duty in play.state.duties if duty.unfinished} - {"R05"}


def test_what_ended_while_the_worker_was_away_is_not_reminded_of() -> None:
    play = told()
    before = len(play.notices)
    play.asleep("feedback", "0313", "0319 10:00")
    assert {item.duty for notice in play.notices[before:] for item in notice.items} == {"R04"}
