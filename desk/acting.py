"""What every act at the desk has in common: the present, Temporal, the docket, and the record of what was done."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from copy import copy
from datetime import datetime, timedelta
from typing import Self

from sqlalchemy import Engine
from temporalio.client import Client

from activities.messages import Act
from cluster.dossier_client import DossierClient
from cluster.errors import Unconfirmed, Unreachable
from desk.docket_client import DocketClient
from docket.acts import COMMAND_LINE, Actor
from docket.directory import agency_names
from docket.library import rulebook_in_force, rulebook_versions, store_rulebook
from rules.dossier.state import Happening


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

    def _actor(self, person: str) -> Actor:
        """Return somebody who acts from here."""
        return Actor(person, self.origin)

    def _act(self, happening: Happening) -> Act:
        """Return an act from here; whoever settles it puts it on record."""
        return Act(happening=happening, origin=self.origin)

    @contextmanager
    def _begun(self, letter: str) -> Iterator[None]:
        """Report a failure inside as partly done: asking again completes it."""
        try:
            yield
        except Unreachable as error:
            raise Unconfirmed(letter, self.task_queue) from error
