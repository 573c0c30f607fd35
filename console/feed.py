"""The iCalendar feed (RFC 5545) of somebody's duties: one all-day event a duty, on its due date."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta
from hashlib import sha256
from typing import Any
from urllib.parse import quote

from icalendar import Alarm, Calendar, Event

from console.words import said
from desk.wording import owed_by, state_of

SCOPE = "calendar"
"""The scope of a token that opens nothing but the feed."""


def feed(duties: Iterable[Mapping[str, Any]], names: Mapping[str, str], now: datetime, base: str) -> bytes:
    """Write duties as a calendar; an event keeps its identity while its date moves."""
    calendar = Calendar()
    calendar.add("prodid", "-//Qixian//期限//ZH")
    calendar.add("version", "2.0")
    calendar.add("x-wr-calname", said("feed.name"))
    calendar.add("x-published-ttl", "PT1H")
    for duty in duties:
        due = date.fromisoformat(duty["due"])
        event = Event()
        name = sha256(f"{duty['letter'] or duty['matter']}|{duty['duty']}".encode()).hexdigest()[:32]
        event.add("uid", f"{name}@qixian.invalid")
        event.add("dtstamp", now)
        event.add("dtstart", due)
        event.add("dtend", due + timedelta(days=1))
        summary = f"{duty['matter']} {duty['act']}（{owed_by(duty, names)}）"
        event.add("summary", summary)
        lines = [said(f"kind.{duty['kind'] or 'none'}"), duty["title"], state_of(duty)]
        event.add("description", "\n".join(line for line in lines if line))
        if base:
            where = f"letters/{duty['short']}" if duty["short"] else f"docket?all=1&q={quote(duty['matter'])}"
            event.add("url", f"{base}/{where}")
        event.add_component(_alarm(summary))
        calendar.add_component(event)
    written: bytes = calendar.to_ical()
    return written


def _alarm(words: str) -> Alarm:
    """Make an alarm for nine in the morning of the day before; an all-day event begins at midnight."""
    alarm = Alarm()
    alarm.add("action", "DISPLAY")
    alarm.add("description", words)
    alarm.add("trigger", timedelta(hours=-15))
    return alarm
