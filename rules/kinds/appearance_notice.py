"""负责人出庭通知: the head of the agency appears in court, or a deputy with reason and consent (R12).

武政办〔2023〕47号 二: "凡人民法院要求行政机关负责人出庭的,必须由涉诉行政机关的主要负责人出庭;以县政府为被告的案件由
分管副县长出庭,牵头应诉单位的主要负责人必须出庭。涉诉行政机关主要负责人有正当理由不能出庭的,经分管县领导同意后可以由
分管领导出庭并告知县司法局".
The date is the day of the hearing itself; it is not rolled.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime, time
from itertools import product
from typing import Annotated, Literal, NamedTuple

from pydantic import Field

from rules.books.model import Rule
from rules.counting.clock import at, local, local_date
from rules.counting.period import Roll, stated
from rules.counting.written import Day
from rules.duties.day_zeros import Anchor, Found, day_zeros
from rules.duties.door import Door
from rules.duties.duty import Duty, blank
from rules.duties.kind import Kind, Shape, on
from rules.duties.lamp import DutyState
from rules.duties.shapes import GENERIC, uncounted
from rules.duties.situation import Act, Situation
from rules.errors import Refused
from rules.letters.cases import CaseFact, Held, held
from rules.letters.dates import Present, refuse_unless_hearing, refuse_unless_near
from rules.letters.events import AgencyEvent, Event, Recall
from rules.letters.facts import Fact, Facts
from rules.letters.fields import Instant, Name, OnlyWith, Words, to_all
from rules.letters.letter import Letter
from rules.letters.looks import Look
from rules.letters.registry import register
from rules.texts import Language, text


class AppearanceNotice(Letter):
    """负责人出庭通知: the court requires the head of the agency to appear."""

    shown = to_all("kind", "hearing_at", "place")

    kind: Literal["appearance_notice"] = "appearance_notice"
    hearing_at: Instant = Field(description="开庭时间 when the hearing is: a date or an instant")
    place: Annotated[str, Field(max_length=120)] = Field("", description="开庭地点 court room")

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
    asked_with = (OnlyWith("appeared", ("head", "deputy", "county_leader"), ("spoke",)),)
    shown = to_all("on", "type", "appeared", "spoke")

    on: Day = Field(description="开庭日期 day of the hearing")
    type: Literal["heard"] = "heard"
    appeared: Literal["head", "deputy", "staff", "lawyer", "nobody", "county_leader"] = Field(
        description="出庭人 who appeared"
    )
    spoke: bool = Field(False, description="出庭负责人发表意见（出庭又出声） spoke at the hearing")


class NextHearing(Event):
    """再次开庭 The court sets another hearing of the case, at which the head is to appear again."""

    shown = to_all("on", "type", "hearing_at", "place")

    on: Day = Field(description="接到通知日期 day the bureau was told of it")
    type: Literal["next_hearing"] = "next_hearing"
    hearing_at: Instant = Field(description="再次开庭时间 when that hearing is: a date or an instant")
    place: Annotated[str, Field(max_length=120)] = Field("", description="开庭地点 court room")


class Sitting(NamedTuple):
    """One hearing that the court has set: its number, 1 for the notice's own, when it is and where."""

    number: int
    at: datetime
    place: str

    @property
    def on(self) -> date:
        """Return its day in Shanghai."""
        return local_date(self.at)

    @property
    def suffix(self) -> str:
        """Return what tells its duties from those of the first one."""
        return f".{self.number}" if self.number > 1 else ""


def sittings(facts: Facts[AppearanceNotice]) -> list[Sitting]:
    """List the hearings that the court has set, in the order in which they are."""
    first = (facts.letter.hearing_at, facts.letter.place)
    set_again = sorted((fact.event.hearing_at, fact.event.place) for fact in facts.of(NextHearing))
    return [Sitting(number, *each) for number, each in enumerate([first, *set_again], start=1)]


def hearing(situation: Situation[AppearanceNotice], agency: str) -> Found:
    """The day of the hearing."""
    return Anchor(situation.letter.hearing_on, "hearing")


