"""How long Today, Docket and Supervision take with many letters in the docket, on SQLite and on PostgreSQL.

Letters, each in a matter of its own, are planned and settled as ever, spread over four years, most of them answered in
time, some late, some never. Of those of the last half year four in ten are still open, of older ones one in fifty,
which is worse than any county should be. Then they are copied to other agencies within the database until there are
enough.
"""

import asyncio
import statistics
import tempfile
import time
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from datetime import time as clock_time
from pathlib import Path
from typing import Any

from httpx2 import AsyncClient
from sqlalchemy import Engine, event, text
from sqlmodel import func, select

from cluster.embedded import HOST, any_free_port
from console.app import console
from console.office import Office
from console.serve import serving
from console.visit import cookie_name
from docket import sign_ins
from docket.directory import sample_directory, store_directory
from docket.engine import open_engine, reading, writing
from docket.library import current_calendar, rulebook_in_force, store_rulebook
from docket.schema import upgrade
from docket.settle import settle
from docket.tables import DossierRow, DutyAgencyRow, DutyRow, LetterRow, Row
from rules.books.model import Rulebook
from rules.counting.calendar import Calendar
from rules.counting.clock import at
from rules.dossier.core import opened, step
from rules.dossier.state import Arrival, Outcome
from rules.letters.events import Entry
from rules.letters.letter import letter_id, matter_id
from rules.letters.parse import parse_event, parse_letter
from settings import Settings

NOW = at(date(2026, 11, 20), clock_time(10))
_FIRST = date(2023, 1, 3)
_RECENT = timedelta(days=183)
_COPIES = 15
_TIMES = 60
_PAGES = {
    "today": "/",
    "docket": "/docket",
    "docket, red": "/docket?light=red",
    "docket, one agency": "/docket?agency=water",
    "docket, everything": "/docket?all=1",
    "docket, search": "/docket?q=2025-3",
    "docket, page 40": "/docket?page=40&sort=received&down=1",
    "supervision": "/supervision",
}
_ANSWERS: dict[str, dict[str, Any]] = {
    "oral_notice": {"type": "feedback", "done": "已面谈", "result": "和解", "opinion": "同意"},
    "judgment": {"type": "filing", "copy_reference": "备案"},
    "response_notice": {"type": "self_correction", "measures": "撤销", "number": "1"},
}
_LAST: dict[str, list[dict[str, Any]]] = {
    "oral_notice": [{"type": "forwarded", "to": "court", "number": "函1号"}],
    "judgment": [
        {"type": "loss_report", "agency": "forestry", "causes": "程序", "measures": "培训"},
        {"type": "review", "agency": "forestry", "opinion": "属实"},
        {"type": "forwarded", "to": "county_government", "number": "报1号"},
    ],
    "response_notice": [{"type": "withdrawal", "evidence": "撤诉"}],
}


