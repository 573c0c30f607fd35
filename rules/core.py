"""The heart: `plan` a letter, `step` it through an event or the passing of time, ask for its `next_wake`.

All three are pure; `now`, the rulebook and the calendar are arguments. Effects are data in the outcome.
"""

from collections.abc import Iterable
from datetime import date, datetime

from rules.book.rulebook import Rulebook
from rules.counting.calendar import Calendar
from rules.duties.case import Case
from rules.duties.derive import Derived, derive
from rules.duties.duty import DateMove, Duty
from rules.duties.ladder import Climb, FiredRung, Rung, since_key
from rules.duties.window import parties
from rules.letters.events import Entry, Excuse
from rules.letters.letter import Letter, MediationLetter, letter_id
from rules.notices import Notice, NoticeItem, NoticeKind, is_late, pressing
from rules.state import LetterState, Outcome, WindowState


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
        state, moves = _derived(state, now, book, calendar, None, by)
        moved += moves
    if entry is not None and not state.has(entry.id):
        state = state.model_copy(update={"entries": (*state.entries, entry)})
        state, moves = _derived(state, now, book, calendar, entry, entry.by)
        moved += moves
    state, notices = _climbed(state, now, book, calendar, moved, before.duties)
    closed_at = None if any(duty.unfinished for duty in state.duties) else state.closed_at or now
    state = state.model_copy(
        update={
            "version": state.version + 1,
            "closed_at": closed_at,
            "next_wake": None if closed_at else state.next_wake,
        }
    )
    notices = [notice.model_copy(update={"key": _notice_key(state, notice)}) for notice in notices]
    return Outcome(state=state, notices=tuple(notices), withdrawn=_withdrawn(before, state))


def next_wake(state: LetterState) -> datetime | None:
    """Give the instant at which time itself will next matter, or None once nothing is owed."""
    return state.next_wake


def _derived(
    state: LetterState, now: datetime, book: Rulebook, calendar: Calendar, cause: Entry | None, by: str
) -> tuple[LetterState, list[DateMove]]:
    """Work the duties out anew and note each date that moved."""
    case = Case(state.letter, state.entries, book, calendar, state.grace)
    derived = derive(case)
    grace = dict(state.grace)
    if cause is None and state.version:
        grace |= _graces(state.duties, derived.duties)
        case = Case(state.letter, state.entries, book, calendar, grace)
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
            "window": _window(case, derived),
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


def _kept(state: LetterState, case: Case, derived: tuple[Duty, ...], cause: Entry | None) -> tuple[Duty, ...]:
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
        without = derive(Case(state.letter, entries, case.book, case.calendar, case.grace))
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


def _climbed(
    state: LetterState,
    now: datetime,
    book: Rulebook,
    calendar: Calendar,
    moved: list[DateMove],
    before: Iterable[Duty],
) -> tuple[LetterState, list[Notice]]:
    """Take the rungs that are due, one notice an address, and find when to wake next."""
    pending = Climb(book, calendar, state.letter_id, state.fired, now).pending(state.duties, state.since)
    due = [rung for rung in pending if rung.at <= now]
    open_at = book.office.next_open(now, calendar, state.letter_id)
    if due and open_at > now:
        # After an outage the worker may come back at night: what was missed waits for office hours, once.
        due = []
    notices = _notices(state, due, moved, before, now, open_at)
    taken = tuple(
        FiredRung(
            key=rung.key, duty=rung.duty, code=rung.code, to=rung.to,
            scheduled=rung.scheduled, fired_at=now,
        )
        for rung in due
    )  # fmt: skip
    fired = (*state.fired, *taken)
    left = Climb(book, calendar, state.letter_id, fired, now).pending(state.duties, state.since) if due else pending
    wake = (open_at if left[0].at <= now else left[0].at) if left else None
    return state.model_copy(update={"fired": fired, "rungs": tuple(left), "next_wake": wake}), notices


