"""The calendar against two independent packages, and what it knows and does not know."""

from datetime import date, timedelta

import chinese_calendar
import holidays
import pytest

from rules.counting.calendar import Calendar
from rules.counting.years import Break, YearDocument, check_covers_statutory
from rules.errors import CalendarRefused, CalendarUnknown
from tests.rules.builders import CALENDAR, notice, shipped

PUBLISHED = [date(2019, 1, 1) + timedelta(days=n) for n in range(8 * 365 + 2)]


def test_every_published_day_agrees_with_chinese_calendar() -> None:
    assert (PUBLISHED[0], PUBLISHED[-1]) == (CALENDAR.first, date(2026, 12, 31))
    ours = {day for day in PUBLISHED if CALENDAR.is_working_day(day)}
    assert ours == {day for day in PUBLISHED if chinese_calendar.is_workday(day)}


def test_every_published_day_agrees_with_holidays() -> None:
    china = holidays.country_holidays("CN", years=range(2019, 2027))
    ours = {day for day in PUBLISHED if CALENDAR.is_working_day(day)}
    assert ours == {day for day in PUBLISHED if china.is_working_day(day)}


@pytest.mark.parametrize("year", range(2027, 2033))
def test_statutory_days_and_their_substitutes_agree_with_holidays(year: int) -> None:
    china = holidays.country_holidays("CN", years=year)
    days = [date(year, 1, 1) + timedelta(days=n) for n in range((date(year + 1, 1, 1) - date(year, 1, 1)).days)]
    ours = {day for day in days if not CALENDAR.is_working_day(day)}
    assert ours == {day for day in days if day in china or day.weekday() >= 5}


@pytest.mark.parametrize(
    ("day", "works", "why"),
    [
        (date(2019, 4, 28), True, "a working Sunday only since 五一 2019 was prolonged in March"),
        (date(2019, 5, 3), False, "a day of that break"),
        (date(2020, 1, 31), False, "the Spring Festival of 2020 was prolonged when it had begun"),
        (date(2020, 2, 1), False, "a working Saturday until then"),
        (date(2020, 2, 3), True, "what provinces and employers added is no holiday"),
        (date(2024, 2, 9), True, "除夕 2024 was no holiday"),
        (date(2025, 1, 28), False, "除夕 2025 is one"),
        (date(2024, 2, 18), True, "a working Sunday"),
        (date(2026, 2, 14), True, "a working Saturday"),
        (date(2023, 1, 3), True, "some packages say off"),
        (date(2026, 3, 8), False, "an ordinary Sunday"),
        (date(2026, 5, 4), False, "half a holiday for the young, here a day of the break"),
        (date(2023, 5, 4), True, "half a holiday for the young is a working day"),
    ],
)
def test_days_that_others_get_wrong(day: date, works: bool, why: str) -> None:
    assert CALENDAR.is_working_day(day) is works, why


def test_a_day_off_says_why() -> None:
    assert CALENDAR.rest_reason(date(2026, 2, 17)) == "春节放假"
    assert CALENDAR.rest_reason(date(2026, 3, 7)) == "周六"
    assert CALENDAR.rest_reason(date(2027, 2, 9)) == "春节（补假）放假"
    assert CALENDAR.rest_reason(date(2026, 2, 14)) is None
    assert CALENDAR.is_make_up_day(date(2026, 2, 14))
    assert not CALENDAR.is_make_up_day(date(2026, 2, 13))


@pytest.mark.parametrize(
    ("day", "published"),
    [
        (date(2019, 1, 1), True),
        (date(2022, 12, 31), True),
        (date(2025, 12, 28), True),
        (date(2025, 12, 31), True),
        (date(2026, 12, 27), True),
        (date(2026, 12, 28), False),
        (date(2026, 12, 31), False),
        (date(2027, 1, 1), False),
        (date(2018, 12, 31), False),
    ],
)
def test_the_last_days_of_december_need_the_next_notice_too(day: date, published: bool) -> None:
    assert CALENDAR.is_published(day) is published


def test_a_notice_may_claim_the_last_days_of_the_year_before() -> None:
    early = notice(2027, [("2026-12-31", "2027-01-02", "元旦")], [])
    loaded = CALENDAR.with_years([early])
    assert CALENDAR.is_working_day(date(2026, 12, 31))
    assert not loaded.is_working_day(date(2026, 12, 31))
    assert loaded.is_published(date(2026, 12, 31))
    assert not loaded.is_published(date(2027, 12, 28))


def test_the_first_notice_begins_before_the_first_day_and_settles_none_of_the_year_before() -> None:
    assert CALENDAR.years[2019].off[0].first == date(2018, 12, 30)
    assert CALENDAR.rest_reason(date(2019, 1, 1)) == "元旦放假"
    assert CALENDAR.ordinals[0] == date(2019, 1, 2).toordinal()


@pytest.mark.parametrize("day", [date(2018, 12, 29), date(2018, 12, 31), date(2033, 1, 1)])
def test_a_day_outside_the_known_years_is_an_error_by_name(day: date) -> None:
    for ask in (CALENDAR.is_working_day, CALENDAR.next_working_day, CALENDAR.previous_working_day):
        with pytest.raises(CalendarUnknown) as caught:
            ask(day)
        assert caught.value.values["year"] == day.year
    assert f"没有 {day.year} 年的节假日数据" in caught.value.reason


