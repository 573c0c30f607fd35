"""每周通报: the weekly progress reports of a mediation window (R13).

武政办〔2023〕47号 五一款: "涉诉行政机关收到《委托协调化解函》后,应每周向县司法局通报协调化解进展情况".
Day zero is the day the agency received the letter. Missing one report moves no later one.
"""

from datetime import date

from rules.books.model import Rule
from rules.counting.weeks import Slot, calendar_week_slots, rolling_slots
from rules.duties.day_zeros import WAITING, Anchor
from rules.duties.duty import Duty, DutyState, blank
from rules.duties.shapes import found
from rules.duties.situation import Act, Ended, Situation
from rules.kinds.mediation_letter.letter import MediationLetter, Progress
from rules.kinds.mediation_letter.window import Window, window
from rules.letters.events import Event, Returned
from rules.texts import Language, text


def weekly_duties(situation: Situation[MediationLetter], rule: Rule) -> list[Duty]:
    """Give each agency one duty a slot; they stop when the result is sent or the window ends."""
    opened = situation.once(window)
    assert opened is not None
    duties = []
    for agency in situation.letter.agency_ids:
        anchor = found(situation, rule, agency)
        ended = _stopped(situation, rule, opened, agency)
        if anchor is WAITING:
            waiting = blank(rule, agency, (agency,)).model_copy(update={"state": DutyState.WAITING})
            duties.append(situation.close(waiting, None, ended))
        elif isinstance(anchor, Anchor):
            duties += _weeks(situation, rule, opened, agency, anchor.on, ended)
    return duties


def _weeks(
    situation: Situation[MediationLetter], rule: Rule, opened: Window, agency: str, received: date, ended: Ended | None
) -> list[Duty]:
    slots_of = rolling_slots if situation.readings.weekly.mode == "rolling" else calendar_week_slots
    slots = slots_of(received, opened.reckoning.due, situation.calendar, situation.roll, rule.clause)
    slots = [slot for slot in slots if opened.ran_on(slot.reckoning.due)]
    reports = _reports(situation, agency, slots, received)
    duties = []
    for slot in slots:
        duty = situation.fill(blank(rule, agency, (agency,), f".{slot.number}"), slot.reckoning)
        named = {"act": _week(duty.act, slot, "zh"), "act_en": _week(duty.act_en, slot, "en")}
        duty = duty.model_copy(update={"slot": slot.number, "covers": (slot.first, slot.last), **named})
        duties.append(situation.close(duty, reports.get(slot.number), ended))
    return duties


def _week(act: str, slot: Slot, language: Language) -> str:
    return text("act.week", language, act=act, week=slot.number)


def _stopped(situation: Situation[MediationLetter], rule: Rule, opened: Window, agency: str) -> Ended | None:
    """Tell when the weekly reports stop: at the window's end or their own, or the day the result letter was sent."""
    results = [duty for duty in situation.worked_out.get("result", []) if duty.agency in (None, agency)]
    stops = [Ended(duty.satisfied_on, "result") for duty in results if duty.satisfied_on is not None]
    stops += [Ended(duty.ended_on, duty.ended_by) for duty in results if duty.ended_on is not None]
    stops += [ended for ended in (opened.ended, situation.ended(rule.cancelled_by, agency)) if ended is not None]
    return min(stops, default=None)


def _reports(situation: Situation[MediationLetter], agency: str, slots: list[Slot], received: date) -> dict[int, Act]:
    """Match reports to slots, as slot number to the report.

    A report belongs to the slot it names, else to the earliest slot that has begun and is not past its due date.
    Slots that were already overdue then are made up for by the same report, and count as late.
    """
    reported: dict[int, Act] = {}
    if slots and (earlier := _earlier_report(situation, agency)):
        reported[slots[0].number] = earlier
    for fact in situation.facts.of(Progress, agency):
        if fact.event.slot is not None:
            meant = [slot for slot in slots if slot.number >= fact.event.slot][:1]
        else:
            begun = [slot for slot in slots if (received if slot is slots[0] else slot.first) <= fact.on]
            in_time = [slot for slot in begun if fact.on <= slot.reckoning.due and slot.number not in reported]
            overdue = [slot for slot in slots if slot.reckoning.due < fact.on]
            meant = in_time[:1] + overdue
        for slot in meant:
            reported.setdefault(slot.number, Act(fact.id, fact.on, fact.at))
    return reported


def _earlier_report(situation: Situation[MediationLetter], agency: str) -> Act | None:
    """Find what an agency had reported on another letter of the matter before this one came (A21).

    It counts as the first week's progress, unless the bureau has sent it back.
    """
    found: list[Act] = []
    for other in situation.others:
        returned = {fact.event.of for fact in other.facts.of(Returned, agency)}
        for fact in other.facts.of(Event, agency):
            early = fact.event.first_report and fact.on <= situation.letter.received_on
            if early and fact.event.type not in returned:
                found.append(Act(fact.id, fact.on, fact.at))
    return min(found, key=lambda each: (each.on, each.at, each.id), default=None)
