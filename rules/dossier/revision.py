"""A dossier's duties worked out anew: which dates move, what stands as it was judged, what a calendar may not take."""

from collections.abc import Iterable
from datetime import date, datetime

from rules.counting.calendar import Calendar
from rules.dossier.case import follow_up
from rules.dossier.situations import Books, situations
from rules.dossier.state import Arrival, Dossier, Happening
from rules.duties.derive import derive
from rules.duties.duty import DateMove, Duty, in_order
from rules.duties.ladder import since_key
from rules.duties.situation import Situation
from rules.duties.window import WindowState
from rules.letters.cases import LetterMoved
from rules.letters.events import Excuse
from rules.letters.letter import Letter


class DerivedDossier:
    """The duties of all letters of a dossier, their windows, and the situations that they were worked out from."""

    def __init__(self, state: Dossier, books: Books, calendar: Calendar, grace: dict[str, date]) -> None:
        self.situations: dict[str, Situation[Letter]] = {}
        self.windows: dict[str, WindowState] = {}
        duties: list[Duty] = []
        found = situations(state.here, state.entries, books, calendar, grace)
        for each in found:
            worked_out = derive(each)
            self.situations[each.letter_id] = each
            duties += worked_out.duties
            if worked_out.window is not None:
                self.windows[each.letter_id] = worked_out.window
        duties += follow_up(state, books[state.rulebook], calendar)
        self.duties = in_order(duties)

    def excused(self, duty: Duty) -> Duty:
        """Apply a supervisor's excuse to a duty that was judged before."""
        situation = self.situations.get(duty.letter)
        return situation.excuse(duty) if situation else duty


def revise(
    state: Dossier, now: datetime, books: Books, calendar: Calendar, cause: Happening | None, by: str
) -> tuple[Dossier, list[DateMove]]:
    """Work the duties out anew and note each date that moved."""
    derived = DerivedDossier(state, books, calendar, state.grace)
    grace = dict(state.grace)
    if cause is None:
        grace |= _graces(state.duties, derived.duties)
    elif grace:
        # What an event has moved is no longer the date that the calendar's change was kind to.
        shown = {duty.id: duty.due for duty in state.duties}
        moved = {duty.id for duty in derived.duties if duty.due != shown.get(duty.id, duty.due)}
        grace = {key: day for key, day in grace.items() if key not in moved}
    if grace != state.grace:
        derived = DerivedDossier(state, books, calendar, grace)
    duties = _kept(state, derived, books, calendar, grace, cause)
    moves = _moves(state.duties, duties, now, cause, by, calendar)
    # A duty that is owed anew, or has an earlier date back, climbs from now: nothing was held up meanwhile.
    climbing = {since_key(duty) for duty in state.duties if duty.unfinished}
    keys = [since_key(duty) for duty in duties if duty.unfinished]
    since = {key: state.since[key] if key in climbing else now for key in keys}
    void = [letter for letter, each in derived.situations.items() if each.facts.void is not None]
    state = state.model_copy(
        update={
            "calendar": calendar.version,
            "duties": duties,
            "windows": derived.windows,
            "since": {**state.since, **since},
            "grace": grace,
            "moves": (*state.moves, *moves),
            "voided": tuple(void),
        }
    )
    return state, moves


def why(duty: Duty, cause: Happening | None) -> str:
    """Name what changed a duty: the event, the calendar, or another letter of its matter."""
    if cause is None:
        return "calendar"
    if isinstance(cause, Arrival):
        return duty.ended_by or "other_letter"
    return cause.event.type if cause.letter in ("", duty.letter) else "other_letter"


def _graces(old: Iterable[Duty], new: Iterable[Duty]) -> dict[str, date]:
    """Find the duties that a calendar moves earlier: who acts by the date shown before commits no breach.

    A weekly slot that was merged into another until now had that other one's date.
    """
    before = {duty.id: duty for duty in old}
    found = {}
    for duty in new:
        shown = before.get(duty.id) or next((each for each in before.values() if _covers(each, duty)), None)
        if shown is not None and shown.due is not None and duty.due is not None and duty.due < shown.due:
            found[duty.id] = max(shown.due, shown.grace or shown.due)
    return found


def _covers(slot: Duty, part: Duty) -> bool:
    """Tell whether a weekly slot covers all the days of another one of the same letter and agency."""
    same = (slot.letter, slot.entry, slot.agency) == (part.letter, part.entry, part.agency)
    if slot.covers is None or part.covers is None or not same:
        return False
    return slot.covers[0] <= part.covers[0] and part.covers[1] <= slot.covers[1]


def _kept(
    state: Dossier,
    derived: DerivedDossier,
    books: Books,
    calendar: Calendar,
    grace: dict[str, date],
    cause: Happening | None,
) -> tuple[Duty, ...]:
    """Keep finished duties as an earlier calendar judged them, unless an event now changes the facts about them.

    A new calendar never re-judges what is finished, and what it leaves no place for, as a merged week, stays on record.
    """
    void = {letter for letter, each in derived.situations.items() if each.facts.void is not None}
    finished = [duty for duty in state.duties if not duty.unfinished]
    if cause is not None:
        # What never had a date was judged by no calendar.
        finished = [
            each for each in finished if each.calendar not in ("", calendar.version) and each.letter not in void
        ]
    if not finished:
        return derived.duties
    judged = {duty.id: derived.excused(duty) for duty in finished}
    untouched = {duty.id: duty for duty in derived.duties}
    if cause is not None and not _is_excuse(cause):
        without = DerivedDossier(_without(state, cause), books, calendar, grace)
        untouched = {duty.id: duty for duty in without.duties}
    kept = [judged.pop(duty.id, duty) if untouched.get(duty.id) == duty else duty for duty in derived.duties]
    here = {duty.id for duty in derived.duties}
    return in_order([*kept, *(old for key, old in judged.items() if key not in untouched and key not in here)])


def _is_excuse(cause: Happening) -> bool:
    return not isinstance(cause, Arrival) and isinstance(cause.event, Excuse)


def _without(state: Dossier, cause: Happening) -> Dossier:
    if isinstance(cause, Arrival):
        left = [each for each in state.letters if each.letter_id != cause.letter_id]
        return state.model_copy(update={"letters": tuple(left)})
    if isinstance(cause.event, LetterMoved):
        away = {**state.moved, cause.event.letter: cause.event.other}
        back = {letter: other for letter, other in state.moved.items() if letter != cause.event.letter}
        return state.model_copy(update={"moved": away if cause.event.direction == "in" else back})
    return state.model_copy(update={"entries": tuple(entry for entry in state.entries if entry.id != cause.id)})


def _moves(
    old: Iterable[Duty],
    new: Iterable[Duty],
    now: datetime,
    cause: Happening | None,
    by: str,
    calendar: Calendar,
) -> list[DateMove]:
    after = {duty.id: duty for duty in new}
    found = []
    for duty in old:
        later = after.get(duty.id)
        if duty.due is None or duty.rolling or (later is None and not duty.unfinished):
            continue
        if later is None or (later.due, later.nominal) != (duty.due, duty.nominal):
            found.append(
                DateMove(
                    duty=duty.id,
                    old_due=duty.due,
                    new_due=later.due if later else None,
                    old_nominal=duty.nominal,
                    new_nominal=later.nominal if later else None,
                    why=why(later or duty, cause),
                    event=cause.id if cause is not None and not isinstance(cause, Arrival) else None,
                    calendar=calendar.version,
                    at=now,
                    by=by,
                )
            )
    return found
