"""Failures of neighbours, each one a test for us: one named test a lesson, as far as the pure core goes.

On the server and the docket instead: 3 (mail sent and then the row saved), 4 (a scan limit drops the oldest cases) and
the other half of 5 (a timer machine that nothing calls); see tests/engine and tests/docket.
"""

import pytest

from rules.counting.clock import local
from rules.dossier.core import next_wake
from rules.errors import CalendarUnknown
from tests.rules.builders import CALENDAR, Play, at, day, entrusted, letter, notice
from tests.rules.test_extension import extended


def told() -> Play:
    """Return an oral notice whose feedback is due on Monday 16 March."""
    play = Play(letter("oral_notice", "0310"))
    play.record("told", "0310")
    play.record("reported", "0310")
    return play


def test_lesson_01_an_overdue_notice_outlives_a_worker_that_was_down_for_more_than_a_day() -> None:
    play = told()
    play.wait("0316 12:00")
    notices = play.wake("0318 15:00")
    overdue = {notice.to: notice.items[0].codes for notice in notices}
    assert overdue == {"agency:forestry": ("T+1",), "bureau": ("T+1",), "bureau_leader": ("T+2",)}
    assert all(notice.late for notice in notices)


def test_lesson_02_a_reminder_needs_no_run_on_its_very_day() -> None:
    play = told()
    # Nothing ran on Friday the 13th, the day of the reminder; the run of Monday morning still has it.
    (notice,) = play.wake("0316 08:35")
    assert notice.items[0].codes == ("T-1",)
    play.wait("0316 12:00")
    assert [code for _, code, _ in play.fired("R03@forestry")] == ["trigger", "T-1", "T"]


def test_lesson_05_whatever_is_owed_has_a_wake_of_its_own() -> None:
    play = told()
    for _ in range(60):
        wake = next_wake(play.dossier)
        assert wake is not None
        assert wake > play.now
        play.wake(wake)
    assert play.now > at("0601")


def test_lesson_06_the_ladder_does_not_spend_itself_over_a_weekend_or_a_break() -> None:
    play = Play(letter("response_notice", "0211", [{"agency": "forestry", "received_on": day("0211")}]))
    # Due on Saturday 14 February, a working day; then nine days off.
    assert play.due("R08a@forestry") == day("0214")
    play.wait("0223 23:59")
    assert [f"{on} {code}" for on, code, _ in play.fired("R08a@forestry")] == ["0211 trigger", "0213 T-1", "0214 T"]
    play.wait("0227")
    assert [f"{on} {code} {to}" for on, code, to in play.fired("R08a@forestry")][3:] == [
        "0224 T+1 clerk", "0224 T+1 obligor", "0225 T+2 bureau_leader", "0226 T+3 draft:leader",
    ]  # fmt: skip


def test_lesson_07_a_closed_gate_holds_the_ladder_only_until_it_opens() -> None:
    play = told()
    assert play.wake("0316 23:50") == []
    wake = next_wake(play.dossier)
    assert wake is not None
    assert local(wake).date() == day("0317")
    play.wait("0402 12:00")
    codes = [code for _, code, to in play.fired("R03@forestry") if to in ("obligor", "bureau_leader")]
    assert codes == ["trigger", "T-1", "T", "T+1", "T+2", "repeat-1", "repeat-2"]


def test_lesson_08_what_is_sent_back_is_reminded_of_again() -> None:
    play = told()
    play.record("feedback", "0316")
    play.record("returned", "0317", of="feedback", rework_by=day("0323"))
    play.wait("0327 12:00")
    assert [f"{on} {code} {to}" for on, code, to in play.fired("R03-rework-e4@forestry")] == [
        "0317 trigger obligor", "0320 T-1 obligor", "0323 T obligor", "0324 T+1 clerk", "0324 T+1 obligor",
        "0325 T+2 bureau_leader", "0326 T+3 draft:leader",
    ]  # fmt: skip


def test_lesson_09_an_extension_is_counted_on_one_calendar_from_end_to_end() -> None:
    play = entrusted("2027-01-06")
    extended(play, "2027-01-20", months=1)
    # The first expiry had rolled over the Spring Festival; the extension starts before that roll all the same.
    assert (play.window.nominal, play.window.due) == (day("2027-03-06"), day("2027-03-08"))
    spring = notice(2027, [("2027-02-05", "2027-02-20", "春节")], ["2027-03-06"])
    play.load(CALENDAR.with_years([spring]), "2027-01-25")
    assert (play.window.nominal, play.window.due) == (day("2027-03-06"), day("2027-03-06"))


def test_lesson_10_one_day_is_one_day_and_ends_at_midnight() -> None:
    play = Play(letter("mediation_letter", "0310 16:50", stage="trial"))
    duty = play.duty("R09-tell@forestry")
    assert duty.due == day("0311")
    assert duty.due_at is not None
    assert local(duty.due_at) == at("0312 00:00")


def test_lesson_11_where_the_calendar_s_data_ends_a_date_is_provisional_and_then_refused() -> None:
    play = Play(letter("mediation_letter", "2026-12-01"))
    sheet = play.duty("R07").sheet
    assert sheet is not None
    assert (play.duty("R07").provisional, sheet.provisional) == (True, True)
    assert sheet.sentence().endswith("暂定，待国务院办公厅公布2027年放假安排后重算。")
    with pytest.raises(CalendarUnknown) as caught:
        Play(letter("mediation_letter", "2032-12-20"), "2032-12-20")
    assert caught.value.values["year"] == 2033


@pytest.mark.parametrize(
    ("received", "nominal", "due"),
    [
        ("2026-06-15", "2026-07-15", "2026-07-15"),
        ("2026-01-31", "2026-02-28", "2026-02-28"),
        ("2024-01-31", "2024-02-29", "2024-02-29"),
        ("2026-02-28", "2026-03-28", "2026-03-30"),
        ("2025-12-31", "2026-01-31", "2026-02-02"),
    ],
)
def test_lesson_12_a_month_ends_on_its_corresponding_day_or_the_last(received: str, nominal: str, due: str) -> None:
    window = Play(letter("mediation_letter", received)).window
    assert (window.nominal, window.due) == (day(nominal), day(due))
