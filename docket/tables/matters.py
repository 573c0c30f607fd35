"""案件: dossiers with their whole state, and letters, duties, events and rungs as lists and figures read them."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import ForeignKeyConstraint, Index, UniqueConstraint, inspect
from sqlalchemy.orm import defer
from sqlmodel import Field

from docket.tables.base import DOCUMENT, Moment, Row


class DossierRow(Row, table=True):
    """卷: one dossier with its whole state at the version last settled; `step` names what led to it.

    `touched_at` is when something last came or was recorded. `proceeding` is the instance that the case is in,
    `over_on` the day from which it is decided or closed, `words` what it is found by.
    """

    __tablename__ = "dossier"
    __table_args__ = (UniqueConstraint("county", "kind", "name"), Index(None, "closed_at", "next_wake"))

    id: str = Field(primary_key=True)
    kind: str
    county: str
    name: str
    title: str
    words: str
    proceeding: str | None
    over_on: date | None
    calendar: str
    version: int
    step: str
    opened_at: datetime = Field(sa_type=Moment)
    opened_by: str
    touched_at: datetime = Field(sa_type=Moment)
    closed_at: datetime | None = Field(default=None, sa_type=Moment)
    next_wake: datetime | None = Field(default=None, sa_type=Moment)
    state: dict[str, Any] = Field(sa_type=DOCUMENT)


class LetterRow(Row, table=True):
    """来文: one letter of a matter, as it is now; it is closed once nothing is owed of it."""

    __tablename__ = "letter"
    __table_args__ = (
        # Lists and searches read this and not the row, which in a file its words make large.
        Index("ix_letter_words", "id", "received_at", "matter", "kind", "words", info={"only": "sqlite"}),
    )

    id: str = Field(primary_key=True)
    short: str = Field(index=True)
    dossier_id: str = Field(foreign_key="dossier.id", index=True)
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
    closed_at: datetime | None = Field(default=None, sa_type=Moment)
    voided: bool = False


class DutyRow(Row, table=True):
    """事项: one duty, for lists and statistics; `id` names it within its matter, `key` within its letter."""

    __tablename__ = "duty"
    __table_args__ = (
        # Lists are worked out from this alone, and the figures of each agency from the next.
        Index(
            "ix_duty_list", "state", "due", "dossier_id", "letter_id", "position", "id", "soft", "due_at", "warn_on",
            "obligor", "agency", "slot",
        ),
        Index("ix_duty_figures", "agency", "obligor", "state", "due", "due_at", "soft", "warn_on", "slot", "letter_id"),
    )  # fmt: skip

    dossier_id: str = Field(primary_key=True, foreign_key="dossier.id")
    id: str = Field(primary_key=True)
    letter_id: str | None = Field(default=None, foreign_key="letter.id", index=True)
    key: str
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
    __table_args__ = (ForeignKeyConstraint(["dossier_id", "id"], ["duty.dossier_id", "duty.id"]),)

    dossier_id: str = Field(primary_key=True)
    id: str = Field(primary_key=True)
    agency: str = Field(primary_key=True, index=True)


class EventRow(Row, table=True):
    """登记: one thing that a dossier's record holds: a letter's arrival, an event, a date that moved.

    Rows are only ever added. Each is sealed with a digest of itself and of the one before, so that a row changed later
    does not fit any more.
    """

    __tablename__ = "event"

    dossier_id: str = Field(primary_key=True, foreign_key="dossier.id")
    id: str = Field(primary_key=True)
    letter_id: str | None = None
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

    dossier_id: str = Field(primary_key=True, foreign_key="dossier.id")
    key: str = Field(primary_key=True)
    duty: str
    code: str
    to: str
    draft: bool
    scheduled: datetime = Field(sa_type=Moment)
    fired_at: datetime = Field(sa_type=Moment)
    level: int = 0


WITHOUT_STATE = defer(inspect(DossierRow).attrs["state"].class_attribute, raiseload=True)
"""An option of queries whose lines need none of a dossier's state, which is long."""
