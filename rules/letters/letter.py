"""来文: the five kinds of letter that start a watch, as a clerk registers them."""

import hashlib
from datetime import date
from enum import StrEnum
from typing import Annotated, Literal

from pydantic import Field, TypeAdapter

from rules.counting.clock import local_date
from rules.counting.written import Day, half_width
from rules.letters.fields import AgencyId, DocumentNumber, Identifier, Instant, Name, Remark, Typed
from rules.values import Frozen


class Stage(StrEnum):
    """Where the dispute stands: 诉前, 诉中, 宣判后."""

    PRE = "pre"
    TRIAL = "trial"
    POST = "post"


class Role(StrEnum):
    """What a party is in the dispute."""

    PLAINTIFF = "plaintiff"
    DEFENDANT = "defendant"
    THIRD_PARTY = "third_party"


class Document(StrEnum):
    """裁判文书 by type: 判决书, 裁定书, 行政调解书."""

    JUDGMENT = "judgment"
    RULING = "ruling"
    MEDIATION = "mediation"


class Instance(StrEnum):
    """The instance that gave a document; a retrial counts as final here."""

    FIRST = "first"
    SECOND = "second"
    RETRIAL = "retrial"


class Outcome(StrEnum):
    """How a document decided; reading A12 says which of these are a loss."""

    REVOKED = "revoked"
    PARTLY_REVOKED = "partly_revoked"
    VARIED = "varied"
    UNLAWFUL = "confirmed_unlawful"
    VOID = "confirmed_void"
    ORDERED = "ordered_to_act"
    COMPENSATION = "compensation"
    DISMISSED = "dismissed"
    REJECTED = "rejected"
    NOT_ACCEPTED = "not_accepted"
    WITHDRAWN = "withdrawn"
    MEDIATED = "mediated"
    MEDIATED_AT_FAULT = "mediated_at_fault"


class AgencyService(Typed):
    """涉诉行政机关 of a letter, and when it received the paper itself."""

    agency: AgencyId = Field(description="机关代号 agency id, as in the directory")
    received_on: Day | None = Field(None, description="机关收到日期 day the agency received it")
    materials_on: Day | None = Field(None, description="相关材料收到日期 day the materials came, if later")


class Party(Typed):
    """当事人: one party to the dispute other than the agencies."""

    role: Role = Field(description="诉讼地位 role")
    name: Name = Field(description="姓名或名称 name")
    notified: bool = Field(True, description="已通知参加 already notified (matters for third parties)")


class EarlierFeedback(Frozen):
    """R03 feedback that an agency had given before the mediation letter came (reading A21)."""

    agency: AgencyId
    on: Day


class _Letter(Typed):
    county: AgencyId = Field("wuping", description="县 county")
    matter: Identifier = Field(description="案件编号 matter id, e.g. 2026-017")
    title: Annotated[str, Field(max_length=200)] = Field("", description="案由 what the dispute is about")
    court: Name = Field(description="人民法院 court")
    number: DocumentNumber | None = Field(None, description="来文字号或案号 the court's number, e.g. (2026)闽0824委1号")
    issued_on: Day | None = Field(None, description="成文日期 date written on the letter")
    received_at: Instant = Field(description="司法局收到时间 when the bureau received it: a date or an instant")
    agencies: tuple[AgencyService, ...] = Field(
        min_length=1, max_length=30, description="涉诉行政机关 agency, ID or ID=DATE it received the paper"
    )
    lead_agency: AgencyId | None = Field(None, description="牵头应诉单位 lead agency (default: the first)")
    county_government: bool = Field(False, description="以县政府为被告 the county government is the defendant")
    duties_for: Literal["each", "lead"] = Field("each", description="责任单位 who owes the duties (A22)")
    major: bool = Field(False, description="重大疑难 difficult, or of considerable social influence (R15)")
    note: Remark = Field("", description="备注 remark")
    anew: int = Field(0, ge=0, le=99, description="filled in by the desk: how often it was voided before")

    @property
    def lead(self) -> str:
        """Name the lead agency: the one marked, else the first."""
        return self.lead_agency or self.agencies[0].agency

    @property
    def received_on(self) -> date:
        """Give the date in Shanghai on which the bureau received the letter."""
        return local_date(self.received_at)

    @property
    def agency_ids(self) -> tuple[str, ...]:
        """List the agencies that owe duties of their own (A22)."""
        return tuple(each.agency for each in self.agencies) if self.duties_for == "each" else (self.lead,)

    def service(self, agency: str) -> AgencyService:
        """Give what the letter says about one of its agencies."""
        return next(each for each in self.agencies if each.agency == agency)


