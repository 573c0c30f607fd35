"""What every duty is worked out from: a letter's facts, its rulebook and the calendar of today."""

from collections.abc import Mapping
from datetime import date, datetime
from functools import cached_property

from rules.books.readings import Readings
from rules.books.rulebook import Rulebook
from rules.counting.calendar import Calendar
from rules.counting.clock import cut_off, local, local_date
from rules.counting.period import Reckoning, Roll, Unit
from rules.counting.sheet import sheet
from rules.duties.duty import Duty, DutyState
from rules.letters import events
from rules.letters.events import Entry
from rules.letters.facts import Fact, Facts
from rules.letters.letter import Letter

ANSWERS = {"feedback_given", "loss_report_given"}
"""Day zero of what the bureau owes in answer to a paper; a later paper is to be answered again."""

YELLOW_FROM = 2
"""Working days before the due date from which the lamp is yellow."""


class Case:
    """The inputs of one derivation; `grace` holds later dates that stood before a calendar change."""

    def __init__(
        self,
        letter: Letter,
        entries: tuple[Entry, ...],
        book: Rulebook,
        calendar: Calendar,
        grace: Mapping[str, date] | None = None,
    ) -> None:
        self.facts = Facts(letter, entries)
        self.letter = self.facts.letter
        self.book = book
        self.calendar = calendar
        self.grace = grace or {}

    @property
    def readings(self) -> Readings:
        """Give the county's readings."""
        return self.book.readings

    @property
    def roll(self) -> Roll:
        """Give what happens when a last day is a day off (A02, A07)."""
        return Roll(self.readings.rule.roll)

    @cached_property
    def excused(self) -> dict[str, Fact]:
        """List the excused duties by key."""
        return {fact.event.duty: fact for fact in self.facts.of(events.Excuse)}

    @cached_property
    def other_windows(self) -> list[Fact]:
        """List what is known last of each other letter of the matter that has a window (A24)."""
        told = sorted(self.facts.of(events.OtherLetter), key=lambda fact: fact.recorded)
        latest = {fact.event.letter: fact for fact in told}
        return [fact for fact in latest.values() if fact.event.expiry is not None]

    def unit(self, unit: Unit, short: bool) -> Unit:
        """Give the unit that a period is counted in; A01 lets the short ones be working days."""
        return Unit.WORKING_DAY if short and self.readings.rule.unit == "working_day" else unit

    def receipt(self, received: date | datetime) -> date:
        """Give the day on which a receipt counts.

        A20: the local date of actual receipt, because day zero is not counted anyway; the alternative takes a
        receipt after office hours or on a day off as of the next working day.
        """
        moment = local(received) if isinstance(received, datetime) else None
        day = moment.date() if moment else received
        assert isinstance(day, date)
        if self.readings.receipt.after_hours == "actual":
            return day
        if moment and moment.time() >= self.book.office.closes and self.calendar.is_working_day(day):
            return self.calendar.shift(day, 1)
        return self.calendar.next_working_day(day)

    def agency_received(self, agency: str) -> date | None:
        """Give the day an agency first got the letter, from the bureau or from the court, if it has."""
        days = [fact.on for fact in self.facts.of(events.Told, agency)]
        served = self.letter.service(agency).received_on
        if served is not None:
            days.append(served)
        return self.receipt(min(days)) if days else None

    def counted_on(self, fact: Fact) -> date | None:
        """Give the day on which an act counts.

        法释〔2018〕1号 48: "诉讼文书在期满前交邮的,视为在期限内发送". A25: towards the court the day of sending,
        towards everybody else the day of arrival; the alternative takes the arrival always, None if not arrived.
        """
        if self.readings.compliance.moment == "arrival" and hasattr(fact.event, "arrived_on"):
            arrived: date | None = fact.event.arrived_on
            return arrived
        return fact.on

    def withdrawal_ends(self, cancelled_by: tuple[str, ...]) -> tuple[str, ...]:
        """Add the withdrawal to what cancels a duty where the county reads it so (A28)."""
        return (*cancelled_by, "withdrawal") if self.readings.cancel.withdrawal == "all" else cancelled_by

    def ending(self, cancelled_by: tuple[str, ...], agency: str | None = None) -> Fact | None:
        """Give the first fact that ends a duty, or None."""
        found = []
        for name in self.withdrawal_ends(cancelled_by):
            facts = self.facts.named(name, agency)
            if name == "judgment_given" and self.letter.kind == "mediation_letter":
                # 一(二): only a window during trial ends with the judgment that it was meant to avoid.
                facts = [fact for fact in facts if self.facts.in_trial_by(fact.on)]
            if name == "appealed":
                # A certificate recorded after the appeal says that the document took effect all the same.
                proofs = self.facts.of(events.Effective)
                facts = [fact for fact in facts if not any(proof.recorded > fact.recorded for proof in proofs)]
            found.extend(facts[:1])
        return min(found, key=lambda fact: (fact.on, fact.at, fact.id), default=None)

    def fill(self, duty: Duty, reckoning: Reckoning, presumed: bool = False, basis: Reckoning | None = None) -> Duty:
        """Give a duty the dates of a count, and the count itself as its explanation; `basis` explains its day zero."""
        explained = sheet(reckoning, basis)
        return duty.model_copy(
            update={
                "anchor": explained.anchor,
                "nominal": explained.nominal,
                "due": explained.due,
                "provisional": explained.provisional,
                "presumed": presumed,
                "sheet": explained,
            }
        )

    def close(
        self,
        duty: Duty,
        done: Fact | None,
        done_on: date | None,
        ended_on: date | None = None,
        ended_by: str = "",
    ) -> Duty:
        """Put a dated duty into its state: done or late, ended, excused, or still open.

        A duty that was already past its date when it ended was missed, not cancelled; a soft one never is, nor one
        whose document was appealed against and so was never in effect (R16, R17).
        """
        duty = self.dated(duty)
        allowed = max(day for day in (duty.due, duty.grace) if day) if duty.due else None
        if done is not None and done_on is not None and (ended_on is None or done_on <= ended_on):
            late = allowed is not None and self._too_late(done, done_on, allowed)
            state = DutyState.LATE if late else DutyState.DONE
            duty = duty.model_copy(update={"state": state, "satisfied_on": done_on, "satisfied_by": done.id})
        elif ended_on is not None:
            missed = allowed is not None and allowed < ended_on and not duty.soft and ended_by != "appealed"
            state = DutyState.MISSED if missed else DutyState.CANCELLED
            duty = duty.model_copy(update={"state": state, "ended_on": ended_on, "ended_by": ended_by})
        return self.excuse(duty)

    def excuse(self, duty: Duty) -> Duty:
        """Apply a supervisor's excuse to a duty that is open, late or missed.

        An expiry that passed before a late extension is excused by itself; the duty with its new date goes on.
        """
        fact = self.excused.get(duty.key)
        if fact is None:
            return duty
        answers = duty.sheet is not None and duty.sheet.legs[0].why in ANSWERS
        if answers and duty.anchor is not None and fact.on < duty.anchor:
            # It was given for the answer to an earlier paper, as to the feedback before this one.
            return duty
        still_in_time = duty.missed and duty.due is not None and fact.on <= duty.due
        if still_in_time or duty.state in (DutyState.DONE, DutyState.CANCELLED):
            return duty.model_copy(update={"missed": ()})
        return duty.model_copy(update={"state": DutyState.EXCUSED, "ended_on": fact.on, "ended_by": "excuse"})

    def dated(self, duty: Duty) -> Duty:
        """Add what follows from a due date: the grace of an earlier one, when the lamp turns yellow, the calendar."""
        update: dict[str, object] = {"calendar": self.calendar.version, "grace": self.grace.get(duty.key)}
        if duty.due is not None:
            update["due_at"] = cut_off(duty.due, duty.due_time or self.readings.closes(self.book.office.closes))
            update["warn_on"] = duty.due if duty.soft else self.calendar.shift(duty.due, -YELLOW_FROM)
        return duty.model_copy(update=update)

    def _too_late(self, done: Fact, done_on: date, due: date) -> bool:
        closes = self.readings.closes(self.book.office.closes)
        recorded = local(done.at)
        if closes and done_on == due == local_date(done.at):
            return recorded.time() >= closes
        return done_on > due
