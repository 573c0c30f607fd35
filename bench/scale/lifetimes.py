"""A whole sample played, in as many processes as there are cores: of each letter when it did what, and at what cost."""

import os
from collections.abc import Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor
from datetime import date, datetime, time, timedelta
from functools import partial
from typing import NamedTuple

from bench.scale.costs import Cost, cost, total
from bench.scale.lives import Away, live
from bench.scale.people import story
from rules.accept.rulebook import shipped_rulebook
from rules.counting.calendar import shipped_calendar
from rules.counting.clock import at

YEAR = 2025
"""The year that is looked at: with the one before and the one after it, its holidays are published."""

END = at(date(YEAR + 2, 1, 1), time())


class Moment(NamedTuple):
    """One step of a life: when, why, at what cost, how many steps came before, and the bytes of the state after it.

    `waiting` names who reads of it in a digest, and in that of which day.
    """

    at: datetime
    why: str
    cost: Cost
    before: int
    state_bytes: int
    waiting: tuple[tuple[str, date], ...]


class Life(NamedTuple):
    """What became of one letter, in a matter of its own."""

    number: int
    matter: str
    kind: str
    moments: tuple[Moment, ...]
    closed_at: datetime | None

    @property
    def cost(self) -> Cost:
        """Add up what the letter asked of Temporal."""
        return total(moment.cost for moment in self.moments)

    @property
    def registered_at(self) -> datetime:
        """Return when it was registered."""
        return self.moments[0].at

    def open_at(self, instant: datetime) -> bool:
        """Tell whether its workflow runs at an instant."""
        return self.registered_at <= instant and (self.closed_at is None or instant < self.closed_at)


def lifetime(number: int, letters: int, year: int = YEAR, away: Away | None = None, until: datetime = END) -> Life:
    """Play one of a year's letters to its end, or until an instant."""
    book, calendar = shipped_rulebook(), shipped_calendar()
    steps = list(live(story(number, year, letters, calendar), book, calendar, until, away))
    last = steps[-1].state
    moments = (
        Moment(each.at, each.why, cost(each), n, each.state_bytes, tuple(each.waiting(book.office, calendar)))
        for n, each in enumerate(steps)
    )
    return Life(number, last.id, last.letters[0].letter.kind, tuple(moments), last.closed_at)


def lifetimes(
    numbers: Iterable[int], letters: int, year: int = YEAR, away: Away | None = None, until: datetime = END
) -> list[Life]:
    """Play many of a year's letters."""
    played = partial(lifetime, letters=letters, year=year, away=away, until=until)
    with ProcessPoolExecutor(os.cpu_count()) as pool:
        return list(pool.map(played, numbers, chunksize=25))


def open_letters(lives: Sequence[Life], year: int = YEAR) -> dict[date, int]:
    """Count the letters that are open at noon of each day of a year."""
    days = (date(year, 1, 1) + timedelta(days=n) for n in range((date(year + 1, 1, 1) - date(year, 1, 1)).days))
    return {day: sum(life.open_at(at(day, time(12))) for life in lives) for day in days}
