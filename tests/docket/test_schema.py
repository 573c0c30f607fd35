"""The schema: migrations and models agree on both databases, and several processes may migrate at once."""

import sqlite3
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from threading import Timer

import pytest
from sqlalchemy import Engine
from sqlalchemy.exc import StatementError
from sqlmodel import select

from docket.engine import open_engine, reading, writing
from docket.schema import differences, upgrade
from docket.seal import broken_seals, events
from docket.tables import AgencyRow, CalendarYearRow
from docket.upsert import insert_new, upsert
from tests.conftest import moment
from tests.docket.test_settle import after, planned, written
from tests.engine.letters import mediation


def test_migrations_and_models_agree(docket: Engine) -> None:
    with docket.connect() as connection:
        assert differences(connection) == []


def test_the_record_of_a_matter_is_sealed_and_a_change_shows(docket: Engine) -> None:
    first = written(docket, planned(mediation("sealed")), "1")
    now = moment("2026-03-10", "10:05")
    told = written(docket, after(first, now, "told"), "2", now)
    written(docket, after(told, now, "reported"), "3", now)
    with reading(docket) as session:
        rows = events(session, first.id)
        assert broken_seals(rows) == []
        assert [(row.number, row.type) for row in rows] == [(1, "arrived"), (2, "told"), (3, "reported")]
    with writing(docket) as session:
        rows[1].by = "somebody_else"
        session.add(rows[1])
    with reading(docket) as session:
        changed = events(session, first.id)
        assert broken_seals(changed) == [changed[1].id]


def test_a_matter_that_the_docket_had_lost_is_sealed_from_its_first_event(docket: Engine) -> None:
    """Its first row is written by a later step, and what came before is sealed in its order."""
    now = moment("2026-03-10", "10:05")
    told = after(planned(mediation("lost")).state, now, "told").state
    outcome = after(told, moment("2026-03-10", "10:10"), "reported")
    written(docket, outcome, "3", now)
    with reading(docket) as session:
        rows = events(session, outcome.state.id)
        assert broken_seals(rows) == []
        assert [(row.number, row.type) for row in rows] == [(1, "arrived"), (2, "told"), (3, "reported")]


def test_a_missing_column_is_noticed(tmp_path: Path) -> None:
    engine = open_engine(f"sqlite:///{tmp_path / 'docket.db'}")
    upgrade(engine)
    with engine.begin() as connection:
        connection.exec_driver_sql("ALTER TABLE agency DROP COLUMN name_en")
    with engine.connect() as connection:
        assert [difference[0] for difference in differences(connection)] == ["add_column"]
    engine.dispose()


def test_several_processes_may_migrate_one_fresh_docket_at_once(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'docket.db'}"

    def migrate(_: int) -> None:
        engine = open_engine(url)
        upgrade(engine)
        engine.dispose()

    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(migrate, range(4))) == [None] * 4


def test_a_fresh_docket_is_opened_while_another_process_writes_in_it(tmp_path: Path) -> None:
    """Another one that opens the same new file stands in its first transaction, and ends it in its own time."""
    file = tmp_path / "docket.db"
    other = sqlite3.connect(file, isolation_level=None, check_same_thread=False)
    other.execute("BEGIN IMMEDIATE")
    ending = Timer(0.3, other.execute, ["COMMIT"])
    ending.start()
    engine = open_engine(f"sqlite:///{file}")
    upgrade(engine)
    ending.join()
    with engine.connect() as connection:
        assert connection.exec_driver_sql("PRAGMA journal_mode").scalar_one() == "wal"
    engine.dispose()
    other.close()


def test_an_instant_comes_back_aware_and_a_naive_one_is_refused(docket: Engine) -> None:
    shanghai = timezone(timedelta(hours=8))
    instant = datetime(2026, 3, 10, 23, 59, 59, 123456, shanghai)
    with writing(docket) as session:
        session.add(CalendarYearRow(year=2027, document={}, loaded_at=instant, loaded_by="x"))
    with reading(docket) as session:
        found = session.exec(select(CalendarYearRow)).one().loaded_at
    assert found == instant
    assert found.tzinfo is UTC
    with pytest.raises(StatementError, match="naive"), writing(docket) as session:
        session.add(CalendarYearRow(year=2027, document={}, loaded_at=datetime(2026, 3, 10), loaded_by="x"))


def test_insert_new_tells_what_was_new_and_upsert_overwrites(docket: Engine) -> None:
    first = AgencyRow(id="zzz", name="甲局", field="一")
    with writing(docket) as session:
        assert insert_new(session, [first]) == [("zzz",)]
        assert insert_new(session, [first, AgencyRow(id="zzy", name="乙局", field="一")]) == [("zzy",)]
        upsert(session, [AgencyRow(id="zzz", name="丙局", field="二")])
    with reading(docket) as session:
        row = session.get_one(AgencyRow, "zzz")
        assert (row.name, row.field) == ("丙局", "二")


def test_two_writers_lose_no_update(docket: Engine) -> None:
    """Read-then-write transactions side by side: each sees what the other wrote."""
    with writing(docket) as session:
        session.add(AgencyRow(id="count", name="0", field="x"))

    def bump(_: int) -> None:
        with writing(docket) as session:
            row = session.get_one(AgencyRow, "count", with_for_update=True)
            row.name = str(int(row.name) + 1)
            session.add(row)

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(bump, range(40)))
    with reading(docket) as session:
        assert session.get_one(AgencyRow, "count").name == "40"


def test_a_failing_transaction_leaves_nothing(docket: Engine) -> None:

    def half_done() -> None:
        with writing(docket) as session:
            session.add(AgencyRow(id="half", name="x", field="x"))
            session.flush()
            raise InterruptedError

    with pytest.raises(InterruptedError):
        half_done()
    with reading(docket) as session:
        assert session.get(AgencyRow, "half") is None
