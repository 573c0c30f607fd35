"""提醒: notices, the slips among them, and what became of each on its way outside."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import ForeignKeyConstraint, Index, UniqueConstraint
from sqlmodel import Field

from docket.tables.base import DOCUMENT, Moment, Row


class NoticeRow(Row, table=True):
    """提醒 or 待发稿: one message to one person; `status` is sent, draft, withdrawn or discarded.

    `letter_id` is the letter that it speaks of first, `duties` are ids within the matter, `due` the first of their
    dates. `decided_by` sent or discarded a draft; who discards says why in `reason`. `digest` is empty while a notice
    waits for its reader's digest, then the key of the one that carries it; a digest itself belongs to no matter.
    """

    __tablename__ = "notice"
    __table_args__ = (
        Index(None, "dossier_id", "created_at"),
        Index("ix_notice_inbox", "person", "status", "send_at", "read_at"),
        Index(None, "digest"),
    )

    key: str = Field(primary_key=True)
    dossier_id: str | None = Field(foreign_key="dossier.id")
    letter_id: str | None = Field(foreign_key="letter.id")
    address: str
    person: str | None
    kind: str
    status: str
    late: bool
    scheduled: datetime = Field(sa_type=Moment)
    send_at: datetime = Field(sa_type=Moment)
    created_at: datetime = Field(sa_type=Moment)
    subject: str
    body: str
    duties: list[str] = Field(sa_type=DOCUMENT)
    due: date | None = None
    read_at: datetime | None = Field(default=None, sa_type=Moment)
    decided_at: datetime | None = Field(default=None, sa_type=Moment)
    decided_by: str | None = None
    reason: str | None = None
    digest: str | None = None

    @property
    def about(self) -> str:
        """Name the letter that it speaks of first, or its matter where it speaks of that as a whole."""
        return self.letter_id or self.dossier_id or ""


class SlipRow(Row, table=True):
    """督办单: the number and level of a draft about what is overdue; its paper is kept as it was sent or discarded."""

    __tablename__ = "slip"
    __table_args__ = (UniqueConstraint("year", "serial"),)

    notice_key: str = Field(primary_key=True, foreign_key="notice.key")
    number: str
    year: int
    serial: int
    level: int
    made_at: datetime = Field(sa_type=Moment)
    paper: dict[str, Any] | None = Field(default=None, sa_type=DOCUMENT)


class DeliveryRow(Row, table=True):
    """发送: one notice on its way through one channel outside; status is pending, sent, failed or withdrawn.

    Nothing is tried before `next_at`: that is the next attempt, or until when one that is being made has it.
    """

    __tablename__ = "delivery"
    __table_args__ = (Index(None, "status"),)

    notice_key: str = Field(primary_key=True, foreign_key="notice.key")
    channel: str = Field(primary_key=True)
    target: str
    status: str
    attempts: int = 0
    last_error: str = ""
    tried_at: datetime | None = Field(default=None, sa_type=Moment)
    sent_at: datetime | None = Field(default=None, sa_type=Moment)
    next_at: datetime | None = Field(default=None, sa_type=Moment)


class AttemptRow(Row, table=True):
    """发送记录: one attempt at a delivery, written down before it is made; outcome is begun, sent or failed.

    One that stays begun was cut off, and nobody knows whether the channel took it.
    """

    __tablename__ = "attempt"
    __table_args__ = (
        ForeignKeyConstraint(["notice_key", "channel"], ["delivery.notice_key", "delivery.channel"]),
        Index(None, "notice_key", "channel"),
    )

    id: int | None = Field(default=None, primary_key=True)
    notice_key: str
    channel: str
    at: datetime = Field(sa_type=Moment)
    outcome: str
    error: str = ""


WAITS = ""
"""What `NoticeRow.digest` says of a notice that waits for its reader's next digest."""
