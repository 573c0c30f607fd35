"""Corner cases of one letter: each was once a wrong state, or a letter that stood still."""

from typing import Any

import pytest

from rules.accept.letters import check_letter
from rules.accept.rulebook import read_rulebook
from rules.counting.calendar import Calendar
from rules.duties.duty import DutyState
from rules.errors import Refused, RulebookRefused
from rules.telling.notices import NoticeKind
from tests.rules.builders import CALENDAR, TWO, Play, at, day, entrusted, letter, notice, shipped

SERVED = [{"agency": "forestry", "received_on": "2026-03-02"}]


def holiday(last: str) -> Calendar:
    """Return the shipped calendar with a break in March 2026 that makes weekly slots merge."""
    known = shipped(2026)
    off = [(str(each.first), str(each.last), each.name) for each in known.off] + [("2026-03-14", last, "节")]
    return CALENDAR.with_years([notice(2026, off, [str(each) for each in known.work])])


def test_an_event_and_a_calendar_in_one_step_may_bring_a_duty_and_take_it_away() -> None:
    play = Play(letter("mediation_letter", "0310"), calendar=holiday("2026-03-26"))
    told = play.record("told", "0310")
    assert play.state.duty("R13.1@forestry") is None, "the first weeks are merged"
    play.calendar = CALENDAR
    play.record("void", "0311", target=told)
    assert play.duty("R13@forestry").state is DutyState.WAITING


def test_a_corrected_agency_may_act_without_being_named() -> None:
    play = Play(letter("oral_notice", "0310"))
    play.record("correction", "0311", field="agencies.forestry.agency", value="transport")
    play.record("told", "0311")
    assert play.states()["R01@transport"] == "late"


def test_a_filing_is_not_missed_when_the_document_was_never_in_effect() -> None:
    play = Play(letter("judgment", "0302", SERVED, number="1", judged_on=day("0227"), outcomes=["dismissed"]))
    assert play.due("R16@forestry") == day("0327")
    play.record("appealed", "0408")
    assert play.states()["R16@forestry"] == "cancelled"


def test_what_was_recorded_of_an_adjourned_hearing_says_nothing_of_the_new_one() -> None:
    play = Play(letter("appearance_notice", "0310", hearing_at=at("0320 09:00")))
    play.record("heard", "0320", agency="forestry", appeared="head")
    assert play.states()["R12a@forestry"] == "done"
    play.record("correction", "0323", field="hearing_at", value="2026-04-10T09:00:00+08:00")
    assert (play.states()["R12a@forestry"], play.due("R12a@forestry")) == ("open", day("0410"))


def test_registering_is_the_lead_agency_s_telling_only() -> None:
    agencies = [{"agency": each["agency"], "received_on": "2026-03-10"} for each in TWO]
    play = Play(letter("response_notice", "0310", agencies, told_by_agency=True))
    assert (play.states()["R08a@forestry"], play.states()["R08a@transport"]) == ("done", "open")


def test_feedback_after_the_forwarding_of_the_same_day_is_still_to_be_passed_on() -> None:
    play = Play(letter("oral_notice", "0310", TWO))
    play.record("told", "0310")
    play.record("reported", "0310")
    play.record("feedback", "0312", "0312 09:00", agency="forestry")
    play.record("forwarded", "0312", "0312 10:00", to="court")
    assert play.states()["R04"] == "done"
    play.record("feedback", "0312", "0312 16:00", agency="transport")
    assert (play.states()["R04"], play.closed()) == ("open", None)


def test_an_excuse_is_for_the_feedback_it_was_given_for() -> None:
    play = Play(letter("oral_notice", "0310", TWO))
    play.record("told", "0310")
    play.record("feedback", "0311", agency="forestry")
    play.record("excuse", "0316", by="zhao", duty="R04")
    assert play.states()["R04"] == "excused"
    play.record("forwarded", "0316", "0316 17:00", to="court")
    play.record("feedback", "0317", agency="transport")
    assert play.states()["R04"] == "open"


def test_a_rework_keeps_its_name_when_another_one_is_voided() -> None:
    play = Play(letter("oral_notice", "0310"))
    play.record("told", "0310")
    play.record("feedback", "0311")
    first = play.record("returned", "0312", of="feedback", rework_by=day("0316"))
    second = play.record("returned", "0313", of="feedback", rework_by=day("0317"))
    play.record("excuse", "0318", by="zhao", duty=f"R03-rework-{second}@forestry")
    play.record("void", "0318", "0318 17:00", target=first)
    assert play.states()[f"R03-rework-{second}@forestry"] == "excused"


def test_a_grace_ends_where_an_event_moves_the_date() -> None:
    play = Play(letter("oral_notice", "0316"), calendar=holiday("2026-03-24"))
    told = play.record("told", "0316")
    play.load(CALENDAR, "0317 10:00")
    assert play.duty("R03@forestry").grace is not None
    play.record("correction", "0318", target=told, field="told_by", value="court")
    assert play.duty("R03@forestry").grace is not None, "the date did not move"
    play.record("correction", "0318", "0318 17:00", target=told, field="on", value="2026-03-05")
    assert play.duty("R03@forestry").grace is None


