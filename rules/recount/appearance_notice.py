"""出庭通知 counted a second time: everything is due on the day of the hearing."""

from rules.books.model import Rule
from rules.counting.clock import local_date
from rules.kinds.appearance_notice import AppearanceNotice, Substitute
from rules.recount.count import Count, Dates, Zero, second_count


def _hearing_day(count: Count[AppearanceNotice], agency: str) -> Zero:
    return Zero(True, local_date(count.letter.hearing_at))


def _hearing(count: Count[AppearanceNotice], rule: Rule) -> Dates:
    day = local_date(count.letter.hearing_at)
    if count.letter.county_government:
        return {f"{rule.id}@{count.letter.lead}": day, f"{rule.id}.leader": day}
    return {f"{rule.id}@{each}": day for each in count.letter.agency_ids}


def _substitute(count: Count[AppearanceNotice], rule: Rule) -> Dates:
    announced = [each for each in count.letter.agency_ids if count.facts.of(Substitute, each)]
    return {f"{rule.id}@{each}": local_date(count.letter.hearing_at) for each in announced}


SECOND = second_count(AppearanceNotice, {"hearing": _hearing_day}, {"hearing": _hearing, "substitute": _substitute})
