"""Every refusal of a letter: the field it names and the reason it gives."""

from typing import Any

import pytest
from pydantic import ValidationError

from rules.accept.letters import check_letter
from rules.errors import Refused
from rules.letters.problems import refusal
from rules.letters.registry import letter_adapter
from tests.rules.builders import ONE, TWO, at, day, letter

NOW = at("0310 16:00")
KNOWN = {"forestry", "transport"}
SERVED = [{"agency": "forestry", "received_on": day("0309")}]
JUDGED: dict[str, Any] = {"judged_on": day("0302"), "outcomes": ["dismissed"]}


def refused(kind: str, received: str, agencies: list[dict[str, Any]] | None = None, **fields: Any) -> tuple[str, str]:
    with pytest.raises(Refused) as caught:
        check_letter(letter(kind, received, agencies, **fields), NOW, KNOWN)
    assert caught.value.reason
    return caught.value.field, caught.value.key


def test_a_sound_letter_of_each_kind_is_let_in() -> None:
    check_letter(letter("oral_notice", "0310"), NOW, KNOWN)
    check_letter(letter("mediation_letter", "0310", TWO, issued_on=day("0309")), NOW, KNOWN)
    check_letter(letter("response_notice", "0310", SERVED), NOW, KNOWN)
    check_letter(letter("appearance_notice", "0310", hearing_at=at("0310 09:00")), NOW, KNOWN)
    check_letter(letter("judgment", "0309", SERVED, **JUDGED), NOW, KNOWN)
    check_letter(letter("appeal_copy", "0310", SERVED, judgment_number="(2026)闽0824行初1号"), NOW, KNOWN)


def test_an_agency_is_no_party_beside_itself() -> None:
    """It consents as an agency; named once more as a defendant it would have to consent twice."""
    parties = [{"role": "plaintiff", "name": "陈某"}, {"role": "defendant", "name": "县林业局"}]
    with pytest.raises(Refused) as found:
        check_letter(letter("mediation_letter", "0310", parties=parties), NOW, {"forestry": "县林业局"})
    assert (found.value.field, found.value.key) == ("parties.1.name", "party_is_agency")
    check_letter(letter("mediation_letter", "0310", parties=parties), NOW, {"forestry": "县林业和草原局"})


@pytest.mark.parametrize(
    ("received", "fields", "expected"),
    [
        ("0310 16:01", {}, ("received_at", "received_in_future")),
        ("2023-03-07", {}, ("received_at", "too_old")),
        ("0310", {"issued_on": day("0311")}, ("issued_on", "issued_after_receipt")),
        ("0310", {"issued_on": day("2023-03-01")}, ("issued_on", "too_old")),
        ("0310", {"lead_agency": "transport"}, ("lead_agency", "lead_not_listed")),
    ],
)
def test_dates_and_names_that_no_letter_can_have(
    received: str, fields: dict[str, Any], expected: tuple[str, str]
) -> None:
    assert refused("oral_notice", received, **fields) == expected


@pytest.mark.parametrize(
    ("agencies", "fields", "expected"),
    [
        ([*ONE, {"agency": "water"}], {}, ("agencies.1.agency", "unknown_agency")),
        ([*TWO, *ONE], {}, ("agencies.0.agency", "agency_twice")),
        ([{"agency": "forestry", "received_on": day("0311")}], {}, ("agencies.0.received_on", "in_future")),
        ([{"agency": "forestry", "materials_on": day("0311")}], {}, ("agencies.0.materials_on", "in_future")),
        ([{"agency": "forestry", "received_on": day("2023-03-01")}], {}, ("agencies.0.received_on", "too_old")),
        (SERVED, {"issued_on": day("0310")}, ("agencies.0.received_on", "received_before_issue")),
    ],
)
def test_agencies_that_can_not_be(
    agencies: list[dict[str, Any]], fields: dict[str, Any], expected: tuple[str, str]
) -> None:
    assert refused("oral_notice", "0310", agencies, **fields) == expected


def test_an_unknown_agency_is_let_in_where_no_directory_is_at_hand() -> None:
    check_letter(letter("oral_notice", "0310", [{"agency": "water"}]), NOW)


