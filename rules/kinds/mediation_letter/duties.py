"""协调化解: the duties of a mediation window; its month, its extensions and its result letter."""

from datetime import date, timedelta

from rules.books.model import Rule
from rules.counting.period import Reckoning, Roll, Unit, count, stated
from rules.duties.duty import Duty, DutyState, blank
from rules.duties.fulfilment import Bound, bound
from rules.duties.situation import Act, Situation
from rules.kinds.mediation_letter.letter import Copied, ExtensionLetter, MediationLetter, Result
from rules.kinds.mediation_letter.window import FILED, Window, window


def window_duties(situation: Situation[MediationLetter], rule: Rule) -> list[Duty]:
    """The window itself, open until its last result letter or until something else ends it (R05)."""
    opened = situation.once(window)
    assert opened is not None
    duty = situation.dated(situation.fill(blank(rule, None, situation.letter.agency_ids), opened.reckoning))
    if opened.ended is not None:
        ended = {"state": DutyState.CANCELLED, "ended_on": opened.ended.on, "ended_by": opened.ended.by}
        return [duty.model_copy(update=ended)]
    last = _last_result(situation)
    if last is None:
        return [duty]
    state = DutyState.CANCELLED if last.satisfied_on is None else DutyState.DONE
    same = ("satisfied_on", "satisfied_by", "ended_on", "ended_by")
    return [duty.model_copy(update={"state": state} | {name: getattr(last, name) for name in same})]


def _last_result(situation: Situation[MediationLetter]) -> Duty | None:
    """Return the result letter that closes the window: the last one, once none is owed any more."""
    results = situation.worked_out.get("result", [])
    if not results or any(duty.unfinished for duty in results):
        return None
    return max(results, key=_ending)


def _ending(duty: Duty) -> tuple[date, bool, str]:
    """Order endings by day, and those of one day by what they are: which rule stands first in the book says nothing."""
    on = duty.satisfied_on or duty.ended_on or date.min
    return on, duty.satisfied_on is not None, duty.satisfied_by or duty.ended_by


def extension_duties(situation: Situation[MediationLetter], rule: Rule) -> list[Duty]:
    """Once every party has consented, the court must be told promptly and never after the old expiry (R06).

    An extension that was agreed and never told to the court is moot once the result has been sent.
    """
    opened, last = situation.once(window), _last_result(situation)
    assert opened is not None
    duties = []
    for extension in opened.extensions:
        if extension.last_consent is None:
            continue
        consented = extension.last_consent
        if days := situation.readings.soft.reply:
            promptly = count(
                consented, days, Unit.WORKING_DAY, situation.calendar, situation.roll, "last_consent", rule.clause
            )
        else:
            promptly = stated(consented, consented, situation.calendar, Roll.NEXT, "last_consent", rule.clause)
        by_expiry = _taken_over(situation, extension.old_due, consented, "before_expiry", rule.clause)
        reckoning = min(promptly, by_expiry, key=lambda counted: counted.due)
        duty = situation.fill(blank(rule, None, (situation.letter.lead,), f".{extension.round}"), reckoning)
        told = next((f for f in situation.facts.of(ExtensionLetter) if f.event.round == extension.round), None)
        lacks = [part for part in extension.missing if part in ("extension_letter", "copy")]
        duty = duty.model_copy(update={"missing": tuple(lacks)})
        done_on = situation.counted_on(told.on, told.event.arrived_on) if told and not lacks else None
        done = Act(told.id, done_on, told.at) if told and done_on else None
        ends = [each for each in (opened.ended, situation.ended(rule.cancelled_by)) if each is not None]
        duty = situation.close(duty, done, min(ends, default=None))
        if duty.unfinished and last is not None:
            by = last.ended_by if last.satisfied_on is None else "result"
            moot = {"state": DutyState.CANCELLED, "ended_on": last.satisfied_on or last.ended_on, "ended_by": by}
            duty = duty.model_copy(update=moot)
        duties.append(duty)
    return duties


def result_duties(situation: Situation[MediationLetter], rule: Rule) -> list[Duty]:
    """The result goes to the court before the window expires; the last day itself is in time (R07, A06)."""
    opened = situation.once(window)
    assert opened is not None
    reckoning = _governing(situation, opened)
    if not situation.readings.result.inclusive:
        day = reckoning.due - timedelta(days=1)
        day_before = stated(day, reckoning.anchor, situation.calendar, Roll.NONE, "day_before_expiry", rule.clause)
        reckoning = day_before._replace(provisional=reckoning.provisional)
    separate = [Bound(agency, agency, (agency,)) for agency in situation.letter.agency_ids]
    duties = []
    for key, agency, agencies in bound(situation, rule) if situation.letter.joint_result else separate:
        duty = situation.fill(blank(rule, key, agencies), reckoning._replace(clause=rule.clause))
        target = situation.calendar.previous_working_day(min(opened.reckoning.nominal, reckoning.due))
        done, missing = _sent_result(situation, agency if key else None)
        duty = duty.model_copy(update={"target": target, "missing": missing, "missed": opened.missed})
        filed = opened.ended if opened.ended and opened.ended.by == FILED else None
        duties.append(situation.close(duty, done, filed or situation.ended(rule.cancelled_by)))
    return duties


def _governing(situation: Situation[MediationLetter], opened: Window) -> Reckoning:
    """Return the expiry that governs R07: the latest of this window and another one of the same matter (A24)."""
    latest = max((other.expiry for other in situation.other_windows), default=opened.reckoning.due)
    if latest <= opened.reckoning.due:
        return opened.reckoning
    return _taken_over(situation, latest, opened.reckoning.anchor, "other_window", "")


def _taken_over(situation: Situation[MediationLetter], day: date, anchor: date, why: str, clause: str) -> Reckoning:
    """Take a date over from an expiry: it does not roll again, and is as provisional as the expiry is."""
    provisional = situation.roll is Roll.NEXT and not situation.calendar.is_published(day)
    return stated(day, anchor, situation.calendar, Roll.NONE, why, clause)._replace(provisional=provisional)


def _sent_result(situation: Situation[MediationLetter], agency: str | None) -> tuple[Act | None, tuple[str, ...]]:
    """Find the first complete result letter of which the bureau has its copy, and what the last one lacks."""
    missing: tuple[str, ...] = ()
    copies = [fact for fact in situation.facts.of(Copied, agency) if fact.event.of == "result"]
    for fact in situation.facts.of(Result, agency):
        counted_on = situation.counted_on(fact.on, fact.event.arrived_on)
        lacks = [*fact.event.missing]
        if fact.event.copied_on is None and not any(copy.on >= fact.on for copy in copies):
            lacks.append("copy")
        if counted_on is None:
            lacks.append("arrived_on")
        elif not lacks:
            return Act(fact.id, counted_on, fact.at), ()
        missing = tuple(lacks)
    return None, missing
