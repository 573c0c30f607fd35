"""`qixian up`: the whole system on this machine."""

import asyncio
import fcntl
import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click
from sqlalchemy import Engine
from sqlmodel import select

from cluster.codec import data_converter, fingerprints
from cluster.embedded import HOST, NAMESPACE, embedded_server, free_port, temporal_binary
from cluster.schedules import ensure_schedules
from cluster.search_attributes import ensure_search_attributes
from console.app import console
from console.office import Office
from console.serve import serving
from desk.opening import check_settings, docket_to_set_up, in_force
from docket.accounts import first_administrator
from docket.directory import sample_directory, store_directory
from docket.engine import reading, writing
from docket.keys import bring_keys
from docket.library import current_calendar, rulebook_in_force, store_rulebook
from docket.schema import upgrade
from docket.tables import PersonRow
from logs import configure
from operations.health import beating
from rules.errors import Refused
from settings import Settings
from starter.cli.app import now
from starter.cli.console import DEFAULT_PORT
from starter.words import both
from worker import new_worker


@click.command(
    help="在本机启动整套系统,Ctrl-C 停止。The whole system on this machine; Ctrl-C stops all of it.",
    epilog="例 example: qixian up --dir .qixian",
)
@click.option(
    "--dir", "folder", type=click.Path(path_type=Path), help="安装目录 folder (default: QIXIAN_DIR, else .qixian)"
)
@click.option(
    "--port", type=int, default=DEFAULT_PORT, show_default=True,
    help="起始端口:N 为网页,N+1 为 Temporal 页面,N+2 为 Temporal 服务 first of three ports",
)  # fmt: skip
@click.pass_obj
def up(settings: Settings, folder: Path | None, port: int) -> None:
    """Run the embedded Temporal server, a worker and the console until told to stop."""
    if folder is not None:
        settings = settings.model_copy(update={"dir": folder})
    check_settings(settings)
    if not 1024 <= port <= 65533:
        raise Refused("port", "choice", expected="1024-65533")
    try:
        # What is in it is nobody else's to read.
        settings.dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise Refused("dir", "dir_unusable", detail=str(error)) from error
    configure(settings.log_level, settings.log_json)
    with _alone(settings.dir):
        for taken in (port, port + 1, port + 2):
            if not free_port(taken):
                raise Refused("port", "port_taken", port=taken)
        asyncio.run(_serve(settings, port))


async def _serve(settings: Settings, port: int) -> None:
    with docket_to_set_up(settings) as engine:
        upgrade(engine)
        with writing(engine) as session:
            bring_keys(session, fingerprints(settings))
            store_rulebook(session, rulebook_in_force(session), now())
            sample = session.exec(select(PersonRow.id).limit(1)).first() is None
            if sample:
                store_directory(session, sample_directory())
        with reading(engine) as session:
            calendar = current_calendar(session)
        await _run(settings, port, engine, _greeting(settings, port, calendar.version, sample))


async def _run(settings: Settings, port: int, engine: Engine, greeting: list[str]) -> None:
    """Run server, worker and console until told to stop."""
    database, log = settings.dir / "temporal.db", settings.dir / "temporal.log"
    binary = temporal_binary(settings.temporal_binary)
    async with embedded_server(
        binary, database, port + 2, port + 1, log, converter=data_converter(settings), metrics=settings.worker_metrics
    ) as client:
        await ensure_search_attributes(client)
        await ensure_schedules(client, settings.task_queue, in_force(engine).office)
        address = f"{HOST}:{port + 2}"
        settings.temporal_profile.write_text(
            f'[profile.default]\naddress = "{address}"\nnamespace = "{NAMESPACE}"\n', encoding="utf-8"
        )
        stop = asyncio.Event()
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, stop.set)
        office = Office(settings, engine, now)
        async with (
            new_worker(client, engine, settings),
            beating(engine, client, settings),
            serving(console(office), HOST, port, settings.console_proxies),
        ):
            # Made once everything runs: a password that a failed start has swallowed would be nobody's.
            administrator = await asyncio.to_thread(first_administrator, engine, now())
            if administrator is not None:
                greeting.append(both("up.administrator", person=administrator[0], password=administrator[1]))
            for line in [*greeting, both("up.next")]:
                click.echo(line)
            await stop.wait()
            click.echo(both("up.stopping"))


def _greeting(settings: Settings, port: int, calendar: str, sample: bool) -> list[str]:
    """Say that it is up, and where to go from here."""
    lines = [both("up.ready", dir=settings.dir.absolute(), calendar=calendar)]
    if settings.dir != Settings().dir:
        lines.append(both("up.folder", dir=settings.dir.absolute()))
    if sample:
        lines.append(both("up.sample"))
    lines.append(both("up.pages", console=f"http://{HOST}:{port}", ui=f"http://{HOST}:{port + 1}"))
    return lines


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Hold the folder for one installation; the kernel lets go of it however the process ends."""
    path = folder / "up.lock"
    with path.open("a+") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            lock.seek(0)
            raise Refused("dir", "installation_running", pid=lock.read().strip() or "?") from error
        lock.truncate(0)
        lock.write(str(os.getpid()))
        lock.flush()
        yield
