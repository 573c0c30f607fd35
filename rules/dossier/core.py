"""The heart: `step` takes a dossier through what happens or the passing of time, `next_wake` says when time matters.

Both are pure; `now`, the rulebooks and the calendar are arguments. Effects are data in the outcome.
"""

from collections.abc import Mapping
from datetime import datetime

from rules.books.model import Rulebook
from rules.counting.calendar import Calendar
from rules.dossier.revision import revise, why
from rules.dossier.situations import Books
from rules.dossier.state import Arrival, Dossier, Happening, Outcome
from rules.duties.duty import DateMove, Duty, DutyState
from rules.duties.ladder import Climb, FiredRung, Rung, remembered
from rules.letters.events import Entry
from rules.telling.folding import changes, fold


def opened(identity: str, rulebook: str, now: datetime, by: str) -> Dossier:
    """Return a dossier in which nothing has happened yet; its first step is about what opens it."""
    return Dossier(id=identity, rulebook=rulebook, opened_at=now, opened_by=by)


def step(
    state: Dossier,
    now: datetime,
    books: Books,
    calendar: Calendar,
    happening: Happening | None = None,
    by: str = "system",
) -> Outcome:
    """Take a dossier through a letter's arrival, an event, or the passing of time.

    What is known already changes nothing. A calendar newer than the state's is applied first, so that each moved date
    is told with its own reason; `by` is who loaded it.
    """
    moved: list[DateMove] = []
    before = state
    if state.calendar != calendar.version:
        state, moves = revise(state, now, books, calendar, None, by)
        moved += moves
    if happening is not None and not state.has(happening):
        state = _with(state, happening)
        state, moves = revise(state, now, books, calendar, happening, happening.by)
        moved += moves
    state = state.model_copy(update={"version": state.version + 1})
    earlier = {duty.id: duty for duty in before.duties}
    present = {duty.id: duty for duty in state.duties}
    changed = changes(earlier, present, moved, lambda duty: why(duty, happening))
    office = office_of(state, books).office
    open_at = office.next_open(now, calendar, state.id)
    state, due = _climbed(state, now, books, calendar, open_at)
    # A duty that is gone from the plan, as a merged week, is told of once more, without a date.
    ended = {"state": DutyState.CANCELLED, "due": None, "nominal": None, "sheet": None}
    gone = {key: duty.model_copy(update=ended) for key, duty in earlier.items()}
    digest = office.next_digest(open_at, calendar)
    notices = fold(
        f"{state.id}#{state.version}", gone | present, due, changed, now, open_at, digest,
        happened=happening is not None,
    )  # fmt: skip
    return Outcome(state=_closed(state, now), notices=notices, withdrawn=_withdrawn(earlier, present))


def next_wake(state: Dossier) -> datetime | None:
    """Return the instant at which time itself will next matter, or None once nothing is owed."""
    return state.next_wake


def office_of(state: Dossier, books: Books) -> Rulebook:
    """Return the book whose office hours hold for the dossier as a whole: that of the letter registered last."""
    last = max(state.here, key=lambda each: (each.at, each.letter_id), default=None)
    return books[last.rulebook if last else state.rulebook]


def ladder(state: Dossier, now: datetime, books: Books, calendar: Calendar) -> list[Rung]:
    """List the rungs still to come of all duties, earliest first."""
    return Climb(_own(state, books), calendar, state.id, state.fired, now).pending(state.duties, state.since)


def _own(state: Dossier, books: Books) -> Books:
    """Return the rulebook of each letter by its id, and under no id the dossier's own."""
    return {arrival.letter_id: books[arrival.rulebook] for arrival in state.letters} | {"": books[state.rulebook]}


def _with(state: Dossier, happening: Happening) -> Dossier:
    if isinstance(happening, Arrival):
        return state.model_copy(update={"letters": (*state.letters, happening)})
    assert isinstance(happening, Entry)
    return state.model_copy(update={"entries": (*state.entries, happening)})


def _climbed(
    state: Dossier, now: datetime, books: Books, calendar: Calendar, open_at: datetime
) -> tuple[Dossier, list[Rung]]:
    """Take the rungs that are due, and find when to wake next."""
    pending = ladder(state, now, books, calendar)
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
    state = state.model_copy(update={"fired": fired})
    left = ladder(state, now, books, calendar) if due else pending
    wake = (open_at if left[0].at <= now else left[0].at) if left else None
    coming = tuple(rung for rung in left if wake is not None and rung.at <= wake)
    return state.model_copy(update={"coming": coming, "next_wake": wake}), due


def _closed(state: Dossier, now: datetime) -> Dossier:
    """Note which letters, and whether the dossier, owe nothing any more, and since when."""
    owing = {duty.letter for duty in state.duties if duty.unfinished}
    done = [each.letter_id for each in state.here if each.letter_id not in owing]
    closed = {letter: state.closed.get(letter, now) for letter in done}
    closed_at = None if owing else state.closed_at or now
    return state.model_copy(update={"closed": closed, "closed_at": closed_at})


def _withdrawn(before: Mapping[str, Duty], after: Mapping[str, Duty]) -> tuple[str, ...]:
    """List the duties whose unsent drafts are moot: they ended, or their date moved later."""
    moot = []
    for duty in before.values():
        later = after.get(duty.id)
        ended = later is None or not later.unfinished
        postponed = later is not None and later.due is not None and duty.due is not None and later.due > duty.due
        if duty.unfinished and (ended or postponed):
            moot.append(duty.id)
    return tuple(moot)
