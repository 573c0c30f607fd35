"""What can happen to a letter, as a clerk or an agency records it: what all events share, and those of several kinds.

`on` is the day the thing happened; the instant of recording and the recorder stand in the `Entry` around it. What holds
for every event of a class stands in the class: who records it, and whom it concerns.
"""

import hashlib
import json
from typing import Annotated, ClassVar, Literal

from pydantic import AwareDatetime, BeforeValidator, Field

from rules.counting.written import Day
from rules.letters.fields import AgencyId, Identifier, Name, OneOf, Remark, Tagged, Typed, Words, to_all, to_leaders
from rules.letters.terms import Stage
from rules.values import Late

Recorder = Literal["bureau", "agency", "supervisor", "desk"]
"""Who records an event: the bureau alone, its agency too, a supervisor, or the desk as the trace of an act."""


class Event(Typed):
    """One thing that happened; `type` names its class among those that are registered."""

    recorded_by: ClassVar[Recorder] = "bureau"
    of_agency: ClassVar[bool] = False
    """Whether it is one agency's own act, so that it can't stand for all."""
    of_matter: ClassVar[bool] = False
    """Whether it concerns the whole matter."""
    of_case: ClassVar[bool] = False
    """Whether it is recorded of a case itself, and of no letter."""
    grave: ClassVar[bool] = False
    """Whether it ends something that people rely on."""
    correctable: ClassVar[bool] = True
    """Whether it is corrected where it is wrong; otherwise it is voided."""
    undoes: ClassVar[bool] = False
    """Whether it says that what was owed never was: a duty that it ends has not been missed, however late it was."""
    returnable: ClassVar[bool] = False
    """Whether it hands in a paper that the bureau may send back."""
    first_report: ClassVar[bool] = False
    """Whether it counts as the first week's progress of a mediation letter that comes later (A21)."""
    past: ClassVar[tuple[str, ...]] = ()
    """Its other fields that hold a day which must have come."""
    following: ClassVar[tuple[str, ...]] = ()
    """Its other fields that hold a day which must have come, and not before its own."""

    shown = to_all("type", "on", "note")

    type: str
    on: Day = Field(description="发生日期 day it happened")
    note: Remark = Field("", description="备注 remark")

    @property
    def whose(self) -> str | None:
        """Name the agency that it is of, if it names one."""
        return None


class AgencyEvent(Event):
    """One thing that concerns one agency, or all of the letter's where it names none."""

    shown = to_all("agency")

    agency: AgencyId | None = Field(None, description="机关 agency (needed where the letter has several)")

    @property
    def whose(self) -> str | None:
        """Name the agency that it is of, if it names one."""
        return self.agency


def _papers() -> list[str]:
    from rules.letters.registry import papers

    return papers()


def _event_models() -> tuple[type[Event], ...]:
    from rules.letters.registry import event_models

    return tuple(event_models().values())


def _underscored(value: object) -> object:
    """Take a field as options have it, received-at, for what it is called, received_at."""
    return value.strip().replace("-", "_") if isinstance(value, str) else value


class Told(AgencyEvent):
    """告知涉诉行政机关 The agency was told of the letter; its receipt is the anchor of R03 and R13."""

    shown = to_all("on", "type", "told_by", "receiver", "channel")

    on: Day = Field(description="告知日期 day the agency was told")
    type: Literal["told"] = "told"
    told_by: Literal["bureau", "court"] = Field("bureau", description="告知方 who told it")
    receiver: Annotated[str, Field(max_length=120)] = Field("", description="接收人 who took the message")
    channel: Annotated[str, Field(max_length=120)] = Field("", description="方式 channel")


class Reported(AgencyEvent):
    """报送分管县领导 The leader in charge was reported to (R02, R08b, R09, R11)."""

    shown = to_leaders("on", "type", "number")

    on: Day = Field(description="报送日期 day it was reported")
    type: Literal["reported"] = "reported"
    number: Annotated[str, Field(max_length=80)] = Field("", description="报送单号 number of the report")


class Returned(AgencyEvent, Late):
    """退回重做 The bureau sends a paper back; the first due date stands, the rework has its own."""

    of_agency = True
    shown = to_all("on", "type", "of", "rework_by", "reason")

    on: Day = Field(description="退回日期 day it was sent back")
    type: Literal["returned"] = "returned"
    of: Annotated[str, OneOf(_papers)] = Field(description="文书 which paper")
    rework_by: Day = Field(description="重新报送期限 day the new one is due")
    reason: Words = Field(description="理由 reason")


class Forwarded(Event):
    """反馈法院或上报县政府 The bureau passed on its opinion, to the court (R04) or the county government (R18)."""

    shown = to_leaders("on", "type", "to", "number", "call_note")

    on: Day = Field(description="报送日期 day it was sent or said")
    type: Literal["forwarded"] = "forwarded"
    to: Literal["court", "county_government"] = Field(description="报送对象 to whom")
    number: Annotated[str, Field(max_length=120)] = Field("", description="文号 document number")
    call_note: Remark = Field("", description="口头答复记录 note of the call, for an oral reply")


