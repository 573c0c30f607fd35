"""What the docket keeps: a sample's steps really settled into a database, its rows and bytes counted."""

from collections.abc import Sequence
from datetime import datetime
from itertools import groupby
from typing import NamedTuple

from sqlalchemy import Engine, event, text
from sqlmodel import Session, func, select

from bench.scale.lives import RECORDED, Step
from bench.scale.people import directory
from docket.acts import Actor, log
from docket.delivery import begin, finish, pending_parcels
from docket.digest import make_digests
from docket.directory import EMAIL, store_directory
from docket.engine import reading, writing
from docket.library import store_rulebook
from docket.schema import upgrade
from docket.settle import settle
from docket.tables import (
    ActRow,
    AttemptRow,
    DeliveryRow,
    DossierRow,
    DutyAgencyRow,
    DutyRow,
    EventRow,
    LetterRow,
    NoticeRow,
    Row,
    RungRow,
    SlipRow,
)
from rules.accept.rulebook import shipped_rulebook
from rules.counting.calendar import shipped_calendar
from rules.counting.clock import local_date

TABLES: tuple[type[Row], ...] = (
    DossierRow, LetterRow, DutyRow, DutyAgencyRow, EventRow, RungRow, NoticeRow, SlipRow, DeliveryRow, AttemptRow,
    ActRow,
)  # fmt: skip
_OUTSIDE = frozenset({EMAIL})


class Kept(NamedTuple):
    """What a docket holds of so many letters: rows by table, and bytes, whole and by table where it can say."""

    letters: int
    steps: int
    statements: int
    rows: dict[str, int]
    total_bytes: int
    table_bytes: dict[str, int]
    log_bytes: int
    """What was written ahead, in PostgreSQL's log."""

    mails: int
    digests: int


def keep(engine: Engine, lives: Sequence[list[Step]]) -> Kept:
    """Settle whole lives into an empty docket, day by day, with the record of acts, every e-mail and every digest."""
    upgrade(engine)
    with writing(engine) as session:
        store_directory(session, directory())
        store_rulebook(session, shipped_rulebook(), lives[0][0].at)
    before, empty = _log_bytes(engine), _table_bytes(engine)
    statements = mails = digests = 0

    @event.listens_for(engine, "before_cursor_execute")
    def _executed(*_: object) -> None:
        nonlocal statements
        statements += 1

    steps = sorted((step for life in lives for step in life), key=lambda step: step.at)
    office, calendar = shipped_rulebook().office, shipped_calendar()
    for day, group in groupby(steps, key=lambda step: local_date(step.at)):
        today, made_at = list(group), office.digests(day)
        # What is measured is what is kept, not how fast, so a morning's steps share a transaction.
        for part in ([step for step in today if step.at < made_at], [step for step in today if step.at >= made_at]):
            with writing(engine) as session:
                for step in part:
                    mails += _settle(session, step)
                if part and part[0].at < made_at:
                    digest = make_digests(session, made_at, office, calendar, _OUTSIDE)
                    for each in digest:
                        _send(session, each.key, each.send_at)
                    digests += len(digest)
    event.remove(engine, "before_cursor_execute", _executed)
    log_bytes = _log_bytes(engine) - before
    with reading(engine) as session:
        rows = {str(each.__tablename__): session.exec(select(func.count()).select_from(each)).one() for each in TABLES}
    _tidy(engine)
    sizes = {name: size - empty[name] for name, size in _table_bytes(engine).items()}
    return Kept(len(lives), len(steps), statements, rows, sum(sizes.values()), sizes, log_bytes, mails, digests)


def _settle(session: Session, step: Step) -> int:
    """Settle one step and send what goes out at once; return the number of e-mails."""
    state, typed = step.state, step.typed_bytes > 0
    name = state.entries[-1].id if step.why == RECORDED else f"wake-{state.version}"
    settled = settle(session, step.outcome, name, step.at, _OUTSIDE, shipped_rulebook().slip_prefix)
    for key in settled.deliveries:
        _send(session, key, step.at)
    if typed:
        entry, arrival = (state.entries or (None,))[-1], state.letters[0]
        new = entry.event if entry is not None and step.why == RECORDED else arrival.letter
        actor = Actor("clerk1", "console 10.0.0.1")
        log(session, actor, step.at, step.why, arrival.letter_id, None, new.model_dump(mode="json"))
    return len(settled.deliveries)


def _send(session: Session, key: str, now: datetime) -> None:
    """Write down what a channel that takes everything at once leaves in the docket."""
    for parcel in pending_parcels(session, key, now):
        number = begin(session, parcel, now)
        assert number is not None
        finish(session, parcel, number, now, None, None)


def _tidy(engine: Engine) -> None:
    """Leave no row that an update has made obsolete, as an idle night does."""
    with engine.connect() as connection:
        own = connection.execution_options(isolation_level="AUTOCOMMIT")
        own.execute(text("VACUUM FULL" if engine.dialect.name == "postgresql" else "SELECT 1"))


def _table_bytes(engine: Engine) -> dict[str, int]:
    """Return the bytes of each table with its indexes; SQLite only tells those of the whole file."""
    if engine.dialect.name != "postgresql":
        return {"file": _number(engine, "PRAGMA page_count") * _number(engine, "PRAGMA page_size")}
    names = [str(each.__tablename__) for each in TABLES]
    return {name: _number(engine, f"SELECT pg_total_relation_size('{name}')") for name in names}


def _log_bytes(engine: Engine) -> int:
    if engine.dialect.name != "postgresql":
        return 0
    return _number(engine, "SELECT pg_wal_lsn_diff(pg_current_wal_insert_lsn(), '0/0')")


def _number(engine: Engine, query: str) -> int:
    with reading(engine) as session:
        return int(session.connection().execute(text(query)).scalar_one())
