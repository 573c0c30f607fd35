"""Digests: one a person a working day, of what is still news; deputies are told of what the absent are told of."""

from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime, time

import pytest
from sqlalchemy import Engine
from sqlmodel import col, select

from docket.absence import end_absence, possible_deputies, set_absence
from docket.acts import Actor
from docket.audits import undigested
from docket.delivery import begin, finish, pending_parcels
from docket.digest import make_digests
from docket.directory import Directory, sample_directory, store_directory
from docket.engine import reading, writing
from docket.inbox import inbox, mark_all
from docket.settle import settle
from docket.tables import AbsenceRow, ActRow, DeliveryRow, NoticeRow, PersonRow
from rules.counting.clock import OfficeHours
from rules.dossier.core import step
from rules.dossier.state import Dossier, Outcome
from rules.errors import Refused
from rules.telling.notices import DIGEST
from tests.conftest import moment
from tests.docket.test_settle import BOOK, BOOKS, CALENDAR, after, planned
from tests.engine.letters import oral

OUTSIDE = frozenset({"email"})
ADMINISTRATOR = Actor("admin", "test")


@pytest.fixture
def mailing(docket: Engine) -> Engine:
    """A docket in which the forestry bureau has two liaisons, and everybody named here has e-mail."""
    data = sample_directory().model_dump()
    second = {"id": "forestry_second", "name": "林业局信息员乙", "role": "liaison", "agency": "forestry"}
    data["people"] = [*data["people"], second]
    for person in data["people"]:
        if person["id"] in ("clerk1", "forestry_liaison", "forestry_second"):
            person["email"] = f"{person['id']}@county.test"
    with writing(docket) as session:
        store_directory(session, Directory.model_validate(data))
    return docket


def written(engine: Engine, outcome: Outcome, name: str, now: datetime) -> tuple[Dossier, tuple[str, ...]]:
    with writing(engine) as session:
        done = settle(session, outcome, name, now, OUTSIDE, "督办")
    return done.state, done.deliveries


def woken(engine: Engine, state: Dossier, until: datetime) -> Dossier:
    """Wake a matter whenever it says so, as its workflow does."""
    while state.next_wake is not None and state.next_wake <= until:
        now = state.next_wake
        state, _ = written(engine, step(state, now, BOOKS, CALENDAR), f"wake-{state.version}", now)
    return state


def told(engine: Engine, name: str) -> Dossier:
    """Register an oral notice, tell the forestry bureau and the leaders, on 10 March: feedback is due on the 16th."""
    state, _ = written(engine, planned(oral(name)), "wake-1", moment("2026-03-10"))
    now = moment("2026-03-10", "10:05")
    for event in ("told", "reported"):
        state, _ = written(engine, after(state, now, event), event, now)
    return state


def digests(engine: Engine, day: str, clock: str = "09:40") -> list[str]:
    with writing(engine) as session:
        return [each.key for each in make_digests(session, moment(day, clock), BOOK.office, CALENDAR, OUTSIDE)]


def notice(engine: Engine, key: str) -> NoticeRow:
    with reading(engine) as session:
        return session.get_one(NoticeRow, key)


def test_reminders_of_two_matters_are_one_mail(mailing: Engine) -> None:
    for name in ("one", "two"):
        woken(mailing, told(mailing, name), moment("2026-03-13", "09:35"))
    assert digests(mailing, "2026-03-13") == [
        "digest:2026-03-13:forestry_liaison", "digest:2026-03-13:forestry_second",
    ]  # fmt: skip
    row = notice(mailing, "digest:2026-03-13:forestry_liaison")
    assert row.subject.startswith("【每日提醒】2026-03-13 one")
    assert row.subject.endswith("等2件")
    assert "〔1〕【提醒】one" in row.body
    assert "〔2〕【提醒】two" in row.body
    assert moment("2026-03-13", "09:40") <= row.send_at < moment("2026-03-13", "09:50")
    with reading(mailing) as session:
        ways = session.exec(select(DeliveryRow.notice_key, DeliveryRow.target).where(DeliveryRow.notice_key == row.key))
        assert list(ways) == [(row.key, "forestry_liaison@county.test")]
        # The inbox has the two notices and not their digest as well.
        held, total = inbox(session, "forestry_liaison", moment("2026-03-13", "10:00"), unread=True)
    assert total == 4
    assert row.key not in {line["key"] for line in held}


