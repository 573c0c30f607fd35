"""Every worked example of the specification, at the level of the functions that count.

`tests/vectors/` holds the examples: dates worked out by hand, then checked on four calendars.
"""

import csv
import json
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest

from rules.counting.clock import local_date, on_time
from rules.counting.effective import APPEAL_DAYS, Appeal, presumed_effect
from rules.counting.period import Roll, Unit, count, extend
from rules.counting.weeks import rolling_slots
from tests.rules.builders import CALENDAR

VECTORS = Path(__file__).parent.parent / "vectors"
ROWS = list(csv.DictReader((VECTORS / "deadline_vectors.csv").read_text(encoding="utf-8").splitlines()))
EXTRA: dict[str, Any] = json.loads((VECTORS / "extra_vectors.json").read_text(encoding="utf-8"))


def iso(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None


def rows(name: str) -> pytest.MarkDecorator:
    """Return each row of one group to a test, named by its id."""
    return pytest.mark.parametrize("row", EXTRA[name], ids=lambda row: str(row["id"]))


def test_all_the_examples_are_here() -> None:
    assert len(ROWS) == 104
    assert {name: len(group) for name, group in EXTRA.items() if isinstance(group, list)} == {
        "receipt_instant": 6, "on_time": 3, "weekly": 5, "extension": 5, "effective_date": 3, "provisional_2027": 4,
    }  # fmt: skip


@pytest.mark.parametrize("row", ROWS, ids=lambda row: str(row["id"]))
def test_a_period_ends_on_the_day_worked_out_by_hand(row: dict[str, str]) -> None:
    counted = count(
        date.fromisoformat(row["start_date"]), int(row["period"]), Unit(row["unit"]), CALENDAR, Roll(row["roll"])
    )
    assert counted.due == iso(row["expected_due_date"]), row["why"]
    if row["roll"] == "next_working_day":
        assert CALENDAR.is_working_day(counted.due)


@rows("receipt_instant")
def test_an_instant_is_a_date_in_shanghai_before_it_is_counted(row: dict[str, Any]) -> None:
    start = local_date(datetime.fromisoformat(row["received_at"]))
    assert start == iso(row["start_date"])
    assert count(start, row["period"], Unit(row["unit"]), CALENDAR).due == iso(row["due"]), row["why"]


@rows("on_time")
def test_the_last_day_ends_at_midnight_in_shanghai(row: dict[str, Any]) -> None:
    assert on_time(date.fromisoformat(row["due"]), datetime.fromisoformat(row["submitted_at"])) is row["on_time"]


@rows("weekly")
def test_weekly_reports_merge_and_stop_before_the_window_ends(row: dict[str, Any]) -> None:
    received, window_due = date.fromisoformat(row["agency_received"]), date.fromisoformat(row["window_due"])
    slots = rolling_slots(received, window_due, CALENDAR, Roll.NEXT)
    assert [slot.reckoning.due.isoformat() for slot in slots] == row["report_dues"]


@rows("extension")
def test_an_extension_counts_from_the_end_before_any_roll(row: dict[str, Any]) -> None:
    window = count(date.fromisoformat(row["anchor"]), 1, Unit.MONTH, CALENDAR)
    if row["id"] == "E05":
        window = extend(window, 15, Unit.DAY)
    assert (window.nominal, window.due) == (iso(row["nominal"]), iso(row["legal"]))
    length, unit = row["extend"]
    longer = extend(window, length, Unit(unit))
    assert (longer.nominal, longer.due) == (iso(row["new_nominal"]), iso(row["new_legal"])), row["why"]


@rows("effective_date")
def test_a_document_takes_effect_the_day_after_the_last_day_to_appeal(row: dict[str, Any]) -> None:
    kind = Appeal(row["kind"])
    effect = presumed_effect(kind, date.fromisoformat(row["last_service"]), CALENDAR)
    assert (effect.appeal_last_day, effect.effective) == (iso(row["appeal_last_day"]), iso(row["effective"]))
    assert (effect.reckoning is None) == (kind not in APPEAL_DAYS)
    assert count(effect.effective, 7, Unit.WORKING_DAY, CALENDAR).due == iso(row["filing_due_7wd"])
    if row["report_due_30d"]:
        assert count(effect.effective, 30, Unit.DAY, CALENDAR).due == iso(row["report_due_30d"])


@rows("provisional_2027")
def test_a_count_that_looks_into_an_unpublished_year_says_so(row: dict[str, Any]) -> None:
    counted = count(date.fromisoformat(row["start"]), row["period"], Unit(row["unit"]), CALENDAR)
    assert (counted.due, counted.provisional) == (iso(row["due"]), row["provisional"]), row["why"]
