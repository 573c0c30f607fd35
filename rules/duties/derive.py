"""From facts to duties: each rule's shape is one function here, and the result depends on nothing else.

`derive` is a pure function of the letter, the set of its events, the rulebook and the calendar: the order in which
events arrived makes no difference, and a corrected date moves everything that hangs on it.
"""

from collections.abc import Callable
from datetime import date, time, timedelta
from typing import NamedTuple

from rules.book.rulebook import Rule, Shape
from rules.counting.clock import local
from rules.counting.period import Reckoning, Roll, Unit, count, stated
from rules.duties.anchors import ANCHORS, ANSWERED, WAITING, Anchor, Found
from rules.duties.case import Case
from rules.duties.duty import Duty, DutyState, blank
from rules.duties.hearing import hearing_duties, substitute_duties
from rules.duties.weekly import weekly_duties
from rules.duties.window import Window, window, window_rule
from rules.letters import events
from rules.letters.facts import Fact
from rules.letters.letter import MediationLetter, ResponseNotice, stage_at_receipt


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
        duties.extend(_SHAPES[rule.shape](case, rule, opened, duties))
    duties = _close_window(duties)
    if case.facts.void is not None:
        ended = {"state": DutyState.CANCELLED, "ended_on": case.facts.void.event.on, "ended_by": "void"}
        duties = [duty.model_copy(update=ended) for duty in duties]
    return Derived(tuple(duties), opened)


def _agencies(case: Case, rule: Rule) -> list[tuple[str | None, str, tuple[str, ...]]]:
    """List whom a rule makes a duty for: its key, the agency whose facts count, and who is reminded."""
    if rule.per_agency:
        return [(agency, agency, (agency,)) for agency in case.letter.agency_ids]
    return [(None, case.letter.lead, case.letter.agency_ids)]


def _period(case: Case, rule: Rule, opened: Window | None, before: list[Duty]) -> list[Duty]:
    duties = []
    for key, agency, agencies in _agencies(case, rule):
        duty = blank(rule, key, agencies)
        anchor = ANCHORS[rule.anchor](case, agency)
        if anchor is None:
            continue
        done, done_on = _satisfied(case, rule, agency)
        ended_on, ended_by = _ended(case, rule, agency)
        if rule.id == "R08b" and case.readings.r08.report == "soft":
            duties += _soft_duty(case, rule, duty.model_copy(update={"soft": True}), anchor, "reply", agency)
            continue
        if isinstance(anchor, Anchor):
            assert rule.length is not None and rule.unit is not None
            unit = case.unit(rule.unit, rule.short)
            roll = case.roll if rule.roll else Roll.NONE
            reckoning = count(anchor.on, rule.length, unit, case.calendar, roll, anchor.why, rule.clause)
            duty = case.fill(duty, reckoning, anchor.presumed)
        elif done is None:
            duty = duty.model_copy(update={"state": DutyState.WAITING})
        duties.append(case.close(duty, done, done_on, ended_on, ended_by))
        duties += _reworks(case, rule, agency, agencies)
    return duties


def _soft(case: Case, rule: Rule, opened: Window | None, before: list[Duty]) -> list[Duty]:
    duties = []
    for key, agency, agencies in _agencies(case, rule):
        anchor = ANCHORS[rule.anchor](case, agency)
        duties += _soft_duty(case, rule, blank(rule, key, agencies), anchor, rule.soft, agency)
    return duties


def _soft_duty(case: Case, rule: Rule, duty: Duty, anchor: Found, target: str, agency: str) -> list[Duty]:
    """Give a soft duty its target (A15): so many working days after the trigger, 0 for the same working day."""
    if anchor is None:
        return []
    since = anchor.on if isinstance(anchor, Anchor) and rule.anchor in ANSWERED else None
    done, done_on = _satisfied(case, rule, agency, since)
    if anchor is WAITING:
        duty = duty if done else duty.model_copy(update={"state": DutyState.WAITING})
    else:
        days: int = getattr(case.readings.soft, target)
        if days:
            reckoning = count(anchor.on, days, Unit.WORKING_DAY, case.calendar, case.roll, anchor.why, rule.clause)
            duty = case.fill(duty, reckoning)
        else:
            duty = _same_day(case, rule, duty, anchor)
    ended_on, ended_by = _ended(case, rule, agency)
    return [case.close(duty, done, done_on, ended_on, ended_by)]