def hearing_duties(situation: Situation[AppearanceNotice], rule: Rule) -> list[Duty]:
    """Give each agency its appearance at each hearing, and the county leader one where the county is sued."""
    letter = situation.letter
    agencies = (letter.lead,) if letter.county_government else letter.agency_ids
    duties: list[Duty] = []
    for sitting in sittings(situation.facts):
        for agency in agencies:
            duty = blank(rule, agency, (agency,), sitting.suffix)
            duties.append(_appearance(situation, rule, agency, duty, sitting, _FOR_AGENCY))
        if letter.county_government:
            leader = blank(rule, None, (letter.lead,), f"{sitting.suffix}.leader")
            act = {"act": text("act.county_leader_appears"), "act_en": text("act.county_leader_appears", "en")}
            leader = leader.model_copy(update={"obligor": "county_leader", **act})
            duties.append(_appearance(situation, rule, letter.lead, leader, sitting, _FOR_COUNTY))
    return duties


_FOR_AGENCY = ("head", "deputy", "staff", "lawyer", "nobody")
_FOR_COUNTY = ("county_leader", "nobody")
"""Who may be recorded as appearing; that nobody came counts only where somebody is not recorded."""

_NO_HEAD = {"staff": "only_staff", "lawyer": "only_lawyer", "nobody": "nobody_came"}
"""Who came where no head did, each as what the appearance failed for."""


def _of_hearing_itself(
    situation: Situation[AppearanceNotice], rule: Rule, duty: Duty, sitting: Sitting, anchor: date
) -> Duty:
    """Date a duty by its hearing, and say when and where that is."""
    reckoning = stated(sitting.on, anchor, situation.calendar, Roll.NONE, "hearing", rule.clause)
    when = {"happens_at": sitting.at if local(sitting.at).time() != time() else None, "happens_where": sitting.place}
    act = {"act": _numbered(duty.act, sitting, "zh"), "act_en": _numbered(duty.act_en, sitting, "en")}
    return situation.fill(duty, reckoning).model_copy(update=when | act)


def _numbered(act: str, sitting: Sitting, language: Language) -> str:
    return text("act.hearing", language, act=act, number=sitting.number) if sitting.number > 1 else act


def _appearance(
    situation: Situation[AppearanceNotice],
    rule: Rule,
    agency: str,
    duty: Duty,
    sitting: Sitting,
    may_appear: tuple[str, ...],
) -> Duty:
    duty = _of_hearing_itself(situation, rule, duty, sitting, sitting.on)
    ended = situation.ended(rule.cancelled_by, agency)
    heard = _heard(situation, agency, sitting, may_appear)
    if heard is None:
        return situation.close(duty, None, ended)
    came = heard.event.appeared
    lacks = _substitute_lacks(situation, agency, sitting, sitting.on)[0] if came == "deputy" else ()
    if came in _NO_HEAD or lacks:
        duty = situation.dated(duty.model_copy(update={"missing": lacks}))
        breach = {"state": DutyState.MISSED, "ended_on": heard.on, "ended_by": _NO_HEAD.get(came, "heard")}
        return situation.excuse(duty.model_copy(update=breach | {"satisfied_by": heard.id}))
    # Who appeared is what counts, at whatever hour the bureau was told of it.
    return situation.close(duty, Act(heard.id, sitting.on, at(sitting.on, time())), ended)


def substitute_duties(situation: Situation[AppearanceNotice], rule: Rule) -> list[Duty]:
    """Return an agency whose head can't appear the duty to have the leader's consent and tell the bureau."""
    duties = []
    for sitting, agency in product(sittings(situation.facts), situation.letter.agency_ids):
        announced = _announced(situation, agency, sitting)
        if not announced:
            continue
        duty = blank(rule, agency, (agency,), sitting.suffix)
        duty = _of_hearing_itself(situation, rule, duty, sitting, announced[0].on)
        lacks, complete_on = _substitute_lacks(situation, agency, sitting)
        duty = duty.model_copy(update={"missing": lacks})
        ended = situation.ended(rule.cancelled_by, agency)
        heard = _heard(situation, agency, sitting, _FOR_AGENCY)
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


