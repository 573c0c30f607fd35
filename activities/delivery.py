"""Sending notices outside. The inbox inside needs no sending; it is the settled row itself."""

import asyncio
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from typing import Protocol

from sqlalchemy import Engine
from temporalio import activity

from activities.clock import time_by_now
from activities.messages import Attempted, DeliverInput
from docket.delivery import Parcel, begin, finish, next_try, pending_parcels, postpone
from docket.engine import reading, writing
from docket.library import current_calendar, rulebook_in_force
from rules.telling.delivery import next_attempt


class Channel(Protocol):
    """A way outside; raises `ChannelRefused` for good, anything else for now."""

    def send(self, parcel: Parcel) -> None:
        """Send one parcel."""


class ChannelRefused(Exception):
    """The channel will never take this message."""


class _Missing:
    """A channel that another worker may have, or the next start of this one."""

    def send(self, parcel: Parcel) -> None:
        raise OSError(f"{parcel.channel} is not configured on this worker")


_MISSING = _Missing()


class DeliveryActivities:
    """The activities that send, with the docket and the channels by name."""

    def __init__(self, engine: Engine, channels: Mapping[str, Channel]) -> None:
        self._engine = engine
        self._channels = channels
        # Threads of its own: a channel that hangs must not take those that settle dossiers.
        self._threads = ThreadPoolExecutor(4, thread_name_prefix="channels")

    @activity.defn
    async def attempt(self, request: DeliverInput) -> Attempted:
        """Try each channel of a notice whose time has come, record each attempt, and say when to try again."""
        return await self._in_a_thread(self._in_office_hours, request)

    async def _in_a_thread(self, work: Callable[[str, datetime], Attempted], request: DeliverInput) -> Attempted:
        now = time_by_now(request.now)
        return await asyncio.get_running_loop().run_in_executor(self._threads, work, request.notice_key, now)

    def _in_office_hours(self, key: str, now: datetime) -> Attempted:
        with writing(self._engine) as session:
            office, calendar = rulebook_in_force(session).office, current_calendar(session)
            # A worker may come back at night.
            if not office.is_open(now, calendar):
                postpone(session, key, now, office.next_open(now, calendar, key))
        return self._attempt(key, now)

    def _attempt(self, key: str, now: datetime) -> Attempted:
        with reading(self._engine) as session:
            parcels = pending_parcels(session, key, now)
        for parcel in parcels:
            self._send(parcel, now)
        with reading(self._engine) as session:
            return Attempted(next_at=next_try(session, key))

    def _send(self, parcel: Parcel, now: datetime) -> None:
        with writing(self._engine) as session:
            number = begin(session, parcel, now)
        if number is None:
            return
        final, error = False, None
        try:
            self._channels.get(parcel.channel, _MISSING).send(parcel)
        except ChannelRefused as refused:
            final, error = True, str(refused)
        except Exception as failure:  # noqa: BLE001 - whatever one channel raises is a failure of it and not of others
            error = f"{type(failure).__name__}: {failure}"
        with writing(self._engine) as session:
            again = None
            if error is not None and not final:
                office, calendar = rulebook_in_force(session).office, current_calendar(session)
                again = next_attempt(parcel.attempt, now, office, calendar, parcel.key)
            finish(session, parcel, number, now, error, again)
