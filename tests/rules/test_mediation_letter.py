"""委托协调化解函: the window R05, the result letter R07, telling and reporting (R01/R02, R09, R11)."""

import pytest

from rules.duties.duty import DutyState, Light
from rules.kinds.mediation_letter.letter import ELEMENTS
from tests.rules.builders import TWO, Play, at, day, entrusted, letter

FAILED = {"outcome": "failed", "agreement": ""}


def test_the_month_ends_on_the_corresponding_day() -> None:
    play = entrusted()
    assert (play.window.start, play.window.nominal, play.window.due) == (day("0310"), day("0410"), day("0410"))
    assert (play.due("R05"), play.due("R07")) == (day("0410"), day("0410"))


def test_a_month_that_ends_in_a_break_rolls_and_the_target_does_not() -> None:
    duty = entrusted("0304").duty("R07")
    assert (duty.nominal, duty.due, duty.target) == (day("0404"), day("0407"), day("0403"))


def test_a_stated_start_or_end_governs() -> None:
    assert entrusted("0310", window_start=day("0312")).due("R07") == day("0413")
    ends = entrusted("0310", window_end=day("0425")).duty("R07")
    assert (ends.nominal, ends.due) == (day("0425"), day("0427"))


@pytest.mark.parametrize(
    ("stage", "tell", "report", "due"),
    [
        ("pre", "R01@forestry", "R02@forestry", "0310"),
        ("trial", "R09-tell@forestry", "R09-report@forestry", "0311"),
        ("post", "R11-tell@forestry", "R11-report@forestry", "0311"),
    ],
)
def test_each_stage_has_its_own_rule_for_telling_and_reporting(stage: str, tell: str, report: str, due: str) -> None:
    play = Play(letter("mediation_letter", "0310", stage=stage))
    assert (play.due(tell), play.due(report)) == (day(due), day(due))
    assert {duty.rule for duty in play.state.duties} == {tell.split("-")[0].split("@")[0]} | {
        report.split("-")[0].split("@")[0], "R05", "R07", "R13",
    }  # fmt: skip
    play.record("told", "0310")
    play.record("reported", "0312")
    assert (play.duty(tell).state, play.duty(report).state) == (DutyState.DONE, DutyState.LATE)


def test_a_result_posted_on_the_last_day_is_in_time_whenever_it_is_recorded() -> None:
    play = entrusted()
    play.record("result", "0410", "0415 09:00", copied_on=day("0414"))
    assert play.duty("R07").state is DutyState.DONE
    assert play.duty("R05").state is DutyState.DONE
    assert (play.window.ended_on, play.window.ended_by) == (day("0410"), "result")


def test_a_result_the_day_after_is_late_and_ends_the_window() -> None:
    play = entrusted()
    assert play.light("R07", "0410 23:59") is Light.YELLOW
    assert play.light("R07", "0411 00:00") is Light.RED
    play.record("result", "0411", copied_on=day("0411"))
    assert (play.duty("R07").state, play.duty("R07").satisfied_on) == (DutyState.LATE, day("0411"))
    assert play.closed() == at("0411 16:00")


def test_without_the_bureau_s_copy_the_result_letter_is_not_enough() -> None:
    play = entrusted()
    play.record("result", "0409")
    assert (play.duty("R07").state, play.duty("R07").missing) == (DutyState.OPEN, ("copy",))
    assert play.closed() is None
    play.record("copied", "0413", of="result")
    duty = play.duty("R07")
    assert (duty.state, duty.satisfied_on, duty.missing) == (DutyState.DONE, day("0409"), ())


def test_a_failed_mediation_needs_all_four_elements_until_then_it_is_incomplete() -> None:
    play = entrusted()
    play.record("result", "0401", already_sent=True, copied_on=day("0401"), process="两次面谈", **FAILED)
    duty = play.duty("R07")
    assert (duty.state, duty.missing) == (DutyState.OPEN, ("demands", "issues", "reasons"))
    assert play.window.ended_on is None
    full = dict.fromkeys(ELEMENTS, "已写明")
    play.record("result", "0407", copied_on=day("0407"), number="武林函〔2026〕12号", **FAILED, **full)
    assert (play.duty("R07").state, play.duty("R07").satisfied_on) == (DutyState.DONE, day("0407"))


def test_the_copy_of_an_earlier_letter_is_no_copy_of_the_next() -> None:
    play = entrusted()
    play.record("result", "0401", already_sent=True, process="两次面谈", **FAILED)
    play.record("copied", "0402", of="result")
    play.record("result", "0407", number="武林函〔2026〕12号", **FAILED, **dict.fromkeys(ELEMENTS, "已写明"))
    assert play.duty("R07").missing == ("copy",)
    play.record("copied", "0408", of="result")
    assert play.duty("R07").state is DutyState.DONE


