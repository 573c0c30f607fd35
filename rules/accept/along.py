"""随登记一并登记: what has happened to a letter by the time that it is registered, as events of their own."""

from collections.abc import Mapping
from datetime import date

from rules.accept.events import needs_agency
from rules.errors import Refused
from rules.letters.events import Event
from rules.letters.letter import Letter
from rules.letters.parse import parse_event
from rules.letters.registry import event_type, kinds


def along_with(kind: str) -> dict[str, type[Event]]:
    """List what is asked for with a letter of a kind, by the name of the event."""
    return {event_type(event): event for event in kinds()[kind].along}


def happened_before(letter: Letter, days: Mapping[str, date]) -> list[Event]:
    """Make the events of what had happened on some days, each for every agency; what is not asked for is refused."""
    known = along_with(letter.kind)
    found = []
    for name, day in days.items():
        if name not in known:
            raise Refused(name, "unknown_field")
        each = needs_agency(letter, known[name])
        for agency in letter.agency_ids if each else (None,):
            found.append(parse_event({"type": name, "on": day} | ({"agency": agency} if agency else {})))
    return found
