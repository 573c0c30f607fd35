"""口头通知 counted a second time."""

from rules.kinds.oral_notice import OralNotice
from rules.letters.events import Forwarded, Told
from rules.recount.count import Count, Zero, second_count


def _agency_told(count: Count[OralNotice], agency: str) -> Zero:
    if count.readings.feedback.anchor != "bureau_call":
        return Zero(True, count.received(agency))
    calls = [fact.on for fact in count.facts.of(Told, agency) if fact.event.told_by == "bureau"]
    return Zero(True, count.receipt(min(calls)) if calls else None)


def _feedback_given(count: Count[OralNotice], agency: str) -> Zero:
    given = [each for agency in count.letter.agency_ids if (each := count.standing("feedback", agency))]
    forwarded = max((fact.moment for fact in count.facts.of(Forwarded)), default=None)
    left = [each for each in given if forwarded is None or each > forwarded]
    first = min(left) if left else max(given, default=None)
    return Zero(first is not None, first[0] if first else None)


SECOND = second_count(OralNotice, {"agency_told": _agency_told, "feedback_given": _feedback_given})
