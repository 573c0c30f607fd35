"""发送: which notices wait for the day's digest, when a channel is tried again and when it is given up."""

from collections.abc import Iterable
from datetime import date, datetime, timedelta

from rules.counting.calendar import Calendar
from rules.counting.clock import OfficeHours
from rules.telling.notices import NoticeItem, NoticeKind

_NEWS = {NoticeKind.ARRIVAL, NoticeKind.REOPENED, NoticeKind.MOVED, NoticeKind.ENDED}
"""What is sent by itself when it happens; everything else waits for its reader's one message of the morning."""

_PRESSING = {NoticeKind.ARRIVAL, NoticeKind.REMINDER}
"""What goes by itself where the next digest would be too late for it."""

_FIRST_WAIT = timedelta(seconds=5)
_LONGEST_WAIT = timedelta(minutes=30)
MOST_ATTEMPTS = 60
"""Attempts after which a channel is given up, about three working days: nobody is written to outside office hours."""


def waits_for_digest(items: Iterable[NoticeItem], digest: date, *, happened: bool) -> bool:
    """Tell whether a notice waits for the digest of a day: nothing in it has just happened, and that is not too late.

    `happened` says that somebody recorded something, or a letter came; otherwise time has passed, or a calendar came.
    What a letter asks for that came in quiet hours is told after them, and may be due before the next digest.
    """
    return not any(
        (happened and item.kind in _NEWS) or (item.kind in _PRESSING and not can_wait(item.due, digest))
        for item in items
    )


def can_wait(due: date | None, digest: date) -> bool:
    """Tell whether the digest of a day is not too late for a duty."""
    return due is None or due >= digest


def next_attempt(
    attempts: int, now: datetime, office: OfficeHours, calendar: Calendar, spread_key: str
) -> datetime | None:
    """Return when a channel that failed so many times is tried again, in office hours, or None once it is given up."""
    if attempts >= MOST_ATTEMPTS:
        return None
    # Doubling stops long before the number is too large for a duration.
    wait = min(_FIRST_WAIT * 2 ** min(attempts - 1, 16), _LONGEST_WAIT)
    return office.next_open(now + wait, calendar, spread_key)
