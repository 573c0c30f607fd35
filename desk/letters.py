"""来文 at the desk: a letter is registered, and what happened to it recorded."""

from datetime import datetime
from typing import NamedTuple

from sqlmodel import Session

from desk.acting import Acting
from desk.forecast import arriving, compared
from desk.wording import worded
from docket.directory import supervisors
from docket.library import rulebook_versions
from docket.reads import dossier, find_letter, matter_of
from rules.accept.entries import entry_for
from rules.accept.papers import difference, registered_before
from rules.dossier.letter import LetterState, letter_of, letters_of
from rules.dossier.state import Arrival, Dossier
from rules.errors import Refused
from rules.letters.events import Event
from rules.letters.letter import Letter, matter_id, short_id


class Registered(NamedTuple):
    """A letter as registered; `first` is False where it had been registered before."""

    state: LetterState
    first: bool


class Recorded(NamedTuple):
    """An event as recorded: the letter it was recorded on, and each other letter of the matter that it changed."""

    letter: LetterState
    others: list[LetterState]


class _Coming(NamedTuple):
    """A letter as it would be registered, the matter that it names, and whether the docket keeps its rulebook."""

    known: Dossier | None
    arrival: Arrival
    kept: bool


class Letters(Acting):
    """Registers letters and records events."""

    async def register(self, letter: Letter, by: str) -> Registered:
        """Register a letter and return its planned duties; the same letter again returns the first."""
        matter, now = matter_id(letter.county, letter.matter), self.clock()
        found = await self._docket.read(lambda session: _coming(session, letter, by, now))
        if isinstance(found, LetterState):
            return Registered(await self._same(found, letter), False)
        known, arrival, kept = found
        if not kept:
            await self._keep_rulebook(arrival.rulebook)
        await self.dossiers.take(matter, known, self._act(arrival), arrival.letter_id)
        after = await self._docket.read(lambda session: dossier(session, matter))
        state = letter_of(after, arrival.letter_id)
        return Registered(await self._same(state, arrival.letter), state.registered_by == by)

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
        await self.dossiers.take(before.id, before, self._act(entry), state.letter_id)
        # Somebody may have moved it meanwhile, with what was recorded.
        after = (await self._docket.read(lambda session: find_letter(session, state.letter_id))).dossier
        pairs = compared(before, after, state.letter_id)
        return Recorded(pairs[0][1], [each for _, each in pairs[1:]])

    async def _same(self, known: LetterState, letter: Letter) -> LetterState:
        """Return the letter that is registered, if it says the same; a difference is refused and shown."""
        differs = difference(known, letter)
        if differs is not None:
            field, *values = differs
            names = await self.agency_names()
            old, new = (worded(type(letter), field, value, names) for value in values)
            raise Refused(field, "letter_differs", old=old, new=new, letter=short_id(known.letter_id))
        return known


def _coming(session: Session, letter: Letter, by: str, now: datetime) -> _Coming | LetterState:
    """Return what there is to register, or the letter as it was registered before."""
    known = matter_of(session, letter)
    before = registered_before(letter, letters_of(known)) if known else None
    if before is not None:
        return before
    arrival = arriving(session, letter, known, by, now)
    return _Coming(known, arrival, arrival.rulebook in rulebook_versions(session))
