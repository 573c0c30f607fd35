"""What was typed into a form that could not be taken, in words and without asking the docket, which may be away."""

import re
from collections.abc import Callable, Iterable, Mapping

from pydantic import BaseModel

from console.fields import TIME, fields, inputs
from console.words import said
from rules.letters.registry import event_models, letter_models
from rules.texts import Language

_FORMS: tuple[tuple[re.Pattern[str], Callable[[], Mapping[str, type[BaseModel]]]], ...] = (
    (re.compile(r"/register/(\w+)"), letter_models),
    (re.compile(r"/letters/[^/]+/record/(\w+)"), event_models),
)


def kept(path: str, typed: Iterable[tuple[str, str]], language: Language) -> list[tuple[str, str]]:
    """Name what was typed as the form names it; a form that is not known keeps the names of its inputs."""
    asked = fields(_model(path), {"type", "kind"}, language)
    known = {name: (words, dict(field.options)) for name, words, field in inputs(asked)}
    found = []
    for name, value in typed:
        words, choices = known.get(name.removesuffix(TIME), (name, {}))
        shown = choices.get(value, said("value.yes", language) if value == "yes" and name in known else value)
        found.append((words, shown))
    return found


def _model(path: str) -> type[BaseModel]:
    for pattern, models in _FORMS:
        match = pattern.match(path)
        if match and match[1] in models():
            return models()[match[1]]
    return BaseModel
