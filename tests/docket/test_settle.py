"""Settling: one transaction a step, idempotent, and safe against steps that come late."""

from datetime import datetime

from sqlalchemy import Engine
from sqlmodel import col, select

from docket.engine import reading, writing
from docket.reads import stored_state
from docket.settle import settle
from docket.tables import DossierRow, DutyRow, EventRow, LetterRow, NoticeRow, RungRow
from rules.accept.rulebook import shipped_rulebook
from rules.books.model import Rulebook
from rules.counting.calendar import shipped_calendar
from rules.dossier.core import opened, step
from rules.dossier.state import Arrival, Dossier, Outcome
from rules.duties.duty import key_of
from rules.letters.events import Entry, Event, event_id
from rules.letters.letter import letter_id, matter_id
from rules.letters.registry import event_adapter, letter_adapter
from tests.conftest import START, moment
from tests.engine.letters import mediation, oral

BOOK, CALENDAR = shipped_rulebook(), shipped_calendar()
BOOKS = {BOOK.version: BOOK}


def planned(data: dict[str, object], now: datetime = START, book: Rulebook = BOOK) -> Outcome:
    """Open the matter that a letter names with it."""
    letter = letter_adapter().validate_python(data)
    matter = opened(matter_id(letter.county, letter.matter), book.version, now, "clerk1")
    arrival = Arrival(letter_id=letter_id(letter), letter=letter, rulebook=book.version, at=now, by="clerk1")
    return step(matter, now, {book.version: book}, CALENDAR, arrival)


def after(state: Dossier, now: datetime, kind: str, **fields: object) -> Outcome:
    """Record an event of a matter's one letter, or of the matter where it concerns the whole."""
    return taken(state, now, event_adapter().validate_python({"type": kind, "on": now.date(), **fields}), BOOK)


def taken(state: Dossier, now: datetime, event: Event, book: Rulebook) -> Outcome:
    (arrival,) = state.letters
    letter = "" if event.of_matter else arrival.letter_id
    entry = Entry(id=event_id(letter or state.id, event), letter=letter, event=event, at=now, by="clerk1")
    return step(state, now, {book.version: book}, CALENDAR, entry)


def written(engine: Engine, outcome: Outcome, name: str, now: datetime = START) -> Dossier:
    with writing(engine) as session:
        return settle(session, outcome, name, now, frozenset(), "督办").state


def counts(engine: Engine) -> list[int]:
    with reading(engine) as session:
        return [
            len(session.exec(select(table)).all())
            for table in (DossierRow, LetterRow, DutyRow, EventRow, NoticeRow, RungRow)
        ]


def keys(notice: NoticeRow) -> list[str]:
    return [key_of(duty) for duty in notice.duties]


def test_a_step_settled_twice_is_written_once(docket: Engine) -> None:
    outcome = planned(mediation("twice"))
    assert written(docket, outcome, "wake-1") == outcome.state
    first = counts(docket)
    assert written(docket, outcome, "wake-1") == outcome.state
    assert counts(docket) == first
    with reading(docket) as session:
        assert stored_state(session, outcome.state.id) == outcome.state


def test_a_step_planned_anew_after_a_crash_gets_what_was_settled_first(docket: Engine) -> None:
    """The second attempt is a minute later; the docket's answer is the first one's."""
    first = planned(mediation("retry"))
    written(docket, first, "wake-1")
    second = planned(mediation("retry"), moment("2026-03-10", "10:01"))
    assert second.state != first.state
    assert written(docket, second, "wake-1") == first.state


def test_an_older_step_that_comes_late_overwrites_nothing(docket: Engine) -> None:
    first = planned(oral("late"))
    second = after(first.state, moment("2026-03-10", "10:05"), "told")
    third = after(second.state, moment("2026-03-10", "10:10"), "reported")
    for number, outcome in ((1, first), (3, third)):
        written(docket, outcome, f"step-{number}")
    assert written(docket, second, "step-2") == third.state
    with reading(docket) as session:
        assert session.exec(select(DossierRow.version)).one() == 3
        # The third snapshot carries the second's event, so nothing of it is missing.
        assert sorted(session.exec(select(EventRow.type))) == ["arrived", "reported", "told"]


