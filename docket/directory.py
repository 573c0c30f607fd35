"""名录: agencies, people and the fields of leaders."""

import tomllib
from collections import Counter
from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from importlib.resources import files
from pathlib import Path
from typing import Annotated

from pydantic import Field, ValidationError, model_validator
from pydantic_core import PydanticCustomError
from sqlmodel import Session, col, select

from docket.tables import AgencyRow, PersonRow
from docket.upsert import upsert
from rules.access import Role, Viewer
from rules.errors import Refused
from rules.files import malformed, read_small
from rules.letters.fields import AgencyId, Name, Typed
from rules.texts import Language

LARGEST_FILE = 1024 * 1024
CHANNEL_NAME = r"^[a-z][a-z0-9_]{1,29}$"
ADDRESS = r"[^@\s<>,;:()\[\]\\\"]+@[^@\s<>,;:()\[\]\\\"]+"
"""An e-mail address, as far as can be told without asking its server."""


EMAIL = "email"
"""The channel of people's e-mail addresses; every other one is named in the settings."""


class Agency(Typed):
    """One agency of the county; `field` is the field of government that a county leader has in charge."""

    id: AgencyId = Field(description="代号 id, small letters, digits and underscores")
    name: Name = Field(description="名称 name")
    name_en: Annotated[str, Field(max_length=120)] = Field("", description="英文名称 English name")
    field: Name = Field(description="所属领域 field of government")


class Reach(Typed):
    """A person's address in a channel outside beside e-mail; a robot of a group needs none."""

    channel: Annotated[str, Field(pattern=CHANNEL_NAME)] = Field(description="渠道 channel")
    address: Annotated[str, Field(max_length=120, pattern=r"^\S*$")] = Field(
        "", description="该渠道中的账号 address there"
    )


class Person(Typed):
    """One person by role; a liaison belongs to an agency, a leader has fields in charge."""

    id: AgencyId = Field(description="账号（代号） id, small letters, digits and underscores")
    name: Name = Field(description="姓名或职务 name")
    role: Role = Field(description="角色 role")
    agency: AgencyId | None = Field(None, description="所属机关 agency, for a liaison")
    fields: tuple[Name, ...] = Field((), description="分管领域 fields in charge, for a leader")
    email: Annotated[str, Field(max_length=254, pattern=f"^{ADDRESS}$")] | None = Field(None, description="邮箱 e-mail")
    channels: tuple[Reach, ...] = Field((), max_length=10, description="其他渠道 other channels")

    @model_validator(mode="after")
    def _belongs(self) -> "Person":
        if (self.role == "liaison") != (self.agency is not None):
            raise PydanticCustomError("liaison_agency", "a liaison, and only a liaison, belongs to an agency")
        if self.fields and self.role != "leader":
            raise PydanticCustomError("leader_fields", "only a leader has fields in charge")
        if len({each.channel for each in self.channels}) < len(self.channels):
            raise PydanticCustomError("channel_twice", "a channel is listed twice")
        return self


class Directory(Typed):
    """The whole directory of a county."""

    county: AgencyId
    county_name: Name
    agencies: tuple[Agency, ...] = Field(min_length=1, max_length=2000)
    people: tuple[Person, ...] = Field(min_length=1, max_length=20000)

    @model_validator(mode="after")
    def _whole(self) -> "Directory":
        agencies = [agency.id for agency in self.agencies]
        people = [person.id for person in self.people]
        for ids in (agencies, people):
            for one, times in Counter(ids).items():
                if times > 1:
                    raise ValueError(f"{one!r} is listed twice")
        for person in self.people:
            if person.agency is not None and person.agency not in agencies:
                raise ValueError(f"{person.id!r} belongs to {person.agency!r}, which is not listed")
        if not any(person.role == "clerk" for person in self.people):
            raise ValueError("there must be a clerk of the bureau")
        return self


def read_directory(path: Path) -> Directory:
    """Read a directory file, naming file and place of whatever is wrong with it."""
    return parse_directory(read_small(path, LARGEST_FILE, Refused, "file_too_large", "file_unreadable"), str(path))


def parse_directory(source: str, where: str) -> Directory:
    """Parse a directory from TOML."""
    try:
        return Directory.model_validate(tomllib.loads(source))
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise Refused(where, "directory_malformed", detail=str(error)) from error
    except ValidationError as error:
        raise malformed(error, where, Refused, "directory_malformed") from error


def sample_directory() -> Directory:
    """Return the sample that comes with the program: Wuping's shape, with nobody's name."""
    entry = files("docket").joinpath("sample", "wuping.toml")
    return parse_directory(entry.read_text(encoding="utf-8"), entry.name)


