"""《工作提醒函》 and 约谈: what the figures suggest to the bureau; people decide (R21, R22).

武政办〔2023〕47号 五三款: "并适时对败诉率高或行政诉讼案件数量多的涉诉行政机关发《工作提醒函》。涉诉行政机关未有效落实
《工作提醒函》,且“败诉率”“万人成讼率”持续较高的,由县政府主要领导约谈。"
The notice says neither how high nor how many, so readings A17 and A18 do. A proposal carries its evidence; nothing is
counted in floating point, and a rate without cases is no rate.
"""

from collections.abc import Iterable
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Annotated, Literal, NamedTuple, Self

from pydantic import Field, model_validator

from rules.books.readings import Readings
from rules.counting.calendar import Calendar
from rules.counting.period import Unit, count
from rules.counting.sheet import ReckoningSheet, sheet
from rules.duties.periodic import Quarter
from rules.letters.fields import AgencyId, Name
from rules.values import Frozen

_Cases = Annotated[int, Field(ge=0)]
Ground = Literal["loss_rate", "many_cases"]


class Ratio(NamedTuple):
    """A rate with its numerator and denominator, as every figure is shown."""

    numerator: int
    denominator: int

    @property
    def percent(self) -> Decimal | None:
        """Return the rate in per cent, two places, rounded half up; None where there is nothing to divide by."""
        if not self.denominator:
            return None
        exact = Decimal(100 * self.numerator) / Decimal(self.denominator)
        return exact.quantize(Decimal("0.01"), ROUND_HALF_UP)

    def reaches(self, line: Decimal) -> bool:
        """Tell whether the unrounded rate is at a line, as 0.15, or above it."""
        return self.denominator > 0 and Decimal(self.numerator) >= line * self.denominator

    def exceeds(self, other: "Ratio") -> bool:
        """Tell whether the unrounded rate is above another one."""
        if not self.denominator or not other.denominator:
            return False
        return self.numerator * other.denominator > other.numerator * self.denominator


class Figures(Frozen):
    """One agency's quarter: cases newly filed, cases concluded, and those of them that were lost (A12)."""

    agency: AgencyId
    quarter: Quarter
    cases: _Cases
    concluded: _Cases
    lost: _Cases

    @model_validator(mode="after")
    def _lost_were_concluded(self) -> Self:
        if self.lost > self.concluded:
            raise ValueError("lost: can't be more than concluded")
        return self


class Standing(Frozen):
    """Where one agency stands at the end of a quarter, over the quarters from `first` to `last`.

    `line` is what its loss rate was measured against, in per cent; `rank` is its place by number of cases.
    """

    agency: AgencyId
    first: Quarter
    last: Quarter
    cases: int
    loss: Ratio
    line: Decimal | None
    rank: int
    grounds: tuple[Ground, ...]


class SentReminder(Frozen):
    """A 《工作提醒函》 that went out: when the agency received it, and its first acceptable reply, if one came."""

    agency: AgencyId
    number: Name
    received_on: date
    accepted_on: date | None = None


class TalkProposal(Frozen):
    """A 约谈 that both limbs suggest: the reminder, the count of its reply, and each quarter's standing."""

    reminder: SentReminder
    reply: ReckoningSheet
    standings: tuple[Standing, ...]


def standings(figures: Iterable[Figures], last: Quarter, readings: Readings) -> list[Standing]:
    """Work out where each agency stands over the `reminder.quarters` quarters that end with `last`, most cases first.

    A17: on the ground "loss_rate" an agency has concluded `reminder.min_cases` and its loss rate is at the fixed line,
    or above that of the county as a whole. On the ground "many_cases" it is among the `reminder.top` by cases: whoever
    has as many cases as the last of them is in too, because equal figures are treated alike; without cases nobody is.
    """
    first = last.shift(1 - readings.reminder.quarters)
    over = [each for each in figures if first <= each.quarter <= last]
    county = _loss(over)
    cases = {agency: sum(each.cases for each in over if each.agency == agency) for agency in _agencies(over)}
    found = []
    for agency, number in cases.items():
        loss = _loss(each for each in over if each.agency == agency)
        rank = 1 + sum(other > number for other in cases.values())
        high, line = _is_high(loss, county, readings)
        many = number > 0 and rank <= readings.reminder.top
        grounds: tuple[Ground, ...] = (*(("loss_rate",) if high else ()), *(("many_cases",) if many else ()))
        found.append(
            Standing(
                agency=agency, first=first, last=last, cases=number, loss=loss, line=line, rank=rank, grounds=grounds
            )
        )
    return sorted(found, key=lambda standing: (standing.rank, standing.agency))


def reminder_proposals(figures: Iterable[Figures], last: Quarter, readings: Readings) -> list[Standing]:
    """List the agencies that a 《工作提醒函》 is proposed for, with their grounds (A17)."""
    return [standing for standing in standings(figures, last, readings) if standing.grounds]


def talk_proposal(
    reminder: SentReminder,
    figures: Iterable[Figures],
    last: Quarter,
    today: date,
    readings: Readings,
    calendar: Calendar,
) -> TalkProposal | None:
    """Propose a 约谈 where both limbs hold (A18), else give None; the reading "discretion" never proposes one.

    未有效落实: no acceptable reply within `talk.reply_working_days` of the agency's receipt, which is day zero.
    持续较高: the ground "loss_rate" at the end of each of the `talk.quarters` quarters up to `last`. Being among the
    most sued is no ground here: somebody always is, and neither text nor readings draw a line for 万人成讼率.
    """
    if readings.talk.mode == "discretion":
        return None
    days = readings.talk.reply_working_days
    reply = count(
        reminder.received_on, days, Unit.WORKING_DAY, calendar, why="agency_received", clause="第五部分第三款"
    )
    in_time = reminder.accepted_on is not None and reminder.accepted_on <= reply.due
    if in_time or today <= reply.due:
        return None
    known = list(figures)
    running = []
    for back in reversed(range(readings.talk.quarters)):
        at_end = standings(known, last.shift(-back), readings)
        running += [each for each in at_end if each.agency == reminder.agency and "loss_rate" in each.grounds]
    if len(running) < readings.talk.quarters:
        return None
    return TalkProposal(reminder=reminder, reply=sheet(reply), standings=tuple(running))


def _agencies(figures: Iterable[Figures]) -> list[str]:
    return sorted({each.agency for each in figures})


def _loss(figures: Iterable[Figures]) -> Ratio:
    every = list(figures)
    return Ratio(sum(each.lost for each in every), sum(each.concluded for each in every))


def _is_high(loss: Ratio, county: Ratio, readings: Readings) -> tuple[bool, Decimal | None]:
    """Tell whether a loss rate is high, and give the line it was measured against in per cent."""
    enough = loss.denominator >= readings.reminder.min_cases
    if readings.reminder.line == "county_average":
        return enough and loss.exceeds(county), county.percent
    # The reading is a number as a person wrote it, 0.15; through its text it stays that number.
    line = Decimal(str(readings.reminder.loss_rate))
    return enough and loss.reaches(line), 100 * line
