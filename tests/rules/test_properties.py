"""What must hold whatever happens: searched at random, the same way on every run."""

from datetime import date, datetime, timedelta
from random import Random

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from rules.counting.period import Roll, Unit, count
from rules.dossier.core import opened, step
from rules.dossier.state import Happening as Happened
from rules.letters.letter import Letter
from tests.rules.builders import BOOK, CALENDAR, Play, letter, notice
from tests.rules.lives import Happening, Turn, Watched, happen, happenings, letters, matters, turn

KINDS = ["oral_notice", "mediation_letter", "response_notice", "appearance_notice", "judgment", "appeal_copy"]
DAYS = st.dates(date(2019, 1, 1), date(2031, 6, 30))
LENGTHS = st.tuples(st.integers(1, 60), st.sampled_from([Unit.DAY, Unit.WORKING_DAY])) | st.tuples(
    st.integers(1, 12), st.just(Unit.MONTH)
)
slow = settings(suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])


@given(DAYS, LENGTHS)
@settings(max_examples=500)
def test_a_rolled_date_is_never_a_day_off_nor_before_its_nominal_day(anchor: date, length: tuple[int, Unit]) -> None:
    counted = count(anchor, *length, CALENDAR, Roll.NEXT)
    assert CALENDAR.is_working_day(counted.due)
    assert anchor < counted.nominal <= counted.due
    between = [counted.nominal + timedelta(days=n) for n in range((counted.due - counted.nominal).days)]
    assert not any(CALENDAR.is_working_day(day) for day in between)


@given(DAYS, st.integers(0, 40), LENGTHS, st.sampled_from(Roll))
@settings(max_examples=500)
@example(date(2026, 1, 28), 3, (1, Unit.MONTH), Roll.NEXT)
def test_a_later_anchor_is_never_due_earlier(anchor: date, later: int, length: tuple[int, Unit], roll: Roll) -> None:
    first = count(anchor, *length, CALENDAR, roll)
    second = count(anchor + timedelta(days=later), *length, CALENDAR, roll)
    assert first.due <= second.due


@given(letters(KINDS), happenings(8), st.randoms(use_true_random=False))
@settings(slow, max_examples=60)
def test_any_order_and_any_repetition_of_events_ends_in_the_same_duties(
    arrived: Letter, life: list[Happening], random: Random
) -> None:
    play = Play(arrived)
    for happening in life:
        happen(play, happening)
    entries = list(play.dossier.entries)
    again = entries + [entry for entry in entries if random.random() < 0.5]
    random.shuffle(again)
    state = Play(arrived).dossier
    for entry in again:
        state = step(state, play.now, play.books, CALENDAR, entry).state
    assert state.duties == play.dossier.duties
    assert state.windows == play.dossier.windows
    assert (state.closed_at is None) == (play.dossier.closed_at is None)


@given(letters(KINDS, date(2026, 3, 2), 20), matters(KINDS, 8), st.randoms(use_true_random=False))
@settings(slow, max_examples=40)
def test_any_order_of_a_matter_s_letters_and_events_ends_in_the_same_duties(
    arrived: Letter, life: list[Turn], random: Random
) -> None:
    play = Play(arrived)
    for what in life:
        turn(play, what)
    happened: list[Happened] = [*play.dossier.letters, *play.dossier.entries]
    again = happened + [each for each in happened if random.random() < 0.5]
    random.shuffle(again)
    state = opened(play.dossier.id, BOOK.version, play.dossier.opened_at, "wang")
    for each in again:
        state = step(state, play.now, play.books, CALENDAR, each).state
    assert state.duties == play.dossier.duties
    assert state.windows == play.dossier.windows
    assert state.voided == play.dossier.voided
    assert (state.closed_at is None) == (play.dossier.closed_at is None)


@pytest.mark.slow
@given(letters(KINDS, days=30), happenings(3, 40), st.lists(st.integers(0, 366 * 24 * 60), max_size=6))
@settings(slow, max_examples=12)
def test_for_a_year_something_owed_has_a_wake_to_come(arrived: Letter, life: list[Happening], looks: list[int]) -> None:
    play = Watched(arrived)
    for happening in life:
        happen(play, happening)
    begun = play.now
    for minutes in sorted(looks):
        # Looking at the letter at any instant, woken or not, leaves it with a wake to come.
        play.wait(begun + timedelta(minutes=minutes))
        play.wake(play.now)
    play.wait(begun + timedelta(days=366))


