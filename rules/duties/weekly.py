"""每周通报: the weekly progress reports of a mediation window (R13).

武政办〔2023〕47号 五一款: "涉诉行政机关收到《委托协调化解函》后,应每周向县司法局通报协调化解进展情况".
Day zero is the day the agency received the letter. Missing one report moves no later one.
"""

from datetime import date

from rules.books.rulebook import Rule
from rules.counting.weeks import Slot, calendar_week_slots, rolling_slots
from rules.duties.anchors import ANCHORS, Anchor
from rules.duties.case import Case
from rules.duties.duty import Duty, DutyState, blank
from rules.duties.window import Window
from rules.letters import events
from rules.letters.facts import Fact
from rules.letters.letter import MediationLetter
from rules.texts import Language, text


def weekly_duties(case: Case, rule: Rule, opened: Window, before: list[Duty]) -> list[Duty]:
    """Give each agency one duty a slot; they stop when the result is sent or the window ends."""
    results = [duty for duty in before if duty.rule == "R07"]
    duties = []
    for agency in case.letter.agency_ids:
        anchor = ANCHORS[rule.anchor](case, agency)
        ended_on, ended_by = _stopped(opened, [duty for duty in results if duty.agency in (None, agency)])
        if not isinstance(anchor, Anchor):
            waiting = blank(rule, agency, (agency,)).model_copy(update={"state": DutyState.WAITING})
            duties.append(case.close(waiting, None, None, ended_on, ended_by))
            continue
        slots_of = rolling_slots if case.readings.r13.mode == "rolling" else calendar_week_slots
        slots = slots_of(anchor.on, opened.reckoning.due, case.calendar, case.roll, rule.clause)
        slots = [slot for slot in slots if opened.ran_on(slot.reckoning.due)]
        reports = _reports(case, agency, slots, anchor.on)
        for slot in slots:
            duty = case.fill(blank(rule, agency, (agency,), f".{slot.number}"), slot.reckoning)
            named = {"act": _week(duty.act, slot, "zh"), "act_en": _week(duty.act_en, slot, "en")}
            duty = duty.model_copy(update={"slot": slot.number, "covers": (slot.first, slot.last), **named})
            report, done_on = reports.get(slot.number, (None, None))
            duties.append(case.close(duty, report, done_on, ended_on, ended_by))
    return duties


def _week(act: str, slot: Slot, language: Language) -> str:
    return text("act.week", language, act=act, week=slot.number)


def _stopped(opened: Window, results: list[Duty]) -> tuple[date | None, str]:
    """Give the day the weekly reports stop: the window's end, or the day the result letter was sent."""
    stops = [(duty.satisfied_on, "result") for duty in results if duty.satisfied_on is not None]
    stops += [(duty.ended_on, duty.ended_by) for duty in results if duty.ended_on is not None]
    if opened.ended_on is not None:
        stops.append((opened.ended_on, opened.ended_by))
    return min(stops, default=(None, ""))


def _reports(case: Case, agency: str, slots: list[Slot], received: date) -> dict[int, tuple[Fact, date]]:
    """Match reports to slots, as slot number to the report and the day it was made.

    A report belongs to the slot it names, else to the earliest slot that has begun and is not past its due date.
    Slots that were already overdue then are made up for by the same report, and count as late.
    """
    found: dict[int, tuple[Fact, date]] = {}
    if isinstance(case.letter, MediationLetter) and slots:
        # A21: feedback given on the oral notice of the same matter counts as the first week's progress.
        for earlier in case.letter.earlier_feedback:
            if earlier.agency == agency:
                found[slots[0].number] = Fact("earlier", None, case.letter.received_at, ""), earlier.on
    for fact in case.facts.of(events.Progress, agency):
        if fact.event.slot is not None:
            meant = [slot for slot in slots if slot.number >= fact.event.slot][:1]
        else:
            begun = [slot for slot in slots if (received if slot is slots[0] else slot.first) <= fact.on]
            in_time = [slot for slot in begun if fact.on <= slot.reckoning.due and slot.number not in found]
            overdue = [slot for slot in slots if slot.reckoning.due < fact.on]
            meant = in_time[:1] + overdue
        for slot in meant:
            found.setdefault(slot.number, (fact, fact.on))
    return found
