"""The shapes that every kind of letter has: a period, a soft target, an open task. Each is one function."""

from collections.abc import Iterator, Mapping
from datetime import time

from rules.books.model import Rule
from rules.counting.clock import local
from rules.counting.period import Roll, Unit, count, stated
from rules.duties.day_zeros import WAITING, Anchor, Found
from rules.duties.duty import Duty, DutyState, blank
from rules.duties.fulfilment import Bound, bound, ended, satisfied
from rules.duties.kind import OPTIONAL, Shape, kind_of
from rules.duties.situation import Situation, act
from rules.letters.events import Returned
from rules.letters.letter import Letter
from rules.texts import text


def found(situation: Situation[Letter], rule: Rule, agency: str) -> Found:
    """Return day zero of a rule for an agency."""
    return kind_of(situation.letter).day_zeros[rule.anchor](situation, agency)


def period(situation: Situation[Letter], rule: Rule) -> list[Duty]:
    """So many days or working days from day zero; a paper that was sent back has a date of its own beside."""
    duties = []
    for each in bound(situation, rule):
        anchor = found(situation, rule, each.agency)
        if anchor is None:
            continue
        duty = blank(rule, each.key, each.agencies)
        if rule.soft_if is not None and rule.soft_if.holds(situation.readings):
            duties += _promptly(
                situation, rule, each, duty.model_copy(update={"soft": True}), anchor, rule.soft_if.target
            )
            continue
        done = satisfied(situation, rule, each.agency)
        if isinstance(anchor, Anchor):
            assert rule.length is not None and rule.unit is not None
            unit = rule.unit if rule.national else situation.unit(rule.unit, rule.short)
            rolled = Roll.NEXT if rule.national else situation.roll
            roll = rolled if rule.roll else Roll.NONE
            reckoning = count(anchor.on, rule.length, unit, situation.calendar, roll, anchor.why, rule.clause)
            duty = situation.fill(duty, reckoning, anchor.presumed, anchor.basis)
        elif done is None:
            duty = duty.model_copy(update={"state": DutyState.WAITING})
        duties.append(situation.close(duty, done, ended(situation, rule, each.agency)))
        duties += _reworks(situation, rule, each)
    return duties


def soft(situation: Situation[Letter], rule: Rule) -> list[Duty]:
    """立即, 及时: a target that nobody is overdue by (A15)."""
    duties = []
    for each in bound(situation, rule):
        anchor = found(situation, rule, each.agency)
        duties += _promptly(situation, rule, each, blank(rule, each.key, each.agencies), anchor, rule.soft)
    return duties


def open_task(situation: Situation[Letter], rule: Rule) -> list[Duty]:
    """An open task has no date: it stands until it is done, or something ends it."""
    duties = []
    for each in bound(situation, rule):
        anchor = found(situation, rule, each.agency)
        if anchor is None:
            continue
        duty = blank(rule, each.key, each.agencies)
        if isinstance(anchor, Anchor):
            duty = duty.model_copy(update={"anchor": anchor.on})
        done = satisfied(situation, rule, each.agency)
        duties.append(situation.close(duty, done, ended(situation, rule, each.agency)))
    return duties


def _promptly(
    situation: Situation[Letter], rule: Rule, each: Bound, duty: Duty, anchor: Found, target: str
) -> list[Duty]:
    """Give a soft duty its target: so many working days after the trigger, 0 for the same working day."""
    if anchor is None:
        return []
    since = anchor.after if isinstance(anchor, Anchor) else None
    done = satisfied(situation, rule, each.agency, since)
    if anchor is WAITING:
        duty = duty if done else duty.model_copy(update={"state": DutyState.WAITING})
    else:
        days: int = getattr(situation.readings.soft, target)
        if days:
            unit, calendar = Unit.WORKING_DAY, situation.calendar
            reckoning = count(anchor.on, days, unit, calendar, situation.roll, anchor.why, rule.clause)
            duty = situation.fill(duty, reckoning)
        else:
            duty = _same_day(situation, rule, duty, anchor)
        duty = duty.model_copy(update={"answers": anchor.after is not None})
    return [situation.close(duty, done, ended(situation, rule, each.agency))]


