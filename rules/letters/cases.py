"""案件登记: what is recorded of a case itself and not of one of its letters; a case without any letter is all of this.

武政办〔2023〕47号 五三款: "县司法局对所有行政诉讼案件做好登记建档,定期跟踪涉诉行政机关参与行政争议化解工作情况".
A case runs through its instances, 复议 → 一审 → 二审 → 再审 → 履行; letters say where it stands as well as these do.
"""

from datetime import date
from enum import StrEnum
from typing import Annotated, Literal, NamedTuple

from pydantic import Field

from rules.counting.written import Day
from rules.letters.events import Event, JudgmentGiven, StageChange
from rules.letters.fields import AgencyId, Identifier, Name, Typed, Words, to_all, to_leaders
from rules.letters.terms import Document, Ending, Stage


class Proceeding(StrEnum):
    """审级或阶段 of a case, in the order in which one follows another."""

    RECONSIDERATION = "reconsideration"
    FIRST = "first"
    SECOND = "second"
    RETRIAL = "retrial"
    PERFORMANCE = "performance"


class CaseEvent(Event):
    """One thing that is recorded of a case itself."""

    of_matter = True
    of_case = True


class CaseOpened(CaseEvent):
    """案件登记 A case is put on file, with or without a letter."""

    shown = to_all("on", "type", "title", "plaintiff", "act", "agencies")

    on: Day = Field(description="登记日期 day it is put on file")
    type: Literal["case_opened"] = "case_opened"
    title: Annotated[str, Field(min_length=1, max_length=200)] = Field(description="案由 what the dispute is about")
    plaintiff: Annotated[str, Field(max_length=200)] = Field("", description="原告（申请人） plaintiff or applicant")
    act: Annotated[str, Field(max_length=400)] = Field("", description="被诉行政行为 the act that is challenged")
    agencies: tuple[AgencyId, ...] = Field((), max_length=30, description="涉诉行政机关 agencies")


class ProceedingBegun(CaseEvent):
    """立案（受理） An instance begins: a body has accepted the case."""

    shown = to_all("on", "type", "proceeding", "body", "number", "procedure")

    on: Day = Field(description="立案（受理）日期 day it was accepted")
    type: Literal["proceeding_begun"] = "proceeding_begun"
    proceeding: Proceeding = Field(description="审级 instance")
    body: Name = Field(description="法院或复议机关 court or reconsideration body")
    number: Annotated[str, Field(max_length=120)] = Field("", description="案号 case number")
    procedure: Literal["ordinary", "simple"] | None = Field(None, description="程序 procedure")


class HearingHeld(CaseEvent):
    """开庭（听证） A hearing took place, and who came for the agency."""

    shown = to_all("on", "type", "proceeding", "agency", "appeared", "spoke")

    on: Day = Field(description="开庭日期 day of the hearing")
    type: Literal["hearing_held"] = "hearing_held"
    proceeding: Proceeding = Field(description="审级 instance")
    agency: AgencyId | None = Field(None, description="机关 agency")
    appeared: Literal["head", "deputy", "staff", "nobody"] = Field(description="出庭人 who appeared")
    spoke: bool = Field(False, description="出声 spoke at the hearing")


class ProceedingConcluded(CaseEvent):
    """结案 An instance ends: what it decided, and when that takes effect."""

    shown = to_all("on", "type", "proceeding", "document", "number", "outcomes", "effective_on")

    on: Day = Field(description="结案日期 day it was decided")
    type: Literal["proceeding_concluded"] = "proceeding_concluded"
    proceeding: Proceeding = Field(description="审级 instance")
    document: Document = Field(Document.JUDGMENT, description="文书种类 document")
    number: Annotated[str, Field(max_length=120)] = Field("", description="文书字号 number of the document")
    outcomes: tuple[Ending, ...] = Field(min_length=1, max_length=15, description="结果 outcome")
    effective_on: Day | None = Field(None, description="生效日期 day of effect")


class FollowedUp(CaseEvent):
    """跟踪 Somebody looked how the case stands (R19)."""

    shown = to_leaders("on", "type", "found")

    on: Day = Field(description="跟踪日期 day it was looked at")
    type: Literal["followed_up"] = "followed_up"
    found: Words = Field(description="办理情况 how it stands")


