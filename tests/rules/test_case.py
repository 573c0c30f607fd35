"""案件: the instances that letters and events tell of, and a case that nobody looks after (R19)."""

from datetime import date

import pytest

from rules.dossier.case import CaseFile, case_file
from rules.duties.duty import Duty, DutyState
from rules.errors import Refused
from rules.letters.cases import Proceeding
from rules.letters.corrections import correctable, corrected_event
from rules.letters.events import Correction, Entry
from rules.letters.terms import Decision, Ending
from rules.recount import recounted
from tests.rules.builders import BOOK, CALENDAR, Play, at, day, event, letter
from tests.rules.reading_cases import judgment, played, served


def case(play: Play) -> CaseFile:
    state = play.dossier
    return case_file(state)


def follow_up(play: Play) -> Duty:
    duty = play.dossier.duty("R19")
    assert duty is not None
    return duty


def test_a_case_runs_through_its_instances_as_its_letters_tell() -> None:
    play = Play(served("response_notice", "0310", number="（2026）桂0122行初5号", hearing_on=day("0415")))
    play = play.at(play.arrive(judgment("0507", judged_on=day("0430"), last_service_on=day("0507"))))
    play.record("appealed", "0515")
    first, second = case(play).instances
    assert (first.proceeding, second.proceeding) == (Proceeding.FIRST, Proceeding.SECOND)
    assert first.begun is not None
    assert first.concluded is not None
    assert second.begun is not None
    assert (first.begun.on, first.begun.number) == (day("0310"), "(2026)桂0122行初5号")
    assert [held.on for held in first.hearings] == [day("0415")]
    assert (first.concluded.on, first.concluded.outcomes) == (day("0430"), ("revoked",))
    assert (second.begun.on, second.concluded) == (day("0515"), None)
    assert case(play).under_way


def test_a_case_nobody_has_touched_for_thirty_days_is_asked_about() -> None:
    play = Play(served("response_notice", "0310"))
    # 10 March + 30 d = Thursday 9 April.
    assert follow_up(play).due == day("0409")
    play.record("told", "0320")
    # 20 March + 30 d = Sunday 19 April, so Monday.
    assert follow_up(play).due == day("0420")
    assert play.dossier.moves == ()
    play.wait("0420 12:00")
    assert ("R19", "bureau") in {(item.duty, notice.to) for notice in play.notices for item in notice.items}


@pytest.mark.parametrize(("days", "asked"), [(30, "0409"), (7, "0317"), (45, "0424")])
def test_a_county_says_how_long_a_case_may_lie(days: int, asked: str) -> None:
    play = played(served("response_notice", "0310"), f"[readings.follow_up]\ndays = {days}\n")
    assert follow_up(play).due == day(asked)


def test_what_is_decided_is_asked_about_no_more_and_after_an_appeal_again() -> None:
    play = Play(served("response_notice", "0310"))
    play = play.at(play.arrive(judgment("0401", judged_on=day("0330"))))
    over = follow_up(play)
    assert (over.state, over.ended_on) == (DutyState.CANCELLED, date(2026, 3, 30))
    play.record("appealed", "0407")
    # 7 April + 30 d = Thursday 7 May.
    assert follow_up(play).due == day("0507")


def test_a_letter_from_before_the_court_filed_the_case_makes_no_case_yet() -> None:
    play = Play(letter("oral_notice", "0310"))
    assert case(play).instances == ()
    assert all(duty.rule != "R19" for duty in play.dossier.duties)


def test_a_hearing_that_a_letter_and_an_event_tell_of_is_one() -> None:
    """A letter does not say in which instance its hearing is, nor by which agency; an event may say both."""
    play = Play(letter("appearance_notice", "0310", hearing_at=at("0320 09:00")))
    held = {"proceeding": "first", "appeared": "head", "spoke": True}
    play.take(Entry(id="c1", letter="", event=event("hearing_held", "0320", **held), at=at("0323"), by="wang"))
    play.record("heard", "0320", "0323 16:00", appeared="head", spoke=True)
    play.take(Entry(id="c2", letter="", event=event("hearing_held", "0401", **held), at=at("0402"), by="wang"))
    first = case(play).instances[-1]
    assert [(each.on, each.agency) for each in first.hearings] == [
        (day("0320"), None), (day("0320"), "forestry"), (day("0401"), None),
    ]  # fmt: skip
    assert {each.proceeding for each in first.hearings} == {Proceeding.FIRST}


def test_a_case_of_which_only_a_hearing_is_told_is_under_way_for_both_counts() -> None:
    play = Play(letter("oral_notice", "0310"))
    held = event("hearing_held", "0320", proceeding="first", appeared="head")
    play.take(Entry(id="c1", letter="", event=held, at=at("0323"), by="wang"))
    # 23 March + 30 d = Wednesday 22 April.
    assert follow_up(play).due == day("0422")
    years = CALENDAR.years.values()
    assert recounted(play.dossier.letters, play.dossier.entries, play.books, years, BOOK.version)[""] == {
        "R19": day("0422")
    }


def test_of_a_case_on_file_is_corrected_what_it_says_and_not_whom_it_names() -> None:
    said = event("case_opened", "0310", title="林权", agencies=["forestry"])
    assert list(correctable(said)) == ["on", "note", "title", "plaintiff", "act"]
    for field in ("agencies", "agencies.forestry.contact"):
        wrong = event("correction", "0310", target="e1", field=field, value="housing", reason="笔误")
        assert isinstance(wrong, Correction)
        with pytest.raises(Refused) as caught:
            corrected_event(said, wrong)
        assert (caught.value.field, caught.value.key) == ("field", "correction_field")


def test_an_instance_ends_by_whatever_a_document_decides_or_a_review() -> None:
    assert {each.value for each in Ending} - {each.value for each in Decision} == {"upheld", "remanded"}
    assert {each.value for each in Decision} <= {each.value for each in Ending}
