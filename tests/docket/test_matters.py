"""A matter of several letters in the docket: a row for each, one notice of all, and what is owed of each apart."""

from datetime import datetime

import pytest
from sqlalchemy import Engine
from sqlmodel import col, select

from docket.engine import reading
from docket.lists import EVERYBODY, Scope
from docket.matters import Matters, count_matters, list_matters
from docket.reads import find_letter, find_matter, notices_of
from docket.tables import DutyRow, EventRow, LetterRow, NoticeRow
from rules.dossier.core import opened, step
from rules.dossier.letter import letter_of
from rules.dossier.state import Arrival, Dossier, Outcome
from rules.duties.duty import id_of
from rules.errors import Refused
from rules.letters.events import Entry, event_id
from rules.letters.letter import letter_id
from rules.letters.registry import event_adapter, letter_adapter
from tests.conftest import START, moment
from tests.docket.test_settle import BOOK, BOOKS, CALENDAR, planned, written
from tests.engine.letters import FEEDBACK, mediation, oral

FIRST, SECOND = "wuping/oral_notice/both/2026-03-10", "wuping/oral_notice/both/2026-03-11"
ANOTHER = "2026-03-11T09:30:00+08:00"
R03 = [id_of(letter, "R03@forestry") for letter in (FIRST, SECOND)]


def arrived(state: Dossier, data: dict[str, object], now: datetime) -> Outcome:
    """Register another letter of a matter."""
    letter = letter_adapter().validate_python(data)
    arrival = Arrival(letter_id=letter_id(letter), letter=letter, rulebook=BOOK.version, at=now, by="clerk2")
    return step(state, now, BOOKS, CALENDAR, arrival)


def recorded(state: Dossier, now: datetime, letter: str, kind: str, **fields: object) -> Outcome:
    """Record an event of one letter of a matter."""
    event = event_adapter().validate_python({"type": kind, "on": now.date(), **fields})
    entry = Entry(id=event_id(letter, event), letter=letter, event=event, at=now, by="clerk1")
    return step(state, now, BOOKS, CALENDAR, entry)


def woken(engine: Engine, state: Dossier, until: datetime) -> Dossier:
    while state.next_wake is not None and state.next_wake <= until:
        now = state.next_wake
        state = written(engine, step(state, now, BOOKS, CALENDAR), f"wake-{state.version}", now)
    return state


def both_told(engine: Engine) -> Dossier:
    """Register two oral notices of one matter; the forestry bureau is told of both on 11 March: due on the 17th."""
    state = written(engine, planned(oral("both")), "1")
    now = moment("2026-03-11")
    state = written(engine, arrived(state, oral("both", received_at=ANOTHER), now), "2", now)
    for letter in (FIRST, SECOND):
        for event in ("told", "reported"):
            state = written(engine, recorded(state, now, letter, event), f"{event} {letter}", now)
    return state


@pytest.fixture
def both(docket: Engine) -> Dossier:
    """Two oral notices of one matter, both due on 17 March."""
    return both_told(docket)


def test_each_letter_has_its_row_its_duties_and_its_events(docket: Engine, both: Dossier) -> None:
    with reading(docket) as session:
        letters = session.exec(select(LetterRow).order_by(LetterRow.id)).all()
        assert [(row.id, row.dossier_id, row.registered_by) for row in letters] == [
            (FIRST, "wuping/matter/both", "clerk1"), (SECOND, "wuping/matter/both", "clerk2"),
        ]  # fmt: skip
        for letter in (FIRST, SECOND):
            owed = session.exec(select(DutyRow.key).where(DutyRow.letter_id == letter).order_by(col(DutyRow.position)))
            assert list(owed) == ["R01@forestry", "R02@forestry", "R03@forestry"]
            happened = session.exec(select(EventRow.type).where(EventRow.letter_id == letter).order_by(EventRow.type))
            assert set(happened) == {"arrived", "told", "reported"}
        assert find_letter(session, SECOND).duties == letter_of(both, SECOND).duties
        with pytest.raises(Refused) as many:
            find_letter(session, "both")
    assert many.value.key == "ambiguous_letter"


def test_what_two_letters_ask_for_by_one_day_is_told_in_one_notice_of_the_matter(docket: Engine, both: Dossier) -> None:
    woken(docket, both, moment("2026-03-17", "12:00"))
    with reading(docket) as session:
        reminders = session.exec(select(NoticeRow).where(NoticeRow.kind == "reminder")).all()
        assert reminders
        assert all(sorted(row.duties) == sorted(R03) and row.person == "forestry_liaison" for row in reminders)
        told = {letter: notices_of(session, both.id, letter_of(both, letter)) for letter in (FIRST, SECOND)}
        every = notices_of(session, both.id)
    assert [line["key"] for line in every if line["kind"] == "reminder"] == [row.key for row in reminders]
    for letter, others in ((FIRST, R03[1:]), (SECOND, R03[:1])):
        own = [line for line in told[letter] if line["kind"] == "arrival"]
        assert own
        assert not any(line["duties"] == others for line in own), "what is about the other letter alone is not listed"


