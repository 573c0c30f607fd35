"""The disk of the docket: full while letters come and wake, then free again."""

import asyncio
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.drills.compare import sizes, taken
from tests.drills.kills import Year
from tests.drills.processes import eventually
from tests.drills.report import Report
from tests.drills.stage import Stage, stage

MEGABYTES = 8
UNTIL = "2026-03-31"
TIMES = 3


async def disk(report: Report, year: Year) -> None:
    """Fill the docket's disk three times, each until writes fail, while letters come and wake until the end of March.

    The disk is a small memory file system, which only root may mount; others are root in a namespace of their own.
    """
    with _small_disk(report) as folder:
        if folder is None:
            return
        short = Year(min(UNTIL, year.until))
        await short.undisturbed(report)
        async with stage(report, docket=folder / "docket.db") as on:
            chosen = set(report.choice.sample(range(2, len(short.acts)), TIMES))
            failed = 0

            async def before(number: int) -> None:
                nonlocal failed
                if number in chosen:
                    failed += await _full(on, folder / "filling", short, number)

            await short.play(on, before=before)
            report.say(f"writes failed for want of room in {failed} of {len(chosen)} cases")
            if not failed:
                report.fault("the disk was never too full")
            with closing(sqlite3.connect(folder / "docket.db")) as connection:
                whole = connection.execute("PRAGMA integrity_check").fetchone()[0]
            if whole != "ok":
                report.fault(f"the docket's file: {whole}")
            report.say(f"integrity of the docket's file: {whole}")
            await short.compared(on)


async def _full(on: Stage, filling: Path, year: Year, number: int) -> bool:
    """Fill the disk, play on until a write fails, look at the docket, and give the room back."""
    _fill(filling)
    on.report.broke(f"disk full (of {MEGABYTES} MB {shutil.disk_usage(filling.parent).free} bytes left)", on.now)
    before, repeats = _complaints(on), on.repeats
    # SQLite's log may have room for a few more steps, so several acts are tried; they are repeated below.
    playing = asyncio.create_task(on.play(year.acts[number : number + 4]))

    def failing() -> bool:
        return playing.done() or on.repeats > repeats or _complaints(on) > before

    try:
        await eventually(failing, "a write fails for want of room")
        failed = not playing.done()
        on.report.say(f"{'a write failed' if failed else 'there was room enough'}; it reads {sizes(taken(on.engine))}")
    finally:
        filling.unlink()
    on.report.broke("room again", on.now)
    await playing
    return failed


def _complaints(on: Stage) -> int:
    return on.workers[0].said("disk is full") + on.workers[0].said("disk I/O error")


def _fill(filling: Path) -> None:
    """Take all the room there is."""
    with filling.open("wb", buffering=0) as file, suppress(OSError):
        while True:
            file.write(bytes(4096))


@contextmanager
def _small_disk(report: Report) -> Iterator[Path | None]:
    """Mount a small disk; who may not runs the drill as root of a namespace of its own, and is given None."""
    with TemporaryDirectory(prefix="qixian-disk-") as folder:
        mounting = ["mount", "-t", "tmpfs", "-o", f"size={MEGABYTES}m", "tmpfs", folder]
        if subprocess.run(mounting, check=False, capture_output=True).returncode:
            _in_a_namespace(report)
            yield None
            return
        report.say(f"the docket is on a memory file system of {MEGABYTES} MB of its own")
        try:
            yield Path(folder)
        finally:
            subprocess.run(["umount", "-l", folder], check=True)


def _in_a_namespace(report: Report) -> None:
    again = ["unshare", "-rm", sys.executable, "-m", "tests.drills", "disk", "--seed", str(report.seed)]
    if "--inside" in sys.argv or shutil.which("unshare") is None:
        report.fault("no small disk can be mounted here: run this drill as root")
        return
    report.say("mounting is not permitted; once more as root of a namespace of its own:")
    if subprocess.run([*again, "--inside"], check=False).returncode:
        report.fault("the drill inside did not hold")
