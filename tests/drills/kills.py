"""Killing with -9 at points that a seed chooses, and the drills that do nothing else."""

import asyncio
from collections.abc import Callable

from tests.drills.compare import Taken, differences, sizes
from tests.drills.processes import Kept
from tests.drills.report import Report
from tests.drills.stage import Stage, stage
from tests.drills.story import Act, story

_LATEST = 0.6
"""Real seconds after the beginning of a stretch of time up to which a kill may fall."""


class Killer:
    """Kills processes while chosen acts and the time before them are played."""

    def __init__(self, on: Stage, acts: list[Act], times: int, victims: Callable[[int], Kept]) -> None:
        self._stage = on
        choice = on.report.choice
        chosen = sorted(choice.sample(range(1, len(acts)), times))
        self._plan = {act: (victims(number), choice.uniform(0, _LATEST)) for number, act in enumerate(chosen)}
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

    async def _kill(self, victim: Kept, after: float) -> None:
        await asyncio.sleep(after)
        pid = victim.kill()
        self._stage.report.broke(f"kill -9 {victim.name} (process {pid})", self._stage.now)


class Undisturbed:
    """What an undisturbed run leaves, made once for all drills of a process."""

    def __init__(self) -> None:
        self._known: dict[tuple[str, ...], Taken] = {}

    async def of(self, acts: list[Act], report: Report) -> Taken:
        """Play acts with nothing broken, or give what was found when they were played before."""
        key = tuple(repr(act) for act in acts)
        if key not in self._known:
            async with stage(report) as on:
                await on.play(acts)
                self._known[key] = await on.checked()
            report.say(f"undisturbed run: {sizes(self._known[key])}")
        return self._known[key]


async def compared(on: Stage, undisturbed: Taken) -> None:
    """Audit, compare with the undisturbed run and say what was checked."""
    here = await on.checked()
    on.report.say(f"checked {sizes(here)}; requests repeated {on.repeats} times")
    on.report.differs(differences(undisturbed, here))


async def workers(report: Report, undisturbed: Undisturbed) -> None:
    """Kill the only worker with -9 eight times while a year runs."""
    await _killing(report, undisturbed, 8, lambda on: lambda number: on.workers[0])


async def server(report: Report, undisturbed: Undisturbed) -> None:
    """Kill the Temporal server with -9 six times while a year runs; it comes back on the same file."""
    await _killing(report, undisturbed, 6, lambda on: lambda number: on.server)


async def _killing(
    report: Report, undisturbed: Undisturbed, times: int, victims: Callable[[Stage], Callable[[int], Kept]]
) -> None:
    acts = story()
    expected = await undisturbed.of(acts, report)
    async with stage(report) as on:
        killer = Killer(on, acts, times, victims(on))
        await on.play(acts, killer.before)
        await killer.done()
        await compared(on, expected)
