"""What the docket alone shows: rows beside states, dates beside the second count, and what is no single matter's."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from sqlalchemy import Engine
from sqlmodel import Session

from docket.audits import (
    miscounted,
    missing_numbers,
    seal_breaks,
    undigested,
    unreachable,
)
from docket.delivery import untried
from docket.engine import reading
from docket.library import books_of, current_calendar, rulebook_in_force
from docket.rebuilding import Record, record
from operations.findings import Finding
from rules.dossier.situations import Books
from rules.dossier.state import Dossier
from rules.duties.duty import id_of
from rules.recount import recounted
from settings import Settings

_DELIVERY_LATE = timedelta(minutes=15)
"""How long after its time a delivery may still be untried: a worker that was away needs a moment for them all."""


def in_the_docket(engine: Engine, dossier: str) -> tuple[Dossier | None, list[Finding]]:
    """Compare what the docket has of a dossier with itself, and with the second count."""
    with reading(engine) as session:
        kept = record(session, dossier)
        if kept is None:
            return None, []
        return kept.state, [*_dates(session, kept), *_rows(kept)] if kept.state.closed_at is None else _rows(kept)


def _dates(session: Session, kept: Record) -> list[Finding]:
    """Count the duties' dates a second time, from the rows of events."""
    state, calendar = kept.state, current_calendar(session)
    if state.calendar != calendar.version:
        return [Finding(state.id, "not_replanned", {"expected": calendar.version, "found": state.calendar})]
    found, books = [], books_of(session, state)
    counted = recounted(kept.letters, kept.entries, books, calendar.years.values(), state.rulebook)
    expected = {id_of(letter, key): due for letter, dates in counted.items() for key, due in dates.items()}
    weekly = {id_of(letter, key) for letter, dates in counted.items() for key in _weeks(state, books, letter, dates)}
    for key, due in expected.items():
        if key not in kept.dues:
            # Weeks between an expiry and an extension that came too late are nobody's.
            if due is not None and key not in weekly:
                found.append(Finding(state.id, "duty_missing", {"duty": key}))
            continue
        standing, known = kept.dues[key]
        if standing in ("open", "waiting") and known != due:
            values = {"duty": key, "expected": str(due), "found": str(known)}
            found.append(Finding(state.id, "date_drift", values))
    unknown = [key for key, (standing, _) in kept.dues.items() if standing == "open" and key not in expected]
    return found + [
        Finding(state.id, "date_drift", {"duty": key, "expected": "—", "found": str(kept.dues[key][1])})
        for key in unknown
    ]


def _weeks(state: Dossier, books: Books, letter: str, dates: Iterable[str]) -> list[str]:
    """List the keys of weekly reports among those of a letter's duties."""
    arrival = state.arrival(letter)
    rules = books[arrival.rulebook].rules if arrival else {}
    parted = ((key, *key.partition("@")[0].partition(".")) for key in dates)
    return [key for key, rule, numbered, _ in parted if numbered and rule in rules and rules[rule].shape == "weekly"]


def _rows(kept: Record) -> list[Finding]:
    """Say which rows differ from the state that they were written from."""
    return [Finding(kept.state.id, "row_differs", {"row": row}) for row in kept.stale]


def elsewhere(engine: Engine, settings: Settings, now: datetime) -> list[Finding]:
    """Look at what is no single open matter's: seals of all events, deliveries, people, numbers of slips."""
    with reading(engine) as session:
        found = [
            Finding(matter, "seal_broken", {"event": event, "content": content})
            for matter, event, content in seal_breaks(session)
        ]
        found += [
            Finding(matter, "events_missing", {"expected": str(known), "found": str(there)})
            for matter, known, there in miscounted(session)
        ]
        found += [Finding(key, "delivery_stuck", {}) for key in untried(session, now - _DELIVERY_LATE)]
        found += [
            Finding(id_, "unreachable", {"name": name}) for id_, name in unreachable(session, settings.outside, now)
        ]
        office, calendar = rulebook_in_force(session).office, current_calendar(session)
        found += [
            Finding(id_, "undigested", {"name": name}) for id_, name in undigested(session, office, calendar, now)
        ]
        found += [Finding(number, "number_missing", {}) for number in missing_numbers(session)]
    return found
