"""封存: each event of a dossier carries a hash of itself and of the one before, so that a later change shows."""

import json
from collections.abc import Mapping, Sequence
from datetime import UTC
from hashlib import sha256

from sqlmodel import Session, col, select

from docket.tables import EventRow


def seal(session: Session, dossier: str) -> None:
    """Seal a dossier's events that are not sealed yet: each where it was taken out, or behind the last."""
    rows = events(session, dossier)
    sealed = {row.number: row for row in rows if row.number is not None and row.seal is not None}
    for row in rows:
        if row.seal is not None:
            continue
        last = max(sealed, default=0)
        missing = (number for number in range(1, last) if number not in sealed)
        number = next((each for each in missing if _fits(row, each, sealed)), last + 1)
        row.number, row.seal = number, hash_of(row, number, _seal(sealed, number - 1))
        sealed[number] = row
        session.add(row)


def seal_first(rows: Sequence[EventRow]) -> None:
    """Seal the events that a new dossier begins with, before they are written: in the order of `events`."""
    last = ""
    for number, row in enumerate(sorted(rows, key=lambda row: (row.at, row.id)), start=1):
        row.number, row.seal = number, hash_of(row, number, last)
        last = row.seal


def _fits(row: EventRow, number: int, sealed: Mapping[int, EventRow]) -> bool:
    """Tell whether the next event was sealed behind this one."""
    following = sealed.get(number + 1)
    seal_ = hash_of(row, number, _seal(sealed, number - 1))
    return following is not None and following.seal == hash_of(following, number + 1, seal_)


def _seal(sealed: Mapping[int, EventRow], number: int) -> str:
    return (sealed[number].seal or "") if number in sealed else ""


def broken_seals(rows: Sequence[EventRow]) -> list[str]:
    """Name the events of one dossier, as `events` lists them, that are not as they were sealed, or never were."""
    found, last = [], ""
    for number, row in enumerate(rows, start=1):
        if row.seal != hash_of(row, number, last):
            found.append(row.id)
        last = row.seal or ""
    return found


def events(session: Session, dossier: str) -> list[EventRow]:
    """List a dossier's events as they were sealed, those that are not sealed last."""
    query = select(EventRow).where(EventRow.dossier_id == dossier)
    return list(session.exec(query.order_by(col(EventRow.number).nulls_last(), col(EventRow.at), EventRow.id)))


def hash_of(row: EventRow, number: int, before: str) -> str:
    """Return the SHA-256 of an event, its number and the seal before it, in hexadecimal."""
    content = [
        number, row.dossier_id, row.letter_id, row.id, row.type, row.on.isoformat(),
        row.at.astimezone(UTC).isoformat(), row.by, row.agency, row.body, before,
    ]  # fmt: skip
    return sha256(json.dumps(content, ensure_ascii=False, sort_keys=True).encode()).hexdigest()
