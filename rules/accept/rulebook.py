"""Rulebooks at the door: read strictly, and let in only if what they name is there and nothing contradicts the rest.

File and key are named of whatever is unknown, malformed or contradictory. A book that is let in is sound: every day
zero, shape, event, ladder, reading and target that it names exists.
"""

import tomllib
from collections.abc import Iterator
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Never

from pydantic import ValidationError

from rules.books.model import OF_CASE, PERIODIC, UNWATCHED, Rule, Rulebook, When
from rules.books.readings import SoftReadings, disagreements, possible
from rules.duties.kind import OPTIONAL, Kind, every_kind
from rules.errors import RulebookRefused
from rules.files import malformed, read_small

LARGEST_FILE = 256 * 1024
"""Bytes."""

Problem = tuple[str, str]
"""A key, and what is wrong with it."""


def contradictions(book: Rulebook) -> list[Problem]:
    """List what can't hold together in a rulebook, as (key, what is wrong)."""
    found = [(f"readings.{key}", wrong) for key, wrong in disagreements(book.readings)]
    for key, rule in book.rules.items():
        found += [(f"rules.{key}.{field}", wrong) for field, wrong in _of_rule(book, rule)]
    found += [(f"rules.{place}", wrong) for place, wrong in _of_periods(book)]
    for kind in every_kind().values():
        # What hangs together must do so for whichever stage a letter comes in.
        for stage in kind.stages or (None,):
            found += [
                (f"rules.{place}", wrong) for place, wrong in kind.book_problems(book.rules_for(kind.name, stage))
            ]
    return list(dict.fromkeys(found))


def _of_periods(book: Rulebook) -> Iterator[Problem]:
    """Say that two rules ask for one thing: what is due after a quarter or in a year is asked for by one rule."""
    for rule in book.rules.values():
        first = book.of_anchor(rule.anchor) if rule.shape == "periodic" else None
        if first is not None and first.id != rule.id:
            yield f"{rule.id}.anchor", f"{first.id} is counted from {rule.anchor!r} already"


def _of_rule(book: Rulebook, rule: Rule) -> Iterator[Problem]:
    if rule.shape in UNWATCHED or rule.shape in OF_CASE:
        if rule.letters:
            yield "letters", f"shape {rule.shape!r} hangs on no letter"
        if rule.shape in OF_CASE:
            yield from _of_case(book, rule)
        if rule.stages:
            yield "stages", "stages go with a kind of letter"
        if rule.shape == "periodic" and rule.anchor not in PERIODIC:
            yield "anchor", f"shape 'periodic' is counted from {' or '.join(PERIODIC)}"
    elif not rule.letters:
        yield "letters", "a watched rule belongs to a kind of letter"
    if rule.ladder and rule.ladder not in book.ladders:
        yield "ladder", f"unknown ladder {rule.ladder!r}"
    for name in rule.letters:
        kind = every_kind().get(name)
        if kind is None:
            yield "letters", f"unknown kind of letter {name!r}"
        else:
            yield from _of_kind(book, rule, kind)
    if both := set(rule.satisfied_by) & set(rule.cancelled_by):
        yield "cancelled_by", f"{sorted(both)} both satisfies and cancels"
    if rule.length is None and rule.unit is not None:
        yield "unit", "a unit goes with a length"
    for field in ("soft_if", "superseded_by"):
        when: When | None = getattr(rule, field)
        if when is not None and not possible(when.reading, when.value):
            yield field, f"no reading {when.reading!r} that can be {when.value!r}"
    if rule.soft_if is not None and rule.soft_if.target not in SoftReadings.model_fields:
        yield "soft_if", f"no target {rule.soft_if.target!r} under readings.soft"
    if rule.national and (rule.short or rule.soft_if is not None):
        yield "national", "short and soft_if are readings of a county's own notice"
    if rule.soft not in ("", "open", *SoftReadings.model_fields):
        yield "soft", f"no target {rule.soft!r} under readings.soft"
    if rule.superseded_by is not None:
        other = every_kind().get(rule.superseded_by.letter)
        if other is None:
            yield "superseded_by", f"unknown kind of letter {rule.superseded_by.letter!r}"
        elif other.expiry is None:
            yield "superseded_by", f"a {other.name} opens no window that could take its place"


def _listed(events: tuple[str, ...]) -> str:
    return " or ".join(repr(event) for event in events) or "no event"