def _same_day(case: Case, rule: Rule, duty: Duty, anchor: Anchor) -> Duty:
    """立即: the same working day; after office hours or on a day off, noon of the next working day (A15)."""
    moment = local(case.letter.received_at)
    after_hours = moment.time() >= case.book.office.closes or not case.calendar.is_working_day(moment.date())
    target: time | None = None
    if after_hours and anchor.on == moment.date():
        day = case.calendar.shift(anchor.on, 1)
        target = case.book.office.after_hours_target
    else:
        day = case.calendar.next_working_day(anchor.on)
    reckoning = stated(day, anchor.on, case.calendar, Roll.NEXT, anchor.why, rule.clause)
    return case.fill(duty, reckoning._replace(why="at_once")).model_copy(update={"due_time": target})


def _window_duty(case: Case, rule: Rule, opened: Window | None, before: list[Duty]) -> list[Duty]:
    assert opened is not None
    duty = case.dated(case.fill(blank(rule, None, case.letter.agency_ids), opened.reckoning))
    if opened.ended_on is not None:
        ended = {"state": DutyState.CANCELLED, "ended_on": opened.ended_on, "ended_by": opened.ended_by}
        return [duty.model_copy(update=ended)]
    return [duty]


def _close_window(duties: list[Duty]) -> list[Duty]:
    """End the window with its last result letter; until then it is open, expired or not.

    An extension that was agreed and never told to the court is moot then.
    """
    results = [duty for duty in duties if duty.rule == "R07"]
    if not results or any(duty.unfinished for duty in results):
        return duties
    last = max(results, key=lambda duty: duty.satisfied_on or duty.ended_on or date.min)
    sent = last.satisfied_on is not None
    closed = {
        "state": DutyState.DONE if sent else DutyState.CANCELLED,
        "satisfied_on": last.satisfied_on,
        "satisfied_by": last.satisfied_by,
        "ended_on": last.ended_on,
        "ended_by": last.ended_by,
    }
    moot = {
        "state": DutyState.CANCELLED,
        "ended_on": last.satisfied_on or last.ended_on,
        "ended_by": "result" if sent else last.ended_by,
    }
    endings = {"R05": closed, "R06": moot}
    return [
        duty.model_copy(update=endings[duty.rule]) if duty.unfinished and duty.rule in endings else duty
        for duty in duties
    ]


def _extension(case: Case, rule: Rule, opened: Window | None, before: list[Duty]) -> list[Duty]:
    """R06: once every party has consented, the court must be told promptly and never after the old expiry."""
    assert opened is not None
    duties = []
    for extension in opened.extensions:
        if extension.last_consent is None:
            continue
        consented = extension.last_consent
        if days := case.readings.soft.reply:
            promptly = count(consented, days, Unit.WORKING_DAY, case.calendar, case.roll, "last_consent", rule.clause)
        else:
            promptly = stated(consented, consented, case.calendar, Roll.NEXT, "last_consent", rule.clause)
        by_expiry = _taken_over(case, extension.old_due, consented, "before_expiry", rule.clause)
        reckoning = min(promptly, by_expiry, key=lambda counted: counted.due)
        duty = case.fill(blank(rule, None, (case.letter.lead,), f".{extension.round}"), reckoning)
        told = next((f for f in case.facts.of(events.Extension) if f.event.round == extension.round), None)
        lacks = [part for part in extension.missing if part in ("extension_letter", "copy")]
        duty = duty.model_copy(update={"missing": tuple(lacks)})
        done = told if not lacks else None
        done_on = case.counted_on(told) if told and done else None
        duties.append(case.close(duty, done, done_on, opened.ended_on, opened.ended_by))
    return duties


