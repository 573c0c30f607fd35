"""案件 as a whole: its instances as letters and events tell of them, and whether somebody still looks after it (R19).

武政办〔2023〕47号 五三款: "县司法局对所有行政诉讼案件做好登记建档,定期跟踪涉诉行政机关参与行政争议化解工作情况".
How often is a reading; day zero is the day on which anybody last recorded anything of the case.
"""

from collections.abc import Iterable, Iterator
from datetime import date, datetime
from typing import NamedTuple

from rules.books.model import Rule, Rulebook
from rules.counting.calendar import Calendar
from rules.counting.clock import cut_off, local_date
from rules.counting.period import Roll, Unit, count
from rules.counting.sheet import sheet
from rules.dossier.situations import facts_of
from rules.dossier.state import Dossier
from rules.duties.duty import Duty, DutyState, blank
from rules.duties.kind import kind_of
from rules.letters.cases import Begun, CaseClosed, CaseFact, CaseOpened, Concluded, Held, Proceeding, said_of_case
from rules.letters.events import Event, Withdrawal
from rules.letters.facts import Fact

FOLLOW_UP = "follow_up"
"""The shape of the rule that a case nobody touches is asked about, in the book that the dossier was opened under."""


class CaseInstance(NamedTuple):
    """One instance of a case: when it began and where, its hearings, and how it ended, as far as anybody said."""

    proceeding: Proceeding
    begun: Begun | None
    hearings: tuple[Held, ...]
    concluded: Concluded | None


class CaseFile(NamedTuple):
    """A case as a whole: what was put on file of it, its instances in their order, and when it was over."""

    opened: CaseOpened | None
    instances: tuple[CaseInstance, ...]
    over_on: date | None

    @property
    def ended_on(self) -> date | None:
        """Return the day from which nobody has to look after it: over, or decided in the instance it is in."""
        last = self.instances[-1].concluded if self.instances else None
        return self.over_on or (last.on if last else None)

    @property
    def under_way(self) -> bool:
        """Tell whether somebody has to look after it: it is on file, and neither over nor decided."""
        return self.ended_on is None


def case_file(state: Dossier) -> CaseFile:
    """Put together what a matter's letters and events say of its case."""
    events = state.facts()
    facts = [fact for each in events for fact in said_of_case(each.event)]
    for letter in facts_of(state.here, state.entries).values():
        if letter.void is None:
            facts += kind_of(letter.letter).case_facts(letter)
    opened = [each.event for each in events if isinstance(each.event, CaseOpened)]
    return CaseFile(opened[-1] if opened else None, tuple(_instances(facts)), _over(events))


def _over(events: Iterable[Fact[Event]]) -> date | None:
    """Return the day from which nobody has to look after the case any more: its file is closed, or the suit gone."""
    return min((each.on for each in events if isinstance(each.event, CaseClosed | Withdrawal)), default=None)


def _instances(facts: list[CaseFact]) -> Iterator[CaseInstance]:
    known = {each.proceeding for each in facts if each.proceeding is not None}
    begun_on = [(each.on, each.proceeding) for each in facts if isinstance(each, Begun)]
    started = sorted(begun_on, key=lambda each: (each[0], list(Proceeding).index(each[1])))
    for proceeding in (each for each in Proceeding if each in known):
        begun = min((each for each in facts if isinstance(each, Begun) and each.proceeding is proceeding), default=None)
        ended = [each for each in facts if isinstance(each, Concluded) and each.proceeding is proceeding]
        heard = [each for each in facts if isinstance(each, Held) and _heard_in(each, started) is proceeding]
        held = [each._replace(proceeding=proceeding) for each in heard]
        concluded = max(ended, key=lambda each: (each.on, each.document, each.number, each.outcomes), default=None)
        yield CaseInstance(proceeding, begun, tuple(_each_once(held)), concluded)


def _heard_in(held: Held, started: list[tuple[date, Proceeding]]) -> Proceeding:
    """Return the instance of a hearing: the one that is named, else the last that had begun by then."""
    if held.proceeding is not None:
        return held.proceeding
    return next((proceeding for on, proceeding in reversed(started) if on <= held.on), Proceeding.FIRST)


def _each_once(held: list[Held]) -> list[Held]:
    """List hearings by day; one that is said to have taken place is not listed as one to come as well."""
    days = {each.on for each in held if each.appeared}
    listed = {each for each in held if each.appeared or each.on not in days}
    return sorted(listed, key=lambda each: (each.on, each.agency or "", each.appeared, each.spoke))


def follow_up(state: Dossier, book: Rulebook, calendar: Calendar) -> Iterator[Duty]:
    """Yield what the bureau owes a case that is under way: to look at it again some days after it was last touched."""
    case = case_file(state)
    if state.joined or not (case.instances or case.opened):
        return
    agencies = case_agencies(state, case)
    for number, rule in enumerate(book.rules.values()):
        if rule.shape == FOLLOW_UP:
            duty = blank(rule, None, agencies).model_copy(update={"place": (number, 0), "rolling": True})
            yield _dated(duty, rule, _touched(state), book, calendar) if case.under_way else _ended(duty, case)


def case_agencies(state: Dossier, case: CaseFile) -> tuple[str, ...]:
    """List the agencies of a case, by id: those of its file and those of its letters."""
    letters = facts_of(state.here, state.entries).values()
    named = {each.agency for facts in letters if facts.void is None for each in facts.letter.agencies}
    return tuple(sorted(named | set(case.opened.agencies if case.opened else ())))


def _touched(state: Dossier) -> datetime:
    recorded = [*(each.at for each in state.here), *(each.at for each in state.entries)]
    return max(recorded, default=state.opened_at)


def _dated(duty: Duty, rule: Rule, touched: datetime, book: Rulebook, calendar: Calendar) -> Duty:
    days = book.readings.follow_up.days
    reckoning = count(local_date(touched), days, Unit.DAY, calendar, Roll.NEXT, "last_touched", rule.clause)
    explained = sheet(reckoning)
    return duty.model_copy(
        update={
            "anchor": explained.anchor,
            "nominal": explained.nominal,
            "due": explained.due,
            "due_at": cut_off(explained.due),
            "warn_on": explained.due,
            "provisional": explained.provisional,
            "calendar": calendar.version,
            "sheet": explained,
        }
    )


def _ended(duty: Duty, case: CaseFile) -> Duty:
    return duty.model_copy(update={"state": DutyState.CANCELLED, "ended_on": case.ended_on, "ended_by": "concluded"})
