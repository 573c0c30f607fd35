"""Which days are off, as the notices list them, walked one by one; the calendar's index is not asked."""

from collections.abc import Iterable
from datetime import date, timedelta

from rules.counting.years import YearDocument

DAY = timedelta(days=1)


class Days:
    """The days of some years, each looked at by itself."""

    def __init__(self, years: Iterable[YearDocument]) -> None:
        self.off: set[date] = set()
        self.work: set[date] = set()
        for year in years:
            if not year.published:
                self.off |= _statutory(year)
                continue
            self.work |= set(year.work)
            for each in year.off:
                day = each.first
                while day <= each.last:
                    self.off.add(day)
                    day += DAY

    def rests(self, day: date) -> bool:
        """Tell whether nobody is at work on a day."""
        return day not in self.work and (day in self.off or day.isoweekday() > 5)

    def rolled(self, day: date) -> date:
        """Return the day itself if it is at work, else the next that is."""
        while self.rests(day):
            day += DAY
        return day

    def working(self, day: date, number: int) -> date:
        """Return the n-th working day after a day."""
        while number:
            day += DAY
            number -= not self.rests(day)
        return day

    def last_worked(self, day: date) -> date:
        """Return the day itself if it is at work, else the last that was."""
        while self.rests(day):
            day -= DAY
        return day


def _statutory(year: YearDocument) -> set[date]:
    days = {each.day for each in year.statutory}
    for day in sorted(each.day for each in year.statutory):
        if day.isoweekday() > 5:
            instead = day
            while instead.isoweekday() > 5 or instead in days:
                instead += DAY
            days.add(instead)
    return days


def months_later(day: date, number: int) -> date:
    """Return the corresponding day so many months on, or the month's last where there is none."""
    year, month = divmod(day.year * 12 + day.month - 1 + number, 12)
    for last in (day.day, 30, 29, 28):
        try:
            return date(year, month + 1, min(day.day, last))
        except ValueError:
            continue
    raise AssertionError(day)
