"""Time as a clerk reads it: dates in Asia/Shanghai, the legal cut-off and office hours.

Every instant is aware. A date is taken in Asia/Shanghai before anything is counted
(民法典 200 to 204 count days, and 24 时 is midnight there), never in the machine's own zone.
"""

import hashlib
from datetime import date, datetime, time, timedelta
from typing import Annotated
from zoneinfo import ZoneInfo

from pydantic import Field, model_validator

from rules.counting.calendar import Calendar
from rules.values import Frozen

SHANGHAI = ZoneInfo("Asia/Shanghai")


def local(instant: datetime) -> datetime:
    """Return an aware instant on the clock of Asia/Shanghai; a naive one raises ValueError."""
    if instant.tzinfo is None:
        raise ValueError("an instant needs its offset")
    return instant.astimezone(SHANGHAI)


def local_date(instant: datetime) -> date:
    """Return the date in Asia/Shanghai on which an aware instant falls."""
    return local(instant).date()


def at(day: date, moment: time) -> datetime:
    """Return the aware instant of a clock time on a day in Asia/Shanghai."""
    return datetime.combine(day, moment, SHANGHAI)


def cut_off(due: date, closes: time | None = None) -> datetime:
    """Return the first instant that is too late for a due date.

    民法典 203 二款: "期间的最后一日的截止时间为二十四时;有业务时间的,停止业务活动的时间为截止时间".
    Without `closes` that is 24:00 (reading A26), else the close of business on the day.
    """
    return at(due + timedelta(days=1), time()) if closes is None else at(due, closes)


def on_time(due: date, instant: datetime, closes: time | None = None) -> bool:
    """Tell whether an act at an aware instant still meets its due date."""
    return local(instant) < cut_off(due, closes)


class OfficeHours(Frozen):
    """When people can be reached: working days between two clock times, reminders spread after one."""

    opens: time = time(8, 30)
    closes: time = time(17, 30)
    remind_at: time = time(9)
    spread_minutes: Annotated[int, Field(ge=0, le=600)] = 30
    after_hours_target: time = time(12)
    quiet: tuple[tuple[time, time], ...] = ()

    @model_validator(mode="after")
    def _in_order(self) -> "OfficeHours":
        breaks = [clock for each in self.quiet for clock in each]
        clocks = [self.opens, self.closes, self.remind_at, self.after_hours_target, *breaks]
        if any(clock.tzinfo is not None for clock in clocks):
            raise ValueError("office hours are on the clock of Shanghai and carry no offset")
        last = datetime.combine(date.min, self.remind_at) + timedelta(minutes=self.spread_minutes)
        if not (self.opens <= self.remind_at and last < datetime.combine(date.min, self.closes)):
            raise ValueError("opens <= remind_at (+ spread_minutes) < closes must hold")
        if sorted(breaks) != breaks or any(not self.opens < clock < self.closes for clock in breaks):
            raise ValueError("quiet hours must follow each other within office hours")
        if any(begins < (last + _DIGESTED).time() for begins, _ in self.quiet):
            raise ValueError("quiet hours must begin once reminders and digests have gone out")
        if not self.opens <= self.after_hours_target <= self.closes:
            raise ValueError("opens <= after_hours_target <= closes must hold")
        return self

    def reminder(self, day: date, spread_key: str) -> datetime:
        """Return the instant of a day's reminders, spread over `spread_minutes` by a hash of the key.

        The same key always gets the same second, so thousands of letters do not wake at one instant.
        """
        return at(day, self.remind_at) + _spread(spread_key, timedelta(minutes=self.spread_minutes))

    def digests(self, day: date) -> datetime:
        """Return the instant at which a day's digests are made, once all its reminders are there."""
        gathered = at(day, self.remind_at) + timedelta(minutes=self.spread_minutes) + _GATHERED
        return min(gathered, at(day, self.closes) - _DIGESTED)

    def digest(self, day: date, spread_key: str) -> datetime:
        """Return the instant at which one person's digest is sent, spread over a quarter of an hour."""
        return self.digests(day) + _spread(spread_key, _DIGESTED - _GATHERED)

    def next_digest(self, instant: datetime, calendar: Calendar) -> date:
        """Return the working day whose digests are the next to be made after an instant."""
        day = calendar.next_working_day(local_date(instant))
        return day if instant < self.digests(day) else calendar.next_working_day(day + timedelta(days=1))

    def is_open(self, instant: datetime, calendar: Calendar) -> bool:
        """Tell whether an instant lies in office hours of a working day, and in no quiet hours."""
        moment = local(instant)
        return (
            self.opens <= moment.time() < self.closes
            and not self._quiet_until(moment.time())
            and calendar.is_working_day(moment.date())
        )

    def next_open(self, instant: datetime, calendar: Calendar, spread_key: str) -> datetime:
        """Return the instant itself in office hours, else the end of quiet hours or the next reminder instant."""
        if self.is_open(instant, calendar):
            return local(instant)
        moment = local(instant)
        until = self._quiet_until(moment.time())
        if until and calendar.is_working_day(moment.date()):
            return at(moment.date(), until)
        day = moment.date() if moment.time() < self.opens else moment.date() + timedelta(days=1)
        return self.reminder(calendar.next_working_day(day), spread_key)

    def _quiet_until(self, clock: time) -> time | None:
        return next((ends for begins, ends in self.quiet if begins <= clock < ends), None)


_GATHERED = timedelta(minutes=5)
_DIGESTED = timedelta(minutes=20)
"""How long after the last reminder digests are made, and the last of them is sent."""


def _spread(key: str, over: timedelta) -> timedelta:
    """Return a number of whole seconds below a duration, always the same for a key."""
    seconds = int.from_bytes(hashlib.sha256(key.encode()).digest()[:8], "big")
    return timedelta(seconds=seconds % (int(over.total_seconds()) or 1))
