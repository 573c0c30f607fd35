"""账号: passwords, one-time and own, and the slowing down of guesses. Only hashes of them are kept."""

import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta
from threading import BoundedSemaphore

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy import Engine, text
from sqlmodel import Session, col, delete, func, select

from docket.acts import COMMAND_LINE, SYSTEM, Actor, log
from docket.engine import reading, writing
from docket.tables import AccountRow, FailedSignInRow, PersonRow, SignInRow, TokenRow
from docket.upsert import insert_new
from rules.errors import Refused

SHORTEST_PASSWORD = 10
LONGEST_PASSWORD = 200
ONE_TIME_FOR = timedelta(days=7)
"""How long a one-time password can be used."""

ADMINISTRATOR = "系统管理员"
"""What the first administrator is called where the directory has none."""

_WINDOW = timedelta(minutes=15)
_MISSES_OF_PERSON, _MISSES_FROM_ORIGIN = 5, 30
"""Failed attempts within the window after which a person, or an address, has to wait."""

_ALPHABET = "23456789abcdefghjkmnpqrstuvwxyz"
# RFC 9106's second recommended option: argon2id, 3 passes over 64 MiB with 4 lanes.
_hasher = PasswordHasher()
_TURN = BoundedSemaphore(4)
"""How many passwords are checked at once: each takes 64 MiB, and anybody may send one."""

_PATIENCE_SECONDS = 3
_COUNTING = 7362002
"""Key of the advisory lock under which attempts are counted on PostgreSQL."""

_NOBODYS = _hasher.hash("nobody's password, so that an unknown name takes as long as a known one")


def issue_password(engine: Engine, person: str, now: datetime, actor: Actor) -> str:
    """Give a person a one-time password, good for a week; their sign-ins and tokens end."""
    password, account = _one_time(person, now)
    with writing(engine) as session:
        row = session.get(PersonRow, person)
        if row is None or not row.active:
            raise Refused("person", "person_unknown", person=person)
        shut_out(session, person)
        session.merge(account)
        log(session, actor, now, "password_issued", person)
    return password


def people_without_account(session: Session) -> list[PersonRow]:
    """List the active people who have no way in: no password, and no sign-in or token by way of a provider."""
    query = select(PersonRow).where(PersonRow.active).order_by(PersonRow.id)
    for table in (AccountRow, SignInRow, TokenRow):
        query = query.where(col(PersonRow.id).not_in(select(table.person)))
    return list(session.exec(query))


def issue_to(engine: Engine, people: Sequence[PersonRow], now: datetime, actor: Actor) -> list[tuple[PersonRow, str]]:
    """Give people one-time passwords, good for a week; whoever has been given an account meanwhile keeps that."""
    issued = []
    for person in people:
        password, row = _one_time(person.id, now)
        with writing(engine) as session:
            if insert_new(session, [row]):
                log(session, actor, now, "password_issued", person.id)
                issued.append((person, password))
    return issued


def _one_time(person: str, now: datetime) -> tuple[str, AccountRow]:
    password = "-".join("".join(secrets.choice(_ALPHABET) for _ in range(4)) for _ in range(4))
    hashed = _hasher.hash(password)
    return password, AccountRow(person=person, password=hashed, once=True, until=now + ONE_TIME_FOR, changed_at=now)


def shut_out(session: Session, person: str) -> None:
    """End everything by which a person is let in without a password."""
    for table in (SignInRow, TokenRow, FailedSignInRow):
        session.exec(delete(table).where(col(table.person) == person))


def drop_unused_password(session: Session, person: str) -> None:
    """End a one-time password that is not needed any more: whoever it was for has come in another way."""
    session.exec(delete(AccountRow).where(col(AccountRow.person) == person, col(AccountRow.once)))


