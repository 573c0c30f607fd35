"""出庭通知 counted a second time: everything is due on the day of its hearing."""

from collections.abc import Iterator
from datetime import date

from rules.books.model import Rule
from rules.counting.clock import local_date
from rules.kinds.appearance_notice import AppearanceNotice, NextHearing, Substitute
from rules.recount.count import Count, Dates, Zero, second_count


def _hearing_day(count: Count[AppearanceNotice], agency: str) -> Zero:
    return Zero(True, local_date(count.letter.hearing_at))


def _days(count: Count[AppearanceNotice]) -> Iterator[tuple[str, date]]:
    """Yield the hearings, each with what is added to the names of its duties."""
    yield "", local_date(count.letter.hearing_at)
    again = sorted(local_date(fact.event.hearing_at) for fact in count.facts.of(NextHearing))
    for place, day in enumerate(again):
        yield f".{place + 2}", day


def _hearing(count: Count[AppearanceNotice], rule: Rule) -> Dates:
    found: Dates = {}
    for name, day in _days(count):
        if count.letter.county_government:
            found |= {f"{rule.id}{name}@{count.letter.lead}": day, f"{rule.id}{name}.leader": day}
        else:
            found |= {f"{rule.id}{name}@{each}": day for each in count.letter.agency_ids}
    return found


def _substitute(count: Count[AppearanceNotice], rule: Rule) -> Dates:
    found: Dates = {}
    days = list(_days(count))
    for agency in count.letter.agency_ids:
        for fact in count.facts.of(Substitute, agency):
            name, day = next(((name, day) for name, day in sorted(days, key=_day) if day >= fact.on), days[-1])
            found[f"{rule.id}{name}@{agency}"] = day
    return found


def _day(each: tuple[str, date]) -> date:
    return each[1]


SECOND = second_count(AppearanceNotice, {"hearing": _hearing_day}, {"hearing": _hearing, "substitute": _substitute})
