"""The facts of a letter: what was registered and recorded, once corrections and voids are applied.

Entries are a set: whatever order they arrive in, and however often, the facts are the same.
"""

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any, NamedTuple, TypeVar

from pydantic import ValidationError

from rules.errors import Refused
from rules.letters.events import Correction, Entry, Event, Void, event_adapter
from rules.letters.letter import Letter, Stage, letter_adapter, stage_at_receipt
from rules.letters.problems import refusal

_E = TypeVar("_E")
_FIXED = {"kind", "type", "county", "matter"}


class Fact(NamedTuple):
    """One effective event: its id, what it says, when it was recorded and by whom."""

    id: str
    event: Any
    at: datetime
    by: str

    @property
    def on(self) -> date:
        """Give the day it happened."""
        return self.event.on  # type: ignore[no-any-return]


class Facts:
    """A letter as corrected, and its effective events in the order in which they happened."""

    def __init__(self, letter: Letter, entries: Iterable[Entry]) -> None:
        recorded = sorted(entries, key=lambda entry: (entry.at, entry.id))
        voids = {entry.event.target: entry for entry in recorded if isinstance(entry.event, Void)}
        self.void = voids.get("letter")
        self.letter = letter
        events = {entry.id: entry for entry in recorded if entry.id not in voids}
        for entry in list(events.values()):
            if isinstance(entry.event, Correction):
                if entry.event.target == "letter":
                    self.letter = corrected_letter(self.letter, entry.event)
                elif entry.event.target in events:
                    target = events[entry.event.target]
                    changed = corrected_event(target.event, entry.event)
                    events[target.id] = target.model_copy(update={"event": changed})
        facts = [Fact(entry.id, entry.event, entry.at, entry.by) for entry in events.values()]
        self._facts = sorted(facts, key=lambda fact: (fact.on, fact.at, fact.id))

    def of(self, kind: type[_E], agency: str | None = None) -> list[Fact]:
        """List the effective events of one type, those of one agency and those that name none."""
        return [
            fact
            for fact in self._facts
            if isinstance(fact.event, kind)
            and (agency is None or getattr(fact.event, "agency", None) in (None, agency))
        ]

    def named(self, kind: str, agency: str | None = None) -> list[Fact]:
        """List the effective events of a type given by name, as a rulebook does."""
        return [fact for fact in self.of(object, agency) if fact.event.type == kind]

    def stage(self) -> Stage | None:
        """Give the stage of the dispute as it stands now; None where the letter has none."""
        changes = self.named("stage_change")
        return changes[-1].event.stage if changes else stage_at_receipt(self.letter)


def corrected_letter(letter: Letter, correction: Correction) -> Letter:
    """Give the letter with one field corrected; an unknown field or impossible value is refused."""
    data = letter.model_dump(mode="json")
    _replace(data, correction)
    try:
        return letter_adapter.validate_python(data)
    except ValidationError as error:
        raise refusal(error, prefix="value") from error


def corrected_event(event: Event, correction: Correction) -> Event:
    """Give an event with one field corrected; an unknown field or impossible value is refused."""
    data = event.model_dump(mode="json")
    _replace(data, correction)
    try:
        return event_adapter.validate_python(data)
    except ValidationError as error:
        raise refusal(error, prefix="value") from error


def _replace(data: dict[str, Any], correction: Correction) -> None:
    """Put the corrected value in place; `agencies.ID.FIELD` reaches into one agency."""
    path = correction.field.split(".")
    place = data
    if path[0] == "agencies" and len(path) == 3:
        found = [each for each in data.get("agencies", []) if each["agency"] == path[1]]
        if not found:
            raise Refused("field", "correction_field", name=correction.field)
        place, path = found[0], path[2:]
    if len(path) != 1 or path[0] not in place or path[0] in _FIXED or isinstance(place[path[0]], (list, dict)):
        raise Refused("field", "correction_field", name=correction.field)
    place[path[0]] = correction.value or None
