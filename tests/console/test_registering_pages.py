"""Registering in a real browser: each kind, the forecast before anything is saved, second looks, and refusals."""

import re
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from playwright.async_api import Page, expect
from sqlmodel import select

from docket.engine import reading
from docket.reads import find_letter
from docket.tables import ActRow, LetterRow
from rules.errors import Refused
from tests.console.hand import fill, press, problems, register, says
from tests.console.town import Town

pytestmark = pytest.mark.slow
Open = Callable[..., Awaitable[Page]]

COMMON = {"court": "武平县人民法院", "received_at": "2026-03-30", "agencies.0.agency": "forestry"}
KINDS: dict[str, tuple[dict[str, Any], dict[str, str | None]]] = {
    "oral_notice": (
        {"matter": "k-1", "plaintiff": "赵六", "caller": "立案庭"},
        {"R01@forestry": "2026-03-30", "R02@forestry": "2026-03-30", "R03@forestry": None},
    ),
    "mediation_letter": (
        {
            "matter": "k-2", "number": "（2026）闽0824委9号", "stage": "pre", "received_at.time": "09:30",
            "parties.0.role": "plaintiff", "parties.0.name": "钱七", "agencies.0.received_on": "2026-03-30",
        },
        {"R05": "2026-04-30", "R07": "2026-04-30", "R13.1@forestry": "2026-04-07"},
    ),
    "response_notice": (
        {"matter": "k-3", "number": "(2026)闽0824行初9号", "agencies.0.received_on": "2026-03-30"},
        {"R08a@forestry": "2026-04-02", "R08b@forestry": "2026-04-02", "R10@forestry": None},
    ),
    "appearance_notice": (
        {"matter": "k-4", "hearing_at": "2026-05-12", "hearing_at.time": "09:00"},
        {"R12a@forestry": "2026-05-12"},
    ),
    "judgment": (
        {
            "matter": "k-5", "judged_on": "2026-03-20", "last_service_on": "2026-03-26", "outcomes": ["revoked"],
            "agencies.0.received_on": "2026-03-26",
        },
        {"R16@forestry": "2026-04-21", "R17@forestry": "2026-05-11"},
    ),
    "appeal_copy": (
        {
            "matter": "k-6", "appellant": "孙八", "judgment_number": "（2026）闽0824行初9号",
            "agencies.0.received_on": "2026-03-27",
        },
        {"D-08@forestry": "2026-04-13"},
    ),
}  # fmt: skip


@pytest.mark.parametrize("kind", KINDS)
async def test_a_clerk_registers_each_kind_of_letter(county: Town, page_of: Open, kind: str) -> None:
    typed, owed = KINDS[kind]
    page = await page_of("clerk")
    await page.goto("/register")
    await page.click(f'a[href="/register/{kind}"]')
    await fill(page, COMMON | typed)
    await press(page, "登记")
    await expect(page.locator(".message.good")).to_have_text("已登记，事项与期限如下。")
    short = page.url.split("/")[-1].partition("?")[0]
    with reading(county.office.engine) as session:
        state = find_letter(session, short)
        logged = session.exec(select(ActRow).where(ActRow.object == state.letter_id)).one()
    assert (state.letter.kind, state.registered_by) == (kind, "clerk1")
    due = {duty.key: duty.due.isoformat() if duty.due else None for duty in state.duties}
    assert {key: due[key] for key in owed} == owed
    for key, day in owed.items():
        row = page.locator(f'tr[id="{key}"]')
        assert (day or "—") in await row.inner_text()
    assert (logged.act, logged.by, logged.origin) == ("register", "clerk1", "console 127.0.0.1")
    assert logged.old is None and logged.new is not None and logged.new["matter"] == typed["matter"]
    await register(page, kind, COMMON | typed)
    await expect(page.locator(".message.good")).to_have_text("此来文此前已登记，以下为原登记。")
    assert short in page.url


async def test_duties_and_their_reckoning_appear_while_dates_are_typed_and_nothing_is_saved(
    county: Town, page_of: Open
) -> None:
    with reading(county.office.engine) as session:
        before = len(session.exec(select(LetterRow.id)).all())
    page = await page_of("clerk")
    await page.goto("/register/mediation_letter")
    shown = page.locator("#forecast")
    await fill(page, {"received_at": "2026-03-30"})
    await expect(shown).to_contain_text("填写以下各项后即可推算：涉诉行政机关")
    await fill(page, {"agencies.0.agency": "forestry"})
    await expect(shown).to_contain_text("2026-04-30 周四")
    await expect(shown).to_contain_text("阶段尚未选择，暂按诉前推算")
    await shown.locator("details").first.locator("summary").click()
    await expect(shown).to_contain_text("自2026-03-30（县司法局收到之日）起算1个月，至对应日2026-04-30（周四）")
    await fill(page, {"stage": "trial"})
    await expect(shown).to_contain_text("R09")
    await expect(shown).not_to_contain_text("暂按诉前")
    await fill(page, {"window_end": "2026-05-06"})
    await expect(shown).to_contain_text("2026-05-06 周三")
    await expect(shown).to_contain_text("以上仅为推算，尚未登记。")
    with reading(county.office.engine) as session:
        assert len(session.exec(select(LetterRow.id)).all()) == before


