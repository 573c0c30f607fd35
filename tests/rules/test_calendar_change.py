"""A notice is loaded while letters are open: dates move with reason, the past is not judged again.

A letter of 6 January 2027 expires on Saturday 6 February, in the Spring Festival. Until the notice for 2027 is out that
rolls to Thursday the 11th.
"""

import pytest

from rules.counting.calendar import Calendar
from rules.duties.duty import DutyState, Light
from rules.telling.notices import NoticeKind
from tests.rules.builders import CALENDAR, TWO, Play, at, day, entrusted, letter, notice, worded

SHORT = ("2027-02-05", "2027-02-09", "春节")
LONG = ("2027-02-05", "2027-02-11", "春节")
NEW_YEAR = ("2027-01-01", "2027-01-03", "元旦")


def calendar(spring: tuple[str, str, str]) -> Calendar:
    return CALENDAR.with_years([notice(2027, [NEW_YEAR, spring], [])])


def open_letter() -> Play:
    """Return a letter whose result is due on 11 February, provisionally."""
    return entrusted("2027-01-06", TWO)


def test_a_longer_break_moves_the_date_later_and_says_why_and_who() -> None:
    play = open_letter()
    assert (play.due("R07"), play.duty("R07").provisional) == (day("2027-02-11"), True)
    notices = play.load(calendar(LONG), "2027-01-20")
    assert (play.due("R07"), play.duty("R07").provisional) == (day("2027-02-12"), False)
    moves = {move.key: move for move in play.state.moves}
    assert set(moves) == {"R05", "R07"}
    move = moves["R07"]
    assert (move.old_due, move.new_due, move.why, move.by, move.at) == (
        day("2027-02-11"), day("2027-02-12"), "calendar", "zhao", at("2027-01-20"),
    )  # fmt: skip
    assert (move.event, move.calendar) == (None, play.calendar.version)
    assert {notice.to for notice in notices} == {"agency:forestry", "agency:transport", "bureau"}
    assert {notice.kind for notice in notices} == {NoticeKind.MOVED}


def test_the_notice_of_a_moved_date_is_worded() -> None:
    play = open_letter()
    bureau = next(each for each in play.load(calendar(LONG), "2027-01-20") if each.to == "bureau")
    words = worded(play, bureau, {})
    assert words.subject.startswith("【期限变动】2026-017 协调化解期限（2027-02-12）等2项")
    assert "期限由 2027-02-11 变为 2027-02-12（放假安排变动）" in words.body


def test_a_later_date_takes_back_what_was_overdue() -> None:
    play = open_letter()
    play.wait("2027-02-15 12:00")
    assert play.light("R07", "2027-02-12 10:00") is Light.RED
    assert play.told("leader:forestry", since="2027-02-15 00:00")
    play.withdrawn.clear()
    play.load(calendar(("2027-02-05", "2027-02-15", "春节")), "2027-02-15 14:00")
    assert (play.due("R07"), play.light("R07", "2027-02-15 14:00")) == (day("2027-02-16"), Light.YELLOW)
    assert "R07" in play.withdrawn


@pytest.mark.parametrize(("sent", "state"), [("2027-02-11", DutyState.DONE), ("2027-02-12", DutyState.LATE)])
def test_an_earlier_date_is_the_law_and_no_breach_of_who_met_the_one_shown_before(sent: str, state: DutyState) -> None:
    play = open_letter()
    play.load(calendar(SHORT), "2027-02-01")
    duty = play.duty("R07")
    assert (duty.due, duty.grace) == (day("2027-02-10"), day("2027-02-11"))
    assert duty.light(at("2027-02-11 09:00")) is Light.RED
    play.record("result", sent, copied_on=day(sent))
    assert play.duty("R07").state is state


def test_grace_stays_through_a_second_amendment() -> None:
    play = open_letter()
    play.load(calendar(SHORT), "2027-02-01")
    play.load(calendar(("2027-02-05", "2027-02-08", "春节")), "2027-02-02")
    assert (play.due("R07"), play.duty("R07").grace) == (day("2027-02-09"), day("2027-02-11"))


