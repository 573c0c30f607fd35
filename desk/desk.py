"""The desk: what people do with letters, whatever they do it through. Command line and console stand on it.

Everything is checked here with the same pure code that the workflow checks it with again, so that a refusal costs
nothing and changes nothing.
"""

from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from copy import copy
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple, TypeVar

from sqlalchemy import Engine
from sqlmodel import Session
from temporalio.client import Client

from activities.messages import Registration
from cluster.codec import fingerprints
from cluster.connect import connect
from cluster.errors import Unconfirmed, Unreachable
from cluster.letter_client import LetterClient
from desk.docket_client import DocketClient
from desk.forecast import planned
from desk.sharing import Sharing
from desk.wording import worded
from docket.acts import COMMAND_LINE, Actor, Values, log
from docket.delivery import resend
from docket.directory import agency_names, supervisors
from docket.inbox import send_draft
from docket.keys import check_keys
from docket.library import current_calendar, rulebook_in_force, rulebook_versions, store_rulebook
from docket.reads import find_letter
from rules.accept.matter import entries_for
from rules.dossier.matter import (
    concerns_matter,
    difference,
    registered_anew,
    registered_before,
    replaced,
    with_earlier_feedback,
)
from rules.dossier.state import LetterState
from rules.errors import Refused
from rules.letters.events import Entry, Event
from rules.letters.letter import Letter, short_id
from settings import Settings
from workflows.letter import LetterWorkflow
from workflows.messages import Replan

T = TypeVar("T")


@dataclass
class _Act:
    """Whether what was done is to be recorded."""

    done: bool = True


