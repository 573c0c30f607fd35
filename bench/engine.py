"""Registrations a second, the drain of many reminders due at one instant, and the histories of a month and of a case.

Letters and bare workflows run on the same embedded server in the same run, each with a worker process of its own.
"""

import asyncio
import os
import statistics
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NamedTuple

from sqlalchemy import Engine
from sqlmodel import col, select
from temporalio.client import Client, WithStartWorkflowOperation
from temporalio.common import WorkflowIDConflictPolicy

from bench.bare import BareWorkflow
from bench.scale.histories import OF_VIRTUAL_TIME
from bench.whole_case import Written, play
from cluster.embedded import HOST, any_free_port, embedded_server, temporal_binary
from cluster.search_attributes import ensure_search_attributes
from desk.desk import Desk
from docket.directory import sample_directory, store_directory
from docket.engine import open_engine, reading, writing
from docket.library import put_in_force
from docket.schema import upgrade
from docket.tables import RungRow
from rules.accept.rulebook import read_rulebook
from rules.counting.clock import SHANGHAI
from rules.letters.parse import parse_letter
from settings import Settings
from starter.demo.virtual import virtual_office

AT_ONE_INSTANT = 'base = "wuping-2023-47"\nid = "bench"\n[office]\nspread_minutes = 0\n'
MORNING = datetime(2026, 3, 10, 9, 0, tzinfo=SHANGHAI)
"""When the reminders of the letters below fall due, by their own clock."""

ROUNDS, _WARMING_UP = 5, 50

REGISTERED_BEFORE = "0.64 to 0.71"

MONTH_BEFORE = 121
"""The same month in 0.2.0, counted there once by this very play: 138 events, 17 of which are of virtual time."""

CASE_BEFORE = Written(workflows=16, events=648, bytes=987_530)
"""The same case in 0.2.0, played there once: six letters with a workflow each and ten of e-mails. The five times that
somebody looked how the case stands are missing, for 0.2.0 knew no such event."""


