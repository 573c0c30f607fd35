"""每周通报: R13. A letter of Tuesday 2026-03-10 has weeks ending on 17, 24 and 31 March and 7 April."""

from rules.duties.duty import DutyState
from tests.rules.builders import TWO, Play, day, entrusted, letter

FIRST, SECOND, THIRD = "R13.1@forestry", "R13.2@forestry", "R13.3@forestry"


def weeks(play: Play, agency: str = "forestry") -> list[str]:
    """List the states of an agency's weeks, in their order."""
    return [duty.state.value for duty in play.state.duties if duty.rule == "R13" and duty.agency == agency]


def test_the_weeks_run_from_the_agency_s_own_receipt() -> None:
    play = Play(letter("mediation_letter", "0310", TWO))
    assert play.states()["R13@forestry"] == "waiting"
    play.record("told", "0310", agency="forestry")
    play.record("told", "0313", agency="transport")
    dues = {duty.key: duty.due for duty in play.state.duties if duty.rule == "R13"}
    assert dues == {
        "R13.1@forestry": day("0317"), "R13.2@forestry": day("0324"), "R13.3@forestry": day("0331"),
        "R13.4@forestry": day("0407"), "R13.1@transport": day("0320"), "R13.2@transport": day("0327"),
        "R13.3@transport": day("0403"),
    }  # fmt: skip
    assert play.duty(FIRST).covers == (day("0311"), day("0317"))


def test_an_agency_that_had_the_letter_first_counts_from_there() -> None:
    play = Play(letter("mediation_letter", "0310", [{"agency": "forestry", "received_on": day("0309")}]))
    assert play.due(FIRST) == day("0316")
    play.record("told", "0310")
    assert play.due(FIRST) == day("0316")


def test_an_agency_told_only_at_the_end_owes_no_week() -> None:
    play = Play(letter("mediation_letter", "0310"))
    play.record("told", "0407")
    assert weeks(play) == []


def test_weeks_that_roll_onto_one_day_merge() -> None:
    play = entrusted("0209")
    dues = {duty.key: duty.due for duty in play.state.duties if duty.rule == "R13"}
    assert dues == {"R13.2@forestry": day("0224"), "R13.3@forestry": day("0302")}
    assert play.duty("R13.2@forestry").covers == (day("0210"), day("0223"))
    play.record("progress", "0212")
    assert play.states()["R13.2@forestry"] == "done"


def test_a_week_due_with_the_window_is_left_to_the_result_letter() -> None:
    assert [duty.due for duty in entrusted("0120").state.duties if duty.rule == "R13"] == [
        day("0127"), day("0203"), day("0210"),
    ]  # fmt: skip


def test_a_report_inside_its_week_satisfies_it_and_a_second_one_adds_nothing() -> None:
    play = entrusted()
    play.record("progress", "0312")
    play.record("progress", "0313", work="再次面谈")
    assert weeks(play) == ["done", "open", "open", "open"]
    assert play.duty(FIRST).satisfied_on == day("0312")


def test_a_report_on_the_day_of_receipt_is_the_first_week_s() -> None:
    play = entrusted()
    play.record("progress", "0310", "0310 17:00")
    assert weeks(play) == ["done", "open", "open", "open"]


def test_a_late_report_makes_up_for_the_missed_week_and_reports_the_running_one() -> None:
    play = entrusted()
    play.record("progress", "0319")
    assert weeks(play) == ["late", "done", "open", "open"]
    assert play.duty(FIRST).satisfied_on == day("0319")


def test_a_report_in_the_days_that_two_weeks_share_is_the_earlier_one_s() -> None:
    play = entrusted("0307")
    # The first week ends on Saturday and may be reported on until Monday, when the second has begun.
    assert (play.due(FIRST), play.duty(SECOND).covers) == (day("0316"), (day("0315"), day("0321")))
    play.record("progress", "0316")
    assert weeks(play)[:2] == ["done", "open"]