class Sent(NamedTuple):
    """A draft that was sent: whether only now, the notices that are to go outside, and when."""

    first: bool
    deliveries: list[str]
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
        self.client = client
        self.origin = origin
        self.task_queue = task_queue
        self.clock = clock
        self.clock_shift = clock_shift
        self.letters = LetterClient(client, task_queue, answer, clock_shift)
        self._docket = DocketClient(engine)
        self._sharing = Sharing(self._docket, self.letters, clock)

    def at(self, origin: str) -> "Desk":
        """Give the same desk for somebody who acts from elsewhere."""
        other = copy(self)
        other.origin = origin
        return other

    async def agency_names(self) -> dict[str, str]:
        """Give the names of the agencies in the directory, by id."""
        return await self._docket.read(agency_names)

    async def register(self, letter: Letter, by: str) -> Registered:
        """Register a letter and give its planned duties; the same letter again gives the first."""
        siblings = await self._docket.matter(letter)
        known = registered_before(letter, siblings)
        if known is not None:
            same = _same(known, letter, await self.agency_names())
            await self._sharing.share(same, by)
            return Registered(same, False)
        letter = registered_anew(with_earlier_feedback(letter, siblings), siblings)
        first = await self._docket.read(lambda session: planned(session, letter, by, self.clock()))
        if first.rulebook not in await self._docket.read(rulebook_versions):
            # The worker will ask for the rulebook that this letter comes under.
            await self._docket.write(lambda session: store_rulebook(session, rulebook_in_force(session), self.clock()))
        new = letter.model_dump(mode="json")
        async with self._act("register", first.letter_id, by, None, new) as act:
            state = await self.letters.start(
                Registration(letter_id=first.letter_id, letter=letter, rulebook=first.rulebook, registered_by=by)
            )
            if state is None:
                # It was registered and finished in the meantime; the docket has it.
                state = await self._docket.read(lambda session: find_letter(session, first.letter_id))
            act.done = state.registered_by == by
        with self._begun(first.letter_id):
            await self._sharing.share(state, by)
        return Registered(_same(state, letter, await self.agency_names()), act.done)

    async def record(self, reference: str, event: Event, by: str) -> list[LetterState]:
        """Record an event on a letter, or on all open letters of its matter where it concerns the matter."""
        if event.recorded_by == "desk":
            raise Refused("event", "event_of_the_desk", event=event.type)
        state = await self._docket.read(lambda session: find_letter(session, reference))
        siblings = await self._docket.matter(state.letter)
        leaders = await self._docket.read(supervisors)
        if event.recorded_by == "supervisor" and by not in leaders:
            raise Refused("by", "not_supervisor", person=by, supervisors="、".join(leaders))
        entries = entries_for(state, event, self.clock(), by, await self.agency_names(), siblings)
        first, *others = entries
        results = [await self._recorded(*first)]
        with self._begun(state.letter_id):
            for entry in others:
                results.append(await self._recorded(*entry))
            for number, (before, _) in enumerate(entries):
                if before.closed_at is not None and results[number].closed_at is None:
                    # While it was closed it heard nothing of its matter.
                    results[number] = await self._sharing.share(results[number], by)
            if concerns_matter(state, event):
                await self._sharing.share_anew({each.letter_id for each in results}, state.letter, by)
            await self._sharing.share_windows(results[0], by)
        return results

    async def _recorded(self, state: LetterState, entry: Entry) -> LetterState:
        if state.has(entry.id):
            return state
        new = entry.event.model_dump(mode="json")
        async with self._act("record", state.letter_id, entry.by, replaced(state, entry.event), new):
            return await self.letters.record(state, entry)

    async def send_draft(self, key: str, by: str, outside: frozenset[str]) -> None:
        """Send a draft to whom it is for: into the inbox, and through the channels that there are, in office hours.

        Sending one again that was not handed over to them hands it over.
        """
        now = self.clock()

        def sent(session: Session) -> Sent:
            book, calendar = rulebook_in_force(session), current_calendar(session)
            done = send_draft(session, key, by, now, book.office.next_open(now, calendar, key), outside)
            if done.first:
                notice = done.notice
                new = {"person": notice.person, "subject": notice.subject, "duties": notice.duties}
                log(session, Actor(by, self.origin), now, "send", str(notice.letter_id), {"status": "draft"}, new)
            return Sent(done.first, done.deliveries, str(done.notice.letter_id), done.notice.send_at)

        done = await self._docket.write(sent)
        with self._begun(done.letter_id):
            for notice in done.deliveries:
                await self.letters.deliver(notice, done.send_at)

    async def resend(self, notice: str, channel: str, by: str) -> None:
        """Have a delivery that was given up tried again; one that fails to be handed over is found by the audit."""
        now = self.clock()

        def again(session: Session) -> datetime:
            send_at = rulebook_in_force(session).office.next_open(now, current_calendar(session), notice)
            row = resend(session, notice, channel, send_at)
            log(session, Actor(by, self.origin), now, "resend", notice, None, {"channel": channel, "to": row.target})
            return send_at

        send_at = await self._docket.write(again)
        with self._begun(notice):
            await self.letters.deliver(notice, send_at)

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
        await self._docket.write(lambda session: log(session, actor, now, act, letter, old, new))

    @contextmanager
    def _begun(self, letter: str) -> Iterator[None]:
        """Say of what fails inside that it stands all the same: part of it is done, and asking again does the rest."""
        try:
            yield
        except Unreachable as error:
            raise Unconfirmed(letter, self.task_queue) from error

    async def replan(self, state: LetterState, calendar: str, by: str) -> LetterState:
        """Have one open letter counted again with a newly loaded calendar, and its matter told of its window."""
        counted = await self.letters.update(state, LetterWorkflow.replan, Replan(calendar=calendar, by=by))
        await self._sharing.share_windows(counted, by)
        return counted


async def open_desk(settings: Settings, engine: Engine, clock: Callable[[], datetime]) -> Desk:
    """Open the desk on a docket and on Temporal; keys that no worker could read with are refused."""
    keys = fingerprints(settings)
    await DocketClient(engine).read(lambda session: check_keys(session, keys))
    client = await connect(settings)
    return Desk(engine, client, clock, task_queue=settings.task_queue, answer=settings.answer)


def _same(known: LetterState, letter: Letter, names: Mapping[str, str]) -> LetterState:
    """Give the letter that is registered, if it says the same; a difference is refused and shown."""
    differs = difference(known, letter)
    if differs is not None:
        field, *values = differs
        old, new = (worded(type(letter), field, value, names) for value in values)
        raise Refused(field, "letter_differs", old=old, new=new, letter=short_id(known.letter_id))
    return known