def test_a_single_reminder_is_its_own_digest(mailing: Engine) -> None:
    woken(mailing, told(mailing, "single"), moment("2026-03-13", "09:35"))
    digests(mailing, "2026-03-13")
    assert notice(mailing, "digest:2026-03-13:forestry_liaison").subject.startswith("【提醒】single")


def test_that_time_has_run_out_waits_for_the_digest_too(mailing: Engine) -> None:
    """Nobody reported to the leaders on the day itself: the clerk reads of it the next morning, in one message."""
    now = moment("2026-03-10")
    state, _ = written(mailing, planned(oral("overdue")), "wake-1", now)
    fired = state.next_wake
    assert fired is not None
    _, deliveries = written(mailing, step(state, fired, BOOKS, CALENDAR), "wake-2", fired)
    assert deliveries == ()
    assert digests(mailing, fired.date().isoformat()) == ["digest:2026-03-11:clerk1"]
    assert notice(mailing, "digest:2026-03-11:clerk1").subject.startswith("【未及时】overdue")


def test_made_again_the_same_digests_are_still_to_go_out_and_none_is_new(mailing: Engine) -> None:
    woken(mailing, told(mailing, "again"), moment("2026-03-13", "09:35"))
    first = digests(mailing, "2026-03-13")
    assert digests(mailing, "2026-03-13", "09:41") == first
    with writing(mailing) as session:
        for key in first:
            (parcel,) = pending_parcels(session, key, moment("2026-03-13"))
            number = begin(session, parcel, moment("2026-03-13"))
            assert number is not None
            finish(session, parcel, number, moment("2026-03-13"), None, None)
    assert digests(mailing, "2026-03-13", "09:42") == []
    assert digests(mailing, "2026-03-16", "09:40") == []


def test_what_comes_after_the_digest_waits_for_the_next_working_day(mailing: Engine) -> None:
    woken(mailing, told(mailing, "early"), moment("2026-03-13", "09:35"))
    first = digests(mailing, "2026-03-13")
    assert len(first) == 2
    remind_late(mailing, "after")
    assert digests(mailing, "2026-03-13", "15:01") == first
    assert digests(mailing, "2026-03-14") == []
    assert digests(mailing, "2026-03-16") == [
        "digest:2026-03-16:forestry_liaison", "digest:2026-03-16:forestry_second",
    ]  # fmt: skip
    assert notice(mailing, "digest:2026-03-16:forestry_liaison").subject.startswith("【提醒】after")


def remind_late(engine: Engine, name: str) -> None:
    """Let the reminder of a matter of its own be written by a worker that is back at 15:00, after the digests."""
    now = moment("2026-03-13", "15:00")
    written(engine, step(told(engine, name), now, BOOKS, CALENDAR), "wake", now)


def test_what_somebody_records_is_told_at_once_and_is_in_no_digest(mailing: Engine) -> None:
    state = woken(mailing, told(mailing, "ended"), moment("2026-03-12"))
    now = moment("2026-03-12", "15:00")
    _, deliveries = written(mailing, after(state, now, "withdrawal", evidence="撤回书"), "withdrawal", now)
    # Forestry's two hear that it is over; of the bureau nothing is owed that could end.
    assert [key.rpartition(":")[2] for key in deliveries] == ["forestry_liaison", "forestry_second"]
    assert notice(mailing, deliveries[0]).subject.startswith("【事项终止】ended")
    assert digests(mailing, "2026-03-13") == []


@pytest.mark.parametrize(("day", "clock"), [("2026-03-14", "09:40"), ("2026-03-13", "20:00"), ("2026-04-06", "09:40")])
def test_on_days_off_and_at_night_there_is_no_digest(mailing: Engine, day: str, clock: str) -> None:
    woken(mailing, told(mailing, "off"), moment("2026-03-13", "09:35"))
    assert digests(mailing, day, clock) == []


