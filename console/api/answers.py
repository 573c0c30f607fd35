"""What the API answers, as models, so that its description says it."""

from datetime import date
from typing import Any, Literal

from pydantic import AwareDatetime, BaseModel, Field


class Refusal(BaseModel):
    """One thing that is refused: the field, the message's key and values, and the reason in both languages."""

    field: str
    key: str
    values: dict[str, str]
    reason: str
    reason_en: str


class Refusals(BaseModel):
    """An answer to what can't be done; nothing was changed."""

    refused: list[Refusal]


class Away(BaseModel):
    """A service is away, nothing was written; or, with 202, a letter is asked for and not yet confirmed."""

    service: str
    reason: str
    reason_en: str


class Owed(BaseModel):
    """What is owed, by whom and by when, with its lamp as of now."""

    rule: str
    act: str
    act_en: str
    agency: str | None
    agencies: list[str]
    obligor: str
    soft: bool
    state: str
    light: Literal["green", "yellow", "red", "grey"]
    overdue: bool
    nominal: date | None
    due: date | None
    due_time: str | None = None
    provisional: bool
    presumed: bool


class Duty(Owed):
    """One duty of a letter."""

    key: str
    obligee: list[str]
    clause: str
    state_zh: str
    anchor: date | None
    satisfied_on: date | None
    missing: list[str]


class Step(BaseModel):
    """One step of a duty's ladder, taken or to come."""

    duty: str
    code: str
    to: str
    draft: bool
    at: AwareDatetime


class Letter(BaseModel):
    """A letter as it stands, with what concerns the caller; `letter` and `events` have the fields of their kind.

    `next_wake` is when time next matters to the letter's matter.
    """

    letter: dict[str, Any]
    duties: list[Duty]
    warnings: list[str]
    window: dict[str, Any] | None
    events: list[dict[str, Any]]
    ladder: list[Step]
    taken: list[Step]
    next_wake: AwareDatetime | None


class Hearing(BaseModel):
    """A hearing, and once it was held who came for which agency."""

    on: date
    agency: str | None
    appeared: str | None
    spoke: bool


class Instance(BaseModel):
    """One instance of a case, as far as anybody said: when it began and where, its hearings, and how it ended."""

    proceeding: str
    begun_on: date | None
    body: str
    number: str
    hearings: list[Hearing]
    concluded_on: date | None
    document: str | None
    document_number: str
    outcomes: list[str]
    effective_on: date | None


class Party(BaseModel):
    """A party beside the agencies, with the ids of the letters that name it; the case's own file names it as well."""

    name: str
    roles: list[str]
    letters: list[str]


class Matter(BaseModel):
    """A whole matter as it stands, with what concerns the caller; what concerns one letter stands under it."""

    matter: dict[str, Any]
    instances: list[Instance]
    parties: list[Party]
    letters: list[Letter]
    duties: list[Duty]
    events: list[dict[str, Any]]
    ladder: list[Step]
    taken: list[Step]
    next_wake: AwareDatetime | None


class MatterLine(BaseModel):
    """One matter in a list: where it stands, and how many open duties there are by lamp."""

    id: str
    matter: str
    title: str
    letters: int
    proceeding: str | None
    over_on: date | None
    touched_at: AwareDatetime
    closed_at: AwareDatetime | None
    due: date | None
    red: int
    yellow: int
    green: int
    waiting: int


class Matters(BaseModel):
    """A page of matters, and how many there are in all."""

    total: int
    matters: list[MatterLine]


class Registered(Letter):
    """A letter as registered; `first` is false where it had been registered before."""

    first: bool


class SecondLook(BaseModel):
    """Something that is possible, but often a slip."""

    field: str
    reason: str
    reason_en: str


class Forecast(BaseModel):
    """What a letter would make people owe, and what deserves a second look; nothing is saved."""

    duties: list[Duty]
    looks: list[SecondLook]


class Line(Owed):
    """One duty in a list, with its letter; what is owed of a case as a whole has none."""

    letter: str | None
    short: str | None
    kind: str | None
    matter: str
    title: str
    number: str | None
    court: str
    received_on: date | None
    duty: str


class Lines(BaseModel):
    """A page of duties, and how many there are in all."""

    total: int
    duties: list[Line]


class Notice(BaseModel):
    """One message to one person, about one or several letters of a matter.

    `short` names the first of the letters, `duties` has each duty as SHORT/KEY. About a case as a whole there is no
    `short`, and the duty is its key.
    """

    key: str
    to: str
    person: str | None
    kind: str
    status: str
    late: bool
    at: AwareDatetime
    send_at: AwareDatetime
    subject: str
    body: str
    duties: list[str]
    short: str | None
    read_at: AwareDatetime | None = None


class Notices(BaseModel):
    """A page of notices, and how many there are in all."""

    total: int
    notices: list[Notice]


class Drafts(BaseModel):
    """A page of drafts, and how many there are in all."""

    total: int
    drafts: list[Notice]


class AgencyFigures(BaseModel):
    """What one agency owes by lamp; `punctual` is the share done in time within a year, in percent."""

    agency: str
    name: str
    field: str
    red: int
    yellow: int
    green: int
    waiting: int
    missed: int
    punctual: int | None


class Figures(BaseModel):
    """Agencies by lamp, and the open duties due on each of the coming 28 days."""

    agencies: list[AgencyFigures]
    load: dict[date, int]


class Sheets(BaseModel):
    """Reckoning sheets 算期单, one a duty."""

    sheets: list[dict[str, Any]]


class Me(BaseModel):
    """Who calls, and what the token may do."""

    person: str
    name: str
    role: str
    agencies: list[str] | None
    scopes: list[str]


class Done(BaseModel):
    """How many were changed."""

    changed: int


class Agency(BaseModel):
    """An agency of the directory."""

    id: str
    name: str
    name_en: str
    field: str
    active: bool


class Person(BaseModel):
    """A person of the directory."""

    id: str
    name: str
    role: str
    agency: str | None
    fields: list[str]
    email: str | None
    active: bool


class Password(BaseModel):
    """A one-time password; it is shown only in this answer."""

    person: str
    password: str


class Year(BaseModel):
    """One year of the calendar."""

    year: int
    published: bool
    source: str


class Calendar(BaseModel):
    """The calendar in force."""

    calendar: str
    years: list[Year]


class Move(BaseModel):
    """One date that a calendar moves; `letter` is the id of its letter."""

    letter: str
    duty: str
    old_due: date | None
    new_due: date | None


class CalendarChange(BaseModel):
    """What loading a year moves; `loaded` says whether it has been loaded, `matters` how many were counted again."""

    year: int
    calendar: str
    loaded: bool
    matters: int = Field(0)
    moves: list[Move]


class Act(BaseModel):
    """One entry of the record of acts; `object` is the id of what it was done to.

    What concerns a whole matter has the matter's, as wuping/matter/2026-017.
    """

    id: int
    at: AwareDatetime
    by: str
    origin: str
    act: str
    object: str
    old: dict[str, Any] | None
    new: dict[str, Any] | None


class Acts(BaseModel):
    """A page of the record of acts, the latest first; `older` continues it."""

    acts: list[Act]
    older: int | None
