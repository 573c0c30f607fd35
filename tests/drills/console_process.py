"""A console as a process of its own whose clock is a drill's: `python -m tests.drills.console_process PORT CLOCK`.

CLOCK is a file that holds the present; workflows that it starts show that time.
"""

import asyncio
import os
import signal
import sys
from datetime import UTC, datetime
from pathlib import Path

from temporalio.testing import TimeSkipper, TimeSkippingConfig

from cluster.connect import connect
from cluster.embedded import HOST
from console.app import console
from console.office import Office
from console.serve import serving
from desk.desk import Desk
from desk.opening import docket
from settings import read_settings


class VirtualOffice(Office):
    """An office whose desk is opened anew for each request: letters get a clock that shows the present."""

    async def desk(self, origin: str) -> Desk:
        """Open the desk."""
        client = TimeSkipper(await connect(self.settings), config=TimeSkippingConfig(enabled=False)).client
        return Desk(
            self.engine, client, self.clock, task_queue=self.settings.task_queue, answer=self.settings.answer,
            clock_shift=self.clock() - datetime.now(UTC), origin=origin,
        )  # fmt: skip


async def serve(port: int, clock: Path) -> None:
    """Serve until told to stop."""
    settings = read_settings(os.environ)
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    with docket(settings) as engine:
        office = VirtualOffice(settings, engine, lambda: datetime.fromisoformat(clock.read_text()))
        async with serving(console(office), HOST, port):
            await stop.wait()


if __name__ == "__main__":
    asyncio.run(serve(int(sys.argv[1]), Path(sys.argv[2])))
