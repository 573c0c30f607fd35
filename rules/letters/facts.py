"""The facts of a letter: what was registered and recorded, once corrections and voids are applied.

Entries are a set: whatever order they arrive in, and however often, the facts are the same.
"""

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any, NamedTuple, TypeVar

from pydantic import BaseModel, ValidationError

from rules.errors import Refused
from rules.letters.events import Correction, Entry, Event, Void, event_adapter
from rules.letters.letter import AgencyService, Letter, Stage, letter_adapter, stage_at_receipt
from rules.letters.problems import refusal

_E = TypeVar("_E")
_FIXED = {"kind", "type", "county", "matter", "anew", "round", "letter"}


class Fact(NamedTuple):
    """One effective event: its id, what it says, when it was recorded and by whom."""

    id: str
    event: Any
    at: datetime
    by: str

    @property
    def on(self) -> date:
        """Give the day it happened."""
        on: date = self.event.on
        return on

    @property
    def recorded(self) -> tuple[datetime, str]:
        """Give its place among all that was recorded."""
        return self.at, self.id


class Facts:
    """A letter as corrected, and its effective events in the order in which they happened."""

    def __init__(self, letter: Letter, entries: Iterable[Entry]) -> None:
        recorded = sorted(entries, key=lambda entry: (entry.at, entry.id))
        voids = standing_voids(recorded)
        self.void = voids.get("letter")
        self.letter = letter
        events = {entry.id: entry for entry in recorded if entry.id not in voids}
        for entry in list(events.values()):
            if isinstance(entry.event, Correction):
                if entry.event.target == "letter":
                    before, self.letter = self.letter, corrected_letter(self.letter, entry.event)
                    for old, new in _renamed(before, self.letter):
                        # What was recorded of an agency under a wrong name was recorded of the right one.
                        events |= {each.id: _moved(each, old, new) for each in events.values() if each.at <= entry.at}
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

    def find(self, event_id: str) -> Fact | None:
        """Give one event as it stands, or None if it is not recorded or void."""
        return next((fact for fact in self._facts if fact.id == event_id), None)

    def in_trial_by(self, day: date) -> bool:
        """Tell whether the dispute has been at trial by a day, whatever stage it has reached since."""
        changes = [fact.event.stage for fact in self.named("stage_change") if fact.on <= day]
        return Stage.TRIAL in (stage_at_receipt(self.letter), *changes)


def standing_voids(recorded: Iterable[Entry]) -> dict[str, Entry]:
    """List what is void, by its id, with the entry that says so; a void that is itself void undoes nothing."""
    voids: dict[str, list[Entry]] = {}
    for entry in recorded:
        if isinstance(entry.event, Void):
            voids.setdefault(entry.event.target, []).append(entry)

    def standing(target: str) -> Entry | None:
        return next((entry for entry in voids.get(target, ()) if standing(entry.id) is None), None)

    found = {target: standing(target) for target in voids}
    return {target: entry for target, entry in found.items() if entry is not None}


def _renamed(before: Letter, after: Letter) -> list[tuple[str, str]]:
    """List the agencies that a correction gives another id."""
    pairs = zip(before.agencies, after.agencies, strict=True)
    return [(old.agency, new.agency) for old, new in pairs if old.agency != new.agency]


def _moved(entry: Entry, old: str, new: str) -> Entry:
    """Give an entry with an agency's new id in the place of its old one."""
    event = entry.event
    update = {name: new for name in ("agency", "party") if getattr(event, name, None) == old}
    duty = getattr(event, "duty", "")
    update |= {"duty": f"{duty.removesuffix(f'@{old}')}@{new}"} if duty.endswith(f"@{old}") else {}
    return entry.model_copy(update={"event": event.model_copy(update=update)}) if update else entry


def corrected_letter(letter: Letter, correction: Correction) -> Letter:
    """Give the letter with one field corrected; an unknown field or impossible value is refused."""
    data = letter.model_dump(mode="json")
    _replace(data, correction, type(letter))
    names = {old.agency: new["agency"] for old, new in zip(letter.agencies, data["agencies"], strict=True)}
    if correction.field != "lead_agency":
        data["lead_agency"] = names.get(data["lead_agency"], data["lead_agency"])
    for earlier in data.get("earlier_feedback", ()):
        earlier["agency"] = names.get(earlier["agency"], earlier["agency"])
    try:
        return letter_adapter.validate_python(data)
    except ValidationError as error:
        raise refusal(error, prefix="value") from error


def corrected_event(event: Event, correction: Correction) -> Event:
    """Give an event with one field corrected; an unknown field or impossible value is refused."""
    data = event.model_dump(mode="json")
    _replace(data, correction, type(event))
    try:
        return event_adapter.validate_python(data)
    except ValidationError as error:
        raise refusal(error, prefix="value") from error


def _replace(data: dict[str, Any], correction: Correction, model: type[BaseModel]) -> None:
    """Put the corrected value in place, nothing where it is blank; `agencies.ID.FIELD` reaches into one agency."""
    path = correction.field.split(".")
    place = data
    if path[0] == "agencies" and len(path) == 3:
        found = [each for each in data.get("agencies", []) if each["agency"] == path[1]]
        if not found:
            raise _not_correctable(correction.field, data, model)
        place, path, model = found[0], path[2:], AgencyService
    if len(path) != 1 or path[0] not in place or path[0] in _FIXED or isinstance(place[path[0]], (list, dict)):
        raise _not_correctable(correction.field, data, model)
    blank = "" if model.model_fields[path[0]].default == "" else None
    place[path[0]] = correction.value or blank


def _not_correctable(field: str, data: dict[str, Any], model: type[BaseModel]) -> Refused:
    fields = [f"{name} {words.split()[0]}" for name, words in _correctable(data, model).items()]
    return Refused("field", "correction_field", name=field, fields="、".join(fields))


def _correctable(data: dict[str, Any], model: type[BaseModel]) -> dict[str, str]:
    return {
        name: info.description or name
        for name, info in model.model_fields.items()
        if name not in _FIXED and not isinstance(data.get(name), (list, dict))
    }


def correctable(target: BaseModel) -> dict[str, tuple[str, Any]]:
    """Give the fields of a letter or an event that a correction may name, with their descriptions and values."""
    data = target.model_dump(mode="json")
    found = {name: (words, data[name]) for name, words in _correctable(data, type(target)).items()}
    for each in data.get("agencies", []):
        for name, words in _correctable(each, AgencyService).items():
            found[f"agencies.{each['agency']}.{name}"] = words, each[name]
    return found
