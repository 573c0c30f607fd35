"""The questions that every typed date is asked."""

from datetime import date, datetime, timedelta
from typing import NamedTuple

from rules.counting.clock import local_date
from rules.errors import Refused
from rules.letters.letter import Letter

OLDEST = timedelta(days=3 * 366)
"""A paper that is older than three years when it comes is a slip of the keyboard."""

FURTHEST = timedelta(days=366)
"""No court sets a hearing, or has a window begin, more than a year ahead."""

FAR_APART = timedelta(days=270)
"""One paper reaches bureau and agency within months; a year between them is a wrong year."""


LONGEST_REWORK = timedelta(days=366)
"""No bureau gives an agency more than a year to do a paper again."""


class Present(NamedTuple):
    """Today, and the oldest day that can be meant: a letter may stay open for longer than it was old when it came."""

    today: date
    oldest: date


def present(now: datetime, registered: datetime | None = None) -> Present:
    """Return today and the oldest day that can be meant in a letter that comes now, or was registered at an instant."""
    return Present(local_date(now), local_date(registered or now) - OLDEST)


def refuse_unless_past(field: str, day: date, present: Present) -> None:
    """Refuse a day that has not come, for what is recorded has happened, or one that is years ago."""
    if day > present.today:
        raise Refused(field, "in_future", day=day, today=present.today)
    if day < present.oldest:
        raise Refused(field, "too_old", day=day)


def refuse_unless_near(field: str, day: date, present: Present) -> None:
    """Refuse a day that a court can have named only by a slip: years ago, or years ahead."""
    if day < present.oldest:
        raise Refused(field, "too_old", day=day)
    if day - present.today > FURTHEST:
        raise Refused(field, "too_far", day=day)


def refuse_unless_hearing(field: str, day: date, letter: Letter, present: Present) -> None:
    """Refuse a hearing that was before anybody had the letter, or that no court can have meant."""
    # The agency may have had the paper long before the bureau heard of it.
    papers = [letter.received_on] + [each.received_on for each in letter.agencies if each.received_on]
    first = min([*papers, letter.issued_on] if letter.issued_on else papers)
    if day < first:
        raise Refused(field, "hearing_before_receipt", day=day, received=first)
    refuse_unless_near(field, day, present)


def refuse_unless_served(letter: Letter) -> None:
    """Refuse a letter that does not say when each agency received it."""
    for number, each in enumerate(letter.agencies):
        if each.received_on is None:
            raise Refused(f"agencies.{number}.received_on", "receipt_needed", agency=each.agency)
