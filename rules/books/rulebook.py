"""规则库: a county's notice as data, read strictly and named by its content."""

import hashlib
import json
import tomllib
from collections.abc import Mapping
from enum import StrEnum
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import Field, ValidationError, model_validator

from rules.books.readings import Readings, disagreements
from rules.counting.clock import OfficeHours
from rules.counting.period import Unit
from rules.errors import RulebookRefused
from rules.letters.events import EVENTS_OF_KIND
from rules.letters.letter import Stage
from rules.values import Frozen

LARGEST_FILE = 256 * 1024
LONGEST_WINDOW = 12
"""Months."""
Audience = Literal["obligor", "clerk", "bureau_leader", "leader"]
"""Whom a rung speaks to. What is meant for the county leader is always a draft: a person of the bureau sends it."""
Body = Literal["bureau", "agency", "leader", "court", "county_government", "all", "county_leader"]


class Shape(StrEnum):
    """How a rule makes a date; each shape is one function in rules/duties."""

    PERIOD = "period"
    SOFT = "soft"
    WINDOW = "window"
    EXTENSION = "extension"
    RESULT = "result"
    WEEKLY = "weekly"
    HEARING = "hearing"
    SUBSTITUTE = "substitute"
    OPEN = "open"
    PERIODIC = "periodic"
    STANDING = "standing"


WATCHED = frozenset(Shape) - {Shape.PERIODIC, Shape.STANDING}
_PROLONGED = (Shape.WINDOW, Shape.RESULT, Shape.WEEKLY)


ANCHORS_OF_KIND: dict[str, frozenset[str]] = {
    kind: frozenset({"bureau_receipt", "agency_received", "flagged"} | own)
    for kind, own in {
        "oral_notice": {"agency_told", "feedback_given"},
        "mediation_letter": {"window_start", "last_consent"},
        "response_notice": {"notice_served"},
        "appearance_notice": {"hearing"},
        "judgment": {"document_in_effect", "lost_document_in_effect", "loss_report_given"},
    }.items()
}
"""Which day zero a rule of a letter can name; rules/duties/anchors.py has them as functions."""


class Step(Frozen):
    """One rung after the due date: how many working days later, and to whom."""

    days: Annotated[int, Field(ge=1, le=60)]
    to: Audience
    missed_running: Annotated[int, Field(ge=0, le=10)] = 0


class Ladder(Frozen):
    """When a duty is reminded of and reported: offsets in working days from its due date."""

    trigger: bool = False
    before: tuple[Annotated[int, Field(ge=0, le=60)], ...] = ()
    before_to: tuple[Audience, ...] = ("obligor",)
    after: tuple[Step, ...] = ()
    repeat: Annotated[int, Field(ge=1, le=60)] = 5
    repeat_to: tuple[Audience, ...] = Field(("obligor", "clerk"), min_length=1)

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if list(self.before) != sorted(set(self.before), reverse=True):
            raise ValueError("before must fall, each offset once")
        if [step.days for step in self.after] != sorted(step.days for step in self.after):
            raise ValueError("after must rise")
        return self


class Act(Frozen):
    """What is owed, in both languages."""

    zh: Annotated[str, Field(min_length=1)]
    en: Annotated[str, Field(min_length=1)]


class Rule(Frozen):
    """One duty of the notice; `id` is its key in the file, as R09-tell, and `number` the rule it belongs to."""

    id: str = Field("", pattern=r"^(R\d\d[abw]?(-[a-z]+)?)?$")
    letters: tuple[str, ...] = ()
    stages: tuple[Stage, ...] = ()
    clause: Annotated[str, Field(min_length=1)]
    quote: Annotated[str, Field(min_length=4)]
    act: Act
    obligor: Body
    obligee: tuple[Body, ...] = ()
    cc: tuple[Body, ...] = ()
    per_agency: bool = False
    shape: Shape
    anchor: str = ""
    length: Annotated[int, Field(ge=1, le=250)] | None = None
    unit: Unit | None = None
    short: bool = False
    roll: bool = True
    soft: Literal["", "immediately", "told", "reply", "review", "open"] = ""
    satisfied_by: tuple[str, ...] = ()
    extended_by: tuple[str, ...] = ()
    cancelled_by: tuple[str, ...] = ()
    ladder: str = ""

    @property
    def number(self) -> str:
        """Name the rule of the notice that this duty belongs to."""
        return self.id.split("-")[0]


class Rulebook(Frozen):
    """A county's notice: what it is, its readings, office hours, ladders and rules.

    `slip_prefix` stands before year and number of its 督办单.
    """

    id: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{2,60}$")]
    title: Annotated[str, Field(min_length=1, max_length=200)]
    document: Annotated[str, Field(min_length=1, max_length=80)]
    issued: Annotated[str, Field(min_length=1, max_length=80)]
    slip_prefix: Annotated[str, Field(min_length=1, max_length=20)] = "督办"
    readings: Readings = Readings()
    office: OfficeHours = OfficeHours()
    ladders: dict[str, Ladder]
    rules: dict[str, Rule]

    @property
    def version(self) -> str:
        """Name this rulebook by its id and a digest of its content; a letter keeps the one it came under."""
        content = json.dumps(self.model_dump(mode="json"), ensure_ascii=False, sort_keys=True)
        return f"{self.id}@{hashlib.sha256(content.encode()).hexdigest()[:8]}"

    def rules_for(self, kind: str) -> list[Rule]:
        """List the watched rules of one kind of letter, in the order of the notice."""
        return [rule for rule in self.rules.values() if kind in rule.letters and rule.shape in WATCHED]

    @model_validator(mode="before")
    @classmethod
    def _name_rules(cls, data: object) -> object:
        if isinstance(data, Mapping) and isinstance(data.get("rules"), Mapping):
            named = {
                key: {**rule, "id": key} if isinstance(rule, Mapping) else rule for key, rule in data["rules"].items()
            }
            return {**data, "rules": named}
        return data


