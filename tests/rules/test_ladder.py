"""The rungs of each rule, as the table of timings has them: which day, which step, to whom."""

import pytest

from rules.counting.clock import local
from rules.telling.notices import Notice, NoticeKind
from tests.rules.builders import TWO, Play, at, day, entrusted, letter


def rungs(play: Play, duty: str, until: str) -> list[str]:
    """Let time pass and list the rungs a duty has taken, as `0313 T-1 obligor`."""
    play.wait(f"{until} 23:59")
    return [" ".join(rung) for rung in play.fired(duty)]


def test_feedback_is_reminded_of_reported_and_drafted_upwards() -> None:
    play = Play(letter("oral_notice", "0310"))
    play.record("told", "0310")
    assert rungs(play, "R03@forestry", "0410") == [
        "0310 trigger obligor",
        "0313 T-1 obligor",
        "0316 T obligor",
        "0317 T+1 clerk", "0317 T+1 obligor",
        "0318 T+2 bureau_leader",
        "0319 T+3 draft:leader",
        "0326 T+8 draft:leader", "0326 repeat-1 clerk", "0326 repeat-1 obligor",
        "0402 T+13 draft:leader", "0402 repeat-2 clerk", "0402 repeat-2 obligor",
        "0410 repeat-3 clerk", "0410 repeat-3 obligor",
    ]  # fmt: skip
    assert [(at_day(notice), notice.level) for notice in play.told("leader:forestry")] == [
        ("0319", 1), ("0326", 2), ("0402", 3),
    ]  # fmt: skip


def at_day(notice: Notice) -> str:
    return f"{local(notice.scheduled):%m%d}"


def test_each_further_week_without_a_report_raises_the_level_of_the_slip() -> None:
    play = entrusted()
    play.wait("0410 23:59")
    slips = [(at_day(notice), notice.items[0].duty, notice.level) for notice in play.told("leader:forestry")]
    assert slips == [
        ("0325", "R13.2@forestry", 1),
        ("0401", "R13.3@forestry", 2),
        ("0408", "R13.4@forestry", 3),
    ]  # fmt: skip


def test_both_ticks_of_a_response_notice_climb_like_feedback() -> None:
    play = Play(letter("response_notice", "0310", [{"agency": "forestry", "received_on": day("0310")}]))
    for duty in ("R08a@forestry", "R08b@forestry"):
        assert rungs(play, duty, "0318") == [
            "0310 trigger obligor",
            "0312 T-1 obligor",
            "0313 T obligor",
            "0316 T+1 clerk", "0316 T+1 obligor",
            "0317 T+2 bureau_leader",
            "0318 T+3 draft:leader",
        ]  # fmt: skip


def test_the_result_letter_is_reminded_of_from_ten_working_days_before() -> None:
    assert rungs(entrusted(), "R07", "0414") == [
        "0310 trigger obligor",
        "0326 T-10 obligor",
        "0402 T-5 obligor",
        "0408 T-2 obligor",
        "0409 T-1 obligor",
        "0410 T obligor",
        "0413 T+1 bureau_leader", "0413 T+1 clerk", "0413 T+1 obligor",
        "0414 T+2 draft:leader",
    ]  # fmt: skip


def test_a_weekly_report_has_no_arrival_of_its_own_and_reports_upwards_only_from_the_second_miss() -> None:
    play = entrusted()
    assert rungs(play, "R13.1@forestry", "0318") == [
        "0316 T-1 obligor",
        "0317 T obligor",
        "0318 T+1 clerk", "0318 T+1 obligor",
    ]  # fmt: skip
    assert rungs(play, "R13.2@forestry", "0325") == [
        "0323 T-1 obligor",
        "0324 T obligor",
        "0325 T+1 bureau_leader", "0325 T+1 clerk", "0325 T+1 draft:leader", "0325 T+1 obligor",
    ]  # fmt: skip


@pytest.mark.parametrize(("reported", "upwards"), [("0319", True), ("0317", False)])
def test_a_week_made_up_for_late_was_missed_all_the_same(reported: str, upwards: bool) -> None:
    play = entrusted()
    play.record("progress", reported, slot=1)
    taken = rungs(play, "R13.2@forestry", "0325")
    assert ("0325 T+1 bureau_leader" in taken) is upwards


def test_one_agency_s_misses_are_not_counted_with_the_other_s() -> None:
    play = entrusted(agencies=TWO)
    for agency in ("forestry", "transport"):
        play.record("progress", "0317", agency=agency)
    # Both miss their second week, each for the first time.
    assert "0325 T+1 clerk" in rungs(play, "R13.2@transport", "0326")
    assert not [rung for rung in play.state.fired if rung.code == "T+1" and rung.to == "bureau_leader"]


def test_an_excused_week_breaks_the_run_of_misses() -> None:
    play = entrusted()
    play.record("excuse", "0318", by="zhao", duty="R13.1@forestry")
    assert "0325 T+1 bureau_leader" not in rungs(play, "R13.2@forestry", "0325")


