"""What people do on the command line stands in the record of acts, with the old and the new value."""

import json
from pathlib import Path

import pytest

from docket.acts import COMMAND_LINE, acts
from docket.engine import open_engine, reading
from docket.tables import ActRow
from settings import Settings
from tests.cli.conftest import Installation
from tests.cli.test_contract import letter, register
from tests.docket.test_directory import SMALL
from tests.engine.test_calendar_load import NOTICE_2027


def recorded(folder: Path) -> list[ActRow]:
    """List an installation's acts, the first first."""
    engine = open_engine(Settings(dir=folder).docket_url)
    with reading(engine) as session:
        found = acts(session)
    engine.dispose()
    return found[::-1]


@pytest.mark.slow
def test_each_command_that_changes_something_is_recorded(own_installation: Installation, tmp_path: Path) -> None:
    own_installation.start()
    run = own_installation.run
    register(run, letter("acts"))
    assert run("record", "acts", "told").code == 0
    book = tmp_path / "county.toml"
    book.write_text('base = "wuping-2023-47"\nid = "county-1"\n[readings.rule]\nroll = "none"\n', encoding="utf-8")
    assert run("rulebook", "load", str(book), "--by", "bureau_head").code == 0
    year = tmp_path / "2027.json"
    year.write_text(json.dumps(NOTICE_2027), encoding="utf-8")
    assert run("calendar", "load", str(year), "--yes", "--by", "bureau_head").code == 0
    people = tmp_path / "small.toml"
    people.write_text(SMALL, encoding="utf-8")
    assert run("directory", "load", str(people), "--by", "bureau_head").code == 0
    assert run("account", "issue", "clerk9").code == 0
    found = recorded(own_installation.folder)
    assert [(row.act, row.by) for row in found] == [
        ("password_issued", "system"),
        ("register", "clerk"),
        ("record", "clerk"),
        ("rulebook", "bureau_head"),
        ("calendar", "bureau_head"),
        ("directory", "bureau_head"),
        ("password_issued", "clerk"),
    ]
    assert {row.origin for row in found} == {COMMAND_LINE}
    changes = {row.act: (row.object, row.old, row.new) for row in found}
    subject, old, new = changes["directory"]
    assert subject == "small.toml"
    assert old is not None and new is not None
    assert (old["agencies/forestry"]["name_en"], new["agencies/forestry"]["name_en"]) == ("Forestry Bureau", "")
    assert (old["people/clerk9"], new["people/clerk9"]["role"]) == (None, "clerk")
    assert (new["agencies/housing"]["active"], old["agencies/housing"]["active"]) == (False, True)
    subject, old, new = changes["calendar"]
    assert (subject, new["moves"] if new else None) == ("2027", 0)
    assert old != {"calendar": new["calendar"] if new else None}
    assert changes["rulebook"][1] != changes["rulebook"][2]


@pytest.mark.slow
def test_what_is_refused_is_not_recorded(own_installation: Installation, tmp_path: Path) -> None:
    own_installation.start()
    before = [row.id for row in recorded(own_installation.folder)]
    bad = tmp_path / "bad.toml"
    bad.write_text(SMALL.replace('"clerk"', '"king"'), encoding="utf-8")
    assert own_installation.run("directory", "load", str(bad)).code == 2
    assert own_installation.run("rulebook", "load", str(bad)).code == 2
    assert own_installation.run("record", "nothing", "told").code == 2
    assert [row.id for row in recorded(own_installation.folder)] == before
