"""Killing with -9 at points that a seed chooses, and the drills that do nothing else."""

import asyncio
from collections.abc import Awaitable, Callable

from tests.drills.compare import Taken, differences, sizes
from tests.drills.processes import Kept
from tests.drills.report import Report
from tests.drills.stage import Stage, stage
from tests.drills.story import YEAR, Act, story

_LATEST = 0.6
"""Real seconds after the beginning of a stretch of time up to which a kill may fall."""


class Killer:
    """Kills processes while chosen acts and the time before them are played."""

    def __init__(self, on: Stage, acts: list[Act], times: int, victims: Callable[[int], Kept]) -> None:
        self._stage = on
        choice = on.report.choice
        chosen = sorted(choice.sample(range(1, len(acts)), times))
        self._victims = victims
        self._plan = {act: (number, choice.uniform(0, _LATEST)) for number, act in enumerate(chosen)}
        self._under_way: asyncio.Task[None] | None = None

    async def before(self, number: int) -> None:
        """Kill in a moment, if one is planned before or during the act of this number."""
        if number in self._plan:
            await self.done()
            self._under_way = asyncio.create_task(self._kill(*self._plan[number]))

    async def done(self) -> None:
        """Wait for a kill that is under way."""
        if self._under_way is not None:
            await self._under_way

    async def _kill(self, number: int, after: float) -> None:
        await asyncio.sleep(after)
        # Only now: workers come and go.
        victim = self._victims(number)
        pid = victim.kill()
        self._stage.report.broke(f"kill -9 {victim.name} (process {pid})", self._stage.now)


class Year:
    """The story up to a day, and what it leaves undisturbed, which is played once for all drills of a process."""

    def __init__(self, until: str = YEAR) -> None:
        self.acts = story(until)
        self.until = until
        self._undisturbed: Taken | None = None

    async def undisturbed(self, report: Report) -> Taken:
        """Play the year with nothing broken, or give what that left before."""
        if self._undisturbed is None:
            async with stage(report) as on:
                await self.play(on)
                self._undisturbed = await on.checked()
            report.say(f"undisturbed run: {sizes(self._undisturbed)}")
        return self._undisturbed

    async def play(
        self, on: Stage, killer: Killer | None = None, before: Callable[[int], Awaitable[None]] | None = None
    ) -> None:
        """Play the year to its end, with or without somebody who kills, and something to be done before each act."""
        await on.play(self.acts, before or (None if killer is None else killer.before))
        await on.until(Act(self.until, "").at)
        if killer is not None:
            await killer.done()

    async def compared(self, on: Stage) -> None:
        """Audit, compare with the undisturbed run and say what was checked."""
        here = await on.checked()
        on.report.say(f"checked {sizes(here)}; requests repeated {on.repeats} times")
        on.report.differs(differences(await self.undisturbed(on.report), here))


async def worker(report: Report, year: Year) -> None:
    """Kill the only worker with -9 five times while a year runs."""
    await year.undisturbed(report)
    async with stage(report) as on:
        await year.play(on, Killer(on, year.acts, 5, lambda number: on.workers[0]))
        await year.compared(on)


async def server(report: Report, year: Year) -> None:
    """Kill the Temporal server with -9 six times while a year runs; it comes back on the same file."""
    await year.undisturbed(report)
    async with stage(report) as on:
        await year.play(on, Killer(on, year.acts, 6, lambda number: on.server))
        await year.compared(on)


async def two_workers(report: Report, year: Year) -> None:
    """Kill two workers in turn, which keep few matters in memory, so that matters move between them all year."""
    await year.undisturbed(report)
    async with stage(report, workers=2, variables={"QIXIAN_WORKER_CACHED_MATTERS": "10"}) as on:
        await year.play(on, Killer(on, year.acts, 4, lambda number: on.workers[number % 2]))
        await year.compared(on)
