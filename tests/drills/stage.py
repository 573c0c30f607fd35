"""The stage of a drill: a county in virtual time whose worker, server, database and console are processes to be killed.

Virtual time of a matter stands still while its workflow waits for a worker, so a matter never passes a step while
everything is down: what a drill breaks is met by the matter on its way.
"""

import asyncio
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Protocol, TypeVar

from sqlalchemy import Engine
from sqlalchemy.exc import DatabaseError
from sqlmodel import col, select
from temporalio.client import Client, WorkflowExecutionStatus
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.service import RPCError
from temporalio.testing import TimeSkipper, TimeSkippingConfig

from cluster.connect import runtime
from cluster.embedded import HOST, NAMESPACE, any_free_port, server_arguments, temporal_binary
from cluster.errors import Unconfirmed, Unreachable
from cluster.search_attributes import ensure_search_attributes
from desk.desk import Desk
from docket.directory import Directory, sample_directory, store_directory
from docket.engine import open_engine, reading, writing
from docket.schema import upgrade
from docket.tables import DossierRow
from operations.audit import audit
from rules.letters.parse import parse_event, parse_letter
from settings import Settings
from starter.demo.virtual import SKIPPING
from tests.drills.compare import Taken, taken
from tests.drills.processes import Kept, environment
from tests.drills.report import Report
from tests.drills.story import Act, event, matters, received
from tests.support.postgres import postgres_home
from workflows.messages import DossierStart

T = TypeVar("T")

AWAY = (Unconfirmed, Unreachable, RPCError, DatabaseError, TimeoutError, OSError)
"""What somebody is told while something is away: wait, and ask again."""

PATIENCE = 60.0
"""Seconds after which a clerk who asks again and again gives up, and the drill with them."""

_LOOK_AGAIN = 8.0
_HASTE = ("--dynamic-config-value", 'history.defaultWorkflowTaskTimeout="2s"')
"""A server waits ten seconds for an answer of a worker that was killed over a task; a drill has not so long."""


class Clerk(Protocol):
    """Whoever acts at the present that they are given: at the desk, over the API, or at a desk in another process."""

    async def act(self, act: Act, letter: str, now: datetime) -> str:
        """Do one act on a letter and give the letter's id; raises one of `AWAY` if it is to be repeated."""


class DeskClerk:
    """A clerk at a desk in the drill's own process."""

    def __init__(self, engine: Engine, client: Client, task_queue: str) -> None:
        self._engine = engine
        self._client = TimeSkipper(client, config=TimeSkippingConfig(enabled=False)).client
        self._task_queue = task_queue

    async def act(self, act: Act, letter: str, now: datetime) -> str:
        """Register or record."""
        desk = Desk(
            self._engine, self._client, lambda: now, task_queue=self._task_queue, answer=timedelta(seconds=_LOOK_AGAIN),
            clock_shift=now - datetime.now(UTC),
        )  # fmt: skip
        if not act.event:
            return (await desk.register(parse_letter(received(act)), act.by)).state.letter_id
        await desk.record(letter, parse_event(event(act)), act.by)
        return letter


