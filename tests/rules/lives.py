"""Whole lives of letters, made up at random: whatever may come, with a worker that is now and then away.

`Watched` asserts after every single step what must always hold.
"""

from datetime import date, datetime, timedelta
from typing import Any, NamedTuple

from hypothesis import strategies as st

from rules.counting.clock import local
from rules.dossier.letter import LetterState
from rules.dossier.state import Dossier, Outcome
from rules.errors import Refused
from rules.letters.cases import Proceeding
from rules.letters.events import Entry, Event
from rules.letters.letter import Letter
from rules.letters.registry import kinds
from tests.rules.builders import BOOK, Play, event, letter


class Happening(NamedTuple):
    """One thing that may happen: how long after the last, of which type, some days back, and dice for its fields."""

    after: timedelta
    back: int
    die: int
    other: int


Turn = Letter | Happening
"""What may come to a matter: a further letter, or something that happens."""


class Watched(Play):
    """A matter of which every step is checked."""

    def _took(self, outcome: Outcome) -> None:
        before = self.dossier
        super()._took(outcome)
        state, rungs = self.dossier, self.coming
        owed = [duty for duty in state.duties if duty.unfinished]
        # Something owed always has a wake to come; nothing owed has none.
        if owed:
            assert state.closed_at is None
            assert state.next_wake is not None
            assert state.next_wake > self.now
            assert BOOK.office.is_open(state.next_wake, self.calendar)
        else:
            assert (state.next_wake, rungs) == (None, [])
            assert state.closed_at is not None
        # No rung twice, none out of hours, none left behind in office hours.
        assert len({rung.key for rung in state.fired}) == len(state.fired)
        known = {rung.key for rung in before.fired}
        taken = [rung for rung in state.fired if rung.key not in known]
        open_now = BOOK.office.is_open(self.now, self.calendar)
        assert open_now or not taken
        assert not open_now or all(rung.at > self.now for rung in rungs)
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
        _nothing_vanishes(before, state)


def _nothing_vanishes(before: Dossier, after: Dossier) -> None:
    """An owed duty that is gone or has another date is on record with the date it had."""
    moved = {(move.duty, move.old_due) for move in after.moves}
    for duty in before.duties:
        now = after.duty(duty.id)
        if duty.unfinished and duty.due is not None and not duty.rolling and (now is None or now.due != duty.due):
            assert (duty.id, duty.due) in moved


def letters(kinds: list[str], first: date = date(2026, 1, 5), days: int = 320) -> st.SearchStrategy[Letter]:
    """Make up a letter of one of these kinds, come on some day at some hour, for one agency or two."""

    @st.composite
    def made(draw: st.DrawFn) -> Letter:
        kind = draw(st.sampled_from(kinds))
        on = first + timedelta(days=draw(st.integers(0, days)))
        hour, several = draw(st.integers(0, 23)), draw(st.booleans())
        names = ["forestry", "transport"] if several else ["forestry"]
        served = kind in ("response_notice", "judgment", "appeal_copy") or draw(st.booleans())
        agencies = [{"agency": name} | ({"received_on": on} if served else {}) for name in names]
        fields: dict[str, Any] = {"major": draw(st.booleans()), "duties_for": draw(st.sampled_from(["each", "lead"]))}
        if kind == "judgment":
            fields |= {
                "judged_on": on - timedelta(days=3),
                "outcomes": [draw(st.sampled_from(["revoked", "dismissed"]))],
            }
            fields |= {"last_service_on": draw(_near(on, -3, 0)), "effective_on": draw(_near(on, -3, 0))}
            fields |= {"document": draw(st.sampled_from(["judgment", "ruling", "mediation"]))}
        elif kind == "appearance_notice":
            fields |= {
                "hearing_at": f"{on + timedelta(days=draw(st.integers(0, 60)))}T09:30:00+08:00",
                "county_government": draw(st.booleans()),
            }
        elif kind == "mediation_letter":
            stage = draw(st.sampled_from(["pre", "trial", "post"]))
            fields |= {"stage": stage, "joint_result": draw(st.booleans())}
            fields |= {"window_start": draw(_near(on, -5, 5)), "window_end": draw(_near(on, 8, 60))}
            third = {"role": "third_party", "name": "钟某", "notified": draw(st.booleans())}
            parties = [{"role": "plaintiff", "name": "陈某"}, third, {"role": "defendant", "name": "县政府"}]
            fields |= {"parties": parties[: draw(st.integers(1, 3))]}
        given = {name: value for name, value in fields.items() if value is not None}
        return letter(kind, f"{on} {hour:02}:00", agencies, **given)

    return made()


def _near(day: date, first: int, last: int) -> st.SearchStrategy[date | None]:
    """Make up a day so many days from another, or leave it open."""
    return st.none() | st.integers(first, last).map(lambda days: day + timedelta(days=days))


def happenings(most: int, longest: int = 20) -> st.SearchStrategy[list[Happening]]:
    """Make up what happens to a letter, up to so many times, each within so many days of the last."""
    return st.lists(_happening(longest), max_size=most)


def _happening(longest: int) -> st.SearchStrategy[Happening]:
    return st.builds(
        Happening,
        after=st.integers(0, longest * 24 * 60).map(lambda minutes: timedelta(minutes=minutes)),
        back=st.integers(0, 6),
        die=st.integers(0, 10_000),
        other=st.integers(0, 10_000),
    )


