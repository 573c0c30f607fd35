"""口头通知行政起诉事项: R01 to R04, with one agency and with two. 2026-03-10 is a Tuesday."""

from datetime import time

from rules.counting.clock import local
from rules.duties.duty import DutyState, Light
from tests.rules.builders import TWO, Play, at, beside, day, letter


def told() -> Play:
    play = Play(letter("oral_notice", "0310"))
    play.record("told", "0310")
    play.record("reported", "0310")
    return play


def test_an_oral_notice_makes_the_bureau_tell_and_report_on_the_same_working_day() -> None:
    play = Play(letter("oral_notice", "0310 16:00"))
    assert (play.due("R01@forestry"), play.due("R02@forestry")) == (day("0310"), day("0310"))
    assert play.duty("R01@forestry").due_time is None
    assert play.states() == {"R01@forestry": "open", "R02@forestry": "open", "R03@forestry": "waiting"}


def test_a_call_on_a_friday_evening_may_be_passed_on_by_monday_noon() -> None:
    play = Play(letter("oral_notice", "0306 18:40"))
    assert (play.due("R01@forestry"), play.duty("R01@forestry").due_time) == (day("0309"), time(12))


def test_a_call_on_a_working_sunday_is_passed_on_that_day() -> None:
    play = Play(letter("oral_notice", "2026-01-04 09:00"))
    assert (play.due("R01@forestry"), play.duty("R01@forestry").due_time) == (day("0104"), None)


def test_five_days_from_being_told_end_on_a_sunday_and_roll_to_monday() -> None:
    play = told()
    duty = play.duty("R03@forestry")
    assert (duty.anchor, duty.nominal, duty.due) == (day("0310"), day("0315"), day("0316"))
    assert duty.sheet is not None
    assert "因周日顺延至2026-03-16" in duty.sheet.sentence()
    assert "第一部分第（一）项第二款" in duty.sheet.sentence()


def test_the_first_to_tell_the_agency_starts_its_five_days() -> None:
    play = Play(letter("oral_notice", "0310"))
    play.record("told", "0310")
    assert play.due("R03@forestry") == day("0316")
    play.record("told", "0308", "0311 09:00", told_by="court")
    assert play.due("R03@forestry") == day("0313")
    (move,) = play.state.moves
    assert (move.old_due, move.new_due, move.why, move.by) == (day("0316"), day("0313"), "told", "wang")


def test_the_court_s_own_call_to_the_agency_does_not_do_the_bureau_s_duty() -> None:
    play = Play(letter("oral_notice", "0310"))
    play.record("told", "0309", "0310 11:00", told_by="court")
    assert play.states()["R01@forestry"] == "open"
    assert play.due("R03@forestry") == day("0316")


def test_feedback_on_the_last_day_is_done_and_starts_the_reply_to_the_court() -> None:
    play = told()
    play.record("feedback", "0316", "0316 23:59")
    assert play.duty("R03@forestry").state is DutyState.DONE
    assert play.due("R04") == day("0318")
    assert play.closed() is None
    play.record("forwarded", "0318", to="court")
    assert play.keys(DutyState.DONE) == {"R01@forestry", "R02@forestry", "R03@forestry", "R04"}
    assert play.closed() == at("0318 16:00")
    assert play.state.next_wake is None


def test_feedback_a_day_late_is_recorded_as_late_and_still_answered() -> None:
    play = told()
    assert play.light("R03@forestry", "0317 00:00") is Light.RED
    play.record("feedback", "0317")
    duty = play.duty("R03@forestry")
    assert (duty.state, duty.satisfied_on) == (DutyState.LATE, day("0317"))
    assert play.due("R04") == day("0319")


def test_feedback_recorded_after_the_date_but_given_before_it_is_in_time() -> None:
    play = told()
    play.record("feedback", "0316", "0320 09:00")
    assert play.duty("R03@forestry").state is DutyState.DONE


def test_a_slow_reply_to_the_court_is_not_prompt_and_never_overdue() -> None:
    play = told()
    play.record("feedback", "0312")
    assert play.due("R04") == day("0316")
    assert play.light("R04", "0331 10:00") is Light.YELLOW
    play.record("forwarded", "0331", to="court", number="", call_note="电话告知承办法官")
    assert (play.duty("R04").state, play.duty("R04").soft) == (DutyState.LATE, True)


def test_feedback_without_any_record_of_the_call_is_taken_as_done() -> None:
    play = Play(letter("oral_notice", "0310"))
    play.record("feedback", "0330")
    assert play.states()["R03@forestry"] == "done"
    play.record("told", "0310", "0330 17:00")
    assert play.states()["R03@forestry"] == "late"


def test_no_suit_after_all_ends_the_feedback_and_not_the_bureau_s_own_duties() -> None:
    for ending in ("recall", "withdrawal"):
        play = Play(letter("oral_notice", "0310"))
        play.record("told", "0310")
        play.record(ending, "0312")
        assert play.states() == {"R01@forestry": "done", "R02@forestry": "open", "R03@forestry": "cancelled"}
        assert play.duty("R03@forestry").ended_by == ending
        assert play.closed() is None
        play.record("reported", "0313")
        assert play.closed() == at("0313 16:00")


