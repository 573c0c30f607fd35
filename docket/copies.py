"""Copying SQLite files while others write to them, and looking into a copy."""

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import NamedTuple

_PATIENCE_SECONDS = 30.0
_CONTENTS = """
    SELECT (SELECT version_num FROM alembic_version), count(*), count(*) - count(closed_at) FROM dossier
"""


class Contents(NamedTuple):
    """What a docket's file holds: the revision of its schema, and how many matters, and of those how many open."""

    revision: str
    matters: int
    open_matters: int


def copy_database(source: Path, target: Path) -> None:
    """Copy a SQLite file as it is at one instant; other processes may go on writing to it."""
    with closing(_opened(source)) as original, closing(sqlite3.connect(target)) as copied:
        # All pages in one step are read in one transaction, and in WAL mode no writer waits for a reader.
        original.backup(copied)


def check_database(file: Path) -> None:
    """Check every page of a SQLite file; a damaged one raises sqlite3.DatabaseError."""
    with closing(_opened(file)) as connection:
        said: str = connection.execute("PRAGMA integrity_check(1)").fetchone()[0]
    if said != "ok":
        raise sqlite3.DatabaseError(said)


def contents(file: Path) -> Contents:
    """Tell what a docket's file holds, whatever the revision of its schema."""
    with closing(_opened(file)) as connection:
        return Contents(*connection.execute(_CONTENTS).fetchone())


def _opened(file: Path) -> sqlite3.Connection:
    """Open a file that is there; SQLite would make a new one of a name that is not."""
    return sqlite3.connect(f"{file.absolute().as_uri()}?mode=rw", uri=True, timeout=_PATIENCE_SECONDS)
