"""Opening what commands work on: the docket. A failing database is said in our words."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Engine
from sqlalchemy.exc import OperationalError, ProgrammingError

from docket.engine import open_engine
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
