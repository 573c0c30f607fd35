"""再看一眼: what is possible, but so often a slip of the pen that a clerk should look at it again."""

from collections.abc import Iterable, Sequence
from datetime import date
from typing import NamedTuple

from rules.counting.calendar import Calendar
from rules.counting.clock import local_date
from rules.counting.sheet import day_off_name
from rules.errors import CalendarUnknown
from rules.letters.letter import AppearanceNotice, Letter, MediationLetter, ResponseNotice
from rules.texts import Language, text

_LONG_AGO = 15
"""Days between the date on a letter and its receipt after which one of the two is likely mistyped."""


class Look(NamedTuple):
    """One thing to look at again: the field, and the message `look.KEY` with its values."""

    field: str
    key: str
    values: dict[str, str]

    @property
    def name(self) -> str:
        """Name what was looked at, so that having seen one thing is not having seen another."""
        return "/".join((self.field, self.key, *self.values.values()))

    def words(self, language: Language) -> str:
        """Say what deserves a second look, in one language."""
        reason = {"reason": day_off_name(self.values["reason"], language)} if "reason" in self.values else {}
        return text(f"look.{self.key}", language, **(self.values | reason))


def second_looks(letter: Letter, calendar: Calendar, elsewhere: Sequence[str]) -> list[Look]:
    """List what deserves a second look in a letter; `elsewhere` names letters of other matters with its number."""
    looks = days_off(_days(letter), calendar)
    if letter.issued_on is not None and (letter.received_on - letter.issued_on).days > _LONG_AGO:
        days = (letter.received_on - letter.issued_on).days
        looks.append(Look("issued_on", "long_ago", {"issued": str(letter.issued_on), "days": str(days)}))
    if elsewhere:
        looks.append(Look("number", "same_number", {"number": letter.number or "", "found": "、".join(elsewhere)}))
    if isinstance(letter, MediationLetter) and letter.window_start is not None:
        gap = abs((letter.window_start - letter.received_on).days)
        if gap > _LONG_AGO:
            looks.append(Look("window_start", "window_far", {"start": str(letter.window_start), "days": str(gap)}))
    return looks


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
    if isinstance(letter, AppearanceNotice):
        days.append(("hearing_at", local_date(letter.hearing_at)))
    if isinstance(letter, ResponseNotice) and letter.hearing_on is not None:
        days.append(("hearing_on", letter.hearing_on))
    return days
