"""Who hears of a duty that ended, or is owed again, without the obligor's own doing."""

from typing import Any

import pytest

from rules.duties.duty import DutyState
from rules.telling.notices import Notice, NoticeKind
from rules.telling.wording import moved_name
from rules.texts import Language, text
from tests.rules.builders import TWO, Play, day, entrusted, event, letter, worded

NAMES = {"forestry": "林业局", "transport": "交通局"}


def recorded(play: Play, type_: str, on: str, when: str = "", **fields: Any) -> list[Notice]:
    """Record an event and give the notices of that step alone."""
    play.wait(when or f"{on} 16:00")
    before = len(play.notices)
    play.record(type_, on, when, **fields)
    return play.notices[before:]


def items(notices: list[Notice], kind: NoticeKind) -> set[tuple[str, str]]:
    return {(notice.to, item.duty) for notice in notices for item in notice.items if item.kind is kind}


def test_an_agency_hears_that_the_court_recalled_the_letter() -> None:
    play = entrusted()
    notices = recorded(play, "recall", "0313")
    assert items(notices, NoticeKind.ENDED) == {
        ("agency:forestry", "R05"), ("agency:forestry", "R07"), ("agency:forestry", "R13.1@forestry"),
    }  # fmt: skip
    subject, body = worded(play, notices[0], NAMES)
    assert subject == "【事项终止】2026-017 林业局：每周通报协调化解进展·第1周等3项"
    assert "原定期限 2026-03-17；已终止（法院撤回来文），无需继续办理" in body
    assert body.endswith("如有疑问，请联系县司法局。")


def test_what_was_overdue_when_it_ended_is_told_as_missed() -> None:
    play = entrusted()
    (notice,) = recorded(play, "recall", "0320")
    states = {item.duty: item.state for item in notice.items}
    assert states == {"R13.1@forestry": "missed", "R13.2@forestry": "cancelled", "R05": "cancelled", "R07": "cancelled"}
    assert "终止前未办结，按漏办记录" in worded(play, notice, NAMES).body


def test_a_letter_voided_as_entered_by_mistake_is_called_off_with_everybody_who_owes_something() -> None:
    play = Play(letter("oral_notice", "0310", TWO))
    play.record("told", "0310")
    notices = recorded(play, "void", "0311")
    assert {notice.to for notice in notices} == {"agency:forestry", "agency:transport", "bureau"}
    assert {notice.kind for notice in notices} == {NoticeKind.ENDED}


def test_an_excuse_is_told_to_whom_it_frees() -> None:
    play = entrusted()
    (notice,) = recorded(play, "excuse", "0318", duty="R13.1@forestry")
    assert [(item.duty, item.state) for item in notice.items] == [("R13.1@forestry", "excused")]
    body = worded(play, notice, NAMES).body
    assert "已由司法局负责人免责，不计逾期" in body


def test_the_weekly_reports_end_for_every_agency_with_the_leads_result() -> None:
    play = entrusted(agencies=TWO, lead_agency="forestry")
    notices = recorded(play, "result", "0313", copied_on="2026-03-13")
    assert ("agency:transport", "R13.1@transport") in items(notices, NoticeKind.ENDED)


def test_one_own_act_is_no_news() -> None:
    play = Play(letter("oral_notice", "0310"))
    play.record("told", "0310")
    notices = recorded(play, "feedback", "0312", agency="forestry")
    assert [notice.kind for notice in notices] == [NoticeKind.ARRIVAL], "the bureau's R04, and nothing else"
    assert play.duty("R03@forestry").state is DutyState.DONE


def test_a_duty_that_comes_back_is_told_with_its_date() -> None:
    play = entrusted()
    recall = play.record("recall", "0313")
    notices = recorded(play, "void", "0316", target=recall)
    assert items(notices, NoticeKind.REOPENED) == {
        ("agency:forestry", "R05"), ("agency:forestry", "R07"), ("agency:forestry", "R13.1@forestry"),
    }  # fmt: skip
    subject, body = worded(play, notices[0], NAMES)
    assert subject == "【恢复办理】2026-017 林业局：每周通报协调化解进展·第1周（2026-03-17）等3项"
    assert "恢复办理（登记作废）；期限 2026-03-17；自2026-03-10" in body


def test_feedback_entered_by_mistake_and_voided_is_owed_again() -> None:
    play = Play(letter("oral_notice", "0310"))
    play.record("told", "0310")
    feedback = play.record("feedback", "0312")
    notices = recorded(play, "void", "0313", target=feedback)
    assert ("agency:forestry", "R03@forestry") in items(notices, NoticeKind.REOPENED)


@pytest.mark.parametrize("count", [1, 2])
def test_a_repeat_tells_nothing_again(count: int) -> None:
    play = entrusted()
    play.record("recall", "0313")
    (entry,) = [entry for entry in play.state.entries if entry.event == event("recall", "0313")]
    before = len(play.notices)
    for _ in range(count):
        play.again(entry)
    assert len(play.notices) == before


def test_what_waits_for_its_day_zero_has_been_told_to_nobody() -> None:
    play = Play(letter("mediation_letter", "0310"))
    notices = recorded(play, "recall", "0310")
    assert play.duty("R13@forestry").state is DutyState.CANCELLED
    assert items(notices, NoticeKind.ENDED) == {("agency:forestry", "R05"), ("agency:forestry", "R07")}


def test_an_agency_that_takes_another_one_s_place_hears_what_it_owes_and_the_other_that_it_is_free() -> None:
    play = entrusted(agencies=TWO, lead_agency="transport")
    told = next(entry.id for entry in play.state.entries if entry.event.type == "told")
    play.record("void", "0312", target=told)
    notices = recorded(play, "correction", "0313", field="agencies.forestry.agency", value="water")
    assert ("agency:water", "R07") in items(notices, NoticeKind.ARRIVAL)
    assert ("agency:forestry", "R07") in items(notices, NoticeKind.ENDED)
    assert "agency:transport" not in {to for to, _ in items(notices, NoticeKind.ENDED)}
    (freed,) = [notice for notice in notices if notice.to == "agency:forestry"]
    body = worded(play, freed, NAMES).body
    assert "函告协调化解结果（R07）；原定期限 2026-04-10；已终止（登记更正），无需继续办理" in body


def test_a_judgment_that_comes_calls_off_the_task_of_correcting_the_act() -> None:
    play = Play(letter("response_notice", "0310", [{"agency": "forestry", "received_on": day("0309")}]))
    before = len(play.notices)
    served = [{"agency": "forestry", "received_on": day("0313")}]
    play.arrive(letter("judgment", "0313", served, number="1", judged_on=day("0311"), outcomes=["revoked"]))
    (notice,) = [each for each in play.notices[before:] if items([each], NoticeKind.ENDED)]
    assert items([notice], NoticeKind.ENDED) == {("agency:forestry", "R10@forestry")}
    assert "已终止（法院已作出裁判，未主动纠错），无需继续办理" in worded(play, notice, NAMES).body


@pytest.mark.parametrize("language", ["zh", "en"])
def test_an_ending_that_a_county_calls_by_a_word_of_its_own_holds_up_no_notice(language: Language) -> None:
    assert moved_name("settled_elsewhere", language) == text("moved.otherwise", language)
