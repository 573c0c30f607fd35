"""记录: what people did, what the audit found, which payload keys the workers have."""

from datetime import datetime
from typing import Any

from sqlalchemy import Index
from sqlmodel import Field

from docket.tables.base import DOCUMENT, Moment, Row


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


class AuditRow(Row, table=True):
    """核查: one run of the audit, how many open matters it looked at and what it found."""

    __tablename__ = "audit"

    id: int | None = Field(default=None, primary_key=True)
    at: datetime = Field(sa_type=Moment)
    ended_at: datetime = Field(sa_type=Moment)
    matters: int
    findings: list[dict[str, Any]] = Field(sa_type=DOCUMENT)


class PayloadKeyRow(Row, table=True):
    """密钥: a key that workers encrypt payloads with, by name; the fingerprint only tells it from another."""

    __tablename__ = "payload_key"

    name: str = Field(primary_key=True)
    fingerprint: str
