"""Mending what the audit found, as far as a program may: rows, workflows, deliveries and schedules, never a date."""

from collections.abc import Awaitable, Callable
from typing import NamedTuple

from sqlalchemy import Engine
from temporalio.client import Client
from temporalio.service import RPCError, RPCStatusCode

from cluster.errors import Unconfirmed, Unreachable
from cluster.schedules import ensure_schedules, name
from desk.desk import Desk
from desk.opening import in_force
from docket.delivery import pending_parcels
from docket.engine import reading, writing
from docket.library import current_calendar, rulebook_in_force
from docket.reads import stored_state
from docket.rebuilding import rebuild, reseal
from operations.findings import Audit, subjects
from operations.pending import Unreadable, pending
from rules.dossier.state import Dossier
from rules.errors import Refused

_ANY = "any"
_SILENT = 3
"""Matters that no worker answers for, one after the other, after which no more are asked."""


class Mended(NamedTuple):
    """How many of each were mended, and how many matters could not be."""

    rebuilt: int
    taken_up: int
    deliveries: int
    schedules: int
    left: int


async def mend(engine: Engine, client: Client, desk: Desk, found: Audit) -> Mended:
    """Mend what was found: whichever of row and workflow is behind from the other, deliveries handed over again.

    A date that two counts do not agree on, or an event that was changed in a matter whose workflow is gone, is left to
    people: no program can know which of two is right. What can't be mended holds nothing else up.
    """
    hand = _Hand(engine, client, desk)
    # A matter on another task queue may be another installation's.
    own = [each for each in found.findings if each.what != "no_row" or each.values["queue"] == desk.task_queue]
    rebuilt = await hand.each(subjects(own, "stale", "state_differs", "row_differs", "no_row"), hand.rebuild)
    await hand.each(subjects(found.findings, "seal_broken"), hand.reseal)
    rebuilt += await hand.each(subjects(found.findings, "behind"), hand.meet)
    taken_up = await hand.each(subjects(found.findings, "no_workflow", "not_replanned"), hand.take_up)
    deliveries = await hand.each(subjects(found.findings, "delivery_stuck"), hand.deliver)
    schedules = subjects(found.findings, "no_schedule", "undigested")
    if schedules:
        await ensure_schedules(client, desk.task_queue, in_force(engine).office, resume=True)
    if subjects(found.findings, "undigested"):
        # Outside office hours this makes nothing, and the next working day's does.
        await client.get_schedule_handle(name(desk.task_queue, "digest")).trigger()
    return Mended(rebuilt, taken_up, deliveries, len(schedules), hand.left)


class _Hand:
    """Mends one thing after another; each tells whether there was anything to mend."""

    def __init__(self, engine: Engine, client: Client, desk: Desk) -> None:
        self._engine, self._client, self._desk = engine, client, desk
        self.left = 0

    async def each(self, things: list[str], mend_one: Callable[[str], Awaitable[bool]]) -> int:
        """Mend each and count those that were; what can't be mended is left."""
        done = silent = 0
        for thing in things:
            if silent >= _SILENT:
                self.left += 1
                continue
            try:
                done += await mend_one(thing)
                silent = 0
            except Unconfirmed:
                silent += 1
                self.left += 1
            except (Unreachable, Unreadable, Refused, ValueError):
                self.left += 1
        return done

    async def rebuild(self, matter: str) -> bool:
        """Write a matter's rows again from its workflow, or from the state last settled where that is gone."""
        state = await self._state(matter)
        if state is None:
            return False
        with writing(self._engine) as session:
            return rebuild(session, state, self._desk.clock())

    async def _state(self, matter: str) -> Dossier | None:
        try:
            return (await pending(self._client, matter)).state or self._stored(matter)
        except RPCError as error:
            if error.status is not RPCStatusCode.NOT_FOUND:
                raise
            return self._stored(matter)

    def _stored(self, matter: str) -> Dossier | None:
        with reading(self._engine) as session:
            return stored_state(session, matter)

    async def reseal(self, matter: str) -> bool:
        """Seal what an older version wrote beside this one; an event that was changed stays as it is."""
        with writing(self._engine) as session:
            return reseal(session, matter)

    async def meet(self, matter: str) -> bool:
        """Make a workflow meet the docket: a calendar that is not its own makes it take a step."""
        state = self._stored(matter)
        if state is not None:
            await self._desk.replan(state, _ANY, "system")
        return state is not None

    async def take_up(self, matter: str) -> bool:
        """Start a matter again from the docket, or count it by the present calendar."""
        with reading(self._engine) as session:
            state = stored_state(session, matter)
            calendar = current_calendar(session).version
        if state is None or state.closed_at is not None:
            return False
        await self._desk.replan(state, calendar, "system")
        return True

    async def deliver(self, notice: str) -> bool:
        """Hand over again a notice that nobody tries."""
        with reading(self._engine) as session:
            now = self._desk.clock()
            send_at = rulebook_in_force(session).office.next_open(now, current_calendar(session), notice)
            still = bool(pending_parcels(session, notice, send_at))
        if still:
            await self._desk.dossiers.deliver(notice, send_at)
        return still
