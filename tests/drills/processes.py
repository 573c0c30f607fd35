"""Processes that are kept running as systemd would keep them, killed with -9, and ended by their ids."""

import asyncio
import os
import signal
import subprocess
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from cluster.embedded import with_parent


def environment(**settings: str) -> dict[str, str]:
    """Return an environment with these settings of ours and no others."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("QIXIAN_", "TEMPORAL_"))}
    return {**kept, "QIXIAN_LOG_JSON": "true", **settings}


async def eventually(condition: Callable[[], bool], what: str, seconds: float = 60) -> None:
    """Wait until a condition holds, looking often; fail after so many seconds."""
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            raise TimeoutError(f"it did not come about within {seconds:.0f} s: {what}")
        await asyncio.sleep(0.05)


class Kept:
    """One process of the drill's own; while it is wanted it is started again whenever it ends."""

    def __init__(self, name: str, command: Sequence[str], log: Path, **options: Any) -> None:
        self.name = name
        self.starts = 0
        self.log = log
        self._command = list(command)
        self._options = options
        self._wanted = False
        self._process: subprocess.Popen[bytes] | None = None
        self._keeping: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Want it from now on."""
        self._wanted = True
        self._spawn()
        if self._keeping is None:
            self._keeping = asyncio.create_task(self._keep())

    def kill(self) -> int:
        """Kill it with -9 and give the id it had; it is started again while it is wanted."""
        assert self._process is not None
        pid = self._process.pid
        with suppress(ProcessLookupError):
            self._process.send_signal(signal.SIGKILL)
        self._process.wait(10)
        return pid

    def stop(self) -> None:
        """Want it no more; it may be dead already."""
        self._wanted = False

    def away(self) -> int:
        """Kill it with -9 and leave it dead."""
        self._wanted = False
        return self.kill()

    async def end(self) -> None:
        """End it for good, asking first."""
        self._wanted = False
        if self._keeping is not None:
            self._keeping.cancel()
            with suppress(asyncio.CancelledError):
                await self._keeping
        if self._process is not None and self._process.poll() is None:
            self._process.send_signal(signal.SIGTERM)
            try:
                await asyncio.to_thread(self._process.wait, 5)
            except subprocess.TimeoutExpired:
                self.kill()

    def said(self, words: str) -> int:
        """Count how often it has said something."""
        return self.log.read_text(errors="replace").count(words) if self.log.exists() else 0

    def _spawn(self) -> None:
        with self.log.open("ab") as output:
            self._process = subprocess.Popen(
                self._command, stdin=subprocess.DEVNULL, stdout=output, stderr=output, start_new_session=True,
                preexec_fn=with_parent(), **self._options,  # noqa: PLW1509 -- two system calls, no lock is taken
            )  # fmt: skip
        self.starts += 1

    async def _keep(self) -> None:
        while True:
            await asyncio.sleep(0.2)
            if self._wanted and self._process is not None and self._process.poll() is not None:
                self._spawn()
