"""来文 at the desk: a letter is registered, and what happened to it recorded."""

from collections.abc import Sequence
from typing import NamedTuple

from sqlmodel import Session

from desk.acting import Acting
from desk.forecast import Coming, compared, doubts, foreseen, planned
from desk.wording import worded
from docket.directory import supervisors
from docket.reads import dossier, find_letter, matter_of
from rules.accept.papers import difference, registered_before
from rules.accept.second_look import Confirms, refuse_unanswered
from rules.dossier.letter import LetterState, letter_of, letters_of
from rules.errors import Refused
from rules.letters.events import Event
from rules.letters.letter import Letter, matter_id, short_id
from rules.letters.looks import Look


class Registered(NamedTuple):
    """A letter as registered; `first` is False where it had been registered before."""

    state: LetterState
    first: bool


class Recorded(NamedTuple):
    """An event as recorded: the letter it was recorded on, and each other letter of the matter that it changed."""

    letter: LetterState
    others: list[LetterState]


def unasked(look: Look) -> bool:
    """Answer no second look: what is grave is refused then."""
    return False


class Letters(Acting):
    """Registers letters and records events. `confirms` says which second looks whoever acts has answered."""

    async def register(
        self, letter: Letter, by: str, also: Sequence[Event] = (), confirms: Confirms = unasked
    ) -> Registered:
        """Register a letter, with what has happened to it already; return its planned duties.

        The same letter again returns the first.
        """
        matter, now = matter_id(letter.county, letter.matter), self.clock()

        def asked(session: Session) -> Coming | LetterState:
            known = matter_of(session, letter)
            before = registered_before(letter, letters_of(known)) if known else None
            return before or planned(session, letter, by, now, also)

        found = await self._docket.read(asked)
        if isinstance(found, LetterState):
            return Registered(await self._same(found, letter), False)
        looks = await self._docket.read(lambda session: doubts(session, letter, now))
        answered = refuse_unanswered(looks, confirms)
        arrival = found.arrival.model_copy(update={"confirmed": answered})
        await self._keep_rulebook(arrival.rulebook)
        await self.dossiers.take(matter, found.known, self._act(arrival, *found.entries), arrival.letter_id)
        after = await self._docket.read(lambda session: dossier(session, matter))
        state = letter_of(after, arrival.letter_id)
        return Registered(await self._same(state, arrival.letter), state.registered_by == by)

    async def record(self, reference: str, event: Event, by: str, confirms: Confirms = unasked) -> Recorded:
        """Record an event on a letter, or on its whole matter where it concerns that."""
        state = await self._docket.read(lambda session: find_letter(session, reference))
        leaders = await self._docket.read(supervisors)
        if event.recorded_by == "supervisor" and by not in leaders:
            raise Refused("by", "not_supervisor", person=by, supervisors="、".join(leaders))
        now = self.clock()
        coming = await self._docket.read(lambda session: foreseen(session, state, event, by, now))
        if state.dossier.has(coming.entry):
            return Recorded(state, [])
        entry = coming.entry.model_copy(update={"confirmed": refuse_unanswered(coming.looks, confirms)})
        before = state.dossier
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
