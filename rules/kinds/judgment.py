"""裁判文书: the court's document that decides the case or an instance of it.

武政办〔2023〕47号 五二款: "涉诉行政机关应当在收到行政裁判法律文书生效后的7个工作日内,向县司法局备案。败诉行政机关还
应当自收到生效法律文书后30日内形成《行政案件败诉原因分析报告》,报送县司法局,县司法局审核并提出意见后上报县政府。"
"""

from collections.abc import Iterator
from datetime import date
from typing import Annotated, Literal

from pydantic import Field

from rules.counting.clock import local_date
from rules.counting.effective import Appeal, Effect, presumed_effect
from rules.counting.written import Day
from rules.duties.day_zeros import WAITING, Anchor, Found, accepted, day_zeros
from rules.duties.door import Door, PassedOn, refuse_unless_follows
from rules.duties.kind import Kind, on
from rules.duties.shapes import GENERIC
from rules.duties.situation import Situation
from rules.errors import Refused
from rules.letters.cases import Begun, CaseFact, Concluded, Proceeding
from rules.letters.dates import Present, refuse_unless_past, refuse_unless_served
from rules.letters.events import AgencyEvent, Event, Forwarded, JudgmentGiven, Returned, Withdrawal
from rules.letters.facts import Fact, Facts
from rules.letters.fields import Name, Words, to_all, to_leaders
from rules.letters.letter import Letter
from rules.letters.registry import register
from rules.letters.terms import Decision, Document, Instance


class Judgment(Letter):
    """裁判文书: the court's document that decides the case or an instance of it."""

    shown = to_all("kind", "document", "instance", "judged_on", "last_service_on", "effective_on", "outcomes")

    kind: Literal["judgment"] = "judgment"
    document: Document = Field(Document.JUDGMENT, description="文书种类 document")
    instance: Instance = Field(Instance.FIRST, description="审级 instance")
    judged_on: Day = Field(description="裁判日期 date of the document")
    last_service_on: Day | None = Field(None, description="最后送达当事人日期 last service on any party")
    effective_on: Day | None = Field(None, description="生效日期（有生效证明） day of effect, if certified")
    outcomes: tuple[Decision, ...] = Field(
        min_length=1, max_length=13, description="裁判结果 outcome, repeat for several"
    )


class Filing(AgencyEvent):
    """裁判文书备案 The agency filed the document with the bureau (R16)."""

    recorded_by = "agency"
    of_agency = True
    returnable = True
    shown = to_all("on", "type", "copy_reference", "head_appeared")

    on: Day = Field(description="备案日期 day of the filing")
    type: Literal["filing"] = "filing"
    copy_reference: Name = Field(description="文书副本编号 reference of the copy filed")
    head_appeared: bool | None = Field(None, description="负责人是否出庭 whether the head had appeared")


class LossReport(AgencyEvent):
    """行政案件败诉原因分析报告 The loss analysis reached the bureau (R17)."""

    recorded_by = "agency"
    of_agency = True
    returnable = True
    shown = to_all("on", "type", "number", "causes", "legality_reviewed", "measures")

    on: Day = Field(description="报送日期 day the report came")
    type: Literal["loss_report"] = "loss_report"
    number: Annotated[str, Field(max_length=120)] = Field("", description="文号 document number")
    causes: Words = Field(description="败诉原因 why the case was lost")
    legality_reviewed: bool | None = Field(None, description="是否经合法性审查 was legality reviewed beforehand")
    measures: Words = Field(description="整改措施 what is being mended")


class Review(AgencyEvent):
    """审核意见 The bureau's opinion on a loss analysis (R18)."""

    of_agency = True
    shown = to_leaders("on", "type", "opinion")

    on: Day = Field(description="审核日期 day of the review")
    type: Literal["review"] = "review"
    opinion: Words = Field(description="审核意见 opinion")


class Appealed(Event):
    """提起上诉 An appeal was lodged, so the document is not in effect (R16, R17)."""

    undoes = True
    shown = to_all("on", "type", "appellant")

    on: Day = Field(description="上诉日期 day of the appeal")
    type: Literal["appealed"] = "appealed"
    appellant: Name = Field(description="上诉人 appellant")


class Effective(Event):
    """生效证明 The court certified the day of effect, which is the day to give."""

    shown = to_all("on", "type", "proof")

    on: Day = Field(description="生效日期 day it took effect")
    type: Literal["effective"] = "effective"
    proof: Name = Field(description="生效证明编号 the certificate")


class SetAside(Event):
    """再审撤销 The effective document was set aside on retrial (R17)."""

    shown = to_all("on", "type", "number")

    on: Day = Field(description="撤销日期 day it was set aside")
    type: Literal["set_aside"] = "set_aside"
    number: Name = Field(description="再审文书字号 number of the retrial document")


def document_in_effect(situation: Situation[Judgment], agency: str) -> Found:
    """The later of the agency's receipt and the day of effect (A10)."""
    if situation.letter.document not in situation.readings.filing.types:
        return None
    return _in_effect(situation, agency, situation.readings.filing.anchor)


def lost_document_in_effect(situation: Situation[Judgment], agency: str) -> Found:
    """As for the filing (A11), if the document counts as a loss (A12)."""
    letter, stats = situation.letter, situation.readings.stats
    lost = letter.document in stats.loss_documents and set(letter.outcomes) & set(stats.loss_outcomes)
    return _in_effect(situation, agency, situation.readings.analysis.anchor) if lost else None


