"""Working out a step of a dossier and settling it in the docket: one activity a wake-up."""

from collections.abc import Sequence, Set
from typing import NamedTuple

from sqlalchemy import Engine
from temporalio import activity
from temporalio.exceptions import ApplicationError

from activities.messages import Act, SettleInput, Settlement
from docket.acts import Actor, act_row
from docket.engine import reading, writing
from docket.library import books_of, current_calendar, rulebook, version_in_force
from docket.reads import stored_state
from docket.settle import settle
from docket.tables import ActRow
from rules.accept.entries import replaced
from rules.accept.events import check_entry
from rules.accept.letters import check_letter
from rules.accept.papers import refuse_moved
from rules.counting.calendar import Calendar
from rules.dossier.change import change
from rules.dossier.core import office_of, opened, step
from rules.dossier.situations import Books
from rules.dossier.state import Arrival, Dossier, Happening, Outcome
from rules.duties.duty import Duty
from rules.errors import Refused

REFUSED = "Refused"
"""Type of the application error that carries a refusal to whoever asked."""

_MEASURED_FROM = 100
"""Duties and events from which a dossier is measured: smaller ones are far below every limit."""

LARGEST_PLAN = 400 * 1024
"""Bytes of state up to which duties may be added: in time the rungs they take make it more than double."""

LARGEST_STATE = 1000 * 1000
"""Bytes of state up to which anything else may be recorded. A workflow that starts afresh carries it, in 2 MB."""

LARGEST_END = 1300 * 1000
"""Bytes of state up to which a duty may be fulfilled or ended; a matter that has grown must not go on for ever."""


class _Planned(NamedTuple):
    """What a step leads to, the books it was planned with, and the act it is about as it is to stand on record."""

    outcome: Outcome
    books: Books
    act: ActRow | None = None


class DossierActivities:
    """The activities of a dossier, with the docket they work on."""

    def __init__(self, engine: Engine, outside: Set[str] = frozenset()) -> None:
        self._engine = engine
        self._outside = outside

    @activity.defn
    def settle(self, request: SettleInput) -> Settlement:
        """Plan one step, or plan anew, and write it in a single transaction; a repeat gives what is there.

        A refusal of something that was asked for is final. One that time itself runs into, such as a year without a
        calendar, is tried again until the year is loaded: the matter must not end over it.
        """
        try:
            outcome, books, act = self._planned(request)
        except Refused as refused:
            final = request.act is not None or request.state is None
            raise ApplicationError(str(refused), refused.as_json(), type=REFUSED, non_retryable=final) from refused
        prefix = office_of(outcome.state, books).slip_prefix
        with writing(self._engine) as session:
            settled = settle(session, outcome, _named(request, outcome), request.now, self._outside, prefix, act)
        if settled.state != outcome.state:
            return Settlement(state=settled.state, deliveries=settled.deliveries, send_at=settled.send_at)
        made = change(request.state, settled.state)
        return Settlement(change=made, deliveries=settled.deliveries, send_at=settled.send_at)

    def _planned(self, request: SettleInput) -> _Planned:
        """Plan with today's calendar and each letter's own rulebook, or take up what the docket has."""
        act, state = request.act, request.state
        happening = act.happening if act else None
        with reading(self._engine) as session:
            calendar = current_calendar(session)
            if state is None:
                stored = stored_state(session, request.dossier)
                if stored is not None:
                    return _Planned(Outcome(state=stored), books_of(session, stored))
                if happening is None:
                    raise Refused("matter", "unknown_matter", matter=request.dossier)
                version = happening.rulebook if isinstance(happening, Arrival) else version_in_force(session)
                state = opened(request.dossier, version, request.now, happening.by)
            books = books_of(session, state)
            if isinstance(happening, Arrival):
                books[happening.rulebook] = rulebook(session, happening.rulebook)
        try:
            outcome = _outcome(state, happening, request, books, calendar)
            return _Planned(outcome, books, _on_record(state, act) if act else None)
        except Refused:
            raise
        except Exception as error:
            # A mistake of ours must not hold up a matter over one event: whoever asked hears of it, and asks again
            # once it is mended.
            raise Refused("matter", "engine_failed", error=type(error).__name__) from error


def _named(request: SettleInput, outcome: Outcome) -> str:
    if request.act is None:
        return f"wake-{outcome.state.version}"
    happening = request.act.happening
    return happening.letter_id if isinstance(happening, Arrival) else happening.id


def _on_record(before: Dossier, act: Act) -> ActRow:
    """Return what stands in the record of acts: a letter as registered, or an event with what it replaces."""
    happening = act.happening
    actor = Actor(happening.by, act.origin)
    if isinstance(happening, Arrival):
        said = happening.letter.model_dump(mode="json")
        return act_row(actor, happening.at, "register", happening.letter_id, None, said)
    said, old = happening.event.model_dump(mode="json"), replaced(before, happening)
    return act_row(actor, happening.at, "record", happening.letter or before.id, old, said)


def _outcome(
    state: Dossier, happening: Happening | None, request: SettleInput, books: Books, calendar: Calendar
) -> Outcome:
    """Let the letter or the event in, and plan with it. What is checked here may change without breaking replay."""
    now = request.now
    if isinstance(happening, Arrival):
        if not state.has(happening):
            refuse_moved(happening.letter, state)
            check_letter(happening.letter, now)
    elif happening is not None:
        check_entry(state, happening)
    outcome = step(state, now, books, calendar, happening, by=request.by)
    if happening is not None:
        _check_size(state, outcome.state)
    return outcome


def refuse_larger(state: Dossier, limit: int) -> None:
    """Refuse a dossier that would be larger than so many bytes."""
    if len(state.duties) + len(state.entries) < _MEASURED_FROM:
        return
    if len(state.model_dump_json().encode()) > limit:
        raise Refused("matter", "matter_too_large", duties=len(state.duties))


def _check_size(before: Dossier, after: Dossier) -> None:
    if len(after.duties) > len(before.duties):
        limit = LARGEST_PLAN
    else:
        limit = LARGEST_END if _owed(after.duties) < _owed(before.duties) else LARGEST_STATE
    refuse_larger(after, limit)


def _owed(duties: Sequence[Duty]) -> int:
    return sum(duty.unfinished for duty in duties)