async def measure(letters: int, at_once: int) -> list[str]:
    """Run both on one server and give lines with rates and ratios; it takes some minutes and then stops."""
    with tempfile.TemporaryDirectory(prefix="qixian-bench-") as name:
        folder = Path(name)
        engine = empty_docket(f"sqlite:///{folder / 'docket.db'}")
        database, log = folder / "temporal.db", folder / "temporal.log"
        async with embedded_server(temporal_binary(None), database, any_free_port(), None, log) as client:
            await ensure_search_attributes(client)
            rates = await _registering(client, engine, folder, letters // ROUNDS, at_once)
            started, behind = await _backlog(client, folder, letters, at_once)
            bare = await _bare_drain(client, folder, letters, at_once)
            drained = await _drain(client, engine, folder, letters, at_once)
        engine.dispose()
        month, case = await _month(folder / "month"), await play(folder / "case")
    ours_a_second = _median(each.letters for each in rates)
    return [
        f"{letters} letters and {letters} bare workflows, {at_once} clients at once, one server, one worker each",
        f"  registrations a second, letters and bare workflows by turns, median of {ROUNDS} rounds:",
        f"    letters, planned and settled {ours_a_second:6.1f}",
        f"    bare, started and answered   {_median(each.answered for each in rates):6.1f}"
        f"   ratio {_median(each.letters / each.answered for each in rates):.2f}",
        f"    as 0.2.0 measured it, where a letter was {REGISTERED_BEFORE} of the second of these:",
        f"    bare, started only           {started:6.1f}   ratio {ours_a_second / started:.2f}",
        f"    bare, answered behind them   {behind:6.1f}   ratio {ours_a_second / behind:.2f}, wanted 0.80",
        f"  drain of {letters} due at one instant, the last one late by: letters {drained:.1f} s,"
        f" bare {bare:.1f} s, ratio of rates {bare / drained:.2f}, wanted 0.95",
        f"  history of a plain mediation month, told, reported, four weekly reports and a result: {month} events,"
        f" wanted 100; 0.2.0 had {MONTH_BEFORE}",
        f"  history of a whole case of ten months, from an oral notice to a second judgment, with its e-mails:"
        f" {case.bytes / 1000:.0f} kB in {case.events} events, wanted below 1,000 kB; 0.2.0 had"
        f" {CASE_BEFORE.bytes / 1000:.0f} kB in {CASE_BEFORE.events}",
    ]


def empty_docket(url: str) -> Engine:
    """Make a docket with the sample directory, and a rulebook that has all reminders at one instant."""
    engine = open_engine(url)
    upgrade(engine)
    with writing(engine) as session:
        store_directory(session, sample_directory())
        put_in_force(session, read_rulebook(AT_ONE_INSTANT, "bench"), datetime.now(UTC), "bench")
    return engine


@asynccontextmanager
async def workers(
    module: str, client: Client, folder: Path, queue: str, count: int = 1, **settings: str
) -> AsyncIterator[list[int]]:
    """Run so many worker processes on the server until the end of the block; return their pids."""
    address = client.service_client.config.target_host
    environment = {
        **os.environ,
        "TEMPORAL_ADDRESS": address,
        "TEMPORAL_NAMESPACE": client.namespace,
        "QIXIAN_DIR": str(folder),
        "QIXIAN_TASK_QUEUE": queue,
        **settings,
    }
    running = [
        await asyncio.create_subprocess_exec(sys.executable, "-m", module, env=environment) for _ in range(count)
    ]
    try:
        yield [process.pid for process in running]
    finally:
        for process in running:
            process.terminate()
        for process in running:
            await process.wait()


class _Rates(NamedTuple):
    """How many a second in one round."""

    letters: float
    answered: float


async def _registering(client: Client, engine: Engine, folder: Path, times: int, at_once: int) -> list[_Rates]:
    """Register letters and start bare workflows by turns: whatever else the machine does concerns them alike."""
    letter, answered = register_now(engine, client, "letters"), _answered(client, "by-turns")
    found: list[_Rates] = []
    async with workers("bench.bare_worker", client, folder, "bare"), workers("worker", client, folder, "letters"):
        await rate(answered, _WARMING_UP, at_once, "bare, warming up")
        await rate(letter, _WARMING_UP, at_once, "letters, warming up")
        for first in range(_WARMING_UP, _WARMING_UP + ROUNDS * times, times):
            found.append(
                _Rates(
                    letters=await rate(letter, times, at_once, "letters", first),
                    answered=await rate(answered, times, at_once, "bare, answered", first),
                )
            )
    return found


async def _backlog(client: Client, folder: Path, times: int, at_once: int) -> tuple[float, float]:
    """Start bare workflows, then such as answer: their worker has still to take up those that were merely started.

    That makes the second of these rates a slow one. It is how 0.2.0 measured, and is kept to compare with.
    """
    far = datetime.now(UTC) + timedelta(days=365)

    async def started(number: int) -> None:
        await client.start_workflow(BareWorkflow.run, far, id=f"started-{number}", task_queue="bare")

    async with workers("bench.bare_worker", client, folder, "bare"):
        answered = _answered(client, "behind")
        await rate(answered, _WARMING_UP, at_once, "bare, warming up")
        first = await rate(started, times, at_once, "bare, started only")
        return first, await rate(answered, times, at_once, "bare, answered behind them", first=_WARMING_UP)


def _answered(client: Client, name: str) -> Callable[[int], Awaitable[None]]:
    """Return what starts a bare workflow and has it answer."""
    far = datetime.now(UTC) + timedelta(days=365)

    async def answered(number: int) -> None:
        await client.execute_update_with_start_workflow(
            BareWorkflow.answered,
            start_workflow_operation=WithStartWorkflowOperation(
                BareWorkflow.run, far, id=f"{name}-{number}", task_queue="bare",
                id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
            ),
        )  # fmt: skip

    return answered


def _median(values: Iterable[float]) -> float:
    return statistics.median(values)


async def _bare_drain(client: Client, folder: Path, letters: int, at_once: int) -> float:
    """Give the lateness of the last of many bare workflows whose timers are due at one instant."""
    async with workers("bench.bare_worker", client, folder, "bare"):
        due = datetime.now(UTC)

        async def drain(number: int) -> None:
            await client.start_workflow(BareWorkflow.run, due, id=f"drained-{number}", task_queue="bare")

        warming = await rate(drain, _WARMING_UP, at_once, "bare, warming up")
        due = datetime.now(UTC) + timedelta(seconds=letters / warming * 1.5 + 10)
        await rate(drain, letters, at_once, "bare, to be drained", first=_WARMING_UP)
        return (await _last_closed(client, letters + _WARMING_UP) - due).total_seconds()


async def _last_closed(client: Client, letters: int) -> datetime:
    query = 'WorkflowType = "BareWorkflow" AND ExecutionStatus = "Completed"'
    while (await client.count_workflows(query)).count < letters:
        await asyncio.sleep(0.5)
    return max([found.close_time async for found in client.list_workflows(query) if found.close_time])


async def _drain(client: Client, engine: Engine, folder: Path, letters: int, at_once: int) -> float:
    """Give the lateness of the drain of letters' reminders at nine o'clock."""
    async with workers("worker", client, folder, "drained"):
        warming = await rate(register_now(engine, client, "drained"), _WARMING_UP, at_once, "letters, warming up")
        desk = desk_before_nine(engine, client, "drained", letters / warming * 1.5 + 20)
        await rate(lambda number: register(desk, f"drain-{number}"), letters, at_once, "letters, to be drained")
        return await last_reminder(engine, letters, "drain")


def register_now(engine: Engine, client: Client, queue: str) -> Callable[[int], Awaitable[None]]:
    """Return what registers a letter today, to warm up."""
    desk = Desk(engine, client, lambda: datetime.now(UTC), task_queue=queue, answer=timedelta(minutes=2))
    return lambda number: register(desk, f"{queue}-warm-{number}")


def desk_before_nine(engine: Engine, client: Client, queue: str, seconds: float) -> Desk:
    """Open a desk on whose clock, and on that of its letters, it is so many seconds before nine in the morning."""
    shift = MORNING - timedelta(seconds=seconds) - datetime.now(UTC)
    return Desk(
        engine, client, lambda: datetime.now(UTC) + shift,
        task_queue=queue, answer=timedelta(minutes=2), clock_shift=shift,
    )  # fmt: skip


async def register(desk: Desk, matter: str) -> None:
    """Register an oral notice of which nobody has been told, so that nine in the morning is the next that happens."""
    received = desk.clock().astimezone(SHANGHAI).replace(microsecond=0)
    data = {
        "kind": "oral_notice", "matter": matter, "court": "武平县人民法院",
        "received_at": received.isoformat(), "agencies": [{"agency": "forestry"}],
    }  # fmt: skip
    await desk.register(parse_letter(data), "clerk1")


async def last_reminder(engine: Engine, letters: int, matters: str) -> float:
    """Wait until every letter's reminder of nine o'clock is settled; return the lateness of the last, in seconds."""
    wanted = select(RungRow.fired_at).where(
        col(RungRow.dossier_id).contains(f"/{matters}-"), RungRow.code == "T", col(RungRow.duty).contains("/R01")
    )
    while True:
        with reading(engine) as session:
            fired = session.exec(wanted).all()
        if len(fired) >= letters:
            return (max(fired) - MORNING).total_seconds()
        await asyncio.sleep(0.5)


async def rate(work: Callable[[int], Awaitable[None]], times: int, at_once: int, name: str, first: int = 0) -> float:
    """Do something so many times, so many at once, and give how often a second."""
    gate = asyncio.Semaphore(at_once)
    taken: list[float] = []

    async def one(number: int) -> None:
        async with gate:
            begun = time.perf_counter()
            await work(number)
            taken.append(time.perf_counter() - begun)

    begun = time.perf_counter()
    await asyncio.gather(*(one(first + number) for number in range(times)))
    a_second = times / (time.perf_counter() - begun)
    sys.stderr.write(f"… {name}: {a_second:.1f} a second, median wait {statistics.median(taken) * 1000:.0f} ms\n")
    return a_second


async def _month(folder: Path) -> int:
    """Count the history events of a mediation letter whose month passes without trouble."""
    folder.mkdir()
    ten = MORNING + timedelta(hours=1)
    async with virtual_office(folder, ten, Settings(dir=folder)) as office:
        data = {
            "kind": "mediation_letter",
            "matter": "month",
            "court": "武平县人民法院",
            "received_at": MORNING.isoformat(),
            "stage": "pre",
            "agencies": [{"agency": "forestry"}],
            "parties": [{"role": "plaintiff", "name": "甲"}],
        }
        state = (await office.register(data)).state
        letter = state.letter_id
        await office.record(letter, "told")
        await office.record(letter, "reported")
        for days in (6, 13, 20, 27):
            await office.until(ten + timedelta(days=days))
            await office.record(letter, "progress", work="协商")
        await office.until(ten + timedelta(days=29))
        copied = str(office.now.date())
        await office.record(letter, "result", outcome="success", number="1号", agreement="和解", copied_on=copied)
        history = await office.client.get_workflow_handle(state.dossier.id).fetch_history()
        return sum(event.event_type not in OF_VIRTUAL_TIME for event in history.events)


assert HOST == "127.0.0.1", "a load test talks to this machine only"
