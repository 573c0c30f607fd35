"""A clerk at a desk that is a process of its own, which can be killed over an act."""

import asyncio
import json
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from pathlib import Path

from cluster.embedded import with_parent
from rules.letters.registry import case_events
from tests.drills.stage import Stage
from tests.drills.story import Act, event, received

_AWAY = ("Unconfirmed", "Unreachable", "RPCError", "OperationalError")
"""How failures begin after which somebody asks again."""


class FarDesk:
    """A clerk who acts at a desk in another process, and starts it again when it has ended."""

    name = "desk"

    def __init__(self, on: Stage, release: Path | None) -> None:
        self._stage = on
        self._release = release or Path.cwd()
        self._process: asyncio.subprocess.Process | None = None

    async def act(self, act: Act, letter: str, now: datetime) -> str:
        """Have one act done there."""
        process = await self._running()
        assert process.stdin is not None and process.stdout is not None
        asked = {
            "now": now.isoformat(), "letter": letter, "event": event(act) if act.event else None,
            "of_case": act.event in case_events(), "received": None if act.event else received(act), "by": act.by,
        }  # fmt: skip
        process.stdin.write(json.dumps(asked).encode() + b"\n")
        line = await process.stdout.readline()
        if not line:
            await process.wait()
            raise OSError("the desk has ended")
        answer = json.loads(line)
        if "error" in answer:
            if answer["error"].startswith(_AWAY):
                raise OSError(answer["error"])
            raise AssertionError(f"the desk: {act}: {answer['error']}")
        return str(answer["letter"])

    def kill(self) -> int:
        """Kill it with -9 and give the id it had; the next act starts another."""
        process = self._process
        assert process is not None
        if process.returncode is None:
            process.kill()
        return process.pid

    async def end(self) -> None:
        """End it for good."""
        if self._process is not None:
            self.kill()
            await self._process.wait()

    async def ready(self) -> None:
        """Have it running, so that the next act finds it so."""
        await self._running()

    async def _running(self) -> asyncio.subprocess.Process:
        if self._process is None or self._process.returncode is not None:
            self._process = await self._started()
            assert self._process.stdout is not None
            if await self._process.stdout.readline() != b"ready\n":
                raise OSError("the desk has not started")
        return self._process

    async def _started(self) -> asyncio.subprocess.Process:
        on, script = self._stage, Path(__file__).with_name("desk_process.py")
        # -P: nothing beside the script is found, only what the path leads to.
        return await asyncio.create_subprocess_exec(
            sys.executable, "-P", str(script), on.client.service_client.config.target_host, on.settings.docket_url,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=self._release, start_new_session=True,
            env={**on.environment(), "PYTHONPATH": str(self._release)}, preexec_fn=with_parent(),
        )  # fmt: skip


@asynccontextmanager
async def far_desk(on: Stage, release: Path | None = None) -> AsyncIterator[FarDesk]:
    """Run a desk in a process of its own, of the release in a folder or else of ours."""
    desk = FarDesk(on, release)
    try:
        await desk.ready()
        yield desk
    finally:
        await desk.end()
