"""Lists of matters 案件: where each stands, and the lamps of what is owed in it."""

from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, case, exists, func, or_
from sqlalchemy import select as core_select
from sqlmodel import Session, col, select

from docket.lists import OPEN, Scope, has_light, holds, within
from docket.tables import WITHOUT_STATE, DossierRow, DutyRow, LetterRow
from rules.counting.clock import local
from rules.duties.duty import Light
from rules.letters.letter import MATTER


class Matters(NamedTuple):
    """What a list of matters is narrowed to: some text, one instance, and those in which nothing is owed as well."""

    search: str = ""
    proceeding: str | None = None
    everything: bool = False


def list_matters(
    session: Session, wanted: Matters, now: datetime, scope: Scope, offset: int = 0, limit: int | None = None
) -> list[dict[str, Any]]:
    """List matters, those with the next date first; what nobody owes anything of comes last, the latest first."""
    lamps = {light.value: _count(has_light(light, now)) for light in (Light.RED, Light.YELLOW, Light.GREEN)}
    lamps["waiting"] = _count(col(DutyRow.state) == "waiting")
    due = func.min(case((col(DutyRow.state) == "open", col(DutyRow.due)), else_=None))
    owed = (
        core_select(col(DutyRow.dossier_id).label("id"), due.label("due"), *(n.label(k) for k, n in lamps.items()))
        .where(col(DutyRow.state).in_(OPEN), *within(scope))
        .group_by(col(DutyRow.dossier_id))
        .subquery()
    )
    letters = (
        core_select(func.count())
        .where(col(LetterRow.dossier_id) == col(DossierRow.id), ~col(LetterRow.voided), *_read(scope))
        .scalar_subquery()
    )
    query = core_select(DossierRow, letters, owed.c.due, *(owed.c[name] for name in lamps)).options(WITHOUT_STATE)
    query = query.join(owed, owed.c.id == col(DossierRow.id), isouter=True).where(*_criteria(wanted, scope))
    order = (owed.c.due.is_(None), owed.c.due, col(DossierRow.touched_at).desc(), col(DossierRow.id))
    rows = session.execute(query.order_by(*order).offset(offset).limit(limit))
    return [
        _line(row, count) | {"due": due.isoformat() if due else None}
        | {name: int(number or 0) for name, number in zip(lamps, counts, strict=True)}
        for row, count, due, *counts in rows
    ]  # fmt: skip


def count_matters(session: Session, wanted: Matters, scope: Scope) -> int:
    """Count the matters that a list would have."""
    return session.exec(select(func.count()).select_from(DossierRow).where(*_criteria(wanted, scope))).one()


def _count(which: ColumnElement[bool]) -> ColumnElement[int]:
    return func.sum(case((which, 1), else_=0))


def _criteria(wanted: Matters, scope: Scope) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = [col(DossierRow.kind) == MATTER]
    if scope.agencies is not None:
        # Whom a case concerns looks at it, even where by now the bureau alone owes anything.
        concerned = within(Scope(scope.agencies))
        found.append(exists().where(col(DutyRow.dossier_id) == col(DossierRow.id), *concerned))
    if not wanted.everything:
        found.append(col(DossierRow.closed_at).is_(None))
    if wanted.proceeding is not None:
        found.append(col(DossierRow.proceeding) == wanted.proceeding)
    if wanted.search:
        # What stands in another agency's letter finds nothing.
        letters = core_select(col(LetterRow.dossier_id)).where(
            holds(col(LetterRow.words), wanted.search), *_read(scope)
        )
        found.append(or_(holds(col(DossierRow.words), wanted.search), col(DossierRow.id).in_(letters)))
    return found


def _read(scope: Scope) -> list[ColumnElement[bool]]:
    """Say in SQL that somebody reads a letter."""
    if scope.agencies is None:
        return []
    return [exists().where(col(DutyRow.letter_id) == col(LetterRow.id), *within(Scope(scope.agencies)))]


def _line(row: DossierRow, letters: int) -> dict[str, Any]:
    return {
        "id": row.id,
        "matter": row.name,
        "title": row.title,
        "letters": letters,
        "proceeding": row.proceeding,
        "over_on": row.over_on.isoformat() if row.over_on else None,
        "touched_at": local(row.touched_at).isoformat(timespec="seconds"),
        "closed_at": local(row.closed_at).isoformat(timespec="seconds") if row.closed_at else None,
    }
