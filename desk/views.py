"""A letter or a matter as it stands, with the rungs that its ladders are still to take."""

from datetime import datetime
from typing import Any

from sqlmodel import Session

from docket.library import books_of, current_calendar
from rules.dossier.core import ladder
from rules.dossier.letter import LetterState
from rules.dossier.matter import matter_view
from rules.dossier.state import Dossier
from rules.dossier.view import letter_view
from rules.duties.ladder import Rung


def viewed(session: Session, state: LetterState, now: datetime) -> dict[str, Any]:
    """Return a letter's view at an instant."""
    return letter_view(state, now, _coming(session, state.dossier, now))


def matter_viewed(session: Session, state: Dossier, now: datetime) -> dict[str, Any]:
    """Return a matter's view at an instant."""
    return matter_view(state, now, _coming(session, state, now))


def _coming(session: Session, state: Dossier, now: datetime) -> list[Rung]:
    return ladder(state, now, books_of(session, state), current_calendar(session))
