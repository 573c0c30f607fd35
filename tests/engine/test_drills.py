"""The smallest drill from end to end, so that drills do not rot; `make drill` runs them all over a whole year."""

import subprocess
import sys
from collections import Counter

import pytest

from tests.drills.compare import differences

pytestmark = pytest.mark.slow


def drill(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "tests.drills", *arguments], capture_output=True, text=True, check=False, timeout=200
    )


def test_a_server_killed_in_january_loses_and_doubles_nothing() -> None:
    ran = drill("server", "--until", "2026-01-21")
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert ran.stdout.count("kill -9 Temporal server") == 6
    assert "server: lost 0, doubled 0" in ran.stdout


def test_a_drill_that_is_not_there_is_refused_by_its_name() -> None:
    ran = drill("sever")
    assert ran.returncode == 2
    assert "no drill sever; there are worker, server" in ran.stderr


def test_what_is_missing_is_lost_and_what_is_there_more_often_is_doubled() -> None:
    undisturbed = {"rungs": Counter({("a",): 1, ("b",): 1})}
    here = {"rungs": Counter({("a",): 2})}
    assert differences(undisturbed, here) == (["rungs: b"], ["rungs: a"])
