"""Several workers on one embedded server: registrations and the drain of reminders with 1, 2 and 4 of them.

For each, letters are registered and all fall due at one instant; who was busy meanwhile is read from the processes, so
that the numbers say what held them up. The last runs have workers that keep next to no letter in memory, as workers of
a whole country would, and a docket on PostgreSQL.
"""

import asyncio
import os
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from sqlalchemy import Engine
from temporalio.api.enums.v1 import TaskQueueType
from temporalio.api.taskqueue.v1 import TaskQueue
from temporalio.api.workflowservice.v1 import DescribeTaskQueueRequest
from temporalio.client import Client

from bench.engine import MORNING, desk_before_nine, empty_docket, last_reminder, rate, register, register_now, workers
from cluster.embedded import any_free_port, embedded_server, temporal_binary
from cluster.search_attributes import ensure_search_attributes
from desk.desk import Desk
from tests.support.postgres import postgres

_WARMING_UP = 60
_FORGETFUL = {"QIXIAN_WORKER_CACHED_MATTERS": "10"}
_TICKS = os.sysconf("SC_CLK_TCK")


class Used(NamedTuple):
    """Processor time in seconds that the server, the workers and the desk, which is this process, have used."""

    server: float
    workers: float
    desk: float

    def a_letter(self, letters: int) -> str:
        """Say what each used for one letter, in milliseconds."""
        return " ".join(f"{1000 * each / letters:4.0f}" for each in self)


class Run(NamedTuple):
    """What so many workers did: registrations and reminders a second, what that took, and the memory of a worker."""

    name: str
    registered: float
    registering: Used
    drained: float
    draining: Used
    megabytes: float


async def measure(letters: int, at_once: int) -> list[str]:
    """Run them one after the other on one server and give lines with rates and ratios; it takes some five minutes."""
    with tempfile.TemporaryDirectory(prefix="qixian-bench-") as name, postgres() as url:
        folder = Path(name)
        file = empty_docket(f"sqlite:///{folder / 'docket.db'}")
        big_url = url.render_as_string(hide_password=False)
        big = empty_docket(big_url)
        # Fewer threads a worker, so that four of them and the desk find connections enough on the tests' server.
        on_postgres = {"QIXIAN_DATABASE_URL": big_url, "QIXIAN_WORKER_THREADS": "8"}
        database, log = folder / "temporal.db", folder / "temporal.log"
        async with embedded_server(temporal_binary(None), database, any_free_port(), None, log) as client:
            await ensure_search_attributes(client)
            groups: list[tuple[str, list[Run]]] = []
            plan: list[tuple[str, Engine, tuple[int, ...], dict[str, str]]] = [
                ("docket in a file", file, (1, 2, 4, 1), {}),
                ("docket in a file, letters not in memory", file, (1,), _FORGETFUL),
                ("docket on PostgreSQL", big, (1, 4), on_postgres),
            ]
            for said, engine, counts, settings in plan:
                runs = []
                for place, count in enumerate(counts):
                    queue = f"{len(groups)}-{place}"
                    runs.append(await _run(client, engine, folder, queue, letters, at_once, count, settings))
                groups.append((said, runs))
            kept = await _kept(client, database)
        for engine in (file, big):
            engine.dispose()
    lines = [f"{letters} letters a run, {at_once} clients at once, one embedded server, {os.cpu_count()} cores"]
    for said, runs in groups:
        lines += _group(said, runs, letters)
    return [*lines, kept]


async def _kept(client: Client, database: Path) -> str:
    """Say how much of the server's file a matter of one letter takes beside its history."""
    query = 'WorkflowType = "DossierWorkflow"'
    count = (await client.count_workflows(query)).count
    size = sum(path.stat().st_size for path in database.parent.glob(f"{database.name}*"))
    histories = [
        (await client.get_workflow_handle(each.id).describe()).raw_description.workflow_execution_info
        async for each in client.list_workflows(query, limit=40)
    ]
    mean = sum(each.history_size_bytes for each in histories) / len(histories)
    return (
        f"  the server's file holds {count} matters in {size / count / 1000:.1f} kB each, of which {mean / 1000:.1f} kB"
        f" are history"
    )


