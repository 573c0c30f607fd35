"""发送: which notices wait for the day's digest, when a channel is tried again and when it is given up."""

from collections.abc import Iterable
from datetime import date, datetime, timedelta

from rules.counting.calendar import Calendar
from rules.counting.clock import OfficeHours
from rules.telling.notices import NoticeItem, NoticeKind

_AT_ONCE = {NoticeKind.ARRIVAL, NoticeKind.REOPENED, NoticeKind.OVERDUE}
"""What is sent by itself; everything else waits for its reader's digest of the day."""

_FIRST_WAIT = timedelta(seconds=5)
_LONGEST_WAIT = timedelta(minutes=30)
MOST_ATTEMPTS = 60
"""Attempts after which a channel is given up, about three working days: nobody is written to outside office hours."""


def waits_for_digest(items: Iterable[NoticeItem], digest: date) -> bool:
    """Tell whether a notice can wait for the digest of a day: it presses on nobody, and that day is not too late."""
    return all(
        item.kind not in _AT_ONCE and (item.kind is NoticeKind.ENDED or can_wait(item.due, digest)) for item in items
    )


def can_wait(due: date | None, digest: date) -> bool:
    """Tell whether the digest of a day is not too late for a duty."""
    return due is None or due >= digest


def next_attempt(
    attempts: int, now: datetime, office: OfficeHours, calendar: Calendar, spread_key: str
) -> datetime | None:
    """Give when a channel that failed so many times is tried again, in office hours, or None once it is given up."""
    if attempts >= MOST_ATTEMPTS:
        return None
    # Doubling stops long before the number is too large for a duration.
    wait = min(_FIRST_WAIT * 2 ** min(attempts - 1, 16), _LONGEST_WAIT)
    return office.next_open(now + wait, calendar, spread_key)
