"""督办单: levels, and drafts that two people, or a person and a step, decide on at once."""

from datetime import date, datetime
from threading import Event, Thread

import pytest
from sqlalchemy import Engine
from sqlmodel import col, select

from docket.absence import set_absence
from docket.acts import Actor, acts
from docket.directory import Directory, sample_directory, store_directory
from docket.drafts import Sending, discard_draft, edit_draft, pass_draft, recall_draft, send_draft, submit_draft
from docket.engine import reading, writing
from docket.inbox import inbox, mark_all
from docket.library import store_rulebook
from docket.slips import UNSENT, paper
from docket.tables import DeliveryRow, NoticeRow, PersonRow, SlipRow
from rules.books.model import Step
from rules.dossier.core import step
from rules.dossier.state import Arrival
from rules.errors import Refused
from rules.letters.events import Reported, Told
from rules.letters.letter import letter_id
from rules.letters.parse import parse_letter
from tests.conftest import moment
from tests.docket.test_digest import ADMINISTRATOR, OUTSIDE, digests, told, woken, written
from tests.docket.test_settle import BOOK, BOOKS, CALENDAR, after, planned, taken
from tests.engine.letters import mediation, oral

NOW = moment("2026-03-20", "10:30")
CLERK, HEAD = Actor("clerk1", "test"), Actor("bureau_head", "test")


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


def levels(engine: Engine) -> list[tuple[str, int]]:
    """List the slips that were sent, by number, with their levels."""
    with reading(engine) as session:
        sent = select(SlipRow).where(col(SlipRow.serial).is_not(None)).order_by(col(SlipRow.serial))
        return [(row.number, row.level) for row in session.exec(sent)]


def sent(engine: Engine, key: str, now: datetime = NOW) -> Sending:
    """Have a draft passed by the bureau's head and sent."""
    with writing(engine) as session:
        pass_draft(session, key, HEAD, now)
        return send_draft(session, key, "bureau_head", now, now, OUTSIDE, "督办")


def unsent(engine: Engine) -> list[NoticeRow]:
    with reading(engine) as session:
        waiting = select(NoticeRow).where(col(NoticeRow.status).in_(UNSENT)).order_by(col(NoticeRow.created_at))
        return list(session.exec(waiting))


def test_a_leader_who_is_reminded_too_late_gets_a_slip_of_the_lowest_level(led: Engine) -> None:
    """The substitute of a responsible person is recorded after the hearing: what was to come before is overdue."""
    hearing = {"kind": "appearance_notice", "number": "(2026)闽0824行初1号", "hearing_at": "2026-03-20T09:00:00+08:00"}
    notice = {key: oral("sub")[key] for key in ("matter", "court", "received_at", "agencies")}
    state, _ = written(led, planned(notice | hearing), "1", moment("2026-03-10"))
    state = woken(led, state, moment("2026-03-23", "09:59"))
    now = moment("2026-03-23")
    substitute = {"agency": "forestry", "name": "张三", "rank": "副局长", "reason": "出差"}
    written(led, after(state, now, "substitute", **substitute), "sub", now)
    (waiting,) = unsent(led)
    sent(led, waiting.key, now)
    assert levels(led) == [("督办〔2026〕1号", 1)]


