"""The desk: what people do with letters, whatever they do it through. Command line and console stand on it.

Everything is checked here with the same pure code that the workflow checks it with again, so that a refusal costs
nothing and changes nothing.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Collection, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from copy import copy
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple, TypeVar

from sqlalchemy import Engine
from sqlmodel import Session
from temporalio.client import Client

from activities.messages import Registration
from docket.acts import COMMAND_LINE, Actor, Values, log
from docket.directory import agency_names, supervisors
from docket.engine import reading, writing
from docket.inbox import send_draft
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
from starter.errors import Unconfirmed, Unreachable
from starter.letter_client import LetterClient
from workflows.letter import LetterWorkflow
from workflows.messages import Replan

T = TypeVar("T")


@dataclass
class _Act:
    """Whether what was done is to be recorded."""

    done: bool = True


class Sent(NamedTuple):
    """A draft that was sent: whether only now, whether an e-mail is to follow, and when."""

    first: bool
    mailed: bool
    letter_id: str
    send_at: datetime


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

    async def agency_names(self) -> dict[str, str]:
        """Give the names of the agencies in the directory, by id."""
        return await self._read(agency_names)

    async def register(self, letter: Letter, by: str) -> Registered:
        """Register a letter and give its planned duties; the same letter again gives the first."""
        siblings = await self._matter(letter)
        known = registered_before(letter, siblings)
        if known is not None:
            same = _same(known, letter)
            await self._share(same, by)
            return Registered(same, False)
        letter = registered_anew(with_earlier_feedback(letter, siblings), siblings)
        first = await self._read(lambda session: planned(session, letter, by, self.clock()))
        if first.rulebook not in await self._read(rulebook_versions):
            # The worker will ask for the rulebook that this letter comes under.
            await self._write(lambda session: store_rulebook(session, rulebook_in_force(session), self.clock()))
        new = letter.model_dump(mode="json")
        async with self._act("register", first.letter_id, by, None, new) as act:
            state = await self._letters.start(
                Registration(letter_id=first.letter_id, letter=letter, rulebook=first.rulebook, registered_by=by)
            )
            if state is None:
                # It was registered and finished in the meantime; the docket has it.
                state = await self._read(lambda session: find_letter(session, first.letter_id))
            act.done = state.registered_by == by
        with self._begun(first.letter_id):
            await self._share(state, by)
        return Registered(_same(state, letter), act.done)

    async def record(self, reference: str, event: Event, by: str) -> list[LetterState]:
        """Record an event on a letter, or on all open letters of its matter where it concerns the matter."""
        if event.type in DESK_EVENTS:
            raise Refused("event", "event_of_the_desk", event=event.type)
        state = await self._read(lambda session: find_letter(session, reference))
        siblings = await self._matter(state.letter)
        event = resolve_agency(state.current_letter, event)
        if isinstance(event, Superseded):
            event = superseding(event, state, siblings)
        leaders = await self._read(supervisors)
        if event.type in SUPERVISOR_EVENTS and by not in leaders:
            raise Refused("by", "not_supervisor", person=by, supervisors="、".join(leaders))
        entries = self._entries(state, event, by, await self.agency_names(), siblings)
        first, *others = entries
        results = [await self._recorded(*first)]
        with self._begun(state.letter_id):
            for entry in others:
                results.append(await self._recorded(*entry))
            for number, (before, _) in enumerate(entries):
                if before.closed_at is not None and results[number].closed_at is None:
                    # While it was closed it heard nothing of its matter.
                    results[number] = await self._share(results[number], by)
            if concerns_matter(state, event):
                await self._share_anew({each.letter_id for each in results}, state.letter, by)
            await self._share_windows(results[0], by)
        return results

    async def _recorded(self, state: LetterState, entry: Entry) -> LetterState:
        if state.has(entry.id):
            return state
        new = entry.event.model_dump(mode="json")
        async with self._act("record", state.letter_id, entry.by, replaced(state, entry.event), new):
            return await self.send(state, entry)

    async def send_draft(self, key: str, by: str, *, email: bool) -> None:
        """Send a draft to whom it is for: into the inbox, and by e-mail where that is set up, in office hours.

        Sending one again whose e-mail was not handed over hands it over.
        """
        now = self.clock()

        def sent(session: Session) -> Sent:
            book, calendar = rulebook_in_force(session), current_calendar(session)
            done = send_draft(session, key, by, now, book.office.next_open(now, calendar, key), email=email)
            if done.first:
                notice = done.notice
                new = {"person": notice.person, "subject": notice.subject, "duties": notice.duties}
                log(session, Actor(by, self.origin), now, "send", notice.letter_id, {"status": "draft"}, new)
            return Sent(done.first, done.mailed, done.notice.letter_id, done.notice.send_at)

        done = await self._write(sent)
        if done.mailed:
            with self._begun(done.letter_id):
                await self._letters.deliver(key, done.send_at)

    @asynccontextmanager
    async def _act(self, act: str, letter: str, by: str, old: Values | None, new: Values) -> AsyncIterator["_Act"]:
        """Have what is done inside stand in the record of acts, also where no worker has confirmed it yet."""
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
        await self._write(lambda session: log(session, actor, now, act, letter, old, new))

    @contextmanager
    def _begun(self, letter: str) -> Iterator[None]:
        """Say of what fails inside that it stands all the same: part of it is done, and asking again does the rest."""
        try:
            yield
        except Unreachable as error:
            raise Unconfirmed(letter, self.task_queue) from error

    async def _read(self, ask: Callable[[Session], T]) -> T:
        """Read the docket beside the event loop, on which other people's pages and perhaps the worker wait."""

        def asked() -> T:
            with reading(self.engine) as session:
                return ask(session)

        return await asyncio.to_thread(asked)

    async def _write(self, do: Callable[[Session], T]) -> T:
        """Write to the docket in one transaction, beside the event loop."""

        def done() -> T:
            with writing(self.engine) as session:
                return do(session)

        return await asyncio.to_thread(done)

    async def _matter(self, letter: Letter) -> list[LetterState]:
        return await self._read(lambda session: letters_of_matter(session, letter.county, letter.matter))

    async def _share_anew(self, told: Collection[str], letter: Letter, by: str) -> None:
        """Tell the matter's other open letters what stands again, or has another day, and concerns them now."""
        for other in await self._matter(letter):
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
        for entry in events_of_matter(await self._matter(state.letter), state):
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
        for other in await self._matter(state.letter):
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
