"""The search attributes of a letter's workflow: few, typed, nothing personal. They are for operators only."""

from typing import Any

from temporalio.common import SearchAttributeKey, SearchAttributeUpdate

from rules.dossier.state import LetterState

KIND = SearchAttributeKey.for_keyword("QixianKind")
MATTER = SearchAttributeKey.for_keyword("QixianMatter")
AGENCIES = SearchAttributeKey.for_keyword_list("QixianAgencies")
OPEN_DUTIES = SearchAttributeKey.for_int("QixianOpenDuties")
NEXT_DUE = SearchAttributeKey.for_datetime("QixianNextDue")

ALL = (KIND, MATTER, AGENCIES, OPEN_DUTIES, NEXT_DUE)


def updates(state: LetterState) -> list[SearchAttributeUpdate[Any]]:
    """Say what a letter's search attributes are now."""
    unfinished = [duty for duty in state.duties if duty.unfinished]
    next_due = min((duty.due_at for duty in unfinished if duty.due_at is not None), default=None)
    return [
        KIND.value_set(state.current_letter.kind),
        MATTER.value_set(state.current_letter.matter),
        AGENCIES.value_set([each.agency for each in state.current_letter.agencies]),
        OPEN_DUTIES.value_set(len(unfinished)),
        NEXT_DUE.value_unset() if next_due is None else NEXT_DUE.value_set(next_due),
    ]
