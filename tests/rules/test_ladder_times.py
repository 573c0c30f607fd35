"""At which instants rungs are taken: working days, office hours, spread, once; drafts that are moot are taken back."""

from datetime import time, timedelta

import pytest

from rules.counting.clock import local
from rules.duties.duty import DutyState, key_of
from tests.rules.builders import BOOK, CALENDAR, Play, at, day, entrusted, instants, letter
from tests.rules.test_extension import extended


def told(received: str = "0310") -> Play:
    play = Play(letter("oral_notice", received))
    play.record("told", received[:4], f"{received[:4]} 17:00")
    return play


def test_no_rung_is_taken_on_a_day_off_or_out_of_hours_across_the_longest_break() -> None:
    play = entrusted("0129")
    play.wait("0401")
    days = {moment.date() for moment in instants(play)}
    assert all(CALENDAR.is_working_day(on) for on in days)
    assert all(BOOK.office.is_open(moment, CALENDAR) for moment in instants(play))
    # The make-up Saturday before the break is a working day like any other.
    assert day("0214") in days
    assert not days & {day("0213") + timedelta(days=n) for n in range(2, 11)}


def test_a_letter_that_comes_at_night_is_announced_in_the_morning() -> None:
    play = Play(letter("oral_notice", "0306 22:10"))
    assert play.notices == []
    wake = play.state.next_wake
    assert wake is not None
    assert local(wake).date() == day("0309")
    (notice,) = play.wait("0309 12:00")
    assert (notice.to, notice.late) == ("bureau", False)
    assert notice.scheduled == wake


def test_the_reminders_of_one_letter_come_at_one_second_within_the_half_hour() -> None:
    play = entrusted()
    play.wait("0409 23:59")
    planned = {local(rung.scheduled).timetz() for rung in play.state.fired if rung.code not in ("trigger",)}
    (moment,) = planned - {at("0310 10:00").timetz(), at("0310 16:00").timetz()}
    assert time(9) <= moment.replace(tzinfo=None) < time(9, 30)


def test_many_letters_are_spread_over_the_half_hour() -> None:
    seconds = {
        BOOK.office.reminder(day("0310"), f"wuping/oral_notice/2026-{number:03}/1") - at("0310 09:00")
        for number in range(200)
    }
    assert len(seconds) > 150
    assert timedelta() <= min(seconds) < max(seconds) < timedelta(minutes=30)


def test_each_rung_is_taken_once_however_often_the_letter_is_looked_at() -> None:
    play = told()
    for hour in range(24 * 20):
        play.wake(at("0310 17:00") + timedelta(hours=hour))
    keys = [rung.key for rung in play.state.fired]
    assert len(keys) == len(set(keys))
    assert ("0317", "T+1", "clerk") in play.fired("R03@forestry")


def test_a_duty_that_gets_another_date_climbs_anew_and_is_announced_once() -> None:
    play = told()
    play.wait("0316 12:00")
    play.record("correction", "0316", target="e1", field="on", value="2026-03-13")
    assert play.due("R03@forestry") == day("0318")
    play.wait("0319 12:00")
    assert play.fired("R03@forestry") == [
        ("0310", "trigger", "obligor"), ("0313", "T-1", "obligor"), ("0316", "T", "obligor"),
        ("0317", "T-1", "obligor"), ("0318", "T", "obligor"), ("0319", "T+1", "clerk"), ("0319", "T+1", "obligor"),
    ]  # fmt: skip


def test_a_duty_that_gets_an_old_date_back_repeats_no_rung_of_it() -> None:
    play = told()
    play.wait("0313 12:00")
    wrong = play.record("correction", "0313", target="e1", field="on", value="2026-03-13")
    play.record("void", "0316", target=wrong)
    play.wait("0317 12:00")
    assert [rung for rung in play.fired("R03@forestry") if rung[1] == "T-1"] == [("0313", "T-1", "obligor")]
    assert len({rung.key for rung in play.state.fired}) == len(play.state.fired)


def test_a_task_that_is_opened_again_counts_its_recalls_on() -> None:
    play = Play(letter("response_notice", "0310", [{"agency": "forestry", "received_on": day("0310")}]))
    play.wait("0408 12:00")
    done = play.record("self_correction", "0409")
    play.record("void", "0410", target=done)
    play.wait("0601 12:00")
    codes = [rung for rung in play.fired("R10@forestry") if rung[1].startswith("repeat")]
    assert codes == [("0408", "repeat-1", "obligor"), ("0512", "repeat-2", "obligor")]


def test_reminders_of_a_provisional_date_run_from_the_unrolled_one() -> None:
    play = Play(letter("mediation_letter", "2026-12-01"))
    duty = play.duty("R07")
    assert (duty.nominal, duty.due, duty.provisional) == (day("2027-01-01"), day("2027-01-04"), True)
    planned = {rung.code: local(rung.scheduled).date() for rung in play.coming if key_of(rung.duty) == "R07"}
    assert {code: planned[code] for code in ("T-5", "T-2", "T-1", "T", "T+1")} == {
        "T-5": day("2026-12-25"), "T-2": day("2026-12-30"), "T-1": day("2026-12-31"), "T": day("2026-12-31"),
        "T+1": day("2027-01-05"),
    }  # fmt: skip


def test_a_finished_duty_has_no_rungs() -> None:
    play = told()
    play.record("feedback", "0312")
    assert not [rung for rung in play.coming if key_of(rung.duty) == "R03@forestry"]
    play.record("reported", "0312")
    play.record("forwarded", "0312", to="court")
    assert (play.coming, play.state.next_wake) == ([], None)


def test_a_draft_is_taken_back_when_its_duty_is_done() -> None:
    play = told()
    play.wait("0319 12:00")
    (draft,) = play.told("leader:forestry")
    assert (draft.draft, draft.items[0].duty) == (True, "R03@forestry")
    assert "R03@forestry" not in play.withdrawn
    play.record("feedback", "0320")
    assert "R03@forestry" in play.withdrawn


def test_a_draft_is_taken_back_when_the_date_moves_later_and_not_when_it_moves_earlier() -> None:
    play = entrusted()
    play.wait("0415 08:00")
    assert [notice.items[0].duty for notice in play.told("leader:forestry", since="0414 00:00")] == ["R07"]
    play.withdrawn.clear()
    extended(play, "0415")
    assert "R07" in play.withdrawn
    play.withdrawn.clear()
    extension = next(entry.id for entry in play.state.entries if entry.event.type == "extension")
    play.record("void", "0416", target=extension)
    assert play.due("R07") == day("0410")
    assert "R07" not in play.withdrawn


@pytest.mark.parametrize("ending", ["recall", "withdrawal"])
def test_a_draft_about_a_duty_that_ended_is_taken_back(ending: str) -> None:
    play = told()
    play.wait("0319 12:00")
    play.record(ending, "0320")
    assert "R03@forestry" in play.withdrawn
    assert play.duty("R03@forestry").state is DutyState.MISSED
