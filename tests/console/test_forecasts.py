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
    """Give the words of a forecast, without their mark-up."""
    answer = await visitor.post(f"/letters/{short}/record/{event}/forecast", **typed)
    assert answer.status_code == 200
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.text))


async def test_telling_an_agency_shows_the_weeks_that_begin_to_run(county: Town, call: Call) -> None:
    short, before = county.short("2026-002", "mediation_letter"), events(county)
    shown = await forecast(call("clerk"), short, "told", on="2026-03-30", agency="housing")
    assert "告知涉诉行政机关 县司法局 → 县住房和城乡建设局 R01 未及时 2026-03-10 → 未及时完成 2026-03-30" in shown
    # The sixth is the third day of Qingming: it rolls.
    assert "每周通报协调化解进展·第1周 县住房和城乡建设局 → 县司法局 R13 新增： 办理中 2026-04-07 周二" in shown
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
    assert "办理中 2026-04-10 周五 尚缺：抄送县司法局" in shown
    copied = {"copied_on": "2026-03-31", "agreement": "撤诉"}
    shown = await forecast(call("clerk"), short, "result", on="2026-03-31", outcome="success", **copied)
    assert "函告协调化解结果 县林业局 → 人民法院 R07 办理中 2026-04-10" in shown
    assert "已完成 2026-03-31" in shown


async def test_a_liaison_s_forecast_shows_the_own_agency_s_duties_only(county: Town, call: Call) -> None:
    short = county.short("2026-002", "mediation_letter")
    shown = await forecast(call("liaison"), short, "progress", on="2026-03-31", agency="forestry", slot="3")
    assert "第3周" in shown and "县住房和城乡建设局" not in shown
    other = await forecast(call("liaison"), short, "progress", on="2026-03-31", agency="housing")
    assert "“县住房和城乡建设局”不是您所在的机关" in other and "第1周" not in other


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
