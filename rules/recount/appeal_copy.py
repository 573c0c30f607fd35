"""上诉状副本 counted a second time."""

from rules.kinds.appeal_copy import AppealCopy
from rules.letters.cases import Proceeding
from rules.recount.count import Count, Zero, second_count


def _served(count: Count[AppealCopy], agency: str) -> Zero:
    return Zero(True, {each.agency: each.received_on for each in count.letter.agencies}[agency])


SECOND = second_count(AppealCopy, {"appeal_copy_served": _served}, begins=lambda count: [Proceeding.SECOND])
