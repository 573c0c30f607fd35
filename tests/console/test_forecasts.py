"""What an event would change is shown before it is recorded, to each viewer what concerns them; nothing is written."""

import re
from collections.abc import Awaitable, Callable

import pytest
from playwright.async_api import Page, expect
from sqlmodel import func, select

from docket.engine import reading
from docket.tables import EventRow
from tests.console.town import Town, Visitor

pytestmark = pytest.mark.slow
Open = Callable[..., Awaitable[Page]]
Call = Callable[[str | None], Visitor]


def events(county: Town) -> int:
    with reading(county.office.engine) as session:
        return session.exec(select(func.count()).select_from(EventRow)).one()


async def forecast(visitor: Visitor, short: str, event: str, **typed: str) -> str:
    """Return the words of a forecast, without their mark-up."""
    answer = await visitor.post(f"/letters/{short}/record/{event}/forecast", **typed)
    assert answer.status_code == 200
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.text)).replace("： ", "：")


async def test_telling_an_agency_shows_the_weeks_that_begin_to_run(county: Town, call: Call) -> None:
    short, before = county.short("2026-002", "mediation_letter"), events(county)
    shown = await forecast(call("clerk"), short, "told", on="2026-03-30", agency="housing")
    assert "告知涉诉行政机关 县司法局 → 县住房和城乡建设局 R01 期限：2026-03-10 周二" in shown
    assert "状态：未及时 → 未及时完成 2026-03-30" in shown
    # The sixth is the third day of Qingming: it rolls.
    week = "每周通报协调化解进展·第1周 县住房和城乡建设局 → 县司法局 R13 期限：2026-04-07 周二 状态：办理中 （新增）"
    assert week in shown
    assert "待起算" not in shown and "已终止" not in shown
    assert "以上仅为推算，尚未登记。" in shown
    assert events(county) == before


async def test_a_day_off_is_pointed_out_and_a_day_that_can_t_be_is_refused(county: Town, call: Call) -> None:
    short = county.short("2026-002", "mediation_letter")
    assert "2026-03-29 是休息日（周日）" in await forecast(
        call("clerk"), short, "told", on="2026-03-29", agency="housing"
    )
    refused = await forecast(call("clerk"), short, "told", on="2026-03-01", agency="housing")
    assert "2026-03-10" in refused and "登记后 " not in refused.replace("登记后的变化", "")


async def test_what_is_missing_is_named_and_texts_are_not_waited_for(county: Town, call: Call) -> None:
    short = county.short("2026-001", "mediation_letter")
    assert "填写以下各项后即可推算：当事人" in await forecast(call("clerk"), short, "consent", on="2026-03-31")
    shown = await forecast(call("clerk"), short, "result", on="2026-03-31", outcome="success", agreement="撤诉")
    assert "状态：办理中 尚缺：抄送县司法局" in shown
    copied = {"copied_on": "2026-03-31", "agreement": "撤诉"}
    shown = await forecast(call("clerk"), short, "result", on="2026-03-31", outcome="success", **copied)
    result = "函告协调化解结果 县林业局 → 人民法院 R07 期限：2026-04-10 周五 状态：办理中 → 已完成 2026-03-31"
    assert result in shown


async def test_a_date_that_moves_is_not_mixed_up_with_the_day_it_was_done(county: Town, call: Call) -> None:
    short = county.short("2026-004", "judgment")
    shown = await forecast(call("clerk"), short, "effective", on="2026-03-30")
    assert "裁判文书备案" in shown
    assert "期限：2026-03-27 周五 → 2026-04-09 周四 状态：已完成 2026-03-26" in shown


async def test_the_other_letters_of_the_matter_are_forecast_too(county: Town, call: Call) -> None:
    """What a withdrawal ends in the appearance notice must not be called no change on the judgment's page."""
    shown = await forecast(call("clerk"), county.short("2026-004", "judgment"), "withdrawal", on="2026-03-30")
    assert "同案来文 负责人出庭通知 2026-03-10" in shown and "没有变化" not in shown
    assert "主要负责人出庭 县林业局 → 人民法院 R12a 期限：2026-04-16 周四 状态：办理中 → 已终止" in shown


