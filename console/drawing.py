"""Drawings as data: where each bar, mark and word of a picture stands. Templates turn them into SVG."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta
from typing import Any, NamedTuple

from rules.counting.calendar import Calendar
from rules.errors import CalendarUnknown

WIDTH = 1000
_LEFT, _RIGHT, _ROW, _TOP = 250, 20, 26, 34
_DATES = ("anchor", "due", "satisfied_on")
_SHADED = 130
"""Days up to which single days off are still wide enough to be seen."""


class Mark(NamedTuple):
    """A point on a row, with what it says."""

    x: float
    kind: str
    words: str


class Line(NamedTuple):
    """One row of a time line: its words, a bar from x to x + width in a colour, and marks."""

    words: str
    y: int
    x: float
    width: float
    colour: str
    title: str
    marks: tuple[Mark, ...] = ()


class TimeLine(NamedTuple):
    """A whole time line: rows, ticks with words, days off, and today."""

    height: int
    lines: tuple[Line, ...]
    ticks: tuple[tuple[float, str], ...]
    off: tuple[tuple[float, float], ...]
    today: float | None


class _Scale(NamedTuple):
    first: date
    last: date

    def x(self, day: date) -> float:
        """Give the place of a day's beginning."""
        span = (self.last - self.first).days + 1
        return round(_LEFT + (WIDTH - _LEFT - _RIGHT) * (day - self.first).days / span, 1)


def time_line(
    duties: Sequence[Mapping[str, Any]],
    rows: Iterable[tuple[str, Sequence[Mapping[str, Any]]]],
    events: Iterable[tuple[date, str]],
    happened: str,
    today: date,
    calendar: Calendar,
) -> TimeLine | None:
    """Draw duties from day zero to due date, and what happened; None where nothing has a date.

    `rows` groups duties under their words; `happened` names the row of events.
    """
    recorded = list(events)
    days = [day for day, _ in recorded]
    days += [date.fromisoformat(duty[name]) for duty in duties for name in _DATES if duty[name]]
    if not days:
        return None
    if any(duty["overdue"] for duty in duties):
        # How late something is can only be seen up to today.
        days.append(today)
    scale = _Scale(min(days) - timedelta(days=1), max(days) + timedelta(days=3))
    lines = [Line(happened, _TOP, 0, 0, "", "", tuple(Mark(scale.x(day), "dot", words) for day, words in recorded))]
    for words, group in rows:
        dated = [duty for duty in group if duty["due"]]
        if dated:
            lines.append(_line(words, dated, _TOP + _ROW * len(lines), scale))
    inside = scale.first <= today <= scale.last
    return TimeLine(
        height=_TOP + _ROW * len(lines) + 8,
        lines=tuple(lines),
        ticks=_ticks(scale),
        off=_off(scale, calendar),
        today=scale.x(today) if inside else None,
    )


def _line(words: str, group: Sequence[Mapping[str, Any]], y: int, scale: _Scale) -> Line:
    start = min(date.fromisoformat(duty["anchor"] or duty["due"]) for duty in group)
    end = max(date.fromisoformat(duty["due"]) for duty in group)
    lights = [duty["light"] for duty in group]
    colour = next((light for light in ("red", "yellow", "green") if light in lights), "grey")
    marks = [Mark(scale.x(date.fromisoformat(duty["due"]) + timedelta(days=1)), "due", duty["due"]) for duty in group]
    marks += [
        Mark(scale.x(date.fromisoformat(duty["satisfied_on"])), "dot", duty["satisfied_on"])
        for duty in group
        if duty["satisfied_on"]
    ]
    x = scale.x(start)
    width = max(scale.x(end + timedelta(days=1)) - x, 3)
    return Line(words, y, x, round(width, 1), colour, f"{start} — {end}", tuple(marks))


def _ticks(scale: _Scale) -> tuple[tuple[float, str], ...]:
    span = (scale.last - scale.first).days
    step = next((each for each in (1, 2, 7, 14, 31, 92, 366) if span / each <= 12), 366)
    days = (scale.first + timedelta(days=number) for number in range(0, span + 1, step))
    return tuple((scale.x(day), day.strftime("%m-%d") if span < 300 else day.strftime("%Y-%m")) for day in days)


def _off(scale: _Scale, calendar: Calendar) -> tuple[tuple[float, float], ...]:
    span = (scale.last - scale.first).days + 1
    if span > _SHADED:
        return ()
    found = []
    for number in range(span):
        day = scale.first + timedelta(days=number)
        try:
            rests = calendar.rest_reason(day) is not None
        except CalendarUnknown:
            continue
        if rests:
            found.append((scale.x(day), round(scale.x(day + timedelta(days=1)) - scale.x(day), 1)))
    return tuple(found)


class Column(NamedTuple):
    """One column of a bar chart: stacked parts from the bottom up, each with its height and colour."""

    x: float
    words: str
    total: int
    parts: tuple[tuple[float, float, str], ...]


_CHART_HEIGHT, _CHART_FLOOR = 190, 165


def columns(values: Sequence[tuple[str, Sequence[tuple[int, str]]]]) -> tuple[list[Column], float]:
    """Lay out stacked columns, each a label and its parts (count and colour); give them and the width of one."""
    most = max((sum(count for count, _ in parts) for _, parts in values), default=0) or 1
    step = (WIDTH - 40) / max(len(values), 1)
    found = []
    for number, (words, parts) in enumerate(values):
        y, drawn = float(_CHART_FLOOR), []
        for count, colour in parts:
            height = round((_CHART_FLOOR - 25) * count / most, 1)
            y = round(y - height, 1)
            drawn.append((y, height, colour))
        found.append(Column(round(20 + step * number, 1), words, sum(count for count, _ in parts), tuple(drawn)))
    return found, round(step * 0.7, 1)