def test_what_was_read_or_done_meanwhile_is_not_sent(mailing: Engine) -> None:
    read, done = told(mailing, "read"), told(mailing, "done")
    woken(mailing, read, moment("2026-03-13", "09:35"))
    with writing(mailing) as session:
        mark_all(session, "forestry_liaison", moment("2026-03-13", "09:36"))
    done = woken(mailing, done, moment("2026-03-13", "09:35"))
    now = moment("2026-03-13", "09:37")
    feedback = {"agency": "forestry", "done": "上门核实", "result": "尚在协调", "opinion": "可以调解"}
    written(mailing, after(done, now, "feedback", **feedback), "feedback", now)
    digests(mailing, "2026-03-13")
    assert notice(mailing, "digest:2026-03-13:forestry_second").subject.startswith("【提醒】read")
    with reading(mailing) as session:
        assert session.get(NoticeRow, "digest:2026-03-13:forestry_liaison") is None
        assert session.exec(select(NoticeRow.key).where(NoticeRow.digest == "")).all() == []


def away(engine: Engine, person: str, deputy: str, first: str, last: str) -> None:
    with writing(engine) as session:
        set_absence(
            session, ADMINISTRATOR, moment("2026-03-09"), date(2026, 3, 9), person, deputy,
            date.fromisoformat(first), date.fromisoformat(last),
        )  # fmt: skip


def test_the_deputy_of_somebody_away_is_told_and_the_absent_find_it_when_they_are_back(mailing: Engine) -> None:
    away(mailing, "forestry_liaison", "forestry_second", "2026-03-10", "2026-03-13")
    away(mailing, "clerk1", "bureau_head", "2026-03-10", "2026-03-10")
    with reading(mailing) as session:
        assert [each.id for each in possible_deputies(session, "forestry_liaison")] == ["forestry_second"]
    now = moment("2026-03-10")
    _, deliveries = written(mailing, planned(oral("away")), "wake-1", now)
    with reading(mailing) as session:
        rows = {row.person: row for row in session.exec(select(NoticeRow)) if row.kind == "arrival"}
    assert rows["bureau_head"].subject.startswith("（代")
    assert rows["clerk1"].digest == ""
    assert not any(key.endswith(":clerk1") for key in deliveries)
    # Back at work, the clerk's first digest has what came in the meantime.
    assert digests(mailing, "2026-03-10") == []
    assert digests(mailing, "2026-03-11") == ["digest:2026-03-11:clerk1"]
    assert notice(mailing, "digest:2026-03-11:clerk1").subject.startswith("【新事项】away")


def test_before_their_instant_there_are_no_digests(mailing: Engine) -> None:
    """A machine that is switched on at 8:40 makes up for a run of the weekend, before the day's reminders are there."""
    due = woken(mailing, told(mailing, "due"), moment("2026-03-13", "09:35"))
    digests(mailing, "2026-03-13")
    remind_late(mailing, "other")
    assert digests(mailing, "2026-03-16", "08:40") == []
    woken(mailing, due, moment("2026-03-16", "09:34"))
    assert len(digests(mailing, "2026-03-16", "09:36")) == 2
    assert waiting_for(mailing, "forestry_liaison") == []


def test_a_reminder_of_the_last_day_that_is_settled_late_goes_out_the_same_day(mailing: Engine) -> None:
    late, other = told(mailing, "late"), told(mailing, "beside")
    late, other = (woken(mailing, each, moment("2026-03-13", "09:35")) for each in (late, other))
    digests(mailing, "2026-03-13")
    woken(mailing, other, moment("2026-03-16", "09:34"))
    digests(mailing, "2026-03-16", "09:36")
    # The database was away: the step of nine o'clock is repeated until now, with the time that it was begun with.
    fired = late.next_wake
    assert fired is not None
    written(mailing, step(late, fired, BOOKS, CALENDAR), "wake", fired)
    made = digests(mailing, "2026-03-16", "10:36")
    assert "digest:2026-03-16:forestry_liaison:2" in made
    assert notice(mailing, "digest:2026-03-16:forestry_liaison:2").subject.startswith("【提醒】late")
    assert waiting_for(mailing, "forestry_liaison") == []
    again = digests(mailing, "2026-03-16", "11:36")
    assert again == made


