"""规范性文件征求意见函: a court that doubts a document of the county's hears the agency which made it.

法释〔2018〕1号 147 has a court that thinks a document unlawful hear whoever made it. The court names the day in its
letter.
"""

from collections.abc import Iterable
from datetime import date
from typing import Literal

from pydantic import Field

from rules.books.model import Rule
from rules.counting.clock import local_date
from rules.counting.period import Roll, stated
from rules.counting.written import Day
from rules.duties.day_zeros import WAITING, Anchor, Found, day_zeros
from rules.duties.duty import Duty, blank
from rules.duties.fulfilment import bound, ended, satisfied
from rules.duties.kind import Kind, Shape
from rules.duties.shapes import GENERIC, uncounted
from rules.duties.situation import Situation
from rules.errors import Refused
from rules.letters.dates import Present, refuse_unless_near, refuse_unless_served
from rules.letters.events import AgencyEvent, Recall
from rules.letters.fields import Instant, Name, to_all
from rules.letters.letter import Letter
from rules.letters.registry import register


class DocumentInquiry(Letter):
    """规范性文件征求意见函: the court asks the agency for its opinion on a document that it made."""

    shown = to_all("kind", "document_name", "reply_by", "session_at")

    kind: Literal["document_inquiry"] = "document_inquiry"
    document_name: Name = Field(description="规范性文件名称 document that the court doubts")
    reply_by: Day = Field(description="陈述意见期限 day by which the court wants the opinion")
    session_at: Instant | None = Field(None, description="听取意见时间 when the court hears the agency, if it does")


class Drafted(AgencyEvent):
    """报送意见稿 The agency gave the bureau the draft of its opinion."""

    recorded_by = "agency"
    of_agency = True
    shown = to_all("on", "type")

    on: Day = Field(description="报送日期 day the bureau had it")
    type: Literal["opinion_drafted"] = "opinion_drafted"


class Stated(AgencyEvent):
    """向法院陈述意见 The agency stated its opinion to the court."""

    recorded_by = "agency"
    of_agency = True
    shown = to_all("on", "type", "manner")

    on: Day = Field(description="陈述日期 day it was sent, or said in court")
    type: Literal["opinion_stated"] = "opinion_stated"
    manner: Literal["letter", "session"] = Field("letter", description="陈述方式 by letter, or in court")


def inquiry_served(situation: Situation[DocumentInquiry], agency: str) -> Found:
    """The day the agency itself received the letter."""
    received = situation.letter.service(agency).received_on
    return Anchor(received, "inquiry_served") if received else WAITING


def named_day(situation: Situation[DocumentInquiry], rule: Rule) -> list[Duty]:
    """Let each agency owe by the day that the court named."""
    day, duties = situation.letter.reply_by, []
    for each in bound(situation, rule):
        reckoning = stated(day, day, situation.calendar, Roll.NEXT, "named_by_court", rule.clause)
        duty = situation.fill(blank(rule, each.key, each.agencies), reckoning)
        done = satisfied(situation, rule, each.agency)
        duties.append(situation.close(duty, done, ended(situation, rule, each.agency)))
    return duties


def _check(letter: DocumentInquiry, today: Present) -> None:
    refuse_unless_served(letter)
    refuse_unless_near("reply_by", letter.reply_by, today)
    if letter.reply_by < letter.received_on:
        raise Refused("reply_by", "before_letter", day=letter.reply_by, earliest=letter.received_on)


def _days(letter: DocumentInquiry) -> Iterable[tuple[str, date]]:
    if letter.session_at is not None:
        yield "session_at", local_date(letter.session_at)


KIND: Kind[DocumentInquiry] = Kind(
    model=DocumentInquiry,
    place=900,
    example="--matter 2026-017 --court 武平县人民法院 --received 2026-11-20 --agency forestry=2026-11-19 "
    "--document-name 林权登记办法 --reply-by 2026-12-04",
    events=(Drafted, Stated, Recall),
    day_zeros=day_zeros(inquiry_served),
    shapes={**GENERIC, "named_day": Shape(named_day, problems=uncounted)},
    check=_check,
    days=_days,
    cautions=("warning.inquiry_of_maker",),
)
register(KIND)