def test_a_duty_recalled_within_its_grace_is_not_missed() -> None:
    play = open_letter()
    play.load(calendar(SHORT), "2027-02-01")
    play.record("recall", "2027-02-11")
    assert play.duty("R07").state is DutyState.CANCELLED


@pytest.mark.parametrize(
    ("sent", "state", "spring"),
    [("2027-02-11", DutyState.DONE, SHORT), ("2027-02-12", DutyState.LATE, LONG)],
)
def test_what_is_finished_is_never_judged_again(sent: str, state: DutyState, spring: tuple[str, str, str]) -> None:
    play = open_letter()
    play.record("flagged", "2027-02-11")
    play.record("result", sent, copied_on=day(sent))
    before = play.duty("R07")
    assert before.state is state
    assert play.load(calendar(spring), "2027-02-20") == []
    assert play.duty("R07") == before
    # Nor does an event that has nothing to do with it.
    play.record("analysis", "2027-02-22")
    assert (play.duty("R07"), play.state.moves) == (before, ())


def test_a_finished_duty_is_judged_again_when_its_own_facts_change() -> None:
    play = open_letter()
    play.record("flagged", "2027-02-11")
    result = play.record("result", "2027-02-12", copied_on=day("2027-02-12"))
    play.load(calendar(LONG), "2027-02-20")
    assert play.states()["R07"] == "late"
    play.record("void", "2027-02-22", target=result)
    assert (play.states()["R07"], play.due("R07")) == ("open", day("2027-02-12"))


def test_a_breach_that_an_older_calendar_found_may_be_excused() -> None:
    play = open_letter()
    play.record("flagged", "2027-02-11")
    play.record("result", "2027-02-12", copied_on=day("2027-02-12"))
    play.load(calendar(LONG), "2027-02-20")
    play.record("excuse", "2027-02-22", by="zhao", duty="R07")
    assert (play.states()["R07"], play.due("R07")) == ("excused", day("2027-02-11"))


def test_a_date_that_only_becomes_certain_is_told_to_nobody() -> None:
    play = Play(letter("mediation_letter", "2026-12-01"))
    assert (play.due("R07"), play.duty("R07").provisional) == (day("2027-01-04"), True)
    assert play.load(calendar(LONG), "2026-12-10") == []
    assert (play.due("R07"), play.duty("R07").provisional) == (day("2027-01-04"), False)
    assert play.state.moves == ()


def test_a_closed_letter_is_left_as_it_is() -> None:
    play = entrusted("2027-01-06")
    play.record("result", "2027-01-20", copied_on=day("2027-01-20"))
    closed, duties = play.closed(), play.state.duties
    assert play.load(calendar(LONG), "2027-01-21") == []
    assert (play.closed(), play.state.duties, play.state.next_wake) == (closed, duties, None)


def test_a_void_letter_is_left_as_it_is() -> None:
    play = open_letter()
    play.record("void", "2027-01-20")
    duties = play.state.duties
    assert play.load(calendar(LONG), "2027-01-21") == []
    assert (play.state.duties, play.state.moves) == (duties, ())


def test_the_same_calendar_again_changes_nothing() -> None:
    play = open_letter()
    play.load(calendar(LONG), "2027-01-20")
    before = play.state
    assert play.load(calendar(LONG), "2027-01-20") == []
    assert (play.state.duties, play.state.moves) == (before.duties, before.moves)


def test_an_event_that_meets_a_new_calendar_is_told_apart_from_it() -> None:
    play = open_letter()
    play.calendar = calendar(LONG)
    play.record("correction", "2027-01-20", field="agencies.forestry.received_on", value="2027-01-05")
    reasons = {(move.key, move.why, move.by) for move in play.state.moves}
    assert ("R07", "calendar", "system") in reasons
    assert ("R13.1@forestry", "correction", "wang") in reasons


def test_reminders_move_with_the_date() -> None:
    play = open_letter()
    play.load(calendar(LONG), "2027-01-20")
    play.wait("2027-02-16")
    assert [f"{on} {code}" for on, code, to in play.fired("R07") if to == "obligor"][1:] == [
        "0122 T-10", "0129 T-5", "0203 T-2", "0204 T-1", "0212 T", "0215 T+1",
    ]  # fmt: skip