def test_duties_that_are_no_longer_owed_leave_the_list(docket: Engine) -> None:
    first = planned(mediation("slots"))
    written(docket, first, "1")
    second = after(first.state, moment("2026-03-10", "10:05"), "told")
    written(docket, second, "2")
    with reading(docket) as session:
        owed = session.exec(select(DutyRow.key).order_by(col(DutyRow.position))).all()
    assert owed == [
        "R01@forestry", "R02@forestry", "R05", "R07",
        "R13.1@forestry", "R13.2@forestry", "R13.3@forestry", "R13.4@forestry",
    ]  # fmt: skip


def test_unsent_drafts_are_withdrawn_once_the_duty_is_done(docket: Engine) -> None:
    """R03 runs three working days over, a draft to the leader is made; the late feedback makes it moot."""
    outcome = after(planned(oral("draft")).state, START, "told")
    written(docket, outcome, "told")
    state = outcome.state
    while state.next_wake is not None and state.next_wake < moment("2026-03-20"):
        now = state.next_wake
        outcome = step(state, now, BOOKS, CALENDAR)
        state = written(docket, outcome, f"wake-{outcome.state.version}", now)
    with reading(docket) as session:
        drafts = session.exec(select(NoticeRow).where(NoticeRow.status == "draft")).all()
    assert [(draft.person, keys(draft)) for draft in drafts] == [("leader_rural", ["R03@forestry"])]
    done = after(state, moment("2026-03-20"), "feedback", done="面谈", result="尚在协调", opinion="继续")
    written(docket, done, "feedback", moment("2026-03-20"))
    with reading(docket) as session:
        statuses = session.exec(select(NoticeRow.status).where(NoticeRow.address == "leader:forestry")).all()
    assert statuses == ["withdrawn"]


def test_a_draft_of_two_duties_is_withdrawn_with_the_second(docket: Engine) -> None:
    """R08a and R08b run over together and share one draft; they are then done one after the other."""
    notice: dict[str, object] = {
        "kind": "response_notice", "matter": "two", "court": "武平县人民法院", "number": "(2026)闽0824行初1号",
        "received_at": START.isoformat(), "agencies": [{"agency": "forestry", "received_on": "2026-03-10"}],
    }  # fmt: skip
    outcome = planned(notice)
    state = written(docket, outcome, "1")
    while state.next_wake is not None and state.next_wake < moment("2026-03-19"):
        now = state.next_wake
        outcome = step(state, now, BOOKS, CALENDAR)
        state = written(docket, outcome, f"wake-{outcome.state.version}", now)
    statuses = []
    for event in ("told", "reported"):
        with reading(docket) as session:
            rows = session.exec(select(NoticeRow).where(NoticeRow.address == "leader:forestry")).all()
        statuses.append([(keys(row), row.status) for row in rows])
        done = after(state, moment("2026-03-19"), event)
        state = written(docket, done, event, moment("2026-03-19"))
    both = ["R08a@forestry", "R08b@forestry"]
    assert statuses == [[(both, "draft")], [(both, "draft")]]
    with reading(docket) as session:
        left = session.exec(select(NoticeRow.status).where(NoticeRow.address == "leader:forestry")).all()
    assert set(left) == {"withdrawn"}


def test_a_notice_that_nobody_can_receive_goes_to_the_bureau_and_says_so(docket: Engine) -> None:
    from docket.tables import PersonRow

    with writing(docket) as session:
        liaison = session.get_one(PersonRow, "forestry_liaison")
        liaison.active = False
        session.add(liaison)
    written(docket, planned(mediation("nobody")), "1")
    with reading(docket) as session:
        rows = session.exec(select(NoticeRow).where(NoticeRow.address == "agency:forestry")).all()
    assert {row.person for row in rows} == {"clerk1", "clerk2"}
    assert all(row.subject.startswith("（无人可达") for row in rows)


def test_what_the_docket_holds_is_the_whole_state(docket: Engine) -> None:
    """The matter can be taken up again from its row alone."""
    outcome = after(planned(oral("whole")).state, START, "told", receiver="李某")
    written(docket, outcome, "told")
    with reading(docket) as session:
        stored = stored_state(session, outcome.state.id)
    assert stored == outcome.state
    assert stored is not None
    now = moment("2026-03-13", "09:40")
    assert step(stored, now, BOOKS, CALENDAR) == step(outcome.state, now, BOOKS, CALENDAR)
