"""封存: each event of a letter carries a digest of itself and of the one before, so that a later change shows."""

import json
from collections.abc import Sequence
from datetime import UTC
from hashlib import sha256

from sqlmodel import Session, col, select

from docket.tables import EventRow


def seal(session: Session, letter_id: str) -> None:
    """Seal a letter's events that are not sealed yet, behind those that are."""
    rows = events(session, letter_id)
    sealed = [row for row in rows if row.seal is not None]
    last = sealed[-1].seal or "" if sealed else ""
    for number, row in enumerate((row for row in rows if row.seal is None), start=len(sealed) + 1):
        row.number, row.seal = number, digest(row, number, last)
        session.add(row)
        last = row.seal


def broken(rows: Sequence[EventRow]) -> list[str]:
    """Name the events of one letter, as `events` lists them, that are not as they were sealed, or were never sealed."""
    found, last = [], ""
    for number, row in enumerate(rows, start=1):
        if row.seal != digest(row, number, last):
            found.append(row.id)
        last = row.seal or ""
    return found


def events(session: Session, letter_id: str) -> list[EventRow]:
    """List a letter's events as they were sealed, those that are not sealed last."""
    query = select(EventRow).where(EventRow.letter_id == letter_id)
    return list(session.exec(query.order_by(col(EventRow.number).nulls_last(), col(EventRow.at), EventRow.id)))


def digest(row: EventRow, number: int, before: str) -> str:
    """Give the SHA-256 of an event, its number and the seal before it, in hexadecimal."""
    content = [
        number, row.letter_id, row.id, row.type, row.on.isoformat(), row.at.astimezone(UTC).isoformat(), row.by,
        row.agency, row.body, before,
    ]  # fmt: skip
    return sha256(json.dumps(content, ensure_ascii=False, sort_keys=True).encode()).hexdigest()
