"""The kinds of letter there are: each module of rules/kinds registers its own, and so may packages installed beside us.

Forms, commands, the API, rights, texts and the check of rulebooks all read what they need of a kind from here. Another
package brings kinds by entry points of the group `qixian.kinds`; the name of each is a module that registers them.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib import import_module
from importlib.metadata import entry_points
from typing import Annotated

from pydantic import TypeAdapter

from rules.letters.cases import CASE_EVENTS
from rules.letters.events import SHARED, AnyEvent, Event
from rules.letters.fields import Tagged
from rules.letters.letter import Letter
from rules.letters.terms import Stage
from rules.values import Late

GROUP = "qixian.kinds"
"""The group of entry points by which other packages bring kinds."""


@dataclass(frozen=True, kw_only=True)
class KindOfLetter:
    """What letters and rights need to know of a kind.

    `events` are those of its own and of several kinds that can happen to it, in the order in which people are offered
    them. `not_asked` names fields that mean nothing for an event of this kind, `stages` are those
    of the dispute in which a letter of it may come, none where that makes no difference. `place` orders kinds among
    each other.
    """

    model: type[Letter]
    events: tuple[type[Event], ...]
    place: int
    example: str
    not_asked: Mapping[str, frozenset[str]] = field(default_factory=dict)
    stages: tuple[Stage, ...] = ()

    @property
    def name(self) -> str:
        """Return the name of the kind, as letters, rulebooks and addresses have it."""
        name: str = self.model.model_fields["kind"].default
        return name

    @property
    def happenings(self) -> dict[str, type[Event]]:
        """Return every event that can happen to a letter of this kind, by name."""
        possible: tuple[type[Event], ...] = (*self.events, *SHARED)
        return {event_type(event): event for event in possible}


_KINDS: dict[str, KindOfLetter] = {}


def register(kind: KindOfLetter) -> None:
    """Add a kind; one name is one kind."""
    known = _KINDS.setdefault(kind.name, kind)
    if known is not kind:
        raise ValueError(f"two kinds of letter are called {kind.name!r}")
    for name, event in kind.happenings.items():
        if any(each.happenings.get(name, event) is not event for each in _KINDS.values()):
            raise ValueError(f"two events are called {name!r}")


@cache
def kinds() -> dict[str, KindOfLetter]:
    """Return every kind of letter by name, found the first time that anybody asks."""
    import_module("rules.kinds")
    for entry in entry_points(group=GROUP):
        import_module(entry.value)
    return dict(sorted(_KINDS.items(), key=lambda each: each[1].place))


def find_kinds() -> None:
    """Find the kinds now, and build whatever holds letters and events of any kind.

    A workflow's sandbox has modules of its own: kinds that were first asked for in several would be registered twice.
    """
    kinds()
    letter_adapter()
    event_adapter()
    for model in _late(Late):
        model.model_rebuild()


def _late(model: type[Late]) -> Iterator[type[Late]]:
    for each in model.__subclasses__():
        yield each
        yield from _late(each)


def kind_of(letter: Letter) -> KindOfLetter:
    """Return the kind of a letter."""
    return kinds()[letter.kind]


@cache
def letter_models() -> dict[str, type[Letter]]:
    """Return the class of each kind of letter, by name."""
    return {name: kind.model for name, kind in kinds().items()}


@cache
def event_models() -> dict[str, type[Event]]:
    """Return the class of every event, by name."""
    own = {name: event for kind in kinds().values() for name, event in kind.happenings.items()}
    last = {event_type(event) for event in SHARED}
    # What can happen to any letter is offered behind what a kind has of its own.
    ordered = dict(sorted(own.items(), key=lambda each: each[0] in last))
    return ordered | case_events()


@cache
def case_events() -> dict[str, type[Event]]:
    """Return the class of every event that can happen to a case itself, by name."""
    return {event_type(event): event for event in CASE_EVENTS}


def event_type(event: type[Event]) -> str:
    """Return the name of a class of events."""
    name: str = event.model_fields["type"].default
    return name


@cache
def papers() -> list[str]:
    """List the events that hand in a paper which the bureau may send back."""
    return [name for name, event in event_models().items() if event.returnable]


def papers_of(kind: str) -> list[str]:
    """List the papers of one kind of letter that the bureau may send back."""
    return [name for name, event in kinds()[kind].happenings.items() if event.returnable]


AnyLetter = Annotated[Letter, Tagged("kind", lambda: tuple(letter_models().values()))]
"""A letter of whichever registered class its kind names."""


@cache
def letter_adapter() -> TypeAdapter[Letter]:
    """Return what reads a letter of any kind."""
    return TypeAdapter(AnyLetter)


@cache
def event_adapter() -> TypeAdapter[Event]:
    """Return what reads an event of any type."""
    return TypeAdapter(AnyEvent)
