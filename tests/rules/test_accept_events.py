"""Every refusal of an event: the field it names, the reason it gives, and that nothing is changed by it."""

from typing import Any

import pytest

from rules.accept.rulebook import read_rulebook
from rules.errors import Refused
from tests.rules.builders import TWO, Play, at, day, entrusted, letter

BOTH = [{"agency": each["agency"], "received_on": day("0310")} for each in TWO]


def refused(play: Play, type_: str, on: str, when: str = "", **fields: Any) -> tuple[str, str]:
    """Try an event and give the refusal's field and key; the state must be as it was."""
    before = play.state
    with pytest.raises(Refused) as caught:
        play.record(type_, on, when, **fields)
    assert play.state.entries == before.entries
    assert caught.value.reason
    return caught.value.field, caught.value.key


def notice() -> Play:
    return Play(letter("oral_notice", "0310"))


def judged(**fields: Any) -> Play:
    given = {"judged_on": day("0302"), "outcomes": ["revoked"], **fields}
    return Play(letter("judgment", "0310", BOTH[:1], **given))


def test_an_event_of_another_kind_of_letter() -> None:
    assert refused(notice(), "progress", "0310") == ("event", "event_unknown")


def test_what_has_not_happened_yet() -> None:
    assert refused(notice(), "told", "0311", "0310 16:00") == ("on", "in_future")
    play = entrusted()
    assert refused(play, "result", "0310", copied_on=day("0311")) == ("copied_on", "in_future")
    assert refused(play, "result", "0310", arrived_on=day("0311")) == ("arrived_on", "in_future")
    hearing = Play(letter("appearance_notice", "0310", hearing_at=at("0420 09:00")))
    assert refused(hearing, "substitute", "0310", consent_on=day("0311")) == ("consent_on", "in_future")
    assert refused(hearing, "substitute", "0310", told_on=day("0311")) == ("told_on", "in_future")


def test_what_happened_before_the_letter() -> None:
    assert refused(notice(), "recall", "0309", "0310 16:00") == ("on", "before_letter")
    assert refused(judged(), "filing", "0301", "0310 16:00") == ("on", "before_letter")
    assert refused(notice(), "told", "0206", "0310 16:00", told_by="court") == ("on", "before_letter")
    notice().record("told", "0207", "0310 16:00", told_by="court")


def test_the_bureau_can_not_pass_on_what_it_has_not_received() -> None:
    play = Play(letter("oral_notice", "0310", issued_on=day("0305")))
    assert refused(play, "told", "0309", "0310 16:00") == ("on", "before_letter")
    play.record("told", "0309", "0310 16:00", told_by="court")


def test_a_copy_before_the_letter_it_copies() -> None:
    play = entrusted()
    assert refused(play, "result", "0316", copied_on=day("0315")) == ("copied_on", "before_sent")
    assert refused(play, "result", "0316", arrived_on=day("0315")) == ("arrived_on", "before_sent")
    play.record("result", "0316")
    assert refused(play, "copied", "0315", "0316 17:00", of="result") == ("on", "before_sent")


def test_an_agency_that_the_letter_does_not_name() -> None:
    assert refused(notice(), "told", "0310", agency="water") == ("agency", "agency_not_in_letter")


@pytest.mark.parametrize("event", ["feedback", "returned"])
def test_an_act_of_one_of_several_agencies_names_it(event: str) -> None:
    play = Play(letter("oral_notice", "0310", TWO))
    fields: dict[str, Any] = {"of": "feedback", "rework_by": day("0320")} if event == "returned" else {}
    assert refused(play, event, "0310", **fields) == ("agency", "which_agency")


def test_ticks_of_a_response_notice_name_their_agency() -> None:
    play = Play(letter("response_notice", "0310", BOTH))
    for event in ("told", "reported", "self_correction"):
        assert refused(play, event, "0310") == ("agency", "which_agency")


def test_a_separate_result_and_its_copy_name_their_agency() -> None:
    play = entrusted(agencies=TWO, joint_result=False)
    assert refused(play, "result", "0316") == ("agency", "which_agency")
    assert refused(play, "copied", "0316", of="result") == ("agency", "which_agency")
    assert refused(play, "progress", "0316") == ("agency", "which_agency")


def test_a_failed_result_names_the_element_it_lacks() -> None:
    given = {"outcome": "failed", "agreement": "", "process": "面谈", "demands": "补偿"}
    assert refused(entrusted(), "result", "0316", **given) == ("issues", "element_missing")
    assert refused(entrusted(), "result", "0316", **given | {"outcome": "partial"}) == ("issues", "element_missing")


def test_a_success_needs_its_agreement() -> None:
    assert refused(entrusted(), "result", "0316", agreement="") == ("agreement", "agreement_missing")


