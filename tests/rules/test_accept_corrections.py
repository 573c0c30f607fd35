"""Refusals of corrections and voids: what comes of them must be a letter, or an event, that would be let in itself."""

from typing import Any

import pytest

from rules.accept.events import check_event
from rules.errors import Refused
from rules.letters.events import Entry
from tests.rules.builders import TWO, Play, at, day, entrusted, event, letter
from tests.rules.test_accept_events import refused


def corrected(play: Play, target: str, field: str, value: str, on: str = "0316") -> tuple[str, str]:
    return refused(play, "correction", on, target=target, field=field, value=value)


def test_a_target_that_is_not_there() -> None:
    assert corrected(entrusted(), "e99", "on", "2026-03-10") == ("target", "unknown_event")
    assert refused(entrusted(), "void", "0316", target="e99") == ("target", "unknown_event")


def test_a_target_that_is_void_already() -> None:
    play = entrusted()
    play.record("void", "0316", target="e1")
    assert corrected(play, "e1", "on", "2026-03-11", "0317") == ("target", "void_already")
    assert refused(play, "void", "0317", target="e1") == ("target", "void_already")


def test_a_correction_is_not_corrected_but_voided() -> None:
    play = entrusted()
    correction = play.record("correction", "0316", target="e1", field="on", value="2026-03-11")
    void = play.record("void", "0316", "0316 17:00", target="e2")
    assert corrected(play, correction, "value", "2026-03-12", "0317") == ("target", "void_instead")
    assert corrected(play, void, "target", "e1", "0317") == ("target", "void_instead")


@pytest.mark.parametrize(
    "field", ["matter", "county", "kind", "colour", "agencies", "parties", "agencies.water.agency"]
)
def test_a_field_that_can_not_be_corrected(field: str) -> None:
    assert corrected(entrusted(), "letter", field, "x") == ("field", "correction_field")


@pytest.mark.parametrize("field", ["type", "round", "colour"])
def test_a_field_of_an_event_that_can_not_be_corrected(field: str) -> None:
    play = entrusted()
    consent = play.record("consent", "0316", party="陈某")
    assert corrected(play, consent, field, "2") == ("field", "correction_field")


@pytest.mark.parametrize(
    ("field", "value", "key"),
    [
        ("received_at", "2026-03-20", "received_in_future"),
        ("received_at", "soon", "bad_instant"),
        ("window_end", "2026-03-01", "end_before_start"),
        ("issued_on", "2026-03-11", "issued_after_receipt"),
        ("lead_agency", "transport", "lead_not_listed"),
        ("agencies.forestry.received_on", "2026-03-17", "in_future"),
        ("court", "", "missing"),
    ],
)
def test_a_letter_that_would_not_have_been_let_in(field: str, value: str, key: str) -> None:
    assert corrected(entrusted(), "letter", field, value) == ("value", key)


def test_what_was_recorded_under_a_wrong_agency_goes_with_its_correction() -> None:
    play = Play(letter("oral_notice", "0310"))
    play.record("told", "0310")
    play.record("excuse", "0312", duty="R03@forestry")
    correction = play.record("correction", "0316", field="agencies.forestry.agency", value="transport")
    assert (play.states()["R01@transport"], play.states()["R03@transport"]) == ("done", "excused")
    assert not [duty.key for duty in play.state.duties if "forestry" in duty.key]
    play.record("void", "0317", target=correction)
    assert (play.states()["R01@forestry"], play.states()["R03@forestry"]) == ("done", "excused")


def test_what_happened_to_the_matter_is_not_in_the_way_of_a_correction() -> None:
    play = Play(letter("oral_notice", "0310"))
    play.record("withdrawal", "0312")
    play.record("correction", "0316", field="received_at", value="2026-03-13T09:00:00+08:00")
    assert play.state.current_letter.received_on == day("0313")


def test_a_letter_that_has_been_open_for_years_can_still_be_corrected() -> None:
    play = Play(letter("response_notice", "2024-03-11", [{"agency": "forestry", "received_on": "2024-03-08"}]))
    play.record("correction", "2028-03-10", field="title", value="土地征收")
    play.record("correction", "2028-03-13", field="title", value="")
    assert play.state.current_letter.title == ""
    assert corrected(play, "letter", "agencies.forestry.received_on", "2016-03-08", "2028-03-14") == (
        "value", "too_old",
    )  # fmt: skip


