"""督办单: levels, and drafts that two people, or a person and a step, decide on at once."""

from datetime import date
from threading import Event, Thread

import pytest
from sqlalchemy import Engine
from sqlmodel import col, select

from docket.absence import set_absence
from docket.acts import acts
from docket.directory import Directory, sample_directory, store_directory
from docket.engine import reading, writing
from docket.inbox import discard_draft, send_draft
from docket.library import store_rulebook
from docket.slips import paper
from docket.tables import NoticeRow, PersonRow, SlipRow
from rules.books.model import Step
from rules.dossier.core import step
from rules.errors import Refused
from rules.letters.events import Reported, Told
from tests.conftest import moment
from tests.docket.test_digest import ADMINISTRATOR, OUTSIDE, digests, told, woken, written
from tests.docket.test_settle import BOOK, CALENDAR, after, planned, taken
from tests.engine.letters import oral

NOW = moment("2026-03-20", "10:30")


@pytest.fixture
def led(docket: Engine) -> Engine:
    """A docket whose leaders have e-mail, with a second one who can stand in for the first."""
    people = sample_directory().model_dump()
    second = {"id": "leader_two", "name": "另一县领导", "role": "leader", "fields": ["外事"]}
    people["people"] = [*people["people"], second]
    for person in people["people"]:
        if person["role"] == "leader":
            person["email"] = f"{person['id']}@county.test"
    with writing(docket) as session:
        store_directory(session, Directory.model_validate(people))
    return docket


def draft(engine: Engine, name: str) -> NoticeRow:
    """Let a letter go by until there is a draft to the leader in charge of forestry."""
    woken(engine, told(engine, name), moment("2026-03-20", "10:00"))
    with reading(engine) as session:
        drafts = select(NoticeRow).where(NoticeRow.status == "draft", NoticeRow.person == "leader_rural")
        return session.exec(drafts).one()


def levels(engine: Engine) -> list[int]:
    with reading(engine) as session:
        return list(session.exec(select(SlipRow.level).order_by(col(SlipRow.serial))))


def test_a_leader_who_is_reminded_too_late_gets_a_slip_of_the_lowest_level(led: Engine) -> None:
    """The substitute of a responsible person is recorded after the hearing: what was to come before is overdue."""
    hearing = {"kind": "appearance_notice", "number": "(2026)闽0824行初1号", "hearing_at": "2026-03-20T09:00:00+08:00"}
    notice = {key: oral("sub")[key] for key in ("matter", "court", "received_at", "agencies")}
    state, _ = written(led, planned(notice | hearing), "1", moment("2026-03-10"))
    state = woken(led, state, moment("2026-03-23", "09:59"))
    now = moment("2026-03-23")
    substitute = {"agency": "forestry", "name": "张三", "rank": "副局长", "reason": "出差"}
    written(led, after(state, now, "substitute", **substitute), "sub", now)
    assert levels(led) == [1]


def test_a_leader_who_is_asked_again_and_again_is_asked_in_red(led: Engine) -> None:
    rule = BOOK.rules["R03"].ladder
    ladder = BOOK.ladders[rule].model_copy(update={"repeat_to": ("obligor", "leader")})
    book = BOOK.model_copy(update={"ladders": {**BOOK.ladders, rule: ladder}})
    now = moment("2026-03-10")
    with writing(led) as session:
        store_rulebook(session, book, now)
    state, _ = written(led, planned(oral("red"), now, book), "1", now)
    state, _ = written(led, taken(state, now, Told(on=now.date()), book), "told", now)
    while state.next_wake is not None and state.next_wake <= moment("2026-04-20"):
        now = state.next_wake
        state, _ = written(led, step(state, now, {book.version: book}, CALENDAR), f"wake-{state.version}", now)
    found = levels(led)
    assert found[0] == 1
    assert set(found[-2:]) == {max(found)}
    assert 0 not in found


