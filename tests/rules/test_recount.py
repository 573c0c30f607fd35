"""The second count of the audit: the same dates by another road, whatever happens and whatever a county reads."""

import ast
from datetime import date, timedelta
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import rules.recount
from rules.accept.rulebook import read_rulebook
from rules.books.model import Rulebook
from rules.counting.calendar import Calendar
from rules.duties.duty import id_of, key_of
from rules.letters.events import Event
from rules.letters.letter import Letter
from rules.letters.registry import kinds
from rules.recount import recounted
from tests.rules.altered_books import FILE, Book, read_otherwise, written
from tests.rules.builders import CALENDAR, Play, at, shipped
from tests.rules.lives import Happening, Turn, happen, happenings, letters, matters, turn
from tests.rules.reading_cases import county, judgment, served
from tests.rules.test_properties import KINDS, slow

READINGS: tuple[dict[str, str], ...] = (
    {},
    {"rule.unit": '"working_day"', "rule.roll": '"none"'},
    {"feedback.anchor": '"bureau_call"', "window.anchor": '"agency_receipt"', "notice.anchor": '"later_of_both"'},
    {"window.anchor": '"letter_date"', "extension.base": '"rolled"', "extension.parties": '"plaintiff_defendant"'},
    {"extension.base": '"last_consent"', "notice.report": '"soft"', "result.inclusive": "false"},
    {"extension.base": '"day_zero"', "weekly.mode": '"calendar_week"', "soft.reply": "0", "soft.immediately": "1"},
    {"filing.anchor": '"effective"', "analysis.anchor": '"receipt"', "receipt.after_hours": '"next_working_day"'},
    {"compliance.moment": '"arrival"', "filing.anchor": '"receipt"', "window.on_filing": '"end"'},
)
BOOKS = [county("\n".join(f"readings.{key} = {value}" for key, value in each.items())) for each in READINGS]
NOT_YET = Calendar(
    [shipped(year) for year in (2024, 2025)]
    + [shipped(year).model_copy(update={"issued": None}) for year in (2026, 2027)]
)


def differences(play: Play) -> list[tuple[str, object, object]]:
    """List the unfinished duties whose dates the two counts do not agree on, and those that only one of them knows."""
    years = play.calendar.years.values()
    counted = recounted(play.dossier.letters, play.dossier.entries, play.books, years, play.dossier.rulebook)
    expected = {id_of(letter, key): due for letter, dates in counted.items() for key, due in dates.items()}
    present = {duty.id: duty for duty in play.dossier.duties}
    found: list[tuple[str, object, object]] = [
        (key, expected.get(key, "unknown"), duty.due)
        for key, duty in present.items()
        if duty.unfinished and expected.get(key, "unknown") != duty.due
    ]
    # Weeks between an expiry and a late extension are nobody's, and only derive leaves them out.
    weekly = tuple(f"{rule.id}." for rule in play.book.rules.values() if rule.shape == "weekly")
    lost = [key for key in expected if key not in present and not key_of(key).startswith(weekly)]
    return found + [(key, expected[key], "no duty") for key in lost]


@given(letters(KINDS), happenings(8), st.sampled_from(BOOKS), st.booleans())
@settings(slow, max_examples=200)
def test_two_counts_agree_whatever_happens(
    arrived: Letter, life: list[Happening], book: Rulebook, published: bool
) -> None:
    play = Play(arrived, book=book, calendar=CALENDAR if published else NOT_YET)
    for happening in life:
        happen(play, happening)
        assert differences(play) == []


@pytest.mark.slow
@given(letters(["mediation_letter"]), st.lists(st.integers(0, 500), min_size=1, max_size=4), st.sampled_from(BOOKS))
@settings(slow, max_examples=60)
def test_two_counts_agree_on_extensions_whoever_owes_them(arrived: Letter, dice: list[int], book: Rulebook) -> None:
    """Consents, the letter of extension and its copies in any order, complete or not; one agency owing for all."""
    play = Play(arrived, book=book)
    consent = sorted(kinds()["mediation_letter"].happenings).index("consent")
    for die in dice:
        happen(play, Happening(timedelta(days=1), 0, consent, 2 * die + 1))
        assert differences(play) == []
        play.wake(play.now + timedelta(days=die % 9))
        assert differences(play) == []