def test_a_run_that_falls_into_quiet_hours_is_made_up_for_after_them(mailing: Engine) -> None:
    quiet = OfficeHours(quiet=((time(12), time(14, 30)),))
    woken(mailing, told(mailing, "quiet"), moment("2026-03-13", "09:35"))
    made = {}
    for clock in ("12:10", "14:35"):
        with writing(mailing) as session:
            made[clock] = make_digests(session, moment("2026-03-13", clock), quiet, CALENDAR, OUTSIDE)
    assert [len(each) for each in made.values()] == [0, 2]


def test_several_at_once_make_each_digest_once(mailing: Engine) -> None:
    for number in range(6):
        woken(mailing, told(mailing, f"at-once-{number}"), moment("2026-03-13", "09:35"))
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda _: digests(mailing, "2026-03-13"), range(4)))
    with reading(mailing) as session:
        made = session.exec(select(NoticeRow).where(NoticeRow.kind == DIGEST)).all()
        carried = session.exec(select(NoticeRow.digest).where(NoticeRow.kind == "reminder")).all()
    assert sorted(each.key for each in made) == sorted({str(each) for each in carried})
    assert [each.subject.endswith("等6件") for each in made] == [True, True]
    assert len(carried) == 12


def test_the_inbox_counts_what_it_lists(mailing: Engine) -> None:
    woken(mailing, told(mailing, "listed"), moment("2026-03-13", "09:35"))
    digests(mailing, "2026-03-13")
    with reading(mailing) as session:
        held, total = inbox(session, "forestry_liaison", moment("2026-03-13", "10:00"), unread=False)
    assert len(held) == total == 2


def test_the_inbox_has_what_is_owed_of_a_case_as_a_whole(mailing: Engine) -> None:
    """Nobody has touched the case for a month (R19): the reminder is of no letter, and the clerk finds it."""
    served = [{"agency": "forestry", "received_on": "2026-03-10"}]
    data = oral("case", kind="response_notice", number="(2026)闽0824行初9号", agencies=served)
    now = moment("2026-03-10")
    state, _ = written(mailing, planned(data), "1", now)
    for event in ("told", "reported"):
        state, _ = written(mailing, after(state, now, event), event, now)
    woken(mailing, state, moment("2026-04-10"))
    with reading(mailing) as session:
        held, total = inbox(session, "clerk1", moment("2026-04-10"), unread=True, limit=1000)
    assert len(held) == total
    assert [(line["matter"], line["short"]) for line in held if line["duties"] == ["R19"]] == [("case", None)]


def test_a_deputy_who_has_changed_office_is_told_nothing_more(mailing: Engine) -> None:
    away(mailing, "forestry_liaison", "forestry_second", "2026-03-10", "2026-03-20")
    with writing(mailing) as session:
        session.get_one(PersonRow, "forestry_second").agency = "water"
    told(mailing, "moved")
    with reading(mailing) as session:
        people = session.exec(select(NoticeRow.person).where(NoticeRow.address == "agency:forestry"))
        assert set(people) == {"forestry_liaison"}


def test_what_waits_for_somebody_who_goes_away_before_their_digest_reaches_the_deputy(mailing: Engine) -> None:
    active(mailing, "forestry_second", False)
    woken(mailing, told(mailing, "gone"), moment("2026-03-13", "09:34"))
    (reminder,) = waiting_for(mailing, "forestry_liaison")
    # The liaison goes away after the reminder was written, a minute before the digest that would have had it.
    active(mailing, "forestry_second", True)
    away(mailing, "forestry_liaison", "forestry_second", "2026-03-13", "2026-03-16")
    assert digests(mailing, "2026-03-13") == ["digest:2026-03-13:forestry_second"]
    copy = notice(mailing, reminder.removesuffix("forestry_liaison") + "forestry_second")
    assert copy.subject == notice(mailing, reminder).subject
    assert notice(mailing, "digest:2026-03-13:forestry_second").subject == copy.subject
    # It is told once, and waits for the liaison as well.
    assert digests(mailing, "2026-03-16") == []
    assert digests(mailing, "2026-03-17") == ["digest:2026-03-17:forestry_liaison"]
    assert notice(mailing, reminder).digest == "digest:2026-03-17:forestry_liaison"


