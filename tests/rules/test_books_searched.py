"""A book that is let in is sound: whatever a county writes, letters live under it, or file and key are named."""

import re
from collections import Counter
from collections.abc import Callable
from datetime import datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from desk.wording import owed_by, owed_to, state_of
from rules.accept.rulebook import read_rulebook
from rules.books.model import Rule, Rulebook
from rules.dossier.core import step
from rules.dossier.matter import matter_view
from rules.dossier.state import Arrival, Dossier, Happening, Outcome
from rules.dossier.view import duty_view, reckoning_view
from rules.duties.duty import DutyState
from rules.errors import RulebookRefused
from rules.letters.events import Excuse
from rules.letters.letter import Letter
from rules.telling.notices import NoticeItem
from rules.texts import LANGUAGES
from tests.rules.altered_books import FILE, Book, recombined, renamed, shipped, touched, written
from tests.rules.builders import Play, letter, worded
from tests.rules.lives import Turn, Watched, letters, matters, turn
from tests.rules.reading_cases import judgment, played
from tests.rules.test_properties import KINDS, slow
from tests.rules.test_recount import differences

NAMES = {"forestry": "林业局", "transport": "交通局"}


def let_in(book: Book) -> Rulebook | None:
    """Read a book; one that is refused names the file, and in it a rule of the book and a field of that."""
    try:
        return read_rulebook(written(book), FILE)
    except RulebookRefused as refused:
        file, _, key = refused.field.partition(":")
        table, rule, field, *_ = key.split(".")
        assert (file, table) == (FILE, "rules")
        assert rule in book["rules"]
        assert field in Rule.model_fields
        return None


class Read(Watched):
    """A matter of which everything that people read is read after every step."""

    def _took(self, outcome: Outcome) -> None:
        super()._took(outcome)
        views = [duty_view(duty, self.now) for duty in self.dossier.duties]
        for language in LANGUAGES:
            for notice in outcome.notices:
                assert worded(self, notice, NAMES, language).subject
            for view in views:
                assert owed_by(view, NAMES, language)
                assert state_of(view, language)
                owed_to(view, NAMES, language)
        assert matter_view(self.dossier, self.now, self.coming)["letters"]
        assert all(reckoning_view(duty)["sentence"] for duty in self.dossier.duties)


class Life:
    """What comes to a matter under an altered book: letters of the kinds that it treats otherwise, and events."""

    def __init__(self, book: Book, arrived: Letter, life: list[Turn]) -> None:
        self.book = book
        self.arrived = arrived
        self.life = life

    def __repr__(self) -> str:
        before = shipped()["rules"]
        others = {name: rule for name, rule in self.book["rules"].items() if before.get(name) != rule}
        return f"{others}, without {before.keys() - self.book['rules'].keys()}: {self.arrived!r}, {self.life}"


@st.composite
def lives(draw: st.DrawFn, most: int = 6) -> Life:
    book = draw(recombined())
    first = draw(letters(touched(book)))
    return Life(book, first, draw(matters(KINDS, most)))


def lived(each: Life) -> bool:
    """Play a matter under a book if it is let in: every step is watched, read, and counted a second time."""
    book = let_in(each.book)
    if book is None:
        return False
    play = Read(each.arrived, book=book)
    for what in each.life:
        turn(play, what)
        assert differences(play) == []
    return True


@given(lives())
@settings(slow, max_examples=50)
def test_under_a_book_that_is_let_in_letters_live(each: Life) -> None:
    lived(each)


@pytest.mark.slow
@given(lives())
@settings(slow, max_examples=700)
def test_under_any_book_that_is_let_in_letters_live(each: Life) -> None:
    lived(each)


Said = dict[str, object]


def _said(outcome: Outcome, named: Callable[[str], str]) -> Said:
    """Return all that a step leads to, with each duty under the name that its rule has in the other book."""
    state = outcome.state
    left_out = {"key", "rule", "entry", "place"}

    def of_id(identity: str) -> str:
        letter, between, key = identity.rpartition("/")
        return f"{letter}{between}{named(key)}"

    def of_rung(key: str) -> str:
        identity, _, rest = key.partition("|")
        return f"{of_id(identity)}|{rest}"

    def of_item(item: NoticeItem) -> Said:
        return item.model_dump(exclude={"rule"}) | {"duty": named(item.duty)}

    return {
        "duties": {of_id(duty.id): duty.model_dump(exclude=left_out) for duty in state.duties},
        "windows": state.windows,
        "closed": (state.closed, state.closed_at, state.voided, state.next_wake),
        "coming": {(of_rung(rung.key), rung.at, rung.level) for rung in state.coming},
        "fired": {(of_rung(rung.key), rung.fired_at, rung.level) for rung in state.fired},
        "moves": {(of_id(move.duty), move.old_due, move.new_due, move.why) for move in state.moves},
        "grace": {of_id(identity): day for identity, day in state.grace.items()},
        "withdrawn": {of_id(identity) for identity in outcome.withdrawn},
        "notices": {
            notice.key: (
                notice.model_dump(exclude={"items", "rungs"}),
                sorted((of_item(item) for item in notice.items), key=lambda item: str((item["letter"], item["duty"]))),
            )
            for notice in outcome.notices
        },
    }


