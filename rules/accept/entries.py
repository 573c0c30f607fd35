"""登记: an event becomes an entry of its matter, of one letter or of all, under a name made of what it says."""

import re
from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Any

from rules.accept.events import check_entry, door_of, resolve_agency
from rules.accept.papers import refuse_twin
from rules.dossier.letter import letter_of, letters_of
from rules.dossier.state import Dossier
from rules.duties.kind import kind_of
from rules.errors import Refused
from rules.letters.events import Correction, Entry, Event, Void, event_id
from rules.letters.facts import effective, standing_voids


def entry_for(
    dossier: Dossier, letter_id: str, event: Event, now: datetime, by: str, known_agencies: Collection[str]
) -> Entry:
    """Make the entry of an event that happened to a letter, or to the whole matter where it is one of that.

    What the letter itself tells of the event is filled in. One that can't have happened is refused.
    """
    state = letter_of(dossier, letter_id)
    event = kind_of(state.letter).completed(door_of(state), resolve_agency(state.current_letter, event))
    scope = "" if concerns_matter(dossier, event) else letter_id
    recorded = [entry for entry in dossier.entries if entry.letter == scope]
    entry = Entry(id=entry_id(scope or dossier.id, event, recorded), letter=scope, event=event, at=now, by=by)
    check_entry(dossier, entry, known_agencies, named=letter_id)
    refuse_twin(state, entry, letters_of(dossier))
    return entry


def case_entry(dossier: Dossier, event: Event, now: datetime, by: str, known_agencies: Collection[str]) -> Entry:
    """Make the entry of what happened to a case itself; what can't have happened is refused."""
    if not dossier.of_case(event):
        raise Refused("event", "event_of_a_letter", event=event.type)
    if event.recorded_by == "desk":
        raise Refused("event", "event_of_desk", event=event.type)
    recorded = [entry for entry in dossier.entries if not entry.letter]
    entry = Entry(id=entry_id(dossier.id, event, recorded), event=event, at=now, by=by)
    check_entry(dossier, entry, known_agencies)
    return entry


def concerns_matter(dossier: Dossier, event: Event) -> bool:
    """Tell whether an event is one of the whole matter, or corrects or voids such a one, or undoes that."""
    if isinstance(event, Void | Correction):
        target = next((entry for entry in dossier.entries if entry.id == event.target), None)
        return target is not None and not target.letter
    return event.of_matter


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


def replaced(dossier: Dossier, entry: Entry) -> dict[str, Any] | None:
    """Return what a correction or a voiding replaces, as it stood before; None for every other event."""
    event = entry.event
    if not isinstance(event, Correction | Void):
        return None
    if entry.letter:
        facts = letter_of(dossier, entry.letter).facts
        fact = None if event.target == "letter" else facts.find(event.target)
        before: dict[str, Any] = (fact.event if fact is not None else facts.letter).model_dump(mode="json")
    else:
        shared = effective(each for each in dossier.entries if not each.letter)
        before = next((fact.event.model_dump(mode="json") for fact in shared if fact.id == event.target), {})
    return before if isinstance(event, Void) else {"field": event.field, "value": value_at(before, event.field)}


def value_at(data: dict[str, Any], field: str) -> Any:
    """Return the value that a correction's field names; None if there is none."""
    first, _, rest = field.partition(".")
    if first == "agencies" and rest:
        agency, _, part = rest.partition(".")
        return next((each.get(part) for each in data["agencies"] if each["agency"] == agency), None)
    return data.get(field)
