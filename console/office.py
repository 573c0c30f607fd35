"""What the console stands on: the docket, the desk, the clock and the settings of one installation."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta

from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from cluster.errors import Unreachable
from console.loading import Loading
from desk.calendars import CalendarChange
from desk.desk import Desk, open_desk
from docket.acts import Actor
from operations.health import Health, Looking, health
from rules.errors import Refused
from settings import Settings


class Office:
    """One installation as the console sees it; Temporal is connected to when it is first needed."""

    def __init__(
        self,
        settings: Settings,
        engine: Engine,
        clock: Callable[[], datetime],
        opened: Callable[[], Awaitable[Desk]] | None = None,
    ) -> None:
        self.settings = settings
        self.engine = engine
        self.clock = clock
        self._open = opened or (lambda: open_desk(settings, engine, clock))
        self._desk: Desk | None = None
        self._connecting = asyncio.Lock()
        self.loading: Loading | None = None
        self.looking = Looking(self._look, clock)

    async def desk(self, origin: str) -> Desk:
        """Return the desk for somebody who acts from an address; Unreachable if Temporal is away."""
        async with self._connecting:
            if self._desk is None:
                self._desk = await self._open()
        return self._desk.at(origin)

    async def load(self, change: CalendarChange, total: int, actor: Actor) -> Loading:
        """Begin to load a calendar year; one at a time, so that each matter is counted with one of them."""
        if self.loading is not None and not self.loading.finished:
            raise Refused("file", "calendar_loading", year=self.loading.change.document.year)
        before, self.loading = self.loading, Loading(change, total)
        try:
            desk = await self.desk(actor.origin)
        except Unreachable:
            self.loading = before
            raise
        self.loading.begin(desk, actor.person)
        return self.loading

    async def _look(self) -> Health:
        try:
            client = (await self.desk("health")).client
        except (Unreachable, Refused, SQLAlchemyError):
            client = None
        return await health(self.engine, client, self.settings, self.clock())

    @property
    def idle(self) -> timedelta:
        """Return after how long a sign-in that is not used ends."""
        return timedelta(minutes=self.settings.console_idle_minutes)

    @property
    def longest(self) -> timedelta:
        """Return after how long a sign-in ends in any case."""
        return timedelta(hours=self.settings.console_hours)

    @property
    def url(self) -> str:
        """Return the address under which people reach the console, without a slash at its end; empty if unknown."""
        return self.settings.console_url.rstrip("/")

    @property
    def secure(self) -> bool:
        """Tell whether the console is reached over TLS, so that cookies must never travel without."""
        return self.url.startswith("https://")
