"""A calendar file is read strictly: each refusal names the file, the place and the reason."""

import json
from pathlib import Path
from typing import Any

import pytest

from rules.counting.years import LARGEST_FILE, as_json, read_year, read_year_file, shipped_years
from rules.errors import CalendarRefused

NOTICE: dict[str, Any] = {
    "year": 2027,
    "issued": "2026-11-20",
    "off": [{"first": "2026-12-31", "last": "2027-01-02", "name": "元旦"}],
    "work": ["2027-01-09"],
}
SPRING = {"first": "2027-02-05", "last": "2027-02-11", "name": "春节"}


def refused(**changes: Any) -> CalendarRefused:
    with pytest.raises(CalendarRefused) as caught:
        read_year(json.dumps(NOTICE | changes), "2027.json")
    return caught.value


def test_a_sound_notice_is_read() -> None:
    document = read_year(json.dumps(NOTICE), "2027.json")
    assert document.published
    assert document.source == "国务院办公厅2026-11-20通知"
    assert read_year(as_json(document), "again") == document


@pytest.mark.parametrize(
    ("changes", "place", "key"),
    [
        ({"year": 1999}, "year", "calendar_malformed"),
        ({"year": 2101}, "year", "calendar_malformed"),
        ({"yaer": 2027}, "yaer", "calendar_malformed"),
        ({"work": ["09.01.2027"]}, "work.0", "calendar_malformed"),
        ({"off": [{"first": "2027-01-01", "last": "2027-01-03", "name": ""}]}, "off.0.name", "calendar_malformed"),
        ({"issued": None}, "issued", "calendar_not_issued"),
        ({"issued": "2025-11-20"}, "issued", "calendar_issue_year"),
        ({"issued": "2028-01-03"}, "issued", "calendar_issue_year"),
        ({"issued": 1795000000}, "issued", "calendar_malformed"),
        ({"doc_no": "国办发明电 9号"}, "doc_no", "calendar_malformed"),
        ({"doc_no": "x" * 61}, "doc_no", "calendar_malformed"),
        ({"off": [{"first": "2027-01-01", "last": "2027-12-31", "name": "元旦"}]}, "off.0", "calendar_long_break"),
        ({"issued": None, "off": [], "work": []}, "statutory", "calendar_empty"),
        ({"off": [{"first": "2026-12-27", "last": "2027-01-02", "name": "元旦"}]}, "off.0", "calendar_range"),
        ({"off": [{"first": "2027-12-31", "last": "2028-01-02", "name": "元旦"}]}, "off.0", "calendar_range"),
        ({"off": [SPRING, {**SPRING, "first": "2027-02-12"}]}, "off.1", "calendar_range"),
        ({"off": [SPRING, {**SPRING, "first": "2027-02-11", "last": "2027-02-12"}]}, "off.1", "calendar_twice"),
        ({"work": ["2027-01-08"]}, "work.0", "calendar_work_day"),
        ({"work": ["2027-01-09", "2027-01-02"]}, "work.1", "calendar_work_day"),
        ({"work": ["2026-12-27"]}, "work.0", "calendar_work_day"),
        ({"work": ["2028-01-01"]}, "work.0", "calendar_work_day"),
        ({"work": ["2027-01-09", "2027-01-09"]}, "work.1", "calendar_twice"),
        ({"statutory": [{"day": "2028-01-01", "name": "元旦"}]}, "statutory.0", "calendar_statutory_year"),
    ],
)
def test_what_can_not_be_true_is_refused_where_it_stands(changes: dict[str, Any], place: str, key: str) -> None:
    refusal = refused(**changes)
    assert (refusal.field, refusal.key) == (f"2027.json:{place}", key)
    assert refusal.reason


def test_a_file_that_is_no_json_is_refused() -> None:
    with pytest.raises(CalendarRefused) as caught:
        read_year("{", "2027.json")
    assert caught.value.key == "calendar_malformed"


def test_a_huge_file_is_refused_before_it_is_read(tmp_path: Path) -> None:
    with pytest.raises(CalendarRefused) as caught:
        read_year(" " * (LARGEST_FILE + 1), "2027.json")
    assert caught.value.key == "calendar_too_large"
    path = tmp_path / "2027.json"
    path.write_bytes(b" " * (LARGEST_FILE + 1))
    with pytest.raises(CalendarRefused) as caught:
        read_year_file(path)
    assert (caught.value.field, caught.value.key) == (str(path), "calendar_too_large")


def test_a_file_that_is_missing_or_no_text_is_refused_by_its_name(tmp_path: Path) -> None:
    missing, binary = tmp_path / "none.json", tmp_path / "binary.json"
    binary.write_bytes(b"\xff\xfe\x00")
    for path in (missing, binary):
        with pytest.raises(CalendarRefused) as caught:
            read_year_file(path)
        assert (caught.value.field, caught.value.key) == (str(path), "calendar_unreadable")


def test_a_file_on_disk_is_read_as_the_shipped_ones_are(tmp_path: Path) -> None:
    path = tmp_path / "2026.json"
    path.write_text(as_json(shipped_years()[2026]), encoding="utf-8")
    assert read_year_file(path) == shipped_years()[2026]
    assert list(shipped_years()) == list(range(2019, 2033))


def test_a_file_that_an_editor_has_marked_as_text_is_read(tmp_path: Path) -> None:
    path = tmp_path / "2027.json"
    path.write_bytes(b"\xef\xbb\xbf" + json.dumps(NOTICE).encode())
    assert read_year_file(path).year == 2027
