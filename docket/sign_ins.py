"""登录与令牌: by which secret a request shows who makes it. Only hashes of secrets are kept."""

import hashlib
import secrets
from collections.abc import Collection
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlmodel import Session, col, delete, select

from docket.tables import AccountRow, SignInRow, TokenRow
from rules.errors import Refused

_SEEN_EVERY = timedelta(minutes=1)


class SignIn(NamedTuple):
    """A person who is signed in: the secret for forms, and whether the password must be changed first."""

    person: str
    csrf: str
    once: bool


def new_secret() -> str:
    """Make a secret that nobody can guess."""
    return secrets.token_urlsafe(32)


def hashed(secret: str) -> str:
    """Return what is kept of a random secret."""
    return hashlib.sha256(secret.encode()).hexdigest()


def sign_in(session: Session, person: str, origin: str, now: datetime) -> str:
    """Sign a person in and give the secret for the cookie."""
    secret = new_secret()
    session.add(
        SignInRow(
            id=hashed(secret), person=person, csrf=secrets.token_urlsafe(24), origin=origin, created_at=now, seen_at=now
        )
    )
    return secret


def signed_in(
    session: Session, secret: str, now: datetime, idle: timedelta, longest: timedelta
) -> tuple[SignIn, bool] | None:
    """Return who is signed in by a cookie, and whether that should be noted as seen; None if it has ended."""
    row = session.get(SignInRow, hashed(secret))
    if row is None or now - row.seen_at > idle or now - row.created_at > longest:
        return None
    account = session.get(AccountRow, row.person)
    return SignIn(row.person, row.csrf, account is not None and account.once), now - row.seen_at > _SEEN_EVERY


def note_use(session: Session, secret: str, now: datetime, longest: timedelta) -> None:
    """Note that a sign-in is in use; those that have ended are forgotten."""
    session.exec(delete(SignInRow).where(col(SignInRow.created_at) < now - longest))
    row = session.get(SignInRow, hashed(secret))
    if row is not None:
        row.seen_at = now
        session.add(row)


def sign_out(session: Session, secret: str) -> None:
    """End one sign-in."""
    session.exec(delete(SignInRow).where(col(SignInRow.id) == hashed(secret)))


def issue_token(
    session: Session, person: str, name: str, scopes: Collection[str], now: datetime, until: datetime | None
) -> str:
    """Give a person a token of some scopes; it is shown once."""
    secret = f"qx_{new_secret()}"
    session.add(
        TokenRow(id=hashed(secret), person=person, name=name, scopes=sorted(scopes), created_at=now, until=until)
    )
    return secret


def token(session: Session, secret: str, now: datetime) -> TokenRow | None:
    """Return what a token stands for, or None if there is none or it has run out."""
    row = session.get(TokenRow, hashed(secret))
    return row if row is not None and (row.until is None or now < row.until) else None


def tokens(session: Session, person: str) -> list[TokenRow]:
    """List a person's tokens, the latest first."""
    query = select(TokenRow).where(TokenRow.person == person).order_by(col(TokenRow.created_at).desc())
    return list(session.exec(query))


def revoke_token(session: Session, person: str, identifier: str) -> TokenRow:
    """Revoke one of a person's own tokens, named by its hash."""
    row = session.get(TokenRow, identifier, with_for_update=True)
    if row is None or row.person != person:
        raise Refused("token", "token_unknown")
    session.delete(row)
    return row
