"""The schedules: a server that was down over several times of one makes up for them once."""

from collections import Counter
from datetime import UTC, datetime, timedelta

from sqlmodel import col, select
from temporalio.client import (
    ScheduleActionStartWorkflow,
    ScheduleIntervalSpec,
    ScheduleSpec,
    ScheduleUpdate,
    ScheduleUpdateInput,
)

from cluster.schedules import name
from docket.engine import reading
from docket.tables import WAITS, DeliveryRow, NoticeRow
from rules.telling.notices import DIGEST
from tests.drills.kills import Year
from tests.drills.mail import mailed
from tests.drills.processes import eventually
from tests.drills.report import Report
from tests.drills.stage import Stage
from tests.drills.story import Act
from workflows.messages import DigestStart

EVERY = timedelta(seconds=3)
MISSED = 4


async def schedule(report: Report, year: Year) -> None:
    """Stop the Temporal server over four times of the digests' schedule; what waited is digested once on its return."""
    async with mailed(report) as (on, server):
        letters = ("mediation done", "mediation extended", "oral before suit", "judgment lost")
        await on.play([Act("2026-03-03", letter) for letter in letters])
        await on.play([Act("2026-03-03", letter, event) for letter in letters[:3] for event in ("told", "reported")])
        # The day before the first weekly reports are due: reminders that press on nobody.
        await on.until(Act("2026-03-09", "").at)
        waiting = _waiting(on)
        report.say(f"{len(waiting)} notices wait for {len(set(waiting.values()))} digests")
        if not waiting:
            report.fault("nothing waits for a digest")
        handle = on.client.get_schedule_handle(name(on.settings.task_queue, "digest"))
        assert on.now is not None
        start = DigestStart(clock_shift=on.now - datetime.now(UTC))

        def often(known: ScheduleUpdateInput) -> ScheduleUpdate:
            """Keep the policy that is in use, but have it run every few seconds, at the present of the matters."""
            present = known.description.schedule
            assert isinstance(present.action, ScheduleActionStartWorkflow)
            present.action.args = [start]
            present.spec = ScheduleSpec(intervals=[ScheduleIntervalSpec(every=EVERY)])
            return ScheduleUpdate(schedule=present)

        worker = on.workers[0]
        report.broke(f"kill -9 {worker.name} (process {worker.away()}), so that nothing is digested too early", on.now)
        await handle.update(often)
        before = (await handle.describe()).info.num_actions
        report.broke(
            f"kill -9 {on.server.name} (process {on.server.away()}), down over {MISSED} times of a schedule", on.now
        )
        down = datetime.now(UTC)
        await eventually(lambda: datetime.now(UTC) - down > MISSED * EVERY, "the time of the outage has passed")
        on.server.start()
        worker.start()
        report.broke("server and worker back", on.now)
        await eventually(lambda: not _waiting(on), "what waited is digested")
        # One more time of the schedule passes, which finds nothing to do.
        described = await on.insist(handle.describe, "the schedule")
        actions = described.info.num_actions
        await eventually(lambda: datetime.now(UTC) - down > (MISSED + 4) * EVERY, "the next times have passed")
        described = await on.insist(handle.describe, "the schedule")
        report.say(
            f"runs: {before} before, {actions} when it was digested, {described.info.num_actions} a little later; "
            f"missed by catch-up window: {described.info.num_actions_missed_catchup_window}"
        )
        await eventually(lambda: not _pending(on), "every digest is sent")
        _judge(report, on, waiting)
        mails = Counter(str(each["Message-ID"]) for each in server.mails())
        twice = [key for key, times in mails.items() if times > 1]
        report.doubled += [f"mail {key}" for key in twice]
        report.say(f"checked {len(waiting)} notices and {len(mails)} mails")


def _waiting(on: Stage) -> dict[str, str]:
    """Name the notices that wait for a digest, and for whose."""
    with reading(on.engine) as session:
        rows = session.exec(select(NoticeRow).where(NoticeRow.digest == WAITS))
        return {row.key: str(row.person) for row in rows}


def _pending(on: Stage) -> bool:
    with reading(on.engine) as session:
        return session.exec(select(DeliveryRow).where(DeliveryRow.status == "pending")).first() is not None


def _judge(report: Report, on: Stage, waiting: dict[str, str]) -> None:
    """Find each notice that waited in exactly one digest, and one digest a person."""
    with reading(on.engine) as session:
        digests = session.exec(select(NoticeRow).where(NoticeRow.kind == DIGEST)).all()
        carried = dict(
            session.exec(select(NoticeRow.key, NoticeRow.digest).where(col(NoticeRow.key).in_(waiting))).all()
        )
    people = Counter(each.person for each in digests)
    report.lost += [f"notice {key}" for key in waiting if not carried[key]]
    report.lost += [f"digest of {person}" for person in set(waiting.values()) - set(people)]
    report.doubled += [f"digest of {person}" for person, times in people.items() if times > 1]
    report.say(
        f"{len(digests)} digests of {len(people)} people carry {sum(bool(each) for each in carried.values())} notices"
    )
