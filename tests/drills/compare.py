"""What is compared: everything that a year of letters leaves in the docket, as sets in which each thing counts.

Left out is what follows from real time or from how a run was interrupted: the instants of recording, planning, firing
and writing (each matter's clock runs on by the seconds that an outage took; their days are compared), the number of a
matter's version and with it the keys of notices, and the running numbers of 督办单.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any, NamedTuple

from sqlalchemy import Engine
from sqlmodel import select

from docket.engine import reading
from docket.tables import DossierRow, DutyRow, EventRow, LetterRow, NoticeRow, RungRow
from rules.counting.clock import local_date

Taken = dict[str, Counter[tuple[Any, ...]]]
"""What a docket holds, by what it is, and how often."""


class Difference(NamedTuple):
    """What the undisturbed run has and this one has not, and what is here more often than there."""

    lost: list[str]
    doubled: list[str]


def taken(engine: Engine) -> Taken:
    """Read what a docket holds."""
    with reading(engine) as session:
        return {
            "matters": _counted(
                (row.id, row.title, _day(row.closed_at), _day(row.next_wake))
                for row in session.exec(select(DossierRow))
            ),
            "letters": _counted(
                (row.dossier_id, row.id, _day(row.closed_at), row.voided, row.rulebook)
                for row in session.exec(select(LetterRow))
            ),
            "duties": _counted(
                (row.dossier_id, row.letter_id, row.key, row.state, row.anchor, row.nominal, row.due, row.satisfied_on,
                 row.ended_on, row.ended_by)
                for row in session.exec(select(DutyRow))
            ),
            # A date that moved is named by its place among the moves and by its duty.
            "events": _counted(
                (row.dossier_id, row.letter_id, row.id, row.type, row.on) for row in session.exec(select(EventRow))
            ),
            "rungs": _counted(
                (row.dossier_id, row.key, row.code, row.to, row.level, _day(row.scheduled), _day(row.fired_at))
                for row in session.exec(select(RungRow))
            ),
            "notices": _counted(
                (row.dossier_id, row.letter_id, row.address, row.person, row.kind, row.status, row.late, row.subject,
                 tuple(row.duties), _day(row.send_at))
                for row in session.exec(select(NoticeRow))
            ),
        }  # fmt: skip


def differences(undisturbed: Taken, here: Taken) -> Difference:
    """Say what is lost and what is doubled against an undisturbed run."""
    lost, doubled = [], []
    for what, expected in undisturbed.items():
        lost += [f"{what}: {_line(each)}" for each in (expected - here[what]).elements()]
        doubled += [f"{what}: {_line(each)}" for each in (here[what] - expected).elements()]
    return Difference(lost, doubled)


def sizes(taken: Mapping[str, Counter[tuple[Any, ...]]]) -> str:
    """Say how much of each there is."""
    return ", ".join(f"{counted.total()} {what}" for what, counted in taken.items())


def _counted(rows: Iterable[tuple[Any, ...]]) -> Counter[tuple[Any, ...]]:
    return Counter(rows)


def _day(instant: datetime | None) -> date | None:
    return None if instant is None else local_date(instant)


def _line(row: tuple[Any, ...]) -> str:
    return " | ".join("—" if value is None else str(value) for value in row)
