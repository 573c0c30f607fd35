"""移转、并案 in the docket: nothing that goes is lost between two matters, and what was said of it stays found."""

import time
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime

from sqlalchemy import URL, Engine, text
from sqlmodel import select

from docket.directory import sample_directory, store_directory
from docket.engine import open_engine, reading, writing
from docket.library import store_rulebook
from docket.reads import find_letter, find_matter
from docket.settle import settle
from docket.tables import DossierRow, LetterRow
from docket.transfer import Transferred, transfer
from rules.dossier.letter import letters_of
from tests.conftest import START
from tests.docket.test_settle import BOOK, planned, written
from tests.engine.letters import mediation, oral

REASON = "登记时案件编号有误"


def move(engine: Engine, letter: str, source: str, target: str, now: datetime = START) -> Transferred:
    with writing(engine) as session:
        return transfer(
            session, f"wuping/matter/{source}", f"wuping/matter/{target}", letter, REASON, now, "clerk1", frozenset()
        )


def waits_for_a_lock(engine: Engine) -> bool:
    with reading(engine) as session:
        query = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"
        return bool(session.execute(text(query)).scalar_one())


def test_a_letter_that_goes_to_a_matter_while_that_is_opened_is_not_lost(pg_url: URL) -> None:
    engine = open_engine(pg_url.render_as_string(hide_password=False))
    with writing(engine) as session:
        store_directory(session, sample_directory())
        store_rulebook(session, BOOK, START)
    going = written(engine, planned(oral("race-from")), "1").letters[0].letter_id
    there = planned(mediation("race-to"))
    with ThreadPoolExecutor(1) as other, writing(engine) as session:
        settle(session, there, "1", START, frozenset(), "督办")
        moving = other.submit(move, engine, going, "race-from", "race-to")
        end = time.monotonic() + 30
        while not waits_for_a_lock(engine):
            assert time.monotonic() < end
        session.commit()
        moving.result(30)
    with reading(engine) as session:
        target = find_matter(session, "race-to")
        assert [each.letter_id for each in letters_of(target)] == sorted([going, there.state.letters[0].letter_id])
        assert find_letter(session, going).dossier.id == target.id
        assert session.get_one(LetterRow, going).dossier_id == target.id
        assert [row.version for row in session.exec(select(DossierRow).order_by(DossierRow.id))] == [2, 2]
    engine.dispose()
