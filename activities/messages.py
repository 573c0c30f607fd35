"""What goes into and comes out of activities: one model each, recorded in histories, so fields are only added."""

from pydantic import AwareDatetime

from rules.letters.events import Entry
from rules.letters.fields import Frozen
from rules.letters.letter import Letter
from rules.state import LetterState, Outcome


class Registration(Frozen):
    """A letter as it was let in: what, when, by whom and under which rulebook."""

    letter_id: str
    letter: Letter
    rulebook: str
    registered_by: str


class PlanInput(Frozen):
    """One step to work out: from nothing, through an event, or through the passing of time."""

    registration: Registration
    state: LetterState | None
    entry: Entry | None
    now: AwareDatetime
    by: str = "system"


class SettleInput(Frozen):
    """One step to write down; `step` is the event's id, or names the wake-up."""

    outcome: Outcome
    step: str
    now: AwareDatetime


class Settlement(Frozen):
    """What the docket holds: `state` only where it differs from what was to be written, and e-mails to send."""

    state: LetterState | None
    deliveries: tuple[str, ...]


class DeliverInput(Frozen):
    """One notice to send through the channels outside; `now` is the letter's own time."""

    notice_key: str
    now: AwareDatetime
