"""What every act at the desk has in common: the present, Temporal, the docket, and the record of what was done."""

from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from copy import copy
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Self

from sqlalchemy import Engine
from temporalio.client import Client

from cluster.dossier_client import DossierClient
from cluster.errors import Unconfirmed, Unreachable
from desk.docket_client import DocketClient
from docket.acts import COMMAND_LINE, Actor, Values, log
from docket.directory import agency_names
from docket.library import rulebook_in_force, rulebook_versions, store_rulebook


@dataclass
class _Act:
    """Whether what was done is to be recorded."""

    done: bool = True


class Acting:
    """Acts at the desk for whoever is named. `clock` gives the present; `clock_shift` is handed to new workflows.

    `origin` says from where people act here; it stands in the record of what they did.
    """

    def __init__(
        self,
        engine: Engine,
        client: Client,
        clock: Callable[[], datetime],
        *,
        task_queue: str = "qixian",
        answer: timedelta = timedelta(seconds=15),
        clock_shift: timedelta = timedelta(),
        origin: str = COMMAND_LINE,
    ) -> None:
        self.engine = engine
        self.client = client
        self.origin = origin
        self.task_queue = task_queue
        self.clock = clock
        self.clock_shift = clock_shift
        self.dossiers = DossierClient(client, task_queue, answer, clock_shift)
        self._docket = DocketClient(engine)

    def at(self, origin: str) -> Self:
        """Return the same desk for somebody who acts from elsewhere."""
        other = copy(self)
        other.origin = origin
        return other

    async def agency_names(self) -> dict[str, str]:
        """Return the names of the agencies in the directory, by id."""
        return await self._docket.read(agency_names)

    async def _keep_rulebook(self, version: str) -> None:
        """Keep the rulebook in force under its version: the worker will ask for it."""
        if version not in await self._docket.read(rulebook_versions):
            await self._docket.write(lambda session: store_rulebook(session, rulebook_in_force(session), self.clock()))

    @asynccontextmanager
    async def _act(self, act: str, letter: str, by: str, old: Values | None, new: Values) -> AsyncIterator["_Act"]:
        """Record the act that is done inside, also where no worker has confirmed it yet."""
        found = _Act()
        try:
            yield found
        except Unconfirmed:
            await self._log(act, letter, by, old, new)
            raise
        if found.done:
            await self._log(act, letter, by, old, new)

    async def _log(self, act: str, letter: str, by: str, old: Values | None, new: Values) -> None:
        actor, now = Actor(by, self.origin), self.clock()
        await self._docket.write(lambda session: log(session, actor, now, act, letter, old, new))

    @contextmanager
    def _begun(self, letter: str) -> Iterator[None]:
        """Report a failure inside as partly done: asking again completes it."""
        try:
            yield
        except Unreachable as error:
            raise Unconfirmed(letter, self.task_queue) from error
