"""The message catalogues: every sentence people read, Chinese first, English beside it.

Each room that speaks has its own in a folder `locale`, and is silent where the rules have the word: `Words("console")`.
What another package brings, a kind of letter for instance, has words of its own: the package that an entry point of the
group `qixian.words` names has such a folder too.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.metadata import entry_points
from importlib.resources import files
from typing import Literal

from babel.messages.pofile import read_po

Language = Literal["zh", "en"]
LANGUAGES: tuple[Language, ...] = ("zh", "en")


GROUP = "qixian.words"
"""The group of entry points by which other packages bring words."""


@cache
def catalogue(language: Language, room: str = "rules") -> Mapping[str, str]:
    """Read one language's catalogue of a room or package; its message ids are keys such as `refused.blank`."""
    with (files(room) / "locale" / f"{language}.po").open("rb") as source:
        return {str(each.id): str(each.string) for each in read_po(source, locale=language) if each.id}


@cache
def rooms_asked(room: str) -> tuple[str, ...]:
    """List whose catalogues are asked for a room's message, in turn: its own, the rules', what other packages bring."""
    brought = sorted({entry.value for entry in entry_points(group=GROUP)})
    return tuple(dict.fromkeys([room, "rules", *brought]))


@dataclass(frozen=True)
class Words:
    """What a room can say; what other packages bring adds messages and changes none."""

    room: str

    def text(self, key: str, language: Language = "zh", **values: object) -> str:
        """Word the message `key` in one language; a key without a message raises KeyError."""
        for room in rooms_asked(self.room):
            if message := catalogue(language, room).get(key):
                return message.format(**values)
        raise KeyError(key)

    def both(self, key: str, **values: object) -> str:
        """Word the message `key` in Chinese with the English in brackets behind it."""
        return f"{self.text(key, 'zh', **values)} ({self.text(key, 'en', **values)})"

    def has(self, key: str) -> bool:
        """Tell whether the room can say the message `key`."""
        return any(key in catalogue("zh", room) for room in rooms_asked(self.room))

    def own(self, key: str) -> bool:
        """Tell whether the message `key` stands in the room's own catalogue."""
        return key in catalogue("zh", self.room)


_RULES = Words("rules")
text, both, has = _RULES.text, _RULES.both, _RULES.has
