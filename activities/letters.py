"""Working out a step of a letter and settling it in the docket: one activity a wake-up."""

from collections.abc import Sequence, Set

from sqlalchemy import Engine
from temporalio import activity
from temporalio.exceptions import ApplicationError

from activities.messages import SettleInput, Settlement
from docket.engine import reading, writing
from docket.library import current_calendar, rulebook
from docket.settle import settle
from rules.accept.events import check_event
from rules.accept.letters import check_letter
from rules.books.model import Rulebook
from rules.counting.calendar import Calendar
from rules.dossier.core import plan, step
from rules.dossier.state import LetterState, Outcome
from rules.duties.duty import Duty
from rules.errors import Refused

REFUSED = "Refused"
"""Type of the application error that carries a refusal to whoever asked."""

LARGEST_PLAN = 400 * 1024
"""Bytes of state up to which duties may be added: in time the rungs they take make it more than double."""

LARGEST_STATE = 1000 * 1000
"""Bytes of state up to which anything else may be recorded. A workflow task carries it up to three times, in 4 MB."""

LARGEST_END = 1300 * 1000
"""Bytes of state up to which a duty may be fulfilled or ended; a letter that has grown must not go on for ever."""


class LetterActivities:
    """The activities of a letter, with the docket they work on."""

    def __init__(self, engine: Engine, outside: Set[str] = frozenset()) -> None:
        self._engine = engine
        self._outside = outside

    @activity.defn
    def settle(self, request: SettleInput) -> Settlement:
        """Plan one step, or plan anew, and write it in a single transaction; a repeat gives what is there.

        A refusal of something that was asked for is final. One that time itself runs into, such as a year without a
        calendar, is tried again until the year is loaded: the letter must not end over it.
        """
        try:
            outcome, book = self._planned(request)
        except Refused as refused:
            asked = request.state is None or request.entry is not None
            raise ApplicationError(str(refused), refused.as_json(), type=REFUSED, non_retryable=asked) from refused
        name = request.entry.id if request.entry else f"wake-{outcome.state.version}"
        with writing(self._engine) as session:
            settled = settle(session, outcome, name, request.now, self._outside, book.slip_prefix)
        return Settlement(state=settled.state, deliveries=settled.deliveries, send_at=settled.send_at)

    def _planned(self, request: SettleInput) -> tuple[Outcome, Rulebook]:
        """Plan with today's calendar and the letter's own rulebook."""
        with reading(self._engine) as session:
            calendar = current_calendar(session)
            book = rulebook(session, request.registration.rulebook)
        try:
            return _outcome(request, book, calendar), book
        except Refused:
            raise
        except Exception as error:
            # A mistake of ours must not hold up a letter over one event: whoever asked hears of it, and asks again
            # once it is mended.
            raise Refused("letter", "engine_failed", error=type(error).__name__) from error


def _outcome(request: SettleInput, book: Rulebook, calendar: Calendar) -> Outcome:
    """Let the letter or the event in, and plan with it. What is checked here may change without breaking replay."""
    registration, now = request.registration, request.now
    if request.state is None:
        check_letter(registration.letter, now)
        outcome = plan(registration.letter, now, registration.registered_by, book, calendar)
    else:
        if request.entry is not None:
            check_event(request.state, request.entry)
        outcome = step(request.state, now, book, calendar, request.entry, by=request.by)
    if request.state is None or request.entry is not None:
        _check_size(request.state, outcome.state)
    return outcome


def _check_size(before: LetterState | None, after: LetterState) -> None:
    known = before.duties if before else ()
    if len(after.duties) > len(known):
        limit = LARGEST_PLAN
    else:
        limit = LARGEST_END if _owed(after.duties) < _owed(known) else LARGEST_STATE
    if len(after.model_dump_json().encode()) > limit:
        raise Refused("letter", "letter_too_large", duties=len(after.duties))


def _owed(duties: Sequence[Duty]) -> int:
    return sum(duty.unfinished for duty in duties)
