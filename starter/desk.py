"""The desk: what people do with letters, whatever they do it through. Command line and console stand on it.

Everything is checked here with the same pure code that the workflow checks it with again, so that a refusal costs
nothing and changes nothing.
"""

from collections.abc import Callable, Collection, Sequence
from copy import copy
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import Engine
from sqlmodel import Session
from temporalio.client import Client

from activities.messages import Registration
from docket.acts import COMMAND_LINE, Actor, Values, log
from docket.directory import agency_names, supervisors
from docket.engine import reading, writing
from docket.inbox import discard_draft, send_draft
from docket.library import current_calendar, rulebook_in_force, rulebook_versions, store_rulebook
from docket.reads import find_letter, letters_of_matter
from rules.accept.events import check_event, resolve_agency
from rules.accept.letters import check_letter
from rules.core import plan
from rules.errors import Refused
from rules.letters.events import DESK_EVENTS, SUPERVISOR_EVENTS, Entry, Event, Superseded
from rules.letters.letter import Letter
from rules.matter import (
    concerns_matter,
    difference,
    entry_id,
    events_of_matter,
    refuse_twin,
    registered_anew,
    registered_before,
    replaced,
    superseding,
    window_to_tell,
    with_earlier_feedback,
)
from rules.state import LetterState
from settings import Settings
from starter.connect import connect
from starter.letter_client import LetterClient
from workflows.letter import LetterWorkflow
from workflows.messages import Replan


class Registered(NamedTuple):
    """A letter as registered; `first` is False where it had been registered before."""

    state: LetterState
    first: bool


