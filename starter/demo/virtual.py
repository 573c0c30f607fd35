"""An office in virtual time: a real Temporal server whose workflows' clocks are moved on at will.

The demo plays in it and the tests prove in it. Each matter's workflow has a clock of its own, so the office keeps one
time for people and, when told to, moves every open matter on to it.
"""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from copy import copy
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import Engine
from sqlmodel import select
from temporalio.client import Client
from temporalio.testing import TimeSkipper, TimeSkippingConfig

from cluster.embedded import any_free_port, embedded_server, temporal_binary
from cluster.search_attributes import ensure_search_attributes
from desk.calendars import every_open_dossier
from desk.desk import Desk
from desk.letters import Registered
from docket.directory import sample_directory, store_directory
from docket.engine import open_engine, reading, writing
from docket.reads import find_letter
from docket.schema import upgrade
from docket.tables import DeliveryRow, DossierRow
from rules.dossier.letter import LetterState
from rules.dossier.state import Dossier
from rules.letters.cases import NewCase
from rules.letters.letter import matter_id
from rules.letters.parse import parse_as, parse_event, parse_letter
from settings import Settings
from worker import new_worker
from workflows.delivery import DigestWorkflow
from workflows.messages import DigestStart

SKIPPING = (
    "--dynamic-config-value", "frontend.WorkflowTimeSkippingEnabled=true",
    "--dynamic-config-value", 'history.timerProcessorMaxTimeShift="10ms"',
)  # fmt: skip
"""What lets a server skip time, and keeps it from waiting a real second for each timer on the way."""

COUNTY = "wuping"
"""Whose office it is."""


class VirtualOffice:
    """A desk whose clock stands still until `until` moves it on, together with every open matter."""

    def __init__(
        self,
        engine: Engine,
        client: Client,
        start: datetime,
        *,
        task_queue: str = "qixian",
    ) -> None:
        self.engine = engine
        self.now = start
        self._plain = client
        self._skipper = TimeSkipper(client, config=TimeSkippingConfig(enabled=False))
        self.client = self._skipper.client
        self.task_queue = task_queue
        self._shifts: dict[str, timedelta] = {}
        self._matters: set[str] = set()

    @property
    def desk(self) -> Desk:
        """Return the desk; a workflow that it starts gets a clock that shows the office's time."""
        return Desk(
            self.engine,
            self.client,
            lambda: self.now,
            task_queue=self.task_queue,
            answer=timedelta(seconds=60),
            clock_shift=self.now - datetime.now(UTC),
        )

    def beside(self) -> "VirtualOffice":
        """Return another desk of the same office with a clock of its own, for stories told side by side."""
        other = copy(self)
        other._matters = set()
        return other

    async def register(self, data: Mapping[str, Any], by: str = "clerk1") -> Registered:
        """Register a letter at the office's present."""
        letter, desk = parse_letter(data), self.desk
        self._watch(matter_id(letter.county, letter.matter), desk)
        return await desk.register(letter, by)

    async def record(self, letter: str, event: str, by: str = "clerk1", **fields: Any) -> LetterState:
        """Record an event at the office's present; it happened today unless `on` says otherwise."""
        data, desk = {"type": event, "on": self.now.date().isoformat(), **fields}, self.desk
        with reading(self.engine) as session:
            self._watch(find_letter(session, letter).dossier.id, desk)
        return (await desk.record(letter, parse_event(data), by)).letter

    async def open_matter(self, name: str, by: str = "clerk1", **fields: Any) -> Dossier:
        """Put a case on file at the office's present."""
        case, desk = parse_as(NewCase, {"on": self.now.date().isoformat(), "matter": name, **fields}), self.desk
        self._watch(matter_id(COUNTY, name), desk)
        return await desk.open_matter(COUNTY, name, case.opened, by)

    async def record_case(self, name: str, event: str, by: str = "clerk1", **fields: Any) -> Dossier:
        """Record at the office's present what happened to a case itself."""
        data, desk = {"type": event, "on": self.now.date().isoformat(), **fields}, self.desk
        self._watch(matter_id(COUNTY, name), desk)
        return await desk.record_case(matter_id(COUNTY, name), parse_event(data), by)

    async def move(self, letter: str, matter: str, reason: str, by: str = "clerk1") -> LetterState:
        """Move a letter to another matter at the office's present."""
        desk = self.desk
        with reading(self.engine) as session:
            self._watch(find_letter(session, letter).dossier.id, desk)
        self._watch(matter_id(COUNTY, matter), desk)
        return await desk.move(letter, matter, reason, by)

    def _watch(self, matter: str, desk: Desk) -> None:
        """Remember how far the clock of a matter's workflow is from the server's: one that runs keeps what it has."""
        with reading(self.engine) as session:
            row = session.get(DossierRow, matter)
        if row is None or row.closed_at is not None:
            self._shifts[matter] = desk.clock_shift
        self._shifts.setdefault(matter, desk.clock_shift)
        self._matters.add(matter)

    async def digest(self) -> int:
        """Make the digests of the office's present, as the schedule has it done every day; return how many go out."""
        # What it starts skips the time until each digest is sent.
        skipping = TimeSkipper(self._plain, config=TimeSkippingConfig(enabled=True)).client
        return await skipping.execute_workflow(
            DigestWorkflow.run,
            DigestStart(clock_shift=self.now - datetime.now(UTC)),
            id=f"{self.task_queue}-digest-{self.now:%Y%m%d%H%M}",
            task_queue=self.task_queue,
        )

    async def until(self, instant: datetime) -> None:
        """Move this desk, its open matters and their mails on to an instant; timers on the way fire in their order."""
        if instant < self.now:
            raise ValueError(f"time does not run back from {self.now} to {instant}")
        opened = {state.id for state in every_open_dossier(self.engine)}
        moving = {matter: matter for matter in self._matters & opened}
        # A matter waits for the mails it has under way, so both are moved on side by side.
        with reading(self.engine) as session:
            pending = session.exec(select(DeliveryRow.notice_key).where(DeliveryRow.status == "pending")).all()
        for step in {key.partition(":")[0] for key in pending}:
            matter, _, version = step.partition("#")
            if matter in moving:
                moving[f"delivery/{matter}/{version}"] = matter
        await asyncio.gather(*(self._move(workflow, matter, instant) for workflow, matter in moving.items()))
        self.now = instant

    async def _move(self, workflow: str, matter: str, instant: datetime) -> None:
        handle = self.client.get_workflow_handle(workflow)
        present = await self._skipper.get_current_time(handle) + self._shifts[matter]
        if instant > present:
            await self._skipper.fast_forward(handle, instant - present)


@asynccontextmanager
async def virtual_office(
    folder: Path, start: datetime, settings: Settings | None = None
) -> AsyncIterator[VirtualOffice]:
    """Open an office in a folder of its own, with the sample directory, a server and a worker."""
    settings = settings or Settings(dir=folder)
    engine = open_engine(settings.docket_url)
    upgrade(engine)
    with writing(engine) as session:
        store_directory(session, sample_directory())
    binary = temporal_binary(settings.temporal_binary)
    database, log = folder / "temporal.db", folder / "temporal.log"
    try:
        async with embedded_server(binary, database, any_free_port(), None, log, *SKIPPING) as client:
            await ensure_search_attributes(client)
            async with new_worker(client, engine, settings):
                yield VirtualOffice(engine, client, start, task_queue=settings.task_queue)
    finally:
        engine.dispose()
