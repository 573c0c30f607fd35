"""协调化解: the duties of a mediation window; its month, its extensions and its result letter."""

from datetime import date, timedelta

from rules.books.rulebook import Rule
from rules.counting.period import Reckoning, Roll, Unit, count, stated
from rules.duties.case import Case
from rules.duties.duty import Duty, DutyState, blank
from rules.duties.fulfilment import concerned
from rules.duties.window import Window
from rules.letters import events
from rules.letters.facts import Fact
from rules.letters.letter import MediationLetter


def window_duties(case: Case, rule: Rule, opened: Window, before: list[Duty]) -> list[Duty]:
    """R05: the window itself, open until its last result letter or until something else ends it."""
    duty = case.dated(case.fill(blank(rule, None, case.letter.agency_ids), opened.reckoning))
    if opened.ended_on is not None:
        ended = {"state": DutyState.CANCELLED, "ended_on": opened.ended_on, "ended_by": opened.ended_by}
        return [duty.model_copy(update=ended)]
    return [duty]


def close_window(duties: list[Duty]) -> list[Duty]:
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


def extension_duties(case: Case, rule: Rule, opened: Window, before: list[Duty]) -> list[Duty]:
    """R06: once every party has consented, the court must be told promptly and never after the old expiry."""
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


def result_duties(case: Case, rule: Rule, opened: Window, before: list[Duty]) -> list[Duty]:
    """R07: the result goes to the court before the window expires; the last day itself is in time (A06)."""
    assert isinstance(case.letter, MediationLetter)
    reckoning = _governing(case, opened)
    if not case.readings.r07.inclusive:
        day = reckoning.due - timedelta(days=1)
        day_before = stated(day, reckoning.anchor, case.calendar, Roll.NONE, "day_before_expiry", rule.clause)
        reckoning = day_before._replace(provisional=reckoning.provisional)
    separate = [(agency, agency, (agency,)) for agency in case.letter.agency_ids]
    duties = []
    for key, agency, agencies in concerned(case, rule) if case.letter.joint_result else separate:
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
    latest = max((fact.event.expiry for fact in case.other_windows), default=opened.reckoning.due)
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
