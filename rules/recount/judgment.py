"""裁判文书 counted a second time."""

from datetime import date, timedelta

from rules.counting.clock import local_date
from rules.kinds.judgment import Appealed, Effective, Judgment
from rules.letters.cases import Proceeding
from rules.letters.terms import Decision, Document, Instance
from rules.recount.count import Count, Zero, second_count
from rules.recount.days import DAY

_FIRST_APPEAL, _RULING_APPEAL = 15, 10


def _document(count: Count[Judgment], agency: str) -> Zero:
    arises = count.letter.document in count.readings.filing.types
    return Zero(arises, _in_effect(count, agency, count.readings.filing.anchor))


def _lost_document(count: Count[Judgment], agency: str) -> Zero:
    stats = count.readings.stats
    lost = any(outcome in stats.loss_outcomes for outcome in count.letter.outcomes)
    arises = lost and count.letter.document in stats.loss_documents
    return Zero(arises, _in_effect(count, agency, count.readings.analysis.anchor))


def _report_given(count: Count[Judgment], agency: str) -> Zero:
    report = count.standing("loss_report", agency)
    return Zero(report is not None, report[0] if report else None)


def _in_effect(count: Count[Judgment], agency: str, reading: str) -> date | None:
    effective = _effective(count)
    if reading == "effective":
        return effective
    received = count.letter.service(agency).received_on
    if received is None:
        return None
    received = count.receipt(received)
    return received if reading == "receipt" else max(received, effective)


def _effective(count: Count[Judgment]) -> date:
    letter = count.letter
    proofs = sorted(count.facts.of(Effective), key=lambda fact: (fact.at, fact.id))
    if proofs:
        return proofs[-1].on
    if letter.effective_on:
        return letter.effective_on
    served = [each.received_on for each in letter.agencies if each.received_on]
    last = letter.last_service_on or (max(served) if served else local_date(letter.received_at))
    if letter.instance is not Instance.FIRST or letter.document is Document.MEDIATION:
        return last
    turned_away = Decision.REJECTED in letter.outcomes or Decision.NOT_ACCEPTED in letter.outcomes
    if letter.document is not Document.JUDGMENT and not turned_away:
        return last
    length = _FIRST_APPEAL if letter.document is Document.JUDGMENT else _RULING_APPEAL
    return count.days.rolled(last + timedelta(days=length)) + DAY


SECOND = second_count(
    Judgment,
    {
        "document_in_effect": _document,
        "lost_document_in_effect": _lost_document,
        "loss_report_given": _report_given,
    },
    begins=lambda count: [Proceeding.SECOND] if count.facts.of(Appealed) else [],
    ends=lambda count: [Proceeding(count.letter.instance.value)],
)
