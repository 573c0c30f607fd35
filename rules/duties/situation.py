"""What every duty is worked out from: a letter's facts, its rulebook and the calendar of today."""

from collections.abc import Callable, Mapping
from datetime import date, datetime
from functools import cached_property
from typing import Generic, NamedTuple, TypeVar

from rules.books.model import Rule, Rulebook
from rules.books.readings import Readings
from rules.counting.calendar import Calendar
from rules.counting.clock import cut_off, local, local_date
from rules.counting.period import Reckoning, Roll, Unit
from rules.counting.sheet import sheet
from rules.duties.duty import Duty, DutyState, id_of
from rules.letters.events import Event, Excuse, Told
from rules.letters.facts import Fact, Facts
from rules.letters.letter import Letter

L_co = TypeVar("L_co", bound=Letter, covariant=True)
T = TypeVar("T")

YELLOW_FROM = 2
"""Working days before the due date from which the lamp is yellow."""


class Act(NamedTuple):
    """What fulfilled a duty: its id, the day that counts, and when it was recorded."""

    id: str
    on: date
    at: datetime


class Ended(NamedTuple):
    """When, and by what, a duty ended without being fulfilled; `undone` where it never was owed."""

    on: date
    by: str
    undone: bool = False


class OtherWindow(NamedTuple):
    """A window of another letter of the matter: since when it is known, its legal expiry, and the letter's kind."""

    on: date
    expiry: date
    kind: str


