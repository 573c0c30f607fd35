"""再看一眼: what is possible, but so often a slip that whoever types it should look at it again before it stands."""

from collections.abc import Callable, Iterable, Sequence
from datetime import date, datetime

from rules.accept.events import door_of
from rules.books.model import Rule
from rules.counting.calendar import Calendar
from rules.counting.clock import local_date
from rules.dossier.letter import LetterState
from rules.duties.kind import kind_of
from rules.errors import CalendarUnknown, Refused
from rules.letters.events import Entry, Event
from rules.letters.letter import Letter
from rules.letters.looks import LONG_AGO, LONG_PAST, Look

Confirms = Callable[[Look], bool]
"""Whether somebody has answered a second look: that it is meant."""

_MENDS = frozenset({"correction", "void", "excuse", "accounted", "flagged", "analysis", "review", "next_hearing"})
"""Events that are about what is finished, or come at any time."""


def second_looks(letter: Letter, calendar: Calendar, elsewhere: Sequence[str], now: datetime) -> list[Look]:
    """List what deserves a second look in a letter; `elsewhere` names letters of other matters with its number."""
    looks = days_off(_days(letter), calendar)
    if letter.issued_on is not None and (letter.received_on - letter.issued_on).days > LONG_AGO:
        days = (letter.received_on - letter.issued_on).days
        looks.append(
            Look(field="issued_on", key="long_ago", values={"issued": str(letter.issued_on), "days": str(days)})
        )
    looks += _long_past("received_at", letter.received_on, now)
    if elsewhere:
        values = {"number": letter.number or "", "found": "、".join(elsewhere)}
        looks.append(Look(field="number", key="same_number", values=values))
    return [*looks, *kind_of(letter).looks(letter)]


def event_looks(
    state: LetterState, entry: Entry, rules: Iterable[Rule], calendar: Calendar, *, changes: bool
) -> list[Look]:
    """List what deserves a second look in an event of a letter, as it stands before.

    `changes` says whether any date, duty or window of the matter differs with it.
    """
    event = entry.event
    looks = _long_past("on", event.on, entry.at)
    looks += kind_of(state.letter).event_looks(door_of(state), event, calendar)
    if event.type not in _MENDS:
        if state.closed_at is not None:
            values = {"day": str(local_date(state.closed_at))}
            looks.append(Look(field="event", key="finished", values=values, grave=True))
        elif not changes and any(event.type in _heeded(rule) for rule in rules) and not _on_the_way(state, event):
            looks.append(Look(field="event", key="changes_nothing", grave=True))
    return looks + days_off([("on", event.on)], calendar)


def refuse_unanswered(looks: Iterable[Look], confirms: Confirms) -> tuple[Look, ...]:
    """Return the second looks that were answered; a grave one that was not is refused, and says how to answer it."""
    answered = []
    for look in looks:
        if confirms(look):
            answered.append(look)
        elif look.grave:
            raise Refused(look.field, "second_look", look=look.words("zh"), look_en=look.words("en"))
    return tuple(answered)


def days_off(days: Iterable[tuple[str, date]], calendar: Calendar) -> list[Look]:
    """List the days, each with its field, on which nobody was at work."""
    found = []
    for field, day in days:
        try:
            reason = calendar.rest_reason(day)
        except CalendarUnknown:
            continue
        if reason is not None:
            found.append(Look(field=field, key="day_off", values={"day": str(day), "reason": reason}))
    return found


def _long_past(field: str, day: date, now: datetime) -> list[Look]:
    days = (local_date(now) - day).days
    values = {"day": str(day), "days": str(days)}
    return [Look(field=field, key="long_past", values=values, grave=True)] if days > LONG_PAST else []


def _on_the_way(state: LetterState, event: Event) -> bool:
    """Tell whether an event is the first paper of an agency's that the bureau must have before it passes it on."""
    passed_on = kind_of(state.letter).passes_on
    return (
        passed_on is not None
        and event.type == passed_on.paper
        and not door_of(state).facts.named(event.type, event.whose)
    )


def _heeded(rule: Rule) -> tuple[str, ...]:
    return (*rule.satisfied_by, *rule.cancelled_by, *rule.extended_by)


def _days(letter: Letter) -> list[tuple[str, date]]:
    """List the days on which somebody must have been at work."""
    days = [("received_at", letter.received_on)]
    for number, each in enumerate(letter.agencies):
        if each.received_on is not None and each.received_on != letter.received_on:
            days.append((f"agencies.{number}.received_on", each.received_on))
    return [*days, *kind_of(letter).days(letter)]
