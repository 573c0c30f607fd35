"""同案各函: which paper is which, what letters of one matter mean for each other, and which takes whose place."""

import pytest

from rules.accept.entries import concerns_matter, entry_for, entry_id
from rules.accept.papers import refuse_twin, registered_anew, registered_before
from rules.dossier.letter import LetterState, letters_of
from rules.errors import Refused
from rules.letters.events import Entry
from rules.letters.letter import Letter, short_id
from tests.rules.builders import TWO, Play, at, beside, day, entrusted, event, letter


def known(play: Play) -> list[LetterState]:
    return letters_of(play.dossier)


def test_a_window_that_is_gone_governs_no_longer() -> None:
    play = entrusted()
    second = play.at(beside(play, "0325", number="二号"))
    assert second.at(play.letter_id).due("R07") == day("0427")
    second.record("recall", "0326")
    assert second.at(play.letter_id).due("R07") == day("0410")


def test_a_correction_that_was_overtaken_may_be_made_again() -> None:
    play = Play(letter("oral_notice", "0310"))
    entries = []
    for hour, value in enumerate(("2026-03-12", "2026-03-11", "2026-03-12"), start=10):
        said = event("correction", "0313", field="received_at", value=value)
        entry = entry_for(play.dossier, play.letter_id, said, at(f"0313 {hour}:00"), "wang", ["forestry"])
        assert not play.dossier.has(entry)
        entries.append(entry.id)
        play.take(entry)
        repeat = entry_for(play.dossier, play.letter_id, said, at("0313 16:00"), "wang", ["forestry"])
        assert repeat.id == entry.id, "a repeat is the same event"
    assert len(set(entries)) == 3


def test_a_letter_registered_late_knows_what_happened_to_its_matter() -> None:
    play = Play(letter("oral_notice", "0309"))
    withdrawn = play.record("withdrawal", "0312")
    late = play.at(play.arrive(letter("mediation_letter", "0310"), "0316"))
    assert late.states()["R13@forestry"] == "cancelled"
    assert [entry.id for entry in late.state.entries] == [withdrawn]
    late.record("void", "0316", target=withdrawn)
    assert late.states()["R13@forestry"] == "waiting"


def test_what_happened_to_the_matter_before_a_letter_came_does_not_concern_it() -> None:
    play = Play(letter("oral_notice", "0309"))
    play.record("withdrawal", "0312")
    late = play.at(play.arrive(letter("mediation_letter", "0316")))
    assert late.states()["R13@forestry"] == "waiting"


def test_only_feedback_that_stands_counts_as_the_first_week() -> None:
    play = Play(letter("oral_notice", "0310"))
    play.record("told", "0310")
    play.record("feedback", "0312")
    late = play.at(play.arrive(letter("mediation_letter", "0316")))
    late.record("told", "0316")
    assert late.states()["R13.1@forestry"] == "done"
    back = late.at(play.letter_id)
    back.record("returned", "0317", of="feedback", rework_by=day("0320"))
    assert back.at(late.letter_id).states()["R13.1@forestry"] == "open"


def test_a_judgment_ends_the_window_that_it_was_meant_to_avoid_whichever_came_first() -> None:
    trial = letter("mediation_letter", "0310", stage="trial")
    served = [{"agency": "forestry", "received_on": day("0330")}]
    judged = letter("judgment", "0330", served, number="1", judged_on=day("0326"), outcomes=["dismissed"])
    first = Play(trial)
    first.arrive(judged)
    second = Play(judged)
    second.arrive(trial, "0331")
    for play in (first, second):
        window = play.at(first.letter_id).duty("R05")
        assert (window.state.value, window.ended_on, window.ended_by) == ("cancelled", day("0326"), "judgment_given")


def test_a_judgment_closes_the_open_task_of_correcting_the_act() -> None:
    play = Play(letter("response_notice", "0310", [{"agency": "forestry", "received_on": day("0309")}]))
    assert play.states()["R10@forestry"] == "open"
    served = [{"agency": "forestry", "received_on": day("0430")}]
    play.arrive(letter("judgment", "0430", served, number="1", judged_on=day("0424"), outcomes=["revoked"]))
    duty = play.duty("R10@forestry")
    assert (duty.state.value, duty.ended_on, duty.ended_by) == ("cancelled", day("0424"), "not_corrected")


def test_a_voided_letter_leaves_its_name_to_itself() -> None:
    data = letter("oral_notice", "0310")
    play = Play(data)
    assert _found(data, play) == play.letter_id
    play.record("void", "0311")
    assert _found(data, play) is None
    again = registered_anew(data, known(play))
    assert again.anew == 1
    assert play.arrive(again, "0311 17:00") == f"{play.letter_id}/2"


def _found(data: Letter, play: Play) -> str | None:
    before = registered_before(data, known(play))
    return before.letter_id if before else None


