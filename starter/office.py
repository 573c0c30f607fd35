"""Opening what commands work on: the docket and the rulebook. A failing database is said in our words."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Engine
from sqlalchemy.exc import OperationalError, ProgrammingError

from docket.engine import open_engine
from rules.book.rulebook import Rulebook, read_rulebook_file, shipped_rulebook
from settings import Settings
from starter.errors import Unreachable


@contextmanager
def docket(settings: Settings) -> Iterator[Engine]:
    """Open the docket; one that is missing, or does not answer, is Unreachable."""
    if settings.docket_file is not None and not settings.docket_file.exists():
        raise Unreachable("docket", f"no installation in {settings.dir}")
    engine = open_engine(settings.docket_url)
    try:
        yield engine
    except (OperationalError, ProgrammingError) as error:
        raise Unreachable("docket", str(error.orig).strip()) from error
    finally:
        engine.dispose()


def rulebook(settings: Settings) -> Rulebook:
    """Give the county's rulebook: its own file, or the shipped one."""
    return read_rulebook_file(settings.rulebook) if settings.rulebook else shipped_rulebook()
