"""应诉通知书: the two ticks of R08 and the open task R10."""

import pytest

from rules.duties.duty import DutyState
from tests.rules.builders import Play, at, day, letter

SERVED = [{"agency": "forestry", "received_on": day("0310")}]
BOTH = [*SERVED, {"agency": "transport", "received_on": day("0312")}]


def test_three_days_for_two_acts_that_are_ticked_one_by_one() -> None:
    play = Play(letter("response_notice", "0310", SERVED))
    assert (play.due("R08a@forestry"), play.due("R08b@forestry")) == (day("0313"), day("0313"))
    play.record("told", "0312")
    assert (play.states()["R08a@forestry"], play.states()["R08b@forestry"]) == ("done", "open")
    play.record("reported", "0316")
    assert play.states()["R08b@forestry"] == "late"


def test_three_days_that_end_on_a_saturday_roll_to_monday() -> None:
    play = Play(letter("response_notice", "0311", [{"agency": "forestry", "received_on": day("0311")}]))
    duty = play.duty("R08a@forestry")
    assert (duty.nominal, duty.due) == (day("0314"), day("0316"))


def test_the_first_news_from_the_agency_itself_shows_at_once_how_late_it_is() -> None:
    play = Play(letter("response_notice", "0320", SERVED, told_by_agency=True))
    duty = play.duty("R08a@forestry")
    assert (duty.state, duty.satisfied_on, duty.satisfied_by) == (DutyState.LATE, day("0320"), "registration")
    assert play.states()["R08b@forestry"] == "open"
    in_time = Play(letter("response_notice", "0313", SERVED, told_by_agency=True))
    assert in_time.states()["R08a@forestry"] == "done"


def test_several_agencies_have_their_own_days_and_their_own_ticks() -> None:
    play = Play(letter("response_notice", "0312", BOTH))
    assert (play.due("R08a@forestry"), play.due("R08a@transport")) == (day("0313"), day("0316"))
    play.record("told", "0313", agency="forestry")
    play.record("reported", "0313", agency="forestry")
    assert {play.states()["R08a@transport"], play.states()["R08b@transport"]} == {"open"}


def test_correcting_its_own_act_stays_open_until_the_court_is_told() -> None:
    play = Play(letter("response_notice", "0310", SERVED))
    duty = play.duty("R10@forestry")
    assert (duty.state, duty.due, duty.anchor) == (DutyState.OPEN, None, day("0310"))
    play.record("told", "0312")
    play.record("reported", "0312")
    assert play.closed() is None
    play.record("self_correction", "0601")
    assert play.states()["R10@forestry"] == "done"
    assert play.closed() == at("0601 16:00")


def test_a_judgment_closes_the_task_as_not_corrected() -> None:
    play = Play(letter("response_notice", "0310", SERVED))
    play.record("judgment_given", "0601", number="(2026)闽0824行初3号")
    duty = play.duty("R10@forestry")
    assert (duty.state, duty.ended_by, duty.ended_on) == (DutyState.CANCELLED, "not_corrected", day("0601"))
    assert play.keys(DutyState.OPEN) == {"R08a@forestry", "R08b@forestry"}


def test_a_correction_before_the_judgment_stands_when_recorded_after_it() -> None:
    play = Play(letter("response_notice", "0310", SERVED))
    play.record("judgment_given", "0601")
    play.record("self_correction", "0529", "0602 09:00")
    assert play.states()["R10@forestry"] == "done"


def test_a_withdrawal_closes_the_task_and_not_the_ticks() -> None:
    play = Play(letter("response_notice", "0310", SERVED))
    play.record("withdrawal", "0311")
    assert (play.states()["R10@forestry"], play.duty("R10@forestry").ended_by) == ("cancelled", "withdrawal")
    assert play.keys(DutyState.OPEN) == {"R08a@forestry", "R08b@forestry"}


def test_service_in_error_is_void_with_everything_it_made_owed() -> None:
    play = Play(letter("response_notice", "0310", SERVED))
    play.record("void", "0311")
    assert set(play.states().values()) == {"cancelled"}
    assert (play.state.voided, play.closed(), play.state.next_wake) == (True, at("0311 16:00"), None)


@pytest.mark.parametrize(("flagged_first", "anchor"), [(True, "0310"), (False, "0316")])
def test_a_difficult_matter_owes_an_analysis_until_it_is_reported(flagged_first: bool, anchor: str) -> None:
    play = Play(letter("response_notice", "0310", SERVED, major=flagged_first))
    if not flagged_first:
        assert play.state.duty("R15") is None
        play.record("flagged", "0316")
    assert (play.duty("R15").state, play.duty("R15").anchor) == (DutyState.OPEN, day(anchor))
    play.record("analysis", "0320")
    assert (play.duty("R15").state, play.duty("R15").satisfied_on) == (DutyState.DONE, day("0320"))


def test_a_withdrawal_ends_the_analysis() -> None:
    play = Play(letter("response_notice", "0310", SERVED, major=True))
    play.record("withdrawal", "0316")
    assert play.states()["R15"] == "cancelled"
