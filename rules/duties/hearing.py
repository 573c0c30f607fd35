"""负责人出庭: the head of the agency appears in court, or a deputy with reason and consent (R12).

武政办〔2023〕47号 二: "凡人民法院要求行政机关负责人出庭的,必须由涉诉行政机关的主要负责人出庭;以县政府为被告的案件由
分管副县长出庭,牵头应诉单位的主要负责人必须出庭。涉诉行政机关主要负责人有正当理由不能出庭的,经分管县领导同意后可以由
分管领导出庭并告知县司法局".
The date is the day of the hearing itself; it is not rolled.
"""

from datetime import date, time

from rules.books.rulebook import Rule
from rules.counting.clock import at
from rules.counting.period import Roll, stated
from rules.duties.anchors import ANCHORS, Anchor
from rules.duties.case import Case
from rules.duties.duty import Duty, DutyState, blank
from rules.letters import events
from rules.letters.facts import Fact
from rules.texts import text


def hearing_duties(case: Case, rule: Rule) -> list[Duty]:
    """Give each agency its appearance, and the county leader one where the county government is sued."""
    heads: list[tuple[str, Duty]] = []
    agencies = (case.letter.lead,) if case.letter.county_government else case.letter.agency_ids
    for agency in agencies:
        heads.append((agency, blank(rule, agency, (agency,))))
    if case.letter.county_government:
        leader = blank(rule, None, (case.letter.lead,), ".leader")
        act = {"act": text("act.county_leader_appears"), "act_en": text("act.county_leader_appears", "en")}
        heads.append((case.letter.lead, leader.model_copy(update={"obligor": "county_leader", **act})))
    return [_appearance(case, rule, agency, duty) for agency, duty in heads]


def _appearance(case: Case, rule: Rule, agency: str, duty: Duty) -> Duty:
    day = _hearing_day(case, agency)
    duty = case.fill(duty, stated(day, day, case.calendar, Roll.NONE, "hearing", rule.clause))
    ended = case.ending(rule.cancelled_by, agency)
    ended_on, ended_by = (ended.on, ended.event.type) if ended else (None, "")
    heard = _heard(case, agency, _MAY_APPEAR[duty.obligor])
    if heard is None:
        return case.close(duty, None, None, ended_on, ended_by)
    lacks = _substitute_lacks(case, agency, day)[0] if heard.event.appeared == "deputy" else ()
    if heard.event.appeared == "nobody" or lacks:
        duty = case.dated(duty.model_copy(update={"missing": lacks or ("appearance",)}))
        breach = {"state": DutyState.MISSED, "ended_on": heard.on, "ended_by": "heard", "satisfied_by": heard.id}
        return case.excuse(duty.model_copy(update=breach))
    # Who appeared is what counts, at whatever hour the bureau was told of it.
    return case.close(duty, heard._replace(at=at(day, time())), day, ended_on, ended_by)


def substitute_duties(case: Case, rule: Rule) -> list[Duty]:
    """Give an agency whose head can't appear the duty to have the leader's consent and tell the bureau."""
    duties = []
    for agency in case.letter.agency_ids:
        announced = case.facts.of(events.Substitute, agency)
        if not announced:
            continue
        day = _hearing_day(case, agency)
        reckoning = stated(day, announced[0].on, case.calendar, Roll.NONE, "hearing", rule.clause)
        duty = case.fill(blank(rule, agency, (agency,)), reckoning)
        lacks, complete_on = _substitute_lacks(case, agency)
        duty = duty.model_copy(update={"missing": lacks})
        ended = case.ending(rule.cancelled_by, agency)
        ended_on, ended_by = (ended.on, ended.event.type) if ended else (None, "")
        heard = _heard(case, agency, _MAY_APPEAR["agency"])
        done = announced[-1] if not lacks else None
        if heard and not done and ended_on is None:
            # After the hearing nothing can be asked any more: if the deputy appeared, a missing consent is a breach.
            breach = heard.event.appeared == "deputy"
            state = DutyState.MISSED if breach else DutyState.CANCELLED
            closed = {"state": state, "ended_on": heard.on, "ended_by": "heard"}
            duties.append(case.excuse(case.dated(duty).model_copy(update=closed)))
        else:
            duties.append(case.close(duty, done, complete_on if done else None, ended_on, ended_by))
    return duties


_MAY_APPEAR = {
    "agency": ("head", "deputy", "nobody"),
    "county_leader": ("county_leader", "nobody"),
}
"""Who may be recorded as appearing for an obligor; that nobody came counts only where somebody is not recorded."""


def _heard(case: Case, agency: str, may_appear: tuple[str, ...]) -> Fact | None:
    """Find who appeared for an agency, or for the county, whatever the order in which it was recorded."""
    day = _hearing_day(case, agency)
    # What was recorded of a hearing that was then adjourned says nothing of the new one.
    held = [fact for fact in case.facts.of(events.Heard, agency) if fact.on >= day]
    heard = [fact for fact in held if fact.event.appeared in may_appear]
    return min(heard, key=lambda fact: may_appear.index(fact.event.appeared), default=None)


def _substitute_lacks(case: Case, agency: str, by: date = date.max) -> tuple[tuple[str, ...], date | None]:
    """Say which of consent and notice to the bureau a substitution lacked on a day, and the day it was complete."""
    announced: list[Fact] = case.facts.of(events.Substitute, agency)
    consents = [day for fact in announced if (day := fact.event.consent_on) and day <= by]
    told = [day for fact in announced if (day := fact.event.told_on) and day <= by]
    ticks = {"announcement": bool(announced), "leader_consent": bool(consents), "bureau_told": bool(told)}
    lacks = tuple(name for name, there in ticks.items() if not there)
    return lacks, None if lacks else max(min(consents), min(told))


def _hearing_day(case: Case, agency: str) -> date:
    anchor = ANCHORS["hearing"](case, agency)
    assert isinstance(anchor, Anchor)
    return anchor.on
