"""Lists of letters 来文: what came, of which case, and what is owed of it next."""

from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, exists, func
from sqlalchemy import select as core_select
from sqlmodel import Session, col, select

from docket.lists import Scope, has_lamp, listed, within
from docket.search import holds, words_of
from docket.tables import DutyRow, LetterRow
from rules.counting.clock import local
from rules.duties.lamp import OWED, Lamp


class Letters(NamedTuple):
    """What a list of letters is narrowed to: some text, a kind, an agency, and those that are finished as well."""

    search: str = ""
    kind: str | None = None
    agency: str | None = None
    everything: bool = False


def list_letters(
    session: Session, wanted: Letters, now: datetime, scope: Scope, offset: int = 0, limit: int | None = None
) -> list[dict[str, Any]]:
    """List letters, the latest first, each with how many duties there are of it by lamp."""
    mine = [col(DutyRow.letter_id) == col(LetterRow.id), *listed(scope)]
    counts = {
        each.value: core_select(func.count()).where(has_lamp(each, now), *mine).scalar_subquery()
        for each in (*OWED, Lamp.UNREPORTED)
    }
    due = core_select(func.min(col(DutyRow.due))).where(col(DutyRow.state) == "open", *mine).scalar_subquery()
    query = core_select(LetterRow, due, *counts.values()).where(*_criteria(wanted, scope))
    query = query.order_by(col(LetterRow.received_at).desc(), col(LetterRow.id)).offset(offset).limit(limit)
    return [
        _line(row, scope) | {"due": due.isoformat() if due else None}
        | {name: int(number or 0) for name, number in zip(counts, numbers, strict=True)}
        for row, due, *numbers in session.execute(query)
    ]  # fmt: skip


def count_letters(session: Session, wanted: Letters, scope: Scope) -> int:
    """Count the letters that a list would have."""
    return session.exec(select(func.count()).select_from(LetterRow).where(*_criteria(wanted, scope))).one()


def _criteria(wanted: Letters, scope: Scope) -> list[ColumnElement[bool]]:
    found = [holds(col(LetterRow.words), word) for word in words_of(wanted.search)]
    if scope.agencies is not None:
        found.append(exists().where(col(DutyRow.letter_id) == col(LetterRow.id), *within(Scope(scope.agencies))))
    if wanted.agency is not None:
        of = within(Scope(frozenset({wanted.agency})))
        found.append(exists().where(col(DutyRow.letter_id) == col(LetterRow.id), *of))
    if wanted.kind is not None:
        found.append(col(LetterRow.kind) == wanted.kind)
    if not (wanted.everything or wanted.search):
        found.append(col(LetterRow.closed_at).is_(None))
    return found


def _line(row: LetterRow, scope: Scope) -> dict[str, Any]:
    closed = local(row.closed_at).isoformat(timespec="seconds") if row.closed_at else None
    return {
        "letter": row.id,
        "short": row.short,
        "kind": row.kind,
        "matter": row.matter,
        "number": row.number,
        "court": row.court,
        "title": row.title,
        "plaintiff": row.plaintiff,
        "agencies": [each for each in row.agencies if scope.agencies is None or each in scope.agencies],
        "received_on": local(row.received_at).date().isoformat(),
        "registered_by": row.registered_by,
        "history": row.history,
        "voided": row.voided,
        "closed_at": closed,
    }
