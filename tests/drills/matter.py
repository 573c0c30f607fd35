"""Matters of several letters: the worker killed over the judgment that ends what the earlier letters ask for."""

import asyncio
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path

from docket.engine import reading
from docket.reads import dossier
from rules.dossier.letter import letters_of
from tests.drills.compare import differences, sizes
from tests.drills.kills import Year
from tests.drills.processes import Kept, eventually
from tests.drills.report import Report
from tests.drills.stage import Stage, stage
from tests.drills.story import SEVERAL, Act, acts_of_several, matter_of

Playing = Callable[[Stage, Act], Awaitable[None]]

_LATEST = 0.4
"""Real seconds after a judgment was handed in up to which the worker is killed; it is settled in about a tenth."""

_END = "2026-07-15"
"""A day by which every rung that a letter owed before the judgment would have been taken."""


async def matter(report: Report, year: Year) -> None:
    """Kill the worker with -9 over judgments of matters of several letters: before, in and after the one step.

    Letters of a matter once told each other of a judgment, one after the other, and a kill could fall between two of
    them. In the first half of the matters the worker dies by itself at the one instant at which docket and Temporal
    differ: the step is committed, and Temporal has not heard of it. In the others it is killed at random.
    """
    async with stage(report) as on:
        await _played(on, _undisturbed)
        expected = await on.checked()
    async with stage(report) as on:
        kills = [_at_the_commit, _at_random]
        matters = sorted({matter_of(act) for act in _acts()})

        async def killing(on: Stage, act: Act) -> None:
            await kills[matters.index(matter_of(act)) * 2 // len(matters)](on, act)

        await _played(on, killing)
        here = await on.checked()
        report.say(f"checked {sizes(here)}; requests repeated {on.repeats} times")
        report.differs(differences(expected, here))
        for each in matters:
            _judge(report, on, each)


def _acts() -> list[Act]:
    return sorted((act for each in SEVERAL for act in acts_of_several(each)), key=lambda act: act.day)


async def _played(on: Stage, judged: Playing) -> None:
    """Play the matters, the registering of their judgments in a way of its own."""
    for act in _acts():
        await on.until(act.at)
        await (judged if act.letter.startswith("judgment") and not act.event else _undisturbed)(on, act)
    await on.until(Act(_END, "").at)


async def _undisturbed(on: Stage, act: Act) -> None:
    await on.play([act])


async def _at_the_commit(on: Stage, act: Act) -> None:
    """Have a worker take the judgment that dies when its step is committed, then the usual one."""
    worker, address = on.workers[0], on.client.service_client.config.target_host
    worker.away()
    command = [sys.executable, "-m", "tests.support.dying_worker", address, on.settings.docket_url]
    dying = Kept(
        "dying worker", [*command, on.settings.task_queue], on.folder / "dying.log", env=on.environment(),
        cwd=Path.cwd(),
    )  # fmt: skip
    dying.start()
    try:
        playing = asyncio.create_task(on.play([act]))
        await eventually(lambda: _registered(on, act), "the judgment is committed")
        dying.stop()
        await eventually(lambda: dying.ended, "the worker has died")
    finally:
        await dying.end()
    on.report.broke("kill -9 the worker, its step committed and Temporal not told", on.now)
    worker.start()
    await playing


async def _at_random(on: Stage, act: Act) -> None:
    playing = asyncio.create_task(on.play([act]))
    after = on.report.choice.uniform(0, _LATEST)
    await asyncio.sleep(after)
    worker = on.workers[0]
    on.report.broke(f"kill -9 {worker.name} (process {worker.kill()}) {after * 1000:.0f} ms into a judgment", on.now)
    await playing


def _registered(on: Stage, act: Act) -> bool:
    with reading(on.engine) as session:
        state = dossier(session, matter_of(act))
    return any(each.letter.kind == "judgment" for each in state.letters)


def _judge(report: Report, on: Stage, matter: str) -> None:
    """Find that the judgment has ended what each earlier letter of a matter asked for."""
    with reading(on.engine) as session:
        state = dossier(session, matter)
    for each in letters_of(state):
        left = [duty.key for duty in each.duties if duty.unfinished]
        if left and each.letter.kind != "judgment":
            report.fault(f"{each.letter_id} still owes {', '.join(left)}")
