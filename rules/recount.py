"""核对: every date of a letter worked out a second time, by a plainer road than the engine's.

The audit must not trust what it looks at. So nothing here asks `plan`, `derive`, the calendar's index or the counts
behind them: days are walked one by one through the holiday notices themselves, and each rule's day zero is looked up
anew among what was recorded. It is slower and explains nothing; a difference means that one of the two is wrong.
"""

from collections.abc import Callable, Iterable
from datetime import date, datetime, timedelta

from rules.books.rulebook import Rule, Rulebook, Shape
from rules.counting.clock import local, local_date
from rules.counting.period import Unit
from rules.counting.years import YearDocument
from rules.letters import events
from rules.letters.events import Entry
from rules.letters.facts import Fact, Facts
from rules.letters.letter import (
    AppearanceNotice,
    Document,
    Instance,
    Judgment,
    Letter,
    MediationLetter,
    Outcome,
    Role,
    stage_at_receipt,
)

_DAY = timedelta(days=1)
_FIRST_APPEAL, _RULING_APPEAL = 15, 10
Dates = dict[str, date | None]


class _Days:
    """Which days are off, as the notices list them."""

    def __init__(self, years: Iterable[YearDocument]) -> None:
        self.off: set[date] = set()
        self.work: set[date] = set()
        for year in years:
            if not year.published:
                self.off |= _statutory(year)
                continue
            self.work |= set(year.work)
            for each in year.off:
                day = each.first
                while day <= each.last:
                    self.off.add(day)
                    day += _DAY

    def rests(self, day: date) -> bool:
        return day not in self.work and (day in self.off or day.isoweekday() > 5)

    def rolled(self, day: date) -> date:
        while self.rests(day):
            day += _DAY
        return day

    def working(self, day: date, number: int) -> date:
        while number:
            day += _DAY
            number -= not self.rests(day)
        return day

    def last_worked(self, day: date) -> date:
        while self.rests(day):
            day -= _DAY
        return day


def _statutory(year: YearDocument) -> set[date]:
    days = {each.day for each in year.statutory}
    for day in sorted(each.day for each in year.statutory):
        if day.isoweekday() > 5:
            instead = day
            while instead.isoweekday() > 5 or instead in days:
                instead += _DAY
            days.add(instead)
    return days


def _months(day: date, number: int) -> date:
    year, month = divmod(day.year * 12 + day.month - 1 + number, 12)
    for last in (day.day, 30, 29, 28):
        try:
            return date(year, month + 1, min(day.day, last))
        except ValueError:
            continue
    raise AssertionError(day)


def recounted(letter: Letter, entries: Iterable[Entry], book: Rulebook, years: Iterable[YearDocument]) -> Dates:
    """Give the due date of each duty of a letter by its key, None where it has none; what is over may be among them.

    Duties that wait for their day zero are None too.
    """
    return _Recount(Facts(letter, entries), book, _Days(years)).dates()


