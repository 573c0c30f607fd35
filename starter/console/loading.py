"""Loading a calendar year while somebody watches: the work goes on in the background and says how far it has come."""

import asyncio
from dataclasses import dataclass, field

from rules.errors import Refused
from starter.calendar import CalendarChange, load_year
from starter.desk import Desk
from starter.errors import Unconfirmed, Unreachable


@dataclass
class Loading:
    """One load under way: how many letters have been counted again, of how many, and how it ended."""

    change: CalendarChange
    total: int
    done: int = 0
    finished: bool = False
    error: Exception | None = None
    task: "asyncio.Task[None] | None" = field(default=None, repr=False)

    def begin(self, desk: Desk, by: str) -> None:
        """Begin in the background; loading the same file again does what a broken load left undone."""
        self.task = asyncio.create_task(self._run(desk, by))

    async def _run(self, desk: Desk, by: str) -> None:
        try:
            await load_year(desk, self.change, by, self._counted)
        except (Refused, Unconfirmed, Unreachable) as error:
            self.error = error
        finally:
            self.finished = True

    def _counted(self) -> None:
        self.done += 1