def test_a_count_that_runs_off_either_end_is_the_same_error() -> None:
    with pytest.raises(CalendarUnknown):
        CALENDAR.shift(date(2032, 12, 31), 1)
    with pytest.raises(CalendarUnknown):
        CALENDAR.shift(date(2019, 1, 2), -1)
    only_2026 = Calendar([shipped(2026)])
    with pytest.raises(CalendarUnknown):
        only_2026.previous_working_day(date(2026, 1, 2))
    ends_off = only_2026.with_years([notice(2027, [("2027-12-31", "2027-12-31", "元旦")], [])])
    with pytest.raises(CalendarUnknown):
        ends_off.next_working_day(date(2027, 12, 31))


def test_a_shift_by_no_days_has_no_direction() -> None:
    with pytest.raises(ValueError, match="no direction"):
        CALENDAR.shift(date(2026, 3, 10), 0)


def test_shifts_count_working_days_only() -> None:
    assert CALENDAR.shift(date(2026, 2, 13), 2) == date(2026, 2, 24)
    assert CALENDAR.shift(date(2026, 2, 20), -1) == date(2026, 2, 14)
    assert CALENDAR.shift(date(2026, 2, 20), 1) == date(2026, 2, 24)


def test_years_with_a_gap_are_no_calendar() -> None:
    with pytest.raises(CalendarRefused, match="2024, 2026"):
        Calendar([shipped(2024), shipped(2026)])
    with pytest.raises(CalendarRefused):
        Calendar([])


def test_a_loaded_notice_replaces_the_year_and_keeps_its_statutory_days() -> None:
    loaded = CALENDAR.with_years([notice(2027, [("2027-02-05", "2027-02-11", "春节")], ["2027-02-20"])])
    assert loaded.years[2027].published
    assert loaded.years[2027].statutory == CALENDAR.years[2027].statutory
    assert not loaded.is_working_day(date(2027, 2, 11))
    assert CALENDAR.is_working_day(date(2027, 2, 11))
    assert loaded.is_working_day(date(2027, 2, 20))
    assert loaded.is_published(date(2026, 12, 31))
    assert loaded.is_published(date(2027, 12, 27))


def test_the_version_follows_the_content_and_nothing_else() -> None:
    assert CALENDAR.version == Calendar(reversed(list(CALENDAR.years.values()))).version
    first = CALENDAR.with_years([notice(2027, [("2027-02-05", "2027-02-11", "春节")], [])])
    amended = CALENDAR.with_years([notice(2027, [("2027-02-05", "2027-02-12", "春节")], [])])
    assert len({CALENDAR.version, first.version, amended.version}) == 3
    assert first.version.startswith("2019-2027/")
    assert Calendar([CALENDAR.years[2027]]).version.startswith("none/")


def test_a_notice_that_forgets_a_statutory_holiday_is_refused() -> None:
    whole = notice(2027, [("2027-01-01", "2027-01-03", "元旦")], [])
    with pytest.raises(CalendarRefused) as caught:
        check_covers_statutory(whole, CALENDAR.years[2027], "2027.json")
    assert caught.value.field == "2027.json:off"
    assert "2027-02-05（春节）" in caught.value.reason
    complete = whole.model_copy(
        update={
            "off": tuple(
                Break(first=each.day, last=each.day, name=each.name) for each in CALENDAR.years[2027].statutory
            )
        }
    )
    check_covers_statutory(complete, CALENDAR.years[2027], "2027.json")


@pytest.mark.parametrize("document", [each for each in CALENDAR.years.values() if each.published])
def test_no_shipped_notice_forgets_a_statutory_holiday(document: YearDocument) -> None:
    assert len(document.statutory) == (13 if document.year >= 2025 else 11)
    check_covers_statutory(document, document, "shipped")


def test_sources_name_the_notices() -> None:
    assert CALENDAR.sources(date(2025, 12, 1), date(2027, 1, 4)) == [
        "国办发明电〔2024〕12号",
        "国务院办公厅2025-11-04通知",
        "《全国年节及纪念日放假办法》2027年（未公布调休）",
    ]


def test_the_source_of_an_amended_year_names_both_notices() -> None:
    assert CALENDAR.sources(date(2019, 12, 1), date(2020, 1, 31)) == [
        "国办发明电〔2018〕15号、国办发明电〔2019〕3号",
        "国办发明电〔2019〕16号、国办发明电〔2020〕1号",
    ]
    assert [CALENDAR.years[year].issued for year in (2019, 2020)] == [date(2019, 3, 22), date(2020, 1, 26)]


def test_a_statutory_year_document_is_not_published() -> None:
    assert not YearDocument(year=2028).published


def test_next_year_is_awaited_once_its_holidays_are_arranged() -> None:
    assert CALENDAR.awaited(date(2026, 10, 31)) is None
    assert CALENDAR.awaited(date(2026, 11, 1)) == 2027
    assert CALENDAR.awaited(date(2025, 12, 31)) is None
    assert CALENDAR.awaited(date(2027, 1, 5)) == 2027, "not told in time is still to be told"