def _notices(
    state: LetterState,
    due: list[Rung],
    moved: list[DateMove],
    before: Iterable[Duty],
    now: datetime,
    open_at: datetime,
) -> list[Notice]:
    """Fold rungs and moved dates into one notice an address; after an outage that one says it is late."""
    # A duty that is gone from the plan, as a merged week, is told of once more, without a date.
    gone = {duty.key: duty.model_copy(update={"due": None, "nominal": None, "sheet": None}) for duty in before}
    duties = gone | {duty.key: duty for duty in state.duties}
    grouped: dict[tuple[str, bool], list[Rung]] = {}
    for rung in due:
        for address in _addresses(duties[rung.duty], rung.to):
            grouped.setdefault((address, rung.draft), []).append(rung)
    moves: dict[str, list[DateMove]] = {}
    for move in moved:
        duty = duties.get(move.duty)
        if duty is not None and duty.unfinished and move.old_due != move.new_due:
            for address in dict.fromkeys([*_addresses(duty, "obligor"), "bureau"]):
                moves.setdefault(address, []).append(move)
                grouped.setdefault((address, False), [])
    notices = []
    for (address, draft), rungs in grouped.items():
        changed = [] if draft else moves.get(address, [])
        late = any(is_late(rung.at, now) for rung in rungs)
        items = _items(duties, rungs, changed, now)
        notices.append(
            Notice(
                key="",
                to=address,
                kind=pressing([item.kind for item in items]),
                draft=draft,
                late=late,
                scheduled=min([rung.at for rung in rungs], default=now),
                send_at=open_at,
                items=items,
                rungs=tuple(rung.key for rung in rungs),
            )
        )
    return notices


def _items(duties: dict[str, Duty], rungs: list[Rung], moves: list[DateMove], now: datetime) -> tuple[NoticeItem, ...]:
    concerned = dict.fromkeys([rung.duty for rung in rungs] + [move.duty for move in moves])
    items = []
    for key in concerned:
        duty = duties[key]
        move = next((move for move in moves if move.duty == key), None)
        taken = [rung for rung in rungs if rung.duty == key]
        kinds = [_kind(rung, duty, now) for rung in taken] + ([NoticeKind.MOVED] if move else [])
        items.append(
            NoticeItem(
                duty=key,
                kind=pressing(kinds),
                rule=duty.rule,
                act=duty.act,
                act_en=duty.act_en,
                clause=duty.clause,
                agency=duty.agency,
                codes=tuple(rung.code for rung in taken),
                due=duty.due,
                nominal=duty.nominal,
                old_due=move.old_due if move else None,
                provisional=duty.provisional,
                soft=duty.soft,
                missing=duty.missing,
                sentence=duty.sheet.sentence() if duty.sheet else "",
                sentence_en=duty.sheet.sentence("en") if duty.sheet else "",
                why=move.why if move else "",
            )
        )
    # What presses most stands first, and gives the subject its words.
    order = list(NoticeKind)
    return tuple(sorted(items, key=lambda item: (-order.index(item.kind), item.due or date.max, item.duty)))


def _addresses(duty: Duty, to: str) -> list[str]:
    """Name whom a rung goes to, by role."""
    if to == "obligor":
        ours = duty.obligor == "bureau"
        return ["bureau"] if ours else [f"agency:{agency}" for agency in duty.agencies]
    if to == "leader":
        return [f"leader:{agency}" for agency in duty.agencies]
    return ["bureau"] if to == "clerk" else [to]


def _kind(rung: Rung, duty: Duty, now: datetime) -> NoticeKind:
    if rung.code == "trigger":
        return NoticeKind.ARRIVAL
    # A reminder that an outage kept back until the date had passed is no reminder any more.
    return NoticeKind.OVERDUE if duty.overdue(now) else NoticeKind.REMINDER


def _notice_key(state: LetterState, notice: Notice) -> str:
    return f"{state.letter_id}#{state.version}:{notice.to}" + (":draft" if notice.draft else "")


def _withdrawn(before: LetterState, after: LetterState) -> tuple[str, ...]:
    """List the duties whose unsent drafts are moot: they ended, or their date moved later."""
    now = {duty.key: duty for duty in after.duties}
    moot = []
    for duty in before.duties:
        later = now.get(duty.key)
        ended = later is None or not later.unfinished
        postponed = later is not None and later.due is not None and duty.due is not None and later.due > duty.due
        if duty.unfinished and (ended or postponed):
            moot.append(duty.key)
    return tuple(moot)


def _window(case: Case, derived: Derived) -> WindowState | None:
    if derived.window is None:
        return None
    assert isinstance(case.letter, MediationLetter)
    opened = derived.window
    duty = next(duty for duty in derived.duties if duty.rule == "R05")
    assert duty.anchor is not None
    ended_on, ended_by = opened.ended_on, opened.ended_by
    if ended_on is None and not duty.unfinished:
        ended_on, ended_by = duty.satisfied_on or duty.ended_on, "result" if duty.satisfied_on else duty.ended_by
    return WindowState(
        start=duty.anchor,
        nominal=opened.reckoning.nominal,
        due=opened.reckoning.due,
        extensions=opened.extensions,
        parties=parties(case, case.letter),
        ended_on=ended_on,
        ended_by=ended_by,
    )
