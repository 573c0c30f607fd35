"""委托协调化解函 and what can happen to it: progress, consents, extensions, the result.

武政办〔2023〕47号 一(一)三款: "涉诉行政机关在协调化解期限届满前应及时将结果以《委托协调化解反馈函》书面函告人民法院,
并抄送县司法局。对无法协调化解的涉诉案件,《委托协调化解反馈函》应体现协调化解过程、双方诉求、争议焦点、无法协调化解原因".
"""

from typing import Annotated, Literal

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from rules.counting.written import Day
from rules.letters.events import AgencyEvent, Event
from rules.letters.fields import Name, Remark, Words, to_all
from rules.letters.letter import Letter
from rules.letters.terms import Party, Stage


class MediationLetter(Letter):
    """委托协调化解函: the court entrusts the dispute for mediation, before, during or after trial."""

    shown = to_all("kind", "stage", "window_start", "window_end", "parties", "joint_result")

    kind: Literal["mediation_letter"] = "mediation_letter"
    stage: Stage = Field(description="阶段 stage")
    window_start: Day | None = Field(None, description="函中载明的期限起算日 start the letter states")
    window_end: Day | None = Field(None, description="函中载明的期限届满日 end the letter states")
    parties: tuple[Party, ...] = Field(
        min_length=1,
        max_length=100,
        description="当事人 party, ROLE:NAME, with plaintiff 原告, defendant 被告 (but no agency), third_party 第三人",
    )
    joint_result: bool = Field(True, description="联合反馈 one joint result letter for all agencies (A22)")

    @property
    def stage_at_receipt(self) -> Stage:
        """Return the stage the letter came in."""
        return self.stage

    @property
    def others(self) -> tuple[Party, ...]:
        """List the parties beside the agencies."""
        return self.parties


class Progress(AgencyEvent):
    """每周进展通报 A weekly progress report (R13)."""

    recorded_by = "agency"
    of_agency = True
    shown = to_all("on", "type", "work", "attitude", "difficulties", "next_steps", "needs_leader", "slot")

    on: Day = Field(description="通报日期 day of the report")
    type: Literal["progress"] = "progress"
    work: Words = Field(description="本周工作 this week's work")
    attitude: Remark = Field("", description="各方态度 attitude of the parties")
    difficulties: Remark = Field("", description="难点 difficulties")
    next_steps: Remark = Field("", description="下周安排 next week's plan")
    needs_leader: bool = Field(False, description="需县领导协助 help of the county leader wanted")
    slot: Annotated[int, Field(ge=1, le=600)] | None = Field(
        None, description="周次（不填为当期） slot, where not the current one"
    )


class Consent(Event):
    """同意延长 One party consents to prolong the window (R06)."""

    shown = to_all("on", "type", "party", "form", "evidence", "round")

    on: Day = Field(description="同意日期 day of the consent")
    type: Literal["consent"] = "consent"
    party: Name = Field(description="当事人 party, as registered; an agency by its id")
    form: Literal["written", "oral"] = Field("written", description="方式 form")
    evidence: Words = Field(description="证据 evidence: the paper, or a note of who heard it and when")
    round: Annotated[int, Field(ge=1, le=50)] = Field(1, description="第几次延长 which extension")


