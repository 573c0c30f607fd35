"""Insert, insert-or-update and insert-or-ignore, the same on SQLite and PostgreSQL.

Statements are compiled once a table and run for many rows; values written out into the statement would be compiled
anew each time. None of them goes through the session's unit of work, which takes longer than the statement.
"""

from collections.abc import Sequence
from functools import cache

from sqlalchemy import Insert, Table, inspect
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.sql.dml import ReturningInsert
from sqlmodel import Session

from docket.tables import Row


def insert(session: Session, row: Row) -> None:
    """Insert a row that gets its primary key from the database."""
    table = _table(type(row))
    values = {name: value for name, value in _values([row])[0].items() if not table.columns[name].primary_key}
    session.connection().execute(_plain(type(row)), values)


def upsert(session: Session, rows: Sequence[Row]) -> None:
    """Insert rows of one table, or overwrite those that have the same primary key."""
    if rows:
        session.connection().execute(_overwriting(type(rows[0]), _dialect(session)), _values(rows))


def insert_missing(session: Session, rows: Sequence[Row]) -> None:
    """Insert the rows of one table that are not there yet."""
    if rows:
        session.connection().execute(_adding(type(rows[0]), _dialect(session)), _values(rows))


def insert_new(session: Session, rows: Sequence[Row]) -> list[tuple[object, ...]]:
    """Insert the rows of one table that are not there yet; return the primary keys of those.

    Where nobody asks which those are, `insert_missing` is the quicker one.
    """
    if not rows:
        return []
    values = _values(rows)
    statement = _telling(type(rows[0]), _dialect(session))
    return [tuple(row) for row in session.connection().execute(statement, values if len(values) > 1 else values[0])]


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
def _adding(rows: type[Row], dialect: str) -> Insert:
    table, statement = _insert(rows, dialect)
    return statement.on_conflict_do_nothing(index_elements=list(table.primary_key))


@cache
def _telling(rows: type[Row], dialect: str) -> ReturningInsert[tuple[object, ...]]:
    return _adding(rows, dialect).returning(*_table(rows).primary_key)


@cache
def _plain(rows: type[Row]) -> Insert:
    return _table(rows).insert()


def _insert(rows: type[Row], dialect: str) -> tuple[Table, sqlite.Insert | postgresql.Insert]:
    table = _table(rows)
    return table, postgresql.insert(table) if dialect == "postgresql" else sqlite.insert(table)


def _table(rows: type[Row]) -> Table:
    table = inspect(rows).local_table
    assert isinstance(table, Table)
    return table
