"""What the second count of every kind of letter has in common: who is bound, when papers came, the generic shapes."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Generic, NamedTuple, TypeVar

from rules.books.model import Rule, Rulebook
from rules.counting.clock import local, local_date
from rules.counting.period import Unit
from rules.letters.cases import Proceeding
from rules.letters.events import Entry, Flagged, Returned, Told
from rules.letters.facts import Facts
from rules.letters.letter import Letter
from rules.recount.days import Days

L = TypeVar("L", bound=Letter)
L_co = TypeVar("L_co", bound=Letter, covariant=True)
L_contra = TypeVar("L_contra", bound=Letter, contravariant=True)

Dates = dict[str, date | None]
"""The due date of each duty by its key, None where it has none yet."""


class Zero(NamedTuple):
    """Whether a duty arises at all, and its day zero if that is known."""

    arises: bool
    day: date | None


class Count(Generic[L_co]):
    """One letter to be counted a second time; `others` are those of its matter."""

    def __init__(
        self,
        letter: L_co,
        at: datetime,
        entries: Iterable[Entry],
        book: Rulebook,
        days: Days,
        second: "SecondCount[L_co]",
    ) -> None:
        self.at = at
        self.facts = Facts(letter, entries)
        self.letter = self.facts.letter
        self.book = book
        self.days = days
        self.second = second
        self.others: list[Count[Letter]] = []
        self.readings = book.readings

    def dates(self) -> Dates:
        """Count every rule of the letter's kind and stage."""
        found: Dates = {}
        for rule in self.rules():
            found |= self.second.shapes[rule.shape](self, rule)
        return found

    def rules(self) -> Iterator[Rule]:
        """Look every rule of the book up for whether it names the letter's kind, and its stage if it names any."""
        for rule in self.book.rules.values():
            if self.letter.kind in rule.letters and (not rule.stages or self.letter.stage_at_receipt in rule.stages):
                yield rule

    def bound(self, rule: Rule) -> list[tuple[str, str]]:
        """List whom a rule binds: the ending of the duty's key, and the agency whose facts count."""
        if rule.per_agency:
            return [(f"@{each}", each) for each in self.letter.agency_ids]
        return [("", self.letter.lead)]

    def zero(self, rule: Rule, agency: str) -> Zero:
        """Look day zero of a rule up among what was recorded."""
        return self.second.zeros[rule.anchor](self, agency)

    def roll(self, day: date) -> date:
        """Move a last day that is off to the next at work, if the county reads it so."""
        return self.days.rolled(day) if self.readings.rule.roll == "next_working_day" else day

    def receipt(self, received: date | datetime) -> date:
        """Return the day on which a receipt counts."""
        day = local_date(received) if isinstance(received, datetime) else received
        if self.readings.receipt.after_hours == "actual":
            return day
        late = isinstance(received, datetime) and local(received).time() >= self.book.office.closes
        return self.days.working(day, 1) if late and not self.days.rests(day) else self.days.rolled(day)

    def received(self, agency: str) -> date | None:
        """Return the day an agency first had the letter from anybody."""
        days = [fact.on for fact in self.facts.of(Told, agency)]
        served = self.letter.service(agency).received_on
        days += [served] if served else []
        return self.receipt(min(days)) if days else None

    def standing(self, paper: str, agency: str) -> tuple[date, datetime] | None:
        """Return the first paper of a type that came after the last one was sent back."""
        back = [fact.moment for fact in self.facts.of(Returned, agency) if fact.event.of == paper]
        papers = [fact.moment for fact in self.facts.named(paper, agency)]
        return min((each for each in papers if not back or each > max(back)), default=None)

    def period(self, rule: Rule) -> Dates:
        """Count so many days from day zero, and take over the dates of what was sent back."""
        when = rule.soft_if
        if when is not None and when.holds(self.readings):
            return self.soft(rule, when.target)
        found: Dates = {}
        for key, agency in self.bound(rule):
            zero = self.zero(rule, agency)
            if not zero.arises:
                continue
            found[f"{rule.id}{key}"] = self._counted(rule, zero.day) if zero.day else None
            for fact in self.facts.of(Returned, agency):
                if fact.event.of in rule.satisfied_by:
                    found[f"{rule.id}-rework-{fact.id[:6]}@{agency}"] = fact.event.rework_by
        return found

    def _counted(self, rule: Rule, day: date) -> date:
        assert rule.length is not None
        if rule.unit is Unit.WORKING_DAY or (rule.short and self.readings.rule.unit == "working_day"):
            return self.days.working(day, rule.length)
        end = day + timedelta(days=rule.length)
        if rule.national:
            return self.days.rolled(end) if rule.roll else end
        return self.roll(end) if rule.roll else end

    def soft(self, rule: Rule, target: str = "") -> Dates:
        """Count the target of a rule that has no number of days."""
        found: Dates = {}
        for key, agency in self.bound(rule):
            zero = self.zero(rule, agency)
            if zero.arises:
                found[f"{rule.id}{key}"] = self._promptly(zero.day, target or rule.soft) if zero.day else None
        return found

    def _promptly(self, day: date, target: str) -> date:
        if working_days := int(getattr(self.readings.soft, target)):
            return self.days.working(day, working_days)
        moment = local(self.letter.received_at)
        closed = moment.time() >= self.book.office.closes or self.days.rests(moment.date())
        return self.days.working(day, 1) if closed and day == moment.date() else self.days.rolled(day)

    def undated(self, rule: Rule) -> Dates:
        """List open tasks, which have no date."""
        return {f"{rule.id}{key}": None for key, agency in self.bound(rule) if self.zero(rule, agency).arises}


