"""Insert-or-update and insert-or-ignore, the same on SQLite and PostgreSQL.

Statements are compiled once a table and run for many rows; values written out into the statement would be compiled
anew each time.
"""

from collections.abc import Sequence
from functools import cache

from sqlalchemy import Insert, Table, inspect
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.sql.dml import ReturningInsert
from sqlmodel import Session

from docket.tables import Row


def upsert(session: Session, rows: Sequence[Row]) -> None:
    """Insert rows of one table, or overwrite those that have the same primary key."""
    if rows:
        session.connection().execute(_overwriting(type(rows[0]), _dialect(session)), _values(rows))


def insert_new(session: Session, rows: Sequence[Row]) -> list[tuple[object, ...]]:
    """Insert the rows of one table that are not there yet; return the primary keys of those."""
    if not rows:
        return []
    added = session.connection().execute(_adding(type(rows[0]), _dialect(session)), _values(rows))
    return [tuple(row) for row in added]


def _values(rows: Sequence[Row]) -> list[dict[str, object]]:
    # A row's values are plain already, and dumping them would copy a whole state once more.
    return [{name: getattr(row, name) for name in type(row).model_fields} for row in rows]


def _dialect(session: Session) -> str:
    return session.get_bind().dialect.name


@cache
def _overwriting(rows: type[Row], dialect: str) -> Insert:
    table, statement = _insert(rows, dialect)
    kept = {column.name: statement.excluded[column.name] for column in table.columns if not column.primary_key}
    return statement.on_conflict_do_update(index_elements=list(table.primary_key), set_=kept)


@cache
def _adding(rows: type[Row], dialect: str) -> ReturningInsert[tuple[object, ...]]:
    table, statement = _insert(rows, dialect)
    keys = list(table.primary_key)
    return statement.on_conflict_do_nothing(index_elements=keys).returning(*keys)


def _insert(rows: type[Row], dialect: str) -> tuple[Table, sqlite.Insert | postgresql.Insert]:
    table = inspect(rows).local_table
    assert isinstance(table, Table)
    return table, postgresql.insert(table) if dialect == "postgresql" else sqlite.insert(table)
