"""Drills: `python -m tests.drills [NAME ...] [--seed N]`."""

import argparse
import asyncio
import signal
import sys
import time
import traceback
from collections.abc import Awaitable, Callable

from tests.drills import console, database, disk, kills, mail, matters, schedule, three_weeks, upgrade
from tests.drills.kills import Year
from tests.drills.report import Report
from tests.drills.story import YEAR

Drill = Callable[[Report, Year], Awaitable[None]]

DRILLS: dict[str, Drill] = {
    "worker": kills.worker,
    "server": kills.server,
    "two_workers": kills.two_workers,
    "database": database.database,
    "console": console.console,
    "upgrade": upgrade.upgrade,
    "matter": matters.matters,
    "three_weeks": three_weeks.three_weeks,
    "mail": mail.mail,
    "disk": disk.disk,
    "schedule": schedule.schedule,
}
"""Every drill by its name."""

LIMIT = 180.0
"""Seconds that one drill may take."""


async def run(name: str, seed: int, year: Year) -> bool:
    """Run one drill within its limit and tell whether everything held."""
    report = Report(name, seed)
    sys.stdout.write(f"{name}: {(DRILLS[name].__doc__ or '').splitlines()[0]}\n")
    try:
        async with asyncio.timeout(LIMIT):
            await DRILLS[name](report, year)
    except Exception as error:  # noqa: BLE001 -- whatever a drill runs into is a fault that it reports
        report.fault(f"{type(error).__name__}: {error}")
        sys.stdout.write("".join(traceback.format_exception(error, chain=False, limit=-4)))
    report.end()
    return report.held


async def run_all(names: list[str], seed: int, until: str) -> bool:
    """Run drills one after the other."""
    # So that a kind end takes the processes with it; they are also gone with their parent however it ends.
    task = asyncio.current_task()
    assert task is not None
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, task.cancel)
    year, begun = Year(until), time.monotonic()
    held = [await run(name, seed, year) for name in names]
    sys.stdout.write(f"{sum(held)} of {len(held)} drills held ({time.monotonic() - begun:.0f} s, seed {seed})\n")
    return all(held)


def main() -> int:
    """Run the drills that are named, or all."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.drills", description="Break things and show that nothing is lost."
    )
    parser.add_argument("names", nargs="*", metavar="NAME", help="drills to run; all if none is named")
    parser.add_argument("--seed", type=int, default=1, help="chooses the points at which things break (default 1)")
    parser.add_argument("--until", default=YEAR, metavar="DAY", help=f"play the year up to a day only (default {YEAR})")
    parser.add_argument("--inside", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("--list", action="store_true", help="list the drills")
    arguments = parser.parse_args()
    if arguments.list:
        for name, drill in DRILLS.items():
            sys.stdout.write(f"{name:12} {(drill.__doc__ or '').splitlines()[0]}\n")
        return 0
    unknown = [name for name in arguments.names if name not in DRILLS]
    if unknown:
        parser.error(f"no drill {', '.join(unknown)}; there are {', '.join(DRILLS)}")
    try:
        return 0 if asyncio.run(run_all(arguments.names or list(DRILLS), arguments.seed, arguments.until)) else 1
    except asyncio.CancelledError:
        sys.stdout.write("stopped; every process of the drill is ended\n")
        return 130


if __name__ == "__main__":
    sys.exit(main())