class Desk:
    """Registers letters and records events. `clock` gives the present; `clock_shift` is handed to new workflows.

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
        self.origin = origin
        self.task_queue = task_queue
        self.clock = clock
        self.clock_shift = clock_shift
        self._letters = LetterClient(client, task_queue, answer, clock_shift)

    def at(self, origin: str) -> "Desk":
        """Give the same desk for somebody who acts from elsewhere."""
        other = copy(self)
        other.origin = origin
        return other

    def preview(self, letter: Letter, by: str) -> LetterState:
        """Work out what a letter would make people owe; nothing is written."""
        with reading(self.engine) as session:
            return planned(session, letter, by, self.clock())

    def agency_names(self) -> dict[str, str]:
        """Give the names of the agencies in the directory, by id."""
        with reading(self.engine) as session:
            return agency_names(session)

    async def register(self, letter: Letter, by: str) -> Registered:
        """Register a letter and give its planned duties; the same letter again gives the first."""
        with reading(self.engine) as session:
            siblings = letters_of_matter(session, letter.county, letter.matter)
        known = registered_before(letter, siblings)
        if known is not None:
            same = _same(known, letter)
            await self._share(same, by)
            return Registered(same, False)
        letter = registered_anew(with_earlier_feedback(letter, siblings), siblings)
        with reading(self.engine) as session:
            first = planned(session, letter, by, self.clock())
            kept = first.rulebook in rulebook_versions(session)
        if not kept:
            # The worker will ask for the rulebook that this letter comes under.
            with writing(self.engine) as session:
                store_rulebook(session, rulebook_in_force(session), self.clock())
        state = await self._letters.start(
            Registration(letter_id=first.letter_id, letter=letter, rulebook=first.rulebook, registered_by=by)
        )
        if state is None:
            # It was registered and finished in the meantime; the docket has it.
            with reading(self.engine) as session:
                state = find_letter(session, first.letter_id)
        await self._share(state, by)
        registered = Registered(_same(state, letter), state.registered_by == by)
        self._log("register", registered.state, by, None, letter.model_dump(mode="json"))
        return registered

    async def record(self, reference: str, event: Event, by: str) -> list[LetterState]:
        """Record an event on a letter, or on all open letters of its matter where it concerns the matter."""
        if event.type in DESK_EVENTS:
            raise Refused("event", "event_of_the_desk", event=event.type)
        with reading(self.engine) as session:
            state = find_letter(session, reference)
            leaders = supervisors(session)
            known = agency_names(session)
            siblings = letters_of_matter(session, state.letter.county, state.letter.matter)
        event = resolve_agency(state.current_letter, event)
        if isinstance(event, Superseded):
            event = superseding(event, state, siblings)
        if event.type in SUPERVISOR_EVENTS and by not in leaders:
            raise Refused("by", "not_supervisor", person=by, supervisors="、".join(leaders))
        entries = self._entries(state, event, by, known, siblings)
        results = []
        for each, entry in entries:
            result = await self.send(each, entry)
            if each.closed_at is not None and result.closed_at is None:
                # While it was closed it heard nothing of its matter.
                result = await self._share(result, by)
            results.append(result)
        if concerns_matter(state, event):
            await self._share_anew({each.letter_id for each in results}, state.letter, by)
        await self._share_windows(results[0], by)
        new = event.model_dump(mode="json")
        for (before, entry), after in zip(entries, results, strict=True):
            if not before.has(entry.id):
                self._log("record", after, by, replaced(before, event), new)
        return results

    async def send_draft(self, key: str, by: str, *, email: bool) -> None:
        """Send a draft to whom it is for: into the inbox, and by e-mail where that is set up, in office hours."""
        now = self.clock()
        with writing(self.engine) as session:
            book, calendar = rulebook_in_force(session), current_calendar(session)
            send_at = book.office.next_open(now, calendar, key)
            notice, mailed = send_draft(session, key, by, now, send_at, email=email)
            new = {"person": notice.person, "subject": notice.subject, "duties": notice.duties}
            log(session, Actor(by, self.origin), now, "send", notice.letter_id, {"status": "draft"}, new)
        if mailed:
            await self._letters.deliver(key, send_at)

    def discard_draft(self, key: str, by: str, reason: str) -> None:
        """Discard a draft, for a reason."""
        now = self.clock()
        with writing(self.engine) as session:
            notice = discard_draft(session, key, by, reason, now)
            new = {"subject": notice.subject, "reason": notice.reason}
            log(session, Actor(by, self.origin), now, "discard", notice.letter_id, {"status": "draft"}, new)

    def _log(self, act: str, state: LetterState, by: str, old: Values | None, new: Values) -> None:
        with writing(self.engine) as session:
            log(session, Actor(by, self.origin), self.clock(), act, state.letter_id, old, new)

    async def _share_anew(self, told: Collection[str], letter: Letter, by: str) -> None:
        """Tell the matter's other open letters what stands again, or has another day, and concerns them now."""
        with reading(self.engine) as session:
            others = letters_of_matter(session, letter.county, letter.matter)
        for other in others:
            if other.letter_id not in told and other.closed_at is None:
                await self._share(other, by)

    async def replan(self, state: LetterState, calendar: str, by: str) -> LetterState:
        """Have one open letter counted again with a newly loaded calendar, and its matter told of its window."""
        counted = await self._letters.update(state, LetterWorkflow.replan, Replan(calendar=calendar, by=by))
        await self._share_windows(counted, by)
        return counted

    def _entries(
        self,
        state: LetterState,
        event: Event,
        by: str,
        known_agencies: Collection[str],
        others: Sequence[LetterState],
    ) -> list[tuple[LetterState, Entry]]:
        """Make the entry for a letter, or one entry of the same id for each letter that a matter's event concerns."""
        now = self.clock()
        whole_matter = concerns_matter(state, event)
        scope = f"{state.letter.county}/{state.letter.matter}" if whole_matter else state.letter_id
        # What was voided in one letter of the matter may be gone from the one that was named.
        known = {each.id: each for other in others if whole_matter for each in other.entries}
        recorded = known | {each.id: each for each in state.entries}
        entry = Entry(id=entry_id(scope, event, recorded.values()), event=event, at=now, by=by)
        check_event(state, entry, known_agencies)
        refuse_twin(state, entry, others)
        concerned = [(state, entry)]
        if not whole_matter:
            return concerned
        target = getattr(event, "target", "")
        for other in others:
            if other.letter_id != state.letter_id and (other.closed_at is None or other.has(target)):
                try:
                    check_event(other, entry)
                except Refused:
                    # It happened before that letter came, or that letter is void: it does not concern it.
                    continue
                concerned.append((other, entry))
        return concerned

    async def send(self, state: LetterState, entry: Entry) -> LetterState:
        """Send one entry to a letter's workflow and give the state that is settled with it."""
        if state.has(entry.id):
            return state
        return await self._letters.update(state, LetterWorkflow.record, entry)

    async def _share(self, state: LetterState, by: str) -> LetterState:
        """Tell a letter what its matter's other letters know, and the open ones of each other's windows."""
        with reading(self.engine) as session:
            others = letters_of_matter(session, state.letter.county, state.letter.matter)
        for entry in events_of_matter(others, state):
            heard = entry.model_copy(update={"at": self.clock()})
            try:
                check_event(state, heard)
            except Refused:
                # It happened before this letter came: it does not concern it.
                continue
            state = await self.send(state, heard)
        await self._share_windows(state, by)
        return state

    async def _share_windows(self, state: LetterState, by: str) -> None:
        """Tell the letters of a matter of each other's mediation windows (A21, A24).

        What a letter has been told already is not told again, so this is simply repeated wherever a window may have
        come or moved, and mends a telling that was broken off.
        """
        with reading(self.engine) as session:
            letters = letters_of_matter(session, state.letter.county, state.letter.matter)
        for other in letters:
            if other.letter_id != state.letter_id:
                await self._tell_window(other, state, by)
                await self._tell_window(state, other, by)

    async def _tell_window(self, told: LetterState, of: LetterState, by: str) -> None:
        telling = window_to_tell(told, of)
        if telling is not None:
            identifier, event = telling
            await self.send(told, Entry(id=identifier, event=event, at=self.clock(), by=by))


def planned(session: Session, letter: Letter, by: str, now: datetime) -> LetterState:
    """Check a letter against the docket and work out what it would make people owe; nothing is written."""
    check_letter(letter, now, agency_names(session))
    return plan(letter, now, by, rulebook_in_force(session), current_calendar(session)).state


async def open_desk(settings: Settings, engine: Engine, clock: Callable[[], datetime]) -> Desk:
    """Open the desk on a docket and on Temporal."""
    client = await connect(settings)
    return Desk(engine, client, clock, task_queue=settings.task_queue, answer=settings.answer)


def _same(known: LetterState, letter: Letter) -> LetterState:
    """Give the letter that is registered, if it says the same; a difference is refused and shown."""
    differs = difference(known, letter)
    if differs is not None:
        field, old, new = differs
        raise Refused(field, "letter_differs", old=_plain(old), new=_plain(new))
    return known


def _plain(value: object) -> str:
    """Word a value for people: what is not filled in as a dash, lists and groups by their values."""
    if isinstance(value, list):
        return "、".join(_plain(each) for each in value)
    if isinstance(value, dict):
        return " ".join(_plain(each) for each in value.values())
    return "—" if value in (None, "") else str(value)
