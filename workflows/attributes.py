"""The search attributes of a dossier's workflow: few, typed, nothing personal. They are for operators only."""

from typing import Any

from temporalio.common import SearchAttributeKey, SearchAttributePair, SearchAttributeUpdate, TypedSearchAttributes

from rules.dossier.letter import letters_of
from rules.dossier.state import Dossier

KIND = SearchAttributeKey.for_keyword("QixianKind")
MATTER = SearchAttributeKey.for_keyword("QixianMatter")
AGENCIES = SearchAttributeKey.for_keyword_list("QixianAgencies")
NEXT_DUE = SearchAttributeKey.for_datetime("QixianNextDue")

ALL = (KIND, MATTER, AGENCIES, NEXT_DUE)


def from_the_start(dossier: str) -> TypedSearchAttributes:
    """Return what a dossier's workflow is found by from its start: what it watches, and the matter's name."""
    _, kind, name = dossier.split("/", 2)
    return TypedSearchAttributes([SearchAttributePair(KIND, kind), SearchAttributePair(MATTER, name)])


def updates(before: Dossier | None, state: Dossier) -> list[SearchAttributeUpdate[Any]]:
    """Return the search attributes that a step has changed; each change is one event of the history, however many."""
    found: list[SearchAttributeUpdate[Any]] = []
    if before is None or _agencies(before) != _agencies(state):
        found.append(AGENCIES.value_set(_agencies(state)))
    due = _next_due(state)
    if before is None or _next_due(before) != due:
        found.append(NEXT_DUE.value_unset() if due is None else NEXT_DUE.value_set(due))
    return found


def _agencies(state: Dossier) -> list[str]:
    return sorted({each.agency for letter in letters_of(state) for each in letter.current_letter.agencies})


def _next_due(state: Dossier) -> Any:
    owed = (duty.due_at for duty in state.duties if duty.unfinished and duty.due_at is not None)
    return min(owed, default=None)
