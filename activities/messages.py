"""What goes into and comes out of activities: one model each, recorded in histories, so fields are only added."""

from pydantic import AwareDatetime

from rules.dossier.state import LetterState
from rules.letters.events import Entry
from rules.letters.registry import AnyLetter
from rules.values import Frozen


class Registration(Frozen):
    """A letter as it was let in: what, when, by whom and under which rulebook."""

    letter_id: str
    letter: AnyLetter
    rulebook: str
    registered_by: str


class SettleInput(Frozen):
    """One step to take and write down: from nothing, through an event, or through the passing of time."""

    registration: Registration
    state: LetterState | None
    entry: Entry | None
    now: AwareDatetime
    by: str = "system"


class Settlement(Frozen):
    """What the docket holds after a step, and the notices that are to go out by themselves, not before `send_at`."""

    state: LetterState
    deliveries: tuple[str, ...]
    send_at: AwareDatetime


class DeliverInput(Frozen):
    """One notice to send through the channels outside; `now` is the letter's own time."""

    notice_key: str
    now: AwareDatetime


class Attempted(Frozen):
    """When a notice is to be tried again, or None once every channel has taken it or was given up."""

    next_at: AwareDatetime | None


class DigestInput(Frozen):
    """The digests of a moment's day to make."""

    now: AwareDatetime


class DigestToSend(Frozen):
    """One person's digest, and when it is to go out."""

    key: str
    send_at: AwareDatetime


class Digests(Frozen):
    """The digests of a day that are still to go out."""

    digests: tuple[DigestToSend, ...]


class AuditInput(Frozen):
    """An audit to run as of an instant."""

    now: AwareDatetime


class Audited(Frozen):
    """How many open letters an audit looked at, and how much it found."""

    letters: int
    findings: int
