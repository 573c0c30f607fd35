"""Who is told what: rungs, moved dates, and duties that ended or came back, folded into one notice an address."""

from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime
from typing import NamedTuple

from rules.duties.duty import DateMove, Duty, DutyState
from rules.duties.ladder import Rung
from rules.telling.delivery import waits_for_digest
from rules.telling.notices import Notice, NoticeItem, NoticeKind, is_late, pressing

_ENDED_FROM_OUTSIDE = {DutyState.CANCELLED, DutyState.MISSED, DutyState.EXCUSED}


class DutyChange(NamedTuple):
    """What became of one duty without its obligor's doing: its date moved, it ended, or it is owed again.

    `agencies` are those it is news to, where it is not news to all who owe the duty.
    """

    duty: str
    kind: NoticeKind
    why: str
    old_due: date | None = None
    agencies: tuple[str, ...] | None = None


def changes(
    before: Mapping[str, Duty], after: Mapping[str, Duty], moves: Iterable[DateMove], why: Callable[[Duty], str]
) -> list[DutyChange]:
    """List what people must be told of a step beside its rungs; `why` names what caused it for a duty."""
    found = []
    for move in moves:
        # A duty that the calendar brought and the event took away again within one step was never told of.
        duty = after.get(move.duty) or before.get(move.duty)
        if duty is not None and duty.unfinished and move.old_due != move.new_due:
            found.append(DutyChange(move.duty, NoticeKind.MOVED, move.why, move.old_due))
    for key, duty in after.items():
        # What still waits for its day zero has been told to nobody but the clerk who is to record it.
        earlier = before.get(key)
        if earlier is None or duty.rolling or DutyState.WAITING in (earlier.state, duty.state):
            continue
        if earlier.unfinished and duty.state in _ENDED_FROM_OUTSIDE:
            found.append(DutyChange(key, NoticeKind.ENDED, why(duty)))
        elif duty.unfinished and not earlier.unfinished:
            found.append(DutyChange(key, NoticeKind.REOPENED, why(duty)))
        elif duty.unfinished:
            found += _handed_over(earlier, duty, why(duty))
    for key, earlier in before.items():
        # A dated duty that is gone has a move of its own; one without a date only vanishes.
        if key not in after and earlier.state is DutyState.OPEN and earlier.due is None:
            found.append(DutyChange(key, NoticeKind.ENDED, why(earlier)))
    return found


def _handed_over(earlier: Duty, duty: Duty, why: str) -> list[DutyChange]:
    """List what agencies hear that have joined the obligors of a shared duty, or have left them."""
    if duty.obligor == "bureau":
        return []
    joined = tuple(agency for agency in duty.agencies if agency not in earlier.agencies)
    left = tuple(agency for agency in earlier.agencies if agency not in duty.agencies)
    found = [DutyChange(duty.id, NoticeKind.ARRIVAL, why, agencies=joined)] if joined else []
    return found + ([DutyChange(duty.id, NoticeKind.ENDED, why, agencies=left)] if left else [])


def fold(
    dossier_step: str,
    duties: Mapping[str, Duty],
    due: Iterable[Rung],
    changed: Iterable[DutyChange],
    now: datetime,
    open_at: datetime,
    digest: date,
    *,
    happened: bool,
) -> tuple[Notice, ...]:
    """Fold rungs and changes into one notice an address; after an outage that one says it is late.

    `dossier_step` begins each notice's key; `open_at` is the next instant within office hours, `digest` the day of the
    next digests. `happened` says that the step is about something that happened, and not about time or a calendar.
    """
    rungs: dict[tuple[str, bool], list[Rung]] = {}
    for rung in due:
        for address in _addresses(duties[rung.duty], rung.to):
            rungs.setdefault((address, rung.draft), []).append(rung)
    news: dict[tuple[str, bool], list[DutyChange]] = {}
    for change in changed:
        for address in _concerned(duties[change.duty], change):
            news.setdefault((address, False), []).append(change)
    notices = []
    for address, draft in dict.fromkeys([*rungs, *news]):
        taken = rungs.get((address, draft), [])
        items = _items(duties, taken, news.get((address, draft), []), now)
        kind = pressing([item.kind for item in items])
        notices.append(
            Notice(
                key=f"{dossier_step}:{address}" + (":draft" if draft else ""),
                to=address,
                kind=kind,
                draft=draft,
                late=any(is_late(rung.at, now) for rung in taken),
                scheduled=min([rung.at for rung in taken], default=now),
                send_at=open_at,
                digest=not draft and waits_for_digest(items, digest, happened=happened),
                # What was to remind a leader in time and comes too late is a 督办单 as well, of the lowest level.
                level=max((rung.level for rung in taken), default=0) or int(draft and kind is NoticeKind.OVERDUE),
                items=items,
                rungs=tuple(rung.key for rung in taken),
            )
        )
    return tuple(notices)


def _items(
    duties: Mapping[str, Duty], rungs: list[Rung], changed: list[DutyChange], now: datetime
) -> tuple[NoticeItem, ...]:
    items = []
    for key in dict.fromkeys([rung.duty for rung in rungs] + _first_of_each(duties, changed)):
        duty = duties[key]
        taken = [rung for rung in rungs if rung.duty == key]
        news = [change for change in changed if change.duty == key]
        kinds = [_kind(rung, duty, now) for rung in taken] + [change.kind for change in news]
        left = any(change.kind is NoticeKind.ENDED for change in news) and duty.unfinished
        items.append(
            NoticeItem(
                duty=duty.key,
                letter=duty.letter,
                kind=pressing(kinds),
                rule=duty.rule,
                act=duty.act,
                act_en=duty.act_en,
                clause=duty.clause,
                agency=duty.agency,
                obligor=duty.obligor,
                codes=tuple(rung.code for rung in taken),
                due=duty.due,
                nominal=duty.nominal,
                old_due=next((change.old_due for change in news if change.old_due), None),
                state=(DutyState.CANCELLED if left else duty.state).value,
                provisional=duty.provisional,
                soft=duty.soft,
                missing=duty.missing,
                sentence=duty.sheet.sentence() if duty.sheet else "",
                sentence_en=duty.sheet.sentence("en") if duty.sheet else "",
                why=news[0].why if news else "",
            )
        )
    # What presses most stands first, and gives the subject its words.
    order = list(NoticeKind)
    return tuple(sorted(items, key=lambda item: (-order.index(item.kind), item.due or date.max, item.duty)))


def _first_of_each(duties: Mapping[str, Duty], changed: list[DutyChange]) -> list[str]:
    """Name the duties that changed; of the weeks that end or come back together, the first stands for all."""
    first: dict[tuple[object, ...], str] = {}
    for change in sorted(changed, key=lambda change: (duties[change.duty].due or date.max, change.duty)):
        duty = duties[change.duty]
        alone = change.duty if change.kind is NoticeKind.MOVED or duty.slot is None else ""
        first.setdefault((duty.letter, duty.entry, duty.agency, change.kind, duty.state, alone), change.duty)
    return list(dict.fromkeys(first.values()))


def _concerned(duty: Duty, change: DutyChange) -> list[str]:
    """Name who hears of a change: who owes the duty, and of a moved date the bureau as well."""
    if change.agencies is not None:
        return [f"agency:{agency}" for agency in change.agencies]
    obligor = _addresses(duty, "obligor")
    return list(dict.fromkeys([*obligor, "bureau"])) if change.kind is NoticeKind.MOVED else obligor


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
