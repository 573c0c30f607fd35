"""A worker that was off for three weeks: what it does on its return, against what the rules say of the same state."""

import asyncio
import sys
from datetime import timedelta
from pathlib import Path

from sqlmodel import col, select

from docket.engine import reading
from docket.library import books_of, current_calendar
from docket.reads import stored_state
from docket.tables import NoticeRow, RungRow
from rules.counting.clock import local
from rules.dossier.core import step
from rules.dossier.state import Dossier
from tests.drills.compare import Difference, sizes
from tests.drills.kills import Year
from tests.drills.late_worker import OFF
from tests.drills.processes import Kept, eventually
from tests.drills.report import Report
from tests.drills.stage import Stage, stage
from tests.drills.story import LETTERS, Act

DAY = "2026-03-03"
THEN = tuple(
    name for name, letter in LETTERS.items()
    if name == "judgment lost" or letter["kind"] in ("oral_notice", "mediation_letter")
)  # fmt: skip
"""Letters that can be received on that day, some of them several of one matter."""


async def three_weeks(report: Report, year: Year) -> None:
    """Leave the worker off for three weeks over every matter's next step; each rung of them is taken once, and late.

    How a worker sees three weeks of absence without waiting for them is told in late_worker.py. The matters' timers
    have fired on the server before it starts.
    """
    async with stage(report) as on:
        await on.play([Act(DAY, name) for name in THEN])
        assert on.now is not None
        await on.until(on.now + timedelta(minutes=1))
        states = {name: _state(on, name) for name in on.matters}
        woken = {name: state.next_wake for name, state in states.items() if state.next_wake is not None}
        report.broke(f"kill -9 {on.workers[0].name} (process {on.workers[0].away()}), off for {OFF.days} days", on.now)
        # The matters stand at one instant of the server's time; five minutes from it on, it is three weeks later.
        shift = min(on.shifts[name] for name in woken)
        cut = on.now - shift + timedelta(minutes=5)
        moving = [asyncio.create_task(on.move(name, name, wake + timedelta(minutes=1))) for name, wake in woken.items()]
        await on.fired(list(woken))
        report.say(
            f"the next timers of {len(woken)} matters with {len(on.letters)} letters have fired without a worker"
        )
        command = [sys.executable, "-m", "tests.drills.late_worker", cut.isoformat()]
        late = Kept("late worker", command, on.folder / "late.log", env=on.environment(), cwd=Path.cwd())
        on.workers.append(late)
        late.start()
        report.broke("a worker for which it is three weeks later;", on.now)
        await asyncio.gather(*moving)
        await eventually(
            lambda: all(_state(on, name).version > states[name].version for name in woken), "each matter steps"
        )
        for state in states.values():
            _judge(report, on, state)
        report.say(
            f"checked {sizes(await on.checked('timer_drift'))} (timers are set by the worker's time, not the server's)"
        )


def _state(on: Stage, name: str) -> Dossier:
    with reading(on.engine) as session:
        state = stored_state(session, name)
    assert state is not None
    return state


def _judge(report: Report, on: Stage, before: Dossier) -> None:
    """Compare a matter's docket with what the rules say of its state at the instant at which it really stepped."""
    with reading(on.engine) as session:
        first = session.exec(
            select(RungRow.fired_at).where(RungRow.dossier_id == before.id).order_by(col(RungRow.fired_at))
        ).all()
        rungs = session.exec(select(RungRow.key).where(RungRow.dossier_id == before.id)).all()
        notices = session.exec(select(NoticeRow).where(NoticeRow.dossier_id == before.id)).all()
        books, calendar = books_of(session, before), current_calendar(session)
    now = min((each for each in first if each > before.opened_at + timedelta(days=1)), default=None)
    if now is None:
        report.fault(f"{before.id} took nothing")
        return
    expected = step(before, now, books, calendar)
    wanted = {rung.key for rung in expected.state.fired}
    report.differs(
        Difference([f"rung {key}" for key in wanted - set(rungs)], [f"rung {key}" for key in set(rungs) - wanted])
    )
    late = [each for each in notices if each.key.startswith(f"{before.id}#{expected.state.version}:")]
    told = sorted({(each.address, each.kind, each.late, each.status == "draft") for each in late})
    meant = sorted({(each.to, each.kind.value, each.late, each.draft) for each in expected.notices})
    if told != meant:
        report.fault(f"{before.id}: told {told}, meant {meant}")
    hours = {f"{local(each.send_at):%H:%M}" for each in late}
    taken = len(wanted) - len(before.fired)
    report.say(
        f"{before.id}: {taken} rungs due since {before.next_wake:%m-%d} taken on {local(now):%m-%d %H:%M}, "
        f"{len(late)} notices to {len(meant)} addresses, {sum(each.late for each in late)} said to be late, "
        f"at {', '.join(sorted(hours))}"
    )
