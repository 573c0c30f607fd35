"""What a link to the docket asks for, on the page and by API; and whose duties somebody sees."""

from datetime import timedelta
from typing import Annotated, Literal
from urllib.parse import urlencode

from pydantic import BaseModel, ConfigDict, Field

from docket.letters import Letters
from docket.lists import Filter, Scope, Sort
from docket.matters import Matters, Order
from rules.access import Viewer
from rules.counting.written import Day
from rules.duties.lamp import Lamp, Light
from rules.letters.cases import Proceeding
from rules.letters.fields import OneOf
from rules.letters.registry import kinds

_Short = Annotated[str, Field(max_length=200)]


class Asked(BaseModel):
    """Filters, order and page of a list of duties; what is left out does not narrow it."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    q: _Short = Field("", description="案件、案由、文号、当事人、机关 matter, subject, number, party or agency")
    agency: _Short | None = Field(None, description="机关代号 agency")
    kind: Annotated[str, OneOf(lambda: list(kinds()))] | None = Field(None, description="来文种类 kind of letter")
    lamp: Lamp | None = Field(None, description="预警 lamp")
    light: Light | None = Field(None, description="预警颜色 colour of the lamp")
    field: _Short | None = Field(None, description="分管领域 field of government")
    overdue: bool = Field(False, description="只看逾期 overdue only")
    late: bool = Field(False, description="只看逾期和迟办 late ones only, overdue or past a soft target")
    waiting: bool = Field(False, description="只看未起算 only those that wait for day zero")
    weekly: bool = Field(False, description="只看未报、迟报的每周通报 weekly reports that are missing or late")
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
            agency=self.agency, kind=self.kind, lamp=self.lamp, light=self.light, overdue=self.overdue, late=self.late,
            waiting=self.waiting, due_from=self.due_from,
            due_before=self.due_to + timedelta(days=1) if self.due_to else None,
            search=self.q.strip(), field=self.field, weekly=self.weekly, obligor=self.obligor,
            # A search finds what is open and what is closed alike.
            everything=self.all or self.weekly or bool(self.q.strip()),
        )  # fmt: skip

    def link(self) -> str:
        """Return the query of a link that asks for the same, from the first page on."""
        return _link(self)

    def sorted_by(self, name: str) -> str:
        """Return the query of the same list in another order; in the order that it has, turned round."""
        return _link(self.model_copy(update={"sort": name, "down": self.sort == name and not self.down}))


def scope_of(viewer: Viewer) -> Scope:
    """Return whose duties a viewer sees."""
    return Scope(viewer.agencies, viewer.obligors)


class AskedMatters(BaseModel):
    """Filters, order and page of a list of matters."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    q: _Short = Field("", description="案件、案由、文号、当事人、机关 text in matter, subject, number, party or agency")
    proceeding: Proceeding | None = Field(None, description="审级 instance that it is in")
    all: bool = Field(False, description="含已办结 those in which nothing is owed too")
    sort: Order = "due"
    down: bool = Field(False, description="倒序 descending")
    page: int = Field(1, ge=1, le=100_000)

    def filter(self) -> Matters:
        """Return the criteria."""
        proceeding = self.proceeding.value if self.proceeding else None
        return Matters(self.q.strip(), proceeding, self.all, self.sort, self.down)

    def link(self) -> str:
        """Return the query of a link that asks for the same, from the first page on."""
        return _link(self)

    def sorted_by(self, name: str) -> str:
        """Return the query of the same list in another order; in the order that it has, turned round."""
        return _link(self.model_copy(update={"sort": name, "down": self.sort == name and not self.down}))


class AskedLetters(BaseModel):
    """Filters and page of a list of letters."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    q: _Short = Field("", description="案件、案由、文号、法院、当事人 text in matter, subject, number, court or party")
    agency: _Short | None = Field(None, description="机关代号 agency")
    kind: Annotated[str, OneOf(lambda: list(kinds()))] | None = Field(None, description="来文种类 kind of letter")
    all: bool = Field(False, description="含已办结 finished ones too")
    page: int = Field(1, ge=1, le=100_000)

    def filter(self) -> Letters:
        """Return the criteria."""
        return Letters(self.q.strip(), self.kind, self.agency, self.all)


def _link(asked: BaseModel) -> str:
    given = asked.model_dump(mode="json", exclude_defaults=True, exclude={"page"})
    kept = {name: value for name, value in given.items() if value not in (None, False, "")}
    return urlencode({name: "1" if value is True else value for name, value in kept.items()})
