"""What is put right afterwards: corrections, voids, excuses, and a second letter of the same matter."""

import pytest

from rules.dossier.view import letter_view
from rules.duties.duty import DutyState, Light
from rules.errors import Refused
from tests.rules.builders import ONE, Play, at, beside, day, entrusted, letter

R03 = "R03@forestry"


def answered() -> Play:
    play = Play(letter("oral_notice", "0310"))
    play.record("told", "0310")
    play.record("reported", "0310")
    return play


def test_a_corrected_receipt_moves_everything_that_hangs_on_it() -> None:
    play = entrusted()
    play.record("correction", "0312", field="received_at", value="2026-03-09")
    assert (play.window.start, play.due("R07"), play.due("R05")) == (day("0309"), day("0409"), day("0409"))
    assert {move.key for move in play.state.moves} == {"R01@forestry", "R02@forestry", "R05", "R07"}
    assert {(move.why, move.by, move.at) for move in play.state.moves} == {("correction", "wang", at("0312 16:00"))}


def test_the_letter_is_shown_as_corrected_and_kept_as_registered() -> None:
    play = entrusted()
    play.record("correction", "0312", field="title", value="某村征收补偿")
    assert letter_view(play.state, play.now)["letter"]["title"] == "某村征收补偿"
    assert play.state.letter.title == ""


def test_a_correction_reaches_into_one_agency() -> None:
    play = Play(letter("response_notice", "0311", [{"agency": "forestry", "received_on": day("0310")}]))
    play.record("correction", "0311", field="agencies.forestry.received_on", value="2026-03-11")
    assert play.due("R08a@forestry") == day("0316")


def test_a_date_that_became_known_later_may_be_filled_in() -> None:
    play = entrusted()
    paper = play.record("result", "0401")
    play.record("correction", "0408", target=paper, field="copied_on", value="2026-04-07")
    assert (play.duty("R07").state, play.duty("R07").satisfied_on) == (DutyState.DONE, day("0401"))


def test_the_later_of_two_corrections_stands_and_voiding_it_restores_the_earlier() -> None:
    play = answered()
    play.record("correction", "0311", target="e1", field="on", value="2026-03-11")
    second = play.record("correction", "0312", "0312 11:00", target="e1", field="on", value="2026-03-12")
    assert play.due(R03) == day("0317")
    play.record("void", "0312", "0312 12:00", target=second)
    assert play.due(R03) == day("0316")


def test_a_voided_answer_opens_the_duty_again_with_its_old_ladder() -> None:
    play = answered()
    feedback = play.record("feedback", "0312")
    play.record("forwarded", "0312", to="court")
    assert play.closed() == at("0312 16:00")
    play.record("void", "0313", target=feedback)
    assert (play.states()[R03], play.closed()) == ("open", None)
    assert play.state.duty("R04") is None
    # The morning's reminder was not held up by anything: there was nothing to remind of.
    assert [(notice.late, notice.items[0].codes) for notice in play.told("agency:forestry")[-1:]] == [(False, ("T-1",))]
    play.wait("0317 12:00")
    assert play.fired(R03) == [
        ("0310", "trigger", "obligor"), ("0313", "T-1", "obligor"), ("0316", "T", "obligor"),
        ("0317", "T+1", "clerk"), ("0317", "T+1", "obligor"),
    ]  # fmt: skip


def test_a_voided_call_leaves_the_duty_waiting_and_the_lost_date_on_record() -> None:
    play = answered()
    play.record("void", "0311", target="e1")
    assert play.states() == {"R01@forestry": "open", "R02@forestry": "done", R03: "waiting"}
    (move,) = play.state.moves
    assert (move.key, move.old_due, move.new_due, move.why) == (R03, day("0316"), None, "void")
    told = [item for notice in play.told("agency:forestry") for item in notice.items if item.old_due]
    assert [(item.duty, item.old_due, item.due) for item in told] == [(R03, day("0316"), None)]


