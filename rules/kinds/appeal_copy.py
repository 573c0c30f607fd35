"""上诉状副本: the court passes an appeal on to the other party, which files its answer in second instance (D-08).

法释〔2018〕1号 108二款: "原审人民法院收到上诉状,应当在五日内将上诉状副本发送其他当事人,对方当事人应当在收到上诉状
副本之日起十五日内提出答辩状。"
The period is national law's and not the county's: no reading of the county's notice touches it, and day zero is the day
on which the agency itself was served.
"""

from collections.abc import Iterable
from typing import Annotated, Literal

from pydantic import Field

from rules.counting.written import Day
from rules.duties.day_zeros import WAITING, Anchor, Found, day_zeros
from rules.duties.door import Door
from rules.duties.kind import Kind, on
from rules.duties.shapes import GENERIC
from rules.duties.situation import Situation
from rules.errors import Refused
from rules.letters.cases import Begun, CaseFact, Proceeding
from rules.letters.dates import Present, refuse_unless_served
from rules.letters.events import AgencyEvent, Recall
from rules.letters.facts import Facts
from rules.letters.fields import DocumentNumber, Name, to_all
from rules.letters.letter import Letter
from rules.letters.registry import register


class AppealCopy(Letter):
    """上诉状副本: the court passes an appeal on to the other party, which has to answer it."""

    shown = to_all("kind", "appellant", "judgment_number")

    kind: Literal["appeal_copy"] = "appeal_copy"
    appellant: Name = Field(description="上诉人 appellant")
    judgment_number: DocumentNumber | None = Field(
        None, description="一审裁判文书字号 number of the first-instance document, if known"
    )

    @property
    def sides(self) -> Iterable[tuple[str, str]]:
        """List who appeals, whatever they were in first instance."""
        return [("appellant", self.appellant)]


class Answered(AgencyEvent):
    """提交二审答辩状 The agency filed its answer in second instance with the court (D-08).

    法释〔2018〕1号 48四款: "诉讼文书在期满前交邮的,视为在期限内发送". So its day is the day of posting.
    """

    recorded_by = "agency"
    of_agency = True
    shown = to_all("on", "type", "number")

    on: Day = Field(description="提交（交邮）日期 day it was filed, or posted")
    type: Literal["answered"] = "answered"
    number: Annotated[str, Field(max_length=120)] = Field("", description="文号 document number")


def appeal_copy_served(situation: Situation[AppealCopy], agency: str) -> Found:
    """The day the agency itself received the copy, at whatever hour."""
    received = situation.letter.service(agency).received_on
    return Anchor(received, "appeal_copy_served") if received else WAITING


def _check(letter: AppealCopy, today: Present) -> None:
    refuse_unless_served(letter)


def _check_answered(door: Door[AppealCopy], event: Answered) -> None:
    agencies = [event.agency] if event.agency else door.letter.agency_ids
    served = [day for each in agencies if (day := door.letter.service(each).received_on)]
    if served and event.on < max(served):
        raise Refused("on", "before_letter", day=event.on, earliest=max(served))


def _case_facts(facts: Facts[AppealCopy]) -> Iterable[CaseFact]:
    """Say that the second instance has begun; its number and its court are not in the copy that the first sends."""
    served = [each.received_on for each in facts.letter.agencies if each.received_on]
    yield Begun(Proceeding.SECOND, min(served, default=facts.letter.received_on))


KIND: Kind[AppealCopy] = Kind(
    model=AppealCopy,
    place=60,
    example="--matter 2026-017 --court 武平县人民法院 --received 2026-11-20 --appellant 张某 "
    "--judgment-number '(2026)闽0824行初1号' --agency forestry=2026-11-19",
    events=(Answered, Recall),
    day_zeros=day_zeros(appeal_copy_served),
    shapes=GENERIC,
    check=_check,
    event_checks=(on(Answered, _check_answered),),
    case_facts=_case_facts,
    cautions=("warning.appeal_of_judgment",),
)
register(KIND)
