"""Weekly reports and a new notice: weeks merge and part, nobody is blamed for it, everybody is told.

The agency had its letter on Friday 2027-01-22. Its second week ends on 5 February, in the Spring Festival, and its
third on the 12th. Until the notice is out these are due on the 11th and the 12th.
"""

from rules.counting.calendar import Calendar
from rules.duties.duty import DutyState
from tests.rules.builders import CALENDAR, Play, day, letter, notice, worded

SECOND, THIRD = "R13.2@forestry", "R13.3@forestry"


def calendar(last: str) -> Calendar:
    """Return a calendar whose Spring Festival of 2027 lasts until a day of February."""
    return CALENDAR.with_years([notice(2027, [("2027-02-05", f"2027-02-{last}", "春节")], [])])


def weekly(until: str = "") -> Play:
    play = Play(letter("mediation_letter", "2027-01-22"), calendar=calendar(until) if until else CALENDAR)
    play.record("told", "2027-01-22")
    play.record("reported", "2027-01-22")
    play.record("progress", "2027-01-28")
    return play


def test_a_week_that_merges_into_the_next_is_told_of_with_the_day_it_had() -> None:
    play = weekly()
    assert (play.due(SECOND), play.due(THIRD)) == (day("2027-02-11"), day("2027-02-12"))
    notices = play.load(calendar("12"), "2027-02-01")
    assert play.state.duty(SECOND) is None
    assert (play.due(THIRD), play.duty(THIRD).covers) == (day("2027-02-15"), (day("2027-01-30"), day("2027-02-12")))
    moves = {move.key: (move.old_due, move.new_due) for move in play.state.moves}
    assert moves[SECOND] == (day("2027-02-11"), None)
    assert moves[THIRD] == (day("2027-02-12"), day("2027-02-15"))
    for to in ("agency:forestry", "bureau"):
        (each,) = [each for each in notices if each.to == to]
        told = {item.duty: (item.old_due, item.due) for item in each.items}
        assert told[SECOND] == (day("2027-02-11"), None)
        assert told[THIRD] == (day("2027-02-12"), day("2027-02-15"))
        words = worded(play, each, {"forestry": "林业局"})
        assert "原定期限 2027-02-11 取消（放假安排变动）" in words.body


def test_a_week_reported_on_stays_on_record_when_it_merges() -> None:
    play = weekly()
    play.record("progress", "2027-02-03")
    before = play.duty(SECOND)
    play.load(calendar("12"), "2027-02-04")
    assert play.duty(SECOND) == before
    play.record("flagged", "2027-02-04")
    assert play.duty(SECOND) == before
    # One report satisfies all the weeks that merged.
    assert play.states()[THIRD] == "done"


def test_a_missed_week_stays_missed_when_it_merges() -> None:
    play = weekly()
    play.record("progress", "2027-02-15", slot=3)
    play.record("progress", "2027-02-16", slot=2)
    assert (play.states()[SECOND], play.states()[THIRD]) == ("late", "late")
    play.load(calendar("12"), "2027-02-17")
    assert (play.states()[SECOND], play.states()[THIRD]) == ("late", "late")


def test_weeks_that_part_keep_the_day_that_was_shown_for_both() -> None:
    play = weekly("12")
    assert (play.state.duty(SECOND), play.due(THIRD)) == (None, day("2027-02-15"))
    play.load(calendar("10"), "2027-02-14")
    assert (play.due(SECOND), play.duty(SECOND).grace) == (day("2027-02-11"), day("2027-02-15"))
    assert (play.due(THIRD), play.duty(THIRD).grace) == (day("2027-02-12"), day("2027-02-15"))
    play.record("progress", "2027-02-15")
    assert (play.duty(SECOND).state, play.duty(THIRD).state) == (DutyState.DONE, DutyState.DONE)


def test_a_merged_week_that_was_reported_on_is_not_owed_again_when_it_parts() -> None:
    play = weekly("12")
    play.record("progress", "2027-02-03")
    assert play.states()[THIRD] == "done"
    before = play.duty(THIRD)
    play.load(calendar("10"), "2027-02-20")
    assert (play.duty(SECOND).state, play.duty(THIRD)) == (DutyState.DONE, before)
    play.record("flagged", "2027-02-22")
    assert play.duty(THIRD) == before


def test_a_report_on_the_last_day_of_a_merged_week_breaches_neither_when_it_parts() -> None:
    play = weekly("12")
    play.record("progress", "2027-02-15")
    play.load(calendar("10"), "2027-02-20")
    assert (play.duty(SECOND).state, play.duty(THIRD).state) == (DutyState.DONE, DutyState.DONE)


def test_a_week_due_with_the_new_end_of_the_window_is_dropped_and_told() -> None:
    play = Play(letter("mediation_letter", "2027-01-11"), calendar=calendar("09"))
    play.record("told", "2027-01-13")
    assert (play.due("R13.4@forestry"), play.due("R07")) == (day("2027-02-10"), day("2027-02-11"))
    notices = play.load(calendar("10"), "2027-02-01")
    assert play.state.duty("R13.4@forestry") is None
    told = [(each.to, item.duty, item.old_due, item.due) for each in notices for item in each.items]
    assert told == [
        ("agency:forestry", "R13.4@forestry", day("2027-02-10"), None),
        ("bureau", "R13.4@forestry", day("2027-02-10"), None),
    ]