def test_undoing_a_correction_leaves_a_letter_that_can_be() -> None:
    play = Play(letter("oral_notice", "0310", issued_on=day("0305")))
    first = play.record("correction", "0316", field="issued_on", value="2026-03-01")
    play.record("correction", "0316", "0316 17:00", field="received_at", value="2026-03-02T09:00:00+08:00")
    assert refused(play, "void", "0317", target=first) == ("target", "issued_after_receipt")


def test_undoing_a_void_brings_back_only_what_can_have_happened() -> None:
    play = Play(letter("oral_notice", "0310"))
    told = play.record("told", "0310")
    void = play.record("void", "0316", target=told)
    play.record("correction", "0316", "0316 17:00", field="received_at", value="2026-03-12T09:00:00+08:00")
    assert refused(play, "void", "0317", target=void) == ("target", "event_left_over")


def test_a_date_is_measured_by_the_day_of_its_correction() -> None:
    play = entrusted()
    play.record("correction", "0316", field="agencies.forestry.received_on", value="2026-03-13")
    assert play.state.current_letter.service("forestry").received_on == day("0313")


@pytest.mark.parametrize(
    ("type_", "fields", "field", "value", "key"),
    [
        ("told", {}, "on", "2026-03-17", "in_future"),
        ("told", {}, "on", "2026-03-09", "before_letter"),
        ("told", {}, "agency", "water", "agency_not_in_letter"),
        ("told", {}, "on", "", "missing"),
        ("told", {}, "told_by", "nobody", "choice"),
        ("consent", {"party": "陈某"}, "party", "周某", "unknown_party"),
        ("extension", {"months": 1}, "months", "13", "out_of_range"),
        ("extension", {"months": 1}, "new_end", "2026-05-01", "one_length"),
        ("extension", {"new_end": day("0425")}, "new_end", "2026-04-10", "end_before_start"),
        ("result", {"copied_on": day("0316")}, "copied_on", "2026-03-15", "before_sent"),
        ("result", {}, "outcome", "failed", "element_missing"),
        ("progress", {}, "slot", "4", "slot_not_begun"),
    ],
)
def test_an_event_that_would_not_have_been_let_in(
    type_: str, fields: dict[str, Any], field: str, value: str, key: str
) -> None:
    play = entrusted()
    target = play.record(type_, "0316", **fields)
    assert corrected(play, target, field, value) == ("value", key)


def test_an_extension_that_took_effect_is_measured_by_the_expiry_before_it() -> None:
    play = entrusted()
    for party in play.window.parties:
        play.record("consent", "0316", party=party)
    paper = play.record("extension", "0316", new_end=day("0425"), copied_on=day("0316"))
    assert corrected(play, paper, "new_end", "2026-04-10") == ("value", "end_before_start")
    play.record("correction", "0316", "0316 17:00", target=paper, field="new_end", value="2026-04-13")
    assert play.due("R07") == day("0413")


def test_a_correction_is_tried_on_the_event_as_it_stands() -> None:
    play = Play(letter("oral_notice", "0310"))
    told = play.record("told", "0309", "0310 16:00", told_by="court")
    # The bureau itself can't have called on the 9th, a day before it knew.
    assert corrected(play, told, "told_by", "bureau") == ("value", "before_letter")
    play.record("correction", "0316", target=told, field="on", value="2026-03-10")
    play.record("correction", "0316", "0316 17:00", target=told, field="told_by", value="bureau")
    assert play.states()["R01@forestry"] == "done"


def test_a_repeat_of_what_is_recorded_is_let_through_whatever_it_says() -> None:
    play = Play(letter("oral_notice", "0310"))
    play.record("told", "0310")
    entry = play.state.entries[0]
    play.record("void", "0311")
    play.again(entry)
    assert play.state.voided
    assert refused(play, "told", "0311") == ("letter", "letter_void")


def test_a_correction_names_agencies_of_the_directory_or_of_the_letter() -> None:
    play = entrusted(agencies=TWO)

    def tried(value: str, known: set[str]) -> None:
        said = event("correction", "0316", field="agencies.transport.agency", value=value)
        check_event(play.state, Entry(id="c1", event=said, at=at("0316"), by="wang"), known)

    with pytest.raises(Refused) as caught:
        tried("water", {"forestry", "transport"})
    assert (caught.value.field, caught.value.key, caught.value.values["agency"]) == ("value", "unknown_agency", "water")
    tried("water", {"water"})
