"""Whom a notice reaches: the people behind an address, their deputies, and whoever stands in where nobody is."""

from collections.abc import Mapping
from datetime import date
from typing import NamedTuple

from sqlmodel import Session, select

from docket.absence import deputies
from docket.directory import EMAIL
from docket.tables import AgencyRow, PersonRow
from rules.telling.wording import address_name
from rules.texts import text


class Recipient(NamedTuple):
    """One person a notice is for, with an address in each channel; None where the directory has nobody.

    `instead` says that the bureau stands in for an address without people, `stands_for` names a person who is away
    and `away` marks that person, who finds the notice on coming back.
    """

    person: str | None
    channels: Mapping[str, str]
    instead: bool = False
    stands_for: str = ""
    away: bool = False


def reach(person: PersonRow) -> dict[str, str]:
    """Return a person's address in each channel outside."""
    others = {each["channel"]: each["address"] for each in person.channels}
    return ({EMAIL: person.email} if person.email else {}) | others


def recipients(session: Session, address: str, day: date | None = None) -> list[Recipient]:
    """Find the people behind an address, and on a day the deputies of those who are away.

    Where nobody is, the bureau's clerks stand in so that nothing is lost.
    """
    found, instead = _people(session, address), False
    for stand_in in ("bureau", "bureau_leader"):
        if not found and stand_in != address:
            found, instead = _people(session, stand_in), True
    if not found:
        return [Recipient(None, {}, True)]
    deputy_of = deputies(session, day) if day else {}
    reached = [Recipient(each.id, reach(each), instead, away=each.id in deputy_of) for each in found]
    known = {each.id for each in found}
    for each in found:
        deputy = deputy_of.get(each.id)
        if deputy is not None and deputy not in known:
            known.add(deputy)
            row = session.get_one(PersonRow, deputy)
            reached.append(Recipient(deputy, reach(row), instead, stands_for=each.name))
    return reached


def on_whose_behalf(recipient: Recipient, address: str, names: Mapping[str, str]) -> str:
    """Say, in front of a subject, for whom somebody is told: an address that nobody has, or a person who is away."""
    instead = text("notice.instead", address=address_name(address, names)) if recipient.instead else ""
    return instead + (text("notice.for_absent", name=recipient.stands_for) if recipient.stands_for else "")


def key_for(key: str, person: str | None, other: str | None) -> str:
    """Name what one person is told of, where another one is told of it too."""
    return f"{key.removesuffix(f':{person}')}:{other or '-'}"


def _people(session: Session, address: str) -> list[PersonRow]:
    role, _, agency = address.partition(":")
    people = select(PersonRow).where(PersonRow.active).order_by(PersonRow.id)
    if role == "agency":
        return list(session.exec(people.where(PersonRow.role == "liaison", PersonRow.agency == agency)))
    if role == "leader":
        field = session.exec(select(AgencyRow.field).where(AgencyRow.id == agency)).first()
        leaders = session.exec(people.where(PersonRow.role == "leader"))
        return [leader for leader in leaders if field in leader.fields]
    wanted = {"bureau": "clerk", "bureau_leader": "supervisor"}.get(role, role)
    return list(session.exec(people.where(PersonRow.role == wanted)))