@pytest.mark.slow
@given(letters(KINDS), happenings(8), st.lists(st.integers(0, 60 * 24 * 60), min_size=9, max_size=9))
@settings(slow, max_examples=40)
def test_whatever_happens_and_however_long_the_worker_is_away_nothing_is_taken_twice_or_out_of_hours(
    arrived: Letter, life: list[Happening], naps: list[int]
) -> None:
    play = Watched(arrived)
    for happening, nap in zip(life, naps, strict=False):
        if nap % 2:
            play.wake(play.now + timedelta(minutes=nap))
        happen(play, happening, awake=nap % 3 > 0)
    play.wake(play.now + timedelta(minutes=naps[-1]))
    play.wait(play.now + timedelta(days=10))


@given(letters(KINDS), happenings(6, 12), st.lists(st.booleans(), min_size=7, max_size=7))
@settings(slow, max_examples=40)
def test_an_outage_loses_no_rung(arrived: Letter, life: list[Happening], away: list[bool]) -> None:
    steady, patchy = Play(arrived), Watched(arrived)
    for happening, absent in zip(life, away, strict=False):
        moment = _in_office_hours(steady.now + happening.after)
        if absent:
            # The worker comes back only as the next thing happens, and is let catch up first.
            patchy.wake(moment)
        else:
            patchy.wait(moment)
        steady.wait(moment)
        for play in (steady, patchy):
            happen(play, happening._replace(after=timedelta()))
        assert steady.state.entries == patchy.state.entries
    end = _in_office_hours(steady.now + timedelta(days=30))
    steady.wait(end)
    patchy.wake(end)
    assert _single(patchy) == _single(steady)
    assert steady.state.duties == patchy.state.duties


def _in_office_hours(instant: datetime) -> datetime:
    return BOOK.office.next_open(instant, CALENDAR, "test")


def _single(play: Play) -> set[str]:
    """List the rungs that come once; repeats merge in an outage."""
    return {rung.key for rung in play.state.fired if not rung.code.startswith(("repeat", "waiting"))}


@pytest.mark.slow
def test_the_lives_that_are_made_up_reach_what_they_are_meant_to_reach() -> None:
    """A search that only ever meets refusals would prove nothing."""
    play = Play(letter("mediation_letter", "0310"))
    let_in = [happen(play, Happening(timedelta(hours=7), 0, die, die)) for die in range(400)]
    assert sum(let_in) > 40
    assert len({entry.event.type for entry in play.state.entries}) > 12


@pytest.mark.slow
def test_the_matters_that_are_made_up_have_several_letters_and_events_of_the_case() -> None:
    play = Play(letter("mediation_letter", "0310"))
    turn(play, letter("oral_notice", "0316"))
    for die in range(200):
        # Eight throws in a row go to the case itself or to one letter, so that each of them may come to each.
        turn(play, Happening(timedelta(hours=7), 0, die, die // 8))
    recorded = play.dossier.entries
    assert {entry.letter for entry in recorded} == {"", *(each.letter_id for each in play.dossier.letters)}
    assert {entry.event.type for entry in recorded if entry.event.of_case} == {
        "case_opened", "proceeding_begun", "proceeding_concluded", "hearing_held", "followed_up", "case_closed",
    }  # fmt: skip


SPRINGS = [
    CALENDAR.with_years([notice(2027, [("2027-01-01", "2027-01-03", "元旦"), ("2027-02-05", last, "春节")], work)])
    for last, work in (("2027-02-08", []), ("2027-02-11", ["2027-02-20"]), ("2027-02-18", ["2027-01-31"]))
]


@pytest.mark.slow
@given(letters(KINDS, date(2026, 12, 1), 60), happenings(8, 12), st.lists(st.integers(0, 5), min_size=8, max_size=8))
@settings(slow, max_examples=40)
def test_new_calendars_judge_nothing_again_and_lose_nothing(
    arrived: Letter, life: list[Happening], loads: list[int]
) -> None:
    play = Watched(arrived)
    for happening, load in zip(life, loads, strict=False):
        happen(play, happening)
        if load < len(SPRINGS):
            before = {duty.key: duty for duty in play.state.duties if not duty.unfinished}
            play.calendar = SPRINGS[load]
            play.wake(play.now)
            assert before == {key: play.state.duty(key) for key in before}
    play.wait(play.now + timedelta(days=30))
