"""Insert-or-update and insert-or-ignore, the same on SQLite and PostgreSQL."""

from collections.abc import Sequence

from sqlalchemy import inspect
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session

from docket.tables import Row

_BATCH = 200
"""Rows a statement; SQLite takes at most 32,766 parameters."""


def upsert(session: Session, rows: Sequence[Row]) -> None:
    """Insert rows of one table, or overwrite those that have the same primary key."""
    for batch in _batches(rows):
        table = type(batch[0])
        keys = _keys(table)
        statement = _insert(session, table).values([row.model_dump() for row in batch])
        kept = {name: statement.excluded[name] for name in table.model_fields if name not in keys}
        session.execute(statement.on_conflict_do_update(index_elements=keys, set_=kept))


def insert_new(session: Session, rows: Sequence[Row]) -> list[tuple[object, ...]]:
    """Insert the rows of one table that are not there yet; give the primary keys of those."""
    added: list[tuple[object, ...]] = []
    for batch in _batches(rows):
        table = type(batch[0])
        columns = [table.__table__.c[key] for key in _keys(table)]  # type: ignore[attr-defined]
        statement = _insert(session, table).values([row.model_dump() for row in batch])
        added += [tuple(row) for row in session.execute(statement.on_conflict_do_nothing().returning(*columns))]
    return added


def _batches(rows: Sequence[Row]) -> list[Sequence[Row]]:
    return [rows[start : start + _BATCH] for start in range(0, len(rows), _BATCH)]


def _keys(table: type[Row]) -> list[str]:
    return [column.name for column in inspect(table).primary_key]


def _insert(session: Session, table: type[Row]) -> sqlite.Insert | postgresql.Insert:
    dialect = session.get_bind().dialect.name
    return postgresql.insert(table) if dialect == "postgresql" else sqlite.insert(table)
