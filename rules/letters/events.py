"""What can happen to a letter, as a clerk or an agency records it.

`on` is the day the thing happened; the instant of recording and the recorder stand in the `Entry` around it.
`MATTER_EVENTS` concern the whole matter and reach each of its open letters.
"""

import hashlib
import json
from typing import Annotated, Literal, get_args

from pydantic import AwareDatetime, BeforeValidator, Field, TypeAdapter, model_validator
from pydantic_core import PydanticCustomError

from rules.counting.written import Day
from rules.letters.fields import AgencyId, Identifier, Name, Remark, Typed, Words
from rules.letters.letter import Stage
from rules.values import Frozen


class _Event(Typed):
    on: Day = Field(description="发生日期 day it happened")
    note: Remark = Field("", description="备注 remark")


class _OfAgency(_Event):
    agency: AgencyId | None = Field(None, description="机关 agency (needed where the letter has several)")


class Told(_OfAgency):
    """告知涉诉行政机关 The agency was told of the letter; its receipt is the anchor of R03 and R13."""

    on: Day = Field(description="告知日期 day the agency was told")
    type: Literal["told"] = "told"
    told_by: Literal["bureau", "court"] = Field("bureau", description="告知方 who told it")
    receiver: Annotated[str, Field(max_length=120)] = Field("", description="接收人 who took the message")
    channel: Annotated[str, Field(max_length=120)] = Field("", description="方式 channel")


class Reported(_OfAgency):
    """报送分管县领导 The leader in charge was reported to (R02, R08b, R09, R11)."""

    on: Day = Field(description="报送日期 day it was reported")
    type: Literal["reported"] = "reported"
    number: Annotated[str, Field(max_length=80)] = Field("", description="报送单号 number of the report")


class Feedback(_OfAgency):
    """反馈协调化解情况 The agency's answer to an oral notice (R03); an empty acknowledgement is none."""

    on: Day = Field(description="反馈日期 day of the feedback")
    type: Literal["feedback"] = "feedback"
    done: Words = Field(description="已做工作 what was done")
    result: Words = Field(description="目前结果 result so far (尚在协调 with substance will do)")
    opinion: Words = Field(description="意见 opinion")


class Forwarded(_Event):
    """反馈法院或上报县政府 The bureau passed on its opinion, to the court (R04) or the county government (R18)."""

    on: Day = Field(description="报送日期 day it was sent or said")
    type: Literal["forwarded"] = "forwarded"
    to: Literal["court", "county_government"] = Field(description="报送对象 to whom")
    number: Annotated[str, Field(max_length=120)] = Field("", description="文号 document number")
    call_note: Remark = Field("", description="口头答复记录 note of the call, for an oral reply")


class Progress(_OfAgency):
    """每周进展通报 A weekly progress report (R13)."""

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


class Consent(_Event):
    """同意延长 One party consents to prolong the window (R06)."""

    on: Day = Field(description="同意日期 day of the consent")
    type: Literal["consent"] = "consent"
    party: Name = Field(description="当事人 party, as registered; an agency by its id")
    form: Literal["written", "oral"] = Field("written", description="方式 form")
    evidence: Words = Field(description="证据 evidence: the paper, or a note of who heard it and when")
    round: Annotated[int, Field(ge=1, le=50)] = Field(1, description="第几次延长 which extension")


class Extension(_Event):
    """延长函 The letter that tells the court of the extension; its day is the day it was sent (R06)."""

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
    def _one_length(self) -> "Extension":
        if sum(value is not None for value in (self.new_end, self.months, self.days)) != 1:
            raise PydanticCustomError("one_length", "give exactly one of new_end, months, days")
        return self


class ExtensionApproved(_Event):
    """批准再次延长 A supervisor approves a second or later extension (A08)."""

    on: Day = Field(description="批准日期 day of the approval")
    type: Literal["extension_approved"] = "extension_approved"
    round: Annotated[int, Field(ge=2, le=50)] = Field(description="第几次延长 which extension")
    reason: Words = Field(description="理由 reason")