class Stage:
    """What runs, and the time of the matters in it: `letters` are ids by the names of the story."""

    def __init__(self, report: Report, folder: Path, settings: Settings, client: Client, server: Kept) -> None:
        self.report = report
        self.folder = folder
        self.settings = settings
        self.client = client
        self.server = server
        self.engine = open_engine(settings.docket_url)
        self.workers: list[Kept] = []
        self.database: Kept | None = None
        self.now: datetime | None = None
        self.letters: dict[str, str] = {}
        self.matters: set[str] = set()
        self.shifts: dict[str, timedelta] = {}
        self.clerk: Clerk = DeskClerk(self.engine, client, settings.task_queue)
        self.repeats = 0
        self._skipper = TimeSkipper(client, config=TimeSkippingConfig(enabled=False))
        self._closed: set[str] = set()
        self._runs: dict[str, str] = {}

    def prepare(self, directory: Directory | None = None) -> None:
        """Make the docket and its directory."""
        upgrade(self.engine)
        with writing(self.engine) as session:
            store_directory(session, directory or sample_directory())

    def environment(self, **more: str) -> dict[str, str]:
        """Return the environment of a process of this installation."""
        return environment(
            TEMPORAL_ADDRESS=self.client.service_client.config.target_host, QIXIAN_DIR=str(self.folder),
            QIXIAN_DATABASE_URL=self.settings.docket_url, **more,
        )  # fmt: skip

    def add_worker(self, module: str = "worker", python_path: str | None = None, **settings: str) -> Kept:
        """Start one more worker."""
        name = f"worker {len(self.workers) + 1}"
        variables = self.environment(**settings)
        if python_path is not None:
            variables["PYTHONPATH"] = python_path
        # Beside our sources Python would find them first, whatever the path says.
        kept = Kept(
            name, [sys.executable, "-m", module], self.folder / f"{name}.log", env=variables,
            cwd=python_path or Path.cwd(),
        )  # fmt: skip
        kept.start()
        self.workers.append(kept)
        return kept

    async def play(self, acts: list[Act], before: Callable[[int], Awaitable[None]] | None = None) -> None:
        """Play acts in their order; `before` is told which one comes next."""
        for number, act in enumerate(acts):
            if before is not None:
                await before(number)
            await self.until(act.at)
            self.letters[act.letter] = await self.insist(partial(self._act, act), f"{act.day} {act.letter}")
            self.matters |= matters(act)
            # One that was finished may run anew.
            self._closed -= matters(act)

    async def _act(self, act: Act) -> str:
        assert self.now is not None
        return await self.clerk.act(act, self.letters.get(act.letter, ""), self.now)

    async def insist(self, ask: Callable[[], Awaitable[T]], what: str, seconds: float = PATIENCE) -> T:
        """Ask until there is an answer, as a clerk does who is told that it is safe to repeat."""
        end, pause = asyncio.get_running_loop().time() + seconds, 0.1
        while True:
            try:
                return await ask()
            except AWAY as error:
                if asyncio.get_running_loop().time() > end:
                    raise TimeoutError(f"no answer within {seconds:.0f} s: {what}: {error!r}") from error
                self.repeats += 1
                await asyncio.sleep(pause)
                pause = min(pause * 2, 1)

    async def next_wake(self) -> datetime | None:
        """Return when the next open matter wakes, by the docket; None while none is open."""

        async def ask() -> datetime | None:
            with reading(self.engine) as session:
                wakes = session.exec(select(DossierRow.next_wake).where(col(DossierRow.closed_at).is_(None))).all()
            return min((wake for wake in wakes if wake is not None), default=None)

        return await self.insist(ask, "the next wake")

    async def until(self, instant: datetime) -> None:
        """Move every open matter on to an instant; what is away meanwhile is waited for."""
        await asyncio.gather(*(self.move(name, name, instant) for name in self.matters - self._closed))
        self.now = instant

    async def move(self, workflow: str, name: str, instant: datetime) -> None:
        """Move one workflow on to an instant of its matter's time."""
        await self.insist(lambda: self._move(workflow, name, instant), f"{workflow} to {instant}")

    async def _move(self, workflow: str, name: str, instant: datetime) -> None:
        handle = self.client.get_workflow_handle(workflow)
        async with asyncio.timeout(_LOOK_AGAIN):
            while True:
                description = await handle.describe()
                if name not in self.shifts or (workflow == name and self._runs.get(name) != description.run_id):
                    # A matter that runs anew has another clock.
                    self.shifts[name], self._runs[name] = await self._shift(name), description.run_id
                if description.status is not WorkflowExecutionStatus.RUNNING:
                    if description.status is not WorkflowExecutionStatus.COMPLETED:
                        raise AssertionError(f"{workflow} is {description.status}")
                    self._closed.add(workflow)
                    return
                info = await self._skipper.get_time_skipping_info(handle)
                present = datetime.now(UTC) if info is None else info.current_time.ToDatetime().replace(tzinfo=UTC)
                if info is not None and info.effective_config.enabled:
                    # One that was asked for before is still under way. A second one that came just as a timer fires
                    # would pass by whatever lies between.
                    await asyncio.sleep(0.1)
                    continue
                ahead = instant - (present + self.shifts[name])
                if ahead <= timedelta():
                    return
                await self._skipper.fast_forward(handle, ahead)

    async def fired(self, matters: list[str]) -> None:
        """Wait until each matter's timer has fired and a workflow task waits for a worker."""
        for name in matters:
            end = asyncio.get_running_loop().time() + PATIENCE
            while True:
                description = await self.client.get_workflow_handle(name).describe()
                if description.raw_description.HasField("pending_workflow_task"):
                    break
                if asyncio.get_running_loop().time() > end:
                    raise TimeoutError(f"no timer of {name} fired")
                await asyncio.sleep(0.1)

    async def _shift(self, name: str) -> timedelta:
        async for first in self.client.get_workflow_handle(name).fetch_history_events(page_size=1):
            payloads = first.workflow_execution_started_event_attributes.input.payloads
            (start,) = await self.client.data_converter.decode(payloads, [DossierStart])
            shift: timedelta = start.clock_shift
            return shift
        raise AssertionError("a history has a first event")

    async def checked(self, *allowed: str) -> Taken:
        """Audit what is there once everything runs again, and give it; a finding is a fault, but for those allowed."""
        assert self.now is not None
        now = self.now
        found = await self.insist(lambda: audit(self.engine, self.client, self.settings, now), "the audit")
        # The sample directory's people have neither an address nor an account; that is not what is tried here.
        for finding in found.findings:
            if finding.what not in ("unreachable", *allowed):
                self.report.fault(f"audit: {finding.subject}: {finding.as_json()['reason_en']}")
        self.report.say(f"audit of {found.matters} open matters: {'faults' if self.report.faults else 'nothing found'}")
        return taken(self.engine)


