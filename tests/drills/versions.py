"""An upgrade: workers of 0.1.0 and of this version side by side, on one docket and one Temporal server."""

import asyncio
import json
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from zipfile import ZipFile

from sqlmodel import select

from cluster.embedded import with_parent
from desk.desk import Desk
from docket.engine import writing
from docket.schema import upgrade
from docket.tables import LetterRow, RulebookInForceRow
from operations.audit import audit
from operations.mending import mend
from tests.drills.compare import differences, sizes, taken, without
from tests.drills.kills import Killer, Year
from tests.drills.processes import eventually
from tests.drills.report import Report
from tests.drills.stage import Stage, event, stage
from tests.drills.story import Act, received

WHEEL = Path(__file__).parents[1] / "engine" / "releases" / "qixian-0.1.0-py3-none-any.whl"
"""The release as it was, with templates, rulebook, calendars and migrations; what it requires is part of ours."""

UNTIL = "2026-06-30"

_NEW = (("letters", 3), ("rungs", 4), ("notices", 6))
"""What 0.1.0 says otherwise: a rulebook's version is a digest of more fields by now, its rungs have no level, and its
subjects name an agency alone where the bureau owes something on its account."""


class OldDesk:
    """A clerk at a desk of 0.1.0."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process

    async def act(self, act: Act, letter: str, now: datetime) -> str:
        """Have one act done there."""
        what = event(act) if act.event else None
        asked = {"now": now.isoformat(), "letter": letter, "event": what, "received": None, "by": act.by}
        if not act.event:
            asked["received"] = received(act)
        assert self._process.stdin is not None and self._process.stdout is not None
        self._process.stdin.write(json.dumps(asked).encode() + b"\n")
        line = await self._process.stdout.readline()
        if not line:
            raise AssertionError("the desk of 0.1.0 has ended")
        answer = json.loads(line)
        if "error" in answer:
            if answer["error"].startswith(("Unconfirmed", "Unreachable", "RPCError", "OperationalError")):
                raise OSError(answer["error"])
            raise AssertionError(f"the desk of 0.1.0: {act}: {answer['error']}")
        return str(answer["letter"])


@asynccontextmanager
async def old_desk(on: Stage, release: Path) -> AsyncIterator[OldDesk]:
    """Run a desk of 0.1.0, which also makes the docket in its schema."""
    script = Path(__file__).with_name("desk_process.py")
    # -P: nothing beside the script is found, only what the path leads to.
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-P", str(script), on.client.service_client.config.target_host, on.settings.docket_url,
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=release, start_new_session=True,
        env={**on.environment(), "PYTHONPATH": str(release)}, preexec_fn=with_parent(),
    )  # fmt: skip
    try:
        yield OldDesk(process)
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


async def versions(report: Report, year: Year) -> None:
    """Upgrade from 0.1.0 in the midst of a year, with workers of both versions side by side, killed now and then.

    0.1.0 begins on a docket of its own schema; after a third of the time this version migrates it and starts beside;
    after another third the old worker is killed, and the newer docket keeps it from coming back. Between the two only
    the new one is killed. The desk is 0.1.0's before the migration and ours after it, with 0.1.0's rulebook in force
    throughout. The undisturbed run is one of 0.1.0 alone; for its sake it is half a year.
    """
    year = Year(min(UNTIL, year.until))
    async with stage(report, workers=0, prepared=False) as on:
        release = _unpacked(on.folder)
        async with old_desk(on, release) as desk:
            on.add_worker(python_path=str(release))
            on.clerk = desk
            await year.play(on)
        upgrade(on.engine)
        expected = without(taken(on.engine), *_NEW)
        report.say(f"undisturbed run of 0.1.0 alone: {sizes(expected)}")
    async with stage(report, workers=0, prepared=False) as on:
        release = _unpacked(on.folder)
        async with old_desk(on, release) as desk:
            new = on.clerk
            old_worker = on.add_worker(python_path=str(release))
            old_worker.name = "worker of 0.1.0"
            on.clerk = desk
            migrated, alone = len(year.acts) // 3, 2 * len(year.acts) // 3
            killer = Killer(on, year.acts, 4, lambda number: on.workers[-1])

            async def before(number: int) -> None:
                if number == migrated:
                    upgrade(on.engine)
                    on.add_worker().name = "worker of this version"
                    _keep_rulebook(on)
                    on.clerk = new
                    report.broke("docket migrated under 0.1.0; a worker of this version beside it", on.now)
                if number == alone:
                    await killer.done()
                    report.broke(f"kill -9 {old_worker.name} (process {old_worker.kill()})", on.now)
                    await eventually(lambda: bool(old_worker.said("error: docket")), "0.1.0 refuses the newer docket")
                    old_worker.stop()
                    report.say("started again it refuses the migrated docket, as it should; it stays away for good")
                    report.say(f"tasks and steps that failed in it: {old_worker.said('ValidationError')}")
                await killer.before(number)

            await year.play(on, killer, before)
            await _mended(on)
            here = without(await on.checked(), *_NEW)
        report.say(f"checked {sizes(here)}; requests repeated {on.repeats} times")
        report.differs(differences(expected, here))


async def _mended(on: Stage) -> None:
    """Audit and mend, as an operator does after an upgrade: 0.1.0 seals no events, and finished letters stay so."""
    assert on.now is not None
    now = on.now
    found = await audit(on.engine, on.client, on.settings, now)
    mended = [finding for finding in found.findings if finding.what == "seal_broken"]
    on.report.say(f"{len(mended)} events that 0.1.0 wrote are not sealed; audit --mend seals them")
    await mend(on.engine, on.client, Desk(on.engine, on.client, lambda: now), found)


def _keep_rulebook(on: Stage) -> None:
    """Keep the rulebook of the letters that there are in force for those to come, as a county does that upgrades."""
    with writing(on.engine) as session:
        (version,) = set(session.exec(select(LetterRow.rulebook)))
        now = datetime.now(UTC)
        session.add(RulebookInForceRow(version=version, loaded_at=now, loaded_by="admin"))


def _unpacked(folder: Path) -> Path:
    release = folder / "release"
    with ZipFile(WHEEL) as wheel:
        wheel.extractall(release)
    return release
