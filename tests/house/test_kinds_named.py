"""Which files of the product name a kind of letter: its own, and a few that say why.

A kind is its module, its second count, rules as data and words. Whatever else needed its name would have to be changed
for every new kind, and could not be changed for one from a package outside.
"""

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

import rules
from rules.letters.registry import kinds

ROOT = Path(rules.__file__).parent.parent
ROOMS = ("rules", "docket", "activities", "workflows", "cluster", "desk", "operations", "console", "starter")
SUFFIXES = {".py", ".html", ".js", ".css", ".svg", ".toml", ".json", ".mako"}
"""Catalogues of words (`.po`) are a kind's own, message by message."""

ALLOWED = {
    # The demo tells the stories of letters, as a clerk would type them.
    "starter/demo/play.py": {"oral_notice", "mediation_letter", "response_notice", "judgment", "appeal_copy"},
    # 判决书 is a type of document as well, whatever kind of letter brings it.
    "rules/letters/terms.py": {"judgment"},
}
"""Files that may name a kind, with the kinds that they name."""


def product() -> list[Path]:
    files = [path for room in ROOMS for path in (ROOT / room).rglob("*") if path.suffix in SUFFIXES]
    return sorted(files + [ROOT / name for name in ("worker.py", "settings.py", "logs.py", "pyproject.toml")])


def own(path: Path, kind: str) -> bool:
    """Tell whether a file is a kind's own, or a rulebook."""
    inner = path.relative_to(ROOT)
    homes = [ROOT / room / name for room in ("rules/kinds", "rules/recount") for name in (kind, f"{kind}.py")]
    return any(path.is_relative_to(home) for home in homes) or (inner.match("rules/books/*/*.toml"))


@cache
def said(path: Path) -> frozenset[str]:
    """List the identifiers and the strings of a Python file but its docstrings, or the whole text of another."""
    source = path.read_text(encoding="utf-8")
    return frozenset(_of_python(ast.parse(source)) if path.suffix == ".py" else [source])


def _of_python(tree: ast.AST) -> Iterator[str]:
    prose = {
        id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    }
    for node in ast.walk(tree):
        for _, value in ast.iter_fields(node):
            for each in value if isinstance(value, list) else [value]:
                if isinstance(each, str) and id(node) not in prose:
                    yield each


def names(kind: str) -> re.Pattern[str]:
    """Find a kind's name, that of its class, and those of two words also as a part of another name.

    A word by itself is a part of much that is no kind: `judgment_given` is an event of several.
    """
    edge = "A-Za-z0-9" if "_" in kind else "A-Za-z0-9_-"
    model = kinds()[kind].model.__name__
    return re.compile(rf"(?<![{edge}])(?:{kind}|{model})(?![{edge}])")


@pytest.mark.parametrize("kind", kinds())
def test_no_file_but_its_own_names_a_kind(kind: str) -> None:
    pattern = names(kind)
    naming = {
        path.relative_to(ROOT).as_posix()
        for path in product()
        if not own(path, kind) and any(pattern.search(each) for each in said(path))
    }
    assert naming == {path for path, allowed in ALLOWED.items() if kind in allowed}


def test_each_kind_is_named_where_it_is_at_home() -> None:
    """The search finds what it looks for, in strings, in identifiers and in what is no Python."""
    for kind in kinds():
        pattern = names(kind)
        found = [path for path in product() if any(pattern.search(each) for each in said(path))]
        homes = {path.relative_to(ROOT).parts[1] for path in found if own(path, kind)}
        assert homes == {"kinds", "recount", "books"}
    words = said(ROOT / "rules" / "kinds" / "judgment.py")
    assert {"Judgment", "judgment", "rules.letters.registry"} <= words
