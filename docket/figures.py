"""Figures for whoever supervises: agencies by lamp, fields, weekly reports missed, the load to come, punctuality."""

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta
from typing import NamedTuple

from sqlalchemy import ColumnElement, Executable, Select, and_, case, func, or_
from sqlalchemy import select as core_select
from sqlmodel import Session, col

from docket.lists import EVERYBODY, OPEN, Scope, has_light, missed_week, within
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
        """Return the share of what was due in the last year that was done in time, in percent; None if nothing was.

        What is overdue today counts as not in time.
        """
        return round(100 * self.done / self.judged) if self.judged else None

    @property
    def judged(self) -> int:
        """Return how many duties the share is of."""
        return self.done + self.late + self.red


_COUNTS = ("open", *AgencyFigures._fields[4:])
"""What is counted. Red is what is open and neither yellow nor green: so every count is a range of one index."""


class Supervised(NamedTuple):
    """What agencies owe, the worst first: agency by agency, and what is overdue by the fields of county leaders."""

    agencies: list[AgencyFigures]
    fields: list[tuple[str, int]]


def supervised(session: Session, now: datetime) -> Supervised:
    """Return the figures of every agency that owes, or owed within a year, anything, and those of each field.

    What several agencies owe together counts for each of them, and once for a field.
    """
    wanted = _wanted(now)
    agencies = session.execute(core_select(col(AgencyRow.id), col(AgencyRow.name), col(AgencyRow.field))).all()
    alone = {row[0]: _figures(row[1:]) for row in session.execute(_owed_alone(wanted))}
    together = {row[0]: _figures(row[1:]) for row in session.execute(_owed_together(wanted))}
    fields = Counter(dict(session.execute(_overdue_together(now)).all()))
    found = []
    for agency, name, field in agencies:
        mine, shared = alone[agency], together.get(agency, Counter())
        fields[field] += mine["red"]
        if mine or shared:
            found.append(AgencyFigures(agency, name, field, **(mine + shared)))
    return Supervised(
        sorted(found, key=lambda each: (-each.red, -each.missed, -each.yellow, each.agency)),
        sorted((+fields).items(), key=lambda each: (-each[1], each[0])),
    )


def _figures(counts: Iterable[int]) -> Counter[str]:
    found = Counter(dict(zip(_COUNTS, counts, strict=True)))
    found["red"] = found.pop("open") - found["yellow"] - found["green"]
    return +found


def _wanted(now: datetime) -> dict[str, ColumnElement[bool]]:
    since = col(DutyRow.due) >= local_date(now) - timedelta(days=365)
    found = {
        "open": col(DutyRow.state) == "open",
        "yellow": has_light(Light.YELLOW, now),
        "green": has_light(Light.GREEN, now),
        "waiting": col(DutyRow.state) == "waiting",
        "missed": missed_week(now),
        "done": and_(col(DutyRow.state) == "done", since),
        "late": and_(col(DutyRow.state).in_(("late", "missed")), since),
    }
    return {name: found[name] for name in _COUNTS}


def _owed_alone(wanted: Mapping[str, ColumnElement[bool]]) -> Executable:
    """Count what each agency owes by itself; each count is a range of an index, however much lies beside it."""
    mine = and_(col(DutyRow.agency) == col(AgencyRow.id), col(DutyRow.obligor) == "agency")
    counts = [
        core_select(func.count()).select_from(DutyRow).where(mine, each).correlate(AgencyRow).scalar_subquery()
        for each in wanted.values()
    ]
    return core_select(col(AgencyRow.id), *counts)


def _owed_together(wanted: Mapping[str, ColumnElement[bool]]) -> Executable:
    """Count what several agencies owe together, for each of them."""
    sums = [func.sum(case((each, 1), else_=0)) for each in wanted.values()]
    return (
        core_select(col(DutyAgencyRow.agency), *sums)
        .where(*_TOGETHER, or_(*wanted.values()))
        .group_by(col(DutyAgencyRow.agency))
    )


def _overdue_together(now: datetime) -> Select[tuple[str, int]]:
    """Count what agencies have overdue together by fields; agencies of one field owe it once."""
    overdue = (
        core_select(col(AgencyRow.field), col(DutyRow.dossier_id), col(DutyRow.id))
        .where(*_TOGETHER, has_light(Light.RED, now), col(AgencyRow.id) == DutyAgencyRow.agency)
        .distinct()
        .subquery()
    )
    return core_select(overdue.c.field, func.count()).group_by(overdue.c.field)


_TOGETHER = (
    col(DutyRow.agency).is_(None),
    col(DutyRow.obligor) == "agency",
    col(DutyAgencyRow.dossier_id) == DutyRow.dossier_id,
    col(DutyAgencyRow.id) == DutyRow.id,
)


def lamps(session: Session, now: datetime) -> dict[str, int]:
    """Count all open duties by lamp, and those that wait for their day zero."""
    wanted = {light.value: has_light(light, now) for light in (Light.RED, Light.YELLOW, Light.GREEN)}
    wanted["waiting"] = col(DutyRow.state) == "waiting"
    counts = [core_select(func.count()).select_from(DutyRow).where(each).scalar_subquery() for each in wanted.values()]
    return dict(zip(wanted, session.execute(core_select(*counts)).one(), strict=True))


def load(session: Session, first: date, days: int = 28, scope: Scope = EVERYBODY) -> dict[date, int]:
    """Count the open duties that are due on each of so many days from the first on."""
    rows = session.execute(
        core_select(col(DutyRow.due), func.count())
        .where(col(DutyRow.state).in_(OPEN), col(DutyRow.due) >= first)
        .where(col(DutyRow.due) < first + timedelta(days=days), *within(scope))
        .group_by(col(DutyRow.due))
    )
    counts = {day: int(count) for day, count in rows}
    every = (first + timedelta(days=number) for number in range(days))
    return {day: counts.get(day, 0) for day in every}
