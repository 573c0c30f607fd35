"""历史补录: a letter that is registered long after it came, as one of the past or as late indeed."""

from typing import Any

import pytest

from rules.duties.lamp import DutyState, Lamp
from rules.errors import Refused
from rules.telling.notices import Notice
from tests.rules.builders import Play, at, day, letter

FEEDBACK = "R03@forestry"
RECEIVED, REGISTERED = "0105", "0310 10:00"


def past(kind: str = "mediation_letter", received: str = RECEIVED, **fields: Any) -> Play:
    return Play(letter(kind, received, history=True, **fields), registered=REGISTERED)


def late() -> Play:
    return Play(letter("mediation_letter", RECEIVED), registered=REGISTERED)


def upwards(play: Play) -> list[Notice]:
    return [notice for notice in play.notices if notice.draft]


def test_of_a_letter_of_the_past_nothing_is_said_and_nothing_is_drafted() -> None:
    play = past()
    play.wait("0630")
    assert (play.notices, play.closed()) == ([], at(REGISTERED))
    assert {duty.state for duty in play.state.duties} == {DutyState.CANCELLED}
    assert {duty.ended_by for duty in play.state.duties} == {"history"}
    assert all(duty.history for duty in play.state.duties if duty.key != "R05")


def test_what_was_done_in_the_past_stands_with_its_day_and_counts_in_no_statistics() -> None:
    play = past()
    play.record("accounted", "0204", REGISTERED, duty="R07", how="done")
    play.record("accounted", "0305", REGISTERED, duty="R01@forestry", how="done")
    result = play.duty("R07")
    assert (result.state, result.satisfied_on, result.history) == (DutyState.DONE, day("0204"), True)
    # The window is what its result is.
    assert play.states()["R05"] == "done"
    assert play.duty("R01@forestry").lamp(play.now) is Lamp.DONE
    assert play.notices == []


def test_what_was_done_late_in_the_past_is_shown_as_late() -> None:
    play = past()
    play.record("accounted", "0306", REGISTERED, duty="R07", how="done")
    assert (play.states()["R07"], play.duty("R07").history) == ("late", True)


def test_what_is_still_owed_of_the_past_is_asked_for_from_now_on() -> None:
    play = past()
    play.record("accounted", "0310", REGISTERED, duty="R07", how="owed")
    assert play.states()["R07"] == "open"
    assert [notice for notice in play.notices if notice.kind != "reopened"] == []
    play.wait("0312 12:00")
    # Due on 5 February; asked for on the first working day after it was registered, drafted upwards on the second.
    assert [(rung[0], rung[1], rung[2]) for rung in play.fired("R07")] == [
        ("0311", "T+1", "bureau_leader"), ("0311", "T+1", "clerk"), ("0311", "T+1", "obligor"),
        ("0312", "T+2", "draft:leader"),
    ]  # fmt: skip


def test_what_a_letter_of_the_past_makes_owed_from_now_on_is_owed_as_ever() -> None:
    """It came three weeks ago: the first weeks are past, the window runs."""
    play = Play(letter("mediation_letter", "0217", history=True), registered=REGISTERED)
    assert (play.states()["R07"], play.due("R07")) == ("open", day("0317"))
    assert play.notices == []
    play.wait("0311 12:00")
    # Ten and five working days before had gone by; what was before the registration is told to nobody.
    assert [code for _, code, _ in play.fired("R07")] == []
    play.wait("0313 12:00")
    assert [code for _, code, _ in play.fired("R07")] == ["T-2"]


def test_a_day_zero_that_is_recorded_later_starts_only_what_is_not_past_then() -> None:
    play = past("oral_notice", "0306")
    assert play.states()[FEEDBACK] == "cancelled"
    play.record("told", "0309", "0310 11:00")
    assert (play.states()[FEEDBACK], play.due(FEEDBACK)) == ("open", day("0316"))


def test_only_what_was_past_is_accounted_for_and_only_of_a_letter_of_the_past() -> None:
    with pytest.raises(Refused) as refused:
        late().record("accounted", "0310", REGISTERED, duty="R07", how="done")
    assert refused.value.key == "not_history"
    play = Play(letter("mediation_letter", "0217", history=True), registered=REGISTERED)
    with pytest.raises(Refused) as refused:
        play.record("accounted", "0310", REGISTERED, duty="R07", how="done")
    assert (refused.value.field, refused.value.key) == ("duty", "not_past")


def test_a_letter_that_is_late_indeed_asks_first_and_is_reported_by_days_from_then_on() -> None:
    play = late()
    play.wait("0310 18:00")
    assert upwards(play) == []
    play.wait("0312 12:00")
    assert {(notice.to, notice.draft) for notice in play.told("leader:forestry")} == {("leader:forestry", True)}
    assert [rung[0] for rung in play.fired("R07") if rung[2] == "draft:leader"] == ["0312"]


def test_a_letter_of_the_past_may_turn_out_to_be_none() -> None:
    play = past()
    play.record("correction", "0310", "0310 15:00", field="history", value=False)
    assert play.states()["R07"] == "open"
    play.wait("0313")
    assert [rung[0] for rung in play.fired("R07") if rung[2] == "draft:leader"] == ["0312"]
