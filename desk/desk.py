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

from cluster.codec import fingerprints
from cluster.connect import connect
from cluster.dossier_client import DossierClient
from cluster.errors import Unconfirmed, Unreachable
from desk.docket_client import DocketClient
from desk.forecast import arriving, compared
from desk.wording import worded
from docket.acts import COMMAND_LINE, Actor, Values, log
from docket.delivery import resend
from docket.directory import agency_names, supervisors
from docket.inbox import send_draft
from docket.keys import check_keys
from docket.library import current_calendar, rulebook_in_force, rulebook_versions, store_rulebook, version_in_force
from docket.reads import dossier, find_letter, find_matter, matter_named, matter_of
from rules.accept.entries import case_entry, entry_for, replaced
from rules.accept.papers import difference, registered_before
from rules.accept.transfers import check_join, check_move
from rules.dossier.core import opened as new_dossier
from rules.dossier.letter import LetterState, letter_of, letters_of
from rules.dossier.state import Arrival, Dossier
from rules.errors import Refused
from rules.letters.cases import CaseOpened
from rules.letters.events import Event
from rules.letters.letter import Letter, matter_id, short_id
from settings import Settings
from workflows.messages import Replan

T = TypeVar("T")


@dataclass
class _Act:
    """Whether what was done is to be recorded."""

    done: bool = True


class Sent(NamedTuple):
    """A draft that was sent: whether only now, the notices that are to go outside, what it is about, and when."""

    first: bool
    deliveries: list[str]
    about: str
    send_at: datetime


class Registered(NamedTuple):
    """A letter as registered; `first` is False where it had been registered before."""

    state: LetterState
    first: bool


