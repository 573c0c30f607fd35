"""台账: the tables of the permanent record.

Lamps and "overdue" are not among the columns: they are computed on reading from the dates that are.
"""

from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import JSON, DateTime, Dialect, ForeignKeyConstraint, Index, MetaData, UniqueConstraint, inspect
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import defer
from sqlalchemy.types import TypeDecorator
from sqlmodel import Field, SQLModel

CONVENTION = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "pk": "pk_%(table_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
}


class Moment(TypeDecorator[datetime]):
    """An aware instant, kept in UTC; SQLite forgets the offset, so it is put back on reading."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Turn an aware instant into UTC; a naive one is a programming error."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"naive datetime {value!r}")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Give the instant back as aware UTC."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


IN_ORDER = JSON(none_as_null=True)
"""JSON that keeps the order of its keys, which PostgreSQL's JSONB does not: a rulebook's rules stand in an order."""

DOCUMENT = JSON(none_as_null=True).with_variant(JSONB(none_as_null=True), "postgresql")


class Row(SQLModel):
    """What all tables share."""

    metadata = MetaData(naming_convention=CONVENTION)


class LetterRow(Row, table=True):
    """来文: one letter with its whole state at the version last settled; `step` names what led to it."""

    __tablename__ = "letter"
    __table_args__ = (
        Index(None, "county", "matter"),
        Index(None, "closed_at", "next_wake"),
        # Lists and searches read this and not the row, which in a file its state makes large.
        Index("ix_letter_words", "id", "received_at", "matter", "kind", "words", info={"only": "sqlite"}),
    )

    id: str = Field(primary_key=True)
    short: str = Field(index=True)
    kind: str
    county: str
    matter: str
    number: str | None
    court: str
    title: str
    words: str
    received_at: datetime = Field(sa_type=Moment)
    registered_at: datetime = Field(sa_type=Moment)
    registered_by: str
    rulebook: str
    calendar: str
    version: int
    step: str
    closed_at: datetime | None = Field(default=None, sa_type=Moment)
    voided: bool = False
    next_wake: datetime | None = Field(default=None, sa_type=Moment)
    state: dict[str, Any] = Field(sa_type=DOCUMENT)


class DutyRow(Row, table=True):
    """事项: one duty of a letter, for lists and statistics."""

    __tablename__ = "duty"
    __table_args__ = (
        # Lists are worked out from this alone, and the figures of each agency from the next.
        Index(
            "ix_duty_list", "state", "due", "letter_id", "position", "key", "soft", "due_at", "warn_on", "obligor",
            "agency", "slot",
        ),
        Index("ix_duty_figures", "agency", "obligor", "state", "due", "due_at", "soft", "warn_on", "slot", "letter_id"),
    )  # fmt: skip

    letter_id: str = Field(primary_key=True, foreign_key="letter.id")
    key: str = Field(primary_key=True)
    position: int
    rule: str
    agency: str | None
    obligor: str
    act: str
    act_en: str
    clause: str
    soft: bool
    state: str
    anchor: date | None
    nominal: date | None
    due: date | None
    due_at: datetime | None = Field(default=None, sa_type=Moment)
    warn_on: date | None
    provisional: bool
    presumed: bool
    satisfied_on: date | None
    ended_on: date | None
    ended_by: str
    slot: int | None


class DutyAgencyRow(Row, table=True):
    """Which agencies a duty concerns: its own one, or all of a letter where they owe it together."""

    __tablename__ = "duty_agency"
    __table_args__ = (ForeignKeyConstraint(["letter_id", "key"], ["duty.letter_id", "duty.key"]),)

    letter_id: str = Field(primary_key=True)
    key: str = Field(primary_key=True)
    agency: str = Field(primary_key=True, index=True)


class EventRow(Row, table=True):
    """登记: one event of a letter as it was recorded, or one date that moved. Rows are only ever added.

    Each is sealed with a digest of itself and of the one before, so that a row changed later does not fit any more.
    """

    __tablename__ = "event"

    letter_id: str = Field(primary_key=True, foreign_key="letter.id")
    id: str = Field(primary_key=True)
    type: str
    on: date
    at: datetime = Field(sa_type=Moment)
    by: str
    agency: str | None
    body: dict[str, Any] = Field(sa_type=DOCUMENT)
    number: int | None = None
    seal: str | None = None


class RungRow(Row, table=True):
    """档: one step of a ladder that was taken; the key makes it happen once."""

    __tablename__ = "rung"

    letter_id: str = Field(primary_key=True, foreign_key="letter.id")
    key: str = Field(primary_key=True)
    duty: str
    code: str
    to: str
    draft: bool
    scheduled: datetime = Field(sa_type=Moment)
    fired_at: datetime = Field(sa_type=Moment)
    level: int = Field(default=0, sa_column_kwargs={"server_default": "0"})


class NoticeRow(Row, table=True):
    """提醒 or 待发稿: one message to one person; `status` is sent, draft, withdrawn or discarded.

    `decided_by` sent or discarded a draft; who discards says why in `reason`. `digest` is empty while a notice waits
    for its reader's digest, then the key of the one that carries it; a digest itself belongs to no letter.
    """

    __tablename__ = "notice"
    __table_args__ = (
        Index(None, "letter_id", "created_at"),
        Index("ix_notice_inbox", "person", "status", "send_at", "read_at"),
        Index(None, "digest"),
    )

    key: str = Field(primary_key=True)
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
    read_at: datetime | None = Field(default=None, sa_type=Moment)
    decided_at: datetime | None = Field(default=None, sa_type=Moment)
    decided_by: str | None = None
    reason: str | None = None
    digest: str | None = None


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


class AgencyRow(Row, table=True):
    """机关: an agency of the county and the field of government it belongs to."""

    __tablename__ = "agency"

    id: str = Field(primary_key=True)
    name: str
    name_en: str = ""
    field: str
    active: bool = True


class PersonRow(Row, table=True):
    """人员: somebody who is reminded or decides; `fields` are those in a county leader's charge.

    `channels` has the person's address in each channel outside beside e-mail, empty where a channel needs none.
    """

    __tablename__ = "person"
    __table_args__ = (Index(None, "role"), Index(None, "agency"))

    id: str = Field(primary_key=True)
    name: str
    role: str
    agency: str | None = None
    fields: list[str] = Field(default_factory=list, sa_type=DOCUMENT)
    email: str | None = None
    channels: list[dict[str, str]] = Field(
        default_factory=list, sa_type=DOCUMENT, sa_column_kwargs={"server_default": "[]"}
    )
    active: bool = True


class AbsenceRow(Row, table=True):
    """外出: from which day to which a person is away, and the deputy who is told instead."""

    __tablename__ = "absence"

    id: int | None = Field(default=None, primary_key=True)
    person: str = Field(foreign_key="person.id", index=True)
    deputy: str = Field(foreign_key="person.id")
    first: date
    last: date
    set_at: datetime = Field(sa_type=Moment)
    set_by: str


class PayloadKeyRow(Row, table=True):
    """密钥: a key that workers encrypt payloads with, by name; the fingerprint only tells it from another."""

    __tablename__ = "payload_key"

    name: str = Field(primary_key=True)
    fingerprint: str


class AccountRow(Row, table=True):
    """账号: how a person signs in; a one-time password must be changed, and is good until `until`."""

    __tablename__ = "account"

    person: str = Field(primary_key=True, foreign_key="person.id")
    password: str
    once: bool
    until: datetime | None = Field(default=None, sa_type=Moment)
    changed_at: datetime = Field(sa_type=Moment)


class SignInRow(Row, table=True):
    """登录: one person signed in at one browser; `id` is a digest of the cookie, `csrf` stands in every form."""

    __tablename__ = "sign_in"

    id: str = Field(primary_key=True)
    person: str = Field(foreign_key="person.id", index=True)
    csrf: str
    origin: str
    created_at: datetime = Field(sa_type=Moment)
    seen_at: datetime = Field(sa_type=Moment)


class FailedSignInRow(Row, table=True):
    """登录失败: one failed attempt, kept while it slows down the next ones."""

    __tablename__ = "failed_sign_in"
    __table_args__ = (Index(None, "person", "at"), Index(None, "origin", "at"))

    id: int | None = Field(default=None, primary_key=True)
    person: str
    origin: str
    at: datetime = Field(sa_type=Moment)


class TokenRow(Row, table=True):
    """令牌: what another program, or a calendar, shows instead of a password; `id` is a digest of it."""

    __tablename__ = "token"

    id: str = Field(primary_key=True)
    person: str = Field(foreign_key="person.id", index=True)
    name: str
    scopes: list[str] = Field(sa_type=DOCUMENT)
    created_at: datetime = Field(sa_type=Moment)
    until: datetime | None = Field(default=None, sa_type=Moment)


class ActRow(Row, table=True):
    """操作记录: what somebody did, when, from where, and the old and the new value. Rows are only ever added."""

    __tablename__ = "act"
    __table_args__ = (Index(None, "object", "id"), Index(None, "by", "id"))

    id: int | None = Field(default=None, primary_key=True)
    at: datetime = Field(sa_type=Moment)
    by: str
    origin: str
    act: str
    object: str
    old: dict[str, Any] | None = Field(default=None, sa_type=DOCUMENT)
    new: dict[str, Any] | None = Field(default=None, sa_type=DOCUMENT)


class CalendarYearRow(Row, table=True):
    """放假安排: one year's notice as loaded; the latest row of a year counts."""

    __tablename__ = "calendar_year"

    id: int | None = Field(default=None, primary_key=True)
    year: int = Field(index=True)
    document: dict[str, Any] = Field(sa_type=DOCUMENT)
    loaded_at: datetime = Field(sa_type=Moment)
    loaded_by: str


