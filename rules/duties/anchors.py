"""Day zero of each rule: from which fact a period is counted, by the name the rulebook gives it.

An anchor is a date with its reason; WAITING where the fact is still to come; None where the duty does not arise.
"""

from collections.abc import Callable
from datetime import date, datetime
from enum import Enum
from typing import Literal, NamedTuple

from rules.counting.clock import local, local_date
from rules.counting.effective import Appeal, Effect, presumed_effect
from rules.counting.period import Reckoning
from rules.duties.case import Case
from rules.letters import events
from rules.letters.letter import AppearanceNotice, Document, Instance, Judgment, Outcome

Moment = tuple[date, datetime]
"""The day something happened, and the instant it was recorded: the order of what happened on one day."""


class Anchor(NamedTuple):
    """Day zero and why; `presumed` marks an effective date that nobody has certified (推定), `basis` is its own count.

    `after` is the paper that the duty answers; what was done before it is no answer.
    """

    on: date
    why: str
    presumed: bool = False
    after: Moment | None = None
    basis: Reckoning | None = None


class Missing(Enum):
    """The one value WAITING: the duty is there, its day zero is not."""

    WAITING = "waiting"


WAITING: Literal[Missing.WAITING] = Missing.WAITING
Found = Anchor | Literal[Missing.WAITING] | None


def bureau_receipt(case: Case, agency: str) -> Found:
    """The day the bureau received the letter."""
    return Anchor(case.receipt(case.letter.received_at), "bureau_receipt")


def agency_told(case: Case, agency: str) -> Found:
    """The day the agency was told, by whoever was first (A03); the alternative is the bureau's own call.

    一(一)二款: "涉诉行政机关被口头通知行政起诉事项的,应当自收到通知后5日内…反馈".
    """
    if case.readings.r03.anchor == "bureau_call":
        calls = [fact.on for fact in case.facts.of(events.Told, agency) if fact.event.told_by == "bureau"]
        return Anchor(case.receipt(min(calls)), "bureau_call") if calls else WAITING
    received = case.agency_received(agency)
    return Anchor(received, "agency_told") if received else WAITING


def agency_received(case: Case, agency: str) -> Found:
    """The day the agency received the mediation letter (五一款)."""
    received = case.agency_received(agency)
    return Anchor(received, "agency_received") if received else WAITING


def feedback_given(case: Case, agency: str) -> Found:
    """The day the bureau got feedback that it has not sent back; before that nothing is owed to the court.

    Of several agencies' feedback, the first that is still to be passed on counts, then the last that was.
    """
    given = [moment for each in case.letter.agency_ids if (moment := accepted(case, "feedback", each))]
    passed_on = max(((fact.on, fact.at) for fact in case.facts.of(events.Forwarded)), default=None)
    waiting = [moment for moment in given if passed_on is None or moment > passed_on]
    moment = min(waiting) if waiting else max(given, default=None)
    return Anchor(moment[0], "feedback_given", after=moment) if moment else None


def loss_report_given(case: Case, agency: str) -> Found:
    """The day the bureau got a loss analysis that it has not sent back."""
    moment = accepted(case, "loss_report", agency)
    return Anchor(moment[0], "loss_report_given", after=moment) if moment else None


def notice_served(case: Case, agency: str) -> Found:
    """The day the 应诉通知书 was received (A14); the alternative waits for the later of the two papers.

    一(二)一款: "涉诉行政机关应在收到人民法院应诉通知书及相关材料后3日内告知…".
    """
    service = case.letter.service(agency)
    if service.received_on is None:
        return WAITING
    days = [service.received_on]
    if case.readings.r08.anchor == "later_of_both" and service.materials_on is not None:
        days.append(service.materials_on)
    return Anchor(case.receipt(max(days)), "notice_served")


def hearing(case: Case, agency: str) -> Found:
    """The day of the hearing."""
    assert isinstance(case.letter, AppearanceNotice)
    return Anchor(local_date(case.letter.hearing_at), "hearing")