async def test_a_form_that_nothing_is_typed_into_names_no_field_by_its_code(county: Town, call: Call) -> None:
    short = county.short("2026-001", "mediation_letter")
    shown = await forecast(call("clerk"), short, "extension", on="2026-03-30")
    assert "延长后届满日、延长月数、延长天数三项须填一项" in shown and "extension" not in shown
    assert "填写以下各项后即可推算：后函" in await forecast(call("clerk"), short, "superseded", on="2026-03-30")


async def test_known_courts_are_suggested_however_often_the_form_comes_back(county: Town, call: Call) -> None:
    clerk = call("clerk")
    for page in (
        await clerk.get("/register/oral_notice"),
        await clerk.post("/register/oral_notice", step="more:agencies"),
        await clerk.post("/register/oral_notice", step="register", matter="x"),
    ):
        assert '<option value="武平县人民法院"></option>' in page.text


async def test_a_liaison_s_forecast_shows_the_own_agency_s_duties_only(county: Town, call: Call) -> None:
    short = county.short("2026-002", "mediation_letter")
    shown = await forecast(call("liaison"), short, "progress", on="2026-03-31", agency="forestry", slot="3")
    assert "第3周" in shown and "县住房和城乡建设局" not in shown
    other = await forecast(call("liaison"), short, "progress", on="2026-03-31", agency="housing")
    assert "“县住房和城乡建设局”不是您所在的机关" in other and "第1周" not in other


async def test_what_a_liaison_s_paper_does_to_other_agencies_is_not_shown_to_them(county: Town, call: Call) -> None:
    short = county.short("2026-002", "mediation_letter")
    paper = {"outcome": "withdrawn", "on": "2026-03-31", "number": "反1号", "copied_on": "2026-03-31"}
    others = "每周通报协调化解进展 县住房和城乡建设局"
    assert others in await forecast(call("clerk"), short, "result", **paper)
    own = await forecast(call("liaison"), short, "result", agency="forestry", **paper)
    assert "函告协调化解结果" in own and others not in own


async def test_enter_shows_what_would_follow_and_records_nothing(county: Town, page_of: Open) -> None:
    before, page = events(county), await page_of("clerk")
    await page.goto(f"/letters/{county.short('2026-001', 'mediation_letter')}/record/extension")
    await page.fill("#number", "武林函〔2026〕9号")
    await page.press("#number", "Enter")
    await expect(page.locator("#number")).to_have_value("武林函〔2026〕9号")
    await expect(page.locator("#forecast")).to_contain_text("以上仅为推算，尚未登记。")
    assert events(county) == before


async def test_the_forecast_follows_what_is_typed(county: Town, page_of: Open) -> None:
    page = await page_of("clerk")
    await page.goto(f"/letters/{county.short('2026-002', 'mediation_letter')}/record/told?agency=housing")
    await page.fill("#on", "2026-03-30")
    await expect(page.locator("#forecast")).to_contain_text("2026-04-07 周二")
    await page.fill("#on", "2026-03-24")
    await expect(page.locator("#forecast")).to_contain_text("2026-03-31 周二")


async def test_leaving_the_agency_open_says_what_it_means(county: Town, page_of: Open) -> None:
    page, short = await page_of("clerk"), county.short("2026-002", "mediation_letter")
    await page.goto(f"/letters/{short}/record/told")
    await expect(page.locator("#agency option").first).to_have_text("全部机关")
    await page.goto(f"/letters/{short}/record/progress")
    await expect(page.locator("#agency option").first).to_have_text("请选择")
    await expect(page.locator("label[for=agency] .must")).to_have_count(1)


async def test_what_a_consent_changes_of_the_window_is_shown(county: Town, call: Call) -> None:
    shown = await forecast(
        call("clerk"), county.short("2026-001", "mediation_letter"), "consent", on="2026-03-30", party="张三"
    )
    assert "协调化解期限：2026-03-10 周二 — 2026-04-10 周五" in shown and "延长待完备，尚缺" in shown
