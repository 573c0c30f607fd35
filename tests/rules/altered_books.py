"""Rulebooks that a county might write: the shipped one with rules renamed, put elsewhere, recombined or left out."""

import json
import tomllib
from collections.abc import Mapping
from copy import deepcopy
from importlib.resources import files
from typing import Any, Literal, get_args, get_origin

from hypothesis import strategies as st

from rules.books.model import OF_CASE, PERIODIC, UNWATCHED
from rules.books.readings import NO_LOSS, Readings, SoftReadings
from rules.duties.kind import every_kind
from rules.letters.registry import event_models
from rules.letters.terms import Decision, Document, Stage
from rules.values import Frozen

Book = dict[str, Any]
"""A rulebook as its file has it."""

FILE = "altered.toml"
_KINDS = every_kind()
_EVENTS = list(event_models())
_ANCHORS = [*dict.fromkeys(name for kind in _KINDS.values() for name in kind.day_zeros), *PERIODIC, *OF_CASE.values()]
_SHAPES = [*dict.fromkeys(name for kind in _KINDS.values() for name in kind.shapes), *sorted(UNWATCHED), *OF_CASE]
_TARGETS = list(SoftReadings.model_fields)
_BODIES = ["bureau", "agency", "leader", "court", "county_government", "all", "county_leader"]
_READINGS = [
    {"reading": "notice.report", "value": "soft"}, {"reading": "notice.report", "value": "same"},
    {"reading": "feedback.superseded", "value": False}, {"reading": "feedback.superseded", "value": True},
    {"reading": "cutoff", "value": "24:00"}, {"reading": "soft.reply", "value": True},
]  # fmt: skip


def shipped(place: str = "wuping") -> Book:
    """Read a shipped rulebook as its file has it."""
    return tomllib.loads(files("rules.books").joinpath(place, "book.toml").read_text("utf-8"))


def written(book: Book) -> str:
    """Write a rulebook as TOML."""
    return "\n".join(f"{json.dumps(key)} = {_toml(value)}" for key, value in book.items())


def _toml(value: object) -> str:
    if isinstance(value, Mapping):
        return "{ " + ", ".join(f"{json.dumps(key)} = {_toml(each)}" for key, each in value.items()) + " }"
    if isinstance(value, list):
        return "[" + ", ".join(_toml(each) for each in value) + "]"
    return json.dumps(value, ensure_ascii=False)


@st.composite
def renamed(draw: st.DrawFn, before: Book) -> tuple[Book, dict[str, str]]:
    """Return a book with its rules in any order, some under other names, and the new name of each."""
    book = dict(before)
    names = list(book["rules"])
    others = draw(st.lists(_names(), min_size=len(names), max_size=len(names), unique=True))
    new = {name: other if draw(st.booleans()) else name for name, other in zip(names, others, strict=True)}
    book["rules"] = {new[name]: book["rules"][name] for name in draw(st.permutations(names))}
    return book, new


def _names(first: str = "9") -> st.SearchStrategy[str]:
    # No shipped rule has a number of three digits, and no copy's number begins with a nine.
    return st.from_regex(rf"[A-Z]{{1,3}}-?{first}[0-9]{{2}}[a-z]?(-[a-z]{{1,8}}){{0,2}}", fullmatch=True)


def touched(book: Book) -> list[str]:
    """List the kinds of letters whose rules are not the shipped ones, all of them where nothing is."""
    before = shipped()["rules"]
    rules = [
        rule for each, rule in [*book["rules"].items(), *before.items()] if before.get(each) != book["rules"].get(each)
    ]
    named = [kind for rule in rules for kind in rule.get("letters", ()) if kind in _KINDS]
    return list(dict.fromkeys(named)) or list(_KINDS)


@st.composite
def recombined(draw: st.DrawFn, most: int = 4) -> Book:
    """Return the shipped book with a few changes, of which each may or may not make sense."""
    book = shipped()
    for _ in range(draw(st.integers(1, most))):
        _changed(draw, book["rules"])
    return book


def _changed(draw: st.DrawFn, rules: Book) -> None:
    name = draw(st.sampled_from(list(rules)))
    what = draw(st.sampled_from(["drop", "last", "copy", "cross", *_FIELDS, *_FIELDS]))
    if what == "drop":
        del rules[name]
    elif what == "last":
        rules[name] = rules.pop(name)
    elif what == "copy":
        rules[draw(_names("[0-8]"))] = deepcopy(rules[name])
    elif what == "cross":
        # One rule takes over how another one is counted, or what it hangs on.
        other = rules[draw(st.sampled_from(list(rules)))]
        taken = draw(st.sampled_from(_TOGETHER))
        rules[name] = {key: value for key, value in rules[name].items() if key not in taken} | {
            key: deepcopy(other[key]) for key in taken if key in other
        }
    else:
        rules[name] = {**rules[name], **draw(_FIELDS[what])}
        if draw(st.integers(0, 9)) == 0:
            rules[name].pop(what, None)


