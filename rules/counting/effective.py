"""When a court document takes effect, where nobody has said so yet (推定生效).

行政诉讼法 85: "当事人不服人民法院第一审判决的,有权在判决书送达之日起十五日内向上一级人民法院提起上诉。
当事人不服人民法院第一审裁定的,有权在裁定书送达之日起十日内向上一级人民法院提起上诉。逾期不提起上诉的,
人民法院的第一审判决或者裁定发生法律效力。"
A posted appeal arrives late, so a date from here is only presumed until the court's certificate is entered.
"""

from datetime import date, timedelta
from enum import StrEnum
from typing import NamedTuple

from rules.counting.calendar import Calendar
from rules.counting.period import Reckoning, Unit, count


class Appeal(StrEnum):
    """Whether, and for how long, a document can be appealed."""

    FIRST_INSTANCE_JUDGMENT = "first_instance_judgment"
    FIRST_INSTANCE_RULING = "first_instance_ruling_10d"
    NONE = "second_instance"


APPEAL_DAYS = {Appeal.FIRST_INSTANCE_JUDGMENT: 15, Appeal.FIRST_INSTANCE_RULING: 10}


class Effect(NamedTuple):
    """The last day for an appeal, the day of effect, and the count of the appeal period (None without one)."""

    appeal_last_day: date | None
    effective: date
    reckoning: Reckoning | None


def presumed_effect(kind: Appeal, last_service: date, calendar: Calendar) -> Effect:
    """Presume when a document takes effect if nobody appeals.

    Day zero is the day of the last service on a party. The day after the rolled last appeal day is the day of
    effect; a document without appeal takes effect on service.
    """
    days = APPEAL_DAYS.get(kind)
    if days is None:
        return Effect(None, last_service, None)
    appeal = count(last_service, days, Unit.DAY, calendar, why="last_service", clause="行政诉讼法85")
    return Effect(appeal.due, appeal.due + timedelta(days=1), appeal)