def test_a_slip_about_a_case_as_a_whole_has_its_evidence_and_can_be_decided_on(led: Engine) -> None:
    """A county that has its leaders asked about a case that nobody looks after: that is owed of none of its letters."""
    follow_up = BOOK.ladders["follow_up"].model_copy(update={"after": (Step(days=5, to="leader"),)})
    book = BOOK.model_copy(update={"ladders": {**BOOK.ladders, "follow_up": follow_up}})
    now = moment("2026-03-10")
    with writing(led) as session:
        store_rulebook(session, book, now)
    served = {"kind": "response_notice", "number": "(2026)闽0824行初9号", "title": "林权登记"}
    notice = {key: oral("case")[key] for key in ("matter", "court", "received_at")}
    agencies = [{"agency": "forestry", "received_on": "2026-03-10"}]
    state, _ = written(led, planned({**notice, **served, "agencies": agencies}, now, book), "1", now)
    for event in (Told(on=now.date()), Reported(on=now.date())):
        state, _ = written(led, taken(state, now, event, book), event.type, now)
    while state.next_wake is not None and state.next_wake <= moment("2026-04-30"):
        now = state.next_wake
        state, _ = written(led, step(state, now, {book.version: book}, CALENDAR), f"wake-{state.version}", now)
    with reading(led) as session:
        (key,) = session.exec(select(NoticeRow.key).where(NoticeRow.status == "draft")).all()
        found = paper(session, key)
    assert found is not None
    _, draft_, evidence = found
    assert (draft_.letter_id, draft_.duties, evidence["title"]) == (None, ["R19"], "林权登记")
    assert [(duty["duty"], duty["document"]) for duty in evidence["duties"]] == [("R19", book.document)]
    with writing(led) as session:
        discard_draft(session, key, ADMINISTRATOR, "已开庭", now)
    with reading(led) as session:
        assert [act.act for act in acts(session, state.id)] == ["discard"]


def test_a_draft_that_is_withdrawn_at_this_moment_is_not_sent(led: Engine) -> None:
    key = draft(led, "race").key
    holding = Event()
    lines: list[str] = []

    def withdraw() -> None:
        with writing(led) as session:
            row = session.exec(select(NoticeRow).where(NoticeRow.key == key).with_for_update()).one()
            row.status = "withdrawn"
            session.flush()
            holding.set()
            # Long enough for the other one to have read what is about to change.
            sending.join(0.5)
            lines.append("withdrawn")

    def send() -> None:
        holding.wait()
        try:
            with writing(led) as session:
                send_draft(session, key, "bureau_head", NOW, NOW, OUTSIDE)
            lines.append("sent")
        except Refused as refused:
            lines.append(refused.key)

    sending, withdrawing = Thread(target=send), Thread(target=withdraw)
    for thread in (sending, withdrawing):
        thread.start()
    for thread in (sending, withdrawing):
        thread.join()
    assert lines == ["withdrawn", "draft_decided"]


def test_a_deputy_whose_own_copy_was_discarded_is_told_for_the_absent_all_the_same(led: Engine) -> None:
    with writing(led) as session:
        session.get_one(PersonRow, "leader_two").fields = ["农林水"]
    sent = draft(led, "twice")
    own = sent.key.removesuffix("leader_rural") + "leader_two"
    with writing(led) as session:
        discard_draft(session, own, ADMINISTRATOR, "重复", NOW)
        set_absence(session, ADMINISTRATOR, NOW, NOW.date(), "leader_rural", "leader_two", NOW.date(), NOW.date())
        assert send_draft(session, sent.key, "bureau_head", NOW, NOW, OUTSIDE).deliveries == [f"{sent.key}:leader_two"]


def test_a_leader_who_was_away_finds_the_slip_in_the_first_digest(led: Engine) -> None:
    sent = draft(led, "absent")
    with writing(led) as session:
        until = date(2026, 3, 24)
        set_absence(session, ADMINISTRATOR, NOW, NOW.date(), "leader_rural", "leader_two", NOW.date(), until)
        sending = send_draft(session, sent.key, "bureau_head", NOW, NOW, OUTSIDE)
        assert sending.deliveries == [sent.key.removesuffix("leader_rural") + "leader_two"]
    assert digests(led, "2026-03-24") == []
    assert digests(led, "2026-03-25") == ["digest:2026-03-25:leader_rural"]
