"""规则库: the rulebook in force, clause by clause, with its readings; for everybody who is signed in."""

from collections.abc import Iterator
from typing import Any, NamedTuple

from fastapi import APIRouter
from starlette.responses import Response

from console.pages import page
from console.visit import SignedIn
from console.words import known, said
from docket.engine import reading
from docket.library import rulebook_in_force
from rules.books.readings import Readings
from rules.texts import Language

router = APIRouter()
_CHOICES = {"filing.types": "document", "stats.loss_documents": "document", "stats.loss_outcomes": "outcomes"}
"""Readings that list values which letters have words for."""


class Reading(NamedTuple):
    """One reading: its key, its value in words, and whether it is the recommended one."""

    key: str
    words: str
    usual: bool


@router.get("/rulebook")
def show(visit: SignedIn) -> Response:
    """Show the rulebook in force, clause by clause, with its readings."""
    with reading(visit.office.engine) as session:
        book = rulebook_in_force(session)
    usual = dict(_values(Readings()))
    readings = [
        Reading(key, _worded(key, value, visit.language), value == usual[key]) for key, value in _values(book.readings)
    ]
    return page(visit, "rulebook.html", book=book, readings=readings)


def _values(readings: Readings) -> Iterator[tuple[str, Any]]:
    """List the readings by their keys, as `window.anchor`."""
    for section, value in readings:
        if isinstance(value, str):
            yield section, value
        else:
            yield from ((f"{section}.{key}", each) for key, each in value)


def _worded(key: str, value: Any, language: Language) -> str:
    if isinstance(value, tuple):
        words = [said(f"choice.{_CHOICES[key]}.{each}", language) for each in value]
        return ("、" if language == "zh" else ", ").join(words)
    own = f"reading.{key}.{str(value).lower()}"
    return said(own, language) if known(own) else str(value)
