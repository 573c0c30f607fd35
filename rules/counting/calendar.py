"""Which days are working days, how that is known, and from which notice.

《国务院关于职工工作时间的规定》第七条: 国家机关、事业单位实行统一的工作时间,星期六和星期日为周休息日。
A day is a working day if a notice puts it to work, or if it is Monday to Friday and no notice has it off.
Everything else is a 法定休假日 in the sense of 民事诉讼法 85: the actual day of rest governs.
"""

import hashlib
from collections.abc import Iterable
from datetime import date, timedelta
from functools import cache, cached_property

from rules.counting.years import YearDocument, as_json, shipped_years
from rules.errors import CalendarRefused, CalendarUnknown

_WEEKDAYS = "一二三四五六日"

_ARRANGED_BY = 11
"""Month in which the holidays of the next year are known."""


def weekday_name(day: date) -> str:
    """Name a day of the week in Chinese, as 周六."""
    return f"周{_WEEKDAYS[day.weekday()]}"


class Calendar:
    """An unbroken run of years, published or only statutory, with their working days indexed by day."""

    def __init__(self, years: Iterable[YearDocument]) -> None:
        self.years = {document.year: document for document in sorted(years, key=lambda document: document.year)}
        numbers = list(self.years)
        if not numbers or numbers[-1] - numbers[0] + 1 != len(numbers):
            raise CalendarRefused("calendar", "calendar_gap", years=", ".join(map(str, numbers)) or "-")
        self.first, self.last = date(numbers[0], 1, 1), date(numbers[-1], 12, 31)
        self.day_zero = self.first.toordinal()
        self._off, self._work = self._overlay()
        span = range(self.day_zero, self.last.toordinal() + 1)
        working = [self._rests(date.fromordinal(day)) is None for day in span]
        # `rank[i]` counts the working days before day i; `ordinals[k]` is the k-th working day. Together they
        # make "the n-th working day after" one addition and two look-ups, whatever lies between.
        self.ordinals = [day for day, works in zip(span, working, strict=True) if works]
        self.rank = [0]
        for works in working:
            self.rank.append(self.rank[-1] + works)
        # The last ordinal up to which every day is published; counts that look no further are not provisional.
        self.published_until = self._published_until()

    @cached_property
    def version(self) -> str:
        """Name this calendar by its published years and a digest of its content."""
        content = "\n".join(as_json(document) for document in self.years.values())
        published = [year for year, document in self.years.items() if document.published]
        label = f"{published[0]}-{published[-1]}" if published else "none"
        return f"{label}/{hashlib.sha256(content.encode()).hexdigest()[:8]}"

    def with_years(self, documents: Iterable[YearDocument]) -> "Calendar":
        """Return a calendar in which these years replace or join the ones here."""
        merged = dict(self.years)
        for document in documents:
            known = merged.get(document.year)
            keeps = document.statutory or (known.statutory if known else ())
            merged[document.year] = document.model_copy(update={"statutory": keeps})
        return Calendar(merged.values())

    def is_working_day(self, day: date) -> bool:
        """Tell whether offices work on a day; a day outside the known years raises CalendarUnknown."""
        index = self.index(day)
        return self.rank[index + 1] > self.rank[index]

    def is_published(self, day: date) -> bool:
        """Tell whether a day's status is settled by a notice.

        28 to 31 December also need the next year's notice: 2022-12-31 was off under the notice for 2023.
        """
        return self._year_published(day.year) and (
            (day.month, day.day) < (12, 28) or self._year_published(day.year + 1)
        )

    def awaited(self, today: date) -> int | None:
        """Return the year whose holidays should be loaded by now: this one, or the next, arranged by November."""
        needed = [today.year, today.year + 1] if today.month >= _ARRANGED_BY else [today.year]
        return next((year for year in needed if not self._year_published(year)), None)

    def rest_reason(self, day: date) -> str | None:
        """Say in Chinese why a day is off, or None for a working day."""
        self.index(day)
        return self._rests(day)

    def is_make_up_day(self, day: date) -> bool:
        """Tell whether a weekend day is put to work (调休上班)."""
        return day in self._work

    def next_working_day(self, day: date) -> date:
        """Return the day itself if offices work, else the first working day after it."""
        rank = self.rank[self.index(day)]
        if rank >= len(self.ordinals):
            raise self._unknown(self.last + timedelta(days=1))
        return date.fromordinal(self.ordinals[rank])

    def previous_working_day(self, day: date) -> date:
        """Return the day itself if offices work, else the last working day before it."""
        rank = self.rank[self.index(day) + 1]
        if rank == 0:
            raise self._unknown(self.first - timedelta(days=1))
        return date.fromordinal(self.ordinals[rank - 1])

    def shift(self, day: date, working_days: int) -> date:
        """Return the n-th working day strictly after a day, or strictly before it where n is negative."""
        index = self.index(day)
        target = self.rank[index + 1] + working_days - 1 if working_days > 0 else self.rank[index] + working_days
        if working_days == 0:
            raise ValueError("a shift by no working days has no direction")
        if not 0 <= target < len(self.ordinals):
            raise self._unknown(self.last + timedelta(days=1) if working_days > 0 else self.first - timedelta(days=1))
        return date.fromordinal(self.ordinals[target])

    def index(self, day: date) -> int:
        """Return a day's place in `rank`; a day outside the known years raises CalendarUnknown."""
        index = day.toordinal() - self.day_zero
        if not 0 <= index < len(self.rank) - 1:
            raise self._unknown(day)
        return index

    def sources(self, first: date, last: date) -> list[str]:
        """Name the notices that settle the days of a span, for a reckoning."""
        years = range(max(first, self.first).year, min(last, self.last).year + 1)
        return [self.years[year].source for year in years]

    def _status(self, day: date) -> tuple[bool, bool] | None:
        if not self.first <= day <= self.last:
            return None
        return self.is_working_day(day), self.is_published(day)

    def _year_published(self, year: int) -> bool:
        return year in self.years and self.years[year].published

    def _published_until(self) -> int:
        last = self.first - timedelta(days=1)
        for year in self.years:
            if not self._year_published(year):
                break
            last = date(year, 12, 31) if self._year_published(year + 1) else date(year, 12, 27)
        return last.toordinal()

    def _overlay(self) -> tuple[dict[date, str], set[date]]:
        off: dict[date, str] = {}
        work: set[date] = set()
        for document in self.years.values():
            if document.published:
                off |= {day: holiday.name for holiday in document.off for day in holiday.days()}
                work |= set(document.work)
            else:
                off |= _statutory_days_off(document)
        return off, work

    def _rests(self, day: date) -> str | None:
        if day in self._work:
            return None
        if day in self._off:
            return f"{self._off[day]}放假"
        return weekday_name(day) if day.weekday() >= 5 else None

    def _unknown(self, day: date) -> CalendarUnknown:
        return CalendarUnknown("calendar", "calendar_unknown", year=day.year, first=self.first, last=self.last)


def _statutory_days_off(document: YearDocument) -> dict[date, str]:
    """List an unpublished year's statutory days and their 补假.

    《全国年节及纪念日放假办法》第六条: "全体公民放假的假日,如果适逢周六、周日,应当在工作日补假。"
    Each such day moves to the next weekday that is not itself a holiday. Where two holidays fall on one day
    there is one day off, and nothing in the text adds another.
    """
    off = {statutory.day: f"{statutory.name}（法定）" for statutory in document.statutory}
    names = {statutory.day: statutory.name for statutory in document.statutory}
    for day in sorted(names):
        if day.weekday() >= 5:
            instead = day
            while instead.weekday() >= 5 or instead in off:
                instead += timedelta(days=1)
            off[instead] = f"{names[day]}（补假）"
    return off


@cache
def shipped_calendar() -> Calendar:
    """Return the calendar that comes with the program."""
    return Calendar(shipped_years().values())
