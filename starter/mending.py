"""Mending what the audit found, as far as a program may: rows, workflows, deliveries and schedules, never a date."""

from typing import NamedTuple

from sqlalchemy import Engine
from temporalio.client import Client

from docket.audits import rebuild
from docket.delivery import pending_parcels
from docket.engine import reading, writing
from docket.library import current_calendar, rulebook_in_force
from docket.seal import seal
from docket.settle import stored_state
from starter.audit import Audit, of_letters, pending
from starter.desk import Desk
from starter.office import in_force
from starter.schedules import ensure_schedules, name

_ANY = "any"


class Mended(NamedTuple):
    """How many of each were mended."""

    rebuilt: int
    taken_up: int
    deliveries: int
    schedules: int


async def mend(engine: Engine, client: Client, desk: Desk, found: Audit) -> Mended:
    """Mend what was found: whichever of row and workflow is behind from the other, deliveries handed over again.

    A date that two counts do not agree on, or an event that was changed in a letter whose workflow is gone, is left to
    people: no program can know which of two is right.
    """
    rebuilt = 0
    for letter in of_letters(found.findings, "stale", "state_differs", "row_differs", "no_row"):
        there = await pending(client, letter)
        if there.state is not None:
            with writing(engine) as session:
                kept = stored_state(session, letter)
                if kept is None or kept.version <= there.state.version:
                    rebuild(session, there.state)
                    rebuilt += 1
    for letter in of_letters(found.findings, "seal_broken"):
        # What an older version wrote beside this one is only not sealed yet.
        with writing(engine) as session:
            seal(session, letter)
    for letter in of_letters(found.findings, "behind"):
        with reading(engine) as session:
            state = stored_state(session, letter)
        if state is not None:
            # Whatever calendar it names that is not the letter's own makes it take a step, and so meet the docket.
            await desk.replan(state, _ANY, "system")
            rebuilt += 1
    taken_up = await _taken_up(engine, desk, found)
    stuck = of_letters(found.findings, "delivery_stuck")
    for notice in stuck:
        with reading(engine) as session:
            now = desk.clock()
            send_at = rulebook_in_force(session).office.next_open(now, current_calendar(session), notice)
            still = bool(pending_parcels(session, notice, send_at))
        if still:
            await desk.letters.deliver(notice, send_at)
    schedules = of_letters(found.findings, "no_schedule", "undigested")
    if schedules:
        await ensure_schedules(client, desk.task_queue, in_force(engine).office)
    if of_letters(found.findings, "undigested"):
        # Outside office hours this makes nothing, and the next working day's does.
        await client.get_schedule_handle(name(desk.task_queue, "digest")).trigger()
    return Mended(rebuilt, taken_up, len(stuck), len(schedules))


async def _taken_up(engine: Engine, desk: Desk, found: Audit) -> int:
    count = 0
    for letter in of_letters(found.findings, "no_workflow"):
        with reading(engine) as session:
            state = stored_state(session, letter)
            calendar = current_calendar(session).version
        if state is not None and state.closed_at is None:
            await desk.replan(state, calendar, "system")
            count += 1
    return count
