"""移转、并案 in the docket: nothing that goes is lost between two matters, and what was said of it stays found."""

import time
from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime
from functools import partial

import pytest
from sqlalchemy import URL, Engine, text
from sqlmodel import select
from temporalio.exceptions import ApplicationError

from activities.dossiers import REFUSED
from activities.messages import TransferInput
from activities.transfers import TransferActivities
from docket.digest import make_digests
from docket.directory import Directory, sample_directory, store_directory
from docket.engine import open_engine, reading, writing
from docket.inbox import drafts
from docket.library import current_calendar, store_rulebook, store_year
from docket.reads import find_letter, find_matter, notices_of
from docket.settle import settle
from docket.slips import evidence
from docket.tables import WAITS, DossierRow, LetterRow, NoticeRow
from docket.transfer import Transferred, transfer
from rules.dossier.core import step
from rules.dossier.letter import letters_of
from tests.conftest import CLERK, START, moment
from tests.docket.test_matters import FIRST, SECOND, both_told, recorded, woken
from tests.docket.test_settle import BOOK, BOOKS, CALENDAR, planned, written
from tests.engine.letters import FEEDBACK, mediation, oral
from tests.rules.builders import notice
from tests.rules.test_calendar_change import NEW_YEAR, SHORT

REASON = "登记时案件编号有误"


def move(engine: Engine, letter: str, source: str, target: str, now: datetime = START) -> Transferred:
    with writing(engine) as session:
        return transfer(
            session, f"wuping/matter/{source}", f"wuping/matter/{target}", letter, REASON, now, CLERK, frozenset()
        )


def waits_for_a_lock(engine: Engine) -> bool:
    with reading(engine) as session:
        query = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"
        return bool(session.execute(text(query)).scalar_one())


def test_a_letter_that_goes_to_a_matter_while_that_is_opened_is_not_lost(pg_url: URL) -> None:
    engine = open_engine(pg_url.render_as_string(hide_password=False))
    with writing(engine) as session:
        store_directory(session, sample_directory())
        store_rulebook(session, BOOK, START)
    going = written(engine, planned(oral("race-from")), "1").letters[0].letter_id
    there = planned(mediation("race-to"))
    with ThreadPoolExecutor(1) as other, writing(engine) as session:
        settle(session, there, "1", START, frozenset(), "督办")
        moving = other.submit(move, engine, going, "race-from", "race-to")
        end = time.monotonic() + 30
        while not waits_for_a_lock(engine):
            assert time.monotonic() < end
        session.commit()
        moving.result(30)
    with reading(engine) as session:
        target = find_matter(session, "race-to")
        assert [each.letter_id for each in letters_of(target)] == sorted([going, there.state.letters[0].letter_id])
        assert find_letter(session, going).dossier.id == target.id
        assert session.get_one(LetterRow, going).dossier_id == target.id
        assert [row.version for row in session.exec(select(DossierRow).order_by(DossierRow.id))] == [2, 2]
    engine.dispose()


def test_a_letter_that_a_new_calendar_had_not_reached_is_told_of_it_by_its_reason(docket: Engine) -> None:
    """Its date moves earlier: who acts by the one shown before commits no breach, wherever the letter is by then."""
    received, now = moment("2027-01-06"), moment("2027-02-01")
    letter = mediation("behind", received_at=received.isoformat())
    going = written(docket, planned(letter, received), "1", received).letters[0].letter_id
    with writing(docket) as session:
        store_year(session, notice(2027, [NEW_YEAR, SHORT], []), now, "bureau_head")
    move(docket, going, "behind", "not-behind", now)
    with reading(docket) as session:
        duty = find_letter(session, going).duty("R07")
        assert duty is not None and (duty.due, duty.grace) == (date(2027, 2, 10), date(2027, 2, 11))
        (moved,) = (each for each in find_letter(session, going).moves if each.key == "R07")
        assert (moved.old_due, moved.new_due, moved.why) == (date(2027, 2, 11), date(2027, 2, 10), "calendar")
        told = {row.kind for row in session.exec(select(NoticeRow)) if duty.id in row.duties}
        assert told >= {"moved"}
        assert {state.calendar for state in map(partial(find_matter, session), ("behind", "not-behind"))} == {
            current_calendar(session).version
        }


