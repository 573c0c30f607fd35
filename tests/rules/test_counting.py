"""Counting at its edges, and how a count explains itself; the worked examples are in test_vectors."""

from datetime import date, datetime, time

import pytest

from rules.counting.clock import local, on_time
from rules.counting.period import Roll, Unit, add, count, extend, stated
from rules.counting.sheet import sheet
from rules.errors import CalendarUnknown, Refused
from rules.letters.events import event_id
from rules.letters.parse import parse_event, parse_letter
from tests.rules.builders import BOOK, CALENDAR, at, day, event, letter


def test_an_instant_without_its_offset_is_no_instant() -> None:
    with pytest.raises(ValueError, match="offset"):
        local(datetime(2026, 3, 10, 9))


def test_with_a_close_of_business_the_last_day_ends_there() -> None:
    due = day("0310")
    assert on_time(due, at("0310 17:29"), time(17, 30))
    assert not on_time(due, at("0310 17:30"), time(17, 30))


@pytest.mark.parametrize(
    ("length", "unit"),
    [
        (0, Unit.DAY),
        (-1, Unit.MONTH),
        (0, Unit.WORKING_DAY),
        (3661, Unit.DAY),
        (2501, Unit.WORKING_DAY),
        (121, Unit.MONTH),
    ],
)
def test_a_period_is_at_least_one_and_at_most_ten_years(length: int, unit: Unit) -> None:
    with pytest.raises(Refused) as caught:
        count(day("0310"), length, unit, CALENDAR)
    assert (caught.value.field, caught.value.key) == ("period", "period_length")


def test_a_period_beyond_the_end_of_time_is_refused_by_its_start() -> None:
    with pytest.raises(Refused) as caught:
        add(date(9999, 12, 1), 60, Unit.DAY)
    assert (caught.value.field, caught.value.key) == ("from", "date_out_of_range")


@pytest.mark.parametrize("anchor", [date(2018, 12, 28), date(2033, 1, 3)])
def test_working_days_are_not_counted_from_an_unknown_year(anchor: date) -> None:
    with pytest.raises(CalendarUnknown):
        count(anchor, 3, Unit.WORKING_DAY, CALENDAR)


def test_without_a_roll_days_and_months_need_no_calendar_at_all() -> None:
    counted = count(date(2040, 1, 31), 1, Unit.MONTH, CALENDAR, Roll.NONE)
    assert (counted.due, counted.provisional) == (date(2040, 2, 29), False)


def test_working_days_are_explained_with_every_day_passed_over_and_every_weekend_day_at_work() -> None:
    explained = sheet(count(day("0212"), 3, Unit.WORKING_DAY, CALENDAR, clause="第五部分第二款"))
    assert explained.due == day("0224")
    assert explained.steps() == [
        "以 2026-02-12（周四，给定日期）为起算日，当日不计，自 2026-02-13 起计算。",
        "3 个工作日，至 2026-02-24（周二）。",
        *[f"2026-02-{number} 不计：春节放假。" for number in range(15, 24)],
        "2026-02-14（周六）为调休上班日，按工作日计。",
        "期限届满日为 2026-02-24（周二）。",
    ]
    assert explained.sentence() == (
        "自2026-02-12（给定日期）次日起算3个工作日，至2026-02-24（周二），其间不计休息日9天（依据第五部分第二款）。"
    )


def test_an_extension_is_explained_leg_by_leg() -> None:
    window = count(day("0304"), 1, Unit.MONTH, CALENDAR)
    explained = sheet(extend(window, 15, Unit.DAY))
    assert [(leg.start, leg.length, leg.unit, leg.end) for leg in explained.legs] == [
        (day("0304"), 1, Unit.MONTH, day("0404")),
        (day("0404"), 15, Unit.DAY, day("0419")),
    ]
    assert (explained.anchor, explained.nominal, explained.due) == (day("0304"), day("0419"), day("0420"))
    assert "自 2026-04-04（周六，原名义届满日）继续计算。" in explained.steps()


def test_a_strict_date_says_that_it_is_not_rolled() -> None:
    strict = sheet(count(day("0310"), 5, Unit.DAY, CALENDAR, Roll.NONE))
    assert "届满日不顺延。" in strict.steps()
    assert strict.due == day("0315")
    written = sheet(stated(day("0425"), day("0310"), CALENDAR))
    assert (written.due, [each.date for each in written.rolled_over]) == (day("0427"), [day("0425"), day("0426")])


def test_a_date_at_the_very_end_of_the_published_years_waits_for_the_next_notice() -> None:
    explained = sheet(count(date(2026, 12, 24), 7, Unit.DAY, CALENDAR))
    assert (explained.due, explained.provisional) == (date(2026, 12, 31), True)
    assert explained.sentence().endswith("暂定，待国务院办公厅公布2027年放假安排后重算。")
    assert explained.steps("en")[-1].startswith("Provisional until the State Council's notice for 2027 is out")


def test_reminders_start_after_opening_and_end_before_closing() -> None:
    office = BOOK.office
    assert office.next_open(at("0310 08:00"), CALENDAR, "x") == office.reminder(day("0310"), "x")
    assert office.next_open(at("0310 08:30"), CALENDAR, "x") == at("0310 08:30")
    assert office.next_open(at("0310 17:30"), CALENDAR, "x") == office.reminder(day("0311"), "x")


def test_letters_and_events_are_read_from_plain_data_or_refused_by_field() -> None:
    arrived = letter("oral_notice", "0310")
    assert parse_letter(arrived.model_dump(mode="json")) == arrived
    with pytest.raises(Refused) as caught:
        parse_letter({"kind": "oral_notice", "matter": "1", "court": "x", "received_at": "2026-03-10"})
    assert (caught.value.field, caught.value.key) == ("agencies", "missing")
    told = event("told", "0310")
    assert parse_event(told.model_dump(mode="json")) == told
    with pytest.raises(Refused) as caught:
        parse_event({"type": "told"})
    assert (caught.value.field, caught.value.key) == ("on", "missing")


def test_the_same_event_of_the_same_letter_has_one_name() -> None:
    first, second = event("told", "0310"), event("told", "0310")
    assert event_id("a", first) == event_id("a", second)
    assert len({event_id("a", first), event_id("b", first), event_id("a", event("told", "0311"))}) == 3
