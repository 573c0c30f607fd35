"""同案各函: the letters of a matter are told what they must know of each other."""

from collections.abc import Callable, Collection
from datetime import datetime

from cluster.letter_client import LetterClient
from desk.docket_client import DocketClient
from rules.accept.events import check_event
from rules.dossier.matter import events_of_matter, window_pairs, window_to_tell
from rules.dossier.state import LetterState
from rules.errors import Refused
from rules.letters.events import Entry
from rules.letters.letter import Letter


class Sharing:
    """Shares what was recorded, and each other's windows, among the letters of a matter. Safe to repeat."""

    def __init__(self, docket: DocketClient, letters: LetterClient, clock: Callable[[], datetime]) -> None:
        self._docket = docket
        self._letters = letters
        self._clock = clock

    async def share_anew(self, told: Collection[str], letter: Letter, by: str) -> None:
        """Tell the matter's other open letters what stands again, or has another day, and concerns them now."""
        for other in await self._docket.matter(letter):
            if other.letter_id not in told and other.closed_at is None:
                await self.share(other, by)

    async def share(self, state: LetterState, by: str) -> LetterState:
        """Tell a letter what its matter's other letters know, and the open ones of each other's windows."""
        for entry in events_of_matter(await self._docket.matter(state.letter), state):
            heard = entry.model_copy(update={"at": self._clock()})
            try:
                check_event(state, heard)
            except Refused:
                # It happened before this letter came: it does not concern it.
                continue
            state = await self._letters.record(state, heard)
        await self.share_windows(state, by)
        return state

    async def share_windows(self, state: LetterState, by: str) -> None:
        """Tell the letters of a matter of each other's mediation windows (A21, A24).

        What a letter has been told already is not told again, so this is simply repeated wherever a window may have
        come or moved, and mends a telling that was broken off.
        """
        known = {each.letter_id: each for each in await self._docket.matter(state.letter)} | {state.letter_id: state}
        for told, of in window_pairs(state.letter_id, known):
            await self._tell_window(known[told], known[of], by)

    async def _tell_window(self, told: LetterState, of: LetterState, by: str) -> None:
        telling = window_to_tell(told, of)
        if telling is not None:
            identifier, event = telling
            await self._letters.record(told, Entry(id=identifier, event=event, at=self._clock(), by=by))