def loss_report_given(situation: Situation[Judgment], agency: str) -> Found:
    """The day the bureau got a loss analysis that it has not sent back."""
    moment = accepted(situation, "loss_report", agency)
    return Anchor(moment[0], "loss_report_given", after=moment) if moment else None


def _in_effect(situation: Situation[Judgment], agency: str, reading: str) -> Found:
    received = situation.letter.service(agency).received_on
    effective, presumption = effect(situation)
    basis = presumption.reckoning if presumption else None
    why = "effective_on_service" if presumption and basis is None else "effective"
    in_effect = Anchor(effective, why, presumption is not None, basis=basis)
    if reading == "effective":
        return in_effect
    if received is None:
        return WAITING
    received = situation.receipt(received)
    if reading == "receipt" or received >= effective:
        return Anchor(received, "document_received")
    return in_effect


def effect(situation: Situation[Judgment]) -> tuple[date, Effect | None]:
    """Return the day a document took effect, and the presumption's count where nobody has certified it (推定)."""
    letter = situation.letter
    certificate = max(situation.facts.of(Effective), key=lambda fact: fact.recorded, default=None)
    certified = certificate.on if certificate else letter.effective_on
    if certified is not None:
        return certified, None
    served = [each.received_on for each in letter.agencies if each.received_on is not None]
    last_service = letter.last_service_on or max(served, default=local_date(letter.received_at))
    presumed = presumed_effect(appeal(letter), last_service, situation.calendar)
    return presumed.effective, presumed


def appeal(letter: Judgment) -> Appeal:
    """Tell whether a document can be appealed: first-instance judgments, and rulings that turn a suit away."""
    if letter.instance is not Instance.FIRST or letter.document is Document.MEDIATION:
        return Appeal.NONE
    if letter.document is Document.JUDGMENT:
        return Appeal.FIRST_INSTANCE_JUDGMENT
    turned_away = {Decision.REJECTED, Decision.NOT_ACCEPTED} & set(letter.outcomes)
    return Appeal.FIRST_INSTANCE_RULING if turned_away else Appeal.NONE


def _ends(facts: Facts[Judgment], fact: Fact[Event]) -> bool:
    """Tell that an appeal ends nothing once a certificate recorded after it says that the document took effect."""
    proofs = facts.of(Effective) if isinstance(fact.event, Appealed) else []
    return not any(proof.recorded > fact.recorded for proof in proofs)


def _case_facts(facts: Facts[Judgment]) -> Iterator[CaseFact]:
    """Say how an instance ended, and that an appeal begins the next."""
    letter, proceeding = facts.letter, Proceeding(facts.letter.instance.value)
    certified = [fact.on for fact in facts.of(Effective)]
    effective = certified[-1] if certified else letter.effective_on
    outcomes = tuple(each.value for each in letter.outcomes)
    yield Concluded(proceeding, letter.judged_on, letter.document.value, outcomes, letter.number or "", effective)
    for appealed in facts.of(Appealed)[:1]:
        yield Begun(Proceeding.SECOND, appealed.on)


def _implies(letter: Judgment) -> Iterator[Event]:
    """Say that the court has decided, and where the suit was withdrawn, that as well."""
    yield JudgmentGiven(on=letter.judged_on, number=letter.number or "")
    if Decision.WITHDRAWN in letter.outcomes:
        yield Withdrawal(on=letter.judged_on, evidence=letter.number or letter.court)


def _check(letter: Judgment, today: Present) -> None:
    refuse_unless_served(letter)
    refuse_unless_past("judged_on", letter.judged_on, today)
    if letter.effective_on is not None:
        refuse_unless_past("effective_on", letter.effective_on, today)
        if letter.effective_on < letter.judged_on:
            values = {"effective": letter.effective_on, "judged": letter.judged_on}
            raise Refused("effective_on", "effective_before_judged", **values)
    if letter.last_service_on is not None:
        refuse_unless_past("last_service_on", letter.last_service_on, today)
    receipts = [(f"agencies.{number}.received_on", each.received_on) for number, each in enumerate(letter.agencies)]
    for field, day in [("last_service_on", letter.last_service_on), ("received_at", letter.received_on), *receipts]:
        if day is not None and day < letter.judged_on:
            raise Refused(field, "served_before_judged", day=day, judged=letter.judged_on)


def _check_review(door: Door[Judgment], event: Review) -> None:
    refuse_unless_follows(door, "loss_report", event.agency, event.on, "event")


def _check_appealed(door: Door[Judgment], event: Appealed) -> None:
    if door.letter.instance is not Instance.FIRST:
        raise Refused("event", "not_appealable")


def _earliest(letter: Judgment, event: Event) -> date:
    return letter.judged_on


KIND: Kind[Judgment] = Kind(
    model=Judgment,
    place=50,
    example="--matter 2026-017 --court 武平县人民法院 --received 2026-11-20 --number '(2026)闽0824行初1号' "
    "--judged-on 2026-11-16 --agency forestry=2026-11-19 --outcome revoked",
    events=(Filing, LossReport, Returned, Review, Forwarded, Appealed, Effective, SetAside),
    day_zeros=day_zeros(document_in_effect, lost_document_in_effect, loss_report_given),
    shapes=GENERIC,
    check=_check,
    passes_on=PassedOn("county_government", "review"),
    event_checks=(
        on(Review, _check_review),
        on(Appealed, _check_appealed),
    ),
    earliest=_earliest,
    ends=_ends,
    implies=_implies,
    case_facts=_case_facts,
)
register(KIND)
