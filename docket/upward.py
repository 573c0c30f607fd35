"""What a county leader reads: one line a case that is late in the fields in their charge, and whom to call about it."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlmodel import Session, col, select

from docket.lists import Filter, Scope, list_duties
from docket.tables import NoticeRow, PersonRow, SlipRow


class Contact(NamedTuple):
    """Whom to call: a name and, if the directory has one, a telephone number."""

    name: str
    phone: str


class LateCase(NamedTuple):
    """One case that is late: what it is about, what is owed, the duty longest overdue, its slip, and whom to call."""

    matter: str
    title: str
    plaintiff: str
    agencies: tuple[str, ...]
    longest: Mapping[str, Any]
    owed: tuple[Mapping[str, Any], ...]
    weeks: int
    slip: SlipRow | None
    notice: str | None
    contacts: tuple[Contact, ...]


def late_cases(session: Session, person: str, now: datetime, scope: Scope) -> list[LateCase]:
    """List the cases in which something is overdue, the longest overdue first."""
    by_matter: dict[str, list[dict[str, Any]]] = {}
    for row in list_duties(session, Filter(overdue=True), now, scope):
        by_matter.setdefault(row["matter"], []).append(row)
    slips = _slips(session, person)
    liaisons = _liaisons(session)
    return [_case(rows, slips, liaisons) for rows in by_matter.values()]


def _case(
    rows: Sequence[dict[str, Any]],
    slips: Iterable[tuple[NoticeRow, SlipRow]],
    liaisons: Mapping[str, Sequence[Contact]],
) -> LateCase:
    first = rows[0]
    agencies = tuple(dict.fromkeys(agency for row in rows for agency in row["agencies"]))
    weekly = [row for row in rows if row["slot"]]
    named = {f"{row['short']}/{row['duty']}" for row in rows if row["short"]}
    own = next(((notice, slip) for notice, slip in slips if not named.isdisjoint(notice.duties)), None)
    return LateCase(
        matter=first["matter"],
        title=first["title"],
        plaintiff=first["plaintiff"],
        agencies=agencies,
        longest=first,
        owed=tuple({row["act"]: row for row in rows if not row["slot"]}.values()),
        weeks=len(weekly),
        slip=own[1] if own else None,
        notice=own[0].key if own else None,
        contacts=tuple(contact for agency in agencies for contact in liaisons.get(agency, ())),
    )


def _slips(session: Session, person: str) -> list[tuple[NoticeRow, SlipRow]]:
    """List the slips that a leader was sent, the latest first; a copy goes by the paper that it is one of."""
    sent = select(NoticeRow).where(NoticeRow.person == person, NoticeRow.status == "sent")
    mine = session.exec(sent.where(col(NoticeRow.decided_at).is_not(None)).order_by(col(NoticeRow.decided_at).desc()))
    found = []
    for notice in mine.all():
        slip = (
            session.get(SlipRow, notice.key)
            or session.exec(
                select(SlipRow)
                .join(NoticeRow, col(NoticeRow.key) == col(SlipRow.notice_key))
                .where(NoticeRow.dossier_id == notice.dossier_id, NoticeRow.decided_at == notice.decided_at)
            ).first()
        )
        if slip is not None:
            found.append((notice, slip))
    return found


def _liaisons(session: Session) -> dict[str, list[Contact]]:
    found: dict[str, list[Contact]] = {}
    people = select(PersonRow).where(PersonRow.active, PersonRow.role == "liaison").order_by(PersonRow.id)
    for person in session.exec(people):
        if person.agency:
            found.setdefault(person.agency, []).append(Contact(person.name, person.phone))
    return found