class Copied(_OfAgency):
    """抄送司法局 The bureau received its copy of the extension or result letter."""

    on: Day = Field(description="收到抄送日期 day the copy came")
    type: Literal["copied"] = "copied"
    of: Literal["extension", "result"] = Field(description="文书 which letter")
    round: Annotated[int, Field(ge=1, le=50)] = Field(1, description="第几次延长 which extension")


ELEMENTS = ("process", "demands", "issues", "reasons")
"""武政办〔2023〕47号 一（一）三款: 协调化解过程、双方诉求、争议焦点、无法协调化解原因."""


class Result(_OfAgency):
    """委托协调化解反馈函 The result letter to the court; its day is the day it was sent or posted (R07)."""

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


class Filing(_OfAgency):
    """裁判文书备案 The agency filed the document with the bureau (R16)."""

    on: Day = Field(description="备案日期 day of the filing")
    type: Literal["filing"] = "filing"
    copy_reference: Name = Field(description="文书副本编号 reference of the copy filed")
    head_appeared: bool | None = Field(None, description="负责人是否出庭 whether the head had appeared")


class LossReport(_OfAgency):
    """行政案件败诉原因分析报告 The loss analysis reached the bureau (R17)."""

    on: Day = Field(description="报送日期 day the report came")
    type: Literal["loss_report"] = "loss_report"
    number: Annotated[str, Field(max_length=120)] = Field("", description="文号 document number")
    causes: Words = Field(description="败诉原因 why the case was lost")
    legality_reviewed: bool | None = Field(None, description="是否经合法性审查 was legality reviewed beforehand")
    measures: Words = Field(description="整改措施 what is being mended")


class Returned(_OfAgency):
    """退回重做 The bureau sends a paper back; the first due date stands, the rework has its own."""

    on: Day = Field(description="退回日期 day it was sent back")
    type: Literal["returned"] = "returned"
    of: Literal["feedback", "loss_report", "filing"] = Field(description="文书 which paper")
    rework_by: Day = Field(description="重新报送期限 day the new one is due")
    reason: Words = Field(description="理由 reason")


class Review(_OfAgency):
    """审核意见 The bureau's opinion on a loss analysis (R18)."""

    on: Day = Field(description="审核日期 day of the review")
    type: Literal["review"] = "review"
    opinion: Words = Field(description="审核意见 opinion")


class Appearance(_OfAgency):
    """出庭人员确定 The agency names the head who will appear (R12)."""

    on: Day = Field(description="确定日期 day the head was named")
    type: Literal["appearance"] = "appearance"
    name: Name = Field(description="姓名 name")
    rank: Literal["head", "county_leader"] = Field("head", description="职务 rank")


class Substitute(_OfAgency):
    """负责人不能出庭 A deputy will appear instead; needs reason, the leader's consent, and the bureau told (R12)."""

    on: Day = Field(description="确定日期 day the deputy was named")
    type: Literal["substitute"] = "substitute"
    name: Name = Field(description="代出庭人姓名 name of the deputy")
    rank: Name = Field(description="代出庭人职务 office of the deputy")
    reason: Words = Field(description="正当理由 reason")
    proof: Annotated[str, Field(max_length=400)] = Field("", description="证明（盖章或签字） proof, sealed or signed")
    consent_on: Day | None = Field(None, description="分管县领导同意日期 day the county leader consented")
    consent_by: Annotated[str, Field(max_length=120)] = Field("", description="同意的县领导 leader who consented")
    told_on: Day | None = Field(None, description="告知司法局日期 day the bureau was told")


class Heard(_OfAgency):
    """庭审情况 What came of the hearing: who appeared, and whether they spoke (R12)."""

    on: Day = Field(description="开庭日期 day of the hearing")
    type: Literal["heard"] = "heard"
    appeared: Literal["head", "deputy", "nobody", "county_leader"] = Field(description="出庭人 who appeared")
    spoke: bool = Field(False, description="出声 spoke at the hearing")