@pytest.mark.parametrize("kind", KINDS)
def test_a_date_that_is_a_day_off_is_found(kind: str) -> None:
    """The comparison can fail: each dated duty is moved by a day, and each is found."""
    fields: dict[str, Any] = {"appearance_notice": {"hearing_at": at("0420 09:00")}}.get(kind, {})
    play = Play(judgment("0310") if kind == "judgment" else served(kind, "0310", **fields))
    dated = [duty for duty in play.dossier.duties if duty.unfinished and duty.due]
    assert dated
    for duty in dated:
        moved = duty.model_copy(update={"due": duty.due.replace(day=duty.due.day % 28 + 1)}) if duty.due else duty
        others = [moved if each.id == duty.id else each for each in play.dossier.duties]
        before, play.dossier = play.dossier, play.dossier.model_copy(update={"duties": tuple(others)})
        assert [key for key, *_ in differences(play)] == [duty.id]
        play.dossier = before


@given(letters(KINDS, date(2026, 3, 2), 20), matters(KINDS, 8), read_otherwise(), st.booleans())
@settings(slow, max_examples=80)
def test_two_counts_agree_over_the_whole_life_of_a_matter(
    arrived: Letter, life: list[Turn], book: Book, published: bool
) -> None:
    """Several letters of a matter, what happens to each and to the case itself, under whatever a county reads."""
    agree(arrived, life, book, published)


@pytest.mark.slow
@given(letters(KINDS), matters(KINDS, 14), read_otherwise(), st.booleans())
@settings(slow, max_examples=500)
def test_two_counts_agree_over_long_lives_of_matters(
    arrived: Letter, life: list[Turn], book: Book, published: bool
) -> None:
    agree(arrived, life, book, published)


def agree(arrived: Letter, life: list[Turn], book: Book, published: bool) -> None:
    """Play a matter, and assert after each turn that both counts have the same dates."""
    play = Play(arrived, book=read_rulebook(written(book), FILE), calendar=CALENDAR if published else NOT_YET)
    for each in life:
        turn(play, each)
        assert differences(play) == []


# ---- another road ----

OWN = {path.stem: path for path in Path(rules.recount.__file__).parent.glob("*.py")}
COUNTING = {
    "rules.counting.clock": {"local", "local_date"},
    "rules.counting.period": {"Unit"},
    "rules.counting.years": {"YearDocument"},
}
"""What both counts share of counting: the clock of Shanghai, the names of units, the holiday notices themselves."""


def test_each_kind_has_a_second_count_in_a_module_of_its_own() -> None:
    assert set(kinds()) == OWN.keys() - {"__init__", "case", "count", "days"}
    for name, kind in kinds().items():
        assert import_module(f"rules.recount.{name}").SECOND.model is kind.model


@pytest.mark.parametrize("module", sorted(OWN))
def test_a_second_count_takes_no_more_of_a_kind_than_its_letter_and_events(module: str) -> None:
    """Which modules it imports is a contract of import-linter; this is what of them."""
    for taken in ast.walk(ast.parse(OWN[module].read_text("utf-8"))):
        assert not isinstance(taken, ast.Import) or all(not each.name.startswith("rules") for each in taken.names)
        if not isinstance(taken, ast.ImportFrom) or taken.module is None:
            continue
        names = {each.name for each in taken.names}
        if taken.module.startswith("rules.kinds"):
            found = [getattr(import_module(taken.module), name) for name in names]
            assert all(isinstance(each, type) and issubclass(each, Letter | Event) for each in found), names
        elif taken.module.startswith("rules.counting"):
            assert names <= COUNTING[taken.module]
