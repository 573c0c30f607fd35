"""案件: what the letters of one matter mean for each other (A21, A24), and whom an event concerns."""

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from rules.dossier.state import LetterState
from rules.errors import Refused
from rules.kinds.mediation_letter.letter import EarlierFeedback, MediationLetter, Superseded
from rules.kinds.oral_notice import Feedback
from rules.letters.events import Correction, Entry, Event, OtherLetter, Returned, Void, event_id
from rules.letters.facts import Facts, standing_voids
from rules.letters.fields import one_spelling
from rules.letters.letter import DESK_FIELDS, Letter, letter_id, short_id
from rules.letters.registry import kinds

_WINDOW_GONE = {"recall", "superseded"}
"""Endings after which a letter's window governs nothing in another letter any more."""


def registered_before(letter: Letter, siblings: Sequence[LetterState]) -> LetterState | None:
    """Find the letter under which a paper is registered: by what that letter is now.

    A letter whose number was corrected is found under its right number, and its old one is free for the paper that it
    belongs to. Where that paper is just like the first registration, only a person can tell it from a repeat, and is
    asked to. One without a number is found under its old name as well: nothing says that it is another paper.
    """
    standing = [each for each in siblings if not each.voided]
    for each in standing:
        if _paper(each.current_letter) == _paper(letter):
            return each
    for each in standing:
        if letter.number is None and _paper(each.letter) == _paper(letter):
            return each
        if _typed(each.letter) == _typed(letter):
            raise Refused("number", "number_was_corrected", letter=each.letter_id, number=each.current_letter.number)
    return None


def refuse_twin(state: LetterState, entry: Entry, siblings: Sequence[LetterState]) -> None:
    """Refuse a correction, or the undoing of one, by which two letters would be one paper."""
    corrected = _paper(Facts(state.letter, (*state.entries, entry)).letter)
    if corrected == _paper(state.current_letter):
        return
    for other in siblings:
        if other.letter_id != state.letter_id and not other.voided and _paper(other.current_letter) == corrected:
            raise Refused("value", "paper_registered", letter=other.letter_id)


def registered_anew(letter: Letter, siblings: Sequence[LetterState]) -> Letter:
    """Give a letter a name of its own where another one had that name first: one voided, or with a wrong number."""
    taken = {each.letter_id for each in siblings}
    while letter_id(letter) in taken:
        letter = letter.model_copy(update={"anew": letter.anew + 1})
    return letter


def _paper(letter: Letter) -> str:
    return letter_id(letter.model_copy(update={"anew": 0}))


def _typed(letter: Letter) -> dict[str, Any]:
    return letter.model_dump(exclude=set(DESK_FIELDS))


def difference(known: LetterState, letter: Letter) -> tuple[str, object, object] | None:
    """Give the first field, with both values, in which a paper registered again differs from what is on record.

    What was typed first and corrected since is no difference: it may be the first registration, repeated.
    """
    now, first, ours = (each.model_dump(mode="json") for each in (known.current_letter, known.letter, letter))
    return next(
        (
            (field, now[field], value)
            for field, value in ours.items()
            if field not in DESK_FIELDS and value not in (now[field], first[field])
        ),
        None,
    )


def superseding(event: Superseded, state: LetterState, siblings: Sequence[LetterState]) -> Superseded:
    """Name the later letter by its id; one that is not another mediation letter of the matter is refused (A24)."""
    later = [
        each
        for each in siblings
        if isinstance(each.letter, MediationLetter)
        and each.letter_id != state.letter_id
        # A window that has gone itself can take nobody's place.
        and not each.voided
        and each.window is not None
        and each.window.ended_by not in _WINDOW_GONE
        and each.current_letter.received_on >= state.current_letter.received_on
    ]
    for each in later:
        if event.letter in (each.letter_id, short_id(each.letter_id)) or (
            one_spelling(event.letter) == each.current_letter.number
        ):
            return event.model_copy(update={"letter": each.letter_id})
    listed = "、".join(f"{short_id(each.letter_id)}（{each.letter_id}）" for each in later)
    raise Refused("letter", "no_later_letter", letter=event.letter, found=listed or "—")


