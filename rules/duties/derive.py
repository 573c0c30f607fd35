"""From facts to duties: each rule's shape is one function, and the result depends on nothing else.

`derive` is a pure function of the letter, the set of its events, the rulebook and the calendar: the order in which
events arrived makes no difference, and a corrected date moves everything that hangs on it.
"""

from collections.abc import Callable
from datetime import time
from typing import NamedTuple

from rules.books.rulebook import Rule, Shape
from rules.counting.clock import local
from rules.counting.period import Roll, Unit, count, stated
from rules.duties.anchors import ANCHORS, WAITING, Anchor, Found
from rules.duties.case import Case
from rules.duties.duty import Duty, DutyState, blank
from rules.duties.fulfilment import concerned, ended, satisfied
from rules.duties.hearing import hearing_duties, substitute_duties
from rules.duties.mediation import close_window, extension_duties, result_duties, window_duties
from rules.duties.weekly import weekly_duties
from rules.duties.window import Window, window, window_rule
from rules.letters import events
from rules.letters.letter import MediationLetter, stage_at_receipt
from rules.texts import text


class Derived(NamedTuple):
    """The duties of a letter, and its mediation window if it has one."""

    duties: tuple[Duty, ...]
    window: Window | None


def derive(case: Case) -> Derived:
    """Work out every duty of a letter; a voided letter's are all cancelled."""
    opened = window(case, window_rule(case)) if isinstance(case.letter, MediationLetter) else None
    duties: list[Duty] = []
    for rule in case.book.rules_for(case.letter.kind):
        if rule.stages and stage_at_receipt(case.letter) not in rule.stages:
            continue
        if opened is not None and rule.shape in _WINDOW_SHAPES:
            duties += _WINDOW_SHAPES[rule.shape](case, rule, opened, duties)
        else:
            duties += _SHAPES[rule.shape](case, rule)
    duties = close_window(duties)
    if case.facts.void is not None:
        void = {"state": DutyState.CANCELLED, "ended_on": case.facts.void.event.on, "ended_by": "void"}
        duties = [duty.model_copy(update=void) for duty in duties]
    return Derived(tuple(duties), opened)


def _period(case: Case, rule: Rule) -> list[Duty]:
    duties = []
    for key, agency, agencies in concerned(case, rule):
        duty = blank(rule, key, agencies)
        anchor = ANCHORS[rule.anchor](case, agency)
        if anchor is None:
            continue
        done, done_on = satisfied(case, rule, agency)
        ended_on, ended_by = ended(case, rule, agency)
        if rule.id == "R08b" and case.readings.r08.report == "soft":
            duties += _soft_duty(case, rule, duty.model_copy(update={"soft": True}), anchor, "reply", agency)
            continue
        if isinstance(anchor, Anchor):
            assert rule.length is not None and rule.unit is not None
            unit = case.unit(rule.unit, rule.short)
            roll = case.roll if rule.roll else Roll.NONE
            reckoning = count(anchor.on, rule.length, unit, case.calendar, roll, anchor.why, rule.clause)
            duty = case.fill(duty, reckoning, anchor.presumed, anchor.basis)
        elif done is None:
            duty = duty.model_copy(update={"state": DutyState.WAITING})
        duties.append(case.close(duty, done, done_on, ended_on, ended_by))
        duties += _reworks(case, rule, agency, agencies)
    return duties


def _soft(case: Case, rule: Rule) -> list[Duty]:
    duties = []
    for key, agency, agencies in concerned(case, rule):
        anchor = ANCHORS[rule.anchor](case, agency)
        duties += _soft_duty(case, rule, blank(rule, key, agencies), anchor, rule.soft, agency)
    return duties