async def _run(
    client: Client, engine: Engine, folder: Path, queue: str, letters: int, at_once: int, count: int,
    settings: dict[str, str],
) -> Run:  # fmt: skip
    """Register letters with so many workers, wait for their nine o'clock, and see how long the last one takes."""
    async with workers("worker", client, folder, queue, count, **settings) as pids:
        await _polling(client, queue, count)
        warming = await rate(register_now(engine, client, queue), _WARMING_UP, at_once, f"{queue}, warming up")
        server = _server()
        desk = desk_before_nine(engine, client, queue, letters / warming * 1.5 + 5)
        watch = _Watch(server, pids)
        registered = await rate(lambda number: register(desk, f"{queue}-{number}"), letters, at_once, queue)
        registering = watch.used()
        await _nine_o_clock(desk)
        watch = _Watch(server, pids)
        late = await last_reminder(engine, letters, queue)
        draining = watch.used()
        memory = sum(map(_megabytes, pids)) / count
    name = f"{count} worker{'s' if count > 1 else ''}"
    return Run(name, registered, registering, letters / late, draining, memory)


async def _polling(client: Client, queue: str, count: int) -> None:
    """Wait until so many workers ask the server for work."""
    request = DescribeTaskQueueRequest(
        namespace=client.namespace,
        task_queue=TaskQueue(name=queue),
        task_queue_type=TaskQueueType.TASK_QUEUE_TYPE_WORKFLOW,
    )
    while True:
        pollers = (await client.workflow_service.describe_task_queue(request)).pollers
        if len({poller.identity for poller in pollers}) >= count:
            return
        await asyncio.sleep(0.2)


async def _nine_o_clock(desk: Desk) -> None:
    while desk.clock() < MORNING:
        await asyncio.sleep(0.05)


class _Watch:
    """What processes have used of the processor since an instant."""

    def __init__(self, server: int, pids: Sequence[int]) -> None:
        self._pids = [server], pids, [os.getpid()]
        self._before = self._now()

    def _now(self) -> list[float]:
        return [sum(map(_seconds, pids)) for pids in self._pids]

    def used(self) -> Used:
        """Return what they have used since."""
        return Used(*(now - before for now, before in zip(self._now(), self._before, strict=True)))


def _seconds(pid: int) -> float:
    """Return the processor time of a process, in seconds."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS


def _megabytes(pid: int) -> float:
    status = Path(f"/proc/{pid}/status").read_text()
    return int(next(line for line in status.splitlines() if line.startswith("VmRSS")).split()[1]) / 1024


def _server() -> int:
    """Find the server among the processes that this one has started."""
    for folder in Path("/proc").glob("[0-9]*"):
        fields = (folder / "stat").read_text().rpartition(")")[2].split()
        if int(fields[1]) == os.getpid() and (folder / "comm").read_text().strip() == "temporal":
            return int(folder.name)
    raise RuntimeError("no server among our processes")


def _group(said: str, runs: Sequence[Run], letters: int) -> list[str]:
    first = runs[0]
    lines = [
        f"  {said:42}{'registered/s':>14}{'ratio':>7}{'drained/s':>11}{'ratio':>7}   ms of a core a letter, of server,"
        f" workers, desk: registering, draining    MB a worker"
    ]
    for run in runs:
        used = f"{run.registering.a_letter(letters)}   {run.draining.a_letter(letters)}"
        lines.append(
            f"    {run.name:40}{run.registered:>14.1f}{run.registered / first.registered:>7.2f}"
            f"{run.drained:>11.1f}{run.drained / first.drained:>7.2f}   {used:>72}{run.megabytes:>15.0f}"
        )
    return lines
