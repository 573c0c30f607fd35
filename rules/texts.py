"""The message catalogues: every sentence people read, Chinese first, English beside it.

What another package brings, a kind of letter for instance, has words of its own: the package that an entry point of the
group `qixian.words` names has a folder `locale` with both catalogues.
"""

import gettext
import io
from functools import cache
from importlib.metadata import entry_points
from importlib.resources import files
from typing import Literal

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

Language = Literal["zh", "en"]
LANGUAGES: tuple[Language, ...] = ("zh", "en")


GROUP = "qixian.words"
"""The group of entry points by which other packages bring words."""


@cache
def words(language: Language) -> gettext.GNUTranslations:
    """Join the catalogue of the rules with those that other packages bring: they add messages and change none."""
    joined = _read(language, "rules")
    for package in sorted({entry.value for entry in entry_points(group=GROUP)}):
        joined.add_fallback(_read(language, package))
    return joined


@cache
def catalogue(language: Language, package: str = "rules") -> gettext.GNUTranslations:
    """Read one language's catalogue of a package; its message ids are keys such as `refused.blank`."""
    return _read(language, package)


def _read(language: Language, package: str) -> gettext.GNUTranslations:
    source = (files(package) / "locale" / f"{language}.po").read_bytes()
    compiled = io.BytesIO()
    write_mo(compiled, read_po(io.BytesIO(source), locale=language))
    compiled.seek(0)
    return gettext.GNUTranslations(compiled)


def text(key: str, language: Language = "zh", **values: object) -> str:
    """Word the message `key` in one language; a key without a message raises KeyError."""
    message = words(language).gettext(key)
    if message == key:
        raise KeyError(key)
    return message.format(**values)


def both(key: str, **values: object) -> str:
    """Word the message `key` in Chinese with the English in brackets behind it."""
    return f"{text(key, 'zh', **values)} ({text(key, 'en', **values)})"


def has(key: str) -> bool:
    """Tell whether the catalogues have a message of this key."""
    return words("zh").gettext(key) != key
