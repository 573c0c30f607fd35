"""Administration of the directory where two people do it at one moment."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from sqlalchemy import Engine

from docket import accounts
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


@pytest.mark.slow
def test_two_sheets_of_passwords_at_one_moment_hold_only_passwords_that_work(docket: Engine) -> None:
    people = [Person(id=f"p{number}", name=f"甲{number}", role="clerk") for number in range(4)]
    with writing(docket) as session:
        for person in people:
            save(session, Actor("admin", "test"), START, person, active=True, new=True)
        without = [each for each in accounts.people_without_account(session) if each.id in ("p0", "p1", "p2", "p3")]
        session.expunge_all()
    together = Barrier(2)

    def issue(by: str) -> list[tuple[str, str]]:
        together.wait()
        return [(each.id, password) for each, password in accounts.issue_to(docket, without, START, Actor(by, "test"))]

    with ThreadPoolExecutor(2) as pool:
        first, second = pool.map(issue, ["one", "two"])
    assert sorted(name for name, _ in first + second) == ["p0", "p1", "p2", "p3"]
    for name, password in first + second:
        assert accounts.password_fits(docket, name, password, "test", START)
