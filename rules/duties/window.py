"""协调化解期限: the mediation window, its extensions and its end (R05, R06, R07).

武政办〔2023〕47号 一(一)三款: "《委托协调化解函》的协调化解期限原则上为一个月,在征得各方当事人同意后可以延长,
涉诉行政机关应及时将延长情况函告人民法院,并抄送县司法局。"
Day zero is the start that the letter states, else the day the bureau received it (A04).
"""

from datetime import date
from typing import NamedTuple

from rules.books.rulebook import Rule, Shape
from rules.counting.period import Reckoning, Unit, count, extend, extend_to, stated
from rules.duties.case import Case
from rules.letters import events
from rules.letters.facts import Fact
from rules.letters.letter import MediationLetter, Role, Stage
from rules.values import Frozen


class Extension(Frozen):
    """One extension: what it still lacks, and once complete its new dates and whether it came after the expiry."""

    round: int
    missing: tuple[str, ...]
    consented: tuple[str, ...]
    last_consent: date | None = None
    takes_effect_on: date | None = None
    old_due: date
    new_nominal: date | None = None
    new_due: date | None = None
    late: bool = False

    @property
    def complete(self) -> bool:
        """Tell whether every consent, the letter to the court and the bureau's copy are there."""
        return not self.missing


class Window(NamedTuple):
    """The window as it stands: the count of its expiry, its extensions, and what ended it early."""

    reckoning: Reckoning
    extensions: tuple[Extension, ...]
    ended_on: date | None
    ended_by: str

    @property
    def missed(self) -> tuple[date, ...]:
        """List the legal expiries that had passed before a late extension took effect (逾期延长)."""
        return tuple(extension.old_due for extension in self.extensions if extension.late)

    def ran_on(self, day: date) -> bool:
        """Tell whether the window ran on a day before its end, as far as anybody could know then.

        Between an expiry and the extension that came after it there was no window.
        """
        return not any(
            extension.late and extension.takes_effect_on and extension.old_due <= day < extension.takes_effect_on
            for extension in self.extensions
        )


def window(case: Case, rule: Rule) -> Window:
    """Work out the window of a mediation letter from its facts."""
    assert isinstance(case.letter, MediationLetter)
    reckoning = _month(case, case.letter, rule)
    extensions: list[Extension] = []
    kinds = (events.Consent, events.Extension) if rule.extended_by else ()
    used = {fact.event.round for kind in kinds for fact in case.facts.of(kind)}
    for round_ in range(1, max(used, default=0) + 1):
        extension, reckoning = _extended(case, case.letter, reckoning, round_)
        extensions.append(extension)
        if not extension.complete:
            break
    ended = case.ending(rule.cancelled_by)
    ended_on, ended_by = (ended.on, ended.event.type) if ended else (None, "")
    filed = _filed(case, case.letter)
    if filed is not None and (ended_on is None or filed < ended_on):
        ended_on, ended_by = filed, "filed"
    return Window(reckoning, tuple(extensions), ended_on, ended_by)


def window_rule(case: Case) -> Rule:
    """Find the rule that gives this kind of letter its window."""
    return next(rule for rule in case.book.rules_for(case.letter.kind) if rule.shape is Shape.WINDOW)


def parties(case: Case, letter: MediationLetter) -> tuple[str, ...]:
    """List whose consent an extension needs (A09): the agencies, and the parties already notified."""
    roles = {Role.PLAINTIFF, Role.DEFENDANT}
    if case.readings.r06.parties == "notified":
        roles.add(Role.THIRD_PARTY)
    others = tuple(
        party.name
        for party in letter.parties
        if party.role in roles and (party.notified or party.role is not Role.THIRD_PARTY)
    )
    return tuple(each.agency for each in letter.agencies) + others


def _month(case: Case, letter: MediationLetter, rule: Rule) -> Reckoning:
    start, why = _start(case, letter)
    if letter.window_end is not None:
        return stated(letter.window_end, start, case.calendar, case.roll, clause=rule.clause)
    assert rule.length is not None and rule.unit is not None
    return count(start, rule.length, rule.unit, case.calendar, case.roll, why, rule.clause)


