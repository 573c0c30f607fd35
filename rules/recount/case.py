"""案件 as a whole counted a second time: whether it is under way, and by when somebody must have looked at it (R19)."""

from collections.abc import Iterable
from datetime import timedelta

from rules.books.model import Rulebook
from rules.counting.clock import local_date
from rules.letters.cases import CaseClosed, CaseOpened, HearingHeld, Proceeding, ProceedingBegun, ProceedingConcluded
from rules.letters.events import Entry, Withdrawal
from rules.letters.facts import effective
from rules.letters.letter import Letter
from rules.recount.count import Count, Dates
from rules.recount.days import Days

_ORDER = list(Proceeding)


def case_dates(counts: Iterable[Count[Letter]], entries: list[Entry], book: Rulebook, days: Days) -> Dates:
    """Count when a case under way is to be looked at again; nothing where there is no case, or it is over."""
    there = list(counts)
    if not _under_way([each for each in there if each.facts.void is None], entries):
        return {}
    # What is entered later is later, so the last one says when anybody was there.
    touched = sorted([*(each.at for each in there), *(entry.at for entry in entries)])[-1]
    day = local_date(touched) + timedelta(days=book.readings.follow_up.days)
    return {rule.id: days.rolled(day) for rule in book.rules.values() if rule.shape == "follow_up"}


def _under_way(counts: list[Count[Letter]], entries: list[Entry]) -> bool:
    stands = {proceeding: False for count in counts for proceeding in count.second.begins(count)}
    ended = {proceeding for count in counts for proceeding in count.second.ends(count)}
    opened = False
    for fact in effective(entry for entry in entries if not entry.letter):
        match fact.event:
            case CaseClosed() | Withdrawal():
                return False
            case CaseOpened():
                opened = True
            case ProceedingBegun() | HearingHeld():
                stands[fact.event.proceeding] = False
            case ProceedingConcluded():
                ended.add(fact.event.proceeding)
    known = sorted({*stands, *ended}, key=_ORDER.index)
    return known[-1] not in ended if known else opened