class OralNotice(_Letter):
    """口头通知行政起诉事项: the court tells of an intended suit before it files it."""

    kind: Literal["oral_notice"] = "oral_notice"
    caller: Annotated[str, Field(max_length=120)] = Field("", description="法院通知人 who called for the court")
    plaintiff: Annotated[str, Field(max_length=200)] = Field("", description="起诉人 intended plaintiff")


class MediationLetter(_Letter):
    """委托协调化解函: the court entrusts the dispute for mediation, before, during or after trial."""

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
    earlier_feedback: tuple[EarlierFeedback, ...] = Field((), max_length=30, description="filled in by the desk (A21)")


class ResponseNotice(_Letter):
    """应诉通知书: the court serves the suit on the agency."""

    kind: Literal["response_notice"] = "response_notice"
    told_by_agency: bool = Field(
        False,
        description="系由（牵头）机关告知，登记即视为其R08告知 learned from the (lead) agency: registering is its R08a",
    )
    hearing_on: Day | None = Field(None, description="开庭日期 hearing date, if known")


class AppearanceNotice(_Letter):
    """负责人出庭通知: the court requires the head of the agency to appear."""

    kind: Literal["appearance_notice"] = "appearance_notice"
    hearing_at: Instant = Field(description="开庭时间 when the hearing is: a date or an instant")


class Judgment(_Letter):
    """裁判文书: the court's document that decides the case or an instance of it."""

    kind: Literal["judgment"] = "judgment"
    document: Document = Field(Document.JUDGMENT, description="文书种类 document")
    instance: Instance = Field(Instance.FIRST, description="审级 instance")
    judged_on: Day = Field(description="裁判日期 date of the document")
    last_service_on: Day | None = Field(None, description="最后送达当事人日期 last service on any party")
    effective_on: Day | None = Field(None, description="生效日期（有生效证明） day of effect, if certified")
    outcomes: tuple[Outcome, ...] = Field(
        min_length=1, max_length=13, description="裁判结果 outcome, repeat for several"
    )


Letter = Annotated[
    OralNotice | MediationLetter | ResponseNotice | AppearanceNotice | Judgment, Field(discriminator="kind")
]
LETTER_KINDS: dict[str, type[_Letter]] = {
    "oral_notice": OralNotice,
    "mediation_letter": MediationLetter,
    "response_notice": ResponseNotice,
    "appearance_notice": AppearanceNotice,
    "judgment": Judgment,
}
DESK_FIELDS = frozenset({"earlier_feedback", "anew"})
"""What the desk fills in from the matter's other letters; people can't."""

letter_adapter: TypeAdapter[Letter] = TypeAdapter(Letter)


def stage_at_receipt(letter: Letter) -> Stage | None:
    """Give the stage a letter came in: its own, 诉前 for an oral notice, None where it makes no difference."""
    if isinstance(letter, OralNotice):
        return Stage.PRE
    return letter.stage if isinstance(letter, MediationLetter) else None


def letter_id(letter: Letter) -> str:
    """Name a letter by what it is: county, kind, matter, and the court's number or the day of receipt.

    The same paper gives the same name, so registering it twice finds the first; one that was entered by mistake and
    voided is registered anew under a name of its own. It is the workflow's id.
    """
    paper = letter.number or letter.received_on.isoformat()
    return f"{letter.county}/{letter.kind}/{letter.matter}/{paper}" + (f"/{letter.anew + 1}" if letter.anew else "")


def short_id(identifier: str) -> str:
    """Give a letter's short name, eight letters and digits that a person can type."""
    alphabet = "23456789abcdefghjkmnpqrstuvwxyz"
    digest = int.from_bytes(hashlib.sha256(identifier.encode()).digest()[:8], "big")
    letters = []
    for _ in range(8):
        digest, place = divmod(digest, len(alphabet))
        letters.append(alphabet[place])
    return "".join(letters)


def searchable(words: str) -> str:
    """Spell what people type when they search, and what they search in, alike: half-width and in small letters."""
    return half_width(words).casefold()


def search_words(letter: Letter, short: str) -> str:
    """Give what a letter is found by: matter, title, number, court, short name, and who sues, called or takes part."""
    people = [
        getattr(letter, "plaintiff", ""),
        getattr(letter, "caller", ""),
        *(party.name for party in getattr(letter, "parties", ())),
    ]
    words = (letter.matter, letter.title, letter.number, letter.court, short, *people)
    return "\n".join(searchable(word) for word in words if word)
