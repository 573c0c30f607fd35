"""Notices in words: what each person reads, in Chinese and in English."""

import re

import pytest

from rules.letters.letter import short_id
from rules.letters.registry import event_models
from rules.telling.notices import Notice
from rules.telling.wording import Message, missing_name
from tests.rules.builders import TWO, Play, day, entrusted, letter, worded

NAMES = {"forestry": "林业局", "transport": "交通局"}


def words(play: Play, notice: Notice) -> Message:
    return worded(play, notice, NAMES)


def test_an_arrival_says_what_is_owed_by_when_and_how_that_was_counted() -> None:
    play = Play(letter("oral_notice", "0310", title="某村征收补偿"))
    play.record("told", "0310")
    subject, body = words(play, play.told("agency:forestry")[-1])
    assert subject == "【新事项】2026-017 林业局：反馈协调化解情况（2026-03-16）"
    assert body.splitlines()[:2] == [
        "案件 2026-017 某村征收补偿（武平县人民法院口头通知行政起诉事项）：",
        "1. 林业局：反馈协调化解情况（R03）；期限 2026-03-16；自2026-03-10（涉诉行政机关被告知之日）次日起算5日，"
        "至2026-03-15（周日），因周日顺延至2026-03-16（周一）（依据第一部分第（一）项第二款）。",
    ]


def test_what_presses_most_stands_first_and_gives_the_subject() -> None:
    play = entrusted()
    play.wait("0318 12:00")
    notice = play.told("agency:forestry")[-1]
    assert words(play, notice).subject == "【逾期】2026-017 林业局：每周通报协调化解进展·第1周（期限 2026-03-17）"
    play.wait("0325 12:00")
    notice = play.told("agency:forestry")[-1]
    assert [item.duty for item in notice.items] == ["R13.1@forestry", "R13.2@forestry"]
    assert words(play, notice).subject.endswith("等2项")


def test_a_soft_duty_is_never_called_overdue() -> None:
    play = Play(letter("oral_notice", "0310"))
    play.wait("0311 12:00")
    subject, body = words(play, play.told("bureau")[-1])
    assert subject.startswith("【未及时】2026-017 县司法局（林业局）：告知涉诉行政机关")
    assert "未及时办理，请尽快完成" in body
    assert "逾期" not in subject + body


def test_a_draft_speaks_to_the_leader_who_will_read_it() -> None:
    play = Play(letter("response_notice", "0320", [{"agency": "forestry", "received_on": day("0310")}]))
    (draft,) = play.told("leader:forestry")
    subject, body = words(play, draft)
    assert subject == "【呈报】2026-017 林业局：告知县司法局（期限 2026-03-13）等2项"
    assert "已逾期，尚未办结" in body and "请立即办理" not in body
    assert body.endswith(f"详情请向县司法局了解（来文短号 {short_id(play.state.letter_id)}）。")


def test_a_waiting_duty_asks_for_its_day_zero() -> None:
    play = Play(letter("oral_notice", "0310"))
    play.record("reported", "0310")
    notice = next(each for each in play.wait("0318") if "waiting-1" in each.items[-1].codes)
    assert "反馈协调化解情况（R03）；起算日期尚未登记，请补登" in words(play, notice).body


def test_what_a_paper_lacks_is_named() -> None:
    play = entrusted(agencies=TWO)
    play.record("result", "0401")
    play.wait("0402 12:00")
    notice = play.told("agency:transport")[-1]
    assert "尚缺：抄送县司法局" in words(play, notice).body
    assert missing_name("consent:陈某", NAMES, "zh") == "陈某的同意"
    assert missing_name("consent:forestry", NAMES, "zh") == "林业局的同意"


@pytest.mark.parametrize("why", [*event_models(), "calendar"])
def test_whatever_moved_a_date_has_a_name(why: str) -> None:
    play = entrusted()
    extension = play.told("bureau")[0]
    item = extension.items[0].model_copy(update={"old_due": day("0309"), "why": why})
    moved = extension.model_copy(update={"items": (item,)})
    for body in (
        words(play, moved).body,
        worded(play, moved, NAMES, "en").body,
    ):
        assert why not in re.findall(r"[a-z]+_[a-z]+", body)
    assert re.search(r"期限由 2026-03-09 变为 2026-03-10（[\u4e00-\u9fff]+）", words(play, moved).body)


def test_the_english_notice_says_the_same() -> None:
    play = entrusted()
    play.wait("0413 12:00")
    notice = next(each for each in reversed(play.told("bureau_leader")) if each.items[0].duty == "R07")
    english = worded(play, notice, {"forestry": "Forestry"}, "en")
    assert english.subject == "[Overdue] 2026-017 send the result letter (was due 2026-04-10)"
    assert "overdue: press for it" in english.body


def test_the_bureau_is_told_to_press_for_what_others_owe_and_to_do_what_it_owes() -> None:
    play = Play(letter("oral_notice", "0310"))
    play.record("told", "0310")
    play.wait("0320 12:00")
    notice = next(each for each in play.told("bureau") if any("R03" in item.duty for item in each.items))
    assert "已逾期，请督促办理" in words(play, notice).body
    own = Play(letter("oral_notice", "0310"))
    own.wait("0311 12:00")
    assert "请督促" not in words(own, own.told("bureau")[-1]).body