def first_administrator(engine: Engine, now: datetime) -> tuple[str, str] | None:
    """Return the first administrator a one-time password; None if one has an account already."""
    system = Actor(SYSTEM, COMMAND_LINE)
    with writing(engine) as session:
        administrators = select(PersonRow.id).where(PersonRow.role == "administrator", PersonRow.active)
        if session.exec(select(AccountRow.person).where(col(AccountRow.person).in_(administrators)).limit(1)).first():
            return None
        person = session.exec(administrators.order_by(PersonRow.id).limit(1)).first()
        if person is None:
            person = "administrator"
            session.merge(PersonRow(id=person, name=ADMINISTRATOR, role="administrator"))
            log(session, system, now, "person", person, None, {"id": person, "role": "administrator"})
    return person, issue_password(engine, person, now, system)


def account(session: Session, person: str) -> AccountRow | None:
    """Return one person's account."""
    return session.get(AccountRow, person)


def accounts(session: Session) -> dict[str, AccountRow]:
    """Return all accounts, by person."""
    return {row.person: row for row in session.exec(select(AccountRow))}


def password_fits(engine: Engine, person: str, password: str, origin: str, now: datetime) -> bool:
    """Tell whether a password is right; refused while too many have failed lately, for this person or this address.

    An attempt counts before it is judged, so that many at once gain nothing. It takes as long whether or not there is
    such a person, and holds no connection to the docket meanwhile.
    """
    if not _TURN.acquire(timeout=_PATIENCE_SECONDS):
        raise Refused("person", "too_busy")
    try:
        with writing(engine) as session:
            _refuse_while_waiting(session, person, origin, now)
            session.add(FailedSignInRow(person=person[:200], origin=origin, at=now))
        with reading(engine) as session:
            known = _usable(session, person, now)
        try:
            _hasher.verify(known or _NOBODYS, password[:LONGEST_PASSWORD])
        except (VerificationError, InvalidHashError):
            return False
    finally:
        _TURN.release()
    if known is None:
        return False
    with writing(engine) as session:
        session.exec(delete(FailedSignInRow).where(col(FailedSignInRow.person) == person))
    return True


def _refuse_while_waiting(session: Session, person: str, origin: str, now: datetime) -> None:
    since = now - _WINDOW
    # What no longer slows anybody down is forgotten.
    session.exec(delete(FailedSignInRow).where(col(FailedSignInRow.at) <= since))
    counts = [
        (col(FailedSignInRow.person) == person[:200], _MISSES_OF_PERSON),
        (col(FailedSignInRow.origin) == origin, _MISSES_FROM_ORIGIN),
    ]
    if session.get_bind().dialect.name == "postgresql":
        # Counting and adding are one act: SQLite has one writer anyway.
        session.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _COUNTING})
    for whose, allowed in counts:
        if session.exec(select(func.count()).select_from(FailedSignInRow).where(whose)).one() >= allowed:
            raise Refused("person", "too_many_attempts", minutes=int(_WINDOW.total_seconds() // 60))


def _usable(session: Session, person: str, now: datetime) -> str | None:
    """Return what is kept of a person's password, if it lets anybody in."""
    account, row = session.get(AccountRow, person), session.get(PersonRow, person)
    if account is None or row is None or not row.active or (account.until is not None and account.until <= now):
        return None
    return account.password


def change_password(engine: Engine, actor: Actor, old: str, new: str, again: str, address: str, now: datetime) -> None:
    """Change a person's own password; all their sign-ins end, and this one begins anew."""
    person = actor.person
    if not password_fits(engine, person, old, address, now):
        raise Refused("old", "wrong_password")
    if len(new) < SHORTEST_PASSWORD or len(new) > LONGEST_PASSWORD:
        raise Refused("new", "password_length", shortest=SHORTEST_PASSWORD, longest=LONGEST_PASSWORD)
    if new == old or person.lower() in new.lower() or len(set(new)) < SHORTEST_PASSWORD // 2:
        raise Refused("new", "password_weak")
    if new != again:
        raise Refused("again", "passwords_differ")
    kept = _hasher.hash(new)
    with writing(engine) as session:
        session.exec(delete(SignInRow).where(col(SignInRow.person) == person))
        session.merge(AccountRow(person=person, password=kept, once=False, until=None, changed_at=now))
        log(session, actor, now, "password", person)