def test_an_open_task_that_is_gone_is_told() -> None:
    play = Play(letter("oral_notice", "0310"))
    flagged = play.record("flagged", "0310")
    play.wait("0311 10:00")
    before = len(play.notices)
    play.record("void", "0311", target=flagged)
    items = [(each.to, item.rule, item.kind) for each in play.notices[before:] for item in each.items]
    assert ("bureau", "R15", NoticeKind.ENDED) in items


def test_a_presumed_day_of_effect_is_explained_by_the_time_for_appeal() -> None:
    play = Play(letter("judgment", "0302", SERVED, number="1", judged_on=day("0227"), outcomes=["dismissed"]))
    sheet = play.duty("R16@forestry").sheet
    assert sheet is not None
    assert sheet.steps()[0] == (
        "上诉期：自2026-03-02（最后送达之日）次日起算15日，至2026-03-17（周二）（依据行政诉讼法85）。"
        "期满无人上诉，文书推定于 2026-03-18 生效；收到生效证明后请登记，系统据以重算。"
    )
    assert "presumed to take effect on 2026-03-18" in sheet.steps("en")[0]
    fields = {"judged_on": day("0227"), "last_service_on": day("0303"), "instance": "second", "outcomes": ["dismissed"]}
    final = Play(letter("judgment", "0303", SERVED, number="1", **fields))
    explained = final.duty("R16@forestry").sheet
    assert explained is not None
    assert "送达即生效" in explained.steps()[0]


def test_at_once_after_hours_says_why_it_is_the_next_working_day() -> None:
    by_day, by_night = Play(letter("oral_notice", "0310 10:00")), Play(letter("oral_notice", "0310 19:00"))
    said = [play.duty("R01@forestry").sheet for play in (by_day, by_night)]
    assert [sheet.sentence() for sheet in said if sheet] == [
        "按立即办理的目标日确定为2026-03-10（周二）（依据第一部分第（一）项第一款）。",
        "按立即办理的目标日（收到时非办公时间，顺延至下一工作日）确定为2026-03-11（周三）（依据第一部分第（一）项第一款）。",
    ]


def test_a_county_whose_windows_can_not_be_extended_has_the_first_date_stand() -> None:
    none = "".join(f"[rules.{rule}]\nextended_by = []\n" for rule in ("R05", "R07", "R13"))
    book = read_rulebook(f'base = "wuping-2023-47"\nid = "firm-1"\n{none}', "firm.toml")
    play = Play(letter("mediation_letter", "0310"), book=book)
    for party in ("forestry", "陈某"):
        play.record("consent", "0311", party=party)
    play.record("extension", "0311", months=1, copied_on=day("0311"))
    assert (play.due("R07"), play.window.extensions) == (day("0410"), ())
    with pytest.raises(RulebookRefused):
        read_rulebook('base = "wuping-2023-47"\n[rules.R05]\nextended_by = []\n', "half.toml")


def test_an_extension_of_before_the_result_counts_whenever_it_is_recorded() -> None:
    """The result was sent in the prolonged window; that the clerk enters the extension after it changes nothing."""
    extended: list[tuple[str, str, dict[str, Any]]] = [
        ("consent", "0401", {"party": "forestry"}),
        ("consent", "0401", {"party": "陈某"}),
        ("extension", "0402", {"months": 1, "copied_on": day("0402")}),
    ]
    result: tuple[str, str, dict[str, Any]] = ("result", "0505", {"copied_on": day("0505")})
    for order in ([*extended, result], [result, *extended]):
        play = entrusted()
        for type_, on, fields in order:
            play.record(type_, on, "0515 09:00", **fields)
        assert play.states()["R07"] == "done"


def test_the_bureau_s_own_duty_is_no_news_to_agencies() -> None:
    play = Play(letter("mediation_letter", "0310", TWO, major=True, duties_for="lead"))
    before = len(play.notices)
    play.record("correction", "0311", field="duties_for", value="each")
    told = {(notice.to, item.duty) for notice in play.notices[before:] for item in notice.items}
    assert ("agency:transport", "R07") in told
    assert not [each for each in told if each[0].startswith("agency:") and each[1].startswith("R15")]


def test_a_notice_served_before_the_bureau_heard_of_it_may_have_had_its_hearing() -> None:
    served = [{"agency": "forestry", "received_on": "2026-02-02"}]
    check_letter(letter("response_notice", "0310", served, hearing_on=day("0302")), at("0310 16:00"))
    with pytest.raises(Refused):
        check_letter(letter("response_notice", "0310", served, hearing_on=day("0201")), at("0310 16:00"))


def test_a_rulebook_without_a_result_for_its_window_is_refused() -> None:
    with pytest.raises(RulebookRefused):
        read_rulebook('base = "wuping-2023-47"\n[rules.R07]\nletters = []\nshape = "standing"\n', "odd.toml")


def test_an_extension_takes_nothing_away_from_an_end_that_was_corrected() -> None:
    play = entrusted(window_end=day("0410"))
    for party in ("forestry", "陈某"):
        play.record("consent", "0320", party=party)
    play.record("extension", "0320", new_end=day("0417"), copied_on=day("0320"))
    assert play.due("R07") == day("0417")
    play.record("correction", "0323", field="window_end", value="2026-05-20")
    assert play.due("R07") == day("0520")