def flagged(case: Case, agency: str) -> Found:
    """The day the matter was marked 重大疑难; unmarked matters owe no analysis."""
    days = [fact.on for fact in case.facts.of(events.Flagged)]
    if case.letter.major:
        days.append(case.letter.received_on)
    return Anchor(min(days), "flagged") if days else None


def document_in_effect(case: Case, agency: str) -> Found:
    """The later of the agency's receipt and the day of effect (A10).

    五二款: "应当在收到行政裁判法律文书生效后的7个工作日内,向县司法局备案".
    """
    assert isinstance(case.letter, Judgment)
    if case.letter.document not in case.readings.r16.types:
        return None
    return _in_effect(case, agency, case.readings.r16.anchor)


def lost_document_in_effect(case: Case, agency: str) -> Found:
    """As for the filing (A11), if the document counts as a loss (A12).

    五二款: "败诉行政机关还应当自收到生效法律文书后30日内形成《行政案件败诉原因分析报告》".
    """
    assert isinstance(case.letter, Judgment)
    stats = case.readings.stats
    lost = case.letter.document in stats.loss_documents and set(case.letter.outcomes) & set(stats.loss_outcomes)
    return _in_effect(case, agency, case.readings.r17.anchor) if lost else None


ANCHORS: dict[str, Callable[[Case, str], Found]] = {
    function.__name__: function
    for function in (
        bureau_receipt, agency_told, agency_received, feedback_given, loss_report_given, notice_served, hearing,
        flagged, document_in_effect, lost_document_in_effect,
    )
}  # fmt: skip


def accepted(case: Case, paper: str, agency: str) -> Moment | None:
    """Give the moment of an agency's first paper of a type that was not sent back later."""
    returned = [fact for fact in case.facts.of(events.Returned, agency) if fact.event.of == paper]
    last = (returned[-1].on, returned[-1].at) if returned else None
    papers = case.facts.named(paper, agency)
    return next(((fact.on, fact.at) for fact in papers if last is None or (fact.on, fact.at) > last), None)


def effect(case: Case) -> tuple[date, bool, Effect | None]:
    """Give the day a document took effect, whether that is presumed, and the presumption's count."""
    letter = case.letter
    assert isinstance(letter, Judgment)
    certificate = max(case.facts.of(events.Effective), key=lambda fact: fact.recorded, default=None)
    certified = certificate.on if certificate else letter.effective_on
    if certified is not None:
        return certified, False, None
    served = [each.received_on for each in letter.agencies if each.received_on is not None]
    last_service = letter.last_service_on or max(served, default=local(letter.received_at).date())
    presumed = presumed_effect(appeal(letter), last_service, case.calendar)
    return presumed.effective, True, presumed


def appeal(letter: Judgment) -> Appeal:
    """Tell whether a document can be appealed: first-instance judgments, and rulings that turn a suit away."""
    if letter.instance is not Instance.FIRST or letter.document is Document.MEDIATION:
        return Appeal.NONE
    if letter.document is Document.JUDGMENT:
        return Appeal.FIRST_INSTANCE_JUDGMENT
    turned_away = {Outcome.REJECTED, Outcome.NOT_ACCEPTED} & set(letter.outcomes)
    return Appeal.FIRST_INSTANCE_RULING if turned_away else Appeal.NONE


def _in_effect(case: Case, agency: str, reading: str) -> Found:
    received = case.letter.service(agency).received_on
    effective, presumed, presumption = effect(case)
    basis = presumption.reckoning if presumption else None
    why = "effective_on_service" if presumption and basis is None else "effective"
    in_effect = Anchor(effective, why, presumed, basis=basis)
    if reading == "effective":
        return in_effect
    if received is None:
        return WAITING
    received = case.receipt(received)
    if reading == "receipt" or received >= effective:
        return Anchor(received, "document_received")
    return in_effect