def _result(case: Case, rule: Rule, opened: Window | None, before: list[Duty]) -> list[Duty]:
    """R07: the result goes to the court before the window expires; the last day itself is in time (A06)."""
    assert opened is not None and isinstance(case.letter, MediationLetter)
    reckoning = _governing(case, opened)
    if not case.readings.r07.inclusive:
        day = reckoning.due - timedelta(days=1)
        day_before = stated(day, reckoning.anchor, case.calendar, Roll.NONE, "day_before_expiry", rule.clause)
        reckoning = day_before._replace(provisional=reckoning.provisional)
    separate = [(agency, agency, (agency,)) for agency in case.letter.agency_ids]
    duties = []
    for key, agency, agencies in _agencies(case, rule) if case.letter.joint_result else separate:
        duty = case.fill(blank(rule, key, agencies), reckoning._replace(clause=rule.clause))
        target = case.calendar.previous_working_day(min(opened.reckoning.nominal, reckoning.due))
        done, missing = _sent_result(case, agency if key else None)
        duty = duty.model_copy(update={"target": target, "missing": missing, "missed": opened.missed})
        done_on = case.counted_on(done) if done else None
        ended = case.ending(rule.cancelled_by)
        ended_on, ended_by = (ended.on, ended.event.type) if ended else (None, "")
        if opened.ended_by == "filed":
            ended_on, ended_by = opened.ended_on, "filed"
        duties.append(case.close(duty, done, done_on, ended_on, ended_by))
    return duties


def _governing(case: Case, opened: Window) -> Reckoning:
    """Give the expiry that governs R07: the latest of this window and another one of the same matter (A24)."""
    told = sorted(case.facts.of(events.OtherLetter), key=lambda fact: fact.recorded)
    others = {fact.event.letter: fact.event.expiry for fact in told}
    latest = max(others.values(), default=opened.reckoning.due)
    if latest <= opened.reckoning.due:
        return opened.reckoning
    return _taken_over(case, latest, opened.reckoning.anchor, "other_window", "")


def _taken_over(case: Case, day: date, anchor: date, why: str, clause: str) -> Reckoning:
    """Take a date over from an expiry: it does not roll again, and is as provisional as the expiry is."""
    provisional = case.roll is Roll.NEXT and not case.calendar.is_published(day)
    return stated(day, anchor, case.calendar, Roll.NONE, why, clause)._replace(provisional=provisional)


def _sent_result(case: Case, agency: str | None) -> tuple[Fact | None, tuple[str, ...]]:
    """Find the first complete result letter of which the bureau has its copy, and what the last one lacks."""
    missing: tuple[str, ...] = ()
    for fact in case.facts.of(events.Result, agency):
        copies = [
            copy for copy in case.facts.of(events.Copied, agency) if copy.event.of == "result" and copy.on >= fact.on
        ]
        lacks = [*fact.event.missing]
        if fact.event.copied_on is None and not copies:
            lacks.append("copy")
        if case.counted_on(fact) is None:
            lacks.append("arrived_on")
        if not lacks:
            return fact, ()
        missing = tuple(lacks)
    return None, missing


def _open(case: Case, rule: Rule, opened: Window | None, before: list[Duty]) -> list[Duty]:
    """An open task has no date: R10 until the court decides, R15 until the analysis is reported."""
    duties = []
    for key, agency, agencies in _agencies(case, rule):
        anchor = ANCHORS[rule.anchor](case, agency)
        if anchor is None:
            continue
        duty = blank(rule, key, agencies)
        if isinstance(anchor, Anchor):
            duty = duty.model_copy(update={"anchor": anchor.on})
        done, done_on = _satisfied(case, rule, agency)
        ended_on, ended_by = _ended(case, rule, agency)
        if rule.id == "R10" and ended_by == "judgment_given":
            ended_by = "not_corrected"
        duties.append(case.close(duty, done, done_on, ended_on, ended_by))
    return duties


