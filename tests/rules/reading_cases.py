"""A county's own rulebook, and the letters that the tests of its readings are told with."""

from datetime import date
from typing import Any

from rules.accept.rulebook import read_rulebook
from rules.books.model import Rulebook
from rules.letters.letter import Letter
from tests.rules.builders import Play, day, letter

HEAD = 'base = "wuping-2023-47"\n'
THIRD = {"role": "third_party", "name": "钟某"}
PLAINTIFF = {"role": "plaintiff", "name": "陈某"}


def county(toml: str = "") -> Rulebook:
    """Return the shipped rulebook as a county's own file changes it."""
    return read_rulebook(HEAD + toml, "test")


def played(arrived: Letter, toml: str = "", registered: str = "") -> Play:
    """Register a letter under a county's own readings."""
    return Play(arrived, registered, book=county(toml))


def served(kind: str, received: str, by_agency: str = "", **fields: Any) -> Letter:
    """Return a letter whose agency received the paper itself, on the bureau's day unless said otherwise."""
    agencies = [{"agency": "forestry", "received_on": day((by_agency or received).split()[0])}]
    return letter(kind, received, fields.pop("agencies", agencies), **fields)


def judgment(received: str, by_agency: str = "", **fields: Any) -> Letter:
    """Return a first-instance judgment of 26 February that revokes the act."""
    lost = {"judged_on": day("0226"), "document": "judgment", "instance": "first", "outcomes": ["revoked"]}
    return served("judgment", received, by_agency, **(lost | fields))


def consents(play: Play, on: str, parties: tuple[str, ...] = ("forestry", "陈某"), round: int = 1) -> None:
    """Record that parties consent to prolong the window."""
    for party in parties:
        play.record("consent", on, party=party, round=round)


def extends(play: Play, on: str, round: int = 1, **length: Any) -> None:
    """Record the consents of a day and the letter of extension, sent and copied on it."""
    consents(play, on, round=round)
    play.record("extension", on, round=round, copied_on=day(on), **length)


def dues(play: Play, rule: str) -> list[date | None]:
    """List the due dates of a rule's duties, in their order."""
    return [duty.due for duty in play.state.duties if duty.rule == rule]


def why(play: Play, key: str) -> str:
    """Return a duty's reckoning as its sentence in Chinese."""
    explained = play.duty(key).sheet
    assert explained is not None
    return explained.sentence()