@asynccontextmanager
async def stage(
    report: Report,
    *,
    postgres: bool = False,
    workers: int = 1,
    docket: Path | None = None,
    directory: Directory | None = None,
    prepared: bool = True,
    variables: Mapping[str, str] | None = None,
    **more: Any,
) -> AsyncIterator[Stage]:
    """Set a stage in a folder of its own; whatever happens, every process of it is ended and the folder removed."""
    async with AsyncExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory(prefix="qixian-drill-")))
        database, url = None, "" if docket is None else f"sqlite:///{docket}"
        if postgres:
            home = stack.enter_context(postgres_home())
            # A commit that was answered must outlive the process; the tests' server would answer before it is written.
            durable = [*home.command, "-csynchronous_commit=on"]
            database = Kept("database", durable, folder / "postgres.log", **home.options)
            stack.push_async_callback(database.end)
            database.start()
            url = home.url.render_as_string(hide_password=False)
        port = any_free_port()
        command = [temporal_binary(None), *server_arguments(folder / "temporal.db", port, None, *SKIPPING, *_HASTE)]
        server = Kept("Temporal server", command, folder / "temporal.log")
        stack.push_async_callback(server.end)
        server.start()
        client = await _connected(f"{HOST}:{port}")
        await ensure_search_attributes(client)
        settings = Settings(dir=folder, database_url=url, answer_seconds=_LOOK_AGAIN, **more)
        opened = Stage(report, folder, settings, client, server)
        stack.callback(opened.engine.dispose)
        opened.database = database
        if database is not None:
            await eventually_open(opened)
        if prepared:
            opened.prepare(directory)
        stack.push_async_callback(_end_all, opened.workers)
        for _ in range(workers):
            opened.add_worker(**variables or {})
        yield opened


async def eventually_open(opened: Stage) -> None:
    """Wait until the database answers."""

    async def ask() -> None:
        with opened.engine.connect():
            pass

    await opened.insist(ask, "the database")


async def _connected(address: str) -> Client:
    for _ in range(200):
        try:
            return await Client.connect(
                address, namespace=NAMESPACE, data_converter=pydantic_data_converter, runtime=runtime()
            )
        except (RuntimeError, RPCError):
            await asyncio.sleep(0.1)
    raise TimeoutError(f"no server at {address}")


async def _end_all(processes: list[Kept]) -> None:
    await asyncio.gather(*(process.end() for process in processes))