def _weekly(case: Case, rule: Rule, opened: Window | None, before: list[Duty]) -> list[Duty]:
    assert opened is not None
    results = [duty for duty in before if duty.rule == "R07"]
    return weekly_duties(case, rule, opened, results)


def _hearing(case: Case, rule: Rule, opened: Window | None, before: list[Duty]) -> list[Duty]:
    return hearing_duties(case, rule)


def _substitute(case: Case, rule: Rule, opened: Window | None, before: list[Duty]) -> list[Duty]:
    return substitute_duties(case, rule)


_SHAPES: dict[Shape, Callable[[Case, Rule, Window | None, list[Duty]], list[Duty]]] = {
    Shape.PERIOD: _period,
    Shape.SOFT: _soft,
    Shape.WINDOW: _window_duty,
    Shape.EXTENSION: _extension,
    Shape.RESULT: _result,
    Shape.WEEKLY: _weekly,
    Shape.HEARING: _hearing,
    Shape.SUBSTITUTE: _substitute,
    Shape.OPEN: _open,
}


def _satisfied(case: Case, rule: Rule, agency: str, since: date | None = None) -> tuple[Fact | None, date | None]:
    """Find when a duty was fulfilled: every kind of event it asks for is there, the last of them counts.

    An answer to a paper counts from the day of that paper, `since`, and its acts follow each other.
    """
    if rule.id == "R08a" and isinstance(case.letter, ResponseNotice) and case.letter.told_by_agency:
        received = case.letter.received_on
        return Fact("registration", None, case.letter.received_at, ""), received
    firsts = []
    for name in rule.satisfied_by:
        facts = [fact for fact in case.facts.named(name, agency) if _is_for(fact, rule)]
        if since is not None:
            facts = [fact for fact in facts if fact.on >= since]
        if not facts:
            return None, None
        firsts.append(facts[0])
        since = facts[0].on if since is not None else None
    if not firsts:
        return None, None
    last = max(firsts, key=lambda fact: (fact.on, fact.at, fact.id))
    return last, last.on


def _is_for(fact: Fact, rule: Rule) -> bool:
    """Tell whether an act was done towards whom the rule asks: by the bureau, to the court or to the county."""
    if isinstance(fact.event, events.Told):
        return rule.obligor != "bureau" or fact.event.told_by == "bureau"
    if isinstance(fact.event, events.Forwarded):
        return fact.event.to in rule.obligee
    return True


def _ended(case: Case, rule: Rule, agency: str) -> tuple[date | None, str]:
    fact = case.ending(rule.cancelled_by, agency)
    if rule.id == "R03" and case.readings.r03.superseded:
        others = case.facts.of(events.OtherLetter)
        if others and (fact is None or others[0].on < fact.on):
            fact = others[0]
    return (fact.on, fact.event.type) if fact else (None, "")


def _reworks(case: Case, rule: Rule, agency: str, agencies: tuple[str, ...]) -> list[Duty]:
    """Give each paper that was sent back a duty of its own: the first date stands, the rework has the bureau's."""
    duties = []
    returned = [f for f in case.facts.of(events.Returned, agency) if f.event.of in rule.satisfied_by]
    for number, fact in enumerate(returned, start=1):
        duty = blank(rule, agency, agencies, f"-rework{number}")
        reckoning = stated(fact.event.rework_by, fact.on, case.calendar, Roll.NONE, "rework", rule.clause)
        papers = case.facts.named(fact.event.of, agency)
        again = next((paper for paper in papers if (paper.on, paper.at) > (fact.on, fact.at)), None)
        ended_on, ended_by = _ended(case, rule, agency)
        duty = case.fill(duty, reckoning)
        duties.append(case.close(duty, again, again.on if again else None, ended_on, ended_by))
    return duties