def test_several_agencies_send_one_joint_result() -> None:
    play = entrusted(agencies=TWO)
    assert [duty.key for duty in play.state.duties if duty.rule == "R07"] == ["R07"]
    assert play.duty("R07").agencies == ("forestry", "transport")
    play.record("result", "0408", copied_on=day("0408"), agency="transport")
    assert play.duty("R07").state is DutyState.DONE


def test_where_results_are_separate_the_window_ends_with_the_last_of_them() -> None:
    play = entrusted(agencies=TWO, joint_result=False)
    play.record("result", "0401", copied_on=day("0401"), agency="forestry")
    assert (play.states()["R07@forestry"], play.states()["R07@transport"]) == ("done", "open")
    assert play.states()["R05"] == "open"
    assert play.window.ended_on is None
    # The other agency may still ask for more time.
    play.record("consent", "0402", party="陈某")
    play.record("result", "0409", agency="transport")
    play.record("copied", "0409", "0409 17:00", of="result", agency="transport")
    assert play.states()["R05"] == "done"
    assert play.window.ended_on == day("0409")


def test_one_agency_s_copy_is_not_the_other_s() -> None:
    play = entrusted(agencies=TWO, joint_result=False)
    play.record("result", "0401", agency="forestry")
    play.record("result", "0401", agency="transport")
    play.record("copied", "0402", of="result", agency="transport")
    assert (play.states()["R07@forestry"], play.states()["R07@transport"]) == ("open", "done")


def test_after_a_withdrawal_a_short_result_is_still_due() -> None:
    play = entrusted()
    play.record("withdrawal", "0316")
    assert play.states() == {
        "R01@forestry": "done", "R02@forestry": "done", "R05": "cancelled", "R07": "open",
        "R13.1@forestry": "cancelled", "R13.2@forestry": "cancelled", "R13.3@forestry": "cancelled",
        "R13.4@forestry": "cancelled",
    }  # fmt: skip
    assert play.due("R07") == day("0410")
    assert play.closed() is None
    play.record("result", "0401", outcome="withdrawn", agreement="", copied_on=day("0401"))
    assert play.closed() == at("0401 16:00")


@pytest.mark.parametrize("ending", ["recall", "superseded"])
def test_a_recalled_or_superseded_letter_owes_no_result(ending: str) -> None:
    play = entrusted()
    play.record(ending, "0316", **({"letter": "wuping/mediation_letter/2026-017/2"} if ending == "superseded" else {}))
    assert {play.states()[key] for key in ("R05", "R07", "R13.1@forestry")} == {"cancelled"}
    assert (play.window.ended_on, play.window.ended_by) == (day("0316"), ending)
    assert play.closed() == at("0316 16:00")


def test_a_recall_leaves_what_the_bureau_owes() -> None:
    play = Play(letter("mediation_letter", "0310"))
    play.record("recall", "0316")
    assert play.keys(DutyState.OPEN) == {"R01@forestry", "R02@forestry"}
    assert play.keys(DutyState.WAITING) == set()
    play.record("told", "0317")
    play.record("reported", "0317")
    assert play.closed() == at("0317 16:00")


def test_a_recall_after_the_expiry_leaves_the_result_missed() -> None:
    play = entrusted()
    play.record("recall", "0413")
    assert play.duty("R07").state is DutyState.MISSED


def test_filing_the_case_lets_the_window_run_on() -> None:
    play = entrusted()
    play.record("stage_change", "0316", stage="trial", case_number="(2026)闽0824行初3号")
    assert (play.due("R07"), play.states()["R07"], play.states()["R05"]) == (day("0410"), "open", "open")
    assert "R09-tell@forestry" not in play.states()


def test_a_judgment_ends_a_window_during_trial_only() -> None:
    for stage, state in (("pre", "open"), ("trial", "cancelled"), ("post", "open")):
        play = entrusted(stage=stage)
        play.record("judgment_given", "0316")
        assert play.states()["R07"] == state, stage


def test_a_judgment_ends_a_window_whose_case_was_filed_meanwhile() -> None:
    play = entrusted()
    play.record("stage_change", "0316", stage="trial")
    play.record("judgment_given", "0330")
    assert (play.states()["R07"], play.duty("R07").ended_by) == ("cancelled", "judgment_given")


def test_a_judgment_before_the_case_was_filed_is_not_the_one_that_ends_the_window() -> None:
    play = entrusted()
    play.record("judgment_given", "0313")
    play.record("stage_change", "0316", stage="trial")
    assert play.states()["R07"] == "open"


def test_the_stage_after_the_judgment_does_not_open_the_window_again() -> None:
    play = entrusted(stage="trial")
    play.record("judgment_given", "0316")
    play.record("stage_change", "0316", "0316 17:00", stage="post")
    assert play.states()["R07"] == "cancelled"
    assert play.closed() == at("0316 16:00")