class Recorded(NamedTuple):
    """An event as recorded: the letter it was recorded on, and each other letter of the matter that it changed."""

    letter: LetterState
    others: list[LetterState]


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
        self.dossiers = DossierClient(client, task_queue, answer, clock_shift)
        self._docket = DocketClient(engine)

    def at(self, origin: str) -> "Desk":
        """Give the same desk for somebody who acts from elsewhere."""
        other = copy(self)
        other.origin = origin
        return other

    async def agency_names(self) -> dict[str, str]:
        """Give the names of the agencies in the directory, by id."""
        return await self._docket.read(agency_names)

    async def register(self, letter: Letter, by: str) -> Registered:
        """Register a letter and return its planned duties; the same letter again returns the first."""
        matter, now = matter_id(letter.county, letter.matter), self.clock()
        found = await self._docket.read(lambda session: _coming(session, letter, by, now))
        if isinstance(found, LetterState):
            return Registered(_same(found, letter, await self.agency_names()), False)
        known, arrival, kept = found
        if not kept:
            await self._keep_rulebook(arrival.rulebook)
        new = arrival.letter.model_dump(mode="json")
        async with self._act("register", arrival.letter_id, by, None, new) as act:
            await self.dossiers.take(matter, known, arrival, arrival.letter_id)
            after, names = await self._docket.read(lambda session: (dossier(session, matter), agency_names(session)))
            state = letter_of(after, arrival.letter_id)
            act.done = state.registered_by == by
        return Registered(_same(state, arrival.letter, names), act.done)

    async def record(self, reference: str, event: Event, by: str) -> Recorded:
        """Record an event on a letter, or on its whole matter where it concerns that."""
        state = await self._docket.read(lambda session: find_letter(session, reference))
        leaders = await self._docket.read(supervisors)
        if event.recorded_by == "supervisor" and by not in leaders:
            raise Refused("by", "not_supervisor", person=by, supervisors="、".join(leaders))
        before, names = state.dossier, await self.agency_names()
        entry = entry_for(before, state.letter_id, event, self.clock(), by, names)
        if before.has(entry):
            return Recorded(state, [])
        new, old = entry.event.model_dump(mode="json"), replaced(before, entry)
        async with self._act("record", entry.letter or before.id, by, old, new):
            await self.dossiers.take(before.id, before, entry, state.letter_id)
        after = await self._docket.read(lambda session: dossier(session, before.id))
        pairs = compared(before, after, state.letter_id)
        return Recorded(pairs[0][1], [each for _, each in pairs[1:]])

    async def open_matter(self, county: str, name: str, opened: CaseOpened, by: str) -> Dossier:
        """Put a case on file, which may have letters already or none yet; the same again returns what is there."""
        known = await self._matter(county, name, by)
        if not known.version:
            await self._keep_rulebook(known.rulebook)
        return await self._record_case(known, opened, by)

    async def record_case(self, reference: str, event: Event, by: str) -> Dossier:
        """Record what happened to a case itself; the same again changes nothing."""
        return await self._record_case(await self._docket.read(lambda each: find_matter(each, reference)), event, by)

    async def _record_case(self, known: Dossier, event: Event, by: str) -> Dossier:
        entry = case_entry(known, event, self.clock(), by, await self.agency_names())
        if known.has(entry):
            return known
        said, old = entry.event.model_dump(mode="json"), replaced(known, entry)
        async with self._act("record", known.id, by, old, said):
            await self.dossiers.take(known.id, known if known.version else None, entry, known.id)
        return await self._docket.read(lambda session: dossier(session, known.id))

    async def move(self, reference: str, matter: str, reason: str, by: str) -> LetterState:
        """Move a letter with its events to the matter that it belongs to, which may be new."""
        state = await self._docket.read(lambda session: find_letter(session, reference))
        source, target = state.dossier, await self._matter(state.dossier.county, matter, by)
        check_move(source, target, state.letter_id)
        trace = {"from": source.name, "to": target.name, "reason": reason}
        async with self._act("move", state.letter_id, by, None, dict(trace)):
            await self.dossiers.transfer(source.id, target.id, state.letter_id, reason, by)
        after = await self._docket.read(lambda session: dossier(session, target.id))
        return letter_of(after, state.letter_id)

    async def join(self, reference: str, matter: str, reason: str, by: str) -> Dossier:
        """Join a matter to another one, which holds the letters and events of both from then on."""
        source = await self._docket.read(lambda session: find_matter(session, reference))
        target = await self._docket.read(lambda session: find_matter(session, matter))
        check_join(source, target)
        trace = {"from": source.name, "to": target.name, "reason": reason}
        async with self._act("join", source.id, by, None, dict(trace)):
            await self.dossiers.transfer(source.id, target.id, None, reason, by)
        return await self._docket.read(lambda session: dossier(session, target.id))

    async def _keep_rulebook(self, version: str) -> None:
        """Keep the rulebook in force under its version: the worker will ask for it."""
        if version not in await self._docket.read(rulebook_versions):
            await self._docket.write(lambda session: store_rulebook(session, rulebook_in_force(session), self.clock()))

    async def _matter(self, county: str, name: str, by: str) -> Dossier:
        """Return a matter of a county, or a new one under the rulebook in force."""
        known = await self._docket.read(lambda session: matter_named(session, county, name))
        version = await self._docket.read(version_in_force)
        return known or new_dossier(matter_id(county, name), version, self.clock(), by)

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
                log(session, Actor(by, self.origin), now, "send", notice.about, {"status": "draft"}, new)
            return Sent(done.first, done.deliveries, done.notice.about, done.notice.send_at)

        done = await self._docket.write(sent)
        with self._begun(done.about):
            for notice in done.deliveries:
                await self.dossiers.deliver(notice, done.send_at)

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
            await self.dossiers.deliver(notice, send_at)

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

    async def replan(self, state: Dossier, calendar: str, by: str) -> int:
        """Have one open dossier counted again with a newly loaded calendar; return the version that is."""
        return await self.dossiers.replan(state, Replan(calendar=calendar, by=by))


async def open_desk(settings: Settings, engine: Engine, clock: Callable[[], datetime]) -> Desk:
    """Open the desk on a docket and on Temporal; keys that no worker could read with are refused."""
    keys = fingerprints(settings)
    await DocketClient(engine).read(lambda session: check_keys(session, keys))
    client = await connect(settings)
    return Desk(engine, client, clock, task_queue=settings.task_queue, answer=settings.answer)


class _Coming(NamedTuple):
    """A letter as it would be registered, the matter that it names, and whether the docket keeps its rulebook."""

    known: Dossier | None
    arrival: Arrival
    kept: bool


def _coming(session: Session, letter: Letter, by: str, now: datetime) -> _Coming | LetterState:
    """Return what there is to register, or the letter as it was registered before."""
    known = matter_of(session, letter)
    before = registered_before(letter, letters_of(known)) if known else None
    if before is not None:
        return before
    arrival = arriving(session, letter, known, by, now)
    return _Coming(known, arrival, arrival.rulebook in rulebook_versions(session))


def _same(known: LetterState, letter: Letter, names: Mapping[str, str]) -> LetterState:
    """Give the letter that is registered, if it says the same; a difference is refused and shown."""
    differs = difference(known, letter)
    if differs is not None:
        field, *values = differs
        old, new = (worded(type(letter), field, value, names) for value in values)
        raise Refused(field, "letter_differs", old=old, new=new, letter=short_id(known.letter_id))
    return known