class Situation(Generic[L_co]):
    """The inputs of one derivation, and what it has worked out so far, by the shape of the rules.

    `letter_id` is the letter's, `facts` are its own and those of the matter that concern it. `grace` holds later dates
    that stood before a calendar change, by duty. `ends` tells of an event whether it still ends what a rule says that
    it ends. `others` are the situations of the matter's other letters, `other_windows` the windows of those.
    """

    def __init__(
        self,
        letter_id: str,
        facts: Facts[L_co],
        book: Rulebook,
        calendar: Calendar,
        grace: Mapping[str, date] | None = None,
        ends: Callable[[Facts[L_co], Fact[Event]], bool] = lambda facts, fact: True,
    ) -> None:
        self.letter_id = letter_id
        self.facts = facts
        self.letter = facts.letter
        self.others: tuple[Situation[Letter], ...] = ()
        self.other_windows: tuple[OtherWindow, ...] = ()
        self.book = book
        self.calendar = calendar
        self.grace = grace or {}
        self.worked_out: dict[str, list[Duty]] = {}
        self._ends = ends
        self._once: dict[object, object] = {}

    def once(self, work_out: Callable[["Situation[L_co]"], T]) -> T:
        """Return what a function says of this situation, worked out the first time."""
        if work_out not in self._once:
            self._once[work_out] = work_out(self)
        found: T = self._once[work_out]  # type: ignore[assignment]  # what is stored under a function is its result
        return found

    @property
    def readings(self) -> Readings:
        """Return the county's readings."""
        return self.book.readings

    @property
    def rules(self) -> list[Rule]:
        """List the rules that the letter comes under, in the order of the book."""
        return self.book.rules_for(self.letter.kind, self.letter.stage_at_receipt)

    @property
    def roll(self) -> Roll:
        """Return what happens when a last day is a day off (A02, A07)."""
        return Roll(self.readings.rule.roll)

    @cached_property
    def excused(self) -> dict[str, Fact[Excuse]]:
        """List the excused duties by key."""
        return {fact.event.duty: fact for fact in self.facts.of(Excuse)}

    def unit(self, unit: Unit, short: bool) -> Unit:
        """Return the unit that a period is counted in; A01 lets the short ones be working days."""
        return Unit.WORKING_DAY if short and self.readings.rule.unit == "working_day" else unit

    def receipt(self, received: date | datetime) -> date:
        """Return the day on which a receipt counts.

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
        """Return the day an agency first got the letter, from the bureau or from the court, if it has."""
        days = [fact.on for fact in self.facts.of(Told, agency)]
        served = self.letter.service(agency).received_on
        if served is not None:
            days.append(served)
        return self.receipt(min(days)) if days else None

    def counted_on(self, sent_on: date, arrived_on: date | None) -> date | None:
        """Return the day on which a paper to the court counts.

        法释〔2018〕1号 48: "诉讼文书在期满前交邮的,视为在期限内发送". A25: towards the court the day of sending,
        towards everybody else the day of arrival; the alternative takes the arrival always, None if not arrived.
        """
        return arrived_on if self.readings.compliance.moment == "arrival" else sent_on

    def ending(self, cancelled_by: tuple[str, ...], agency: str | None = None) -> Fact[Event] | None:
        """Return the first fact that ends a duty, or None; a withdrawal does where the county reads it so (A28)."""
        everything = self.readings.cancel.withdrawal == "all"
        found = []
        for name in (*cancelled_by, "withdrawal") if everything else cancelled_by:
            facts = (fact for fact in self.facts.named(name, agency) if self._ends(self.facts, fact))
            found += [fact] if (fact := next(facts, None)) else []
        return min(found, key=lambda fact: fact.place, default=None)

    def ended(self, cancelled_by: tuple[str, ...], agency: str | None = None) -> Ended | None:
        """Tell when and by what a duty ended without being fulfilled, if it did."""
        fact = self.ending(cancelled_by, agency)
        return Ended(fact.on, fact.event.type, fact.event.undoes) if fact else None

    def fill(self, duty: Duty, reckoning: Reckoning, presumed: bool = False, basis: Reckoning | None = None) -> Duty:
        """Return a duty with the dates of a count, and the count itself as its explanation.

        `basis` explains its day zero.
        """
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

    def close(self, duty: Duty, done: Act | None, ended: Ended | None = None) -> Duty:
        """Put a dated duty into its state: done or late, ended, excused, or still open.

        A duty that was already past its date when it ended was missed, not cancelled; a soft one never is, nor one
        whose document was appealed against and so was never in effect (R16, R17).
        """
        duty = self.dated(duty)
        allowed = max(day for day in (duty.due, duty.grace) if day) if duty.due else None
        if done is not None and (ended is None or done.on <= ended.on):
            late = allowed is not None and self._too_late(done, allowed)
            state = DutyState.LATE if late else DutyState.DONE
            duty = duty.model_copy(update={"state": state, "satisfied_on": done.on, "satisfied_by": done.id})
        elif ended is not None:
            missed = allowed is not None and allowed < ended.on and not duty.soft and not ended.undone
            state = DutyState.MISSED if missed else DutyState.CANCELLED
            duty = duty.model_copy(update={"state": state, "ended_on": ended.on, "ended_by": ended.by})
        return self.excuse(duty)

    def excuse(self, duty: Duty) -> Duty:
        """Apply a supervisor's excuse to a duty that is open, late or missed.

        An expiry that passed before a late extension is excused by itself; the duty with its new date goes on.
        """
        fact = self.excused.get(duty.key)
        if fact is None:
            return duty
        if duty.answers and duty.anchor is not None and fact.on < duty.anchor:
            # It was given for the answer to an earlier paper, as to the feedback before this one.
            return duty
        still_in_time = duty.missed and duty.due is not None and fact.on <= duty.due
        if still_in_time or duty.state in (DutyState.DONE, DutyState.CANCELLED):
            return duty.model_copy(update={"missed": ()})
        return duty.model_copy(update={"state": DutyState.EXCUSED, "ended_on": fact.on, "ended_by": "excuse"})

    def dated(self, duty: Duty) -> Duty:
        """Add what follows from a due date: the grace of an earlier one, when the lamp turns yellow, the calendar."""
        update: dict[str, object] = {
            "calendar": self.calendar.version,
            "grace": self.grace.get(id_of(self.letter_id, duty.key)),
        }
        if duty.due is not None:
            update["due_at"] = cut_off(duty.due, duty.due_time or self.readings.closes(self.book.office.closes))
            update["warn_on"] = duty.due if duty.soft else self.calendar.shift(duty.due, -YELLOW_FROM)
        return duty.model_copy(update=update)

    def _too_late(self, done: Act, due: date) -> bool:
        closes = self.readings.closes(self.book.office.closes)
        if closes and done.on == due == local_date(done.at):
            return local(done.at).time() >= closes
        return done.on > due


def act(fact: Fact[Event] | None) -> Act | None:
    """Return a fact as what fulfilled a duty on its own day."""
    return Act(fact.id, fact.on, fact.at) if fact else None