def matters(kinds: list[str], most: int, longest: int = 15) -> st.SearchStrategy[list[Turn]]:
    """Make up what comes to a matter after its first letter: further letters, and what happens to it or to one."""
    further = letters(kinds, date(2026, 3, 2), 60)
    return st.lists(_happening(longest) | _happening(longest) | further, max_size=most)


def turn(play: Play, what: Turn) -> None:
    """Let a letter come to a matter, or something happen to one of its letters or to the case itself, if it can."""
    if isinstance(what, Letter):
        try:
            play.arrive(what)
        except Refused:
            return
    elif what.other % 4 == 0:
        _of_case(play, what)
    else:
        there = [each.letter_id for each in play.dossier.letters]
        play.letter_id = there[what.other % len(there)]
        happen(play, what)


def _of_case(play: Play, what: Happening) -> None:
    """Record something of the case itself, or undo something that was; a case is told of by letters as well."""
    moment = play.now + what.after
    on = local(moment).date() - timedelta(days=what.back)
    known = [entry for entry in play.dossier.entries if not entry.letter]
    proceeding = list(Proceeding)[what.die % len(Proceeding)]
    outcomes = [["revoked", "dismissed"][what.die % 2]]
    said: list[Event] = [
        event("case_opened", str(on), title="征收补偿", agencies=["forestry"]),
        event("proceeding_begun", str(on), proceeding=proceeding, body="武平县人民法院"),
        event("proceeding_concluded", str(on), proceeding=proceeding, outcomes=outcomes),
        event("hearing_held", str(on), proceeding=proceeding, agency="forestry", appeared="head"),
        event("followed_up", str(on), found="已去电询问"),
        event("case_closed", str(on), reason="已履行"),
    ]
    if known:
        target = known[what.die % len(known)].id
        said += [event("void", str(on), target=target)] * 2
    which = said[what.die % len(said)]
    play.take(Entry(id=f"c{len(play.dossier.entries)}", letter="", event=which, at=moment, by="wang"))


def happen(play: Play, happening: Happening, *, awake: bool = True) -> bool:
    """Let something happen to a letter, if it can; tell whether it was let in."""
    moment = play.now + happening.after
    on = local(moment).date() - timedelta(days=happening.back)
    possible = sorted(kinds()[play.state.letter.kind].happenings)
    type_ = possible[happening.die % len(possible)]
    if type_ == "consent" and happening.other % 2:
        return _extend(play, moment, on, happening.other)
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


def _extend(play: Play, moment: datetime, on: date, die: int) -> bool:
    """Let everything come that an extension needs, in some order, but now and then for one thing."""
    if play.state.window is None:
        return False
    number = len([each for each in play.state.window.extensions if each.complete]) + 1
    length: dict[str, Any] = [{"months": 1 + die % 3}, {"days": 1 + die % 60}][die // 2 % 2]
    steps: list[tuple[str, dict[str, Any]]] = [("consent", {"party": each}) for each in play.state.window.parties]
    steps += [("extension", {"copied_on": on, "arrived_on": on} | length)]
    steps += [("extension_approved", {})] if number > 1 else []
    turned = [*steps[die % len(steps) :], *steps[: die % len(steps)]]
    for type_, fields in turned if die % 3 else turned[1:]:
        try:
            play.add(event(type_, on.isoformat(), round=number, **fields), moment)
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
        case "answered":
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
            fields = _extending(state, type_, on, die)
            return fields if fields is None or type_ != "copied" else own | fields
        case "result":
            return own | {"copied_on": [None, on][die % 2]}
        case "stage_change":
            return {"stage": ["trial", "post"][die % 2]}
        case "superseded":
            return {"letter": "wuping/mediation_letter/2026-017/2"}
        case "excuse":
            return {"duty": state.duties[die % len(state.duties)].key} if state.duties else None
        case "void":
            return {"target": "letter" if die % 25 == 0 else ids[die % len(ids)]} if ids else None
        case "correction":
            if die % 3 == 0:
                return {"target": "letter"} | _corrected(state, on, die)
            moved = {"field": "on", "value": str(on - timedelta(days=die % 5))}
            return moved | {"target": ids[die % len(ids)]} if ids else None
    return {}


def _corrected(state: LetterState, on: date, die: int) -> dict[str, str]:
    """Throw dice for a field of the letter that was typed wrongly; one that its kind does not have is refused."""
    received = local(state.current_letter.received_at).date() - timedelta(days=die % 4)
    fields = [
        ("received_at", f"{received}T{die % 24:02}:00:00+08:00"),
        (f"agencies.{state.letter.agency_ids[0]}.received_on", str(on - timedelta(days=die % 6))),
        ("duties_for", ["each", "lead"][die % 2]),
        ("joint_result", ["true", "false"][die % 2]),
        ("window_end", str(on + timedelta(days=die % 40))),
        ("last_service_on", str(on - timedelta(days=die % 5))),
        ("hearing_at", f"{on + timedelta(days=die % 40)}T09:00:00+08:00"),
        ("stage", ["pre", "trial", "post"][die % 3]),
    ]
    name, value = fields[die // 3 % len(fields)]
    return {"field": name, "value": value}


def _extending(state: LetterState, type_: str, on: date, die: int) -> dict[str, Any] | None:
    if state.window is None:
        return None
    following = len([each for each in state.window.extensions if each.complete]) + 1
    match type_:
        case "consent":
            return {"party": state.window.parties[die % len(state.window.parties)], "round": following}
        case "extension":
            return {"months": 1, "copied_on": [None, on][die % 2], "round": following}
        case "copied":
            return {"of": ["extension", "result"][die % 2], "round": following}
    return {"round": max(2, following)}
