"""批示: a county leader's answer to a 督办单, and who is told of it."""

from collections.abc import Set
from datetime import datetime
from typing import Any, NamedTuple

from sqlmodel import Session, col, select

from docket.about import spoken_of
from docket.delivery import expect
from docket.recipients import recipients
from docket.tables import DossierRow, DutyAgencyRow, DutyRow, EventRow, NoticeRow, PersonRow, SlipRow
from docket.upsert import insert_new
from rules.counting.clock import local_date
from rules.errors import Refused
from rules.letters.cases import Instruction
from rules.letters.events import Entry
from rules.texts import text

INSTRUCTION = "instruction"
"""What a notice of an answer is among the notices of the docket."""


class Answered(NamedTuple):
    """A slip that a leader answers: its number, its matter, and who answers; `notice` is what it came with."""

    notice: str
    number: str
    matter: str
    leader: str


class Told(NamedTuple):
    """The notices of an answer that are to go out by themselves, and when."""

    deliveries: list[str]
    send_at: datetime


def slip_read_by(session: Session, key: str, person: str) -> tuple[NoticeRow, SlipRow]:
    """Return a sent slip as one of those it went to has it; of anybody else's there is none."""
    notice = session.get(NoticeRow, key)
    first = _first(session, notice) if notice is not None else None
    slip = session.get(SlipRow, first.key) if first is not None else None
    if notice is None or slip is None or notice.person != person or notice.status != "sent":
        raise Refused("draft", "draft_unknown")
    return notice, slip


def _first(session: Session, notice: NoticeRow) -> NoticeRow | None:
    """Return the slip that a copy was laid before somebody with."""
    same = select(NoticeRow).join(SlipRow, col(SlipRow.notice_key) == col(NoticeRow.key))
    same = same.where(NoticeRow.dossier_id == notice.dossier_id, NoticeRow.address == notice.address)
    return session.exec(same.where(NoticeRow.decided_at == notice.decided_at)).first()


def answered(session: Session, key: str, person: str) -> Answered:
    """Return the slip that somebody answers, which must have gone to them."""
    notice, slip = slip_read_by(session, key, person)
    assert notice.dossier_id is not None
    return Answered(key, slip.number, notice.dossier_id, session.get_one(PersonRow, person).name)


def tell(session: Session, slip: Answered, entry: Entry, now: datetime, send_at: datetime, outside: Set[str]) -> Told:
    """Tell the bureau, its head, and the agencies that the slip is about, of what a leader has answered."""
    said = entry.event
    assert isinstance(said, Instruction)
    notice = session.get_one(NoticeRow, slip.notice)
    matter = session.get_one(DossierRow, slip.matter)
    about = f"{matter.name} {matter.title}".strip()
    subject = text("notice.subject.instruction", leader=said.leader, number=said.number, about=about)
    body = text(
        "notice.instruction", leader=said.leader, number=said.number, on=said.on, instruction=said.instruction
    )  # fmt: skip
    addresses = ["bureau", "bureau_leader", *(f"agency:{each}" for each in _agencies(session, notice))]
    rows, targets = [], {}
    for address in addresses:
        for reader in recipients(session, address, local_date(send_at)):
            row = NoticeRow(
                key=f"instruction:{entry.id}:{address}:{reader.person or '-'}", dossier_id=slip.matter,
                letter_id=notice.letter_id, address=address, person=reader.person, kind=INSTRUCTION, status="sent",
                late=False, scheduled=now, send_at=send_at, created_at=now, duties=notice.duties, subject=subject,
                body=body,
            )  # fmt: skip
            rows.append(row)
            targets[row.key] = reader.channels
    added = {str(key) for (key,) in insert_new(session, rows)}
    return Told(expect(session, {key: each for key, each in targets.items() if key in added}, outside), send_at)


def _agencies(session: Session, notice: NoticeRow) -> list[str]:
    of = select(DutyAgencyRow.agency).join(
        DutyRow, (col(DutyRow.dossier_id) == DutyAgencyRow.dossier_id) & (col(DutyRow.id) == DutyAgencyRow.id)
    )
    return sorted(set(session.exec(of.where(spoken_of(session, [notice]), DutyRow.obligor == "agency"))))


def instructions_on(session: Session, matter: str, number: str) -> list[dict[str, Any]]:
    """List what leaders have answered to a slip, by its number, the first answer first."""
    rows = session.exec(
        select(EventRow)
        .where(EventRow.dossier_id == matter, EventRow.type == Instruction.model_fields["type"].default)
        .order_by(col(EventRow.at))
    )
    return [row.body | {"at": row.at} for row in rows if number and row.body["number"] == number]