class Recall(Event):
    """法院撤回来文 The court recalls this letter, or says that no suit will be brought."""

    grave = True
    shown = to_all("on", "type", "reason")

    on: Day = Field(description="撤回日期 day of the recall")
    type: Literal["recall"] = "recall"
    reason: Words = Field(description="说明 how the court said so")


class Withdrawal(Event):
    """原告撤诉或撤回起诉意愿 The plaintiff withdraws in writing."""

    of_matter = True
    shown = to_all("on", "type", "evidence")

    on: Day = Field(description="撤回日期 day of the withdrawal")
    type: Literal["withdrawal"] = "withdrawal"
    evidence: Words = Field(description="书面材料 the writing")


class JudgmentGiven(Event):
    """法院作出裁判 The court has decided; a mediation window during trial ends, R10 closes."""

    of_matter = True
    shown = to_all("on", "type", "number")

    on: Day = Field(description="裁判日期 day of the decision")
    type: Literal["judgment_given"] = "judgment_given"
    number: Annotated[str, Field(max_length=120)] = Field("", description="文书字号 number of the document")


class StageChange(Event):
    """阶段变更 The dispute enters another stage, for instance the court files the case (立案)."""

    of_matter = True
    shown = to_all("on", "type", "stage", "case_number")

    on: Day = Field(description="变更日期 day of the change")
    type: Literal["stage_change"] = "stage_change"
    stage: Stage = Field(description="新阶段 new stage")
    case_number: Annotated[str, Field(max_length=120)] = Field("", description="法院案号 the court's case number")


class Flagged(Event):
    """标为重大疑难 The matter is marked difficult or of considerable influence (R15)."""

    shown = to_leaders("on", "type")

    on: Day = Field(description="标记日期 day it was marked")
    type: Literal["flagged"] = "flagged"


class Analysis(Event):
    """分析研判 The bureau's analysis was reported to the leader in charge (R15)."""

    shown = to_leaders("on", "type", "opinion")

    on: Day = Field(description="报送日期 day it was reported")
    type: Literal["analysis"] = "analysis"
    opinion: Words = Field(description="意见建议 opinion")


class Correction(Event):
    """更正 A typed date or field was wrong; its day is the day of the correction."""

    correctable = False
    shown = to_all("on", "type", "target", "field", "value", "reason")

    on: Day = Field(description="更正日期 day of the correction")
    type: Literal["correction"] = "correction"
    target: Identifier = Field("letter", description="更正对象 letter, or the id of an event")
    field: Annotated[str, BeforeValidator(_underscored), Field(min_length=1, max_length=120)] = Field(
        description="字段 field, e.g. received_at, agencies.forestry.received_on, on"
    )
    value: Annotated[str, Field(max_length=8000)] = Field(description="正确的值 the right value")
    reason: Words = Field(description="理由 reason")


class Void(Event):
    """作废 The letter, or one event of it, was entered by mistake."""

    correctable = False
    grave = True
    shown = to_all("on", "type", "target", "reason")

    on: Day = Field(description="作废日期 day of the voiding")
    type: Literal["void"] = "void"
    target: Identifier = Field("letter", description="作废对象 letter, or the id of an event")
    reason: Words = Field(description="理由 reason")


class Excuse(Event):
    """免责 A supervisor excuses a duty with reasons; it no longer counts as missed."""

    recorded_by = "supervisor"
    grave = True
    shown = to_leaders("on", "type", "duty", "reason")

    on: Day = Field(description="免责日期 day of the excuse")
    type: Literal["excuse"] = "excuse"
    duty: Annotated[str, Field(min_length=2, max_length=120)] = Field(description="事项 duty, e.g. R03@forestry")
    reason: Words = Field(description="理由 reason")


SHARED = (Withdrawal, JudgmentGiven, StageChange, Flagged, Analysis, Correction, Void, Excuse)
"""What can happen to a letter of any kind."""

AnyEvent = Annotated[Event, Tagged("type", _event_models)]
"""An event of whichever registered class its type names."""


class Entry(Late):
    """One event as recorded: its id, what happened, the instant it was recorded and by whom.

    `letter` is the id of the letter that it happened to; it is empty for what concerns the whole matter.
    """

    id: Identifier
    letter: Annotated[str, Field(max_length=400)] = ""
    event: AnyEvent
    at: AwareDatetime
    by: Name


def event_id(letter: str, event: Event) -> str:
    """Name an event by what it says, so that recording the same thing twice is recording it once."""
    content = json.dumps([letter, event.model_dump(mode="json")], ensure_ascii=False, sort_keys=True)
    return hashlib.sha256(content.encode()).hexdigest()[:20]
