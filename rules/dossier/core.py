"""The heart: `plan` a letter, `step` it through an event or the passing of time, ask for its `next_wake`.

All three are pure; `now`, the rulebook and the calendar are arguments. Effects are data in the outcome.
"""

from collections.abc import Mapping
from datetime import datetime

from rules.books.model import Rulebook
from rules.counting.calendar import Calendar
from rules.dossier.revision import revised
from rules.dossier.state import LetterState, Outcome
from rules.duties.duty import DateMove, Duty, DutyState
from rules.duties.ladder import Climb, FiredRung, Rung, remembered
from rules.letters.events import Entry
from rules.letters.letter import Letter, letter_id
from rules.telling.folding import changes, told

_SHOWN_RUNGS = 100
"""Rungs still to come that a state carries for people to see; each step finds all of them anew."""


def plan(letter: Letter, now: datetime, by: str, book: Rulebook, calendar: Calendar) -> Outcome:
    """Work out what a letter makes people owe, and take the rungs that are due at once."""
    state = LetterState(
        letter_id=letter_id(letter), letter=letter, rulebook=book.version, registered_at=now, registered_by=by
    )
    return step(state, now, book, calendar)


def step(
    state: LetterState,
    now: datetime,
    book: Rulebook,
    calendar: Calendar,
    entry: Entry | None = None,
    by: str = "system",
) -> Outcome:
    """Take a letter through one event, or through the passing of time.

    An event that is recorded already changes nothing. A calendar newer than the state's is applied first, so that
    each moved date is told with its own reason; `by` is who loaded it.
    """
    moved: list[DateMove] = []
    before = state
    if state.calendar != calendar.version:
        state, moves = revised(state, now, book, calendar, None, by)
        moved += moves
    if entry is not None and not state.has(entry.id):
        state = state.model_copy(update={"entries": (*state.entries, entry)})
        state, moves = revised(state, now, book, calendar, entry, entry.by)
        moved += moves
    state = state.model_copy(update={"version": state.version + 1})
    earlier = {duty.key: duty for duty in before.duties}
    present = {duty.key: duty for duty in state.duties}
    changed = changes(earlier, present, moved, entry.event.type if entry else "calendar")
    open_at = book.office.next_open(now, calendar, state.letter_id)
    state, due = _climbed(state, now, book, calendar, open_at)
    # A duty that is gone from the plan, as a merged week, is told of once more, without a date.
    ended = {"state": DutyState.CANCELLED, "due": None, "nominal": None, "sheet": None}
    gone = {key: duty.model_copy(update=ended) for key, duty in earlier.items()}
    digest = book.office.next_digest(open_at, calendar)
    notices = told(f"{state.letter_id}#{state.version}", gone | present, due, changed, now, open_at, digest)
    if not any(duty.unfinished for duty in state.duties):
        state = state.model_copy(update={"closed_at": state.closed_at or now, "next_wake": None})
    else:
        state = state.model_copy(update={"closed_at": None})
    return Outcome(state=state, notices=notices, withdrawn=_withdrawn(earlier, present))


def next_wake(state: LetterState) -> datetime | None:
    """Give the instant at which time itself will next matter, or None once nothing is owed."""
    return state.next_wake


def _climbed(
    state: LetterState, now: datetime, book: Rulebook, calendar: Calendar, open_at: datetime
) -> tuple[LetterState, list[Rung]]:
    """Take the rungs that are due, and find when to wake next."""
    pending = Climb(book, calendar, state.letter_id, state.fired, now).pending(state.duties, state.since)
    # After an outage the worker may come back at night: what was missed waits for office hours, once.
    due = [rung for rung in pending if rung.at <= now] if open_at <= now else []
    taken = tuple(
        FiredRung(
            key=rung.key, duty=rung.duty, code=rung.code, to=rung.to,
            scheduled=rung.scheduled, fired_at=now, level=rung.level,
        )
        for rung in due
    )  # fmt: skip
    fired = remembered((*state.fired, *taken))
    left = Climb(book, calendar, state.letter_id, fired, now).pending(state.duties, state.since) if due else pending
    wake = (open_at if left[0].at <= now else left[0].at) if left else None
    return state.model_copy(update={"fired": fired, "rungs": tuple(left[:_SHOWN_RUNGS]), "next_wake": wake}), due


def _withdrawn(before: Mapping[str, Duty], after: Mapping[str, Duty]) -> tuple[str, ...]:
    """List the duties whose unsent drafts are moot: they ended, or their date moved later."""
    moot = []
    for duty in before.values():
        later = after.get(duty.key)
        ended = later is None or not later.unfinished
        postponed = later is not None and later.due is not None and duty.due is not None and later.due > duty.due
        if duty.unfinished and (ended or postponed):
            moot.append(duty.key)
    return tuple(moot)
