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
from rules.letters.terms import AgencyService, Party, PartyRole, Stage


class Letter(Typed):
    """One arrival from a court; `kind` names its class among those that are registered."""

    shown = to_all(
        "kind", "county", "matter", "title", "plaintiff", "court", "number", "issued_on", "received_at", "agencies",
        "lead_agency", "county_government", "duties_for", "major", "history", "note",
    )  # fmt: skip

    kind: str
    county: AgencyId = Field("wuping", description="县 county")
    matter: Identifier = Field(description="案件编号 matter id, e.g. 2026-017")
    title: Annotated[str, Field(max_length=200)] = Field("", description="案由 what the dispute is about")
    plaintiff: Annotated[str, Field(max_length=200)] = Field("", description="原告（起诉人） plaintiff")
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
    history: bool = Field(
        False,
        description="历史补录（不提醒、不督办、不计入按期率） a letter of the past: told to nobody",
    )
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
        named = [(party.role.value, party.name) for party in self.others]
        suing = (PartyRole.PLAINTIFF.value, self.plaintiff)
        return [suing, *named] if self.plaintiff and suing not in named else named

    @property
    def people(self) -> Iterable[str]:
        """List whoever else a letter is found by: who sues, calls or takes part."""
        return [name for _, name in self.sides]

    def learned_from(self, agency: str) -> bool:
        """Tell whether the bureau learned of the letter from an agency, so that registering it is the agency's word."""
        return False

    @property
    def known_from_court(self) -> bool:
        """Tell whether the bureau had the letter from the court itself, so that no agency has to tell it."""
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


def compact(words: str) -> str:
    """Spell a name or number without its signs, as people type it who leave them out: 2026-018 as 2026018."""
    return "".join(each for each in searchable(words) if each.isalnum())


def found_by(names: Iterable[str | None], *others: str | None) -> str:
    """Return what something is found by: names and numbers, with their signs and without, and other words."""
    known = [name for name in names if name]
    words = [*map(searchable, known), *(searchable(word) for word in others if word)]
    # In one order, whoever asks: the audit compares what a row says with what its state leads to.
    return "\n".join(dict.fromkeys([*words, *(compact(name) for name in known)]))


def search_words(letter: Letter, short: str) -> str:
    """Return what a letter is found by: matter, number, title, court, short name, and people."""
    return found_by((letter.matter, letter.number), letter.title, letter.court, short, *letter.people)
