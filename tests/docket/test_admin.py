"""Administration of the directory where two people do it at one moment."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

from sqlalchemy import Engine

from docket.acts import Actor, acts
from docket.admin import save
from docket.directory import Person, person_row
from docket.engine import reading, writing
from rules.errors import Refused
from tests.conftest import START


def test_one_new_id_is_taken_once_however_many_ask_at_one_moment(docket: Engine) -> None:
    together = Barrier(4)

    def add(name: str) -> str:
        together.wait()
        try:
            with writing(docket) as session:
                save(
                    session, Actor(f"admin{name}", "test"), START, Person(id="new", name=name, role="clerk"),
                    active=True, new=True,
                )  # fmt: skip
        except Refused as refused:
            return refused.key
        return name

    with ThreadPoolExecutor(4) as pool:
        found = sorted(pool.map(add, ["甲", "乙", "丙", "丁"]))
    assert found[:3] == ["id_taken"] * 3
    with reading(docket) as session:
        row = person_row(session, "new")
        assert row is not None and row.name == found[3]
        assert [(act.by, act.new and act.new["name"]) for act in acts(session, "new")] == [
            (f"admin{found[3]}", found[3])
        ]
