"""案件 at the desk: a case is put on file and told of, a letter moved, two matters joined."""

from desk.acting import Acting
from docket.library import version_in_force
from docket.reads import dossier, find_letter, find_matter, matter_named
from rules.accept.entries import case_entry
from rules.accept.transfers import check_join, check_move
from rules.dossier.core import opened as new_dossier
from rules.dossier.letter import LetterState
from rules.dossier.state import Dossier
from rules.letters.cases import CaseOpened
from rules.letters.events import Event
from rules.letters.letter import matter_id


class Matters(Acting):
    """Keeps the files of cases."""

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
        await self.dossiers.take(known.id, known if known.version else None, self._act(entry), known.id)
        return await self._docket.read(lambda session: dossier(session, known.id))

    async def move(self, reference: str, matter: str, reason: str, by: str) -> LetterState:
        """Move a letter with its events to the matter that it belongs to, which may be new."""
        state = await self._docket.read(lambda session: find_letter(session, reference))
        source, target = state.dossier, await self._matter(state.dossier.county, matter, by)
        check_move(source, target, state.letter_id)
        await self.dossiers.transfer(source.id, target.id, state.letter_id, reason, self._actor(by))
        return await self._docket.read(lambda session: find_letter(session, state.letter_id))

    async def join(self, reference: str, matter: str, reason: str, by: str) -> Dossier:
        """Join a matter to another one, which holds the letters and events of both from then on."""
        source = await self._docket.read(lambda session: find_matter(session, reference))
        target = await self._docket.read(lambda session: find_matter(session, matter))
        check_join(source, target)
        await self.dossiers.transfer(source.id, target.id, None, reason, self._actor(by))
        return await self._docket.read(lambda session: dossier(session, target.id))

    async def _matter(self, county: str, name: str, by: str) -> Dossier:
        """Return a matter of a county, or a new one under the rulebook in force."""
        known = await self._docket.read(lambda session: matter_named(session, county, name))
        version = await self._docket.read(version_in_force)
        return known or new_dossier(matter_id(county, name), version, self.clock(), by)