def with_earlier_feedback(letter: Letter, siblings: Sequence[LetterState]) -> Letter:
    """Carry feedback on the matter's oral notice over to its mediation letter, as its first progress (A21).

    Feedback that was sent back, or that belongs to a voided letter, is none.
    """
    if not isinstance(letter, MediationLetter) or letter.earlier_feedback:
        return letter
    found = {}
    for other in siblings:
        facts = Facts(other.letter, other.entries)
        for agency in letter.agency_ids:
            returned = [fact.event for fact in facts.of(Returned, agency) if fact.event.of == "feedback"]
            feedback = facts.of(Feedback, agency)
            if feedback and not returned and not other.voided:
                found[agency] = EarlierFeedback(agency=agency, on=feedback[0].on)
    return letter.model_copy(update={"earlier_feedback": tuple(found.values())})


def window_pairs(letter: str, matter: Iterable[str]) -> Iterator[tuple[str, str]]:
    """Name who may have to be told of whose window where one letter's may have come or moved: told, and of which."""
    for other in matter:
        if other != letter:
            yield other, letter
            yield letter, other


def window_to_tell(told: LetterState, of: LetterState) -> tuple[str, Event] | None:
    """Give the event, with its name, that tells one letter of another one's window; None if it knows (A24).

    A window that was voided, recalled or superseded has no expiry any more.
    """
    if told.closed_at is not None or "other_letter" not in kinds()[told.letter.kind].happenings:
        return None
    facts = Facts(told.letter, told.entries)
    tellings = sorted(
        (fact for fact in facts.of(OtherLetter) if fact.event.letter == of.letter_id),
        key=lambda fact: fact.recorded,
    )
    if of.window is None:
        return None
    gone = of.voided or of.window.ended_by in _WINDOW_GONE
    expiry = None if gone else of.window.due
    if expiry == (tellings[-1].event.expiry if tellings else None):
        return None
    on = max(told.current_letter.received_on, of.current_letter.received_on)
    event = OtherLetter(on=on, letter=of.letter_id, expiry=expiry)
    return event_id(f"{told.letter_id}#{len(tellings)}", event), event


def concerns_matter(state: LetterState, event: Event) -> bool:
    """Tell whether an event is one of the whole matter, or corrects or voids such a one, or undoes that."""
    if isinstance(event, Void | Correction):
        target = next((entry.event for entry in state.entries if entry.id == event.target), None)
        return target is not None and concerns_matter(state, target)
    return event.of_matter


def replaced(state: LetterState, event: Event) -> dict[str, Any] | None:
    """Give what a correction or a voiding replaces, as it stood before; None for every other event."""
    if not isinstance(event, Correction | Void):
        return None
    facts = Facts(state.letter, state.entries)
    fact = None if event.target == "letter" else facts.find(event.target)
    before: dict[str, Any] = (fact.event if fact is not None else facts.letter).model_dump(mode="json")
    if isinstance(event, Void):
        return before
    return {"field": event.field, "value": value_at(before, event.field)}


def value_at(data: dict[str, Any], field: str) -> Any:
    """Give the value that a correction's field names; None if there is none."""
    first, _, rest = field.partition(".")
    if first == "agencies" and rest:
        agency, _, part = rest.partition(".")
        return next((each.get(part) for each in data["agencies"] if each["agency"] == agency), None)
    return data.get(field)


def entry_id(scope: str, event: Event, entries: Iterable[Entry]) -> str:
    """Name an event by its content, so that a repeat is the same event.

    After an entry was voided, or a correction was overtaken by another one of the same field, the same content is a
    new event.
    """
    recorded = sorted(entries, key=lambda entry: (entry.at, entry.id))
    spent = set(standing_voids(recorded))
    latest: dict[tuple[str, str], str] = {}
    for entry in recorded:
        if isinstance(entry.event, Correction):
            # An agency's new name is part of the next correction's field, so any renaming overtakes the one before.
            field = re.sub(r"^agencies\.\w+\.agency$", "agencies.agency", entry.event.field)
            overtaken = latest.get((entry.event.target, field))
            spent |= {overtaken} if overtaken else set()
            latest[entry.event.target, field] = entry.id
    identifier, number = event_id(scope, event), 1
    while identifier in spent:
        number += 1
        identifier = event_id(f"{scope}#{number}", event)
    return identifier


def events_of_matter(siblings: Iterable[LetterState], new: LetterState) -> list[Entry]:
    """List the matter's events that its other letters have and a letter registered later has not heard of."""
    found: dict[str, Entry] = {}
    for other in siblings:
        facts = Facts(other.letter, other.entries)
        for entry in other.entries:
            fact = None if other.voided or new.has(entry.id) else facts.find(entry.id)
            if fact is not None and entry.event.of_matter:
                found.setdefault(entry.id, entry.model_copy(update={"event": fact.event}))
    return list(found.values())
