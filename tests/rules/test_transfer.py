"""移转、并案: a letter registered in the wrong matter is moved, two matters found to be one are joined."""

from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rules.accept.entries import case_entry
from rules.accept.transfers import check_join, check_move
from rules.dossier.letter import letters_of
from rules.dossier.state import Dossier
from rules.dossier.transfer import Transfer, joined, moved
from rules.duties.duty import Duty
from rules.errors import Refused
from rules.letters.letter import Letter, letter_id
from tests.rules.builders import CALENDAR, TWO, Play, at, beside, day, entrusted, letter
from tests.rules.builders import event as event_of
from tests.rules.lives import Happening, happen, happenings, letters
from tests.rules.test_calendar_change import SHORT, calendar
from tests.rules.test_properties import KINDS, slow

REASON = "登记时案件编号有误"


def other(first: Letter | None = None) -> Play:
    """Play another matter, of which an oral notice came on 10 March or which has another first letter."""
    play = Play((first or letter("oral_notice", "0310")).model_copy(update={"matter": "2026-018"}))
    # Events of two matters never have one name, as a door names them by where they were recorded.
    play.recorded = 100
    return play


def move(source: Play, target: Dossier, letter: str, when: str = "") -> Transfer:
    """Move a letter at an instant of the source's matter, which is checked at the door."""
    check_move(source.dossier, target, letter)
    now = at(when) if when else source.now
    return moved(source.dossier, target, letter, REASON, now, "wang", source.books, CALENDAR)


def owed(state: Dossier) -> tuple[Duty, ...]:
    """List what is owed to the letters of a matter."""
    return tuple(duty for duty in state.duties if duty.letter)


def spoken_of(transfer: Transfer) -> set[tuple[str, str]]:
    """List whom a transfer tells something, and of which duty."""
    return {(each.to, item.id) for told in transfer for each in told.notices for item in each.items}


def test_a_letter_goes_with_what_was_recorded_and_told_of_it_and_both_matters_keep_a_trace() -> None:
    play, target = entrusted(), other()
    play.record("told", "0311")
    play.wait("0319 12:00")
    target.wait("0319 12:00")
    before, letter = play.state, play.letter_id
    source, there = move(play, target.dossier, letter)
    assert letters_of(source.state) == []
    assert source.state.moved == {letter: target.dossier.id}
    assert source.notices == there.notices == ()
    taken = next(each for each in letters_of(there.state) if each.letter_id == letter)
    assert (taken.duties, taken.own, taken.fired) == (before.duties, before.own, before.fired)
    assert taken.current_letter.matter == "2026-018"
    traces = [(entry.event.type, entry.by) for state in (source.state, there.state) for entry in state.entries[-1:]]
    assert traces == [("letter_moved", "wang")] * 2


def test_the_date_that_the_new_company_changes_is_told_with_its_reason() -> None:
    play, target = entrusted(), other()
    elsewhere = beside(play, "0325", "0427")
    # Both windows are the matter's own: the latest governs (A24), until the second letter turns out to be another's.
    assert play.due("R07") == day("0427")
    source, _ = move(play, target.dossier, elsewhere, "0326 10:00")
    (result,) = (duty for duty in source.state.duties if duty.rule == "R07")
    assert result.due == day("0410")
    told = {(notice.to, item.duty, item.old_due, item.why) for notice in source.notices for item in notice.items}
    assert ("agency:forestry", "R07", day("0427"), "letter_moved") in told


def test_a_grace_goes_with_its_letter_and_leaves_nothing_behind() -> None:
    play, target = entrusted("2027-01-06", TWO), other().dossier
    play.load(calendar(SHORT), "2027-02-01")
    letter, now, books = play.letter_id, at("2027-02-01 15:00"), play.books
    assert play.duty("R07").grace == day("2027-02-11")
    source, there = moved(play.dossier, target, letter, REASON, now, "wang", books, play.calendar)
    assert source.state.grace == {}
    (result,) = (duty for duty in there.state.duties if duty.rule == "R07")
    assert result.grace == day("2027-02-11")
    # There an event moves the date, which ends the grace; back again it stays ended.
    ended = there.state.model_copy(update={"grace": {}})
    _, back = moved(ended, source.state, letter, REASON, now, "wang", books, play.calendar)
    (result,) = (duty for duty in back.state.duties if duty.rule == "R07")
    assert (result.due, result.grace) == (day("2027-02-10"), None)


