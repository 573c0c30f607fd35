"""What the tests stand on: real databases and a real Temporal server, started once and left clean."""

import os
from collections.abc import AsyncIterator, Iterator
from datetime import date, datetime, time
from itertools import count
from pathlib import Path

import pytest
from sqlalchemy import URL, Connection, Engine, create_engine, text
from temporalio.client import Client

from cluster.embedded import any_free_port, embedded_server, temporal_binary
from cluster.search_attributes import ensure_search_attributes
from docket.acts import COMMAND_LINE, Actor
from docket.directory import sample_directory, store_directory
from docket.engine import open_engine, writing
from docket.library import store_rulebook
from docket.schema import upgrade
from rules.accept.rulebook import shipped_rulebook
from rules.counting.clock import at
from settings import Settings
from starter.demo.virtual import SKIPPING, VirtualOffice
from tests.support.postgres import postgres
from worker import new_worker

# Every worker inside the tests refuses workflows a clock; those that tests run as processes are production's.
os.environ["QIXIAN_WORKER_SANDBOX"] = "true"

_numbers = count(1)
START = at(date(2026, 3, 10), time(10))


@pytest.fixture(scope="session")
def pg_admin() -> Iterator[Connection]:
    """Run PostgreSQL with a migrated template database, from which each test's docket is cloned."""
    with postgres() as url:
        engine = create_engine(url, isolation_level="AUTOCOMMIT")
        with engine.connect() as admin:
            admin.execute(text("CREATE DATABASE template_docket"))
            migrated = open_engine(url.set(database="template_docket").render_as_string(hide_password=False))
            upgrade(migrated)
            migrated.dispose()
            yield admin
        engine.dispose()


@pytest.fixture
def pg_url(pg_admin: Connection) -> Iterator[URL]:
    """Return a PostgreSQL docket of the test's own."""
    name = f"test_{next(_numbers)}"
    pg_admin.execute(text(f"CREATE DATABASE {name} TEMPLATE template_docket"))
    yield pg_admin.engine.url.set(database=name)
    pg_admin.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))


@pytest.fixture(params=["sqlite", "postgresql"])
def docket(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    """Return an empty docket with the sample directory and the shipped rulebook, on each database in turn."""
    if request.param == "sqlite":
        engine = open_engine(f"sqlite:///{tmp_path / 'docket.db'}")
        upgrade(engine)
    else:
        engine = open_engine(request.getfixturevalue("pg_url").render_as_string(hide_password=False))
    with writing(engine) as session:
        store_directory(session, sample_directory())
        store_rulebook(session, shipped_rulebook(), START)
    yield engine
    engine.dispose()


@pytest.fixture(scope="session")
async def temporal(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Client]:
    """Run a real Temporal server that can skip time, for the whole session."""
    folder = tmp_path_factory.mktemp("temporal")
    binary = temporal_binary(None)
    async with embedded_server(
        binary, folder / "temporal.db", any_free_port(), None, folder / "temporal.log", *SKIPPING
    ) as client:
        await ensure_search_attributes(client)
        yield client


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Return settings of the test's own, with a task queue that no other test's worker listens on."""
    return Settings(dir=tmp_path, task_queue=f"test-{next(_numbers)}")


@pytest.fixture
async def office(docket: Engine, temporal: Client, settings: Settings) -> AsyncIterator[VirtualOffice]:
    """Open an office in virtual time on each database, at ten in the morning of 10 March 2026, with a worker."""
    async with new_worker(temporal, docket, settings):
        yield VirtualOffice(docket, temporal, START, task_queue=settings.task_queue)


CLERK = Actor("clerk1", COMMAND_LINE)
"""Somebody of the bureau, who acts on the command line."""


def moment(day: str, clock: str = "10:00") -> datetime:
    """Return an instant in Shanghai from a date and a clock time."""
    return at(date.fromisoformat(day), time.fromisoformat(clock))
