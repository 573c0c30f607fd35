"""协调化解期限: the mediation window, its extensions and its end (R05, R06, R07).

武政办〔2023〕47号 一(一)三款: "《委托协调化解函》的协调化解期限原则上为一个月,在征得各方当事人同意后可以延长,
涉诉行政机关应及时将延长情况函告人民法院,并抄送县司法局。"
Day zero is the start that the letter states, else the day the bureau received it (A04).
"""

from datetime import date
from typing import NamedTuple

from rules.books.model import Rule
from rules.counting.period import Reckoning, Unit, count, extend, extend_to, stated
from rules.duties.day_zeros import WAITING, Anchor, Found
from rules.duties.situation import Ended, Situation
from rules.duties.window import Extension
from rules.kinds.mediation_letter.letter import Consent, Copied, ExtensionApproved, ExtensionLetter, MediationLetter
from rules.letters.events import StageChange
from rules.letters.facts import Fact
from rules.letters.terms import PartyRole, Stage

GONE = ("recall", "superseded")
"""Endings after which a window governs nothing in another letter any more (A24)."""

FILED = "filed"
"""What ended a window that the case outgrew when the court filed it (A23)."""


class Window(NamedTuple):
    """The window as it stands: the count of its expiry, its extensions, and what ended it early."""

    reckoning: Reckoning
    extensions: tuple[Extension, ...]
    ended: Ended | None

    @property
    def start(self) -> date:
        """Return the day it begins: that of its first count, which extensions have prolonged."""
        first = self.reckoning
        while first.earlier is not None:
            first = first.earlier
        return first.anchor

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


def window(situation: Situation[MediationLetter]) -> Window | None:
    """Work out the window of a mediation letter from its facts; None where its rulebook gives its stage none."""
    rule = next((rule for rule in situation.rules if rule.shape == "window"), None)
    if rule is None:
        return None
    reckoning = _month(situation, rule)
    extensions: list[Extension] = []
    used = [fact.event.round for fact in situation.facts.of(Consent)]
    used += [fact.event.round for fact in situation.facts.of(ExtensionLetter)]
    for round_ in range(1, max(used, default=0) + 1 if rule.extended_by else 1):
        extension, reckoning = _extended(situation, rule.clause, reckoning, round_)
        extensions.append(extension)
        if not extension.complete:
            break
    ended = situation.ended(rule.cancelled_by)
    filed = _filed(situation)
    if filed is not None and (ended is None or filed < ended.on):
        ended = Ended(filed, FILED)
    return Window(reckoning, tuple(extensions), ended)


def parties(situation: Situation[MediationLetter]) -> tuple[str, ...]:
    """List whose consent an extension needs (A09): the agencies, and the parties already notified."""
    roles = {PartyRole.PLAINTIFF, PartyRole.DEFENDANT}
    if situation.readings.extension.parties == "notified":
        roles.add(PartyRole.THIRD_PARTY)
    others = tuple(
        party.name
        for party in situation.letter.parties
        if party.role in roles and (party.notified or party.role is not PartyRole.THIRD_PARTY)
    )
    return tuple(each.agency for each in situation.letter.agencies) + others


def _month(situation: Situation[MediationLetter], rule: Rule) -> Reckoning:
    start, why = _start(situation)
    if situation.letter.window_end is not None:
        return stated(situation.letter.window_end, start, situation.calendar, situation.roll, clause=rule.clause)
    assert rule.length is not None and rule.unit is not None
    return count(start, rule.length, rule.unit, situation.calendar, situation.roll, why, rule.clause)


def _start(situation: Situation[MediationLetter]) -> tuple[date, str]:
    if situation.letter.window_start is not None:
        return situation.letter.window_start, "stated_start"
    if situation.readings.window.anchor == "letter_date" and situation.letter.issued_on is not None:
        return situation.letter.issued_on, "letter_date"
    if situation.readings.window.anchor == "agency_receipt":
        received = [day for agency in situation.letter.agency_ids if (day := situation.agency_received(agency))]
        if received:
            return min(received), "agency_received"
    return situation.receipt(situation.letter.received_at), "bureau_receipt"


