"""The desk: what people do with letters and matters, whatever they do it through. Command line and console stand on it.

Everything is checked here with the same pure code that the workflow checks it with again, so that a refusal costs
nothing and changes nothing.
"""

from collections.abc import Callable
from datetime import datetime

from sqlalchemy import Engine

from cluster.codec import fingerprints
from cluster.connect import connect
from desk.docket_client import DocketClient
from desk.letters import Letters
from desk.matters import Matters
from desk.outbox import Outbox
from docket.keys import check_keys
from rules.dossier.state import Dossier
from settings import Settings
from workflows.messages import Replan


class Desk(Letters, Matters, Outbox):
    """Does all of it, and counts a matter again where a calendar says so."""

    async def replan(self, state: Dossier, calendar: str, by: str) -> int:
        """Count one open dossier again with a newly loaded calendar; return its version then."""
        return await self.dossiers.replan(state, Replan(calendar=calendar, by=by))


async def open_desk(settings: Settings, engine: Engine, clock: Callable[[], datetime]) -> Desk:
    """Open the desk on a docket and on Temporal; keys that no worker could read with are refused."""
    keys = fingerprints(settings)
    await DocketClient(engine).read(lambda session: check_keys(session, keys))
    client = await connect(settings)
    return Desk(engine, client, clock, task_queue=settings.task_queue, answer=settings.answer)