class SelfCorrection(_OfAgency):
    """主动纠错 The agency corrected its act and told the court in writing (R10)."""

    on: Day = Field(description="告知法院日期 day the court was told")
    type: Literal["self_correction"] = "self_correction"
    measures: Words = Field(description="纠正措施 what was corrected")
    number: Name = Field(description="告知函文号 number of the letter to the court")


class Flagged(_Event):
    """标为重大疑难 The matter is marked difficult or of considerable influence (R15)."""

    on: Day = Field(description="标记日期 day it was marked")
    type: Literal["flagged"] = "flagged"


class Analysis(_Event):
    """分析研判 The bureau's analysis was reported to the leader in charge (R15)."""

    on: Day = Field(description="报送日期 day it was reported")
    type: Literal["analysis"] = "analysis"
    opinion: Words = Field(description="意见建议 opinion")


class Recall(_Event):
    """法院撤回来文 The court recalls this letter, or says that no suit will be brought."""

    on: Day = Field(description="撤回日期 day of the recall")
    type: Literal["recall"] = "recall"
    reason: Words = Field(description="说明 how the court said so")


class Withdrawal(_Event):
    """原告撤诉或撤回起诉意愿 The plaintiff withdraws in writing."""

    on: Day = Field(description="撤回日期 day of the withdrawal")
    type: Literal["withdrawal"] = "withdrawal"
    evidence: Words = Field(description="书面材料 the writing")


class JudgmentGiven(_Event):
    """法院作出裁判 The court has decided; a mediation window during trial ends, R10 closes."""

    on: Day = Field(description="裁判日期 day of the decision")
    type: Literal["judgment_given"] = "judgment_given"
    number: Annotated[str, Field(max_length=120)] = Field("", description="文书字号 number of the document")


class StageChange(_Event):
    """阶段变更 The dispute enters another stage, for instance the court files the case (立案)."""

    on: Day = Field(description="变更日期 day of the change")
    type: Literal["stage_change"] = "stage_change"
    stage: Stage = Field(description="新阶段 new stage")
    case_number: Annotated[str, Field(max_length=120)] = Field("", description="法院案号 the court's case number")


class OtherLetter(_Event):
    """同案另函 A mediation letter of the same matter is being watched; its window may govern R07 (A21, A24)."""

    type: Literal["other_letter"] = "other_letter"
    letter: Annotated[str, Field(max_length=300)] = Field(description="另函编号 id of the other letter")
    expiry: Day | None = Field(description="另函期限届满日 legal expiry of its window; none if there is none any more")


class Superseded(_Event):
    """被后函取代 The clerk marks this letter as superseded by a later one (A24)."""

    on: Day = Field(description="取代日期 day from which the later letter stands")
    type: Literal["superseded"] = "superseded"
    letter: Annotated[str, Field(min_length=1, max_length=300)] = Field(description="后函编号 id of the later letter")


class Appealed(_Event):
    """提起上诉 An appeal was lodged, so the document is not in effect (R16, R17)."""

    on: Day = Field(description="上诉日期 day of the appeal")
    type: Literal["appealed"] = "appealed"
    appellant: Name = Field(description="上诉人 appellant")


class Effective(_Event):
    """生效证明 The court certified the day of effect, which is the day to give."""

    on: Day = Field(description="生效日期 day it took effect")
    type: Literal["effective"] = "effective"
    proof: Name = Field(description="生效证明编号 the certificate")


class SetAside(_Event):
    """再审撤销 The effective document was set aside on retrial (R17)."""

    on: Day = Field(description="撤销日期 day it was set aside")
    type: Literal["set_aside"] = "set_aside"
    number: Name = Field(description="再审文书字号 number of the retrial document")


def _underscored(value: object) -> object:
    """Take a field as options have it, received-at, for what it is called, received_at."""
    return value.strip().replace("-", "_") if isinstance(value, str) else value


