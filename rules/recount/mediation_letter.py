"""委托协调化解函 counted a second time: the window's ends, its extensions, the result and the weeks."""

from datetime import date, timedelta
from typing import NamedTuple, cast

from rules.books.model import Rule
from rules.kinds.mediation_letter.letter import Consent, Copied, ExtensionApproved, ExtensionLetter, MediationLetter
from rules.letters.facts import Fact
from rules.letters.terms import PartyRole
from rules.recount.count import Count, Dates, Zero, second_count
from rules.recount.days import DAY, months_later

_MOST_EXTENSIONS = 1000
_GONE = ("recall", "superseded")


class _End(NamedTuple):
    """One end of the window, before and after it was rolled."""

    nominal: date
    legal: date


def _window(count: Count[MediationLetter], rule: Rule) -> Dates:
    return {rule.id: _ends(count)[-1].legal}


def _ends(count: Count[MediationLetter]) -> list[_End]:
    """List the window's ends: its own, and one for each extension that is complete; none where there is no window."""
    letter, rule = count.letter, _of_window(count)
    if rule is None:
        return []
    start = _start(count)
    end, months = letter.window_end, 0
    if end is None:
        assert rule.length is not None
        end, months = months_later(start, rule.length), rule.length
    ends = [_End(end, count.roll(end))]
    if not rule.extended_by:
        return ends
    for round_ in range(1, _MOST_EXTENSIONS):
        told, consented = _complete(count, round_)
        if told is None:
            return ends
        nominal, legal = ends[-1]
        more_months, more_days = told.event.months or 0, told.event.days or 0
        months = months + more_months if months and more_months else 0
        new = told.event.new_end
        if new is None and count.readings.extension.base == "day_zero" and months:
            new = months_later(start, months)
            ends.append(_End(new, count.roll(new)))
            continue
        if new is None:
            base = {"rolled": legal, "last_consent": consented}.get(count.readings.extension.base, nominal)
            new = months_later(base, more_months) if more_months else base + timedelta(days=more_days)
        ends.append(_End(new, count.roll(new)) if new > nominal else ends[-1])
    return ends


def _of_window(count: Count[MediationLetter]) -> Rule | None:
    return next((each for each in count.rules() if each.shape == "window"), None)


def _rounds(count: Count[MediationLetter]) -> range:
    """Number the extensions that there may be: those that are complete, and the next one."""
    rule = _of_window(count)
    return range(1, len(_ends(count)) + 1) if rule is not None and rule.extended_by else range(0)


def _start(count: Count[MediationLetter]) -> date:
    letter = count.letter
    if letter.window_start:
        return letter.window_start
    if count.readings.window.anchor == "letter_date" and letter.issued_on:
        return letter.issued_on
    if count.readings.window.anchor == "agency_receipt":
        received = [day for each in letter.agency_ids if (day := count.received(each))]
        if received:
            return min(received)
    return count.receipt(letter.received_at)


def _complete(count: Count[MediationLetter], round_: int) -> tuple[Fact[ExtensionLetter] | None, date]:
    """Return the letter of an extension that has all it needs, and the day of the last consent."""
    consented = _consented(count, round_)
    told = [fact for fact in count.facts.of(ExtensionLetter) if fact.event.round == round_][:1]
    by_arrival = count.readings.compliance.moment == "arrival"
    if not told or consented is None or (by_arrival and told[0].event.arrived_on is None):
        return None, date.min
    copies = [fact for fact in count.facts.of(Copied) if fact.event.of == "extension"]
    copied = told[0].event.copied_on or any(fact.event.round == round_ for fact in copies)
    approved = [fact for fact in count.facts.of(ExtensionApproved) if fact.event.round == round_]
    there = copied and (round_ == 1 or approved)
    return (told[0] if there else None), consented


def _consented(count: Count[MediationLetter], round_: int) -> date | None:
    """Return the day on which the last party consented to an extension, if all have: each party's first word."""
    first: dict[str, date] = {}
    for fact in count.facts.of(Consent):
        if fact.event.round == round_:
            first.setdefault(fact.event.party, fact.on)
    needed = [each.agency for each in count.letter.agencies]
    for party in count.letter.parties:
        third = party.role is PartyRole.THIRD_PARTY
        heard = party.notified and count.readings.extension.parties == "notified" if third else True
        needed += [party.name] if heard else []
    return max(first[each] for each in needed) if all(each in first for each in needed) else None


def _extension(count: Count[MediationLetter], rule: Rule) -> Dates:
    found: Dates = {}
    ends = _ends(count)
    for number in _rounds(count):
        legal, consented = ends[number - 1].legal, _consented(count, number)
        if consented:
            days = count.readings.soft.reply
            promptly = count.days.working(consented, days) if days else count.days.rolled(consented)
            found[f"{rule.id}.{number}"] = min(promptly, legal)
    return found


def _result(count: Count[MediationLetter], rule: Rule) -> Dates:
    expiries = [_ends(count)[-1].legal]
    for other in count.others:
        gone = any(other.facts.named(name) for name in _GONE)
        if isinstance(other.letter, MediationLetter) and not gone:
            expiries += [end.legal for end in _ends(cast("Count[MediationLetter]", other))[-1:]]
    latest = max(expiries)
    due = latest if count.readings.result.inclusive else latest - DAY
    joint = count.letter.joint_result and not rule.per_agency
    keys = [""] if joint else [f"@{each}" for each in count.letter.agency_ids]
    return {f"{rule.id}{key}": due for key in keys}


def _weekly(count: Count[MediationLetter], rule: Rule) -> Dates:
    legal = _ends(count)[-1].legal
    found: Dates = {}
    for agency in count.letter.agency_ids:
        zero = count.zero(rule, agency)
        if zero.day is None:
            found |= {f"{rule.id}@{agency}": None} if zero.arises else {}
            continue
        weeks_of = _rolling if count.readings.weekly.mode == "rolling" else _calendar_weeks
        # Weeks that end on one day are one report, under the last one's number.
        for due, number in {due: number for number, due in weeks_of(count, zero.day, legal)}.items():
            found[f"{rule.id}.{number}@{agency}"] = due
    return found


def _rolling(count: Count[MediationLetter], received: date, legal: date) -> list[tuple[int, date]]:
    found, number = [], 1
    while (due := count.roll(received + timedelta(days=7 * number))) < legal:
        found.append((number, due))
        number += 1
    return found


def _calendar_weeks(count: Count[MediationLetter], received: date, legal: date) -> list[tuple[int, date]]:
    found, number = [], 1
    monday = received - timedelta(days=received.weekday())
    while monday <= legal:
        last = count.days.last_worked(monday + timedelta(days=6))
        if last >= monday and last > received and last < legal:
            found.append((number, last))
        number, monday = number + 1, monday + timedelta(days=7)
    return found


def _window_start(count: Count[MediationLetter], agency: str) -> Zero:
    return Zero(True, _start(count))


def _last_consent(count: Count[MediationLetter], agency: str) -> Zero:
    consented = None
    for round_ in _rounds(count):
        consented = _consented(count, round_) or consented
    return Zero(consented is not None, consented)


SECOND = second_count(
    MediationLetter,
    {"window_start": _window_start, "last_consent": _last_consent},
    {"window": _window, "extension": _extension, "result": _result, "weekly": _weekly},
)