def _filed(situation: Situation[MediationLetter]) -> date | None:
    """Return the day the case was filed, where that ends a window that began before it (A23)."""
    if situation.readings.window.on_filing == "continue" or situation.letter.stage is not Stage.PRE:
        return None
    return next((fact.on for fact in situation.facts.of(StageChange) if fact.event.stage is Stage.TRIAL), None)


def _extended(
    situation: Situation[MediationLetter], clause: str, old: Reckoning, round_: int
) -> tuple[Extension, Reckoning]:
    """Judge one extension: it takes effect only when consent, letter and copy are all there (R06)."""
    consents = {fact.event.party: fact for fact in reversed(situation.facts.of(Consent)) if fact.event.round == round_}
    needed = parties(situation)
    missing = [f"consent:{party}" for party in needed if party not in consents]
    days = [consents[party].on for party in needed if party in consents]
    last_consent = max(days, default=None) if len(days) == len(needed) else None
    told = next((fact for fact in situation.facts.of(ExtensionLetter) if fact.event.round == round_), None)
    sent_on = situation.counted_on(told.on, told.event.arrived_on) if told else None
    copied_on = _copied(situation, told, round_) if told else None
    missing += ["extension_letter"] if sent_on is None else []
    missing += ["copy"] if copied_on is None else []
    days += [day for day in (sent_on, copied_on) if day]
    if round_ > 1:
        approved = [fact for fact in situation.facts.of(ExtensionApproved) if fact.event.round == round_]
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
    new = _new_end(situation, old, told.event, last_consent, clause)
    takes_effect_on = max(days)
    return extension.model_copy(
        update={
            "takes_effect_on": takes_effect_on,
            "new_nominal": new.nominal,
            "new_due": new.due,
            "late": takes_effect_on > old.due,
        }
    ), new


def _copied(situation: Situation[MediationLetter], told: Fact[ExtensionLetter], round_: int) -> date | None:
    days = [
        fact.on for fact in situation.facts.of(Copied) if fact.event.of == "extension" and fact.event.round == round_
    ]
    if told.event.copied_on is not None:
        days.append(told.event.copied_on)
    return min(days, default=None)


def _new_end(
    situation: Situation[MediationLetter], old: Reckoning, told: ExtensionLetter, last_consent: date | None, clause: str
) -> Reckoning:
    """Count the new end: the written one, else the agreed length from the base that A08 names."""
    if told.new_end is not None:
        # A correction of the first end may have gone beyond it since; an extension takes nothing away.
        return max(old, extend_to(old, told.new_end, clause=clause), key=lambda counted: counted.nominal)
    unit = Unit.MONTH if told.months else Unit.DAY
    length = told.months or told.days or 0
    base = situation.readings.extension.base
    legs = [old]
    while legs[0].earlier is not None:
        legs.insert(0, legs[0].earlier)
    if base == "day_zero" and unit is Unit.MONTH and all(leg.unit is Unit.MONTH for leg in legs):
        months = length + sum(leg.length for leg in legs)
        return count(legs[0].anchor, months, unit, situation.calendar, situation.roll, "recounted", clause)
    start = {"rolled": old.due, "last_consent": last_consent}.get(base)
    # Counted from the consent, a short length may end before the window does; an extension takes nothing away.
    return max(old, extend(old, length, unit, base=start, clause=clause), key=lambda counted: counted.nominal)


def window_start(situation: Situation[MediationLetter], agency: str) -> Found:
    """The day the window begins."""
    opened = situation.once(window)
    return Anchor(opened.start, "window_start") if opened else WAITING


def last_consent(situation: Situation[MediationLetter], agency: str) -> Found:
    """The day the last party consented to the latest extension that all have consented to."""
    opened = situation.once(window)
    days = [each.last_consent for each in (opened.extensions if opened else ()) if each.last_consent]
    return Anchor(days[-1], "last_consent") if days else None
