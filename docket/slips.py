"""督办单: the numbered paper of a draft to a county leader about what is overdue, and its evidence."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import func
from sqlmodel import Session, col, select

from docket.about import about, duty_of, names_of, spoken_of
from docket.delivery import attempts_at
from docket.library import rulebook
from docket.reads import dossier, notice_line
from docket.tables import DutyRow, NoticeRow, PersonRow, SlipRow
from docket.upsert import insert_missing
from rules.counting.clock import local, local_date
from rules.dossier.letter import LetterState, letter_of, letters_of
from rules.dossier.view import reckoning_view


def number_slips(session: Session, levels: Mapping[str, int], prefix: str, now: datetime) -> None:
    """Return new drafts of a level the next numbers of the year; a number once given is never given again.

    Two transactions that number at once meet at the unique number, and one of them is tried again.
    """
    if not levels:
        return
    year = local_date(now).year
    last = session.exec(select(func.max(SlipRow.serial)).where(SlipRow.year == year)).one() or 0
    rows = [
        SlipRow(
            notice_key=key, number=f"{prefix}〔{year}〕{serial}号", year=year, serial=serial, level=level, made_at=now
        )
        for serial, (key, level) in enumerate(levels.items(), start=last + 1)
    ]
    insert_missing(session, rows)


def slips(session: Session, offset: int = 0, limit: int = 50) -> tuple[list[dict[str, Any]], int]:
    """List slips by number, the latest first, with what became of each, and how many there are in all."""
    query = (
        select(SlipRow, NoticeRow, PersonRow.name)
        .join(NoticeRow, col(NoticeRow.key) == col(SlipRow.notice_key))
        .join(PersonRow, col(PersonRow.id) == col(NoticeRow.person), isouter=True)
        .order_by(col(SlipRow.year).desc(), col(SlipRow.serial).desc())
        .offset(offset)
        .limit(limit)
    )
    total = session.exec(select(func.count()).select_from(SlipRow)).one()
    return [
        notice_line(notice) | slip_line(slip, notice) | {"name": name} for slip, notice, name in session.exec(query)
    ], total


def slip_line(slip: SlipRow, notice: NoticeRow) -> dict[str, Any]:
    """Return a slip's number, level and what was decided of it."""
    return {
        "number": slip.number,
        "level": slip.level,
        "made_at": slip.made_at,
        "letter_id": notice.letter_id,
        "decided_at": notice.decided_at,
        "decided_by": notice.decided_by,
        "reason": notice.reason,
    }


def slips_of(session: Session, keys: Iterable[str]) -> dict[str, SlipRow]:
    """Return the slips of drafts, by the draft's key."""
    rows = session.exec(select(SlipRow).where(col(SlipRow.notice_key).in_(list(keys))))
    return {row.notice_key: row for row in rows}


def keep_paper(session: Session, notice: NoticeRow, now: datetime) -> None:
    """Keep a slip's paper as it is at the moment somebody decides on it: later events must not change it."""
    slip = session.get(SlipRow, notice.key)
    if slip is not None and slip.paper is None:
        slip.paper = evidence(session, notice) | {"as_of": local(now).isoformat(timespec="minutes")}
        session.add(slip)


def paper(session: Session, key: str) -> tuple[SlipRow, NoticeRow, dict[str, Any]] | None:
    """Return a slip with its draft and its paper: as it was decided on, or as it stands while it is a draft."""
    slip = session.get(SlipRow, key)
    if slip is None:
        return None
    notice = session.get_one(NoticeRow, key)
    return slip, notice, slip.paper or evidence(session, notice)


def evidence(session: Session, notice: NoticeRow) -> dict[str, Any]:
    """Gather what a draft rests on: each duty with clause and reckoning, and what was sent on it to whom and when."""
    assert notice.dossier_id is not None
    state = dossier(session, notice.dossier_id)
    # A letter that it speaks of may have been moved to another matter since.
    places = session.exec(select(DutyRow.dossier_id).where(spoken_of(session, [notice]))).all()
    states = [state, *(dossier(session, each) for each in sorted({*places} - {state.id}))]
    named = names_of(notice)
    duties = [duty for each in states for duty in each.duties if duty_of(each.id, duty.id) in named]
    letters = [each for there in states for each in letters_of(there) if any(each.owns(duty) for duty in notice.duties)]
    # What is owed of a case as a whole has no letter, and comes under the matter's own book.
    books = {"": state.rulebook} | {each.letter_id: each.rulebook for each in letters}
    sent = session.exec(
        select(NoticeRow, PersonRow.name)
        .join(PersonRow, col(PersonRow.id) == col(NoticeRow.person), isouter=True)
        .where(about(session, [each.id for each in states]), NoticeRow.status == "sent", NoticeRow.key != notice.key)
        .where(col(NoticeRow.send_at) <= notice.created_at)
        .order_by(col(NoticeRow.send_at), NoticeRow.key)
    ).all()
    told = [(row, name) for row, name in sent if not named.isdisjoint(names_of(row))]
    tried = attempts_at(session, [row.digest or row.key for row, _ in told])
    return {
        "matter": state.name,
        "title": letter_of(state, notice.letter_id).current_letter.title if notice.letter_id else state.title,
        "letters": [_letter(each) for each in letters],
        "duties": [
            {
                **reckoning_view(duty),
                "agencies": duty.agencies,
                "obligor": duty.obligor,
                "letter": duty.letter,
                "document": rulebook(session, books[duty.letter]).document_of(duty.entry),
            }
            for duty in duties
        ],
        "sent": [
            {
                "at": local(row.send_at).isoformat(timespec="minutes"),
                "to": row.address,
                "name": name,
                "subject": row.subject,
                "read": local(row.read_at).isoformat(timespec="minutes") if row.read_at else None,
                "channels": sorted(
                    {each["channel"] for each in tried.get(row.digest or row.key, []) if each["outcome"] == "sent"}
                ),
            }
            for row, name in told
        ],
    }


def _letter(state: LetterState) -> dict[str, Any]:
    letter = state.current_letter
    return {
        "id": state.letter_id,
        "kind": letter.kind,
        "court": letter.court,
        "number": letter.number,
        "received": letter.received_on.isoformat(),
    }
