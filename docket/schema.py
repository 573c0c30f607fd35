"""Bringing a docket to the newest schema, in the process itself and without an ini file."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Literal

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.autogenerate.api import AutogenContext
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy import JSON, Connection, Engine, Index, make_url
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel.sql.sqltypes import AutoString

from docket.tables import Moment, Row
from rules.errors import Refused

_LOCK = 7362001
"""Key of the advisory lock under which one process at a time migrates a PostgreSQL docket."""

_POSTGRESQL = make_url("postgresql+psycopg://").get_dialect()()


def _render(kind: str, item: Any, autogen: AutogenContext) -> str | Literal[False]:
    if kind != "type":
        return False
    if isinstance(item, Moment):
        return "sa.DateTime(timezone=True)"
    if isinstance(item, AutoString):
        return "sa.String()"
    if isinstance(item, JSON):
        plain = "sa.JSON(none_as_null=True)"
        if not isinstance(item.dialect_impl(_POSTGRESQL), JSONB):
            return plain
        autogen.imports.add("from sqlalchemy.dialects import postgresql")
        return plain + '.with_variant(postgresql.JSONB(none_as_null=True), "postgresql")'
    return False


OPTIONS: dict[str, Any] = {
    "target_metadata": Row.metadata,
    "compare_type": True,
    "compare_server_default": True,
    "render_as_batch": True,
    "render_item": _render,
    "transaction_per_migration": False,
}


def config(connection: Connection) -> Config:
    """Point Alembic at the migrations inside the package and at an open connection."""
    found = _scripts()
    found.attributes["connection"] = connection
    return found


def known_revisions() -> frozenset[str]:
    """Name the revisions of the schema that this release can work with or upgrade."""
    return frozenset(script.revision for script in ScriptDirectory.from_config(_scripts()).walk_revisions())


def _scripts() -> Config:
    found = Config()
    found.set_main_option("script_location", "docket:migrations")
    return found


def upgrade(engine: Engine) -> None:
    """Bring the docket to the newest schema; several processes may do so at once."""
    with engine.connect() as connection, foreign_keys_off(connection), connection.begin():
        if connection.dialect.name == "postgresql":
            connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_LOCK})")
        try:
            command.upgrade(config(connection), "head")
        except CommandError as error:
            raise Refused("docket", "docket_newer", detail=str(error)) from error


@contextmanager
def foreign_keys_off(connection: Connection) -> Iterator[None]:
    """Keep SQLite from cascading while a migration rebuilds a table; the pragma only works between transactions."""
    if connection.dialect.name != "sqlite":
        yield
        return
    driver = connection.connection.dbapi_connection
    assert isinstance(driver, sqlite3.Connection)
    driver.execute("PRAGMA foreign_keys = OFF")
    try:
        yield
    finally:
        driver.execute("PRAGMA foreign_keys = ON")


def differences(connection: Connection) -> list[Any]:
    """List where the tables in a docket differ from the models; a test wants none."""

    def meant(item: object, name: str | None, kind: str, reflected: bool, compare_to: object) -> bool:
        """Leave out an index that is not for this database."""
        return not isinstance(item, Index) or item.info.get("only") in (None, connection.dialect.name)

    options = OPTIONS | {"include_object": meant}
    return list(compare_metadata(MigrationContext.configure(connection, opts=options), Row.metadata))
