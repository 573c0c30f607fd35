"""操作记录: what people did, when, from where, with the old and the new value."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, NamedTuple

from sqlmodel import Session, col, or_, select

from docket.tables import ActRow
from docket.upsert import insert

Values = Mapping[str, Any]
COMMAND_LINE = "command line"
SYSTEM = "system"


class Actor(NamedTuple):
    """Who acts, and from where: an address and a way in, as `console 10.0.3.7`."""

    person: str
    origin: str


def act_row(
    actor: Actor, now: datetime, act: str, subject: str, old: Values | None = None, new: Values | None = None
) -> ActRow:
    """Return one act as the record holds it."""
    return ActRow(
        at=now, by=actor.person, origin=actor.origin, act=act, object=subject,
        old=dict(old) if old is not None else None, new=dict(new) if new is not None else None,
    )  # fmt: skip


def log(
    session: Session,
    actor: Actor,
    now: datetime,
    act: str,
    subject: str,
    old: Values | None = None,
    new: Values | None = None,
) -> None:
    """Add one act to the record, in the transaction of the act itself."""
    insert(session, act_row(actor, now, act, subject, old, new))


def changed(old: Values, new: Values) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the old and the new values of what differs."""
    names = [name for name in {**old, **new} if old.get(name) != new.get(name)]
    return {name: old.get(name) for name in names}, {name: new.get(name) for name in names}


def acts(session: Session, wanted: str = "", before: int | None = None, limit: int = 50) -> list[ActRow]:
    """List acts, the latest first; `wanted` is a person, an act or part of an object, `before` the last id seen."""
    query = select(ActRow)
    if wanted:
        query = query.where(
            or_(
                col(ActRow.by) == wanted,
                col(ActRow.act) == wanted,
                col(ActRow.object).contains(wanted, autoescape=True),
            )
        )
    if before is not None:
        query = query.where(col(ActRow.id) < before)
    return list(session.exec(query.order_by(col(ActRow.id).desc()).limit(limit)))
