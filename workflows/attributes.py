"""The search attributes of a dossier's workflow: few, typed, nothing personal. They are for operators only."""

from collections.abc import Iterable
from typing import Any

from temporalio.common import SearchAttributeKey, SearchAttributePair, SearchAttributeUpdate, TypedSearchAttributes

from rules.dossier.letter import letters_of
from rules.dossier.state import Arrival, Dossier, Happening
from rules.letters.letter import Letter

KIND = SearchAttributeKey.for_keyword("QixianKind")
MATTER = SearchAttributeKey.for_keyword("QixianMatter")
AGENCIES = SearchAttributeKey.for_keyword_list("QixianAgencies")

ALL = (KIND, MATTER, AGENCIES)


def from_the_start(
    dossier: str, known: Dossier | None = None, happening: Happening | None = None
) -> TypedSearchAttributes:
    """Return what a dossier's workflow is found by from its start.

    That is what it watches, the matter's name, and the agencies of the letters that are known by then.
    """
    _, kind, name = dossier.split("/", 2)
    letters = [each.current_letter for each in letters_of(known)] if known else []
    if isinstance(happening, Arrival):
        letters.append(happening.letter)
    pairs: list[SearchAttributePair[Any]] = [SearchAttributePair(KIND, kind), SearchAttributePair(MATTER, name)]
    if agencies := _agencies(letters):
        pairs.append(SearchAttributePair(AGENCIES, agencies))
    return TypedSearchAttributes(pairs)


def updates(shown: TypedSearchAttributes, state: Dossier) -> list[SearchAttributeUpdate[Any]]:
    """Return what a workflow that shows this must change to be found by its state; each time is one of its events."""
    agencies = _agencies(each.current_letter for each in letters_of(state))
    return [] if list(shown.get(AGENCIES, ())) == agencies else [AGENCIES.value_set(agencies)]


def _agencies(letters: Iterable[Letter]) -> list[str]:
    return sorted({each.agency for letter in letters for each in letter.agencies})
