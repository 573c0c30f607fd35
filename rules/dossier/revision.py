"""A letter's duties worked out anew: which dates move, what stands as it was judged, what a calendar may not take."""

from collections.abc import Iterable
from datetime import date, datetime

from rules.books.model import Rulebook
from rules.counting.calendar import Calendar
from rules.dossier.state import LetterState
from rules.duties.derive import derive
from rules.duties.duty import DateMove, Duty
from rules.duties.kind import situation
from rules.duties.ladder import since_key
from rules.duties.situation import Situation
from rules.letters.events import Entry, Excuse
from rules.letters.letter import Letter


def revised(
    state: LetterState, now: datetime, book: Rulebook, calendar: Calendar, cause: Entry | None, by: str
) -> tuple[LetterState, list[DateMove]]:
    """Work the duties out anew and note each date that moved."""
    case = situation(state.letter, state.entries, book, calendar, state.grace)
    derived = derive(case)
    grace = dict(state.grace)
    if cause is None and state.version:
        grace |= _graces(state.duties, derived.duties)
    elif cause is not None and grace:
        # What an event has moved is no longer the date that the calendar's change was kind to.
        shown = {duty.key: duty.due for duty in state.duties}
        moved = {duty.key for duty in derived.duties if duty.due != shown.get(duty.key, duty.due)}
        grace = {key: day for key, day in grace.items() if key not in moved}
    if grace != state.grace:
        case = situation(state.letter, state.entries, book, calendar, grace)
        derived = derive(case)
    duties = _kept(state, case, derived.duties, cause)
    moves = [] if not state.version else _moves(state.duties, duties, now, cause, by, calendar)
    # A duty that is owed anew, or has an earlier date back, climbs from now: nothing was held up meanwhile.
    climbing = {since_key(duty) for duty in state.duties if duty.unfinished}
    keys = [since_key(duty) for duty in duties if duty.unfinished]
    since = {key: state.since[key] if key in climbing else now for key in keys}
    state = state.model_copy(
        update={
            "calendar": calendar.version,
            "duties": duties,
            "window": derived.window,
            "since": {**state.since, **since},
            "grace": grace,
            "moves": (*state.moves, *moves),
            "voided": case.facts.void is not None,
        }
    )
    return state, moves


def _graces(old: Iterable[Duty], new: Iterable[Duty]) -> dict[str, date]:
    """Find the duties that a calendar moves earlier: who acts by the date shown before commits no breach.

    A weekly slot that was merged into another until now had that other one's date.
    """
    before = {duty.key: duty for duty in old}
    found = {}
    for duty in new:
        shown = before.get(duty.key) or next((each for each in before.values() if _covers(each, duty)), None)
        if shown is not None and shown.due is not None and duty.due is not None and duty.due < shown.due:
            found[duty.key] = max(shown.due, shown.grace or shown.due)
    return found


def _covers(slot: Duty, part: Duty) -> bool:
    """Tell whether a weekly slot covers all the days of another one of the same agency."""
    if slot.covers is None or part.covers is None or (slot.entry, slot.agency) != (part.entry, part.agency):
        return False
    return slot.covers[0] <= part.covers[0] and part.covers[1] <= slot.covers[1]


def _kept(
    state: LetterState, case: Situation[Letter], derived: tuple[Duty, ...], cause: Entry | None
) -> tuple[Duty, ...]:
    """Keep finished duties as an earlier calendar judged them, unless an event now changes the facts about them.

    A new calendar never re-judges what is finished, and what it leaves no place for, as a merged week, stays on record.
    """
    finished = [duty for duty in state.duties if not duty.unfinished and duty.calendar != case.calendar.version]
    if not finished or (cause is not None and case.facts.void is not None):
        return derived
    judged = {duty.key: case.excuse(duty) for duty in finished}
    untouched = {duty.key: duty for duty in derived}
    if cause is not None and not isinstance(cause.event, Excuse):
        entries = tuple(entry for entry in state.entries if entry.id != cause.id)
        without = derive(situation(state.letter, entries, case.book, case.calendar, case.grace))
        untouched = {duty.key: duty for duty in without.duties}
    kept = [judged.pop(duty.key, duty) if untouched.get(duty.key) == duty else duty for duty in derived]
    here = {duty.key for duty in derived}
    return (*kept, *(old for key, old in judged.items() if key not in untouched and key not in here))


def _moves(
    old: Iterable[Duty],
    new: Iterable[Duty],
    now: datetime,
    cause: Entry | None,
    by: str,
    calendar: Calendar,
) -> list[DateMove]:
    after = {duty.key: duty for duty in new}
    why = cause.event.type if cause else "calendar"
    found = []
    for duty in old:
        later = after.get(duty.key)
        if duty.due is None or (later is None and not duty.unfinished):
            continue
        if later is None or (later.due, later.nominal) != (duty.due, duty.nominal):
            found.append(
                DateMove(
                    duty=duty.key,
                    old_due=duty.due,
                    new_due=later.due if later else None,
                    old_nominal=duty.nominal,
                    new_nominal=later.nominal if later else None,
                    why=why,
                    event=cause.id if cause else None,
                    calendar=calendar.version,
                    at=now,
                    by=by,
                )
            )
    return found
