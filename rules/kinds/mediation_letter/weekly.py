"""每周通报: the weekly progress reports of a mediation window (R13).

武政办〔2023〕47号 五一款: "涉诉行政机关收到《委托协调化解函》后,应每周向县司法局通报协调化解进展情况".
Day zero is the day the agency received the letter. Missing one report moves no later one.
"""

from datetime import date, datetime

from rules.books.model import Rule
from rules.counting.clock import local_date
from rules.counting.weeks import Slot, calendar_week_slots, rolling_slots
from rules.duties.day_zeros import WAITING, Anchor
from rules.duties.duty import Duty, blank
from rules.duties.lamp import DutyState
from rules.duties.shapes import found
from rules.duties.situation import Act, Ended, Situation
from rules.kinds.mediation_letter.letter import MediationLetter, Progress
from rules.kinds.mediation_letter.window import Window, window
from rules.letters.events import Event, Returned, Told
from rules.texts import Language, text

Reports = dict[int, Act]
"""What answered a week, by the number of its slot."""


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
    reports = _reports(situation, rule, agency, slots, received)
    known = _known(situation, agency)
    duties = []
    for slot in slots:
        duty = situation.fill(blank(rule, agency, (agency,), f".{slot.number}"), slot.reckoning)
        named = {"act": _week(duty.act, slot, "zh"), "act_en": _week(duty.act_en, slot, "en")}
        duty = duty.model_copy(update={"slot": slot.number, "covers": (slot.first, slot.last), **named})
        duty = situation.close(duty, reports.get(slot.number), ended)
        # A week that was over before anybody could ask for it: what the bureau typed late makes no agency late.
        unasked = duty.due_at is not None and duty.due_at <= known and not duty.history
        duties.append(situation.spare(duty, local_date(known), "not_asked") if unasked else duty)
    return duties


def _known(situation: Situation[MediationLetter], agency: str) -> datetime:
    """Return since when anybody could ask an agency for its weeks: its receipt was on record from then on."""
    recorded = [fact.at for fact in situation.facts.of(Told, agency)]
    recorded += [situation.registered_at] if situation.letter.service(agency).received_on else []
    return min(recorded)


def _week(act: str, slot: Slot, language: Language) -> str:
    return text("act.week", language, act=act, week=slot.number)


def _stopped(situation: Situation[MediationLetter], rule: Rule, opened: Window, agency: str) -> Ended | None:
    """Tell when the weekly reports stop: at the window's end or their own, or the day the result letter was sent."""
    results = [duty for duty in situation.worked_out.get("result", []) if duty.agency in (None, agency)]
    stops = [Ended(duty.satisfied_on, "result") for duty in results if duty.satisfied_on is not None]
    stops += [Ended(duty.ended_on, duty.ended_by) for duty in results if duty.ended_on is not None]
    stops += [ended for ended in (opened.ended, situation.ended(rule.cancelled_by, agency)) if ended is not None]
    return min(stops, default=None)


def _reports(
    situation: Situation[MediationLetter], rule: Rule, agency: str, slots: list[Slot], received: date
) -> Reports:
    """Match reports to slots, as slot number to the report.

    A report answers the weeks that it says it is for, and one week where it says nothing: the one that is running,
    or where that is reported, or none is, the first that was missed. Weeks that a calendar has parted, and that were
    shown as one until then, are one still.
    """
    reported: Reports = {}
    if slots and (earlier := _earlier_report(situation, agency)):
        reported[slots[0].number] = earlier
    shown = {
        slot.number: max(slot.reckoning.due, situation.shown_before(_key(rule, agency, slot)) or date.min)
        for slot in slots
    }
    for fact in situation.facts.of(Progress, agency):
        # A merged slot has the number of its last week.
        named = [next((slot.number for slot in slots if slot.number >= week), None) for week in fact.event.weeks]
        # The first week begins with the receipt itself, though that day is not counted.
        begun = [slot.number for slot in slots if (received if slot is slots[0] else slot.first) <= fact.on]
        left = [number for number in begun if number not in reported]
        running = [number for number in left if fact.on <= shown[number]]
        one = [number for number in running if shown[number] == shown[running[0]]] or left[:1]
        for number in named or one:
            if number is not None:
                reported.setdefault(number, Act(fact.id, fact.on, fact.at))
    return reported


def _key(rule: Rule, agency: str, slot: Slot) -> str:
    return blank(rule, agency, (agency,), f".{slot.number}").key


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
