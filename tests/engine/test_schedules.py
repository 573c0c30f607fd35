"""The schedules of an installation: when they run, and that a second start finds them as they are."""

from datetime import time, timedelta

from temporalio.client import Client, ScheduleOverlapPolicy

from cluster.schedules import ensure_schedules, lags, name
from rules.accept.rulebook import shipped_rulebook
from rules.counting.clock import OfficeHours, local
from settings import Settings


async def runs(client: Client, settings: Settings, what: str) -> set[tuple[int, int]]:
    """Return hour and minute of the next runs of a schedule, the minute without the spread."""
    described = await client.get_schedule_handle(name(settings.task_queue, what)).describe()
    found = [local(each) for each in described.info.next_action_times]
    return {(each.hour, each.minute - each.minute % 5) for each in found}


async def test_digests_follow_the_reminders_and_the_audit_comes_before_everybody(
    temporal: Client, settings: Settings
) -> None:
    office = shipped_rulebook().office
    await ensure_schedules(temporal, settings.task_queue, office)
    await ensure_schedules(temporal, settings.task_queue, office)
    # Spread over five minutes, so that counties on one cluster do not begin in the same second.
    assert await runs(temporal, settings, "digest") == {(hour, 35) for hour in range(9, 17)}
    assert await runs(temporal, settings, "audit") == {(6, 30)}
    for what, workflow in (("digest", "DigestWorkflow"), ("audit", "AuditWorkflow")):
        schedule = (await temporal.get_schedule_handle(name(settings.task_queue, what)).describe()).schedule
        # After an outage whatever was missed is one run, and a second waits while a first one has no worker.
        assert schedule.policy.overlap is ScheduleOverlapPolicy.BUFFER_ONE
        assert (schedule.policy.catchup_window or timedelta()) >= timedelta(days=21)
        assert getattr(schedule.action, "workflow", None) == workflow


async def test_a_rulebook_with_other_hours_moves_the_digests(temporal: Client, settings: Settings) -> None:
    await ensure_schedules(temporal, settings.task_queue, shipped_rulebook().office)
    later = OfficeHours(remind_at=time(10), spread_minutes=60)
    await ensure_schedules(temporal, settings.task_queue, later)
    assert await runs(temporal, settings, "digest") == {(hour, 5) for hour in range(11, 18)}


async def test_a_schedule_that_is_paused_or_gone_has_no_next_run(temporal: Client, settings: Settings) -> None:
    assert [each.next for each in await lags(temporal, settings.task_queue)] == [None, None]
    await ensure_schedules(temporal, settings.task_queue, shipped_rulebook().office)
    await temporal.get_schedule_handle(name(settings.task_queue, "audit")).pause()
    assert [each.next is None for each in await lags(temporal, settings.task_queue)] == [False, True]
