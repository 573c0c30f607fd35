"""外出: who is away, and who is told instead."""

from collections.abc import Mapping
from datetime import date, datetime

from sqlmodel import Session, col, select

from docket.acts import Actor, log
from docket.tables import AbsenceRow, PersonRow
from rules.access import may_stand_in
from rules.errors import Refused

LONGEST_DAYS = 366


def deputies(session: Session, day: date) -> dict[str, str]:
    """Return who stands in for whom on a day.

    A person is left out where every deputy is away, has left, or has changed office.
    """
    query = select(AbsenceRow).where(col(AbsenceRow.first) <= day, col(AbsenceRow.last) >= day)
    away = {row.person: row.deputy for row in session.exec(query.order_by(col(AbsenceRow.id)))}
    if not away:
        return {}
    named = col(PersonRow.id).in_({*away, *away.values()})
    people = {row.id: row for row in session.exec(select(PersonRow).where(named))}
    found = {person: _present(person, away) for person in away}
    return {
        person: deputy
        for person, deputy in found.items()
        if deputy is not None and people[deputy].active and _fit(people[person], people[deputy])
    }


def _present(person: str, away: Mapping[str, str]) -> str | None:
    """Follow deputies who are away themselves; a circle leads to nobody."""
    seen = {person}
    deputy = away[person]
    while deputy in away:
        if deputy in seen:
            return None
        seen.add(deputy)
        deputy = away[deputy]
    return deputy


def absences(session: Session, person: str, today: date) -> list[AbsenceRow]:
    """List a person's absences that are not over."""
    query = select(AbsenceRow).where(AbsenceRow.person == person, col(AbsenceRow.last) >= today)
    return list(session.exec(query.order_by(col(AbsenceRow.first), col(AbsenceRow.id))))


def possible_deputies(session: Session, person: str) -> list[PersonRow]:
    """List who may stand in for a person."""
    own = session.get_one(PersonRow, person)
    people = session.exec(select(PersonRow).where(PersonRow.active).order_by(PersonRow.id))
    return [each for each in people if each.id != person and _fit(own, each)]


def _fit(person: PersonRow, deputy: PersonRow) -> bool:
    return may_stand_in(person.role, person.agency, deputy.role, deputy.agency)


def set_absence(
    session: Session, actor: Actor, now: datetime, today: date, person: str, deputy: str, first: date, last: date
) -> None:
    """Name a deputy who is told instead of a person from one day to another."""
    if deputy not in [each.id for each in possible_deputies(session, person)]:
        raise Refused("deputy", "deputy_unfit", deputy=deputy)
    if last < max(first, today):
        raise Refused("last", "absence_over", earliest=max(first, today))
    if (last - first).days >= LONGEST_DAYS:
        raise Refused("last", "absence_too_long", days=LONGEST_DAYS)
    for row in absences(session, person, today):
        if row.first <= last and first <= row.last:
            raise Refused("first", "absence_overlaps", first=row.first, last=row.last)
    session.add(
        AbsenceRow(person=person, deputy=deputy, first=first, last=last, set_at=now, set_by=actor.person)
    )  # fmt: skip
    log(session, actor, now, "absence", person, None, {"deputy": deputy, "first": str(first), "last": str(last)})


def end_absence(session: Session, actor: Actor, now: datetime, person: str, absence: int) -> None:
    """End an absence: the person is told again from now on."""
    row = session.get(AbsenceRow, absence)
    if row is None or row.person != person:
        raise Refused("absence", "absence_unknown")
    log(
        session,
        actor,
        now,
        "absence_end",
        person,
        {"deputy": row.deputy, "first": str(row.first), "last": str(row.last)},
    )
    session.delete(row)
