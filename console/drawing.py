"""Drawings as data: where each bar, mark and word of a picture stands. Templates turn them into SVG."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta
from typing import Any, NamedTuple

from rules.counting.calendar import Calendar
from rules.errors import CalendarUnknown

WIDTH = 1000
_LEFT, _RIGHT, _ROW, _TOP = 250, 20, 26, 34
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
        """Return the place of a day's beginning."""
        span = (self.last - self.first).days + 1
        return round(_LEFT + (WIDTH - _LEFT - _RIGHT) * (day - self.first).days / span, 1)


class Row(NamedTuple):
    """What a row of a time line says: words, a bar from its first to its last day in a colour, and marked days."""

    words: str
    first: date | None = None
    last: date | None = None
    colour: str = ""
    marks: tuple[tuple[date, str, str], ...] = ()


def duty_row(words: str, duties: Iterable[Mapping[str, Any]]) -> Row:
    """Lay out duties as one row: from the first day zero to the last due date, each date and what was done marked."""
    dated = [duty for duty in duties if duty["due"]]
    if not dated:
        return Row(words)
    lights = [duty["light"] for duty in dated]
    colour = next((light for light in ("red", "yellow", "green") if light in lights), "grey")
    marks = [(date.fromisoformat(duty["due"]), "due", duty["due"]) for duty in dated]
    marks += [
        (date.fromisoformat(duty["satisfied_on"]), "dot", duty["satisfied_on"])
        for duty in dated
        if duty["satisfied_on"]
    ]
    start = min(date.fromisoformat(duty["anchor"] or duty["due"]) for duty in dated)
    return Row(words, start, max(date.fromisoformat(duty["due"]) for duty in dated), colour, tuple(marks))


def marked_row(words: str, days: Iterable[tuple[date, str]]) -> Row:
    """Lay out what happened as a row of marks."""
    return Row(words, marks=tuple((day, "dot", said) for day, said in days))


def time_line(rows: Iterable[Row], today: date, calendar: Calendar, *, until: date | None = None) -> TimeLine | None:
    """Draw rows, of which those without any day are left out; None where nothing has a day.

    It reaches to `until` at least: how late something is can only be seen up to today.
    """
    drawn = [row for row in rows if row.first or row.marks]
    days = [day for row in drawn for day in (row.first, row.last, *(day for day, _, _ in row.marks), until) if day]
    if not days:
        return None
    scale = _Scale(min(days) - timedelta(days=1), max(days) + timedelta(days=3))
    inside = scale.first <= today <= scale.last
    return TimeLine(
        height=_TOP + _ROW * len(drawn) + 8,
        lines=tuple(_line(row, _TOP + _ROW * number, scale) for number, row in enumerate(drawn)),
        ticks=_ticks(scale),
        off=_off(scale, calendar),
        today=scale.x(today) if inside else None,
    )


def _line(row: Row, y: int, scale: _Scale) -> Line:
    # A date ends with its day, so what is due on it stands at the day's end.
    marks = tuple(
        Mark(scale.x(day + timedelta(days=1) if kind == "due" else day), kind, words) for day, kind, words in row.marks
    )
    if row.first is None or row.last is None:
        return Line(row.words, y, 0, 0, "", "", marks)
    x = scale.x(row.first)
    width = max(scale.x(row.last + timedelta(days=1)) - x, 3)
    return Line(row.words, y, x, round(width, 1), row.colour, f"{row.first} — {row.last}", marks)


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
    """Lay out stacked columns, each a label and its parts (count and colour); return them and the width of one."""
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
