"""Figures for whoever supervises: agencies by lamp, fields, weekly reports missed, the load to come, punctuality."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import NamedTuple

from sqlalchemy import ColumnElement, and_, case, func, or_
from sqlalchemy import select as core_select
from sqlmodel import Session, col

from docket.lists import OPEN, lit, missed_week
from docket.tables import AgencyRow, DutyAgencyRow, DutyRow
from rules.counting.clock import local_date
from rules.duties.duty import Light


class AgencyFigures(NamedTuple):
    """What one agency owes, by lamp; `missed` are weekly reports of open letters that are missing or came late."""

    agency: str
    name: str
    field: str
    red: int = 0
    yellow: int = 0
    green: int = 0
    waiting: int = 0
    missed: int = 0
    done: int = 0
    late: int = 0

    @property
    def punctual(self) -> int | None:
        """Give the share of what was due in the last year that was done in time, in percent; None if nothing was."""
        return round(100 * self.done / (self.done + self.late)) if self.done + self.late else None


_COUNTS = AgencyFigures._fields[3:]


def by_agency(session: Session, now: datetime) -> list[AgencyFigures]:
    """Give the figures of every agency that owes, or owed within a year, anything; the worst first."""
    counts: dict[str, dict[str, int]] = {}
    for query in (_lamps(now), _missed_weeks(now), _punctuality(local_date(now))):
        for agency, values in _of_each_agency(session, query):
            mine = counts.setdefault(agency, {})
            for name, value in values.items():
                mine[name] = mine.get(name, 0) + value
    known = session.execute(core_select(col(AgencyRow.id), col(AgencyRow.name), col(AgencyRow.field))).all()
    agencies = {agency: (name, field) for agency, name, field in known}
    found = []
    for agency, values in counts.items():
        name, field = agencies.get(agency, (agency, ""))
        found.append(AgencyFigures(agency, name, field, *(values.get(each, 0) for each in _COUNTS)))
    return sorted(found, key=lambda each: (-each.red, -each.missed, -each.yellow, each.agency))


def _of_each_agency(session: Session, wanted: Mapping[str, ColumnElement[bool]]) -> list[tuple[str, dict[str, int]]]:
    """Count by agency: what one agency owes by itself, and what several owe together, for each of them."""
    either = or_(*wanted.values())
    sums = [func.sum(case((each, 1), else_=0)) for each in wanted.values()]
    owed = [either, col(DutyRow.obligor) == "agency"]
    alone = core_select(col(DutyRow.agency), *sums).where(*owed, col(DutyRow.agency).is_not(None))
    together = (
        core_select(col(DutyAgencyRow.agency), *sums)
        .where(*owed, col(DutyRow.agency).is_(None))
        .where(col(DutyAgencyRow.letter_id) == DutyRow.letter_id, col(DutyAgencyRow.key) == DutyRow.key)
    )
    rows = [
        *session.execute(alone.group_by(col(DutyRow.agency))),
        *session.execute(together.group_by(col(DutyAgencyRow.agency))),
    ]
    return [(row[0], dict(zip(wanted, map(int, row[1:]), strict=True))) for row in rows]


def _lamps(now: datetime) -> dict[str, ColumnElement[bool]]:
    lamps = {light.value: lit(light, now) for light in (Light.RED, Light.YELLOW, Light.GREEN)}
    return lamps | {"waiting": col(DutyRow.state) == "waiting"}


def _missed_weeks(now: datetime) -> dict[str, ColumnElement[bool]]:
    return {"missed": missed_week(now)}


def _punctuality(today: date) -> dict[str, ColumnElement[bool]]:
    since = col(DutyRow.due) >= today - timedelta(days=365)
    return {
        "done": and_(col(DutyRow.state) == "done", since),
        "late": and_(col(DutyRow.state).in_(("late", "missed")), since),
    }


def by_field(agencies: list[AgencyFigures]) -> list[tuple[str, int]]:
    """Count what is overdue by the fields that county leaders have in charge, the worst first."""
    fields: dict[str, int] = {}
    for each in agencies:
        fields[each.field] = fields.get(each.field, 0) + each.red
    return sorted(((field, red) for field, red in fields.items() if red), key=lambda each: (-each[1], each[0]))


def load(session: Session, today: date, days: int = 28) -> dict[date, int]:
    """Count the open duties that are due on each of the days to come, today's included."""
    rows = session.execute(
        core_select(col(DutyRow.due), func.count())
        .where(col(DutyRow.state).in_(OPEN), col(DutyRow.due) >= today)
        .where(col(DutyRow.due) < today + timedelta(days=days))
        .group_by(col(DutyRow.due))
    )
    counts = {day: int(count) for day, count in rows}
    every = (today + timedelta(days=number) for number in range(days))
    return {day: counts.get(day, 0) for day in every}
