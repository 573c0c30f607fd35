"""What a step asks of Temporal: history events and bytes, state transitions, and actions as Temporal counts them.

The numbers follow from the commands of workflows/dossier.py and workflows/delivery.py; histories.py compares them with
real histories. Actions are those of docs.temporal.io/cloud/actions: a start, an update, the markers of one workflow
task, an upsert of search attributes, a timer, an activity; a child is two actions and its start a third. A schedule's
run is two and a start.
"""

from collections.abc import Iterable
from typing import NamedTuple

from bench.scale.lives import RECORDED, REGISTERED, WOKEN, Step

_EVENTS = {REGISTERED: 3, RECORDED: 2, WOKEN: 1}
"""Beside a workflow task and a marker: a start and an update's two, an update's two, a timer's firing."""

_ACTIONS = {REGISTERED: 2, RECORDED: 1, WOKEN: 0}
_TRANSITIONS = {REGISTERED: 3, RECORDED: 1, WOKEN: 3}
"""An update of a matter that its worker has in memory is one transaction of Temporal; a start or a timer three."""


class Cost(NamedTuple):
    """What steps ask; `mail_…` is what the workflows that send e-mails add, and what a matter's hears of them.

    `payload` is the bytes of changes and of what was typed in the history; each event adds some more around it.
    """

    steps: int = 0
    registered: int = 0
    recorded: int = 0
    woken: int = 0
    timers: int = 0
    cancelled: int = 0
    notices: int = 0
    mails: int = 0
    children: int = 0
    payload: int = 0
    events: int = 0
    mail_events: int = 0
    actions: int = 0
    mail_actions: int = 0
    transitions: int = 0
    mail_transitions: int = 0

    @property
    def all_events(self) -> int:
        """Count the history events, those of e-mails included."""
        return self.events + self.mail_events

    @property
    def all_actions(self) -> int:
        """Count the actions, those of e-mails included."""
        return self.actions + self.mail_actions

    @property
    def all_transitions(self) -> int:
        """Count the state transitions, those of e-mails included."""
        return self.transitions + self.mail_transitions

    def history_bytes(self, event_bytes: float) -> float:
        """Estimate the bytes of history, with so many around each event."""
        return self.payload + event_bytes * self.all_events


def cost(step: Step) -> Cost:
    """Say what one step asks of Temporal."""
    ends = step.state.closed_at is not None
    child = step.mails > 0
    # The matter's workflow hears that its child has started and, unless it has ended itself, that it is done.
    heard_events, heard_transitions = (5, 3) if ends else (9, 6)
    return Cost(
        steps=1,
        registered=step.why == REGISTERED,
        recorded=step.why == RECORDED,
        woken=step.why == WOKEN,
        timers=step.timer,
        cancelled=step.cancelled,
        notices=step.rows,
        mails=step.mails,
        children=child,
        payload=step.change_bytes + step.typed_bytes,
        events=4 + _EVENTS[step.why] + step.shown + step.timer + step.cancelled + ends,
        mail_events=child * (heard_events + 9 + 4 * step.mails),
        actions=1 + _ACTIONS[step.why] + step.shown + step.timer,
        mail_actions=child * (4 + step.mails),
        transitions=_TRANSITIONS[step.why],
        mail_transitions=child * (heard_transitions + 5 + 2 * step.mails),
    )


class House(NamedTuple):
    """What a workflow that belongs to no matter asks of Temporal."""

    events: int
    actions: int
    transitions: int


DIGESTS_MADE = AUDITED = House(events=11, actions=4, transitions=7)
"""One run of a schedule of a county: two actions of the schedule, a start, one activity."""

A_DIGEST_BEGUN = House(events=5, actions=2, transitions=3)
"""What the workflow that makes digests does for each: it starts a child, and hears that it runs."""

A_DIGEST_SENT = House(events=18, actions=4, transitions=10)
"""The workflow that waits for one person's minute, and sends."""


def total(costs: Iterable[Cost]) -> Cost:
    """Add up what many steps ask."""
    return Cost(*map(sum, zip(*costs, strict=True)))
