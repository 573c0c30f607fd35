"""Making the day's digests."""

from collections.abc import Set

from sqlalchemy import Engine
from temporalio import activity

from activities.clock import time_by_now
from activities.messages import DigestInput, Digests, DigestToSend
from docket.digest import make_digests
from docket.engine import writing
from docket.library import current_calendar, rulebook_in_force


class DigestActivities:
    """The activity that folds what waits into digests."""

    def __init__(self, engine: Engine, outside: Set[str]) -> None:
        self._engine = engine
        self._outside = outside

    @activity.defn
    def make_digests(self, request: DigestInput) -> Digests:
        """Make the digests of a working day, each person's once, and name those that are still to go out."""
        with writing(self._engine) as session:
            office, calendar = rulebook_in_force(session).office, current_calendar(session)
            made = make_digests(session, time_by_now(request.now), office, calendar, self._outside)
        return Digests(digests=tuple(DigestToSend(key=each.key, send_at=each.send_at) for each in made))