def outcomes(count: int, calendar: Calendar, book: Rulebook) -> Iterator[tuple[Outcome, datetime]]:
    """Return so many letters as they stand today, spread over the working days of four years."""
    span = (NOW.date() - _FIRST).days
    for number in range(count):
        day = calendar.next_working_day(_FIRST + timedelta(days=number * span // count))
        if day >= NOW.date():
            day = calendar.previous_working_day(NOW.date() - timedelta(days=1))
        kind = list(_ANSWERS)[number % len(_ANSWERS)]
        data = {
            "kind": kind, "matter": f"{day.year}-{number}", "court": "武平县人民法院", "title": f"争议{number}",
            "number": f"({day.year})闽0824行初{number}号", "received_at": day.isoformat(),
            "agencies": [{"agency": "forestry", "received_on": day.isoformat()}],
        }  # fmt: skip
        if kind == "judgment":
            data |= {"judged_on": day.isoformat(), "outcomes": ["revoked"]}
        registered = at(day, clock_time(10))
        outcome = _registered(data, registered, book, calendar)
        if number % 50 != 0:
            told = {"type": "told", "on": day.isoformat()}
            late = 20 if number % 7 == 0 else 3
            for each, days in ((told, 0), ({"type": "reported", "on": day.isoformat()}, 0), (_ANSWERS[kind], late)):
                on = min(day + timedelta(days=days), NOW.date())
                if kind == "judgment" and each["type"] in ("told", "reported"):
                    continue
                outcome = _recorded(outcome, each, at(on, clock_time(11)), book, calendar)
            recent = NOW.date() - day < _RECENT
            if number % 10 > 3 if recent else number % 50 != 1:
                for last in _LAST[kind]:
                    outcome = _recorded(outcome, last, at(on, clock_time(12)), book, calendar)
        yield outcome, registered


def _registered(data: dict[str, Any], now: datetime, book: Rulebook, calendar: Calendar) -> Outcome:
    letter = parse_letter(data)
    matter = opened(matter_id(letter.county, letter.matter), book.version, now, "clerk1")
    arrival = Arrival(letter_id=letter_id(letter), letter=letter, rulebook=book.version, at=now, by="clerk1")
    return step(matter, now, {book.version: book}, calendar, arrival)


def _recorded(outcome: Outcome, data: dict[str, Any], now: datetime, book: Rulebook, calendar: Calendar) -> Outcome:
    typed = parse_event({**data, "on": now.date().isoformat()})
    letter = "" if typed.of_matter else outcome.state.letters[0].letter_id
    entry = Entry(id=f"{outcome.state.name}-{typed.type}", letter=letter, event=typed, at=now, by="clerk1")
    return step(outcome.state, now, {book.version: book}, calendar, entry)


def fill(engine: Engine, letters: int) -> None:
    """Fill an empty docket with so many letters."""
    upgrade(engine)
    with writing(engine) as session:
        store_directory(session, sample_directory())
        book, calendar = rulebook_in_force(session), current_calendar(session)
        store_rulebook(session, book, NOW)
    batch = list(outcomes(letters // (_COPIES + 1), calendar, book))
    for start in range(0, len(batch), 200):
        with writing(engine) as session:
            for outcome, registered in batch[start : start + 200]:
                settle(session, outcome, "bench", registered, frozenset(), "督办")
    with reading(engine) as session:
        agencies = [agency.id for agency in sample_directory().agencies if agency.id != "forestry"][:_COPIES]
    for agency in agencies:
        with writing(engine) as session:
            for statement in _copies(engine.dialect.name):
                session.execute(text(statement), {"agency": agency, "slash": f"/{agency}", "at": f"@{agency}"})
    if engine.dialect.name == "postgresql":
        # What PostgreSQL does by itself after a while. SQLite is left as an installation leaves it.
        with engine.connect() as connection:
            connection.execution_options(isolation_level="AUTOCOMMIT").execute(text("VACUUM ANALYZE"))


def _copies(dialect: str) -> list[str]:
    """Return the statements that copy every matter of one agency to another one."""
    cast = "CAST(REPLACE(CAST(state AS TEXT), 'forestry', :agency) AS JSONB)" if dialect == "postgresql" else "state"
    agency = "CASE WHEN agency IS NULL THEN NULL ELSE :agency END"
    dossier, letter, key = "dossier_id || :slash", "letter_id || :slash", "REPLACE({}, '@forestry', :at)"
    return [
        _copy(DossierRow, {"id": "id || :slash", "name": "name || :slash", "state": cast}, "name"),
        _copy(
            LetterRow,
            {"id": "id || :slash", "short": "SUBSTR(short, 1, 6) || SUBSTR(:agency, 1, 6)", "dossier_id": dossier,
             "matter": "matter || :slash"},
            "matter",
        ),
        _copy(
            DutyRow,
            {"dossier_id": dossier, "letter_id": letter, "id": key.format("id"), "key": key.format("key"),
             "agency": agency},
            "SUBSTR(dossier_id, LENGTH('wuping/matter/') + 1)",
        ),
        _copy(
            DutyAgencyRow,
            {"dossier_id": dossier, "id": key.format("id"), "agency": ":agency"},
            "SUBSTR(dossier_id, LENGTH('wuping/matter/') + 1)",
        ),
    ]  # fmt: skip


def _copy(table: type[Row], changed: dict[str, str], name: str) -> str:
    """Return the statement that copies the rows of a table that are of original matters, whose names have no slash."""
    columns = ", ".join(table.model_fields)
    values = ", ".join(changed.get(column, column) for column in table.model_fields)
    source = f"{table.__tablename__} WHERE {name} NOT LIKE '%/%'"
    return f"INSERT INTO {table.__tablename__} ({columns}) SELECT {values} FROM {source}"


async def measure(engine: Engine, folder: Path) -> dict[str, tuple[float, float, int]]:
    """Return the median and the 95th percentile of each page in milliseconds, and how many queries it takes."""
    queries = 0

    @event.listens_for(engine, "before_cursor_execute")
    def _count(*_: object) -> None:
        nonlocal queries
        queries += 1

    office = Office(Settings(dir=folder), engine, lambda: NOW)
    with writing(engine) as session:
        secret = sign_ins.sign_in(session, "bureau_head", "bench", NOW)
    port = any_free_port()
    found = {}
    async with (
        serving(console(office), HOST, port),
        AsyncClient(base_url=f"http://{HOST}:{port}", verify=False) as client,
    ):
        client.cookies.set(cookie_name(office), secret)
        for name, path in _PAGES.items():
            took = []
            for _ in range(_TIMES + 3):
                queries, start = 0, time.perf_counter()
                answer = await client.get(path)
                took.append(1000 * (time.perf_counter() - start))
                assert answer.status_code == 200, (path, answer.status_code)
            warm = sorted(took[3:])
            found[name] = statistics.median(warm), warm[int(0.95 * len(warm)) - 1], queries
    event.remove(engine, "before_cursor_execute", _count)
    return found


def report(letters: int, url_of: Any) -> list[str]:
    """Fill two dockets, of a tenth and of the whole size, and give lines with what the pages took on each."""
    lines = []
    with tempfile.TemporaryDirectory(prefix="qixian-bench-") as folder:
        few, many = (_one(size, url_of(Path(folder), size), Path(folder)) for size in (letters // 10, letters))
        lines.append(f"  {many[1]}")
        for name, (median, p95, queries) in many[0].items():
            same = "" if queries == few[0][name][2] else f"  (with a tenth of the letters: {few[0][name][2]})"
            lines.append(f"  {name:20} median {median:6.1f} ms   p95 {p95:6.1f} ms   {queries} queries{same}")
    return lines


def _one(letters: int, url: str, folder: Path) -> tuple[dict[str, tuple[float, float, int]], str]:
    engine = open_engine(url)
    fill(engine, letters)
    with reading(engine) as session:
        rows = session.exec(select(func.count()).select_from(LetterRow)).one()
        duties = session.exec(select(func.count()).select_from(DutyRow)).one()
        left = session.exec(select(func.count()).select_from(DutyRow).where(DutyRow.state == "open")).one()
    found = asyncio.run(measure(engine, folder))
    engine.dispose()
    return found, f"{engine.dialect.name}: {rows} letters, {duties} duties, {left} of them open"