class Twinned(Play):
    """A matter that is played twice at once: under a book, and under one whose rules have other names and places."""

    def __init__(self, letter: Letter, book: Rulebook, other: Rulebook, names: dict[str, str]) -> None:
        self.other = other
        self.names = names
        self.twin: Dossier | None = None
        super().__init__(letter, book=book)

    def _step(self, moment: datetime, happening: Happening | None = None, by: str = "system") -> None:
        outcome = step(self.dossier, moment, self.books, self.calendar, happening, by)
        twin = self.twin or self.dossier.model_copy(update={"rulebook": self.other.version})
        books = {self.other.version: self.other}
        alike = step(twin, moment, books, self.calendar, self._under_the_other(happening), by)
        self.twin = alike.state
        assert _said(alike, str) == _said(outcome, self._named)
        self._took(outcome)

    def _under_the_other(self, happening: Happening | None) -> Happening | None:
        if isinstance(happening, Arrival):
            return happening.model_copy(update={"rulebook": self.other.version})
        if happening is not None and isinstance(happening.event, Excuse):
            event = happening.event.model_copy(update={"duty": self._named(happening.event.duty)})
            return happening.model_copy(update={"event": event})
        return happening

    def _named(self, key: str) -> str:
        """Return a duty's key the new name of its rule, which is what stands before its week, round or agency."""
        rule = next(name for name in self.names if re.match(rf"{name}([.@]|-rework-|$)", key))
        return self.names[rule] + key.removeprefix(rule)


@st.composite
def twins(draw: st.DrawFn) -> tuple[Life, Book, dict[str, str]]:
    """Make up a life under the shipped book or an altered one, and the same book with other names and places."""
    each = draw(lives())
    each.book = each.book if draw(st.booleans()) else shipped()
    return each, *draw(renamed(each.book))


def lived_alike(each: Life, other: Book, names: dict[str, str]) -> None:
    """Play a matter under two books that differ in the names and places of their rules: all else is the same."""
    book, alike = let_in(each.book), let_in(other)
    assert (book is None) is (alike is None)
    if book is None or alike is None:
        return
    play = Twinned(each.arrived, book, alike, names)
    for what in each.life:
        turn(play, what)


@given(twins())
@settings(slow, max_examples=12)
def test_other_names_and_places_of_rules_change_nothing_else(made_up: tuple[Life, Book, dict[str, str]]) -> None:
    lived_alike(*made_up)


@pytest.mark.slow
@given(twins())
@settings(slow, max_examples=500)
def test_other_names_and_places_of_any_rules_change_nothing_else(made_up: tuple[Life, Book, dict[str, str]]) -> None:
    lived_alike(*made_up)


@pytest.mark.slow
def test_the_books_that_are_made_up_are_let_in_now_and_then() -> None:
    """A search that only ever meets refusals would prove nothing; one that meets none, no check."""
    met: Counter[bool] = Counter()

    @given(recombined())
    @settings(slow, max_examples=200)
    def search(book: Book) -> None:
        met[let_in(book) is not None] += 1

    search()
    assert met[True] > 40
    assert met[False] > 40


def test_of_two_results_that_end_on_one_day_it_is_not_the_first_in_the_book_that_closes_the_window() -> None:
    book = shipped()
    rules = book["rules"]
    rules["R05"]["cancelled_by"] = []
    rules["R07"]["cancelled_by"] = ["judgment_given"]
    rules["R96"] = rules["R07"] | {"cancelled_by": ["recall"]}
    turned = book | {"rules": dict(reversed(rules.items()))}
    windows = []
    for each in (book, turned):
        known = let_in(each)
        assert known is not None
        play = Play(letter("mediation_letter", "0310", stage="trial"), book=known)
        play.record("judgment_given", "0320", "0320 15:00")
        play.record("recall", "0320")
        windows.append((play.duty("R05").state, play.duty("R05").ended_by, play.window.ended_by))
    assert windows == [(DutyState.CANCELLED, "recall", "recall")] * 2


def test_what_a_county_calls_an_appeal_does_not_make_a_filing_missed() -> None:
    """A document that was appealed against never was in effect, so nothing was to be filed."""
    for called in ("not_in_effect", "recall", "appealed"):
        play = played(judgment("0310"), f'[rules.R16.ended_as]\nappealed = "{called}"\n')
        play.record("appealed", "0420")
        assert (play.duty("R16@forestry").state, play.duty("R16@forestry").ended_by) == (DutyState.CANCELLED, called)
    play = played(judgment("0310"), '[rules.R17.ended_as]\nset_aside = "appealed"\n')
    play.record("set_aside", "0620")
    assert (play.duty("R17@forestry").state, play.duty("R17@forestry").ended_by) == (DutyState.MISSED, "appealed")
