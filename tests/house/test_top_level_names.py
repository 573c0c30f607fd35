"""The rooms are top-level packages; nothing else that is installed may bring one of their names."""

import tomllib
from collections.abc import Iterator
from importlib.metadata import Distribution, distributions
from pathlib import Path

import pytest

import rules

PROJECT = tomllib.loads((Path(rules.__file__).parent.parent / "pyproject.toml").read_text(encoding="utf-8"))


def ours() -> set[str]:
    """List what the project puts at the top of site-packages, and what its tests import from its folder."""
    setuptools = PROJECT["tool"]["setuptools"]
    rooms = {pattern.removesuffix("*") for pattern in setuptools["packages"]["find"]["include"]}
    return rooms | {*setuptools["py-modules"], "tests", "bench"}


def top_level(distribution: Distribution) -> Iterator[str]:
    """List the names that a distribution's files can be imported by."""
    for file in distribution.files or []:
        if file.suffix in (".py", ".so", ".pyd") and file.parts[0] not in ("..", "/"):
            yield file.parts[0].partition(".")[0]


def test_every_room_is_among_the_names() -> None:
    assert ours() >= {"rules", "docket", "activities", "workflows", "cluster", "desk", "operations", "console"}
    assert ours() >= {"starter", "worker", "settings", "logs"}


@pytest.mark.slow
def test_no_dependency_brings_a_module_of_one_of_our_names() -> None:
    found = {(each.name, name) for each in distributions() for name in top_level(each)}
    assert len(found) > 50
    assert {
        (distribution, name) for distribution, name in found if name in ours() and distribution != "qixian"
    } == set()
