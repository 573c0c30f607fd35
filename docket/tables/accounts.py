"""账号: how people sign in, and what other programs show instead of a password."""

from datetime import datetime

from sqlalchemy import Index
from sqlmodel import Field

from docket.tables.base import DOCUMENT, Moment, Row


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
