"""What goes into and comes out of activities: one model each, recorded in histories, so fields are only added."""

from pydantic import AwareDatetime

from rules.dossier.change import Change
from rules.dossier.state import Arrival, Dossier
from rules.letters.events import Entry
from rules.values import Frozen, Late


class Act(Late):
    """A letter that somebody registers or an event that somebody records; `origin` says from where they do so."""

    happening: Arrival | Entry
    origin: str


class SettleInput(Late):
    """One step to take and write down: from nothing, through an act, or through the passing of time."""

    dossier: str
    state: Dossier | None
    act: Act | None
    now: AwareDatetime
    by: str = "system"


class Settlement(Late):
    """What a step changed, and the notices that are to go out by themselves, not before `send_at`.

    Where the docket was there already and knows more, as after a letter was moved, `state` is the whole of it.
    """

    change: Change | None = None
    state: Dossier | None = None
    deliveries: tuple[str, ...]
    send_at: AwareDatetime


class TransferInput(Frozen):
    """A letter to move from one dossier to another, or, without one, a dossier to join to another."""

    source: str
    target: str
    letter: str | None
    reason: str
    now: AwareDatetime
    by: str
    origin: str


class Transferred(Frozen):
    """Which of both dossiers is to be watched, and the notices that are to go out by themselves, not before `send_at`.

    What the dossiers hold is read from the docket by whoever watches them: two of them may be too large for an answer.
    """

    owing: tuple[str, ...]
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
    """How many open matters an audit looked at, and how much it found."""

    matters: int
    findings: int
