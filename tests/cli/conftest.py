"""The installed command, run as people run it, and an installation that is up."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import redirect_stderr, redirect_stdout
from io import BytesIO, StringIO, TextIOWrapper
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from cluster.embedded import free_port
from starter.cli import qixian
from starter.cli.app import main

PROGRAM = str(Path(sys.executable).parent / "qixian")


class Ran(NamedTuple):
    """How a command ended."""

    code: int
    out: str
    err: str

    def json(self) -> Any:
        """Read what it printed as JSON."""
        return json.loads(self.out)

    def error(self) -> tuple[str, str]:
        """Split its one line of error into field and reason."""
        lines = self.err.strip().splitlines()
        assert len(lines) == 1, self.err
        start, field, reason = lines[0].split(": ", 2)
        assert start == "error"
        return field, reason


Run = Callable[..., Ran]


def environment(folder: Path, **more: str) -> dict[str, str]:
    """Return an environment without any setting but the folder."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("QIXIAN_", "TEMPORAL_"))}
    return {**kept, "QIXIAN_DIR": str(folder), **more}


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """Run commands in a folder where there is no installation."""
    return runner(tmp_path / "none")


def runner(folder: Path) -> Run:
    """Run commands by the same entry as the program, in this process: a process each would take a second."""

    def _run(*arguments: str, stdin: str | bytes = "", **settings: str) -> Ran:
        data = stdin.encode() if isinstance(stdin, str) else stdin
        out, err = StringIO(), StringIO()
        before, source = dict(os.environ), sys.stdin
        os.environ.clear()
        os.environ.update(environment(folder, **settings))
        sys.stdin = TextIOWrapper(BytesIO(data), encoding="utf-8")
        try:
            with redirect_stdout(out), redirect_stderr(err):
                code = main(qixian, arguments)
        finally:
            os.environ.clear()
            os.environ.update(before)
            sys.stdin = source
        return Ran(code, out.getvalue(), err.getvalue())

    return _run


@pytest.fixture
def program(tmp_path: Path) -> Run:
    """Run the installed program as a process, in a folder where there is no installation."""
    return program_in(tmp_path / "none")


def program_in(folder: Path, **always: str) -> Run:
    """Run the installed program as a process, with some settings whenever it runs."""

    def _run(*arguments: str, stdin: str | bytes = "", **settings: str) -> Ran:
        data = stdin.encode() if isinstance(stdin, str) else stdin
        done = subprocess.run(
            [PROGRAM, *arguments],
            input=data,
            capture_output=True,
            env=environment(folder, **{**always, **settings}),
            timeout=120,
            check=False,
        )
        return Ran(done.returncode, done.stdout.decode(), done.stderr.decode())

    return _run


def three_free_ports() -> int:
    """Find three ports in a row that nobody listens on, below those that outgoing connections are given."""
    for first in range(20000 + os.getpid() % 3000 * 3, 32000, 3):
        if all(free_port(port) for port in range(first, first + 3)):
            return first
    raise AssertionError("no three ports are free")


class Installation:
    """`qixian up` in a folder of its own."""

    def __init__(self, folder: Path, **settings: str) -> None:
        self.folder = folder
        self.settings = settings
        self.port = three_free_ports()
        self.run = runner(folder)
        self._process: subprocess.Popen[str] | None = None

    def start(self) -> str:
        """Start it, wait until it says that it is ready, and give what it said."""
        self._process = subprocess.Popen(
            [PROGRAM, "up", "--port", str(self.port)],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
            env=environment(self.folder, **self.settings),
        )  # fmt: skip
        assert self._process.stdout is not None
        said = ""
        for line in self._process.stdout:
            said += line
            if "Ctrl-C" in line:
                return said
        assert self._process.stderr is not None
        raise AssertionError(said + self._process.stderr.read())

    def end(self, how: signal.Signals) -> int:
        """End it by a signal and give its exit code."""
        assert self._process is not None
        self._process.send_signal(how)
        self._process.communicate(timeout=30)
        return self._process.returncode

    @property
    def running(self) -> bool:
        """Tell whether it runs."""
        return self._process is not None and self._process.poll() is None


@pytest.fixture(scope="session")
def installation(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    """Return an installation that is up for the whole session."""
    found = Installation(tmp_path_factory.mktemp("installation"))
    found.start()
    yield found
    found.end(signal.SIGTERM)


@pytest.fixture
def own_installation(tmp_path: Path) -> Iterator[Installation]:
    """Return an installation of the test's own, not yet started."""
    found = Installation(tmp_path / "own")
    yield found
    if found.running:
        found.end(signal.SIGTERM)


def eventually(condition: Callable[[], bool], seconds: float = 30) -> None:
    """Wait until a condition holds, looking often; fail after so many seconds."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not come about"
        time.sleep(0.1)