class _Recount:
    def __init__(self, facts: Facts, book: Rulebook, days: _Days) -> None:
        self.facts, self.letter, self.book, self.days = facts, facts.letter, book, days
        self.readings = book.readings

    def dates(self) -> Dates:
        found: Dates = {}
        for rule in self.book.rules_for(self.letter.kind):
            if not rule.stages or stage_at_receipt(self.letter) in rule.stages:
                found |= _SHAPES[rule.shape](self, rule)
        return found

    def agencies(self, rule: Rule) -> list[tuple[str, str]]:
        if rule.per_agency:
            return [(f"@{each}", each) for each in self.letter.agency_ids]
        return [("", self.letter.lead)]

    def roll(self, day: date) -> date:
        return self.days.rolled(day) if self.readings.rule.roll == "next_working_day" else day

    def receipt(self, received: date | datetime) -> date:
        day = local_date(received) if isinstance(received, datetime) else received
        if self.readings.receipt.after_hours == "actual":
            return day
        late = isinstance(received, datetime) and local(received).time() >= self.book.office.closes
        return self.days.working(day, 1) if late and not self.days.rests(day) else self.days.rolled(day)

    def received(self, agency: str) -> date | None:
        days = [fact.on for fact in self.facts.of(events.Told, agency)]
        served = self.letter.service(agency).received_on
        days += [served] if served else []
        return self.receipt(min(days)) if days else None

    def standing(self, paper: str, agency: str) -> tuple[date, datetime] | None:
        """Give the first paper of a type that came after the last one was sent back."""
        back = [(fact.on, fact.at) for fact in self.facts.of(events.Returned, agency) if fact.event.of == paper]
        papers = [(fact.on, fact.at) for fact in self.facts.named(paper, agency)]
        return min((each for each in papers if not back or each > max(back)), default=None)

    def anchor(self, rule: Rule, agency: str) -> tuple[bool, date | None]:
        """Tell whether a duty arises at all, and its day zero if that is known."""
        letter, name = self.letter, rule.anchor
        if name == "bureau_receipt":
            return True, self.receipt(letter.received_at)
        if name == "agency_told" and self.readings.r03.anchor == "bureau_call":
            calls = [fact.on for fact in self.facts.of(events.Told, agency) if fact.event.told_by == "bureau"]
            return True, self.receipt(min(calls)) if calls else None
        if name in ("agency_told", "agency_received"):
            return True, self.received(agency)
        if name == "notice_served":
            service = letter.service(agency)
            papers = [service.received_on]
            if self.readings.r08.anchor == "later_of_both":
                papers.append(service.materials_on)
            known = [day for day in papers if day]
            return True, self.receipt(max(known)) if service.received_on else None
        if name == "feedback_given":
            given = [each for agency in letter.agency_ids if (each := self.standing("feedback", agency))]
            forwarded = max(((fact.on, fact.at) for fact in self.facts.of(events.Forwarded)), default=None)
            left = [each for each in given if forwarded is None or each > forwarded]
            first = min(left) if left else max(given, default=None)
            return first is not None, first[0] if first else None
        if name == "loss_report_given":
            report = self.standing("loss_report", agency)
            return report is not None, report[0] if report else None
        if name == "flagged":
            marked = [fact.on for fact in self.facts.of(events.Flagged)]
            marked += [letter.received_on] if letter.major else []
            return bool(marked), min(marked, default=None)
        if name == "hearing":
            assert isinstance(letter, AppearanceNotice)
            return True, local_date(letter.hearing_at)
        return self.in_effect(name, agency)

    def in_effect(self, name: str, agency: str) -> tuple[bool, date | None]:
        letter, readings = self.letter, self.readings
        assert isinstance(letter, Judgment)
        if name == "document_in_effect":
            arises, reading = letter.document in readings.r16.types, str(readings.r16.anchor)
        else:
            lost = any(outcome in readings.stats.loss_outcomes for outcome in letter.outcomes)
            arises, reading = lost and letter.document in readings.stats.loss_documents, str(readings.r17.anchor)
        effective = self.effective(letter)
        if reading == "effective":
            return arises, effective
        received = letter.service(agency).received_on
        if received is None:
            return arises, None
        received = self.receipt(received)
        return arises, received if reading == "receipt" else max(received, effective)

    def effective(self, letter: Judgment) -> date:
        proofs = sorted(self.facts.of(events.Effective), key=lambda fact: (fact.at, fact.id))
        if proofs:
            return proofs[-1].on
        if letter.effective_on:
            return letter.effective_on
        served = [each.received_on for each in letter.agencies if each.received_on]
        last = letter.last_service_on or (max(served) if served else local_date(letter.received_at))
        if letter.instance is not Instance.FIRST or letter.document is Document.MEDIATION:
            return last
        turned_away = Outcome.REJECTED in letter.outcomes or Outcome.NOT_ACCEPTED in letter.outcomes
        if letter.document is not Document.JUDGMENT and not turned_away:
            return last
        length = _FIRST_APPEAL if letter.document is Document.JUDGMENT else _RULING_APPEAL
        return self.days.rolled(last + timedelta(days=length)) + _DAY

    def period(self, rule: Rule) -> Dates:
        if rule.id == "R08b" and self.readings.r08.report == "soft":
            return self.soft(rule, "reply")
        found: Dates = {}
        for key, agency in self.agencies(rule):
            arises, day = self.anchor(rule, agency)
            if not arises:
                continue
            found[f"{rule.id}{key}"] = self.counted(rule, day) if day else None
            for fact in self.facts.of(events.Returned, agency):
                if fact.event.of in rule.satisfied_by:
                    found[f"{rule.id}-rework-{fact.id[:6]}@{agency}"] = fact.event.rework_by
        return found

    def counted(self, rule: Rule, day: date) -> date:
        assert rule.length is not None
        if rule.unit is Unit.WORKING_DAY or (rule.short and self.readings.rule.unit == "working_day"):
            return self.days.working(day, rule.length)
        end = day + timedelta(days=rule.length)
        return self.roll(end) if rule.roll else end

    def soft(self, rule: Rule, target: str = "") -> Dates:
        found: Dates = {}
        for key, agency in self.agencies(rule):
            arises, day = self.anchor(rule, agency)
            if arises:
                found[f"{rule.id}{key}"] = self.promptly(day, target or rule.soft) if day else None
        return found

    def promptly(self, day: date, target: str) -> date:
        if working_days := int(getattr(self.readings.soft, target)):
            return self.days.working(day, working_days)
        moment = local(self.letter.received_at)
        closed = moment.time() >= self.book.office.closes or self.days.rests(moment.date())
        return self.days.working(day, 1) if closed and day == moment.date() else self.days.rolled(day)

    def undated(self, rule: Rule) -> Dates:
        return {f"{rule.id}{key}": None for key, agency in self.agencies(rule) if self.anchor(rule, agency)[0]}

    def hearing(self, rule: Rule) -> Dates:
        assert isinstance(self.letter, AppearanceNotice)
        day = local_date(self.letter.hearing_at)
        if self.letter.county_government:
            return {f"{rule.id}@{self.letter.lead}": day, f"{rule.id}.leader": day}
        return {f"{rule.id}@{each}": day for each in self.letter.agency_ids}

    def substitute(self, rule: Rule) -> Dates:
        assert isinstance(self.letter, AppearanceNotice)
        announced = [each for each in self.letter.agency_ids if self.facts.of(events.Substitute, each)]
        return {f"{rule.id}@{each}": local_date(self.letter.hearing_at) for each in announced}

    def window(self, rule: Rule) -> Dates:
        return {rule.id: self.expiries()[-1][1]}

    def expiries(self) -> list[tuple[date, date]]:
        """List the window's ends, nominal and legal: its own, and one for each extension that is complete."""
        letter = self.letter
        assert isinstance(letter, MediationLetter)
        rule = next(each for each in self.book.rules_for(letter.kind) if each.shape is Shape.WINDOW)
        start = self.window_start(letter)
        end, months = letter.window_end, 0
        if end is None:
            assert rule.length is not None
            end, months = _months(start, rule.length), rule.length
        ends = [(end, self.roll(end))]
        if not rule.extended_by:
            return ends
        for round_ in range(1, 1000):
            told, consented = self.complete(letter, round_)
            if told is None:
                return ends
            nominal, legal = ends[-1]
            length = (told.event.months or 0, told.event.days or 0)
            months = months + length[0] if months and length[0] else 0
            new = told.event.new_end
            if new is None and self.readings.r06.base == "day_zero" and months:
                new = _months(start, months)
                ends.append((new, self.roll(new)))
                continue
            if new is None:
                base = {"rolled": legal, "last_consent": consented}.get(self.readings.r06.base, nominal)
                new = _months(base, length[0]) if length[0] else base + timedelta(days=length[1])
            ends.append((new, self.roll(new)) if new > nominal else ends[-1])
        return ends

    def window_start(self, letter: MediationLetter) -> date:
        if letter.window_start:
            return letter.window_start
        if self.readings.r05.anchor == "letter_date" and letter.issued_on:
            return letter.issued_on
        if self.readings.r05.anchor == "agency_receipt":
            received = [day for each in letter.agency_ids if (day := self.received(each))]
            if received:
                return min(received)
        return self.receipt(letter.received_at)

    def complete(self, letter: MediationLetter, round_: int) -> tuple[Fact | None, date]:
        """Give the letter of an extension that has all it needs, and the day of the last consent."""
        consented = self.consented(letter, round_)
        told = [fact for fact in self.facts.of(events.Extension) if fact.event.round == round_][:1]
        if not told or consented is None or self.sent(told[0]) is None:
            return None, date.min
        copies = [fact for fact in self.facts.of(events.Copied) if fact.event.of == "extension"]
        copied = told[0].event.copied_on or any(fact.event.round == round_ for fact in copies)
        approved = [fact for fact in self.facts.of(events.ExtensionApproved) if fact.event.round == round_]
        there = copied and (round_ == 1 or approved)
        return (told[0] if there else None), consented

    def consented(self, letter: MediationLetter, round_: int) -> date | None:
        """Give the day on which the last party consented to an extension, if all have: each party's first word."""
        first: dict[str, date] = {}
        for fact in self.facts.of(events.Consent):
            if fact.event.round == round_:
                first.setdefault(fact.event.party, fact.on)
        needed = [each.agency for each in letter.agencies]
        for party in letter.parties:
            third = party.role is Role.THIRD_PARTY
            heard = party.notified and self.readings.r06.parties == "notified" if third else True
            if heard and party.role in (Role.PLAINTIFF, Role.DEFENDANT, Role.THIRD_PARTY):
                needed.append(party.name)
        return max(first[each] for each in needed) if all(each in first for each in needed) else None

    def sent(self, fact: Fact) -> date | None:
        arrived: date | None = getattr(fact.event, "arrived_on", None)
        return arrived if self.readings.compliance.moment == "arrival" else fact.on

    def extension(self, rule: Rule) -> Dates:
        assert isinstance(self.letter, MediationLetter)
        found: Dates = {}
        for number, (_, legal) in enumerate(self.expiries(), start=1):
            consented = self.consented(self.letter, number)
            if consented:
                days = self.readings.soft.reply
                promptly = self.days.working(consented, days) if days else self.days.rolled(consented)
                found[f"{rule.id}.{number}"] = min(promptly, legal)
        return found

    def result(self, rule: Rule) -> Dates:
        assert isinstance(self.letter, MediationLetter)
        told = {}
        for fact in sorted(self.facts.of(events.OtherLetter), key=lambda fact: (fact.at, fact.id)):
            told[fact.event.letter] = fact.event.expiry
        latest = max([self.expiries()[-1][1], *(day for day in told.values() if day)])
        due = latest if self.readings.r07.inclusive else latest - _DAY
        joint = self.letter.joint_result and not rule.per_agency
        keys = [""] if joint else [f"@{each}" for each in self.letter.agency_ids]
        return {f"{rule.id}{key}": due for key in keys}

    def weekly(self, rule: Rule) -> Dates:
        legal = self.expiries()[-1][1]
        found: Dates = {}
        for agency in self.letter.agency_ids:
            received = self.anchor(rule, agency)[1]
            if received is None:
                found[f"{rule.id}@{agency}"] = None
                continue
            rolling = self.readings.r13.mode == "rolling"
            weeks = self.weeks(received, legal) if rolling else self.calendar_weeks(received, legal)
            # Weeks that end on one day are one report, under the last one's number.
            for due, number in {due: number for number, due in weeks}.items():
                found[f"{rule.id}.{number}@{agency}"] = due
        return found

    def weeks(self, received: date, legal: date) -> list[tuple[int, date]]:
        found, number = [], 1
        while (due := self.roll(received + timedelta(days=7 * number))) < legal:
            found.append((number, due))
            number += 1
        return found

    def calendar_weeks(self, received: date, legal: date) -> list[tuple[int, date]]:
        found, number = [], 1
        monday = received - timedelta(days=received.weekday())
        while monday <= legal:
            last = self.days.last_worked(monday + timedelta(days=6))
            if last >= monday and last > received and last < legal:
                found.append((number, last))
            number, monday = number + 1, monday + timedelta(days=7)
        return found


_SHAPES: dict[Shape, Callable[[_Recount, Rule], Dates]] = {
    Shape.PERIOD: _Recount.period,
    Shape.SOFT: _Recount.soft,
    Shape.OPEN: _Recount.undated,
    Shape.HEARING: _Recount.hearing,
    Shape.SUBSTITUTE: _Recount.substitute,
    Shape.WINDOW: _Recount.window,
    Shape.EXTENSION: _Recount.extension,
    Shape.RESULT: _Recount.result,
    Shape.WEEKLY: _Recount.weekly,
}