def test_what_is_not_there_or_there_twice_is_refused() -> None:
    play, target = entrusted(), other()
    with pytest.raises(Refused, match="matter") as refused:
        check_move(play.dossier, play.dossier, play.letter_id)
    assert refused.value.key == "same_matter"
    with pytest.raises(Refused) as refused:
        check_move(play.dossier, target.dossier, "wuping/judgment/2026-017/none")
    assert refused.value.key == "unknown_letter"
    twin = Play(play.state.letter.model_copy(update={"matter": "2026-019"}))
    with pytest.raises(Refused) as refused:
        check_move(play.dossier, twin.dossier, play.letter_id)
    assert (refused.value.key, refused.value.values) == ("paper_in_both", {"letter": twin.letter_id})
    away = joined(target.dossier, play.dossier, REASON, play.now, "wang", play.books, CALENDAR).source.state
    with pytest.raises(Refused) as refused:
        check_join(play.dossier, away)
    assert (refused.value.key, refused.value.values) == ("matter_joined", {"matter": "2026-018", "other": "2026-017"})


def test_the_trace_of_a_move_is_written_and_undone_by_a_move_alone() -> None:
    play, target = entrusted(), other()
    there = move(play, target.dossier, play.letter_id).target.state
    trace = there.entries[-1]
    for event, expected in (
        (trace.event, ("event", "event_of_desk")),
        (event_of("told", "0310", agency="forestry"), ("event", "event_of_a_letter")),
        (event_of("void", "0312", target=trace.id), ("target", "trace_stands")),
        (event_of("correction", "0312", target=trace.id, field="reason", value="x"), ("target", "void_instead")),
    ):
        with pytest.raises(Refused) as refused:
            case_entry(there, event, at("0312 10:00"), "wang", ["forestry"])
        assert (refused.value.field, refused.value.key) == expected


@given(letters(KINDS, days=30), letters(KINDS, days=30), happenings(6), happenings(3), st.integers(0, 40))
@settings(slow, max_examples=10)
def test_moving_a_letter_there_and_back_changes_nothing(
    arrived: Letter, neighbour: Letter, life: list[Happening], meanwhile: list[Happening], days: int
) -> None:
    play = Play(arrived)
    second = other()
    for happening in life:
        happen(play, happening)
    for happening in meanwhile:
        happen(second, happening)
    if letter_id(neighbour) != letter_id(arrived):
        play.arrive(neighbour)
    now = max(play.now, second.now) + timedelta(days=days)
    play.wait(now)
    second.wait(now)
    source, target = move(play, second.dossier, play.letter_id)
    back = moved(target.state, source.state, play.letter_id, REASON, now, "wang", play.books, CALENDAR)
    assert owed(back.target.state) == owed(play.dossier)
    assert owed(back.source.state) == owed(second.dossier)
    assert back.target.state.windows == play.dossier.windows
    # What the company of other letters kept from being owed was owed without it, and whoever was told hears its end.
    before = {rung.key for rung in play.dossier.fired}
    anew = [rung for rung in back.target.state.fired if rung.key not in before]
    assert before <= {rung.key for rung in back.target.state.fired}
    assert {(rung.code, rung.fired_at) for rung in anew} <= {("trigger", now)}
    assert spoken_of(back) == spoken_of(Transfer(source, target))


@given(letters(KINDS, days=30), letters(KINDS, days=30), happenings(6), happenings(6))
@settings(slow, max_examples=10)
def test_joining_is_commutative(arrived: Letter, later: Letter, life: list[Happening], beside: list[Happening]) -> None:
    one, two = Play(arrived), other(later.model_copy(update={"number": "另一件"}))
    for play, lived in ((one, life), (two, beside)):
        for happening in lived:
            happen(play, happening)
    now = max(one.now, two.now)
    one.wait(now)
    two.wait(now)
    states = [
        joined(source.dossier, target.dossier, REASON, now, "wang", one.books, CALENDAR).target.state
        for source, target in ((one, two), (two, one))
    ]
    first, second = states
    assert first.duties == second.duties
    assert first.windows == second.windows
    # Each matter wakes some minutes after nine of its own, so only the day is the same.
    assert (first.closed, first.closed_at) == (second.closed, second.closed_at)
    days = [each.next_wake.date() if each.next_wake else None for each in states]
    assert days[0] == days[1]
