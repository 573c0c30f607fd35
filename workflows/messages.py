"""What starts a workflow and what it is asked; one model each, recorded in histories, so fields are only added."""

from datetime import timedelta

from pydantic import AwareDatetime

from rules.dossier.state import Dossier
from rules.values import Frozen, Late


class DossierStart(Late):
    """A dossier to watch. `state` carries an open one on, or takes one up again from the docket.

    `clock_shift` moves the dossier's clock against the server's, for the demo and for tests.
    """

    dossier: str
    state: Dossier | None = None
    clock_shift: timedelta = timedelta()


class Taken(Frozen):
    """What a dossier answers: the version by which the docket has what was asked."""

    version: int


class Replan(Frozen):
    """A calendar was loaded: count again with the one of this version."""

    calendar: str
    by: str


class TransferStart(Frozen):
    """A letter to move from one dossier to another, or, without one, a dossier to join to another."""

    source: str
    target: str
    letter: str | None
    reason: str
    by: str
    origin: str
    clock_shift: timedelta = timedelta()


class DigestStart(Frozen):
    """A day's digests to make; `clock_shift` moves the clock against the server's, for the demo and for tests."""

    clock_shift: timedelta = timedelta()


class AuditStart(Frozen):
    """An audit to run; `clock_shift` moves the clock against the server's, for tests."""

    clock_shift: timedelta = timedelta()


class DeliveryStart(Frozen):
    """Notices to send outside, not before an instant of the matter's own time."""

    notices: tuple[str, ...]
    send_at: AwareDatetime
    clock_shift: timedelta = timedelta()
