"""Loading a year's holiday notice: first what it would move, then the move itself."""

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Engine

from cluster.errors import Unconfirmed, Unreachable
from desk.desk import Desk
from desk.opening import docket
from docket.acts import Actor, log
from docket.engine import reading, writing
from docket.library import books_of, current_calendar, store_year
from docket.reads import open_dossiers
from rules.counting.calendar import Calendar
from rules.counting.years import YearDocument, check_covers_statutory
from rules.dossier.core import step
from rules.dossier.state import Dossier
from rules.duties.duty import DateMove
from rules.errors import CalendarRefused, Refused
from settings import Settings


class CalendarChange(NamedTuple):
    """What loading a year would do: the calendar it makes, and each open date that moves, with its letter."""

    document: YearDocument
    calendar: Calendar
    moves: list[tuple[str, DateMove]]

    def as_json(self) -> dict[str, Any]:
        """Return the change as data."""
        moves = [{"letter": letter, **move.model_dump(mode="json"), "duty": move.key} for letter, move in self.moves]
        return {
            "year": self.document.year,
            "source": self.document.source,
            "calendar": self.calendar.version,
            "moves": moves,
        }


def installed_calendar(settings: Settings) -> Calendar:
    """Return the calendar of an installation: what was shipped and what the bureau has loaded."""
    with docket(settings) as engine, reading(engine) as session:
        return current_calendar(session)


def preview_year(engine: Engine, document: YearDocument, where: str, now: datetime) -> CalendarChange:
    """Work out which open dates a year's notice would move; nothing is written.

    A notice that leaves a known statutory holiday at work, or only statutory days, is refused.
    """
    if not document.published:
        raise CalendarRefused(f"{where}:issued", "calendar_not_issued")
    with reading(engine) as session:
        known = current_calendar(session)
    if document.year in known.years:
        check_covers_statutory(document, known.years[document.year], where)
    calendar = known.with_years([document])
    moves = []
    for state in every_open_dossier(engine):
        with reading(engine) as session:
            books = books_of(session, state)
        stepped = step(state, now, books, calendar).state
        letters = {duty.id: duty.letter for duty in (*state.duties, *stepped.duties)}
        moves += [(letters[move.duty] or state.id, move) for move in stepped.moves[len(state.moves) :]]
    return CalendarChange(document, calendar, moves)


_SILENT_IN_A_ROW = 3
"""Matters that don't answer one after the other, each for as long as a command waits."""


async def load_year(desk: Desk, change: CalendarChange, by: str, counted: Callable[[], None] = lambda: None) -> int:
    """Store the year and count every open matter again; return how many there were. Safe to repeat.

    `counted` is called after each.

    One that does not answer keeps the others from nothing; after several in a row there is no worker.
    """
    with reading(desk.engine) as session:
        known = current_calendar(session).version
    with writing(desk.engine) as session:
        if known != change.calendar.version:
            store_year(session, change.document, desk.clock(), by)
        old, new = {"calendar": known}, {"calendar": change.calendar.version, "moves": len(change.moves)}
        log(session, Actor(by, desk.origin), desk.clock(), "calendar", str(change.document.year), old, new)
    count, silent, running = 0, [], 0
    for state in every_open_dossier(desk.engine):
        try:
            await desk.replan(state, change.calendar.version, by)
            count, running = count + 1, 0
            counted()
        except (Unconfirmed, Unreachable, Refused) as error:
            silent.append(state.id)
            # A matter that is refused has at least been asked.
            running = 0 if isinstance(error, Refused) else running + 1
            if running == _SILENT_IN_A_ROW:
                break
    if silent:
        raise Unconfirmed("、".join(silent), desk.task_queue)
    return count


def every_open_dossier(engine: Engine) -> Iterator[Dossier]:
    """Walk all open matters, page by page, so that no limit drops the oldest."""
    last = ""
    while True:
        with reading(engine) as session:
            page = open_dossiers(session, after=last)
        if not page:
            return
        yield from page
        last = page[-1].id
