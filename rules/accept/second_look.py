"""再看一眼: what a clerk should look at again in a letter before it is registered."""

from collections.abc import Iterable, Sequence
from datetime import date

from rules.counting.calendar import Calendar
from rules.duties.kind import kind_of
from rules.errors import CalendarUnknown
from rules.letters.letter import Letter
from rules.letters.looks import LONG_AGO, Look


def second_looks(letter: Letter, calendar: Calendar, elsewhere: Sequence[str]) -> list[Look]:
    """List what deserves a second look in a letter; `elsewhere` names letters of other matters with its number."""
    looks = days_off(_days(letter), calendar)
    if letter.issued_on is not None and (letter.received_on - letter.issued_on).days > LONG_AGO:
        days = (letter.received_on - letter.issued_on).days
        looks.append(Look("issued_on", "long_ago", {"issued": str(letter.issued_on), "days": str(days)}))
    if elsewhere:
        looks.append(Look("number", "same_number", {"number": letter.number or "", "found": "、".join(elsewhere)}))
    return [*looks, *kind_of(letter).looks(letter)]


def days_off(days: Iterable[tuple[str, date]], calendar: Calendar) -> list[Look]:
    """List the days, each with its field, on which nobody was at work."""
    found = []
    for field, day in days:
        try:
            reason = calendar.rest_reason(day)
        except CalendarUnknown:
            continue
        if reason is not None:
            found.append(Look(field, "day_off", {"day": str(day), "reason": reason}))
    return found


def _days(letter: Letter) -> list[tuple[str, date]]:
    """List the days on which somebody must have been at work."""
    days = [("received_at", letter.received_on)]
    for number, each in enumerate(letter.agencies):
        if each.received_on is not None and each.received_on != letter.received_on:
            days.append((f"agencies.{number}.received_on", each.received_on))
    return [*days, *kind_of(letter).days(letter)]
