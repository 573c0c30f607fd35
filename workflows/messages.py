"""What starts a workflow and what it is asked; one model each, recorded in histories, so fields are only added."""

from datetime import timedelta

from pydantic import AwareDatetime

from activities.messages import Registration
from rules.dossier.state import LetterState
from rules.values import Frozen


class LetterStart(Frozen):
    """A letter to watch. `state` carries an open letter on, or takes one up again from the docket.

    `clock_shift` moves the letter's clock against the server's, for the demo and for tests.
    """

    registration: Registration
    state: LetterState | None = None
    clock_shift: timedelta = timedelta()


class Replan(Frozen):
    """A calendar was loaded: count again with the one of this version."""

    calendar: str
    by: str


class DigestStart(Frozen):
    """A day's digests to make; `clock_shift` moves the clock against the server's, for the demo and for tests."""

    clock_shift: timedelta = timedelta()


class AuditStart(Frozen):
    """An audit to run; `clock_shift` moves the clock against the server's, for tests."""

    clock_shift: timedelta = timedelta()


class DeliveryStart(Frozen):
    """Notices to send outside, not before an instant of the letter's own time."""

    notices: tuple[str, ...]
    send_at: AwareDatetime
    clock_shift: timedelta = timedelta()