class Correction(_Event):
    """更正 A typed date or field was wrong; its day is the day of the correction."""

    on: Day = Field(description="更正日期 day of the correction")
    type: Literal["correction"] = "correction"
    target: Identifier = Field("letter", description="更正对象 letter, or the id of an event")
    field: Annotated[str, BeforeValidator(_underscored), Field(min_length=1, max_length=120)] = Field(
        description="字段 field, e.g. received_at, agencies.forestry.received_on, on"
    )
    value: Annotated[str, Field(max_length=8000)] = Field(description="正确的值 the right value")
    reason: Words = Field(description="理由 reason")


class Void(_Event):
    """作废 The letter, or one event of it, was entered by mistake."""

    on: Day = Field(description="作废日期 day of the voiding")
    type: Literal["void"] = "void"
    target: Identifier = Field("letter", description="作废对象 letter, or the id of an event")
    reason: Words = Field(description="理由 reason")


class Excuse(_Event):
    """免责 A supervisor excuses a duty with reasons; it no longer counts as missed."""

    on: Day = Field(description="免责日期 day of the excuse")
    type: Literal["excuse"] = "excuse"
    duty: Annotated[str, Field(min_length=2, max_length=120)] = Field(description="事项 duty, e.g. R03@forestry")
    reason: Words = Field(description="理由 reason")


Event = Annotated[
    Told | Reported | Feedback | Forwarded | Progress | Consent | Extension | ExtensionApproved | Copied | Result
    | Filing | LossReport | Returned | Review | Appearance | Substitute | Heard | SelfCorrection | Flagged | Analysis
    | Recall | Withdrawal | JudgmentGiven | StageChange | OtherLetter | Superseded | Appealed | Effective | SetAside
    | Correction | Void | Excuse,
    Field(discriminator="type"),
]  # fmt: skip
event_adapter: TypeAdapter[Event] = TypeAdapter(Event)

_ANY = frozenset({"flagged", "analysis", "correction", "void", "excuse"})
MATTER_EVENTS = frozenset({"withdrawal", "judgment_given", "stage_change"})
DESK_EVENTS = frozenset({"other_letter"})
"""What the desk tells letters by itself; people can't."""
VOIDED_ONLY = frozenset({"correction", "void"})
"""What is not corrected: where it is wrong it is voided."""
SUPERVISOR_EVENTS = frozenset({"excuse", "extension_approved"})

EVENTS_OF_KIND: dict[str, frozenset[str]] = {
    "oral_notice": _ANY | MATTER_EVENTS | {
        "told", "reported", "feedback", "returned", "forwarded", "recall", "other_letter",
    },
    "mediation_letter": _ANY | MATTER_EVENTS | {
        "told", "reported", "progress", "consent", "extension", "extension_approved", "copied", "result", "recall",
        "other_letter", "superseded",
    },
    "response_notice": _ANY | MATTER_EVENTS | {"told", "reported", "self_correction"},
    "appearance_notice": _ANY | MATTER_EVENTS | {"appearance", "substitute", "heard", "recall"},
    "judgment": _ANY | MATTER_EVENTS | {
        "filing", "loss_report", "returned", "review", "forwarded", "appealed", "effective", "set_aside",
    },
}  # fmt: skip


class Entry(Frozen):
    """One event as recorded: its id, what happened, the instant it was recorded and by whom."""

    id: Identifier
    event: Event
    at: AwareDatetime
    by: Name


NOT_ASKED: dict[tuple[str, str], frozenset[str]] = {("told", "response_notice"): frozenset({"told_by"})}
"""Fields that mean nothing for an event of a kind of letter: of a response notice it is the agency that tells (R08)."""


def event_id(letter: str, event: Event) -> str:
    """Name an event by what it says, so that recording the same thing twice is recording it once."""
    content = json.dumps([letter, event.model_dump(mode="json")], ensure_ascii=False, sort_keys=True)
    return hashlib.sha256(content.encode()).hexdigest()[:20]


EVENT_TYPES: dict[str, type[_Event]] = {
    model.model_fields["type"].default: model for model in get_args(get_args(Event)[0])
}
"""Every event by its name, in the order of their definition."""