def test_colour_and_number_come_with_sending_and_not_with_time(led: Engine) -> None:
    """Weeks go by with one unsent draft: the first that is sent is blue, the next orange, then red and red again."""
    rule = BOOK.rules["R03"].ladder
    ladder = BOOK.ladders[rule].model_copy(update={"repeat_to": ("obligor", "leader")})
    book = BOOK.model_copy(update={"ladders": {**BOOK.ladders, rule: ladder}})
    now = moment("2026-03-10")
    with writing(led) as session:
        store_rulebook(session, book, now)
    state, _ = written(led, planned(oral("red"), now, book), "1", now)
    state, _ = written(led, taken(state, now, Told(on=now.date()), book), "told", now)
    for until in ("2026-04-20", "2026-04-30", "2026-05-20", "2026-06-10"):
        while state.next_wake is not None and state.next_wake <= moment(until):
            now = state.next_wake
            state, _ = written(led, step(state, now, {book.version: book}, CALENDAR), f"wake-{state.version}", now)
        # However often the ladder came to the leader meanwhile, the duty stands in one draft.
        (waiting,) = unsent(led)
        sent(led, waiting.key, moment(until))
    assert levels(led) == [
        ("督办〔2026〕1号", 1), ("督办〔2026〕2号", 2), ("督办〔2026〕3号", 3), ("督办〔2026〕4号", 3),
    ]  # fmt: skip


def test_what_stands_in_an_open_slip_comes_in_no_other_whatever_letters_come(led: Engine) -> None:
    state = woken(led, told(led, "one"), moment("2026-03-20", "10:00"))
    (first,) = unsent(led)
    late = mediation("one", received_at="2026-01-05T09:30:00+08:00", number="(2026)闽0824委9号")
    now = moment("2026-03-20", "10:30")
    coming = parse_letter(late)
    arrival = Arrival(letter_id=letter_id(coming), letter=coming, rulebook=BOOK.version, at=now, by="clerk1")
    state, _ = written(led, step(state, now, BOOKS, CALENDAR, arrival), "2", now)
    # Nobody had asked for what the second letter makes owed: it is drafted once it has been asked for.
    assert [row.key for row in unsent(led)] == [first.key]
    woken(led, state, moment("2026-04-20"))
    every = [duty for row in unsent(led) for duty in row.duties]
    assert len(every) == len(set(every))
    assert set(first.duties) < set(every)


def test_a_draft_is_edited_handed_in_passed_and_only_then_sent(led: Engine) -> None:
    key = draft(led, "stages").key
    with writing(led) as session:
        with pytest.raises(Refused) as refused:
            send_draft(session, key, "clerk1", NOW, NOW, OUTSIDE, "督办")
        assert refused.value.key == "draft_not_passed"
        edit_draft(session, key, "请督促县林业局反馈", "详见附件。", CLERK, NOW)
        submit_draft(session, key, CLERK, NOW)
        pass_draft(session, key, HEAD, NOW)
        # Other words must be passed again, unless whoever passes them has written them.
        edit_draft(session, key, "请督促县林业局反馈情况", "详见附件。", CLERK, NOW)
        assert session.get_one(NoticeRow, key).status == "draft"
        pass_draft(session, key, HEAD, NOW)
        edit_draft(session, key, "请督促县林业局", "详见附件。", HEAD, NOW)
        assert session.get_one(NoticeRow, key).status == "passed"
        send_draft(session, key, "clerk1", NOW, NOW, OUTSIDE, "督办")
    with reading(led) as session:
        row = session.get_one(NoticeRow, key)
        assert (row.status, row.subject, row.passed_by, row.decided_by) == (
            "sent", "请督促县林业局", "bureau_head", "clerk1",
        )  # fmt: skip
        done = [act.act for act in acts(session, row.letter_id or "")]
    assert done[:6] == ["edit", "pass", "edit", "pass", "submit", "edit"]


def test_a_sent_slip_is_taken_back_until_the_leader_has_opened_it(led: Engine) -> None:
    with writing(led) as session:
        for leader in ("leader_rural", "leader_two"):
            session.get_one(PersonRow, leader).email = None
    key = draft(led, "back").key
    sent(led, key)
    with writing(led) as session:
        recall_draft(session, key, HEAD, NOW)
        row = session.get_one(NoticeRow, key)
        assert (row.status, row.decided_by) == ("passed", None)
        assert inbox(session, "leader_rural", NOW, unread=True)[1] == 0
        # It is the same paper, with the same number, when it goes out again.
        send_draft(session, key, "bureau_head", NOW, NOW, OUTSIDE, "督办")
        assert inbox(session, "leader_rural", NOW, unread=True)[1] == 1
        mark_all(session, "leader_rural", NOW)
    assert levels(led) == [("督办〔2026〕1号", 1)]
    with writing(led) as session, pytest.raises(Refused) as refused:
        recall_draft(session, key, HEAD, NOW)
    assert refused.value.key == "draft_opened"


