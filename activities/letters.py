"""Working out a step of a letter and settling it in the docket."""

from sqlalchemy import Engine
from temporalio import activity
from temporalio.exceptions import ApplicationError

from activities.messages import PlanInput, SettleInput, Settlement
from docket.engine import reading, writing
from docket.library import current_calendar, rulebook
from docket.settle import settle
from rules.core import plan, step
from rules.errors import Refused
from rules.state import Outcome

REFUSED = "Refused"
"""Type of the application error that carries a refusal to whoever asked."""


class LetterActivities:
    """The activities of a letter, with the docket they work on."""

    def __init__(self, engine: Engine, *, email: bool = False) -> None:
        self._engine = engine
        self._email = email

    @activity.defn
    def plan(self, request: PlanInput) -> Outcome:
        """Work out one step with today's calendar and the letter's own rulebook; nothing is written.

        A refusal of something that was asked for is final. One that time itself runs into, such as a year without a
        calendar, is tried again until the year is loaded: the letter must not end over it.
        """
        with reading(self._engine) as session:
            calendar = current_calendar(session)
            book = rulebook(session, request.registration.rulebook)
        asked = request.state is None or request.entry is not None
        try:
            if request.state is None:
                return plan(
                    request.registration.letter, request.now, request.registration.registered_by, book, calendar
                )
            return step(request.state, request.now, book, calendar, request.entry, by=request.by)
        except Refused as refused:
            raise ApplicationError(str(refused), refused.as_json(), type=REFUSED, non_retryable=asked) from refused

    @activity.defn
    def settle(self, request: SettleInput) -> Settlement:
        """Write one step in a single transaction; a repeat writes nothing and gives what is there."""
        with writing(self._engine) as session:
            settled = settle(session, request.outcome, request.step, request.now, self._email)
        same = settled.state == request.outcome.state
        return Settlement(state=None if same else settled.state, deliveries=settled.deliveries)