def test_a_withdrawal_after_the_date_leaves_the_feedback_missed() -> None:
    play = told()
    play.record("withdrawal", "0317")
    assert play.duty("R03@forestry").state is DutyState.MISSED
    ends_on_its_day = told()
    ends_on_its_day.record("withdrawal", "0316")
    assert ends_on_its_day.duty("R03@forestry").state is DutyState.CANCELLED


def test_an_answer_after_the_end_changes_nothing_any_more() -> None:
    play = told()
    play.record("withdrawal", "0312")
    play.record("feedback", "0313")
    assert play.duty("R03@forestry").state is DutyState.CANCELLED


def test_a_waiting_feedback_ends_with_the_withdrawal_too() -> None:
    play = Play(letter("oral_notice", "0310"))
    play.record("withdrawal", "0312")
    assert play.states()["R03@forestry"] == "cancelled"


def test_a_mediation_letter_of_the_matter_does_not_replace_the_feedback() -> None:
    play = told()
    beside(play, "0312")
    assert (play.due("R03@forestry"), play.states()["R03@forestry"]) == (day("0316"), "open")


def test_two_agencies_are_told_and_answer_each_for_itself() -> None:
    play = Play(letter("oral_notice", "0310", TWO))
    play.record("told", "0310", agency="forestry")
    play.record("told", "0312", agency="transport")
    assert (play.due("R03@forestry"), play.due("R03@transport")) == (day("0316"), day("0317"))
    play.record("feedback", "0313", agency="forestry")
    assert play.states()["R03@transport"] == "open"
    assert play.due("R04") == day("0317")


def test_telling_without_naming_an_agency_tells_all_of_them() -> None:
    play = Play(letter("oral_notice", "0310", TWO))
    play.record("told", "0310")
    assert {play.states()["R01@forestry"], play.states()["R01@transport"]} == {"done"}
    assert (play.due("R03@forestry"), play.due("R03@transport")) == (day("0316"), day("0316"))


def test_the_second_agency_s_feedback_is_owed_to_the_court_as_well() -> None:
    play = Play(letter("oral_notice", "0310", TWO))
    play.record("told", "0310")
    play.record("reported", "0310")
    play.record("feedback", "0311", agency="forestry")
    play.record("forwarded", "0312", to="court")
    assert play.states()["R04"] == "done"
    play.record("feedback", "0316", agency="transport")
    assert (play.states()["R04"], play.due("R04")) == ("open", day("0318"))
    play.record("forwarded", "0317", to="court", number="武司函〔2026〕4号")
    assert play.states()["R04"] == "done"
    assert play.closed() == at("0317 16:00")


def test_feedback_of_both_agencies_may_be_passed_on_together() -> None:
    play = Play(letter("oral_notice", "0310", TWO))
    play.record("told", "0310")
    play.record("feedback", "0311", agency="forestry")
    play.record("feedback", "0312", agency="transport")
    assert play.due("R04") == day("0313")
    play.record("forwarded", "0313", to="court")
    assert play.states()["R04"] == "done"


def test_only_the_lead_agency_answers_where_the_letter_says_so() -> None:
    play = Play(letter("oral_notice", "0310", TWO, duties_for="lead", lead_agency="transport"))
    assert {duty.agency for duty in play.state.duties} == {"transport"}


def test_feedback_sent_back_keeps_its_first_date_and_gets_one_of_the_bureau_s() -> None:
    play = told()
    play.record("feedback", "0316")
    play.record("returned", "0317", of="feedback", rework_by=day("0320"))
    assert play.duty("R03@forestry").state is DutyState.DONE
    rework = play.duty("R03-rework-e4@forestry")
    assert (rework.state, rework.due) == (DutyState.OPEN, day("0320"))
    # Nothing is owed to the court while the feedback is back at the agency.
    assert play.state.duty("R04") is None
    play.record("feedback", "0323", done="补充核实")
    assert play.duty("R03-rework-e4@forestry").state is DutyState.LATE
    assert play.due("R04") == day("0325")


def test_sent_back_twice_is_two_reworks() -> None:
    play = told()
    play.record("feedback", "0312")
    play.record("returned", "0312", "0312 17:00", of="feedback", rework_by=day("0316"))
    play.record("feedback", "0316")
    play.record("returned", "0317", of="feedback", rework_by=day("0321"))
    assert (play.states()["R03-rework-e4@forestry"], play.states()["R03-rework-e6@forestry"]) == ("done", "open")
    # The bureau's own date stands as it wrote it, a Saturday too.
    assert play.due("R03-rework-e6@forestry") == day("0321")
    play.record("withdrawal", "0318")
    assert play.states()["R03-rework-e6@forestry"] == "cancelled"


def test_the_lamp_turns_yellow_two_working_days_before_and_red_at_midnight() -> None:
    play = told()
    lamps = [play.light("R03@forestry", when) for when in ("0311 23:59", "0312 00:00", "0316 23:59", "0317 00:00")]
    assert lamps == [Light.GREEN, Light.YELLOW, Light.YELLOW, Light.RED]
    due_at = play.duty("R03@forestry").due_at
    assert due_at is not None
    assert local(due_at) == at("0317 00:00")