async def test_the_forecast_works_without_a_script_and_rows_can_be_added(page_of: Open) -> None:
    page = await page_of("clerk", java_script_enabled=False)
    await page.goto("/register/mediation_letter")
    await fill(page, COMMON | {"stage": "pre", "matter": "无脚本"})
    await press(page, "推算期限")
    await expect(page.locator("#forecast")).to_contain_text("2026-04-30 周四")
    assert await page.input_value("#matter") == "无脚本"
    await page.locator("#agencies > button").click()
    await fill(page, {"agencies.1.agency": "water", "agencies.1.received_on": "2026-03-30"})
    await page.locator("#parties > button").click()
    await fill(page, {"parties.0.role": "plaintiff", "parties.0.name": "甲", "parties.1.role": "third_party"})
    await fill(page, {"parties.1.name": "乙"})
    await press(page, "登记")
    await expect(page.locator(".message.good")).to_have_text("已登记，事项与期限如下。")
    head = await page.locator("dl.facts").inner_text()
    assert "县林业局、县水利局（2026-03-30 收到）" in head
    assert "原告 甲、第三人 乙" in head


async def test_the_mediation_page_says_that_the_window_does_not_stop_the_answer_period(page_of: Open) -> None:
    page = await page_of("clerk")
    await page.goto("/register/mediation_letter")
    await expect(page.locator(".message.look").first).to_contain_text("协调化解期限不影响 15 日答辩举证期限")
    await page.goto("/register/oral_notice")
    await expect(page.locator("main")).not_to_contain_text("15 日答辩")


async def test_what_deserves_a_second_look_is_shown_before_it_is_registered(county: Town, page_of: Open) -> None:
    page = await page_of("clerk")
    typed = COMMON | {
        "matter": "look-1", "received_at": "2026-03-29", "issued_on": "2026-03-02", "number": "(2026)闽0824行初6号",
        "agencies.0.received_on": "2026-03-29",
    }  # fmt: skip
    await register(page, "response_notice", typed)
    warnings = " ".join(await page.locator("#forecast .message.look").all_inner_texts())
    assert "司法局收到时间：2026-03-29 是休息日（周日），请核对日期" in warnings
    assert "成文日期：2026-03-02 距收到已有 27 天" in warnings
    assert re.search(r"文号 \(2026\)闽0824行初6号 已用于其他案件：2026-006（\w{8}）", warnings)
    with reading(county.office.engine) as session, pytest.raises(Refused):
        find_letter(session, "look-1")
    await press(page, "核对无误，仍然登记")
    await expect(page.locator(".message.good")).to_have_text("已登记，事项与期限如下。")


async def test_a_letter_of_the_same_matter_is_offered_and_its_particulars_taken_over(
    county: Town, page_of: Open
) -> None:
    page = await page_of("clerk")
    await page.goto("/register/response_notice")
    await fill(page, {"matter": "2026-002"})
    offered = page.locator("#forecast .message.look")
    await expect(offered).to_contain_text("同案已有来文")
    await offered.locator("text=沿用其案件信息").first.click()
    await expect(page.locator("#title")).to_have_value("征地补偿")
    assert await page.input_value("#court") == "武平县人民法院"
    assert await page.input_value('[name="agencies.0.agency"]') == "forestry"
    assert await page.input_value('[name="agencies.1.agency"]') == "housing"
    assert await page.input_value("#received_at") == ""


def oral(**typed: Any) -> tuple[str, dict[str, Any]]:
    return "oral_notice", typed


def mediation(**typed: Any) -> tuple[str, dict[str, Any]]:
    plaintiff = {"parties.0.role": "plaintiff", "parties.0.name": "甲"}
    return "mediation_letter", {"stage": "pre", **plaintiff, **{name.replace("__", "."): typed[name] for name in typed}}


def judgment(**typed: Any) -> tuple[str, dict[str, Any]]:
    given = {"judged_on": "2026-03-20", "outcomes": ["dismissed"], "agencies.0.received_on": "2026-03-27"}
    return "judgment", {**given, **typed}


def appearance(**typed: Any) -> tuple[str, dict[str, Any]]:
    return "appearance_notice", typed


