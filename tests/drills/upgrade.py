"""An upgrade as it is done: workers of one installation replaced by those of another, on one docket and one server.

There is no older release yet whose letters must go on, so both installations are of this one, in folders of their own.
What is shown is the way of doing it; once there is a release to upgrade from, it is what gets installed first here.
"""

import shutil
import tomllib
from pathlib import Path
from typing import Any

from tests.drills.far_desk import far_desk
from tests.drills.kills import Killer, Year
from tests.drills.processes import Kept
from tests.drills.report import Report
from tests.drills.stage import Stage, stage

HERE = Path(__file__).parents[2]


async def upgrade(report: Report, year: Year) -> None:
    """Replace workers and desk by those of another installation (of the same release) while a year runs.

    The desk changes after a third of the acts, when a newer worker starts beside the older one; after another third
    the older one is told to stop, as systemd does, and finishes what it is doing. Either is killed now and then.
    """
    await year.undisturbed(report)
    async with stage(report, workers=0) as on, far_desk(on, _installed(on, "older")) as older:
        newer, on.clerk = on.clerk, older
        old_worker = _worker(on, "older")
        beside, alone = len(year.acts) // 3, 2 * len(year.acts) // 3
        killer = Killer(on, year.acts, 5, lambda number: on.workers[-1] if number % 2 else on.workers[0])

        async def before(number: int) -> None:
            if number == beside:
                _installed(on, "newer")
                _worker(on, "newer")
                on.clerk = newer
                report.broke("a newer worker beside the older one, and a newer desk", on.now)
            if number == alone:
                await killer.done()
                on.workers.remove(old_worker)
                await old_worker.end()
                report.broke(f"told {old_worker.name} to stop, which it did;", on.now)
            await killer.before(number)

        try:
            await year.play(on, killer, before)
        finally:
            await old_worker.end()
        await year.compared(on)


def _worker(on: Stage, name: str) -> Kept:
    kept = on.add_worker(python_path=str(on.folder / name))
    kept.name = f"{name} worker"
    return kept


def _installed(on: Stage, name: str) -> Path:
    """Install what a wheel of this release has into a folder of the drill's own."""
    folder = on.folder / name
    for package in _packages():
        shutil.copytree(HERE / package, folder / package, ignore=shutil.ignore_patterns("__pycache__"))
    for module in _setup()["py-modules"]:
        shutil.copy(HERE / f"{module}.py", folder)
    return folder


def _packages() -> list[str]:
    return [pattern.removesuffix("*") for pattern in _setup()["packages"]["find"]["include"]]


def _setup() -> dict[str, Any]:
    document = tomllib.loads((HERE / "pyproject.toml").read_text(encoding="utf-8"))
    found: dict[str, Any] = document["tool"]["setuptools"]
    return found