_TOGETHER = (
    ("letters", "stages", "shape", "anchor"),
    ("letters", "anchor", "satisfied_by", "cancelled_by"),
    ("shape", "length", "unit", "short", "soft", "soft_if", "ladder"),
    ("satisfied_by", "extended_by", "cancelled_by", "ended_as"),
    ("letters", "stages"),
    ("letters",),
)


def _some(values: list[str], most: int) -> st.SearchStrategy[list[str]]:
    return st.lists(st.sampled_from(values), max_size=most)


_FIELDS: dict[str, st.SearchStrategy[Book]] = {
    "letters": _some(list(_KINDS), 3).map(lambda value: {"letters": value}),
    "stages": _some([each.value for each in Stage], 3).map(lambda value: {"stages": value}),
    "anchor": st.sampled_from([*_ANCHORS, "moon"]).map(lambda value: {"anchor": value}),
    "shape": st.sampled_from([*_SHAPES, "cloud"]).map(lambda value: {"shape": value}),
    "length": st.builds(
        lambda length, unit: {"length": length, "unit": unit},
        st.sampled_from([1, 2, 3, 5, 12, 13, 15, 30, 250]),
        st.sampled_from(["day", "working_day", "month", "date"]),
    ),
    "soft": st.sampled_from(["", "open", *_TARGETS]).map(lambda value: {"soft": value}),
    "satisfied_by": _some(_EVENTS, 2).map(lambda value: {"satisfied_by": value}),
    "cancelled_by": _some(_EVENTS, 2).map(lambda value: {"cancelled_by": value}),
    "extended_by": st.sampled_from([[], ["extension"], ["consent"]]).map(lambda value: {"extended_by": value}),
    "ended_as": st.dictionaries(
        st.sampled_from(_EVENTS), st.sampled_from(["not_corrected", "recall", "wishes"]), max_size=2
    ).map(lambda value: {"ended_as": value}),
    "ladder": st.sampled_from(["", *shipped()["ladders"]]).map(lambda value: {"ladder": value}),
    "obligor": st.sampled_from(_BODIES).map(lambda value: {"obligor": value}),
    "obligee": _some(_BODIES, 2).map(lambda value: {"obligee": value}),
    "soft_if": st.builds(
        lambda when, target: {"soft_if": {**when, "target": target}},
        st.sampled_from(_READINGS), st.sampled_from(_TARGETS),
    ),
    "superseded_by": st.builds(
        lambda when, letter: {"superseded_by": {**when, "letter": letter}},
        st.sampled_from(_READINGS), st.sampled_from(list(_KINDS)),
    ),
} | {
    # The second parameter only binds the name of this round, which a lambda's type can't say.
    name: st.booleans().map(lambda value, name=name: {name: value})  # type: ignore[misc]
    for name in ("per_agency", "short", "roll", "national", "fulfilled_by_registering")
}  # fmt: skip


@st.composite
def read_otherwise(draw: st.DrawFn) -> Book:
    """Return the shipped book with any readings that go together."""
    readings: Book = {}
    for group, field in Readings.model_fields.items():
        kind = field.annotation
        if group in _OF_FIGURES:
            continue
        if isinstance(kind, type) and issubclass(kind, Frozen):
            drawn = {
                name: draw(_read(info.annotation, 0 if group == "soft" else 1))
                for name, info in kind.model_fields.items()
            }
            readings[group] = {name: value for name, value in drawn.items() if value is not None}
        else:
            readings[group] = draw(st.sampled_from(get_args(kind)))
    losses = [each.value for each in Decision if each not in NO_LOSS]
    documents = readings["filing"]["types"]
    readings["stats"] = {
        "loss_outcomes": draw(st.lists(st.sampled_from(losses), min_size=1, unique=True)),
        "loss_documents": draw(st.lists(st.sampled_from(documents), min_size=1, unique=True)),
    }
    return shipped() | {"readings": readings}


_OF_FIGURES = ("reminder", "talk")
"""Readings on which no date hangs."""


def _read(kind: object, least: int) -> st.SearchStrategy[object]:
    """Make up a value of a reading by its type, or None for what stands as it is; `least` is the smallest number."""
    if kind is bool:
        return st.booleans()
    if kind is int:
        return st.integers(least, 40)
    if get_origin(kind) is Literal:
        return st.sampled_from(get_args(kind))
    if kind == tuple[Document, ...]:
        return st.lists(st.sampled_from([each.value for each in Document]), min_size=1, unique=True)
    return st.none()