def test_one_letter_is_closed_while_another_one_is_open(docket: Engine, both: Dossier) -> None:
    done = moment("2026-03-12")
    state = written(docket, recorded(both, done, FIRST, "feedback", **FEEDBACK), "3", done)
    state = written(docket, recorded(state, done, FIRST, "forwarded", to="court", number="函1号"), "4", done)
    with reading(docket) as session:
        closed = dict(session.exec(select(LetterRow.id, col(LetterRow.closed_at))).all())
    assert closed == {FIRST: done, SECOND: None}
    assert state.closed_at is None


def test_a_draft_about_two_letters_is_withdrawn_once_both_are_answered(docket: Engine, both: Dossier) -> None:
    now = moment("2026-03-20", "16:00")
    state = woken(docket, both, now)
    found = []
    for letter in (FIRST, SECOND):
        found.append(drafts(docket))
        state = written(docket, recorded(state, now, letter, "feedback", **FEEDBACK), f"feedback {letter}", now)
    found.append(drafts(docket))
    assert found == [[(sorted(R03), "draft")], [(sorted(R03), "draft")], [(sorted(R03), "withdrawn")]]


def drafts(engine: Engine) -> list[tuple[list[str], str]]:
    """Return the duties and the status of each draft to the leader in charge of forestry."""
    with reading(engine) as session:
        rows = session.exec(select(NoticeRow).where(NoticeRow.address == "leader:forestry")).all()
    return [(sorted(row.duties), row.status) for row in rows]


def test_a_matter_is_found_by_id_name_or_part(docket: Engine) -> None:
    for name in ("2026-017", "2026-018", "017"):
        written(docket, planned(mediation(name)), "1")
    with reading(docket) as session:
        assert find_matter(session, "wuping/matter/2026-017").name == "2026-017"
        assert find_matter(session, "017").name == "017", "a whole name goes before a part of others"
        assert find_matter(session, "018").name == "2026-018"
        for wanted, key in (("2026", "ambiguous_matter"), ("%", "unknown_matter"), ("", "unknown_matter")):
            with pytest.raises(Refused) as refused:
                find_matter(session, wanted)
            assert (refused.value.field, refused.value.key) == ("matter", key)


def test_a_search_finds_a_matter_by_what_the_searcher_may_read(docket: Engine) -> None:
    theirs = mediation("searched", agencies=[{"agency": "housing"}], parties=[{"role": "plaintiff", "name": "王五"}])
    state = written(docket, planned(oral("searched", caller="李法官")), "1")
    written(docket, arrived(state, theirs, START), "2")
    forestry, housing = (Scope(frozenset({each}), frozenset({"agency", "all"})) for each in ("forestry", "housing"))
    with reading(docket) as session:
        for words, scope, expected in (
            ("searched", forestry, 1), ("王五", EVERYBODY, 1), ("王五", housing, 1), ("王五", forestry, 0),
            ("李法官", forestry, 1), ("李法官", housing, 0),
        ):  # fmt: skip
            assert count_matters(session, Matters(words), scope) == expected, (words, scope)
            listed = list_matters(session, Matters(words), START, scope)
            # Each sees how many letters there are for them.
            assert [each["letters"] for each in listed] == [2 if scope is EVERYBODY else 1] * expected


def test_a_case_is_listed_for_whom_it_names_though_the_bureau_alone_owes(docket: Engine) -> None:
    case = event_adapter().validate_python(
        {"type": "case_opened", "on": "2026-03-10", "title": "林权", "agencies": ["forestry"]}
    )
    new = opened("wuping/matter/on-file", BOOK.version, START, "clerk1")
    written(docket, step(new, START, BOOKS, CALENDAR, Entry(id="e1", event=case, at=START, by="clerk1")), "1")
    with reading(docket) as session:
        for agency, expected in (("forestry", ["on-file"]), ("housing", [])):
            scope = Scope(frozenset({agency}), frozenset({"agency", "all"}))
            (*listed,) = list_matters(session, Matters(), START, scope)
            assert [each["matter"] for each in listed] == expected
            assert not any(each["green"] for each in listed)


def test_a_part_of_a_name_finds_a_matter_only_for_whom_all_matters_are_open(docket: Engine) -> None:
    for name in ("part-1", "part-2"):
        written(docket, planned(oral(name)), "1")
    with reading(docket) as session:
        assert find_matter(session, "part-1", by_part=False).name == "part-1"
        assert find_matter(session, "art-2").name == "part-2"
        for reference, by_part, key in (("part", True, "ambiguous_matter"), ("part", False, "unknown_matter")):
            with pytest.raises(Refused) as caught:
                find_matter(session, reference, by_part=by_part)
            assert caught.value.key == key