def test_missing_one_week_moves_no_later_one() -> None:
    play = entrusted()
    play.record("progress", "0327")
    assert weeks(play) == ["late", "late", "done", "open"]
    assert play.due("R13.4@forestry") == day("0407")


def test_a_report_may_name_the_week_that_it_is_for() -> None:
    play = entrusted()
    play.record("progress", "0319", slot=1)
    assert weeks(play) == ["late", "open", "open", "open"]
    play.record("progress", "0320", slot=2)
    assert weeks(play) == ["late", "done", "open", "open"]


def test_a_report_recorded_later_counts_on_its_own_day() -> None:
    play = entrusted()
    play.record("progress", "0316", "0323 09:00")
    assert weeks(play) == ["done", "open", "open", "open"]


def test_a_report_for_a_merged_week_goes_to_the_week_it_merged_into() -> None:
    play = entrusted("0209")
    play.record("progress", "0213", slot=1)
    assert play.states()["R13.2@forestry"] == "done"


def test_each_agency_reports_for_itself() -> None:
    play = entrusted(agencies=TWO)
    play.record("progress", "0312", agency="transport")
    assert weeks(play) == ["open"] * 4
    assert weeks(play, "transport") == ["done", "open", "open", "open"]


def test_feedback_on_the_oral_notice_counts_as_the_first_week() -> None:
    notice = Play(letter("oral_notice", "0305", TWO))
    notice.record("feedback", "0309", agency="forestry")
    play = notice.at(notice.arrive(letter("mediation_letter", "0310", TWO)))
    play.record("told", "0310")
    play.record("reported", "0310")
    assert weeks(play) == ["done", "open", "open", "open"]
    assert weeks(play, "transport") == ["open"] * 4


def test_reports_stop_when_the_result_is_sent() -> None:
    play = entrusted()
    play.record("progress", "0313")
    play.record("result", "0326", copied_on=day("0326"))
    assert weeks(play) == ["done", "missed", "cancelled", "cancelled"]
    assert (play.duty(SECOND).ended_on, play.duty(SECOND).ended_by) == (day("0326"), "result")


def test_reports_stop_when_the_window_ends_early() -> None:
    for ending in ("withdrawal", "recall"):
        play = entrusted()
        play.record(ending, "0317")
        assert weeks(play) == ["cancelled"] * 4
        assert play.duty(THIRD).ended_by == ending


def test_separate_results_stop_each_agency_s_own_reports() -> None:
    play = entrusted(agencies=TWO, joint_result=False)
    play.record("result", "0316", copied_on=day("0316"), agency="forestry")
    assert weeks(play) == ["cancelled"] * 4
    assert weeks(play, "transport") == ["open"] * 4


def test_a_letter_of_which_nobody_told_the_agency_ends_with_its_result() -> None:
    play = Play(letter("mediation_letter", "0310"))
    play.record("result", "0320", copied_on=day("0320"))
    assert play.states()["R13@forestry"] == "cancelled"
    assert play.keys(DutyState.OPEN) == {"R01@forestry", "R02@forestry"}


def test_an_excused_week_is_no_miss_and_the_others_stand() -> None:
    play = entrusted()
    play.record("excuse", "0318", by="zhao", duty=FIRST)
    assert weeks(play) == ["excused", "open", "open", "open"]
    play.record("progress", "0323")
    assert weeks(play) == ["excused", "done", "open", "open"]


def test_a_corrected_receipt_moves_every_week() -> None:
    play = Play(letter("mediation_letter", "0310"))
    told = play.record("told", "0310")
    play.record("correction", "0312", target=told, field="on", value="2026-03-12")
    assert [duty.due for duty in play.state.duties if duty.rule == "R13"] == [
        day("0319"), day("0326"), day("0402"), day("0409"),
    ]  # fmt: skip
    first = play.state.moves[0]
    assert (first.key, first.old_due, first.new_due) == (FIRST, day("0317"), day("0319"))
