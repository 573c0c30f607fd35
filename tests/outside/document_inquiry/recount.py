"""规范性文件征求意见函 counted a second time."""

from datetime import date

from rules.books.model import Rule
from rules.recount.count import Count, Dates, Zero, second_count

from .kind import DocumentInquiry


def _served(count: Count[DocumentInquiry], agency: str) -> Zero:
    return Zero(True, {each.agency: each.received_on for each in count.letter.agencies}[agency])


def _named_day(count: Count[DocumentInquiry], rule: Rule) -> Dates:
    due: date = count.days.rolled(count.letter.reply_by)
    return {f"{rule.id}{key}": due for key, _ in count.bound(rule)}


SECOND = second_count(DocumentInquiry, {"inquiry_served": _served}, {"named_day": _named_day})
