"""应诉通知书: the court serves the suit on the agency.

武政办〔2023〕47号 一(二)一款: "涉诉行政机关应在收到人民法院应诉通知书及相关材料后3日内告知县司法局并向相关分管县领导
报告。"
"""

from collections.abc import Iterable
from datetime import date
from typing import Literal

from pydantic import Field

from rules.counting.written import Day
from rules.duties.day_zeros import WAITING, Anchor, Found, day_zeros
from rules.duties.kind import Kind
from rules.duties.shapes import GENERIC
from rules.duties.situation import Situation
from rules.letters.cases import Begun, CaseFact, Held, Proceeding
from rules.letters.dates import Present, refuse_unless_hearing, refuse_unless_served
from rules.letters.events import AgencyEvent, Event, Reported, Told
from rules.letters.facts import Facts
from rules.letters.fields import Name, Words, to_all
from rules.letters.letter import Letter
from rules.letters.registry import register


class ResponseNotice(Letter):
    """应诉通知书: the court serves the suit on the agency."""

    shown = to_all("kind", "told_by_agency", "hearing_on")

    kind: Literal["response_notice"] = "response_notice"
    told_by_agency: bool = Field(
        False,
        description="系由（牵头）机关告知，登记即视为其R08告知 learned from the (lead) agency: registering is its R08a",
    )
    hearing_on: Day | None = Field(None, description="开庭日期 hearing date, if known")

    def learned_from(self, agency: str) -> bool:
        """Tell whether it was this agency, the lead, that told the bureau of the notice."""
        return self.told_by_agency and agency == self.lead


class SelfCorrection(AgencyEvent):
    """主动纠错 The agency corrected its act and told the court in writing (R10)."""

    recorded_by = "agency"
    of_agency = True
    shown = to_all("on", "type", "measures", "number")

    on: Day = Field(description="告知法院日期 day the court was told")
    type: Literal["self_correction"] = "self_correction"
    measures: Words = Field(description="纠正措施 what was corrected")
    number: Name = Field(description="告知函文号 number of the letter to the court")


def notice_served(situation: Situation[ResponseNotice], agency: str) -> Found:
    """The day the 应诉通知书 was received (A14); the alternative waits for the later of the two papers."""
    service = situation.letter.service(agency)
    if service.received_on is None:
        return WAITING
    days = [service.received_on]
    if situation.readings.notice.anchor == "later_of_both" and service.materials_on is not None:
        days.append(service.materials_on)
    return Anchor(situation.receipt(max(days)), "notice_served")


def _check(letter: ResponseNotice, today: Present) -> None:
    refuse_unless_served(letter)
    if letter.hearing_on is not None:
        refuse_unless_hearing("hearing_on", letter.hearing_on, letter, today)


def _needs_agency(letter: ResponseNotice, event: type[Event], of: str) -> bool:
    # Here it is the agency that tells the bureau and reports, each for itself (R08).
    return event.of_agency or issubclass(event, Told | Reported)


def _case_facts(facts: Facts[ResponseNotice]) -> Iterable[CaseFact]:
    """Say that the court has filed the case by the day the first agency was served, and when it will be heard."""
    letter = facts.letter
    served = [each.received_on for each in letter.agencies if each.received_on]
    yield Begun(Proceeding.FIRST, min(served, default=letter.received_on), letter.number or "", letter.court)
    if letter.hearing_on is not None:
        yield Held(Proceeding.FIRST, letter.hearing_on)


def _days(letter: ResponseNotice) -> Iterable[tuple[str, date]]:
    return [("hearing_on", letter.hearing_on)] if letter.hearing_on is not None else []


KIND: Kind[ResponseNotice] = Kind(
    model=ResponseNotice,
    place=30,
    example="--matter 2026-017 --court 武平县人民法院 --received 2026-11-20 --number '(2026)闽0824行初1号' "
    "--agency forestry=2026-11-19",
    events=(Told, Reported, SelfCorrection),
    not_asked={"told": frozenset({"told_by"})},
    day_zeros=day_zeros(notice_served),
    shapes=GENERIC,
    check=_check,
    needs_agency=_needs_agency,
    case_facts=_case_facts,
    days=_days,
)
register(KIND)
