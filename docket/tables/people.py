"""名录: agencies, people, and who is away."""

from datetime import date, datetime

from sqlalchemy import Index
from sqlmodel import Field

from docket.tables.base import DOCUMENT, Moment, Row


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
    channels: list[dict[str, str]] = Field(default_factory=list, sa_type=DOCUMENT)
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