def store_directory(session: Session, directory: Directory) -> None:
    """Make the docket's directory this one; agencies and people that are no longer listed become inactive.

    A file that lists no administrator leaves those that there are: somebody must be able to let people in.
    """
    administered = any(person.role == "administrator" for person in directory.people)
    for agency in session.exec(select(AgencyRow)).all():
        agency.active = False
        session.add(agency)
    for person in session.exec(select(PersonRow)).all():
        person.active = person.active and person.role == "administrator" and not administered
        session.add(person)
    session.flush()
    agencies = [AgencyRow(**agency.model_dump()) for agency in directory.agencies]
    people = [person_to_store(each) for each in directory.people]
    upsert(session, agencies)
    upsert(session, people)


def person_to_store(person: Person, *, active: bool = True) -> PersonRow:
    """Return a person as the docket keeps them."""
    data = person.model_dump(exclude={"fields", "channels"})
    channels = [each.model_dump() for each in person.channels]
    return PersonRow(**data, fields=list(person.fields), channels=channels, active=active)


def agency_names(session: Session, ids: Iterable[str] | None = None) -> dict[str, str]:
    """Return the names of agencies by id: of all active ones, or of those asked for."""
    query = select(AgencyRow.id, AgencyRow.name)
    query = query.where(AgencyRow.active) if ids is None else query.where(col(AgencyRow.id).in_(list(ids)))
    return dict(session.exec(query).all())


def every_agency_name(session: Session, language: Language = "zh") -> dict[str, str]:
    """Return the names of all agencies by id, those that have left last: letters name them still."""
    rows = session.exec(select(AgencyRow).order_by(col(AgencyRow.active).desc()))
    return {row.id: (row.name_en if language == "en" else "") or row.name for row in rows}


def agency_meant(said: str, names: Mapping[str, str], field: str) -> str:
    """Return the id of the agency meant by an id or name; one that is not there is refused, the likely ones named."""
    wanted = said.strip()
    found = next((agency for agency, name in names.items() if wanted in (agency, name)), None)
    if found is not None:
        return found
    near = [name for name in names.values() if wanted and (wanted in name or name.removeprefix("县") in wanted)]
    near = near or get_close_matches(wanted, [*names, *names.values()], n=3, cutoff=0.5)
    raise Refused(field, "agency_not_listed", agency=said, near="、".join(near[:5]) or "—")


def person_meant(session: Session, said: str) -> str:
    """Return the id of the person meant by an id or name, or what was said if the directory knows no such name."""
    people = session.exec(select(PersonRow.id).where(PersonRow.name == said, PersonRow.active)).all()
    if len(people) > 1:
        raise Refused("by", "several_people", name=said, people="、".join(people))
    return people[0] if people else said


def person_names(session: Session) -> dict[str, str]:
    """Return the names of people by id, of those who have left as well: records name them still."""
    return dict(session.exec(select(PersonRow.id, PersonRow.name)).all())


def listed(session: Session, *, active: bool = False) -> tuple[list[AgencyRow], list[PersonRow]]:
    """List agencies and people by id: all there ever were, or the active ones."""
    agencies, people = select(AgencyRow).order_by(AgencyRow.id), select(PersonRow).order_by(PersonRow.id)
    if active:
        agencies, people = agencies.where(AgencyRow.active), people.where(PersonRow.active)
    return list(session.exec(agencies)), list(session.exec(people))


def agency_row(session: Session, agency: str) -> AgencyRow | None:
    """Return one agency, active or not."""
    return session.get(AgencyRow, agency)


def person_row(session: Session, person: str) -> PersonRow | None:
    """Return one person, active or not."""
    return session.get(PersonRow, person)


def supervisors(session: Session) -> list[str]:
    """List the ids of the bureau's supervisors."""
    return list(session.exec(select(PersonRow.id).where(PersonRow.role == "supervisor", PersonRow.active)))


def viewer(session: Session, person: str) -> Viewer | None:
    """Return a person as one who looks at letters, or None if the directory has no such active person."""
    row = session.get(PersonRow, person)
    if row is None or not row.active:
        return None
    agencies: frozenset[str] | None = None
    if row.role == "liaison":
        agencies = frozenset({row.agency} if row.agency else ())
    elif row.role == "leader":
        agencies = frozenset(session.exec(select(AgencyRow.id).where(col(AgencyRow.field).in_(row.fields))))
    return Viewer.model_validate({"person": row.id, "name": row.name, "role": row.role, "agencies": agencies})