def contradictions(book: Rulebook) -> list[tuple[str, str]]:
    """List what can't hold together in a rulebook, as (key, what is wrong)."""
    found = [(f"readings.{key}", wrong) for key, wrong in disagreements(book.readings)]
    for key, rule in book.rules.items():
        place = f"rules.{key}"
        for kind in rule.letters:
            if kind not in EVENTS_OF_KIND:
                found.append((f"{place}.letters", f"unknown kind of letter {kind!r}"))
                continue
            if rule.shape in WATCHED and rule.anchor not in ANCHORS_OF_KIND[kind]:
                found.append((f"{place}.anchor", f"{rule.anchor!r} is no day zero of a {kind}"))
            for field in ("satisfied_by", "extended_by", "cancelled_by"):
                for event in getattr(rule, field):
                    if event not in EVENTS_OF_KIND[kind]:
                        found.append((f"{place}.{field}", f"{event!r} is no event of a {kind}"))
        if both := set(rule.satisfied_by) & set(rule.cancelled_by):
            found.append((f"{place}.cancelled_by", f"{sorted(both)} both satisfies and cancels"))
        if rule.shape is Shape.PERIOD and (rule.length is None or rule.unit not in (Unit.DAY, Unit.WORKING_DAY)):
            found.append((f"{place}.length", "shape 'period' needs a length in days or working days"))
        if rule.shape not in (Shape.PERIOD, Shape.WINDOW) and (rule.length is not None or rule.unit is not None):
            found.append((f"{place}.length", f"length and unit go with shape 'period', not {rule.shape.value!r}"))
        if rule.shape is Shape.WINDOW and (rule.length is None or rule.unit is not Unit.MONTH):
            found.append((f"{place}.length", "a window is counted in months"))
        if rule.unit is Unit.MONTH and (rule.length or 0) > LONGEST_WINDOW:
            found.append((f"{place}.length", f"a window of more than {LONGEST_WINDOW} months is a slip"))
        if rule.shape in (Shape.PERIOD, Shape.SOFT) and rule.letters and not rule.satisfied_by:
            found.append((f"{place}.satisfied_by", "nothing would ever satisfy it"))
        if rule.shape is Shape.SOFT and rule.soft in ("", "open"):
            found.append((f"{place}.soft", "a soft rule names its target in readings.soft"))
        if rule.shape in WATCHED - {Shape.WINDOW} and rule.ladder not in book.ladders:
            found.append((f"{place}.ladder", f"unknown ladder {rule.ladder!r}"))
        if rule.shape in WATCHED and not rule.letters:
            found.append((f"{place}.letters", "a watched rule belongs to a kind of letter"))
    shapes = {kind: [rule.shape for rule in book.rules_for(kind)] for kind in EVENTS_OF_KIND}
    for kind, used in shapes.items():
        if used.count(Shape.WINDOW) > 1:
            found.append(("rules", f"two windows for one {kind}"))
        if Shape.WINDOW in used and kind != "mediation_letter":
            found.append(("rules", f"a {kind} has no window"))
        prolonged = {rule.extended_by for rule in book.rules_for(kind) if rule.shape in _PROLONGED}
        if len(prolonged) > 1:
            found.append(("rules", f"window, result and reports of a {kind} are extended together or not at all"))
        for shape in (Shape.RESULT, Shape.WEEKLY, Shape.EXTENSION):
            if shape in used and Shape.WINDOW not in used:
                found.append(("rules", f"shape {shape.value!r} of a {kind} needs a window"))
    for kind, used in shapes.items():
        if Shape.WINDOW in used and Shape.RESULT not in used:
            found.append(("rules", f"the window of a {kind} ends with a result, and no rule asks for one"))
    return found


def read_rulebook(source: str, where: str) -> Rulebook:
    """Read a rulebook, naming file and key of whatever is unknown, malformed or contradictory.

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
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"])
        raise RulebookRefused(f"{where}:{place}", "rulebook_malformed", detail=first["msg"]) from error
    for place, detail in contradictions(book):
        raise RulebookRefused(f"{where}:{place}", "rulebook_contradiction", detail=detail)
    return book


def read_rulebook_file(path: Path) -> Rulebook:
    """Read a rulebook from disk; an unreadable file is refused by its name."""
    try:
        if path.stat().st_size > LARGEST_FILE:
            raise RulebookRefused(str(path), "rulebook_too_large", limit=LARGEST_FILE)
        source = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise RulebookRefused(str(path), "rulebook_malformed", detail=str(error)) from error
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
