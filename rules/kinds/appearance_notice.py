"""负责人出庭通知: the head of the agency appears in court, or a deputy with reason and consent (R12).

武政办〔2023〕47号 二: "凡人民法院要求行政机关负责人出庭的,必须由涉诉行政机关的主要负责人出庭;以县政府为被告的案件由
分管副县长出庭,牵头应诉单位的主要负责人必须出庭。涉诉行政机关主要负责人有正当理由不能出庭的,经分管县领导同意后可以由
分管领导出庭并告知县司法局".
The date is the day of the hearing itself; it is not rolled.
"""

from collections.abc import Iterable, Iterator
from datetime import date, time
from typing import Annotated, Literal

from pydantic import Field

from rules.books.model import Rule
from rules.counting.clock import at, local_date
from rules.counting.period import Roll, stated
from rules.counting.written import Day
from rules.duties.day_zeros import Anchor, Found, day_zeros
from rules.duties.door import Door
from rules.duties.duty import Duty, DutyState, blank
from rules.duties.kind import Kind, Shape, on
from rules.duties.shapes import GENERIC, uncounted
from rules.duties.situation import Act, Situation
from rules.errors import Refused
from rules.letters.cases import CaseFact, Held
from rules.letters.dates import Present, refuse_unless_hearing
from rules.letters.events import AgencyEvent, Recall
from rules.letters.facts import Fact, Facts
from rules.letters.fields import Instant, Name, Words, to_all
from rules.letters.letter import Letter
from rules.letters.registry import register
from rules.texts import text


class AppearanceNotice(Letter):
    """负责人出庭通知: the court requires the head of the agency to appear."""

    shown = to_all("kind", "hearing_at")

    kind: Literal["appearance_notice"] = "appearance_notice"
    hearing_at: Instant = Field(description="开庭时间 when the hearing is: a date or an instant")

    @property
    def hearing_on(self) -> date:
        """Return the day of the hearing in Shanghai."""
        return local_date(self.hearing_at)


class Appearance(AgencyEvent):
    """出庭人员确定 The agency names the head who will appear (R12)."""

    recorded_by = "agency"
    of_agency = True
    shown = to_all("on", "type", "name", "rank")

    on: Day = Field(description="确定日期 day the head was named")
    type: Literal["appearance"] = "appearance"
    name: Name = Field(description="姓名 name")
    rank: Literal["head", "county_leader"] = Field("head", description="职务 rank")


class Substitute(AgencyEvent):
    """负责人不能出庭 A deputy will appear instead; needs reason, the leader's consent, and the bureau told (R12)."""

    recorded_by = "agency"
    of_agency = True
    past = ("consent_on", "told_on")
    shown = to_all("on", "type", "name", "rank", "reason", "proof", "consent_on", "consent_by", "told_on")

    on: Day = Field(description="确定日期 day the deputy was named")
    type: Literal["substitute"] = "substitute"
    name: Name = Field(description="代出庭人姓名 name of the deputy")
    rank: Name = Field(description="代出庭人职务 office of the deputy")
    reason: Words = Field(description="正当理由 reason")
    proof: Annotated[str, Field(max_length=400)] = Field("", description="证明（盖章或签字） proof, sealed or signed")
    consent_on: Day | None = Field(None, description="分管县领导同意日期 day the county leader consented")
    consent_by: Annotated[str, Field(max_length=120)] = Field("", description="同意的县领导 leader who consented")
    told_on: Day | None = Field(None, description="告知司法局日期 day the bureau was told")


class Heard(AgencyEvent):
    """庭审情况 What came of the hearing: who appeared, and whether they spoke (R12)."""

    of_agency = True
    shown = to_all("on", "type", "appeared", "spoke")

    on: Day = Field(description="开庭日期 day of the hearing")
    type: Literal["heard"] = "heard"
    appeared: Literal["head", "deputy", "nobody", "county_leader"] = Field(description="出庭人 who appeared")
    spoke: bool = Field(False, description="出声 spoke at the hearing")


def hearing(situation: Situation[AppearanceNotice], agency: str) -> Found:
    """The day of the hearing."""
    return Anchor(situation.letter.hearing_on, "hearing")


def hearing_duties(situation: Situation[AppearanceNotice], rule: Rule) -> list[Duty]:
    """Give each agency its appearance, and the county leader one where the county government is sued."""
    duties: list[Duty] = []
    agencies = (situation.letter.lead,) if situation.letter.county_government else situation.letter.agency_ids
    for agency in agencies:
        duties.append(_appearance(situation, rule, agency, blank(rule, agency, (agency,)), _FOR_AGENCY))
    if situation.letter.county_government:
        leader = blank(rule, None, (situation.letter.lead,), ".leader")
        act = {"act": text("act.county_leader_appears"), "act_en": text("act.county_leader_appears", "en")}
        leader = leader.model_copy(update={"obligor": "county_leader", **act})
        duties.append(_appearance(situation, rule, situation.letter.lead, leader, _FOR_COUNTY))
    return duties


_FOR_AGENCY = ("head", "deputy", "nobody")
_FOR_COUNTY = ("county_leader", "nobody")
"""Who may be recorded as appearing; that nobody came counts only where somebody is not recorded."""