REFUSALS: list[tuple[tuple[str, dict[str, Any]], str, str]] = [
    (oral(matter=""), "matter", "missing"),
    (oral(**{"agencies.0.agency": ""}), "agencies", "missing"),
    (judgment(outcomes=[]), "outcomes", "missing"),
    (oral(matter="甲 乙"), "matter", "bad_identifier"),
    (oral(court="院" * 121), "court", "too_long"),
    (oral(received_at="昨天"), "received_at", "bad_instant"),
    (oral(issued_on="上周五"), "issued_on", "bad_date"),
    (oral(issued_on="2026-02-30"), "issued_on", "no_such_day"),
    (oral(issued_on="1026-02-03"), "issued_on", "year_out_of_range"),
    (oral(duties_for="nobody"), "duties_for", "choice"),
    (oral(title="甲\u0007乙"), "title", "control_characters"),
    (oral(received_at="2026-04-02"), "received_at", "received_in_future"),
    (oral(received_at="2020-03-30"), "received_at", "too_old"),
    (oral(issued_on="2026-03-31"), "issued_on", "issued_after_receipt"),
    (oral(**{"agencies.0.agency": "closed_bureau"}), "agencies.0.agency", "unknown_agency"),
    (oral(**{"agencies.0.received_on": "2026-04-20"}), "agencies.0.received_on", "in_future"),
    (oral(**{"agencies.0.received_on": "2025-03-30"}), "agencies.0.received_on", "receipts_far_apart"),
    (oral(issued_on="2026-03-30", **{"agencies.0.received_on": "2026-03-27"}), "agencies.0.received_on",
     "received_before_issue"),
    (("response_notice", {}), "agencies.0.received_on", "receipt_needed"),
    (oral(lead_agency="water"), "lead_agency", "lead_not_listed"),
    (mediation(parties__0__role="third_party"), "parties", "no_plaintiff"),
    (mediation(parties__0__name="武平县某公司 ", window_end="2026-03-01"), "window_end", "end_before_start"),
    (mediation(window_end="2028-03-01"), "window_end", "too_far"),
    (judgment(judged_on="2026-03-31"), "received_at", "served_before_judged"),
    (judgment(effective_on="2026-03-01"), "effective_on", "effective_before_judged"),
    (judgment(last_service_on="2026-03-01"), "last_service_on", "served_before_judged"),
    (appearance(hearing_at="2026-03-20"), "hearing_at", "hearing_before_receipt"),
    (appearance(hearing_at="2027-12-20"), "hearing_at", "too_far"),
    (oral(matter="2026-003", received_at="2026-03-10", **{"received_at.time": "09:30", "agencies.0.agency": "water"}),
        "title",
        "letter_differs"),
]  # fmt: skip


async def test_every_refusal_marks_its_field_says_why_and_keeps_what_was_typed(county: Town, page_of: Open) -> None:
    page = await page_of("clerk")
    with reading(county.office.engine) as session:
        before = session.exec(select(LetterRow.id)).all()
    for (kind, typed), field, key in REFUSALS:
        await register(page, kind, COMMON | {"matter": "no-1", "note": "保留的内容"} | typed)
        wrong = await problems(page)
        assert list(wrong) == [field], (kind, typed, wrong)
        assert says(key).fullmatch(wrong[field]), (kind, typed, wrong, key)
        assert await page.locator(f'.wrong[id="{field}"], .wrong [id="{field}"]').count() == 1
        assert await page.input_value("#note") == "保留的内容"
    with reading(county.office.engine) as session:
        assert session.exec(select(LetterRow.id)).all() == before


async def test_one_agency_or_party_twice_is_refused_at_its_row(page_of: Open) -> None:
    page = await page_of("clerk")
    await page.goto("/register/mediation_letter")
    await page.locator("#agencies > button").click()
    await page.locator("#parties > button").click()
    typed = COMMON | {"matter": "no-2", "stage": "pre", "agencies.1.agency": "forestry"}
    parties = {
        "parties.0.role": "plaintiff",
        "parties.0.name": "甲",
        "parties.1.role": "third_party",
        "parties.1.name": "甲",
    }
    await fill(page, typed | parties)
    await press(page, "登记")
    wrong = await problems(page)
    assert says("agency_twice").fullmatch(wrong["agencies.0.agency"]), wrong
    await fill(page, {"agencies.1.agency": "water"})
    await press(page, "登记")
    wrong = await problems(page)
    assert says("party_twice").fullmatch(wrong["parties.0.name"]), wrong
    await fill(page, {"parties.1.name": "县林业局"})
    await press(page, "登记")
    wrong = await problems(page)
    assert says("party_is_agency").fullmatch(wrong["parties.1.name"]), wrong
