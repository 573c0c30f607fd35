"""A matter's events at the door: which of its letters an event concerns, with one entry of the same id for each."""

from collections.abc import Collection, Sequence
from datetime import datetime

from rules.accept.events import check_event, resolve_agency
from rules.dossier.matter import concerns_matter, entry_id, refuse_twin, superseding
from rules.dossier.state import LetterState
from rules.errors import Refused
from rules.kinds.mediation_letter.letter import Superseded
from rules.letters.events import Entry, Event


def entries_for(
    state: LetterState,
    event: Event,
    now: datetime,
    by: str,
    known_agencies: Collection[str],
    siblings: Sequence[LetterState],
) -> list[tuple[LetterState, Entry]]:
    """Make the entry of an event for its letter, and for each other letter of the matter that it concerns.

    What the letter itself tells of the event is filled in. One that can't have happened to the letter is refused.
    """
    event = resolve_agency(state.current_letter, event)
    if isinstance(event, Superseded):
        event = superseding(event, state, siblings)
    whole_matter = concerns_matter(state, event)
    scope = f"{state.letter.county}/{state.letter.matter}" if whole_matter else state.letter_id
    # What was voided in one letter of the matter may be gone from the one that was named.
    known = {each.id: each for sibling in siblings if whole_matter for each in sibling.entries}
    recorded = known | {each.id: each for each in state.entries}
    entry = Entry(id=entry_id(scope, event, recorded.values()), event=event, at=now, by=by)
    check_event(state, entry, known_agencies)
    refuse_twin(state, entry, siblings)
    concerned = [(state, entry)]
    if not whole_matter:
        return concerned
    target = getattr(event, "target", "")
    for sibling in siblings:
        if sibling.letter_id != state.letter_id and (sibling.closed_at is None or sibling.has(target)):
            try:
                check_event(sibling, entry)
            except Refused:
                # It happened before that letter came, or that letter is void: it does not concern it.
                continue
            concerned.append((sibling, entry))
    return concerned
