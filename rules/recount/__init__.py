"""核对: every date of a letter worked out a second time, by a plainer road than the engine's.

The audit must not trust what it looks at. So nothing here asks for duties, what kinds of letter work out, the
calendar's index or the counts behind them: days are walked one by one through the holiday notices themselves, and each
rule's day zero is looked up anew among what was recorded. It is slower and explains nothing; a difference means that
one of the two is wrong. Each kind has a module of its own here, `SECOND` in it, found by the kind's name; another
package brings its own by an entry point of the group `qixian.recounts`.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime
from functools import cache
from importlib import import_module
from importlib.metadata import entry_points
from typing import Protocol, TypeVar

from rules.books.model import Rulebook
from rules.counting.years import YearDocument
from rules.letters.events import Entry
from rules.letters.letter import Letter
from rules.recount.case import case_dates
from rules.recount.count import Count, Dates, SecondCount
from rules.recount.days import Days

L = TypeVar("L", bound=Letter)

GROUP = "qixian.recounts"
"""The group of entry points by which other packages bring second counts, each under the name of its kind."""


class Paper(Protocol):
    """What is asked of a letter that is registered: its name, what came and when it was entered, under which book."""

    @property
    def letter_id(self) -> str:
        """Return its id."""

    @property
    def letter(self) -> Letter:
        """Return what came."""

    @property
    def at(self) -> datetime:
        """Return when it was entered."""

    @property
    def rulebook(self) -> str:
        """Return the version of its book."""


def recounted(
    letters: Iterable[Paper],
    entries: Iterable[Entry],
    books: Mapping[str, Rulebook],
    years: Iterable[YearDocument],
    opened_under: str,
) -> dict[str, Dates]:
    """Return the due date of each duty of a matter, by letter and key; what is over may be among them.

    It is None where a duty has no date, or waits for its day zero. What is owed to the case itself has the letter "",
    and is counted under the book that the dossier was opened under.
    """
    recorded, days = list(entries), Days(years)
    counts = {
        each.letter_id: Count(
            each.letter,
            each.at,
            [entry for entry in recorded if entry.letter == each.letter_id],
            books[each.rulebook],
            days,
            second_count_of(each.letter),
        )
        for each in letters
    }
    for letter, count in counts.items():
        count.others = [other for name, other in counts.items() if name != letter and other.facts.void is None]
    dates = {letter: count.dates() for letter, count in counts.items()}
    return {**dates, "": case_dates(counts.values(), recorded, books[opened_under], days)}


def second_count_of(letter: L) -> SecondCount[L]:
    """Find how a letter is counted a second time, by its kind."""
    found = _second(letter.kind)
    assert isinstance(found, SecondCount)
    assert isinstance(letter, found.model)
    return found


@cache
def _second(kind: str) -> object:
    brought = {entry.name: entry.value for entry in entry_points(group=GROUP)}
    found: object = import_module(brought.get(kind, f"{__name__}.{kind}")).SECOND
    return found