def _same_day(situation: Situation[Letter], rule: Rule, duty: Duty, anchor: Anchor) -> Duty:
    """立即: the same working day; after office hours or on a day off, noon of the next working day (A15)."""
    moment, office, calendar = local(situation.letter.received_at), situation.book.office, situation.calendar
    after_hours = moment.time() >= office.closes or not calendar.is_working_day(moment.date())
    target: time | None = None
    why = "at_once"
    if after_hours and anchor.on == moment.date():
        day = calendar.shift(anchor.on, 1)
        target, why = office.after_hours_target, "at_once_after_hours"
    else:
        day = calendar.next_working_day(anchor.on)
    reckoning = stated(day, anchor.on, calendar, Roll.NEXT, anchor.why, rule.clause)
    return situation.fill(duty, reckoning._replace(why=why)).model_copy(update={"due_time": target})


def _reworks(situation: Situation[Letter], rule: Rule, each: Bound) -> list[Duty]:
    """Return each paper that was sent back a duty of its own: the first date stands, the rework has the bureau's."""
    duties = []
    for fact in situation.facts.of(Returned, each.agency):
        if fact.event.of not in rule.satisfied_by:
            continue
        # Named by the event: an earlier one that is voided, or recorded late, must not change the others' names.
        duty = blank(rule, each.agency, each.agencies, f"-rework-{fact.id[:6]}")
        acts = {"act": text("act.rework", act=duty.act), "act_en": text("act.rework", "en", act=duty.act_en)}
        duty = duty.model_copy(update=acts)
        reckoning = stated(fact.event.rework_by, fact.on, situation.calendar, Roll.NONE, "rework", rule.clause)
        papers = situation.facts.named(fact.event.of, each.agency)
        again = next((paper for paper in papers if paper.moment > fact.moment), None)
        duty = situation.fill(duty, reckoning)
        duties.append(situation.close(duty, act(again), ended(situation, rule, each.agency)))
    return duties


def _of_period(rule: Rule) -> Iterator[tuple[str, str]]:
    if rule.length is None or rule.unit not in (Unit.DAY, Unit.WORKING_DAY):
        yield "length", "shape 'period' needs a length in days or working days"
    yield from fulfillable(rule)


def _of_soft(rule: Rule) -> Iterator[tuple[str, str]]:
    yield from uncounted(rule)
    yield from fulfillable(rule)
    if rule.soft in ("", "open"):
        yield "soft", "a soft rule names its target in readings.soft"


def _of_open(rule: Rule) -> Iterator[tuple[str, str]]:
    yield from uncounted(rule)
    if not rule.cancelled_by:
        yield from fulfillable(rule)


def fulfillable(rule: Rule) -> Iterator[tuple[str, str]]:
    """Say that nothing would ever satisfy a rule."""
    if not rule.satisfied_by:
        yield "satisfied_by", "nothing would ever satisfy it"


def uncounted(rule: Rule) -> Iterator[tuple[str, str]]:
    """Say that a rule has a length and needs none."""
    if rule.length is not None or rule.unit is not None:
        yield "length", f"length and unit go with shape 'period', not {rule.shape!r}"


_ENDINGS = frozenset({"fulfilled_by_registering", "superseded_by", "ended_as"})

GENERIC: Mapping[str, Shape[Letter]] = {
    "period": Shape(period, problems=_of_period, heeds=frozenset(OPTIONAL)),
    "soft": Shape(soft, problems=_of_soft, heeds=_ENDINGS),
    "open": Shape(open_task, problems=_of_open, heeds=_ENDINGS | {"national"}),
}
"""The shapes of every kind, by the names that rulebooks give them."""
