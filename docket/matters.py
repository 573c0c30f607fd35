"""Lists of matters 案件: where each stands, and the lamps of what is owed in it."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Literal, NamedTuple

from sqlalchemy import ColumnElement, case, exists, func, or_
from sqlalchemy import select as core_select
from sqlmodel import Session, col, select

from docket.library import current_calendar
from docket.lists import OPEN, Scope, has_lamp, listed, within
from docket.search import agencies_named, holds, words_of
from docket.tables import WITHOUT_STATE, DossierRow, DutyAgencyRow, DutyRow, LetterRow
from rules.counting.calendar import Calendar
from rules.counting.clock import local
from rules.dossier.view import left_view
from rules.duties.lamp import LIGHTS, OWED, Lamp, lamp
from rules.letters.letter import MATTER

Order = Literal["due", "matter", "title", "plaintiff", "touched"]


class Matters(NamedTuple):
    """What a list of matters is narrowed to: some text, one instance, and those in which nothing is owed as well."""

    search: str = ""
    proceeding: str | None = None
    everything: bool = False
    sort: Order = "due"
    descending: bool = False


def list_matters(
    session: Session, wanted: Matters, now: datetime, scope: Scope, offset: int = 0, limit: int | None = None
) -> list[dict[str, Any]]:
    """List matters, those with the next date first; what nobody owes anything of comes last, the latest first."""
    lamps = {each.value: _count(has_lamp(each, now)) for each in (*OWED, Lamp.UNREPORTED)}
    due = func.min(case((col(DutyRow.state) == "open", col(DutyRow.due)), else_=None))
    owed = (
        core_select(col(DutyRow.dossier_id).label("id"), due.label("due"), *(n.label(k) for k, n in lamps.items()))
        .where(col(DutyRow.state).in_((*OPEN, "missed")), *listed(scope))
        .group_by(col(DutyRow.dossier_id))
        .subquery()
    )
    letters = (
        core_select(func.count())
        .where(col(LetterRow.dossier_id) == col(DossierRow.id), ~col(LetterRow.voided), *_read(scope))
        .scalar_subquery()
    )
    query = core_select(DossierRow, letters, *(owed.c[name] for name in lamps)).options(WITHOUT_STATE)
    query = query.join(owed, owed.c.id == col(DossierRow.id), isouter=True).where(*_criteria(wanted, scope))
    rows = session.execute(query.order_by(*_order(wanted, owed.c.due)).offset(offset).limit(limit)).all()
    coming = _next(session, [row.id for row, *_ in rows], now, scope)
    return [
        _line(row, count, now, scope) | {"next": coming.get(row.id)}
        | {name: int(number or 0) for name, number in zip(lamps, counts, strict=True)}
        for row, count, *counts in rows
    ]  # fmt: skip


def _order(wanted: Matters, due: Any) -> list[Any]:
    """Order matters by what is asked for; those in which nothing is owed come last where it is the next date."""
    first = {
        "due": due, "matter": col(DossierRow.name), "title": col(DossierRow.title),
        "plaintiff": col(DossierRow.plaintiff), "touched": col(DossierRow.touched_at),
    }[wanted.sort]  # fmt: skip
    undated = [due.is_(None)] if wanted.sort == "due" else []
    key = first.desc() if wanted.descending else first.asc()
    return [*undated, key, col(DossierRow.touched_at).desc(), col(DossierRow.id)]


_AT_ONCE = 500
"""Matters whose duties are read by one query: a database takes only so many values."""


def _next(session: Session, matters: Sequence[str], now: datetime, scope: Scope) -> dict[str, dict[str, Any]]:
    """Return the next date of each matter, with what is owed by then and how many days are left."""
    calendar = current_calendar(session)
    found: dict[str, dict[str, Any]] = {}
    for begin in range(0, len(matters), _AT_ONCE):
        query = select(DutyRow).where(col(DutyRow.dossier_id).in_(matters[begin : begin + _AT_ONCE]))
        query = query.where(DutyRow.state == "open", col(DutyRow.due).is_not(None), *listed(scope))
        for duty in session.exec(query.order_by(col(DutyRow.due), col(DutyRow.position))):
            found.setdefault(duty.dossier_id, _owed(duty, now, calendar))
    return found


def _owed(duty: DutyRow, now: datetime, calendar: Calendar) -> dict[str, Any]:
    assert duty.due is not None
    shown = lamp(duty.state, duty.soft, duty.due_at, duty.warn_on, now)
    return {
        "due": duty.due.isoformat(),
        "act": duty.act,
        "act_en": duty.act_en,
        "lamp": shown.value,
        "light": LIGHTS[shown].value,
        "overdue": shown in (Lamp.OVERDUE, Lamp.TARDY),
        "left": left_view(duty.state, duty.due, duty.working, now, calendar),
    }


def next_name(session: Session, county: str, year: int) -> str:
    """Return the name that the next matter of a year would have, where they are numbered as 2026-017 is."""
    names = session.exec(
        select(DossierRow.name).where(
            DossierRow.county == county, DossierRow.kind == MATTER, col(DossierRow.name).startswith(f"{year}-")
        )
    )
    numbers = [name.partition("-")[2] for name in names]
    last = max((int(each) for each in numbers if each.isascii() and each.isdigit() and len(each) < 6), default=0)
    return f"{year}-{last + 1:03}"


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
    # A search finds what is open and what is closed alike.
    if not (wanted.everything or wanted.search):
        found.append(col(DossierRow.closed_at).is_(None))
    if wanted.proceeding is not None:
        found.append(col(DossierRow.proceeding) == wanted.proceeding)
    found += [_has(word, scope) for word in words_of(wanted.search)]
    return found


def _has(word: str, scope: Scope) -> ColumnElement[bool]:
    """Say in SQL that a matter or one of its letters holds a word, or that it concerns an agency of that name."""
    # What stands in another agency's letter finds nothing.
    letters = core_select(col(LetterRow.dossier_id)).where(holds(col(LetterRow.words), word), *_read(scope))
    concerned = (
        core_select(col(DutyAgencyRow.dossier_id))
        .where(col(DutyAgencyRow.agency).in_(agencies_named(word)))
        .correlate(None)
    )
    return or_(
        holds(col(DossierRow.words), word), col(DossierRow.id).in_(letters), col(DossierRow.id).in_(concerned)
    )  # fmt: skip


def _read(scope: Scope) -> list[ColumnElement[bool]]:
    """Say in SQL that somebody reads a letter."""
    if scope.agencies is None:
        return []
    return [exists().where(col(DutyRow.letter_id) == col(LetterRow.id), *within(Scope(scope.agencies)))]


def _line(row: DossierRow, letters: int, now: datetime, scope: Scope) -> dict[str, Any]:
    today = local(now).date().isoformat()
    return {
        "id": row.id,
        "matter": row.name,
        "title": row.title,
        "plaintiff": row.plaintiff,
        "agencies": [each for each in row.agencies if scope.agencies is None or each in scope.agencies],
        "letters": letters,
        "proceeding": row.proceeding,
        "outcomes": row.outcomes,
        "hearing": next((each for each in row.hearings if each["on"] >= today and not each["appeared"]), None),
        "over_on": row.over_on.isoformat() if row.over_on else None,
        "opened_by": row.opened_by,
        "touched_at": local(row.touched_at).isoformat(timespec="seconds"),
        "closed_at": local(row.closed_at).isoformat(timespec="seconds") if row.closed_at else None,
    }