def test_filing_and_loss_analysis_climb_more_slowly() -> None:
    served = [{"agency": "forestry", "received_on": day("0302")}]
    play = Play(letter("judgment", "0303", served, judged_on=day("0302"), outcomes=["revoked"]))
    assert rungs(play, "R16@forestry", "0403") == [
        "0303 trigger obligor",
        "0324 T-3 obligor",
        "0326 T-1 obligor",
        "0327 T obligor",
        "0330 T+1 clerk", "0330 T+1 obligor",
        "0401 T+3 bureau_leader",
        "0403 T+5 draft:leader",
    ]  # fmt: skip
    assert rungs(play, "R17@forestry", "0424") == [
        "0303 trigger obligor",
        "0402 T-10 obligor",
        "0410 T-5 obligor",
        "0415 T-2 obligor",
        "0417 T obligor",
        "0420 T+1 clerk", "0420 T+1 obligor",
        "0422 T+3 bureau_leader",
        "0424 T+5 draft:leader",
    ]  # fmt: skip


def test_what_the_bureau_owes_at_once_is_reminded_of_at_once_and_goes_to_its_leader() -> None:
    play = Play(letter("oral_notice", "0310"))
    assert rungs(play, "R01@forestry", "0312") == [
        "0310 T obligor", "0310 trigger obligor",
        "0311 T+1 clerk", "0311 T+1 obligor",
        "0312 T+2 bureau_leader",
    ]  # fmt: skip
    assert {notice.to for notice in play.notices} == {"bureau", "bureau_leader"}


def test_a_hearing_is_reminded_of_five_three_and_one_working_days_before() -> None:
    play = Play(letter("appearance_notice", "0310", hearing_at=at("0420 09:30")))
    assert rungs(play, "R12a@forestry", "0420") == [
        "0310 trigger obligor", "0413 T-5 obligor", "0415 T-3 obligor", "0417 T-1 obligor",
    ]  # fmt: skip


def test_a_missing_consent_is_reported_upwards_the_day_before_the_hearing() -> None:
    play = Play(letter("appearance_notice", "0310", hearing_at=at("0420 09:30")))
    play.record("substitute", "0415")
    assert rungs(play, "R12b@forestry", "0420") == [
        "0415 trigger obligor",
        "0417 T-1 bureau_leader", "0417 T-1 clerk", "0417 T-1 draft:leader", "0417 T-1 obligor",
    ]  # fmt: skip


def test_what_is_not_yet_due_is_never_called_overdue() -> None:
    play = Play(letter("appearance_notice", "0310", hearing_at=at("0420 09:30")))
    play.record("substitute", "0311")
    kinds = [(notice.kind, item.codes) for notice in play.wait("0412") for item in notice.items]
    assert kinds
    assert {kind for kind, _ in kinds} == {NoticeKind.REMINDER}
    assert NoticeKind.OVERDUE in {notice.kind for notice in play.wait("0421 12:00")}


def test_an_open_task_is_recalled_every_twenty_working_days() -> None:
    play = Play(letter("response_notice", "0310", [{"agency": "forestry", "received_on": day("0310")}], major=True))
    assert rungs(play, "R10@forestry", "0601") == [
        "0310 trigger obligor", "0408 repeat-1 obligor", "0509 repeat-2 obligor",
    ]  # fmt: skip
    assert rungs(play, "R15", "0601") == ["0310 trigger obligor", "0408 repeat-1 obligor", "0509 repeat-2 obligor"]


def test_a_missing_day_zero_is_asked_for_every_five_working_days() -> None:
    play = Play(letter("oral_notice", "0310"))
    assert rungs(play, "R03@forestry", "0324") == ["0317 waiting-1 clerk", "0324 waiting-2 clerk"]
    play.record("told", "0325")
    assert rungs(play, "R03@forestry", "0327")[2:] == ["0325 trigger obligor", "0327 T-1 obligor"]


def test_rungs_whose_day_is_past_when_the_duty_arises_are_taken_at_once_in_one_notice() -> None:
    play = Play(letter("response_notice", "0320", [{"agency": "forestry", "received_on": day("0310")}]))
    assert rungs(play, "R08a@forestry", "0320") == [
        "0320 T+1 clerk", "0320 T+1 obligor", "0320 T+2 bureau_leader", "0320 T+3 draft:leader",
        "0320 T-1 obligor", "0320 T obligor", "0320 trigger obligor",
    ]  # fmt: skip
    assert [(notice.to, notice.draft, notice.late) for notice in play.notices] == [
        ("bureau", False, False), ("agency:forestry", False, False), ("bureau_leader", False, False),
        ("leader:forestry", True, False),
    ]  # fmt: skip


def test_only_drafts_go_to_a_county_leader() -> None:
    play = Play(letter("response_notice", "0310", [{"agency": "forestry", "received_on": day("0310")}]))
    play.wait("0601")
    upwards = play.told("leader:forestry")
    assert upwards
    assert all(notice.draft for notice in upwards)
    assert not [notice for notice in play.notices if notice.draft and not notice.to.startswith("leader:")]


def test_a_letter_that_nobody_answers_for_years_does_not_grow() -> None:
    """Repeats go on and on; the state remembers the last one of each duty, and numbers go on from it."""
    play = Play(letter("oral_notice", "2024-03-11"))
    play.wait("2025-03-11 16:00")
    after_a_year = len(play.state.fired)
    play.wait("2026-03-11 16:00")
    assert len(play.state.fired) == after_a_year
    numbers = [
        int(code.split("-")[1])
        for _, code, to in play.fired("R01@forestry")
        if code.startswith("repeat") and to == "clerk"
    ]
    assert numbers == list(range(1, len(numbers) + 1))
    assert len(numbers) > 80
