"""The simulation behind docs/scale.md: what must hold in it whatever the numbers are."""

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from pathlib import Path

import pytest

from bench.scale.costs import cost, total
from bench.scale.lifetimes import END, YEAR, Life, lifetime
from bench.scale.lives import RECORDED, WOKEN, Away, Step, live
from bench.scale.load import by_day, load
from bench.scale.people import MIX, story
from bench.scale.rows import keep
from docket.engine import open_engine
from rules.accept.rulebook import shipped_rulebook
from rules.counting.calendar import shipped_calendar
from rules.counting.clock import at
from rules.dossier.core import next_wake

LETTERS = 18
OFFICE = shipped_rulebook().office


def played(number: int, until: datetime = END) -> list[Step]:
    return list(live(story(number, YEAR, LETTERS, shipped_calendar()), shipped_rulebook(), shipped_calendar(), until))


@pytest.fixture(scope="module")
def steps() -> list[list[Step]]:
    return [played(number) for number in range(LETTERS // 2)]


@pytest.fixture(scope="module")
def lives() -> Sequence[Life]:
    return [lifetime(number, LETTERS) for number in range(LETTERS)]


def test_every_kind_of_letter_comes(lives: Sequence[Life]) -> None:
    assert {life.kind for life in lives} == set(MIX)


def test_an_open_matter_has_one_timer_and_a_finished_one_none(steps: list[list[Step]]) -> None:
    for life in steps:
        assert life[-1].state.closed_at is not None
        timers = 0
        for step in life:
            timers += step.timer - step.cancelled - (step.why == WOKEN)
            assert timers == (step.state.closed_at is None)
            wake = next_wake(step.state)
            assert wake is None or step.at < wake


def test_each_timer_fires_or_is_cancelled(steps: list[list[Step]]) -> None:
    for life in steps:
        whole = total(map(cost, life))
        assert whole.timers == whole.woken + whole.cancelled
        assert whole.steps == whole.registered + whole.recorded + whole.woken == life[-1].state.version
        assert whole.registered == 1


def test_matters_wake_when_reminders_are_due(lives: Sequence[Life]) -> None:
    for life in lives:
        for moment in life.moments:
            if moment.why == WOKEN:
                assert moment.at == OFFICE.reminder(moment.at.date(), life.matter)


def test_the_same_number_makes_the_same_life(lives: Sequence[Life]) -> None:
    assert lifetime(3, LETTERS) == lives[3]


def test_spreading_lowers_the_peak_and_leaves_nothing_out(lives: Sequence[Life]) -> None:
    at_nine = OFFICE.model_copy(update={"spread_minutes": 0})
    day = max(by_day(lives, YEAR).values(), key=lambda day: sum(moment.why == WOKEN for _, moment in day))
    before, after = (load(day, (), 100, 1, office, OFFICE) for office in (at_nine, OFFICE))
    assert before.woken.second == before.woken.minute == before.woken.hour == after.woken.hour
    assert after.woken.second < after.woken.minute < before.woken.second / 10


def test_workers_that_were_away_find_what_they_missed(lives: Sequence[Life]) -> None:
    away = Away(at(date(YEAR, 6, 9), time()), at(date(YEAR, 6, 30), time(8)))
    missed = 0
    for life in lives:
        meanwhile = [moment for moment in life.moments if away.since <= moment.at < away.until]
        if any(moment.why != RECORDED for moment in meanwhile):
            late = lifetime(life.number, LETTERS, away=away)
            assert not any(away.since <= moment.at < away.until for moment in late.moments)
            assert any(moment.at == away.until for moment in late.moments)
            missed += 1
    assert missed


def test_the_docket_sends_as_many_e_mails_as_are_reckoned(steps: list[list[Step]], tmp_path: Path) -> None:
    engine = open_engine(f"sqlite:///{tmp_path / 'kept.db'}")
    few = sorted(steps, key=len)[3:6]
    kept = keep(engine, few)
    engine.dispose()
    every = [step for life in few for step in life]
    assert kept.rows["letter"] == kept.letters == 3
    assert kept.mails == sum(step.mails for step in every) > 0
    assert kept.rows["notice"] == sum(step.rows for step in every) + kept.digests
    assert kept.rows["delivery"] == kept.rows["attempt"] == kept.mails + kept.digests
    # Whatever is done before the morning's digest needs none.
    readers = {reader for step in every for reader in step.waiting(OFFICE, shipped_calendar())}
    assert 0 < kept.digests <= len(readers)


def test_a_letter_is_received_on_a_working_day_and_known_the_same_day() -> None:
    for number in range(LETTERS):
        told = story(number, YEAR, LETTERS, shipped_calendar())
        assert shipped_calendar().is_working_day(told.registered.date())
        assert told.registered - datetime.fromisoformat(told.letter["received_at"]) < timedelta(hours=1)
