"""Figures for whoever supervises: agencies by lamp, fields, weekly reports missed, the load to come, punctuality."""

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta
from typing import NamedTuple

from sqlalchemy import ColumnElement, Executable, Select, and_, case, func, or_
from sqlalchemy import select as core_select
from sqlmodel import Session, col

from docket.lists import A_YEAR, EVERYBODY, OPEN, Scope, failed_lately, has_lamp, listed, missed_week
from docket.tables import AgencyRow, DutyAgencyRow, DutyRow
from rules.counting.clock import local_date
from rules.duties.lamp import OWED, Lamp


class AgencyFigures(NamedTuple):
    """What one agency owes, by lamp; `missed` are weekly reports of open letters that are missing or came late.

    `unreported` is what failed within a year; it is among `late`, as what was done late is. `old` is overdue since
    before it was registered, as history.
    """

    agency: str
    name: str
    field: str
    overdue: int = 0
    unreported: int = 0
    tardy: int = 0
    due_soon: int = 0
    on_track: int = 0
    not_started: int = 0
    missed: int = 0
    done: int = 0
    late: int = 0
    old: int = 0

    @property
    def owing(self) -> int:
        """Return how many duties are open."""
        return self.overdue + self.tardy + self.due_soon + self.on_track + self.not_started

    @property
    def punctual(self) -> int | None:
        """Return the share of what was due in the last year that was done in time, in percent; None if nothing was.

        What is overdue today counts as not in time; what has no number of days, or is history, does not count.
        """
        return round(100 * self.done / self.judged) if self.judged else None

    @property
    def judged(self) -> int:
        """Return how many duties the share is of."""
        return self.done + self.late + self.overdue - self.old


_COUNTS = ("open", *AgencyFigures._fields[4:])
"""What is counted. Overdue is what is open and has no other lamp: so every count is a range of one index."""


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
        fields[field] += mine["overdue"]
        if mine or shared:
            found.append(AgencyFigures(agency, name, field, **(mine + shared)))
    worst = ("overdue", "unreported", "missed", "tardy", "due_soon")
    return Supervised(
        sorted(found, key=lambda each: (*(-getattr(each, name) for name in worst), each.agency)),
        sorted((+fields).items(), key=lambda each: (-each[1], each[0])),
    )


def totals(agencies: Iterable[AgencyFigures]) -> AgencyFigures:
    """Add up the figures of agencies; what several owe together counts for each of them."""
    every = list(agencies)
    counts = AgencyFigures._fields[3:]
    return AgencyFigures("", "", "", **{name: sum(getattr(each, name) for each in every) for name in counts})


def _figures(counts: Iterable[int]) -> Counter[str]:
    found = Counter(dict(zip(_COUNTS, counts, strict=True)))
    found["overdue"] = found.pop("open") - found["tardy"] - found["due_soon"] - found["on_track"]
    return +found


def _wanted(now: datetime) -> dict[str, ColumnElement[bool]]:
    since = col(DutyRow.due) >= local_date(now) - A_YEAR
    counted = and_(since, ~col(DutyRow.soft), ~col(DutyRow.history))
    found = {
        "open": col(DutyRow.state) == "open",
        "unreported": failed_lately(now),
        "tardy": has_lamp(Lamp.TARDY, now),
        "due_soon": has_lamp(Lamp.DUE_SOON, now),
        "on_track": has_lamp(Lamp.ON_TRACK, now),
        "not_started": has_lamp(Lamp.NOT_STARTED, now),
        "missed": missed_week(now),
        "done": and_(col(DutyRow.state) == "done", counted),
        "late": and_(col(DutyRow.state).in_(("late", "missed")), counted),
        "old": and_(has_lamp(Lamp.OVERDUE, now), col(DutyRow.history)),
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
        .where(*_TOGETHER, has_lamp(Lamp.OVERDUE, now), col(AgencyRow.id) == DutyAgencyRow.agency)
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
    """Count all open duties by lamp."""
    counts = [
        core_select(func.count()).select_from(DutyRow).where(has_lamp(each, now), *listed(EVERYBODY)).scalar_subquery()
        for each in OWED
    ]
    return dict(zip((each.value for each in OWED), session.execute(core_select(*counts)).one(), strict=True))


def load(session: Session, first: date, days: int = 28, scope: Scope = EVERYBODY) -> dict[date, int]:
    """Count the open duties that are due on each of so many days from the first on."""
    rows = session.execute(
        core_select(col(DutyRow.due), func.count())
        .where(col(DutyRow.state).in_(OPEN), col(DutyRow.due) >= first)
        .where(col(DutyRow.due) < first + timedelta(days=days), *listed(scope))
        .group_by(col(DutyRow.due))
    )
    counts = {day: int(count) for day, count in rows}
    every = (first + timedelta(days=number) for number in range(days))
    return {day: counts.get(day, 0) for day in every}
