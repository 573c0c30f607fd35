"""The field's terms that letters of several kinds share: stages, parties, documents and how they decided."""

from datetime import date
from enum import StrEnum

from pydantic import Field

from rules.counting.written import Day
from rules.letters.fields import AgencyId, Name, Typed, to_all


class Stage(StrEnum):
    """Where the dispute stands: 诉前, 诉中, 宣判后."""

    PRE = "pre"
    TRIAL = "trial"
    POST = "post"


class PartyRole(StrEnum):
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


class Decision(StrEnum):
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


class Ending(StrEnum):
    """How an instance ended: as a document decides, or as only a body that reviews one does."""

    UPHELD = "upheld"
    REMANDED = "remanded"
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

    shown = to_all("agency", "received_on", "materials_on")

    agency: AgencyId = Field(description="机关代号 agency id, as in the directory")
    received_on: Day | None = Field(None, description="机关收到日期 day the agency received it")
    materials_on: Day | None = Field(None, description="相关材料收到日期 day the materials came, if later")

    @property
    def days(self) -> list[tuple[str, date]]:
        """List the days on which something came, each with its field."""
        known = (("received_on", self.received_on), ("materials_on", self.materials_on))
        return [(field, day) for field, day in known if day is not None]


class Party(Typed):
    """当事人: one party to the dispute other than the agencies."""

    shown = to_all("role", "name", "notified")

    role: PartyRole = Field(description="诉讼地位 role")
    name: Name = Field(description="姓名或名称 name")
    notified: bool = Field(True, description="已通知参加 already notified (matters for third parties)")