def test_a_letter_with_a_corrected_number_is_found_under_the_right_one_and_the_wrong_one_is_free() -> None:
    wrong = Play(letter("oral_notice", "0310", number="(2026)闽0824委1号"))
    wrong.record("correction", "0311", field="number", value="（2026）闽0824委2号")
    right = letter("oral_notice", "0310", number="(2026)闽0824委2号")
    assert _found(right, wrong) == wrong.letter_id
    with pytest.raises(Refused) as refused:
        registered_before(wrong.state.letter, known(wrong))
    assert refused.value.key == "number_was_corrected", "a repeat, or the paper that the number belongs to"
    other = letter("oral_notice", "0311", number="(2026)闽0824委1号")
    assert registered_before(other, known(wrong)) is None
    correction = event("correction", "0312", field="number", value="(2026)闽0824委2号")
    second = wrong.at(wrong.arrive(registered_anew(other, known(wrong))))
    twin = Entry(id="twin", letter=second.letter_id, event=correction, at=at("0312"), by="wang")
    with pytest.raises(Refused) as refused:
        refuse_twin(second.state, twin, known(wrong))
    assert (refused.value.field, refused.value.key) == ("value", "paper_registered")
    unnumbered = Play(letter("oral_notice", "0310"))
    unnumbered.record("correction", "0311", field="number", value="(2026)闽0824委3号")
    assert _found(letter("oral_notice", "0310", note="x"), unnumbered) == unnumbered.letter_id
    assert second.letter_id.endswith("/2")


@pytest.mark.parametrize(
    "typed",
    [
        "（2026）闽0824委09号",
        "〔2026〕闽0824委9号",
        "(2026) 闽0824委 9 号",
        "[2026]闽\u200b0824委9号\u00a0",
        "﹝2026﹞闽0824委009号",
    ],
)
def test_one_paper_has_one_number_however_it_is_typed(typed: str) -> None:
    assert letter("oral_notice", "0310", number=typed).number == "(2026)闽0824委9号"


def test_a_letter_is_superseded_by_another_mediation_letter_of_its_matter_only() -> None:
    play = entrusted()
    second = beside(play, "0316")
    notice = play.arrive(letter("oral_notice", "0310"), "0316 11:00")
    for typed in (short_id(second), "2", second):
        said = _superseded(play, typed)
        assert said.event.model_dump()["letter"] == second
    for typed in (notice, play.letter_id, "2026-017"):
        with pytest.raises(Refused) as refused:
            _superseded(play, typed)
        assert (refused.value.field, refused.value.key) == ("letter", "no_later_letter")


def _superseded(play: Play, by: str) -> Entry:
    said = event("superseded", "0317", letter=by)
    return entry_for(play.dossier, play.letter_id, said, at("0317"), "wang", ["forestry"])


def test_two_letters_can_not_take_each_other_s_place() -> None:
    play = entrusted()
    second = play.at(beside(play, "0316"))
    with pytest.raises(Refused):
        _superseded(second, play.letter_id)
    second.record("recall", "0317")
    with pytest.raises(Refused):
        _superseded(second.at(play.letter_id), "2")


def test_undoing_the_undoing_of_a_matter_s_event_concerns_the_matter() -> None:
    play = entrusted()
    said = play.record("withdrawal", "0313")
    void = play.record("void", "0316", target=said)
    assert concerns_matter(play.dossier, event("void", "0317", target=void))
    told = play.state.own[0].id
    assert not concerns_matter(play.dossier, event("void", "0317", target=told))


def test_a_report_that_stands_again_is_not_recorded_a_second_time() -> None:
    play = entrusted()
    said = event("progress", "0316", work="面谈")
    first = Entry(id=entry_id("x", said, play.state.entries), event=said, at=at("0316 16:00"), by="wang")
    void = Entry(id="v1", event=event("void", "0316", target=first.id), at=at("0316 17:00"), by="wang")
    undone = Entry(id="v2", event=event("void", "0316", target="v1"), at=at("0316 18:00"), by="wang")
    assert entry_id("x", said, [first, void]) != first.id
    assert entry_id("x", said, [first, void, undone]) == first.id


def test_undoing_a_corrected_number_makes_no_second_letter_of_one_paper() -> None:
    wrong = Play(letter("oral_notice", "0310", number="1"))
    correction = wrong.record("correction", "0311", field="number", value="2")
    wrong.arrive(registered_anew(letter("oral_notice", "0311", number="1"), known(wrong)))
    undo = event("void", "0312", target=correction)
    with pytest.raises(Refused) as refused:
        entry_for(wrong.dossier, wrong.letter_id, undo, at("0312"), "wang", ["forestry"])
    assert refused.value.key == "paper_registered"
    title = event("correction", "0312", field="title", value="x")
    assert entry_for(wrong.dossier, wrong.letter_id, title, at("0312"), "wang", ["forestry"]).letter == wrong.letter_id


def test_a_renamed_agency_stays_the_lead_and_may_be_renamed_back_and_again() -> None:
    play = Play(letter("mediation_letter", "0310", TWO, lead_agency="forestry"))
    play.record("correction", "0311", field="agencies.forestry.agency", value="water")
    assert play.state.current_letter.lead == "water"
    back = event("correction", "0312", field="agencies.water.agency", value="forestry")
    again = event("correction", "0311", field="agencies.forestry.agency", value="water")
    scope = play.state.letter_id
    named = Entry(id=entry_id(scope, again, []), event=again, at=at("0311 16:00"), by="wang")
    undone = Entry(id=entry_id(scope, back, [named]), event=back, at=at("0312 16:00"), by="wang")
    assert entry_id(scope, again, [named]) == named.id
    assert entry_id(scope, again, [named, undone]) not in (named.id, undone.id)