def test_a_slip_that_went_out_by_mail_is_not_taken_back(led: Engine) -> None:
    key = draft(led, "mailed").key
    sent(led, key)
    with writing(led) as session:
        session.get_one(DeliveryRow, (key, "email")).status = "sent"
    with writing(led) as session, pytest.raises(Refused) as refused:
        recall_draft(session, key, HEAD, NOW)
    assert refused.value.key == "draft_delivered"


def test_a_slip_about_a_case_as_a_whole_has_its_evidence_and_can_be_decided_on(led: Engine) -> None:
    """A county that has its leaders asked about a case that nobody looks after: that is owed of none of its letters."""
    follow_up = BOOK.ladders["follow_up"].model_copy(update={"after": (Step(days=5, to="leader"),)})
    book = BOOK.model_copy(update={"ladders": {**BOOK.ladders, "follow_up": follow_up}})
    now = moment("2026-03-10")
    with writing(led) as session:
        store_rulebook(session, book, now)
    served = {"kind": "response_notice", "number": "(2026)闽0824行初9号", "title": "林权登记",
              "source": "agency"}  # fmt: skip
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
    with writing(led) as session:
        pass_draft(session, key, HEAD, NOW)
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
                send_draft(session, key, "bureau_head", NOW, NOW, OUTSIDE, "督办")
            lines.append("sent")
        except Refused as refused:
            lines.append(refused.key)

    sending, withdrawing = Thread(target=send), Thread(target=withdraw)
    for thread in (sending, withdrawing):
        thread.start()
    for thread in (sending, withdrawing):
        thread.join()
    assert lines == ["withdrawn", "draft_decided"]


def test_a_slip_for_two_leaders_is_one_slip_that_both_read(led: Engine) -> None:
    with writing(led) as session:
        session.get_one(PersonRow, "leader_two").fields = ["农林水"]
    waiting = draft(led, "twice")
    assert (waiting.person, waiting.copies) == ("leader_rural", ["leader_two"])
    done = sent(led, waiting.key)
    copy = waiting.key.removesuffix("leader_rural") + "leader_two"
    assert sorted(done.deliveries) == sorted([waiting.key, copy])
    with reading(led) as session:
        assert [inbox(session, each, NOW, unread=True)[1] for each in ("leader_rural", "leader_two")] == [1, 1]
    assert levels(led) == [("督办〔2026〕1号", 1)]


def test_a_deputy_who_reads_it_anyway_is_not_told_twice(led: Engine) -> None:
    with writing(led) as session:
        session.get_one(PersonRow, "leader_two").fields = ["农林水"]
        set_absence(session, ADMINISTRATOR, NOW, NOW.date(), "leader_rural", "leader_two", NOW.date(), NOW.date())
    waiting = draft(led, "deputy")
    assert sent(led, waiting.key).deliveries == [waiting.key.removesuffix("leader_rural") + "leader_two"]


def test_a_leader_who_was_away_finds_the_slip_in_the_first_digest(led: Engine) -> None:
    waiting = draft(led, "absent")
    with writing(led) as session:
        until = date(2026, 3, 24)
        set_absence(session, ADMINISTRATOR, NOW, NOW.date(), "leader_rural", "leader_two", NOW.date(), until)
    assert sent(led, waiting.key).deliveries == [waiting.key.removesuffix("leader_rural") + "leader_two"]
    assert digests(led, "2026-03-24") == []
    assert digests(led, "2026-03-25") == ["digest:2026-03-25:leader_rural"]