def test_what_waits_for_somebody_who_leaves_reaches_whoever_is_told_now(mailing: Engine) -> None:
    active(mailing, "forestry_second", False)
    woken(mailing, told(mailing, "left"), moment("2026-03-13", "09:35"))
    (reminder,) = waiting_for(mailing, "forestry_liaison")
    active(mailing, "forestry_liaison", False)
    assert digests(mailing, "2026-03-13") == ["digest:2026-03-13:clerk1"]
    copy = notice(mailing, reminder.removesuffix("forestry_liaison") + "clerk1")
    assert copy.subject.startswith("（无人可达，代收 ")
    assert notice(mailing, reminder).digest is None
    assert digests(mailing, "2026-03-16") == []


def active(engine: Engine, person: str, there: bool) -> None:
    with writing(engine) as session:
        session.get_one(PersonRow, person).active = there


def test_what_was_handed_over_late_is_no_finding_of_the_next_morning(mailing: Engine) -> None:
    """The audit runs before the digest that will have it."""
    active(mailing, "forestry_second", False)
    woken(mailing, told(mailing, "late"), moment("2026-03-12", "17:00"))
    woken(mailing, told(mailing, "handed"), moment("2026-03-13", "09:34"))
    active(mailing, "forestry_liaison", False)
    early, noon = moment("2026-03-16", "06:30"), moment("2026-03-17", "12:00")
    with reading(mailing) as session:
        assert undigested(session, BOOK.office, CALENDAR, early) == []
        assert [person for person, _ in undigested(session, BOOK.office, CALENDAR, noon)] == ["forestry_liaison"]


def waiting_for(engine: Engine, person: str) -> list[str]:
    with reading(engine) as session:
        return list(session.exec(select(NoticeRow.key).where(NoticeRow.person == person, NoticeRow.digest == "")))


def test_somebody_whose_deputies_are_all_away_is_told_as_ever(mailing: Engine) -> None:
    away(mailing, "forestry_liaison", "forestry_second", "2026-03-10", "2026-03-13")
    away(mailing, "forestry_second", "forestry_liaison", "2026-03-10", "2026-03-13")
    state, _ = written(mailing, planned(oral("circle")), "wake-1", moment("2026-03-10"))
    now = moment("2026-03-10", "10:05")
    _, deliveries = written(mailing, after(state, now, "told"), "told", now)
    assert [key.rpartition(":")[2] for key in deliveries] == ["forestry_liaison", "forestry_second"]


@pytest.mark.parametrize(
    ("deputy", "first", "last", "field"),
    [
        ("clerk1", "2026-03-10", "2026-03-11", "deputy"),
        ("forestry_liaison", "2026-03-10", "2026-03-11", "deputy"),
        ("forestry_second", "2026-03-12", "2026-03-11", "last"),
        ("forestry_second", "2026-03-01", "2026-03-02", "last"),
        ("forestry_second", "2026-03-10", "2027-03-12", "last"),
    ],
)
def test_an_absence_that_cannot_be_is_refused(mailing: Engine, deputy: str, first: str, last: str, field: str) -> None:
    with pytest.raises(Refused) as refused:
        away(mailing, "forestry_liaison", deputy, first, last)
    assert refused.value.field == field
    with reading(mailing) as session:
        assert session.exec(select(AbsenceRow)).all() == []


def test_absences_do_not_overlap_and_can_be_taken_back(mailing: Engine) -> None:
    away(mailing, "forestry_liaison", "forestry_second", "2026-03-10", "2026-03-13")
    with pytest.raises(Refused, match="重叠"):
        away(mailing, "forestry_liaison", "forestry_second", "2026-03-13", "2026-03-20")
    with writing(mailing) as session:
        (row,) = session.exec(select(AbsenceRow)).all()
        assert row.id is not None
        end_absence(session, ADMINISTRATOR, moment("2026-03-10"), "forestry_liaison", row.id)
    with reading(mailing) as session:
        assert session.exec(select(AbsenceRow)).all() == []
        acts = session.exec(
            select(ActRow.old, ActRow.new).where(col(ActRow.act).startswith("absence")).order_by(col(ActRow.id))
        )
        kept = {"deputy": "forestry_second", "first": "2026-03-10", "last": "2026-03-13"}
        assert list(acts) == [(None, kept), (kept, None)]