Shape = Callable[[Count[L], Rule], Dates]
DayZero = Callable[[Count[L], str], Zero]
Instances = Callable[[Count[L]], Iterable[Proceeding]]


@dataclass(frozen=True)
class SecondCount(Generic[L_contra]):
    """How a kind of letter is counted a second time: its class, each of its shapes, and each of its day zeros.

    `begins` and `ends` list the instances of the case that a letter says have begun, and are over.
    """

    model: type[Letter]
    shapes: Mapping[str, Shape[L_contra]]
    zeros: Mapping[str, DayZero[L_contra]]
    begins: Instances[L_contra]
    ends: Instances[L_contra]


def _bureau_receipt(count: Count[Letter], agency: str) -> Zero:
    return Zero(True, count.receipt(count.letter.received_at))


def _agency_received(count: Count[Letter], agency: str) -> Zero:
    return Zero(True, count.received(agency))


def _flagged(count: Count[Letter], agency: str) -> Zero:
    marked = [fact.on for fact in count.facts.of(Flagged)]
    marked += [count.letter.received_on] if count.letter.major else []
    return Zero(bool(marked), min(marked, default=None))


def _none(count: Count[Letter]) -> Iterable[Proceeding]:
    return ()


_SHAPES: Mapping[str, Shape[Letter]] = {"period": Count.period, "soft": Count.soft, "open": Count.undated}
_ZEROS: Mapping[str, DayZero[Letter]] = {
    "bureau_receipt": _bureau_receipt, "agency_received": _agency_received, "flagged": _flagged,
}  # fmt: skip


def second_count(
    model: type[L],
    zeros: Mapping[str, DayZero[L]] | None = None,
    shapes: Mapping[str, Shape[L]] | None = None,
    *,
    begins: Instances[L] = _none,
    ends: Instances[L] = _none,
) -> SecondCount[L]:
    """Make the second count of a kind: what every kind has, and its own day zeros, shapes and instances."""
    return SecondCount(
        model=model, shapes={**_SHAPES, **(shapes or {})}, zeros={**_ZEROS, **(zeros or {})}, begins=begins, ends=ends
    )
