"""The readings: where the notice is silent or doubtful, which answer a county follows (A01 to A28 in docs/readings.md).

Each field's default is the recommended reading. A value that is not listed is refused with its key.
"""

from datetime import time
from typing import Annotated, Literal

from pydantic import Field, StrictBool, ValidationError

from rules.letters.terms import Decision, Document
from rules.values import Frozen

_Count = Annotated[int, Field(ge=0, le=250, strict=True)]
_AT_LEAST_ONE = Annotated[int, Field(ge=1, le=250, strict=True)]


class RuleReadings(Frozen):
    """A01: 3日, 5日 as calendar or working days. A02, A07: does a last day off move to the next working day?"""

    unit: Literal["day", "working_day"] = "day"
    roll: Literal["next_working_day", "none"] = "next_working_day"


class FeedbackReadings(Frozen):
    """A03: whose receipt starts the five days. A21: does a mediation letter replace the feedback?"""

    anchor: Literal["agency_first_told", "bureau_call"] = "agency_first_told"
    superseded: StrictBool = False


class WindowReadings(Frozen):
    """A04: where the month starts, if the letter does not say. A23: does filing the case end a window before it?"""

    anchor: Literal["bureau_receipt", "agency_receipt", "letter_date"] = "bureau_receipt"
    on_filing: Literal["continue", "end"] = "continue"


class ExtensionReadings(Frozen):
    """A08: what an extension counts from. A09: whose consent it needs."""

    base: Literal["nominal", "rolled", "last_consent", "day_zero"] = "nominal"
    parties: Literal["notified", "plaintiff_defendant"] = "notified"


class ResultReadings(Frozen):
    """A06: is the last day itself still 届满前?"""

    inclusive: StrictBool = True


class NoticeReadings(Frozen):
    """A14: which paper starts the three days, and do they bind the report to the leader too?"""

    anchor: Literal["notice", "later_of_both"] = "notice"
    report: Literal["same", "soft"] = "same"


class WeeklyReadings(Frozen):
    """A13: rolling seven days from receipt, or calendar weeks."""

    mode: Literal["rolling", "calendar_week"] = "rolling"


class FilingReadings(Frozen):
    """A10: day zero of the filing. A27: which documents must be filed."""

    anchor: Literal["later", "receipt", "effective"] = "later"
    types: tuple[Document, ...] = Field((Document.JUDGMENT, Document.RULING, Document.MEDIATION), min_length=1)


class AnalysisReadings(Frozen):
    """A11: day zero of the loss analysis."""

    anchor: Literal["later", "receipt"] = "later"


class StatsReadings(Frozen):
    """A12: which outcomes, of which documents, are a loss (龙政办〔2022〕59号 decides; its text was not found)."""

    loss_outcomes: tuple[Decision, ...] = Field(
        (
            Decision.REVOKED,
            Decision.PARTLY_REVOKED,
            Decision.VARIED,
            Decision.UNLAWFUL,
            Decision.VOID,
            Decision.ORDERED,
            Decision.COMPENSATION,
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


class CircularReadings(Frozen):
    """A16: when the quarterly circular is due after the quarter's end."""

    offset: Literal["working_day_10", "day_15", "month_end"] = "working_day_10"


class ReminderReadings(Frozen):
    """A17: when a 工作提醒函 is proposed."""

    quarters: _AT_LEAST_ONE = 4
    min_cases: _AT_LEAST_ONE = 3
    loss_rate: Annotated[float, Field(gt=0, le=1)] = 0.15
    top: _Count = 3
    line: Literal["fixed", "county_average"] = "fixed"


class TalkReadings(Frozen):
    """A18: when a 约谈 is proposed: both limbs, or never by the system."""

    mode: Literal["both_limbs", "discretion"] = "both_limbs"
    reply_working_days: _AT_LEAST_ONE = 10
    quarters: _AT_LEAST_ONE = 2


class FollowUpReadings(Frozen):
    """How many days after it was last touched a case under way is asked about (R19); the text says 定期."""

    days: Annotated[int, Field(ge=1, le=366, strict=True)] = 30


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
    feedback: FeedbackReadings = FeedbackReadings()
    window: WindowReadings = WindowReadings()
    extension: ExtensionReadings = ExtensionReadings()
    result: ResultReadings = ResultReadings()
    notice: NoticeReadings = NoticeReadings()
    weekly: WeeklyReadings = WeeklyReadings()
    filing: FilingReadings = FilingReadings()
    analysis: AnalysisReadings = AnalysisReadings()
    stats: StatsReadings = StatsReadings()
    soft: SoftReadings = SoftReadings()
    circular: CircularReadings = CircularReadings()
    reminder: ReminderReadings = ReminderReadings()
    talk: TalkReadings = TalkReadings()
    follow_up: FollowUpReadings = FollowUpReadings()
    receipt: ReceiptReadings = ReceiptReadings()
    compliance: ComplianceReadings = ComplianceReadings()
    cancel: CancelReadings = CancelReadings()
    cutoff: Literal["24:00", "office_close"] = "24:00"

    def closes(self, office_closes: time) -> time | None:
        """Return the clock time at which a due date ends, or None for midnight (A26)."""
        return office_closes if self.cutoff == "office_close" else None


NO_LOSS = frozenset(
    {Decision.DISMISSED, Decision.REJECTED, Decision.NOT_ACCEPTED, Decision.WITHDRAWN, Decision.MEDIATED}
)
"""Decisions that no county may call a loss: the agency won, or nothing was decided against it."""


def disagreements(readings: Readings) -> list[tuple[str, str]]:
    """List what can't hold together among readings, as (key, what is wrong)."""
    found = []
    if wrong := sorted(set(readings.stats.loss_outcomes) & NO_LOSS):
        found.append(("stats.loss_outcomes", f"{', '.join(wrong)} can't be a loss"))
    if readings.talk.quarters > readings.reminder.quarters:
        found.append(("talk.quarters", "can't be more than reminder.quarters, over which the rate is taken"))
    if not set(readings.stats.loss_documents) <= set(readings.filing.types):
        found.append(("stats.loss_documents", "a document that need not be filed (filing.types) can't count as a loss"))
    return found


def reading_of(readings: Readings, key: str) -> object:
    """Return the value of a reading by its key, as `notice.report`; an unknown key raises AttributeError."""
    value: object = readings
    for name in key.split("."):
        value = getattr(value, name)
    return value


def possible(key: str, value: bool | str) -> bool:
    """Tell whether there is a reading of a key that can have a value."""
    data: dict[str, object] = {}
    place = data
    *groups, name = key.split(".")
    for group in groups:
        place[group] = place = {}
    place[name] = value
    try:
        Readings.model_validate(data)
    except ValidationError:
        return False
    return True
