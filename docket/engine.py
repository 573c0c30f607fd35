"""Opening the docket: SQLite in WAL mode by default, PostgreSQL by its URL."""

import sqlite3
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from threading import Lock

from sqlalchemy import Connection, Engine, create_engine, event
from sqlmodel import Session

_TURNS = 100
"""Writers that a process waits for at most while it opens a new file."""


def open_engine(url: str) -> Engine:
    """Open an engine on a docket; `sqlite:///PATH` or `postgresql+psycopg://…`. Its errors show no values."""
    if not url.startswith("sqlite"):
        # A server that does not answer must not hold a page for minutes.
        patience = {} if "connect_timeout" in url else {"connect_timeout": 5}
        return create_engine(
            url, connect_args=patience, pool_size=8, max_overflow=8, pool_pre_ping=True, hide_parameters=True
        )
    # SQLite polls for its one writer's turn and sleeps in between; threads of one process take turns by a lock instead.
    turn = {"docket_turn": Lock()}
    engine = create_engine(
        url, connect_args={"timeout": 30.0}, pool_size=8, max_overflow=8, execution_options=turn, hide_parameters=True
    )

    @event.listens_for(engine, "connect")
    def _connected(connection: sqlite3.Connection, _: object) -> None:
        # Python's own transactions would begin as readers and lose updates; ours begin below.
        connection.isolation_level = None
        _keep_a_log(connection)
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("PRAGMA foreign_keys = ON")

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        reading = connection.get_execution_options().get("docket_read", False)
        connection.exec_driver_sql("BEGIN" if reading else "BEGIN IMMEDIATE")

    return engine


def _keep_a_log(connection: sqlite3.Connection) -> None:
    """Put a file into WAL mode, which fails at once, unlike statements, beside a process that writes or does the same.

    So the other's turn is waited for as that of any writer, for as long as the connection's time-out, and it is tried
    again: of processes that open one new file each has its turn.
    """
    for _ in range(_TURNS):
        try:
            connection.execute("PRAGMA journal_mode = WAL")
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode != sqlite3.SQLITE_BUSY:
                raise
            connection.execute("BEGIN IMMEDIATE")
            connection.execute("ROLLBACK")
        else:
            return
    connection.execute("PRAGMA journal_mode = WAL")


@contextmanager
def reading(engine: Engine) -> Iterator[Session]:
    """Read one consistent picture; nothing is written."""
    options: dict[str, object] = {"docket_read": True}
    if engine.dialect.name == "postgresql":
        options |= {"isolation_level": "REPEATABLE READ"}
    with Session(engine) as session:
        session.connection(execution_options=options)
        yield session


@contextmanager
def writing(engine: Engine) -> Iterator[Session]:
    """Write in one transaction, rolled back unless it ends well."""
    turn: AbstractContextManager[object] = engine.get_execution_options().get("docket_turn", nullcontext())
    with turn, Session(engine) as session, session.begin():
        yield session
