"""应诉通知书 counted a second time."""

from rules.kinds.response_notice import ResponseNotice
from rules.letters.cases import Proceeding
from rules.recount.count import Count, Zero, second_count


def _notice_served(count: Count[ResponseNotice], agency: str) -> Zero:
    service = count.letter.service(agency)
    if service.received_on is None:
        return Zero(True, None)
    later = count.readings.notice.anchor == "later_of_both" and service.materials_on
    return Zero(True, count.receipt(max(service.received_on, later) if later else service.received_on))


SECOND = second_count(ResponseNotice, {"notice_served": _notice_served}, begins=lambda count: [Proceeding.FIRST])
