"""What is left of a step when a worker dies in it: everything once, nothing twice, nothing lost."""

import asyncio
import subprocess
import sys

import pytest
from sqlalchemy import Engine
from sqlmodel import select
from temporalio.client import Client

from docket.engine import reading
from docket.reads import find_letter
from docket.tables import DossierRow, EventRow, NoticeRow, RungRow
from rules.letters.parse import parse_event, parse_letter
from settings import Settings
from starter.demo.virtual import VirtualOffice
from tests.conftest import START
from tests.engine.letters import oral
from worker import new_worker

pytestmark = pytest.mark.slow


def snapshot(engine: Engine) -> dict[str, object]:
    """Read everything a step writes."""
    with reading(engine) as session:
        dossier = session.exec(select(DossierRow)).one()
        return {
            "version": dossier.version,
            "events": sorted(session.exec(select(EventRow.type))),
            "notices": sorted(session.exec(select(NoticeRow.key))),
            "rungs": sorted(session.exec(select(RungRow.key))),
        }


async def _die_while(office: VirtualOffice, settings: Settings) -> None:
    """Run a worker that dies at its first settle, and wait for its death."""
    address = office.client.service_client.config.target_host
    url = office.engine.url.render_as_string(hide_password=False)
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.support.dying_worker", address, url, settings.task_queue,
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    assert await asyncio.wait_for(process.wait(), 60) == -9


async def test_a_worker_killed_between_settle_and_completion_duplicates_nothing(
    docket: Engine, temporal: Client, settings: Settings
) -> None:
    """The registration is committed, the worker dies, another takes over; then the same with an event."""
    office = VirtualOffice(docket, temporal, START, task_queue=settings.task_queue)
    letter = parse_letter(oral(f"killed-{docket.dialect.name}"))
    registering = asyncio.create_task(office.desk.register(letter, "clerk1"))
    await _die_while(office, settings)
    committed = snapshot(docket)
    assert committed["version"] == 1
    async with new_worker(temporal, docket, settings):
        registered = await registering
        assert snapshot(docket) == committed
        # What the clerk is shown is what the docket holds, though it was planned a second time and later.
        with reading(docket) as session:
            assert registered.state.dossier == find_letter(session, registered.state.letter_id).dossier

    recording = asyncio.create_task(
        office.desk.record(registered.state.letter_id, parse_event({"type": "told", "on": "2026-03-10"}), "clerk1")
    )
    await _die_while(office, settings)
    committed = snapshot(docket)
    assert (committed["version"], committed["events"]) == (2, ["arrived", "told"])
    async with new_worker(temporal, docket, settings):
        recorded = await recording
        assert snapshot(docket) == committed
    assert [entry.event.type for entry in recorded.letter.entries] == ["told"]
