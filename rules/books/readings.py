"""The readings: where the notice is silent or doubtful, which answer a county follows (A01 to A28 in docs/readings.md).

Each field's default is the recommended reading. A value that is not listed is refused with its key.
"""

from datetime import time
from typing import Annotated, Literal

from pydantic import Field, StrictBool

from rules.letters.letter import Document, Outcome
from rules.values import Frozen

_Count = Annotated[int, Field(ge=0, le=250, strict=True)]
_AT_LEAST_ONE = Annotated[int, Field(ge=1, le=250, strict=True)]


class RuleReadings(Frozen):
    """A01: 3日, 5日 as calendar or working days. A02, A07: does a last day off move to the next working day?"""

    unit: Literal["day", "working_day"] = "day"
    roll: Literal["next_working_day", "none"] = "next_working_day"


class R03Readings(Frozen):
    """A03: whose receipt starts the five days. A21: does a mediation letter replace the feedback?"""

    anchor: Literal["agency_first_told", "bureau_call"] = "agency_first_told"
    superseded: StrictBool = False


class R05Readings(Frozen):
    """A04: where the month starts, if the letter does not say. A23: does filing the case end a window before it?"""

    anchor: Literal["bureau_receipt", "agency_receipt", "letter_date"] = "bureau_receipt"
    on_filing: Literal["continue", "end"] = "continue"


class R06Readings(Frozen):
    """A08: what an extension counts from. A09: whose consent it needs."""

    base: Literal["nominal", "rolled", "last_consent", "day_zero"] = "nominal"
    parties: Literal["notified", "plaintiff_defendant"] = "notified"


class R07Readings(Frozen):
    """A06: is the last day itself still 届满前?"""

    inclusive: StrictBool = True


class R08Readings(Frozen):
    """A14: which paper starts the three days, and do they bind the report to the leader too?"""

    anchor: Literal["notice", "later_of_both"] = "notice"
    report: Literal["same", "soft"] = "same"


class R13Readings(Frozen):
    """A13: rolling seven days from receipt, or calendar weeks."""

    mode: Literal["rolling", "calendar_week"] = "rolling"


class R16Readings(Frozen):
    """A10: day zero of the filing. A27: which documents must be filed."""

    anchor: Literal["later", "receipt", "effective"] = "later"
    types: tuple[Document, ...] = Field((Document.JUDGMENT, Document.RULING, Document.MEDIATION), min_length=1)


class R17Readings(Frozen):
    """A11: day zero of the loss analysis."""

    anchor: Literal["later", "receipt"] = "later"


class StatsReadings(Frozen):
    """A12: which outcomes, of which documents, are a loss (龙政办〔2022〕59号 decides; its text was not found)."""

    loss_outcomes: tuple[Outcome, ...] = Field(
        (
            Outcome.REVOKED,
            Outcome.PARTLY_REVOKED,
            Outcome.VARIED,
            Outcome.UNLAWFUL,
            Outcome.VOID,
            Outcome.ORDERED,
            Outcome.COMPENSATION,
        ),
        min_length=1,
    )
    loss_documents: tuple[Document, ...] = Field((Document.JUDGMENT, Document.RULING, Document.MEDIATION), min_length=1)


class SoftReadings(Frozen):
    """A15: 立即 and 及时 as working days after the trigger; soft, so only ever 未及时. 0 is the same working day."""

    immediately: _Count = 0
    told: _Count = 1
    reply: _Count = 2
    review: _Count = 10


class R20Readings(Frozen):
    """A16: when the quarterly circular is due after the quarter's end."""

    offset: Literal["working_day_10", "day_15", "month_end"] = "working_day_10"


class R21Readings(Frozen):
    """A17: when a 工作提醒函 is proposed."""

    quarters: _AT_LEAST_ONE = 4
    min_cases: _AT_LEAST_ONE = 3
    loss_rate: Annotated[float, Field(gt=0, le=1)] = 0.15
    top: _Count = 3
    line: Literal["fixed", "county_average"] = "fixed"


class R22Readings(Frozen):
    """A18: when a 约谈 is proposed: both limbs, or never by the system."""

    mode: Literal["both_limbs", "discretion"] = "both_limbs"
    reply_working_days: _AT_LEAST_ONE = 10
    quarters: _AT_LEAST_ONE = 2


class ReceiptReadings(Frozen):
    """A20: a receipt at night or on a day off counts on that day, or on the next working day."""

    after_hours: Literal["actual", "next_working_day"] = "actual"


class ComplianceReadings(Frozen):
    """A25: towards the court the day of sending counts, or always the day of arrival."""

    moment: Literal["sent_to_court", "arrival"] = "sent_to_court"


class CancelReadings(Frozen):
    """A28: what a withdrawal ends: all but the result letter and the filing, or everything."""

    withdrawal: Literal["keep_result", "all"] = "keep_result"


class Readings(Frozen):
    """Every reading with a key; `cutoff` (A26) is the close of business on the due date, or None for 24:00."""

    rule: RuleReadings = RuleReadings()
    r03: R03Readings = R03Readings()
    r05: R05Readings = R05Readings()
    r06: R06Readings = R06Readings()
    r07: R07Readings = R07Readings()
    r08: R08Readings = R08Readings()
    r13: R13Readings = R13Readings()
    r16: R16Readings = R16Readings()
    r17: R17Readings = R17Readings()
    stats: StatsReadings = StatsReadings()
    soft: SoftReadings = SoftReadings()
    r20: R20Readings = R20Readings()
    r21: R21Readings = R21Readings()
    r22: R22Readings = R22Readings()
    receipt: ReceiptReadings = ReceiptReadings()
    compliance: ComplianceReadings = ComplianceReadings()
    cancel: CancelReadings = CancelReadings()
    cutoff: Literal["24:00", "office_close"] = "24:00"

    def closes(self, office_closes: time) -> time | None:
        """Give the clock time at which a due date ends, or None for midnight (A26)."""
        return office_closes if self.cutoff == "office_close" else None


NO_LOSS = frozenset({Outcome.DISMISSED, Outcome.REJECTED, Outcome.NOT_ACCEPTED, Outcome.WITHDRAWN, Outcome.MEDIATED})
"""Outcomes that no county may call a loss: the agency won, or nothing was decided against it."""


def disagreements(readings: Readings) -> list[tuple[str, str]]:
    """List what can't hold together among readings, as (key, what is wrong)."""
    found = []
    if wrong := sorted(set(readings.stats.loss_outcomes) & NO_LOSS):
        found.append(("stats.loss_outcomes", f"{', '.join(wrong)} can't be a loss"))
    if readings.r22.quarters > readings.r21.quarters:
        found.append(("r22.quarters", "can't be more than r21.quarters, over which the rate is taken"))
    if not set(readings.stats.loss_documents) <= set(readings.r16.types):
        found.append(("stats.loss_documents", "a document that need not be filed (r16.types) can't count as a loss"))
    return found
