"""来文: what every letter that starts a watch has in common. Each kind adds its own in rules/kinds."""

import hashlib
from collections.abc import Iterable
from datetime import date
from functools import lru_cache
from typing import Annotated, Literal

from pydantic import Field

from rules.counting.clock import local_date
from rules.counting.written import Day, half_width
from rules.letters.fields import AgencyId, DocumentNumber, Identifier, Instant, Name, Remark, Typed, to_all
from rules.letters.terms import AgencyService, Party, Stage


class Letter(Typed):
    """One arrival from a court; `kind` names its class among those that are registered."""

    shown = to_all(
        "kind", "county", "matter", "title", "court", "number", "issued_on", "received_at", "agencies", "lead_agency",
        "county_government", "duties_for", "major", "note",
    )  # fmt: skip

    kind: str
    county: AgencyId = Field("wuping", description="县 county")
    matter: Identifier = Field(description="案件编号 matter id, e.g. 2026-017")
    title: Annotated[str, Field(max_length=200)] = Field("", description="案由 what the dispute is about")
    court: Name = Field(description="人民法院 court")
    number: DocumentNumber | None = Field(None, description="来文字号或案号 the court's number, e.g. (2026)闽0824委1号")
    issued_on: Day | None = Field(None, description="成文日期 date written on the letter")
    received_at: Instant = Field(description="司法局收到时间 when the bureau received it: a date or an instant")
    agencies: tuple[AgencyService, ...] = Field(
        min_length=1, max_length=30, description="涉诉行政机关 agency, ID or ID=DATE it received the paper"
    )
    lead_agency: AgencyId | None = Field(None, description="牵头应诉单位 lead agency (default: the first)")
    county_government: bool = Field(False, description="以县政府为被告 the county government is the defendant")
    duties_for: Literal["each", "lead"] = Field("each", description="责任单位 who owes the duties (A22)")
    major: bool = Field(False, description="重大疑难 difficult, or of considerable social influence (R15)")
    note: Remark = Field("", description="备注 remark")
    anew: int = Field(0, ge=0, le=99, description="filled in by the desk: how often it was voided before")

    @property
    def lead(self) -> str:
        """Name the lead agency: the one marked, else the first."""
        return self.lead_agency or self.agencies[0].agency

    @property
    def received_on(self) -> date:
        """Return the date in Shanghai on which the bureau received the letter."""
        return local_date(self.received_at)

    @property
    def agency_ids(self) -> tuple[str, ...]:
        """List the agencies that owe duties of their own (A22)."""
        return tuple(each.agency for each in self.agencies) if self.duties_for == "each" else (self.lead,)

    @property
    def stage_at_receipt(self) -> Stage | None:
        """Return the stage the letter came in, None where that makes no difference to it."""
        return None

    @property
    def others(self) -> tuple[Party, ...]:
        """List the parties beside the agencies, where the letter names them by their roles."""
        return ()

    @property
    def sides(self) -> Iterable[tuple[str, str]]:
        """List the parties beside the agencies as far as the letter names any, each as its role and its name."""
        return [(party.role.value, party.name) for party in self.others]

    @property
    def people(self) -> Iterable[str]:
        """List whoever else a letter is found by: who sues, calls or takes part."""
        return [name for _, name in self.sides]

    def learned_from(self, agency: str) -> bool:
        """Tell whether the bureau learned of the letter from an agency, so that registering it is the agency's word."""
        return False

    def service(self, agency: str) -> AgencyService:
        """Return what the letter says about one of its agencies."""
        return next(each for each in self.agencies if each.agency == agency)


MATTER = "matter"
"""What stands in a matter's id where a letter's has its kind."""

DESK_FIELDS = frozenset({"anew"})
"""What the desk fills in from the matter's other letters; people can't."""


def letter_id(letter: Letter) -> str:
    """Name a letter by what it is: county, kind, matter, and the court's number or the day of receipt.

    The same paper gives the same name, so registering it twice finds the first; one that was entered by mistake and
    voided is registered anew under a name of its own.
    """
    paper = letter.number or letter.received_on.isoformat()
    return f"{letter.county}/{letter.kind}/{letter.matter}/{paper}" + (f"/{letter.anew + 1}" if letter.anew else "")


def matter_id(county: str, matter: str) -> str:
    """Name a matter's dossier, which is its workflow's id: whose it is, and what people call it."""
    return f"{county}/{MATTER}/{matter}"


@lru_cache(maxsize=4096)
def short_id(identifier: str) -> str:
    """Return a letter's short name, eight letters and digits that a person can type."""
    alphabet = "23456789abcdefghjkmnpqrstuvwxyz"
    digest = int.from_bytes(hashlib.sha256(identifier.encode()).digest()[:8], "big")
    letters = []
    for _ in range(8):
        digest, place = divmod(digest, len(alphabet))
        letters.append(alphabet[place])
    return "".join(letters)


def searchable(words: str) -> str:
    """Spell what people type when they search, and what they search in, alike: half-width and in small letters."""
    return half_width(words).casefold()


def search_words(letter: Letter, short: str) -> str:
    """Return what a letter is found by: matter, title, number, court, short name, and people."""
    words = (letter.matter, letter.title, letter.number, letter.court, short, *letter.people)
    return "\n".join(searchable(word) for word in words if word)