def test_matters_that_would_be_too_large_together_stay_apart(docket: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("large-1", "large-2"):
        written(docket, planned(mediation(name)), "1")
    asked = TransferInput(
        source="wuping/matter/large-1", target="wuping/matter/large-2", letter=None, reason=REASON, now=START,
        by="clerk1", origin="command line",
    )  # fmt: skip
    activities = TransferActivities(docket)
    with monkeypatch.context() as small:
        small.setattr("activities.dossiers._MEASURED_FROM", 0)
        small.setattr("activities.transfers.LARGEST_PLAN", 1000)
        with pytest.raises(ApplicationError) as refused:
            activities.transfer(asked)
    assert refused.value.type == REFUSED and refused.value.details[0]["key"] == "matter_too_large"
    with reading(docket) as session:
        assert not find_matter(session, "large-1").joined
    assert activities.transfer(asked).owing == ("wuping/matter/large-2",)


OUTSIDE = frozenset({"email"})


def with_mail(engine: Engine) -> None:
    """Give the forestry bureau's liaison e-mail."""
    data = sample_directory().model_dump()
    for person in data["people"]:
        if person["id"] == "forestry_liaison":
            person["email"] = "forestry@county.test"
    with writing(engine) as session:
        store_directory(session, Directory.model_validate(data))


def drafted(engine: Engine) -> dict[str, list[str]]:
    """Give the drafts that wait, each with the matters that the duties it is about are in now."""
    with reading(engine) as session:
        return {
            each.line["key"]: [duty.dossier_id.rpartition("/")[2] for duty in each.duties] for each in drafts(session)
        }


@pytest.mark.parametrize(("going", "staying"), [(FIRST, SECOND), (SECOND, FIRST)])
@pytest.mark.parametrize("first", ["going", "staying"])
def test_a_draft_about_two_letters_stays_until_nothing_of_it_is_owed_wherever_they_are(
    docket: Engine, going: str, staying: str, first: str
) -> None:
    state, now = woken(docket, both_told(docket), moment("2026-03-20")), moment("2026-03-20", "11:00")
    (draft,) = drafted(docket)
    assert drafted(docket) == {draft: ["both", "both"]}
    with reading(docket) as session:
        before = evidence(session, session.get_one(NoticeRow, draft))
    move(docket, going, "both", "apart", now)
    assert sorted(*drafted(docket).values()) == ["apart", "both"]
    with reading(docket) as session:
        after = evidence(session, session.get_one(NoticeRow, draft))
        assert len(after["sent"]) > 0 and after["sent"] == before["sent"]
        assert sorted(each["letter"] for each in after["duties"]) == [FIRST, SECOND]
        assert sorted(each["id"] for each in after["letters"]) == [FIRST, SECOND]
        for letter in (going, staying):
            found = find_letter(session, letter)
            assert draft in [each["key"] for each in notices_of(session, found.dossier.id, found)]
    order = (going, staying) if first == "going" else (staying, going)
    for letter, left in zip(order, (1, 0), strict=True):
        with reading(docket) as session:
            state = find_letter(session, letter).dossier
        written(docket, recorded(state, now, letter, "feedback", **FEEDBACK), letter, now)
        assert len(drafted(docket)) == left
    with reading(docket) as session:
        assert session.get_one(NoticeRow, draft).status == "withdrawn"


@pytest.mark.parametrize("going", [FIRST, SECOND])
def test_a_reminder_of_two_letters_is_told_in_the_morning_though_one_has_gone_and_one_is_done(
    docket: Engine, going: str
) -> None:
    with_mail(docket)
    staying = SECOND if going == FIRST else FIRST
    state, now = both_told(docket), moment("2026-03-13", "16:00")
    while state.next_wake is not None and state.next_wake <= now:
        with writing(docket) as session:
            state = settle(session, step(state, state.next_wake, BOOKS, CALENDAR), "wake", now, OUTSIDE, "督办").state
    with reading(docket) as session:
        waiting = session.exec(select(NoticeRow).where(NoticeRow.digest == WAITS)).all()
        (waits,) = (each.key for each in waiting if len(each.duties) == 2)
    move(docket, going, "both", "apart", now)
    with reading(docket) as session:
        state = find_letter(session, staying).dossier
    written(docket, recorded(state, now, staying, "feedback", **FEEDBACK), "done", now)
    with writing(docket) as session:
        (digest,) = make_digests(session, moment("2026-03-16", "09:40"), BOOK.office, CALENDAR, OUTSIDE)
        assert session.get_one(NoticeRow, waits).digest == digest.key
