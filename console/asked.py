"""What a link to the docket asks for, on the page and by API; and whose duties somebody sees."""

from datetime import timedelta
from typing import Annotated, Literal
from urllib.parse import urlencode

from pydantic import BaseModel, ConfigDict, Field

from docket.lists import Filter, Scope, Sort
from docket.matters import Matters
from rules.access import Viewer
from rules.counting.written import Day
from rules.duties.duty import Light
from rules.letters.cases import Proceeding
from rules.letters.fields import OneOf
from rules.letters.registry import kinds

_Short = Annotated[str, Field(max_length=200)]


class Asked(BaseModel):
    """Filters, order and page of a list of duties; what is left out does not narrow it."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    q: _Short = Field("", description="案件、案由、文号、法院 text in matter, subject, number or court")
    agency: _Short | None = Field(None, description="机关代号 agency")
    kind: Annotated[str, OneOf(lambda: list(kinds()))] | None = Field(None, description="来文种类 kind of letter")
    light: Light | None = Field(None, description="灯 lamp")
    field: _Short | None = Field(None, description="分管领域 field of government")
    overdue: bool = Field(False, description="只看逾期 overdue only")
    late: bool = Field(False, description="只看逾期和未及时 late ones only, overdue or not prompt")
    waiting: bool = Field(False, description="只看待起算 only those that wait for day zero")
    weekly: bool = Field(False, description="只看缺报、迟报的每周通报 weekly reports that are missing or late")
    obligor: Literal["agency", "bureau", "all", "county_leader"] | None = Field(None, description="责任方 owed by")
    all: bool = Field(False, description="含已办结 finished ones too")
    due_from: Day | None = Field(None, description="期限自 due on or after")
    due_to: Day | None = Field(None, description="期限至 due on or before")
    sort: Sort = "due"
    down: bool = Field(False, description="倒序 descending")
    page: int = Field(1, ge=1, le=100_000)

    def filter(self) -> Filter:
        """Return the criteria."""
        return Filter(
            agency=self.agency, kind=self.kind, light=self.light, overdue=self.overdue, late=self.late,
            waiting=self.waiting, due_from=self.due_from,
            due_before=self.due_to + timedelta(days=1) if self.due_to else None,
            search=self.q.strip(), field=self.field, weekly=self.weekly, obligor=self.obligor,
            everything=self.all or self.weekly or self.light is Light.GREY,
        )  # fmt: skip

    def link(self) -> str:
        """Return the query of a link that asks for the same, from the first page on."""
        given = self.model_dump(mode="json", exclude_defaults=True, exclude={"page"})
        kept = {name: value for name, value in given.items() if value not in (None, False, "")}
        return urlencode({name: "1" if value is True else value for name, value in kept.items()})


def scope_of(viewer: Viewer) -> Scope:
    """Return whose duties a viewer sees."""
    return Scope(viewer.agencies, viewer.obligors)


class AskedMatters(BaseModel):
    """Filters and page of a list of matters."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    q: _Short = Field("", description="案件、案由、文号、当事人 text in matter, subject, number or parties")
    proceeding: Proceeding | None = Field(None, description="审级 instance that it is in")
    all: bool = Field(False, description="含已办结 those in which nothing is owed too")
    page: int = Field(1, ge=1, le=100_000)

    def filter(self) -> Matters:
        """Return the criteria."""
        return Matters(self.q.strip(), self.proceeding.value if self.proceeding else None, self.all)

    def link(self) -> str:
        """Return the query of a link that asks for the same, from the first page on."""
        given = {"q": self.q, "proceeding": self.proceeding, "all": "1" if self.all else ""}
        return urlencode({name: value for name, value in given.items() if value})
