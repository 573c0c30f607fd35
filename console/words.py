"""The console's words, from its own catalogue and the one of the rules; Chinese first, English by a switch."""

from collections.abc import Callable, Mapping
from typing import Any

from desk.wording import described
from rules.errors import Refused
from rules.texts import Language, Words

_WORDS = Words("console")
said, known = _WORDS.text, _WORDS.own
_OF_FIELD = {("email", "pattern"): "bad_address"}
"""Fields of which a reason is better worded by another message."""


def label(field: str, description: str | None, language: Language) -> str:
    """Name a field: by a label of the console's own where what the command line says of it would not do for a form."""
    own = f"label.{field}"
    return said(own, language) if known(own) else described(description or field, language)


def speaker(language: Language) -> Callable[..., str]:
    """Return `said` in one language, for templates."""

    def t(key: str, **values: Any) -> str:
        return said(key, language, **values)

    return t


def refusal(refused: Refused, language: Language, names: Mapping[str, str] | None = None) -> str:
    """Word a refusal in one language, as on a page: what commands say of options and files is said of inputs."""
    values = {name: (names or {}).get(str(value), value) for name, value in refused.values.items()}
    if "status" in values:
        values["status"] = said(f"status.{values['status']}", language)
    return said(f"refused.{_OF_FIELD.get((refused.field, refused.key), refused.key)}", language, **values)