class AuditRow(Row, table=True):
    """核查: one run of the audit, how many open letters it looked at and what it found."""

    __tablename__ = "audit"

    id: int | None = Field(default=None, primary_key=True)
    at: datetime = Field(sa_type=Moment)
    ended_at: datetime = Field(sa_type=Moment)
    letters: int
    findings: list[dict[str, Any]] = Field(sa_type=DOCUMENT)


class RulebookInForceRow(Row, table=True):
    """施行中的规则库: which rulebook new letters come under; the latest row counts."""

    __tablename__ = "rulebook_in_force"

    id: int | None = Field(default=None, primary_key=True)
    version: str = Field(foreign_key="rulebook.version")
    loaded_at: datetime = Field(sa_type=Moment)
    loaded_by: str


class RulebookRow(Row, table=True):
    """规则库: every rulebook that a letter was registered under, whole."""

    __tablename__ = "rulebook"

    version: str = Field(primary_key=True)
    document: dict[str, Any] = Field(sa_type=IN_ORDER)
    stored_at: datetime = Field(sa_type=Moment)


WAITS = ""
"""What `NoticeRow.digest` says of a notice that waits for its reader's next digest."""

WITHOUT_STATE = defer(inspect(LetterRow).attrs["state"].class_attribute, raiseload=True)
"""An option of queries whose lines need none of a letter's state, which is long."""