def test_extensions_in_turn_by_those_who_must_consent() -> None:
    play = entrusted()
    assert refused(play, "consent", "0316", party="周某") == ("party", "unknown_party")
    assert refused(play, "consent", "0316", party="陈某", round=2) == ("round", "wrong_round")
    assert refused(play, "extension_approved", "0316", round=2) == ("round", "wrong_round")
    assert refused(play, "extension", "0316", months=1, round=2) == ("round", "wrong_round")
    play.record("extension", "0316", months=1)
    assert refused(play, "extension", "0317", months=2) == ("round", "extension_recorded")


@pytest.mark.parametrize(("new_end", "key"), [("0410", "end_before_start"), ("2027-04-12", "too_far")])
def test_a_new_end_is_after_the_old_one_and_not_years_after(new_end: str, key: str) -> None:
    assert refused(entrusted(), "extension", "0316", new_end=day(new_end)) == ("new_end", key)


def test_a_window_that_has_ended_is_not_extended() -> None:
    play = entrusted()
    play.record("result", "0316", copied_on=day("0316"))
    assert refused(play, "consent", "0317", party="陈某") == ("event", "window_ended")


def test_a_rulebook_may_give_a_letter_no_window_to_extend() -> None:
    settled = 'shape = "soft"\nanchor = "bureau_receipt"\nsoft = "review"\nextended_by = []\n'
    counted = 'shape = "period"\nanchor = "bureau_receipt"\nunit = "day"\nlength = 30\nsoft = ""\nextended_by = []\n'
    counted += 'ladder = "result"\n'
    rules = {"R05": counted + 'satisfied_by = ["result"]\n', "R06": settled, "R07": settled, "R13": settled}
    source = "".join(f"[rules.{name}]\n{says}" for name, says in rules.items())
    book = read_rulebook(f'base = "wuping-2023-47"\n{source}', "no-window.toml")
    play = Play(letter("mediation_letter", "0310"), book=book)
    assert refused(play, "extension", "0316", months=1) == ("event", "no_window")


def test_a_week_that_is_not_there_or_has_not_begun() -> None:
    assert refused(entrusted(), "progress", "0312", slot=5) == ("slot", "unknown_slot")
    assert refused(entrusted(), "progress", "0312", slot=2) == ("slot", "slot_not_begun")


def test_a_paper_that_nobody_recorded_is_neither_copied_nor_sent_back() -> None:
    assert refused(entrusted(), "copied", "0316", of="extension") == ("of", "no_paper")
    play = notice()
    assert refused(play, "returned", "0316", of="feedback", rework_by=day("0320")) == ("of", "no_paper")
    assert refused(play, "forwarded", "0316", to="court") == ("event", "no_paper")
    lost = judged()
    assert refused(lost, "review", "0316") == ("event", "no_paper")
    lost.record("loss_report", "0316")
    assert refused(lost, "forwarded", "0316", to="county_government") == ("event", "no_paper")


def test_an_answer_does_not_come_before_its_paper() -> None:
    play = notice()
    play.record("feedback", "0313")
    assert refused(play, "returned", "0312", "0313 17:00", of="feedback", rework_by=day("0320")) == (
        "on", "before_sent",
    )  # fmt: skip
    assert refused(play, "forwarded", "0312", "0313 17:00", to="court") == ("on", "before_sent")


@pytest.mark.parametrize("rework_by", ["0313", "2027-03-15"])
def test_a_rework_is_due_after_it_is_sent_back_and_within_a_year(rework_by: str) -> None:
    play = notice()
    play.record("feedback", "0313")
    expected = ("rework_by", "end_before_start")
    assert refused(play, "returned", "0313", of="feedback", rework_by=day(rework_by)) == expected


def test_a_reply_has_a_number_or_a_note_and_goes_where_the_letter_says() -> None:
    play = notice()
    play.record("feedback", "0313")
    assert refused(play, "forwarded", "0313", to="court", number="") == ("number", "number_or_note")
    assert refused(play, "forwarded", "0313", to="county_government") == ("to", "choice")


def test_a_hearing_is_recorded_after_it_was_held() -> None:
    play = Play(letter("appearance_notice", "0310", hearing_at=at("0420 09:00")))
    assert refused(play, "heard", "0417", appeared="head") == ("on", "before_hearing")
    assert refused(play, "heard", "0420", appeared="county_leader") == ("appeared", "choice")


@pytest.mark.parametrize("instance", ["second", "retrial"])
def test_only_a_first_instance_document_is_appealed(instance: str) -> None:
    assert refused(judged(instance=instance), "appealed", "0316") == ("event", "not_appealable")


def test_a_letter_does_not_supersede_itself() -> None:
    play = entrusted()
    assert refused(play, "superseded", "0316", letter=play.state.letter_id) == ("letter", "superseded_by_itself")


def test_only_a_duty_that_may_be_a_breach_is_excused() -> None:
    play = entrusted()
    assert refused(play, "excuse", "0316", duty="R99@forestry") == ("duty", "unknown_duty")
    assert refused(play, "excuse", "0316", duty="R05") == ("duty", "not_excusable")
    assert refused(play, "excuse", "0316", duty="R01@forestry") == ("duty", "nothing_to_excuse")
