"""Loading a calendar year while somebody watches: the work goes on in the background and says how far it has come."""

import asyncio
from dataclasses import dataclass, field

import structlog
from sqlalchemy import Engine

from desk.calendars import CalendarChange, load_year
from desk.desk import Desk
from docket.engine import reading
from docket.reads import count_open

_log = structlog.get_logger(__name__)


def matters(engine: Engine) -> int:
    """Count the matters that a load counts again."""
    with reading(engine) as session:
        return count_open(session)


@dataclass
class Loading:
    """One load: how many matters have been counted again, of how many, and how it ended."""

    change: CalendarChange
    total: int
    done: int = 0
    _task: "asyncio.Task[int] | None" = field(default=None, repr=False)

    @property
    def finished(self) -> bool:
        """Tell whether it has ended, well or not."""
        return self._task is not None and self._task.done()

    @property
    def error(self) -> BaseException | None:
        """Return what it ended with, None where it went well or still goes on."""
        return self._task.exception() if self._task is not None and self._task.done() else None

    def begin(self, desk: Desk, by: str) -> None:
        """Begin in the background; loading the same file again does what a broken load left undone."""
        self._task = asyncio.create_task(load_year(desk, self.change, by, self._counted))
        self._task.add_done_callback(self._say)

    async def finish(self) -> None:
        """Wait for the end, and raise what went wrong."""
        if self._task is not None:
            await asyncio.shield(self._task)

    def _counted(self) -> None:
        self.done += 1

    def _say(self, task: "asyncio.Task[int]") -> None:
        error = None if task.cancelled() else task.exception()
        if error is not None:
            _log.error("calendar not loaded", year=self.change.document.year, exc_info=error)
