"""The smallest drill from end to end, so that drills do not rot; `make drill` runs them all over a whole year."""

import subprocess
import sys
from collections import Counter

import pytest

from rules.dossier.letter import letters_of
from rules.duties.duty import Duty
from tests.drills.compare import differences
from tests.drills.pure import PureCounty
from tests.drills.story import SHARED, YEAR, Act, matters, shared_story, story

slow = pytest.mark.slow


def drill(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "tests.drills", *arguments], capture_output=True, text=True, check=False, timeout=200
    )


@slow
def test_a_server_killed_in_january_loses_and_doubles_nothing() -> None:
    ran = drill("server", "--until", "2026-01-21")
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert ran.stdout.count("kill -9 Temporal server") == 6
    assert "server: lost 0, doubled 0" in ran.stdout


@slow
def test_a_worker_and_a_desk_killed_over_a_matter_s_letters_lose_and_double_nothing() -> None:
    ran = drill("matter", "--until", "2026-03-17")
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert "ms into registering 'second mediation of 201'" in ran.stdout
    for act in ("letter_moved 'mediation of 205'", "matters_joined 'mediation of 206'"):
        assert f"ms into {act}" in ran.stdout
    assert "matter: lost 0, doubled 0" in ran.stdout


def test_the_stories_can_be_played_and_have_matters_of_several_letters() -> None:
    for acts in (story(), shared_story(YEAR)):
        county = PureCounty()
        county.play(acts)
        assert max(len(state.letters) for state in county.matters.values()) == 4


def test_what_is_died_over_changes_other_letters_than_its_own() -> None:
    county = PureCounty()
    for act in shared_story(YEAR):
        county.until(act.at)
        before = duties(county, act)
        county.play([act])
        after = duties(county, act)
        changed = [letter for letter in before if before[letter] != after.get(letter)]
        assert changed or act not in SHARED, act


def duties(county: PureCounty, act: Act) -> dict[tuple[str, str], tuple[Duty, ...]]:
    states = (county.matters[name] for name in matters(act) if name in county.matters)
    return {(state.id, each.letter_id): each.duties for state in states for each in letters_of(state)}


@slow
def test_a_drill_that_is_not_there_is_refused_by_its_name() -> None:
    ran = drill("sever")
    assert ran.returncode == 2
    assert "no drill sever; there are worker, server" in ran.stderr


def test_what_is_missing_is_lost_and_what_is_there_more_often_is_doubled() -> None:
    undisturbed = {"rungs": Counter({("a",): 1, ("b",): 1})}
    here = {"rungs": Counter({("a",): 2})}
    assert differences(undisturbed, here) == (["rungs: b"], ["rungs: a"])