def _appearance(
    situation: Situation[AppearanceNotice], rule: Rule, agency: str, duty: Duty, may_appear: tuple[str, ...]
) -> Duty:
    day = situation.letter.hearing_on
    duty = situation.fill(duty, stated(day, day, situation.calendar, Roll.NONE, "hearing", rule.clause))
    ended = situation.ended(rule.cancelled_by, agency)
    heard = _heard(situation, agency, may_appear)
    if heard is None:
        return situation.close(duty, None, ended)
    lacks = _substitute_lacks(situation, agency, day)[0] if heard.event.appeared == "deputy" else ()
    if heard.event.appeared == "nobody" or lacks:
        duty = situation.dated(duty.model_copy(update={"missing": lacks or ("appearance",)}))
        breach = {"state": DutyState.MISSED, "ended_on": heard.on, "ended_by": "heard", "satisfied_by": heard.id}
        return situation.excuse(duty.model_copy(update=breach))
    # Who appeared is what counts, at whatever hour the bureau was told of it.
    return situation.close(duty, Act(heard.id, day, at(day, time())), ended)


def substitute_duties(situation: Situation[AppearanceNotice], rule: Rule) -> list[Duty]:
    """Return an agency whose head can't appear the duty to have the leader's consent and tell the bureau."""
    duties = []
    for agency in situation.letter.agency_ids:
        announced = situation.facts.of(Substitute, agency)
        if not announced:
            continue
        day = situation.letter.hearing_on
        reckoning = stated(day, announced[0].on, situation.calendar, Roll.NONE, "hearing", rule.clause)
        duty = situation.fill(blank(rule, agency, (agency,)), reckoning)
        lacks, complete_on = _substitute_lacks(situation, agency)
        duty = duty.model_copy(update={"missing": lacks})
        ended = situation.ended(rule.cancelled_by, agency)
        heard = _heard(situation, agency, _FOR_AGENCY)
        done = Act(announced[-1].id, complete_on, announced[-1].at) if complete_on else None
        if heard and not done and ended is None:
            # After the hearing nothing can be asked any more: if the deputy appeared, a missing consent is a breach.
            breach = heard.event.appeared == "deputy"
            state = DutyState.MISSED if breach else DutyState.CANCELLED
            closed = {"state": state, "ended_on": heard.on, "ended_by": "heard"}
            duties.append(situation.excuse(situation.dated(duty).model_copy(update=closed)))
        else:
            duties.append(situation.close(duty, done, ended))
    return duties


def _heard(situation: Situation[AppearanceNotice], agency: str, may_appear: tuple[str, ...]) -> Fact[Heard] | None:
    """Find who appeared for an agency, or for the county, whatever the order in which it was recorded."""
    day = situation.letter.hearing_on
    # What was recorded of a hearing that was then adjourned says nothing of the new one.
    held = [fact for fact in situation.facts.of(Heard, agency) if fact.on >= day]
    heard = [fact for fact in held if fact.event.appeared in may_appear]
    return min(heard, key=lambda fact: may_appear.index(fact.event.appeared), default=None)


def _substitute_lacks(
    situation: Situation[AppearanceNotice], agency: str, by: date = date.max
) -> tuple[tuple[str, ...], date | None]:
    """Say which of consent and notice to the bureau a substitution lacked on a day, and the day it was complete."""
    announced = situation.facts.of(Substitute, agency)
    consents = [day for fact in announced if (day := fact.event.consent_on) and day <= by]
    told = [day for fact in announced if (day := fact.event.told_on) and day <= by]
    ticks = {"announcement": bool(announced), "leader_consent": bool(consents), "bureau_told": bool(told)}
    lacks = tuple(name for name, there in ticks.items() if not there)
    return lacks, None if lacks else max(min(consents), min(told))


def _of_hearing(rule: Rule) -> Iterator[tuple[str, str]]:
    yield from uncounted(rule)
    if rule.anchor != "hearing":
        yield "anchor", f"shape {rule.shape!r} is dated by the hearing"


def _check(letter: AppearanceNotice, today: Present) -> None:
    refuse_unless_hearing("hearing_at", letter.hearing_on, letter, today)


def _check_heard(door: Door[AppearanceNotice], event: Heard) -> None:
    if event.on < door.letter.hearing_on:
        raise Refused("on", "before_hearing", day=event.on, hearing=door.letter.hearing_on)
    if event.appeared == "county_leader" and not door.letter.county_government:
        raise Refused("appeared", "choice", expected="head, deputy, nobody")


def _case_facts(facts: Facts[AppearanceNotice]) -> Iterable[CaseFact]:
    """Say when there is a hearing, and who came for each agency."""
    yield Held(None, facts.letter.hearing_on)
    for fact in facts.of(Heard):
        yield Held(None, facts.letter.hearing_on, fact.event.agency, fact.event.appeared, fact.event.spoke)


def _days(letter: AppearanceNotice) -> Iterable[tuple[str, date]]:
    return [("hearing_at", letter.hearing_on)]


KIND: Kind[AppearanceNotice] = Kind(
    model=AppearanceNotice,
    place=40,
    example="--matter 2026-017 --court 武平县人民法院 --received 2026-11-20 --agency forestry "
    "--hearing-at 2026-12-10T09:00:00+08:00",
    events=(Appearance, Substitute, Heard, Recall),
    day_zeros=day_zeros(hearing),
    shapes={
        **GENERIC,
        "hearing": Shape(hearing_duties, problems=_of_hearing, satisfied_by=("heard",)),
        "substitute": Shape(substitute_duties, problems=_of_hearing, satisfied_by=("substitute",)),
    },
    check=_check,
    event_checks=(on(Heard, _check_heard),),
    case_facts=_case_facts,
    days=_days,
)
register(KIND)