def _soft_duty(case: Case, rule: Rule, duty: Duty, anchor: Found, target: str, agency: str) -> list[Duty]:
    """Give a soft duty its target (A15): so many working days after the trigger, 0 for the same working day."""
    if anchor is None:
        return []
    since = anchor.after if isinstance(anchor, Anchor) else None
    done, done_on = satisfied(case, rule, agency, since)
    if anchor is WAITING:
        duty = duty if done else duty.model_copy(update={"state": DutyState.WAITING})
    else:
        days: int = getattr(case.readings.soft, target)
        if days:
            reckoning = count(anchor.on, days, Unit.WORKING_DAY, case.calendar, case.roll, anchor.why, rule.clause)
            duty = case.fill(duty, reckoning)
        else:
            duty = _same_day(case, rule, duty, anchor)
    ended_on, ended_by = ended(case, rule, agency)
    return [case.close(duty, done, done_on, ended_on, ended_by)]


def _same_day(case: Case, rule: Rule, duty: Duty, anchor: Anchor) -> Duty:
    """立即: the same working day; after office hours or on a day off, noon of the next working day (A15)."""
    moment = local(case.letter.received_at)
    after_hours = moment.time() >= case.book.office.closes or not case.calendar.is_working_day(moment.date())
    target: time | None = None
    why = "at_once"
    if after_hours and anchor.on == moment.date():
        day = case.calendar.shift(anchor.on, 1)
        target, why = case.book.office.after_hours_target, "at_once_after_hours"
    else:
        day = case.calendar.next_working_day(anchor.on)
    reckoning = stated(day, anchor.on, case.calendar, Roll.NEXT, anchor.why, rule.clause)
    return case.fill(duty, reckoning._replace(why=why)).model_copy(update={"due_time": target})


def _open(case: Case, rule: Rule) -> list[Duty]:
    """An open task has no date: R10 until the court decides, R15 until the analysis is reported."""
    duties = []
    for key, agency, agencies in concerned(case, rule):
        anchor = ANCHORS[rule.anchor](case, agency)
        if anchor is None:
            continue
        duty = blank(rule, key, agencies)
        if isinstance(anchor, Anchor):
            duty = duty.model_copy(update={"anchor": anchor.on})
        done, done_on = satisfied(case, rule, agency)
        ended_on, ended_by = ended(case, rule, agency)
        if rule.id == "R10" and ended_by == "judgment_given":
            ended_by = "not_corrected"
        duties.append(case.close(duty, done, done_on, ended_on, ended_by))
    return duties


_SHAPES: dict[Shape, Callable[[Case, Rule], list[Duty]]] = {
    Shape.PERIOD: _period,
    Shape.SOFT: _soft,
    Shape.HEARING: hearing_duties,
    Shape.SUBSTITUTE: substitute_duties,
    Shape.OPEN: _open,
}

_WINDOW_SHAPES: dict[Shape, Callable[[Case, Rule, Window, list[Duty]], list[Duty]]] = {
    Shape.WINDOW: window_duties,
    Shape.EXTENSION: extension_duties,
    Shape.RESULT: result_duties,
    Shape.WEEKLY: weekly_duties,
}
"""Shapes that hang on the mediation window; they see the duties before them in the rulebook's order."""


def _reworks(case: Case, rule: Rule, agency: str, agencies: tuple[str, ...]) -> list[Duty]:
    """Give each paper that was sent back a duty of its own: the first date stands, the rework has the bureau's."""
    duties = []
    returned = [f for f in case.facts.of(events.Returned, agency) if f.event.of in rule.satisfied_by]
    for fact in returned:
        # Named by the event: an earlier one that is voided, or recorded late, must not change the others' names.
        duty = blank(rule, agency, agencies, f"-rework-{fact.id[:6]}")
        acts = {"act": text("act.rework", act=duty.act), "act_en": text("act.rework", "en", act=duty.act_en)}
        duty = duty.model_copy(update=acts)
        reckoning = stated(fact.event.rework_by, fact.on, case.calendar, Roll.NONE, "rework", rule.clause)
        papers = case.facts.named(fact.event.of, agency)
        again = next((paper for paper in papers if (paper.on, paper.at) > (fact.on, fact.at)), None)
        ended_on, ended_by = ended(case, rule, agency)
        duty = case.fill(duty, reckoning)
        duties.append(case.close(duty, again, again.on if again else None, ended_on, ended_by))
    return duties
