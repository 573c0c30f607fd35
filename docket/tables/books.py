"""规则库与放假安排: rulebooks and calendar years, as they were loaded."""

from datetime import datetime
from typing import Any

from sqlmodel import Field

from docket.tables.base import DOCUMENT, IN_ORDER, Moment, Row


class CalendarYearRow(Row, table=True):
    """放假安排: one year's notice as loaded; the latest row of a year counts."""

    __tablename__ = "calendar_year"

    id: int | None = Field(default=None, primary_key=True)
    year: int = Field(index=True)
    document: dict[str, Any] = Field(sa_type=DOCUMENT)
    loaded_at: datetime = Field(sa_type=Moment)
    loaded_by: str


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
