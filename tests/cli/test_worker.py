"""`python -m worker`: a process of its own, as several of them stand beside each other in an office."""

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Engine
from temporalio.client import Client

from desk.desk import Desk
from docket.engine import writing
from docket.library import put_in_force
from rules.accept.rulebook import read_rulebook
from rules.letters.parse import parse_letter
from settings import Settings
from tests.cli.conftest import environment
from tests.cli.test_contract import letter
from tests.conftest import START

pytestmark = pytest.mark.slow


@asynccontextmanager
async def worker(client: Client, docket: Engine, settings: Settings) -> AsyncIterator[None]:
    """Run a worker of a docket until the end of the block."""
    own = {
        "TEMPORAL_ADDRESS": client.service_client.config.target_host,
        "TEMPORAL_NAMESPACE": client.namespace,
        "QIXIAN_TASK_QUEUE": settings.task_queue,
        "QIXIAN_DATABASE_URL": docket.url.render_as_string(hide_password=False),
        "PYTHONPATH": os.pathsep.join(sys.path),
    }
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "worker", env=environment(settings.dir, **own), stderr=asyncio.subprocess.DEVNULL
    )
    try:
        yield
    finally:
        process.terminate()
        try:
            await asyncio.wait_for(process.wait(), 30)
        finally:
            if process.returncode is None:
                process.kill()


async def test_a_worker_that_has_just_started_takes_many_matters_at_once(
    docket: Engine, temporal: Client, settings: Settings
) -> None:
    """It finds the kinds of letter before it takes one: matters that did so side by side would find each twice.

    A county with a rulebook of its own has nothing else by which the worker would have looked for them.
    """
    with writing(docket) as session:
        put_in_force(session, read_rulebook('base = "wuping-2023-47"\nid = "own"\n', "own.toml"), START, "bureau_head")
    desk = Desk(
        docket, temporal, lambda: datetime.now(UTC), task_queue=settings.task_queue, answer=timedelta(minutes=2)
    )
    data = [{"county": settings.county, **letter(f"{settings.task_queue}-{number}")} for number in range(30)]
    waiting = asyncio.gather(*(desk.register(parse_letter(each), "clerk1") for each in data))
    async with worker(temporal, docket, settings):
        registered = await waiting
    assert all(each.first for each in registered)
    failed = [
        event.workflow_task_failed_event_attributes.failure.message
        for each in registered
        for event in (await temporal.get_workflow_handle(each.state.dossier.id).fetch_history()).events
        if event.HasField("workflow_task_failed_event_attributes")
    ]
    # Temporal says the same of a machine that is busy with something else for two seconds.
    assert [message for message in failed if "TMPRL1101" not in message] == []
