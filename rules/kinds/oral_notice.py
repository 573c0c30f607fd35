"""口头通知行政起诉事项: the court tells of an intended suit before it files it.

武政办〔2023〕47号 一(一)二款: "涉诉行政机关被口头通知行政起诉事项的,应当自收到通知后5日内向县司法局反馈协调化解情况,
县司法局及时将相关情况及意见反馈给人民法院。"
"""

from collections.abc import Iterable
from typing import Annotated, Literal

from pydantic import Field

from rules.counting.written import Day
from rules.duties.day_zeros import WAITING, Anchor, Found, accepted, day_zeros
from rules.duties.door import PassedOn
from rules.duties.kind import Kind, since_told_by_bureau
from rules.duties.shapes import GENERIC
from rules.duties.situation import Situation
from rules.letters.events import AgencyEvent, Forwarded, Recall, Reported, Returned, Told
from rules.letters.fields import Words, to_all
from rules.letters.letter import Letter
from rules.letters.registry import register
from rules.letters.terms import PartyRole, Stage


class OralNotice(Letter):
    """口头通知行政起诉事项: the court tells of an intended suit before it files it."""

    shown = to_all("kind", "caller", "plaintiff")

    kind: Literal["oral_notice"] = "oral_notice"
    caller: Annotated[str, Field(max_length=120)] = Field("", description="法院通知人 who called for the court")
    plaintiff: Annotated[str, Field(max_length=200)] = Field("", description="起诉人 intended plaintiff")

    @property
    def stage_at_receipt(self) -> Stage:
        """Return 诉前: nothing is filed yet."""
        return Stage.PRE

    @property
    def sides(self) -> Iterable[tuple[str, str]]:
        """List who means to sue."""
        return [(PartyRole.PLAINTIFF.value, self.plaintiff)] if self.plaintiff else []

    @property
    def people(self) -> Iterable[str]:
        """List who called, and who means to sue."""
        return self.plaintiff, self.caller


class Feedback(AgencyEvent):
    """反馈协调化解情况 The agency's answer to an oral notice (R03); an empty acknowledgement is none."""

    recorded_by = "agency"
    of_agency = True
    returnable = True
    first_report = True
    shown = to_all("on", "type", "done", "result", "opinion")

    on: Day = Field(description="反馈日期 day of the feedback")
    type: Literal["feedback"] = "feedback"
    done: Words = Field(description="已做工作 what was done")
    result: Words = Field(description="目前结果 result so far (尚在协调 with substance will do)")
    opinion: Words = Field(description="意见 opinion")


def agency_told(situation: Situation[OralNotice], agency: str) -> Found:
    """The day the agency was told, by whoever was first (A03); the alternative is the bureau's own call.

    一(一)二款: "涉诉行政机关被口头通知行政起诉事项的,应当自收到通知后5日内…反馈".
    """
    if situation.readings.feedback.anchor == "bureau_call":
        calls = [fact.on for fact in situation.facts.of(Told, agency) if fact.event.told_by == "bureau"]
        return Anchor(situation.receipt(min(calls)), "bureau_call") if calls else WAITING
    received = situation.agency_received(agency)
    return Anchor(received, "agency_told") if received else WAITING


def feedback_given(situation: Situation[OralNotice], agency: str) -> Found:
    """The day the bureau got feedback that it has not sent back; before that nothing is owed to the court.

    Of several agencies' feedback, the first that is still to be passed on counts, then the last that was.
    """
    agencies = situation.letter.agency_ids
    given = [moment for each in agencies if (moment := accepted(situation, "feedback", each))]
    passed_on = max((fact.moment for fact in situation.facts.of(Forwarded)), default=None)
    waiting = [moment for moment in given if passed_on is None or moment > passed_on]
    moment = min(waiting) if waiting else max(given, default=None)
    return Anchor(moment[0], "feedback_given", after=moment) if moment else None


KIND: Kind[OralNotice] = Kind(
    model=OralNotice,
    place=10,
    example="--matter 2026-017 --court 武平县人民法院 --received 2026-11-20 --agency forestry --plaintiff 张某",
    events=(Told, Reported, Feedback, Returned, Forwarded, Recall),
    stages=(Stage.PRE,),
    day_zeros=day_zeros(agency_told, feedback_given),
    shapes=GENERIC,
    earliest=since_told_by_bureau,
    passes_on=PassedOn("court", "feedback"),
)
register(KIND)