class ExtensionLetter(Event):
    """延长函 The letter that tells the court of the extension; its day is the day it was sent (R06)."""

    following = ("copied_on", "arrived_on")
    shown = to_all("on", "type", "number", "new_end", "months", "days", "copied_on", "arrived_on", "reason", "round")

    on: Day = Field(description="发函日期 day the letter was sent")
    type: Literal["extension"] = "extension"
    number: Name = Field(description="延长函文号 document number")
    new_end: Day | None = Field(None, description="延长后届满日 the new end as written in the letter")
    months: Annotated[int, Field(ge=1, le=12)] | None = Field(None, description="延长月数 months, if no end is written")
    days: Annotated[int, Field(ge=1, le=366)] | None = Field(None, description="延长天数 days, if no end is written")
    copied_on: Day | None = Field(None, description="抄送司法局日期 day the bureau got its copy")
    arrived_on: Day | None = Field(None, description="法院收到日期 day the court received it")
    reason: Words = Field(description="理由 reason")
    round: Annotated[int, Field(ge=1, le=50)] = Field(1, description="第几次延长 which extension")

    @model_validator(mode="after")
    def _one_length(self) -> "ExtensionLetter":
        if sum(value is not None for value in (self.new_end, self.months, self.days)) != 1:
            raise PydanticCustomError("one_length", "give exactly one of new_end, months, days")
        return self


class ExtensionApproved(Event):
    """批准再次延长 A supervisor approves a second or later extension (A08)."""

    recorded_by = "supervisor"
    shown = to_all("on", "type", "round", "reason")

    on: Day = Field(description="批准日期 day of the approval")
    type: Literal["extension_approved"] = "extension_approved"
    round: Annotated[int, Field(ge=2, le=50)] = Field(description="第几次延长 which extension")
    reason: Words = Field(description="理由 reason")


class Copied(AgencyEvent):
    """抄送司法局 The bureau received its copy of the extension or result letter."""

    shown = to_all("on", "type", "of", "round")

    on: Day = Field(description="收到抄送日期 day the copy came")
    type: Literal["copied"] = "copied"
    of: Literal["extension", "result"] = Field(description="文书 which letter")
    round: Annotated[int, Field(ge=1, le=50)] = Field(1, description="第几次延长 which extension")


ELEMENTS = ("process", "demands", "issues", "reasons")
"""武政办〔2023〕47号 一（一）三款: 协调化解过程、双方诉求、争议焦点、无法协调化解原因."""


class Result(AgencyEvent):
    """委托协调化解反馈函 The result letter to the court; its day is the day it was sent or posted (R07)."""

    recorded_by = "agency"
    following = ("copied_on", "arrived_on")
    shown = to_all(
        "on", "type", "outcome", "number", "copied_on", "arrived_on", "agreement", "process", "demands", "issues",
        "reasons", "already_sent",
    )  # fmt: skip

    on: Day = Field(description="发函日期 day the letter was sent")
    type: Literal["result"] = "result"
    outcome: Literal["success", "partial", "failed", "withdrawn"] = Field(description="结果 outcome")
    number: Name = Field(description="发文字号 document number")
    copied_on: Day | None = Field(None, description="抄送司法局日期 day the bureau got its copy")
    arrived_on: Day | None = Field(None, description="法院收到日期 day the court received it")
    agreement: Remark = Field("", description="协议要点及履行安排 agreement and how it will be performed")
    process: Annotated[str, Field(max_length=8000)] = Field("", description="协调化解过程 what was done")
    demands: Annotated[str, Field(max_length=8000)] = Field("", description="双方诉求 demands of both sides")
    issues: Annotated[str, Field(max_length=8000)] = Field("", description="争议焦点 points at issue")
    reasons: Annotated[str, Field(max_length=8000)] = Field("", description="无法协调化解原因 why it failed")
    already_sent: bool = Field(
        False, description="已按此发出，按要素不全登记 it has gone out like this: record it as incomplete"
    )

    @property
    def missing(self) -> tuple[str, ...]:
        """List the elements that a failed or partly failed result lacks."""
        if self.outcome not in ("failed", "partial"):
            return ()
        return tuple(name for name in ELEMENTS if not getattr(self, name))


class Superseded(Event):
    """被后函取代 The clerk marks this letter as superseded by a later one (A24)."""

    shown = to_all("on", "type", "letter")

    on: Day = Field(description="取代日期 day from which the later letter stands")
    type: Literal["superseded"] = "superseded"
    letter: Annotated[str, Field(min_length=1, max_length=300)] = Field(description="后函编号 id of the later letter")
