"""Whole lives of letters, made up at random: whatever may come, with a worker that is now and then away.

`Watched` asserts after every single step what must always hold.
"""

from datetime import date, timedelta
from typing import Any, NamedTuple

from hypothesis import strategies as st

from rules.counting.clock import local
from rules.errors import Refused
from rules.letters.events import EVENTS_OF_KIND
from rules.letters.letter import Letter
from rules.state import LetterState, Outcome
from tests.rules.builders import BOOK, Play, event, letter


class Happening(NamedTuple):
    """One thing that may happen: how long after the last, of which type, some days back, and dice for its fields."""

    after: timedelta
    back: int
    die: int
    other: int


class Watched(Play):
    """A letter of which every step is checked."""

    def _took(self, outcome: Outcome) -> LetterState:
        before = getattr(self, "state", None)
        state = super()._took(outcome)
        owed = [duty for duty in state.duties if duty.unfinished]
        # Something owed always has a wake to come; nothing owed has none.
        if owed:
            assert state.closed_at is None
            assert state.next_wake is not None
            assert state.next_wake > self.now
            assert BOOK.office.is_open(state.next_wake, self.calendar)
        else:
            assert (state.next_wake, state.rungs) == (None, ())
            assert state.closed_at is not None
        # No rung twice, none out of hours, none left behind in office hours.
        assert len({rung.key for rung in state.fired}) == len(state.fired)
        known = {rung.key for rung in before.fired} if before else set()
        taken = [rung for rung in state.fired if rung.key not in known]
        open_now = BOOK.office.is_open(self.now, self.calendar)
        assert open_now or not taken
        assert not open_now or all(rung.at > self.now for rung in state.rungs)
        assert all(rung.scheduled <= rung.fired_at for rung in taken)
        # One notice an address, in office hours, and drafts for leaders only.
        addresses = [(notice.to, notice.draft) for notice in outcome.notices]
        assert len(addresses) == len(set(addresses))
        for notice in outcome.notices:
            assert BOOK.office.is_open(notice.send_at, self.calendar)
            assert notice.draft == notice.to.startswith("leader:")
            assert notice.items
        # However long the outage, one repeat a duty.
        repeats = [(rung.duty, rung.to) for rung in taken if rung.code.startswith(("repeat", "waiting"))]
        assert len(repeats) == len(set(repeats))
        if before:
            _nothing_vanishes(before, state)
        return state


def _nothing_vanishes(before: LetterState, after: LetterState) -> None:
    """An owed duty that is gone or has another date is on record with the date it had."""
    moved = {(move.duty, move.old_due) for move in after.moves}
    for duty in before.duties:
        now = after.duty(duty.key)
        if duty.unfinished and duty.due is not None and (now is None or now.due != duty.due):
            assert (duty.key, duty.due) in moved


def letters(kinds: list[str], first: date = date(2026, 1, 5), days: int = 320) -> st.SearchStrategy[Letter]:
    """Make up a letter of one of these kinds, come on some day at some hour, for one agency or two."""

    @st.composite
    def made(draw: st.DrawFn) -> Letter:
        kind = draw(st.sampled_from(kinds))
        on = first + timedelta(days=draw(st.integers(0, days)))
        hour, several = draw(st.integers(0, 23)), draw(st.booleans())
        names = ["forestry", "transport"] if several else ["forestry"]
        served = kind in ("response_notice", "judgment") or draw(st.booleans())
        agencies = [{"agency": name} | ({"received_on": on} if served else {}) for name in names]
        fields: dict[str, Any] = {"major": draw(st.booleans())}
        if kind == "judgment":
            fields |= {"judged_on": on, "outcomes": [draw(st.sampled_from(["revoked", "dismissed"]))]}
        elif kind == "appearance_notice":
            fields |= {
                "hearing_at": f"{on + timedelta(days=draw(st.integers(0, 60)))}T09:30:00+08:00",
                "county_government": draw(st.booleans()),
            }
        elif kind == "mediation_letter":
            stage = draw(st.sampled_from(["pre", "trial", "post"]))
            fields |= {"stage": stage, "joint_result": draw(st.booleans())}
        return letter(kind, f"{on} {hour:02}:00", agencies, **fields)

    return made()


