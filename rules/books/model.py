"""规则库: a county's notice as data, named by its content."""

import hashlib
import json
import re
from collections.abc import Mapping
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from rules.books.readings import Readings, reading_of
from rules.counting.clock import OfficeHours
from rules.counting.period import Unit
from rules.letters.terms import Stage
from rules.values import Frozen

Audience = Literal["obligor", "clerk", "bureau_leader", "leader"]
"""Whom a rung speaks to. What is meant for the county leader is always a draft: a person of the bureau sends it."""
Body = Literal["bureau", "agency", "leader", "court", "county_government", "all", "county_leader"]
Obligor = Literal["bureau", "agency", "all", "county_leader"]
"""Who may owe: those whose duties are watched, and the county leader at a hearing. Nobody reminds a court."""


UNWATCHED = frozenset({"periodic", "standing"})
"""Shapes of rules that hang on no letter, and that nothing watches yet."""

PERIODIC = ("quarter_end", "year_end")
"""The days of the calendar that a rule without a letter may hang on."""

OF_CASE = {"follow_up": "last_touched"}
"""Shapes of rules that hang on a case as a whole, each with its day zero."""


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


Word = Annotated[str, Field(pattern=r"^[a-z][a-z_]{1,39}$")]


class When(Frozen):
    """A reading that must have a value: its key, as `notice.report`, and the value."""

    reading: Annotated[str, Field(pattern=r"^[a-z_]+(\.[a-z_]+)?$")]
    value: bool | str

    def holds(self, readings: Readings) -> bool:
        """Tell whether the county reads it so."""
        return reading_of(readings, self.reading) == self.value


class SoftIf(When):
    """A reading under which a rule has no number of days, and its target under `readings.soft` then."""

    target: Word


class SupersededBy(When):
    """A reading under which another letter of the matter takes a duty's place, and the kind of that letter."""

    letter: Word


class Rule(Frozen):
    """One duty of the notice; `id` is its key in the file, as R09-tell, and `number` the rule it belongs to.

    `soft_if` makes it soft where the county reads it so. `fulfilled_by_registering` says that an agency from which the
    bureau learned of the letter has done it by that. `ended_as` names an ending by what it means for this duty.
    `superseded_by` is the kind of letter of the same matter that takes its place where the county reads it so.
    `national` says that it stands in national law, which its clause names, and not in the book's own document: what
    the county reads into its notice (A01, A02, A07) does not touch its count.
    """

    id: str = Field("", max_length=40, pattern=r"^[A-Z]{1,3}-?[0-9]{2,3}[a-z]?(-[a-z]+)*$")
    letters: tuple[str, ...] = ()
    stages: tuple[Stage, ...] = ()
    clause: Annotated[str, Field(min_length=1)]
    quote: Annotated[str, Field(min_length=4)]
    act: Act
    obligor: Obligor
    obligee: tuple[Body, ...] = ()
    cc: tuple[Body, ...] = ()
    per_agency: bool = False
    shape: Word
    anchor: str = ""
    length: Annotated[int, Field(ge=1, le=250)] | None = None
    unit: Unit | None = None
    short: bool = False
    roll: bool = True
    soft: Word | Literal[""] = ""
    soft_if: SoftIf | None = None
    satisfied_by: tuple[str, ...] = ()
    fulfilled_by_registering: bool = False
    extended_by: tuple[str, ...] = ()
    cancelled_by: tuple[str, ...] = ()
    ended_as: dict[Word, Word] = Field(default_factory=dict)
    superseded_by: SupersededBy | None = None
    # Books that were stored before there was such a rule keep the version that names their content.
    national: bool = Field(False, exclude_if=lambda national: not national)
    ladder: str = ""

    @property
    def number(self) -> str:
        """Name the rule of the notice that this duty belongs to."""
        return re.sub(r"(-[a-z]+)+$", "", self.id)


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

    def document_of(self, rule: str) -> str:
        """Name the document whose clause a rule cites; a clause of national law names its own."""
        found = self.rules.get(rule)
        return "" if found and found.national else self.document

    def rules_for(self, kind: str, stage: Stage | None) -> list[Rule]:
        """List the rules that a letter comes under, in the order of the notice: those of its kind and of its stage."""
        rules = (rule for rule in self.rules.values() if kind in rule.letters)
        return [rule for rule in rules if not rule.stages or stage in rule.stages]

    def of_anchor(self, anchor: str) -> Rule | None:
        """Return the rule that hangs on no letter but on a day of the calendar, as `quarter_end`, if there is one."""
        periodic = (rule for rule in self.rules.values() if rule.shape == "periodic")
        return next((rule for rule in periodic if rule.anchor == anchor), None)

    @model_validator(mode="before")
    @classmethod
    def _name_rules(cls, data: object) -> object:
        if isinstance(data, Mapping) and isinstance(data.get("rules"), Mapping):
            named = {
                key: {**rule, "id": key} if isinstance(rule, Mapping) else rule for key, rule in data["rules"].items()
            }
            return {**data, "rules": named}
        return data