class CaseClosed(CaseEvent):
    """归档 The case is over and its file is closed."""

    grave = True
    shown = to_all("on", "type", "reason")

    on: Day = Field(description="归档日期 day the file is closed")
    type: Literal["case_closed"] = "case_closed"
    reason: Words = Field(description="理由 reason")


class LetterMoved(CaseEvent):
    """来文移转 A letter that was registered in the wrong matter was moved, with its events, to another or from it."""

    recorded_by = "desk"
    correctable = False
    shown = to_leaders("on", "type", "direction", "reason")

    on: Day = Field(description="移转日期 day it was moved")
    type: Literal["letter_moved"] = "letter_moved"
    letter: Annotated[str, Field(max_length=300)] = Field(description="来文编号 id of the letter")
    other: Annotated[str, Field(max_length=300)] = Field(description="另一案件 the other matter")
    direction: Literal["in", "out"] = Field(description="方向 in or out")
    reason: Words = Field(description="理由 reason")


class MattersJoined(CaseEvent):
    """并案 Two matters were found to be one: the letters and events of both are in one of them from now on."""

    recorded_by = "desk"
    correctable = False
    shown = to_leaders("on", "type", "direction", "reason")

    on: Day = Field(description="并案日期 day they were joined")
    type: Literal["matters_joined"] = "matters_joined"
    other: Annotated[str, Field(max_length=300)] = Field(description="另一案件 the other matter")
    direction: Literal["in", "out"] = Field(description="方向 in or out")
    reason: Words = Field(description="理由 reason")


class NewCase(CaseOpened):
    """A case that is to be put on file, with or without a letter, under a number of its own."""

    matter: Identifier = Field(description="案件编号 matter id, e.g. 2026-017")

    @property
    def opened(self) -> CaseOpened:
        """Return what is recorded of it."""
        return CaseOpened.model_validate(self.model_dump(exclude={"matter"}))


class Destination(Typed):
    """Where a letter is moved or a matter joined, and why."""

    matter: Identifier = Field(description="目标案件编号 matter that it belongs to")
    reason: Words = Field(description="理由 reason")


CASE_EVENTS: tuple[type[CaseEvent], ...] = (
    CaseOpened, ProceedingBegun, HearingHeld, ProceedingConcluded, FollowedUp, CaseClosed, LetterMoved, MattersJoined,
)  # fmt: skip
"""What can happen to a case itself, in the order in which people are offered it."""


class Begun(NamedTuple):
    """An instance began, as a letter or an event says."""

    proceeding: Proceeding
    on: date
    number: str = ""
    body: str = ""


class Held(NamedTuple):
    """A hearing that is to be, or was, of the instance under way if none is named; `appeared` once it is known."""

    proceeding: Proceeding | None
    on: date
    agency: str | None = None
    appeared: str = ""
    spoke: bool = False


class Concluded(NamedTuple):
    """An instance ended, and how."""

    proceeding: Proceeding
    on: date
    document: str
    outcomes: tuple[str, ...]
    number: str = ""
    effective_on: date | None = None


CaseFact = Begun | Held | Concluded
"""One thing that a letter or an event says of the instances of a case."""

_JUDGED = frozenset({Proceeding.FIRST, Proceeding.SECOND, Proceeding.RETRIAL})
"""The instances that a court decides."""


def said_of_case(event: Event) -> list[CaseFact]:
    """List what an event of a case says of its instances."""
    match event:
        case ProceedingBegun():
            return [Begun(event.proceeding, event.on, event.number, event.body)]
        case HearingHeld():
            return [Held(event.proceeding, event.on, event.agency, event.appeared, event.spoke)]
        case ProceedingConcluded():
            outcomes = tuple(each.value for each in event.outcomes)
            ended = Concluded(
                event.proceeding, event.on, event.document.value, outcomes, event.number, event.effective_on
            )
            return [ended]
    return []


def implied(event: Event) -> list[Event]:
    """List what an event of a case means for its letters: the court has filed the case, or has decided it."""
    if isinstance(event, ProceedingBegun) and event.proceeding is Proceeding.FIRST:
        return [StageChange(on=event.on, stage=Stage.TRIAL, case_number=event.number)]
    if isinstance(event, ProceedingConcluded) and event.proceeding in _JUDGED:
        return [JudgmentGiven(on=event.on, number=event.number)]
    return []