def happenings(most: int, longest: int = 20) -> st.SearchStrategy[list[Happening]]:
    """Make up what happens to a letter, up to so many times, each within so many days of the last."""
    one = st.builds(
        Happening,
        after=st.integers(0, longest * 24 * 60).map(lambda minutes: timedelta(minutes=minutes)),
        back=st.integers(0, 6),
        die=st.integers(0, 10_000),
        other=st.integers(0, 10_000),
    )
    return st.lists(one, max_size=most)


def happen(play: Play, happening: Happening, *, awake: bool = True) -> bool:
    """Let something happen to a letter, if it can; tell whether it was let in."""
    moment = play.now + happening.after
    on = local(moment).date() - timedelta(days=happening.back)
    kinds = sorted(EVENTS_OF_KIND[play.state.letter.kind])
    type_ = kinds[happening.die % len(kinds)]
    fields = _fields(play.state, type_, on, happening.other)
    if fields is None:
        return False
    if not awake:
        play.now = moment
    try:
        play.add(event(type_, on.isoformat(), **fields), moment, awake=awake)
    except Refused:
        play.wake(moment)
        return False
    return True


def _fields(state: LetterState, type_: str, on: date, die: int) -> dict[str, Any] | None:
    """Throw dice for the fields of an event; None where there is nothing that it could be about."""
    agency = [None, *state.letter.agency_ids][die % (len(state.letter.agency_ids) + 1)]
    later, ids = on + timedelta(days=1 + die % 30), [entry.id for entry in state.entries]
    own = {} if agency is None else {"agency": agency}
    match type_:
        case "told" | "reported" | "feedback" | "filing" | "loss_report" | "review" | "self_correction" | "appearance":
            return own
        case "progress":
            return own | {"slot": [None, None, 1, 2, 5][die % 5]}
        case "substitute":
            return own | {"consent_on": [None, on][die % 2], "told_on": [None, on][die % 3 % 2]}
        case "heard":
            return own | {"appeared": ["head", "deputy", "nobody", "county_leader"][die % 4]}
        case "returned":
            paper = "feedback" if state.letter.kind == "oral_notice" else ["loss_report", "filing"][die % 2]
            return own | {"of": paper, "rework_by": later}
        case "forwarded":
            return {"to": "court" if state.letter.kind == "oral_notice" else "county_government"}
        case "consent" | "extension" | "extension_approved" | "copied":
            return own | _extending(state, type_, on, die) if type_ == "copied" else _extending(state, type_, on, die)
        case "result":
            return own | {"copied_on": [None, on][die % 2]}
        case "stage_change":
            return {"stage": ["trial", "post"][die % 2]}
        case "other_letter":
            return {"letter": f"wuping/mediation_letter/2026-017/{die % 2}", "expiry": later}
        case "superseded":
            return {"letter": "wuping/mediation_letter/2026-017/2"}
        case "excuse":
            return {"duty": state.duties[die % len(state.duties)].key}
        case "void":
            return {"target": "letter" if die % 25 == 0 else ids[die % len(ids)]} if ids else None
        case "correction":
            fields = {"field": "on", "value": str(on - timedelta(days=die % 5))}
            return fields | {"target": ids[die % len(ids)]} if ids else None
    return {}


def _extending(state: LetterState, type_: str, on: date, die: int) -> dict[str, Any]:
    assert state.window is not None
    following = len([each for each in state.window.extensions if each.complete]) + 1
    match type_:
        case "consent":
            return {"party": state.window.parties[die % len(state.window.parties)], "round": following}
        case "extension":
            return {"months": 1, "copied_on": [None, on][die % 2], "round": following}
        case "copied":
            return {"of": ["extension", "result"][die % 2], "round": following}
    return {"round": max(2, following)}