def _start(case: Case, letter: MediationLetter) -> tuple[date, str]:
    if letter.window_start is not None:
        return letter.window_start, "stated_start"
    if case.readings.r05.anchor == "letter_date" and letter.issued_on is not None:
        return letter.issued_on, "letter_date"
    if case.readings.r05.anchor == "agency_receipt":
        received = [day for agency in letter.agency_ids if (day := case.agency_received(agency))]
        if received:
            return min(received), "agency_received"
    return case.receipt(letter.received_at), "bureau_receipt"


def _filed(case: Case, letter: MediationLetter) -> date | None:
    """Give the day the case was filed, where that ends a window that began before it (A23)."""
    if case.readings.r05.on_filing == "continue" or letter.stage is not Stage.PRE:
        return None
    return next((fact.on for fact in case.facts.of(events.StageChange) if fact.event.stage is Stage.TRIAL), None)


def _extended(case: Case, letter: MediationLetter, old: Reckoning, round_: int) -> tuple[Extension, Reckoning]:
    """Judge one extension: it takes effect only when consent, letter and copy are all there (R06)."""
    consents = {
        fact.event.party: fact for fact in reversed(case.facts.of(events.Consent)) if fact.event.round == round_
    }
    needed = parties(case, letter)
    missing = [f"consent:{party}" for party in needed if party not in consents]
    days = [consents[party].on for party in needed if party in consents]
    last_consent = max(days, default=None) if len(days) == len(needed) else None
    told = next((fact for fact in case.facts.of(events.Extension) if fact.event.round == round_), None)
    sent_on = case.counted_on(told) if told else None
    copied_on = _copied(case, told, round_) if told else None
    missing += ["extension_letter"] if sent_on is None else []
    missing += ["copy"] if copied_on is None else []
    days += [day for day in (sent_on, copied_on) if day]
    if round_ > 1:
        approved = [fact for fact in case.facts.of(events.ExtensionApproved) if fact.event.round == round_]
        missing += [] if approved else ["approval"]
        days += [approved[0].on] if approved else []
    extension = Extension(
        round=round_,
        missing=tuple(missing),
        consented=tuple(consents),
        last_consent=last_consent,
        old_due=old.due,
    )
    if missing or told is None:
        return extension, old
    new = _new_end(case, old, told.event, last_consent, window_rule(case).clause)
    takes_effect_on = max(days)
    return extension.model_copy(
        update={
            "takes_effect_on": takes_effect_on,
            "new_nominal": new.nominal,
            "new_due": new.due,
            "late": takes_effect_on > old.due,
        }
    ), new


def _copied(case: Case, told: Fact, round_: int) -> date | None:
    days = [
        fact.on for fact in case.facts.of(events.Copied) if fact.event.of == "extension" and fact.event.round == round_
    ]
    if told.event.copied_on is not None:
        days.append(told.event.copied_on)
    return min(days, default=None)


def _new_end(case: Case, old: Reckoning, told: events.Extension, last_consent: date | None, clause: str) -> Reckoning:
    """Count the new end: the written one, else the agreed length from the base that A08 names."""
    if told.new_end is not None:
        # A correction of the first end may have gone beyond it since; an extension takes nothing away.
        return max(old, extend_to(old, told.new_end, clause=clause), key=lambda counted: counted.nominal)
    unit = Unit.MONTH if told.months else Unit.DAY
    length = told.months or told.days or 0
    base = case.readings.r06.base
    legs = [old]
    while legs[0].earlier is not None:
        legs.insert(0, legs[0].earlier)
    if base == "day_zero" and unit is Unit.MONTH and all(leg.unit is Unit.MONTH for leg in legs):
        months = length + sum(leg.length for leg in legs)
        return count(legs[0].anchor, months, unit, case.calendar, case.roll, "recounted", clause)
    start = {"rolled": old.due, "last_consent": last_consent}.get(base)
    # Counted from the consent, a short length may end before the window does; an extension takes nothing away.
    return max(old, extend(old, length, unit, base=start, clause=clause), key=lambda counted: counted.nominal)
