"""查找: what people type, word by word in any order, found among the words of letters and matters and by agency."""

from typing import Any

from sqlalchemy import ColumnElement, or_
from sqlmodel import col, select

from docket.tables import AgencyRow
from rules.letters.fields import one_spelling
from rules.letters.letter import compact, searchable

MOST_WORDS = 8
"""Words of one search; whoever types more pastes a sentence."""


def words_of(search: str) -> list[str]:
    """Return the words that are searched for, each of which must be found."""
    return search.split()[:MOST_WORDS]


def holds(words: Any, word: str) -> ColumnElement[bool]:
    """Say in SQL that some words hold another one, in whatever spelling, with or without its signs."""
    spellings = {searchable(word), searchable(one_spelling(word))} | ({compact(word)} - {""})
    return or_(*(words.contains(spelling, autoescape=True) for spelling in spellings))


def agencies_named(word: str) -> Any:
    """Say in SQL which agencies have a word in their name or as their id."""
    meant = searchable(word)
    named = or_(
        col(AgencyRow.name).contains(word, autoescape=True),
        col(AgencyRow.name_en).icontains(word, autoescape=True),
        col(AgencyRow.id) == meant,
    )
    return select(AgencyRow.id).where(named)
