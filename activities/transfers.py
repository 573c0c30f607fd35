"""移转、并案: letters go from one dossier to another in a single transaction."""

from collections.abc import Set

from sqlalchemy import Engine
from temporalio import activity
from temporalio.exceptions import ApplicationError

from activities.dossiers import LARGEST_PLAN, REFUSED, refuse_larger
from activities.messages import TransferInput, Transferred
from docket.acts import Actor
from docket.engine import writing
from docket.transfer import transfer
from rules.errors import Refused


class TransferActivities:
    """The activity of a transfer, with the docket it works on."""

    def __init__(self, engine: Engine, outside: Set[str] = frozenset()) -> None:
        self._engine = engine
        self._outside = outside

    @activity.defn
    def transfer(self, request: TransferInput) -> Transferred:
        """Move a letter, or join a whole matter to another; a repeat gives what is there, a refusal is final."""
        try:
            with writing(self._engine) as session:
                done = transfer(
                    session, request.source, request.target, request.letter, request.reason, request.now,
                    Actor(request.by, request.origin), self._outside,
                )  # fmt: skip
                refuse_larger(done.target, LARGEST_PLAN)
        except Refused as refused:
            raise ApplicationError(str(refused), refused.as_json(), type=REFUSED, non_retryable=True) from refused
        owing = tuple(each.id for each in (done.source, done.target) if each.closed_at is None)
        return Transferred(owing=owing, deliveries=done.deliveries, send_at=done.send_at)