def test_a_date_that_falls_on_the_same_day_after_all_is_on_record_and_told_to_nobody() -> None:
    play = Play(letter("oral_notice", "0309"))
    told = play.record("told", "0310")
    assert (play.duty(R03).nominal, play.due(R03)) == (day("0315"), day("0316"))
    before = len(play.notices)
    play.record("correction", "0310", "0310 17:00", target=told, field="on", value="2026-03-09")
    assert (play.duty(R03).nominal, play.due(R03)) == (day("0314"), day("0316"))
    assert [(move.old_nominal, move.new_nominal) for move in play.state.moves] == [(day("0315"), day("0314"))]
    assert play.notices[before:] == []


def test_a_void_that_is_void_itself_undoes_nothing() -> None:
    play = answered()
    feedback = play.record("feedback", "0312")
    void = play.record("void", "0313", target=feedback)
    assert play.states()[R03] == "open"
    play.record("void", "0313", "0313 17:00", target=void)
    assert play.states()[R03] == "done"


def test_a_void_letter_owes_nothing_and_lets_nothing_in() -> None:
    play = entrusted()
    play.record("void", "0312")
    assert set(play.states().values()) == {"cancelled"}
    assert {duty.ended_by for duty in play.state.duties} == {"void"}
    assert (play.closed(), play.state.next_wake) == (at("0312 16:00"), None)
    with pytest.raises(Refused) as caught:
        play.record("progress", "0313")
    assert (caught.value.field, caught.value.key) == ("letter", "letter_void")


@pytest.mark.parametrize("when", ["0312", "0318"])
def test_an_excused_duty_is_owed_no_more_before_its_date_or_after_it(when: str) -> None:
    play = answered()
    play.record("excuse", when, by="zhao", duty=R03)
    duty = play.duty(R03)
    assert (duty.state, duty.ended_on, duty.ended_by) == (DutyState.EXCUSED, day(when), "excuse")
    assert duty.light(at("0401")) is Light.GREY
    assert play.closed() == at(f"{when} 16:00")


def test_a_late_answer_may_be_excused() -> None:
    play = answered()
    play.record("feedback", "0318")
    assert play.states()[R03] == "late"
    play.record("excuse", "0319", by="zhao", duty=R03)
    assert (play.states()[R03], play.duty(R03).satisfied_on) == ("excused", day("0318"))


def test_voiding_an_excuse_brings_the_breach_back() -> None:
    play = answered()
    play.record("feedback", "0318")
    excuse = play.record("excuse", "0319", by="zhao", duty=R03)
    play.record("void", "0320", target=excuse)
    assert play.states()[R03] == "late"


def test_an_excused_result_ends_the_window() -> None:
    play = entrusted()
    play.record("excuse", "0413", by="zhao", duty="R07")
    assert (play.states()["R05"], play.window.ended_on, play.window.ended_by) == ("cancelled", day("0413"), "excuse")
    assert play.closed() is not None


def test_the_later_window_of_the_matter_governs_the_result() -> None:
    play = entrusted()
    beside(play, "0320", "0424")
    assert (play.due("R07"), play.due("R05"), play.window.due) == (day("0424"), day("0410"), day("0410"))
    assert [(move.key, move.new_due) for move in play.state.moves] == [("R07", day("0424"))]
    play.record("result", "0424", copied_on=day("0424"))
    assert play.states()["R07"] == "done"


def test_an_earlier_window_of_the_matter_changes_nothing() -> None:
    play = entrusted()
    beside(play, "0320", "0409")
    assert play.due("R07") == day("0410")


def test_of_several_other_windows_the_last_to_end_counts() -> None:
    play = entrusted()
    beside(play, "0320", "0424", number="2")
    beside(play, "0323", "0420", number="3")
    assert play.due("R07") == day("0424")


def test_recording_the_same_event_again_changes_nothing() -> None:
    play = answered()
    play.record("feedback", "0312")
    before = play.state
    entry = before.entries[-1]
    play.again(entry)
    assert play.state.duties == before.duties
    assert (play.state.entries, play.state.moves, play.state.fired) == (before.entries, before.moves, before.fired)


def test_an_agency_registered_by_mistake_is_corrected_with_its_duties() -> None:
    play = Play(letter("oral_notice", "0310", ONE))
    play.record("correction", "0310", field="agencies.forestry.agency", value="transport")
    assert set(play.states()) == {"R01@transport", "R02@transport", "R03@transport"}
