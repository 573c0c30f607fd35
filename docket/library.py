"""Calendars and rulebooks as the docket keeps them: what was shipped, and what the bureau has loaded since."""

from collections.abc import Sequence
from datetime import datetime
from functools import cache, lru_cache
from typing import Any

from sqlmodel import Session, col, select

from docket.tables import CalendarYearRow, RulebookInForceRow, RulebookRow
from docket.upsert import insert_missing
from rules.accept.rulebook import shipped_rulebook
from rules.books.model import Rulebook
from rules.counting.calendar import Calendar, shipped_calendar
from rules.counting.years import YearDocument, as_json
from rules.dossier.state import Dossier
from rules.errors import Refused


def current_calendar(session: Session) -> Calendar:
    """Return the shipped calendar with the years that the bureau has loaded, the latest of each."""
    loaded = select(CalendarYearRow.year, CalendarYearRow.document).order_by(col(CalendarYearRow.id))
    latest = {year: YearDocument.model_validate(document) for year, document in session.exec(loaded)}
    return _calendar(tuple(as_json(document) for document in latest.values()))


@lru_cache(maxsize=4)
def _calendar(documents: tuple[str, ...]) -> Calendar:
    # Indexing the years takes milliseconds and every step asks for them; equal documents give the same calendar.
    if not documents:
        return shipped_calendar()
    return shipped_calendar().with_years(YearDocument.model_validate_json(document) for document in documents)


def store_year(session: Session, document: YearDocument, now: datetime, by: str) -> None:
    """Keep a loaded year; earlier notices of the same year stay on the record."""
    session.add(
        CalendarYearRow(year=document.year, document=document.model_dump(mode="json"), loaded_at=now, loaded_by=by)
    )


def store_rulebook(session: Session, book: Rulebook, now: datetime) -> None:
    """Keep a rulebook under its version, once."""
    insert_missing(session, [RulebookRow(version=book.version, document=_dumped(book), stored_at=now)])


def rulebook(session: Session, version: str) -> Rulebook:
    """Return the rulebook that a letter was registered under, however many have come since."""
    found = _BOOKS.get(version)
    if found is None:
        row = session.get(RulebookRow, version)
        if row is None:
            raise Refused("rulebook", "rulebook_unknown", version=version)
        found = _BOOKS[version] = Rulebook.model_validate(row.document)
    return found


def books_of(session: Session, state: Dossier) -> dict[str, Rulebook]:
    """Return the rulebooks that a dossier is watched under, by version."""
    return {version: rulebook(session, version) for version in {state.rulebook, *(a.rulebook for a in state.letters)}}


def rulebook_in_force(session: Session) -> Rulebook:
    """Return the rulebook that new letters come under: the one last loaded, else the shipped one."""
    version = _in_force(session)
    return rulebook(session, version) if version is not None else shipped_rulebook()


def version_in_force(session: Session) -> str:
    """Name the rulebook that new letters come under, without reading it."""
    return _in_force(session) or _shipped_version()


def _in_force(session: Session) -> str | None:
    return session.exec(select(RulebookInForceRow.version).order_by(col(RulebookInForceRow.id).desc()).limit(1)).first()


@cache
def _shipped_version() -> str:
    # A version is a digest of the whole book, which takes a millisecond.
    return shipped_rulebook().version


def put_in_force(session: Session, book: Rulebook, now: datetime, by: str) -> None:
    """Put a rulebook in force for new letters; letters that are registered keep theirs."""
    store_rulebook(session, book, now)
    session.add(RulebookInForceRow(version=book.version, loaded_at=now, loaded_by=by))


def rulebook_versions(session: Session) -> Sequence[str]:
    """List the versions of rulebooks in the docket."""
    return session.exec(select(RulebookRow.version)).all()


_BOOKS: dict[str, Rulebook] = {}
"""Rulebooks by version; a version names its content, so an entry never goes stale."""


def _dumped(book: Rulebook) -> dict[str, Any]:
    data: dict[str, Any] = book.model_dump(mode="json")
    data["rules"] = {
        key: {name: value for name, value in rule.items() if name != "id"} for key, rule in data["rules"].items()
    }
    return data
