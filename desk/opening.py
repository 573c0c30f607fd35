"""Opening what commands work on: the docket. A failing database is said in our words."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Engine
from sqlalchemy.exc import ArgumentError, DatabaseError, DataError, IntegrityError

from activities.channels.opening import channels
from cluster.codec import fingerprints
from cluster.errors import Unreachable
from docket.engine import open_engine, reading
from docket.library import rulebook_in_force
from rules.books.model import Rulebook
from rules.errors import Refused
from settings import Settings


def check_settings(settings: Settings) -> None:
    """Refuse keys and channels that are none, before anything is begun with them."""
    fingerprints(settings)
    channels(settings)


@contextmanager
def docket(settings: Settings) -> Iterator[Engine]:
    """Open the docket; one that is missing, or does not answer, is Unreachable."""
    file = settings.docket_file
    if file is not None and not file.exists():
        raise Unreachable("docket", f"no installation in {file.parent}")
    with docket_to_set_up(settings) as engine:
        yield engine


def in_force(engine: Engine) -> Rulebook:
    """Return the rulebook that new letters come under."""
    with reading(engine) as session:
        return rulebook_in_force(session)


@contextmanager
def docket_to_set_up(settings: Settings) -> Iterator[Engine]:
    """Open a docket that may not be there yet."""
    try:
        engine = open_engine(settings.docket_url)
    except (ArgumentError, ValueError) as error:
        raise Refused("QIXIAN_DATABASE_URL", "malformed", detail=str(error)) from error
    try:
        yield engine
    except DatabaseError as error:
        if isinstance(error, DataError | IntegrityError):
            raise
        raise Unreachable("docket", str(error.orig).strip()) from error
    finally:
        engine.dispose()