@pytest.mark.parametrize("kind", ["response_notice", "judgment", "appeal_copy"])
def test_a_service_that_starts_a_period_needs_its_date(kind: str) -> None:
    fields = JUDGED if kind == "judgment" else {}
    assert refused(kind, "0310", [*SERVED, {"agency": "transport"}], **fields) == (
        "agencies.1.received_on", "receipt_needed",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        (
            {"parties": [{"role": "plaintiff", "name": "陈某"}, {"role": "third_party", "name": "陈某"}]},
            ("parties.0.name", "party_twice"),
        ),
        ({"parties": [{"role": "plaintiff", "name": "forestry"}]}, ("parties.0.name", "party_twice")),
        ({"parties": [{"role": "third_party", "name": "林某"}]}, ("parties", "no_plaintiff")),
        ({"window_start": day("2027-03-12")}, ("window_start", "too_far")),
        ({"window_start": day("2023-03-01")}, ("window_start", "too_old")),
        ({"window_end": day("0310")}, ("window_end", "end_before_start")),
        ({"window_start": day("0320"), "window_end": day("0320")}, ("window_end", "end_before_start")),
        ({"window_end": day("2027-03-12")}, ("window_end", "too_far")),
    ],
)
def test_parties_and_windows_that_can_not_be(fields: dict[str, Any], expected: tuple[str, str]) -> None:
    assert refused("mediation_letter", "0310", **fields) == expected


@pytest.mark.parametrize(
    ("received", "fields", "expected"),
    [
        ("0310", {"judged_on": day("0311")}, ("judged_on", "in_future")),
        ("0310", {"judged_on": day("2023-03-01")}, ("judged_on", "too_old")),
        ("0310", {"effective_on": day("0311")}, ("effective_on", "in_future")),
        ("0310", {"effective_on": day("0301")}, ("effective_on", "effective_before_judged")),
        ("0310", {"last_service_on": day("0311")}, ("last_service_on", "in_future")),
        ("0310", {"last_service_on": day("0301")}, ("last_service_on", "served_before_judged")),
        ("0301", {}, ("received_at", "served_before_judged")),
        ("0310", {"judged_on": day("0310")}, ("agencies.0.received_on", "served_before_judged")),
    ],
)
def test_a_document_is_judged_before_it_is_served_and_takes_effect(
    received: str, fields: dict[str, Any], expected: tuple[str, str]
) -> None:
    assert refused("judgment", received, SERVED, **JUDGED | fields) == expected


@pytest.mark.parametrize(
    ("hearing", "key"), [("0309 09:00", "hearing_before_receipt"), ("2028-03-12 09:00", "too_far")]
)
def test_a_hearing_comes_after_its_notice_and_not_years_after(hearing: str, key: str) -> None:
    assert refused("appearance_notice", "0310", hearing_at=at(hearing)) == ("hearing_at", key)


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"matter": ""}, ("matter", "blank")),
        ({"matter": "2026/017"}, ("matter", "bad_identifier")),
        ({"matter": "2026\n017"}, ("matter", "bad_identifier")),
        ({"court": None}, ("court", "missing")),
        ({"received_at": "yesterday"}, ("received_at", "bad_instant")),
        ({"received_at": "2026-03-10T09:00:00"}, ("received_at", "no_offset")),
        ({"issued_on": "10.3.2026"}, ("issued_on", "bad_date")),
        ({"stage": "诉前"}, ("stage", "choice")),
        ({"parties": []}, ("parties", "blank")),
        ({"agencies": [{"agency": "Forestry!"}]}, ("agencies.0.agency", "pattern")),
        ({"plaintiff": "陈某"}, ("plaintiff", "unknown_field")),
        ({"kind": "letter"}, ("kind", "choice")),
        ({"title": "长" * 201}, ("title", "too_long")),
        ({"joint_result": "perhaps"}, ("joint_result", "bad_bool")),
    ],
)
def test_fields_of_the_wrong_shape_are_refused_by_name(fields: dict[str, Any], expected: tuple[str, str]) -> None:
    data = letter("mediation_letter", "0310").model_dump(mode="json") | fields
    with pytest.raises(ValidationError) as caught:
        letter_adapter().validate_python(data)
    found = refusal(caught.value)
    assert (found.field, found.key) == expected


def test_a_date_alone_is_the_first_instant_of_its_day_in_shanghai() -> None:
    data = letter("oral_notice", "0310").model_dump(mode="json") | {"received_at": " 2026-03-10 "}
    assert letter_adapter().validate_python(data).received_at == at("0310 00:00")
