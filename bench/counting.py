"""Dates counted a second: seven working days, each package in turn, the median of several rounds."""

import statistics
import time
from collections.abc import Callable
from datetime import date, timedelta

import chinese_calendar
import holidays

from rules.counting.calendar import shipped_calendar
from rules.counting.period import Unit, count
from rules.counting.sheet import sheet

ROUNDS, SECONDS = 5, 0.4


def measure() -> list[str]:
    """Count with each and give lines with medians and ratios."""
    calendar = shipped_calendar()
    china = holidays.country_holidays("CN", years=range(2023, 2028))
    days = [date(2024, 1, 2) + timedelta(days=n) for n in range(700)]

    def ours(day: date) -> date:
        return count(day, 7, Unit.WORKING_DAY, calendar).due

    def explained(day: date) -> str:
        return sheet(count(day, 7, Unit.WORKING_DAY, calendar)).sentence()

    def theirs(day: date) -> date:
        found: date = china.get_nth_working_day(day, 7)
        return found

    def chinese(day: date) -> object:
        return chinese_calendar.find_workday(7, day)

    peers: dict[str, Callable[[date], object]] = {
        "qixian count, with its reckoning": ours,
        "qixian count, put into words": explained,
        "holidays get_nth_working_day": theirs,
        "chinesecalendar find_workday": chinese,
    }
    rates: dict[str, list[float]] = {name: [] for name in peers}
    for _ in range(ROUNDS):
        for name, counted in peers.items():
            rates[name].append(_rate(counted, days))
    medians = {name: statistics.median(found) for name, found in rates.items()}
    first = medians["qixian count, with its reckoning"]
    lines = [f"dates counted a second, seven working days, median of {ROUNDS} rounds"]
    for name, median in medians.items():
        lines.append(f"  {name:36} {median:>12,.0f}   ours is {first / median:8.1f} times as fast")
    return lines


def _rate(counted: Callable[[date], object], days: list[date]) -> float:
    done, begun = 0, time.perf_counter()
    while time.perf_counter() - begun < SECONDS:
        for day in days:
            counted(day)
            done += 1
            if done % 50 == 0 and time.perf_counter() - begun >= SECONDS:
                break
    return done / (time.perf_counter() - begun)
