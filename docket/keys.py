"""密钥: which payload keys the workers have, by name and fingerprint, so that nobody writes with another.

Whoever wrote with a key that no worker has would have a letter that none can carry on.
"""

from collections.abc import Mapping

from sqlmodel import Session, select

from docket.tables import PayloadKeyRow
from docket.upsert import insert_missing
from rules.errors import Refused

_SETTING = "QIXIAN_PAYLOAD_KEYS"


def bring_keys(session: Session, keys: Mapping[str, str]) -> None:
    """Remember the keys that a worker starts with; another key under a known name is refused, and so is none at all."""
    known = _known(session)
    if known and not keys:
        raise Refused(_SETTING, "payload_key_missing", names=known)
    insert_missing(session, [PayloadKeyRow(name=name, fingerprint=each) for name, each in keys.items()])
    # Read after writing: of two that start at once with one new name the second finds the first one's key.
    present = _known(session)
    for name, fingerprint in keys.items():
        _check(present, name, fingerprint)


def check_keys(session: Session, keys: Mapping[str, str]) -> None:
    """Refuse keys, the first of which encrypts, that no worker could read with."""
    known = _known(session)
    for name, fingerprint in [*keys.items()][:1]:
        _check(known, name, fingerprint)
    if known and not keys:
        raise Refused(_SETTING, "payload_key_missing", names=known)


def _known(session: Session) -> dict[str, str]:
    return {row.name: row.fingerprint for row in session.exec(select(PayloadKeyRow).order_by(PayloadKeyRow.name))}


def _check(known: Mapping[str, str], name: str, fingerprint: str) -> None:
    if name not in known:
        raise Refused(_SETTING, "payload_key_unknown", name=name)
    if known[name] != fingerprint:
        raise Refused(_SETTING, "payload_key_differs", name=name)