def _of_case(book: Rulebook, rule: Rule) -> Iterator[Problem]:
    if rule.anchor != OF_CASE[rule.shape]:
        yield "anchor", f"shape {rule.shape!r} is counted from {OF_CASE[rule.shape]!r}"
    if not rule.ladder:
        yield "ladder", "nobody would be reminded of it"
    if rule.soft != "open":
        yield "soft", 'nobody is ever overdue with it: soft = "open"'


def _of_kind(book: Rulebook, rule: Rule, kind: Kind[Never]) -> Iterator[Problem]:
    """Say what a rule names that a letter of one of its kinds does not have."""
    shape = kind.shapes.get(rule.shape)
    if shape is None:
        yield "shape", f"{rule.shape!r} is no shape of a {kind.name}"
        return
    yield from shape.problems(rule)
    if rule.anchor not in kind.day_zeros:
        yield "anchor", f"{rule.anchor!r} is no day zero of a {kind.name}"
    for field in ("satisfied_by", "extended_by", "cancelled_by", "ended_as"):
        for event in getattr(rule, field):
            if event not in kind.happenings:
                yield field, f"{event!r} is no event of a {kind.name}"
            elif not kind.happenings[event].correctable:
                yield field, f"{event!r} mends the record, and is no act of anybody"
    if shape.satisfied_by is not None and not set(rule.satisfied_by) <= set(shape.satisfied_by):
        yield "satisfied_by", f"shape {rule.shape!r} is fulfilled by {_listed(shape.satisfied_by)}"
    if not set(rule.extended_by) <= set(shape.extended_by):
        yield "extended_by", f"shape {rule.shape!r} is extended by {_listed(shape.extended_by)}"
    if shape.ladder and not rule.ladder:
        yield "ladder", "nobody would be reminded of it"
    if rule.stages and not set(rule.stages) & set(kind.stages):
        yield "stages", f"no {kind.name} comes in stage {' or '.join(rule.stages)}"
    for field in OPTIONAL:
        if field not in shape.heeds and getattr(rule, field) != Rule.model_fields[field].get_default(
            call_default_factory=True
        ):
            yield field, f"shape {rule.shape!r} does not heed it"
    passed_on = kind.passes_on
    if passed_on is not None and "forwarded" in rule.satisfied_by and passed_on.to not in rule.obligee:
        yield "obligee", f"a {kind.name} is passed on to {passed_on.to!r}, so that would never satisfy it"


def read_rulebook(source: str, where: str) -> Rulebook:
    """Read a rulebook; one that is unknown, malformed or contradictory somewhere is refused with file and key.

    A file with `base = "…"` takes a shipped rulebook and changes only what it names.
    """
    if len(source.encode()) > LARGEST_FILE:
        raise RulebookRefused(where, "rulebook_too_large", limit=LARGEST_FILE)
    try:
        data = tomllib.loads(source)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise RulebookRefused(where, "rulebook_malformed", detail=str(error)) from error
    if "base" in data:
        base = data.pop("base")
        below = next((book for book in _shipped().values() if book["id"] == base), None)
        if below is None:
            raise RulebookRefused(f"{where}:base", "rulebook_malformed", detail=f"no shipped rulebook {base!r:.80}")
        data = _overlaid(below, data)
    try:
        book = Rulebook.model_validate(data)
    except ValidationError as error:
        raise malformed(error, where, RulebookRefused, "rulebook_malformed") from error
    for place, detail in contradictions(book):
        raise RulebookRefused(f"{where}:{place}", "rulebook_contradiction", detail=detail)
    return book


def read_rulebook_file(path: Path) -> Rulebook:
    """Read a rulebook from disk; an unreadable file is refused by its name."""
    source = read_small(path, LARGEST_FILE, RulebookRefused, "rulebook_too_large", "rulebook_malformed")
    return read_rulebook(source, str(path))


@cache
def shipped_rulebook(place: str = "wuping") -> Rulebook:
    """Return the rulebook of a place that comes with the program."""
    source = files("rules.books").joinpath(place, "book.toml").read_text(encoding="utf-8")
    return read_rulebook(source, f"{place}/book.toml")


@cache
def _shipped() -> dict[str, dict[str, object]]:
    """Read every book that comes with the program, by its place."""
    places = [entry for entry in files("rules.books").iterdir() if entry.joinpath("book.toml").is_file()]
    return {entry.name: tomllib.loads(entry.joinpath("book.toml").read_text(encoding="utf-8")) for entry in places}


def _overlaid(below: dict[str, object], above: dict[str, object]) -> dict[str, object]:
    merged = dict(below)
    for key, value in above.items():
        under = merged.get(key)
        merged[key] = _overlaid(under, value) if isinstance(under, dict) and isinstance(value, dict) else value
    return merged