def _heard(
    situation: Situation[AppearanceNotice], agency: str, sitting: Sitting, may_appear: tuple[str, ...]
) -> Fact[Heard] | None:
    """Find who appeared for an agency, or for the county, at a hearing, whatever the order in which it was recorded."""
    every = sittings(situation.facts)
    heard = [
        fact
        for fact in situation.facts.of(Heard, agency)
        if fact.event.appeared in may_appear and sitting_of(every, fact.on) == sitting
    ]
    return min(heard, key=lambda fact: may_appear.index(fact.event.appeared), default=None)


def sitting_of(every: Sequence[Sitting], on: date) -> Sitting | None:
    """Return the hearing that somebody speaks of who says what came of it on a day: the last one until then.

    What was recorded of a hearing that was then adjourned says nothing of the new one.
    """
    return max((each for each in every if each.on <= on), key=lambda each: (each.on, each.number), default=None)


def _announced(situation: Situation[AppearanceNotice], agency: str, sitting: Sitting) -> list[Fact[Substitute]]:
    """List what was announced for a hearing: for the next one there is, and after the last one for that."""
    every = sittings(situation.facts)
    return [
        fact
        for fact in situation.facts.of(Substitute, agency)
        if min((each for each in every if each.on >= fact.on), key=lambda each: each.on, default=every[-1]) == sitting
    ]


def _substitute_lacks(
    situation: Situation[AppearanceNotice], agency: str, sitting: Sitting, by: date = date.max
) -> tuple[tuple[str, ...], date | None]:
    """Say which of consent and notice to the bureau a substitution lacked on a day, and the day it was complete."""
    announced = _announced(situation, agency, sitting)
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
        raise Refused("appeared", "choice", expected=", ".join(_FOR_AGENCY))


def _usual(door: Door[AppearanceNotice], event: str, agency: str | None, today: date) -> dict[str, object]:
    """Say that what came of a hearing was on its day: of the last one that was."""
    sitting = sitting_of(sittings(door.facts), today) if event == "heard" else None
    return {"on": sitting.on.isoformat()} if sitting else {}


def _case_facts(facts: Facts[AppearanceNotice]) -> Iterable[CaseFact]:
    """Say when there is a hearing, and who came for each agency."""
    every = sittings(facts)
    for each in every:
        yield held(None, each.at, each.place)
    for fact in facts.of(Heard):
        sitting = sitting_of(every, fact.on)
        if sitting is not None:
            yield Held(None, sitting.on, fact.event.agency, fact.event.appeared, fact.event.spoke)


def _check_next(door: Door[AppearanceNotice], event: NextHearing) -> None:
    last = max(each.on for each in sittings(door.facts))
    if local_date(event.hearing_at) <= last:
        raise Refused("hearing_at", "not_after_hearing", day=local_date(event.hearing_at), hearing=last)
    refuse_unless_near("hearing_at", local_date(event.hearing_at), Present(event.on, event.on))


def _looks(letter: AppearanceNotice) -> Iterator[Look]:
    if local(letter.hearing_at).time() == time():
        yield Look(field="hearing_at", key="no_hour", values={"day": str(letter.hearing_on)})


def _days(letter: AppearanceNotice) -> Iterable[tuple[str, date]]:
    return [("hearing_at", letter.hearing_on)]


KIND: Kind[AppearanceNotice] = Kind(
    model=AppearanceNotice,
    place=40,
    example="--matter 2026-017 --court 武平县人民法院 --received 2026-11-20 --agency forestry "
    "--hearing-at 2026-12-10T09:00:00+08:00",
    events=(Appearance, Substitute, Heard, NextHearing, Recall),
    day_zeros=day_zeros(hearing),
    shapes={
        **GENERIC,
        "hearing": Shape(hearing_duties, problems=_of_hearing, satisfied_by=("heard",)),
        "substitute": Shape(substitute_duties, problems=_of_hearing, satisfied_by=("substitute",)),
    },
    check=_check,
    event_checks=(on(Heard, _check_heard),),
    turn_checks=(on(NextHearing, _check_next),),
    case_facts=_case_facts,
    days=_days,
    usual=_usual,
    looks=_looks,
)
register(KIND)
