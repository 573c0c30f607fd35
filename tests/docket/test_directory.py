"""The directory: read strictly, replaced whole, and asked whom a notice reaches."""

from pathlib import Path

import pytest
from sqlalchemy import Engine

from docket.directory import (
    agency_names,
    parse_directory,
    read_directory,
    sample_directory,
    store_directory,
    supervisors,
)
from docket.engine import reading, writing
from docket.recipients import recipients
from rules.errors import Refused

SMALL = """
county = "wuping"
county_name = "武平县"
[[agencies]]
id = "forestry"
name = "县林业局"
field = "农林水"
[[people]]
id = "clerk9"
name = "经办人"
role = "clerk"
"""


def test_the_sample_has_a_liaison_and_a_leader_for_every_agency() -> None:
    sample = sample_directory()
    liaisons = {person.agency for person in sample.people if person.role == "liaison"}
    fields = {field for person in sample.people for field in person.fields}
    assert {agency.id for agency in sample.agencies} == liaisons
    assert {agency.field for agency in sample.agencies} <= fields


def test_addresses_reach_the_right_people(docket: Engine) -> None:
    with reading(docket) as session:
        reached = {
            address: [each.person for each in recipients(session, address)]
            for address in ("agency:forestry", "bureau", "bureau_leader", "leader:forestry", "leader:housing")
        }
        assert supervisors(session) == ["bureau_head"]
    assert reached == {
        "agency:forestry": ["forestry_liaison"],
        "bureau": ["clerk1", "clerk2"],
        "bureau_leader": ["bureau_head"],
        "leader:forestry": ["leader_rural"],
        "leader:housing": ["leader_land"],
    }


def test_a_new_directory_replaces_the_old_one_but_keeps_its_rows(docket: Engine) -> None:
    with writing(docket) as session:
        store_directory(session, parse_directory(SMALL, "small.toml"))
    with reading(docket) as session:
        assert agency_names(session) == {"forestry": "县林业局"}
        assert agency_names(session, ["housing"]) == {"housing": "县住房和城乡建设局"}
        assert [each.person for each in recipients(session, "agency:forestry")] == ["clerk9"]
        assert recipients(session, "agency:forestry")[0].instead


@pytest.mark.parametrize(
    ("change", "place"),
    [
        (('role = "clerk"', 'role = "king"'), "small.toml:people.0.role"),
        (('name = "县林业局"', 'name = ""'), "small.toml:agencies.0.name"),
        (('role = "clerk"', 'role = "liaison"\nagency = "housing"'), "small.toml"),
        (('role = "clerk"', 'role = "liaison"'), "small.toml:people.0"),
        (('id = "clerk9"', 'id = "clerk9"\ncolour = "red"'), "small.toml:people.0.colour"),
        (("county =", "county"), "small.toml"),
        (('role = "clerk"', 'role = "supervisor"'), "small.toml"),
    ],
)
def test_a_wrong_directory_is_refused_by_place(change: tuple[str, str], place: str) -> None:
    with pytest.raises(Refused) as refused:
        parse_directory(SMALL.replace(*change), "small.toml")
    assert (refused.value.field, refused.value.key) == (place, "directory_malformed")


def test_a_missing_or_huge_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Refused) as missing:
        read_directory(tmp_path / "none.toml")
    huge = tmp_path / "huge.toml"
    huge.write_bytes(b"#" * (2 * 1024 * 1024))
    with pytest.raises(Refused) as large:
        read_directory(huge)
    assert (missing.value.key, large.value.key) == ("file_unreadable", "file_too_large")
