"""The bureau's day in a real browser: today's counts, the docket and its spreadsheet, drafts, the calendar, notices."""

import re
from collections.abc import Awaitable, Callable
from datetime import date, datetime, timedelta
from io import BytesIO
from typing import Any

import pytest
from icalendar import Calendar
from openpyxl import load_workbook
from playwright.async_api import Page, expect
from sqlmodel import col, select

from docket.acts import acts
from docket.engine import reading
from docket.inbox import drafts
from docket.tables import NoticeRow
from tests.console.hand import fill, press
from tests.console.town import Town, Visitor

pytestmark = pytest.mark.slow
Open = Callable[..., Awaitable[Page]]
Call = Callable[[str | None], Visitor]


async def test_every_count_of_today_leads_to_a_list_of_as_many(county: Town, page_of: Open) -> None:
    for role in ("clerk", "supervisor", "liaison"):
        page = await page_of(role)
        await page.goto("/")
        tiles = [
            (await tile.get_attribute("href"), int(await tile.locator("strong").inner_text()))
            for tile in await page.locator(".cards a").all()
        ]
        assert len([count for _, count in tiles if count]) >= 3
        for address, count in tiles:
            assert address is not None
            await page.goto(address)
            if address.startswith("/docket"):
                assert f"共 {count} 项" in await page.inner_text("main")
            elif address.startswith("/notices"):
                assert await page.locator("article.notice").count() == min(count, 30)
            else:
                assert f"待发稿（{count} 份）" in await page.inner_text("main")


async def test_a_county_leader_reads_what_is_late_in_the_own_fields(county: Town, page_of: Open) -> None:
    page = await page_of("leader")
    await page.goto("/")
    rows = await page.locator("table.duties tbody tr").all_inner_texts()
    assert rows and all("县林业局" in row and "逾期" in row for row in rows)
    assert await page.locator("h2").all_inner_texts() == ["已逾期"]


async def test_the_docket_is_filtered_searched_sorted_and_every_filter_is_a_link(county: Town, page_of: Open) -> None:
    page = await page_of("clerk")
    await page.goto("/docket")
    await fill(page, {"q": "征地", "light": "red"})
    await press(page, "查询")
    assert "q=%E5%BE%81%E5%9C%B0" in page.url and "light=red" in page.url
    rows = await page.locator("table.duties tbody tr").all_inner_texts()
    assert [re.findall(r"\d{4}-\d\d-\d\d", row)[0] for row in rows] == ["2026-03-17", "2026-03-24"]
    address = page.url
    again = await page_of("supervisor")
    await again.goto(address)
    assert await again.locator("table.duties tbody tr").all_inner_texts() == rows
    await page.goto("/docket?q=(2026)闽0824行初6号")
    assert {"2026-006"} == set(re.findall("2026-006", await page.inner_text("table.duties")))
    for query, key in [("sort=matter", "matter"), ("sort=matter&down=1", "-matter"), ("all=1&sort=due&down=1", "-due")]:
        await page.goto(f"/docket?{query}&q=2026-00")
        which = "td[rowspan]" if "matter" in key else "td.date"
        cells = await page.locator(f"table.duties tbody {which}").all_inner_texts()
        found = [cell.split()[0] for cell in cells if cell[0].isdigit()]
        assert found == sorted(found, reverse=key.startswith("-")), query
    answer = await page.goto("/docket?due_from=nonsense")
    assert answer is not None and answer.status == 422
    await expect(page.locator("main")).to_contain_text("due_from")


async def test_the_spreadsheet_has_exactly_the_rows_that_are_shown(county: Town, page_of: Open) -> None:
    page = await page_of("clerk")
    await page.goto("/docket?agency=forestry&sort=matter")
    shown = await page.locator("table.duties tbody tr").all()
    cells: list[list[str]] = []
    for line in shown:
        said = [(await cell.inner_text()).split("\n")[0] for cell in await line.locator("td").all()]
        # A matter's name stands once for all of its rows that follow each other.
        cells.append(said if len(said) == 7 else [cells[-1][0], *said])
    async with page.expect_download() as waiting:
        await page.click("text=导出 Excel")
    download = await waiting.value
    assert re.fullmatch(r"docket-\d{8}\.xlsx", download.suggested_filename)
    sheet = load_workbook(BytesIO((await download.path()).read_bytes())).active
    assert sheet is not None
    head, *rows = [list(row) for row in sheet.iter_rows(values_only=True)]
    assert head[:4] == ["灯", "期限", "顺延前届满日", "案件"]
    assert len(rows) == len(cells) > 5
    for row, cell in zip(rows, cells, strict=True):
        due = row[1].date().isoformat() if isinstance(row[1], datetime) else "—"
        assert (row[3], due, row[11]) == (cell[0], cell[2].split()[0], cell[5])


async def test_a_draft_is_sent_with_one_press_and_recorded(county: Town, page_of: Open, call: Call) -> None:
    with reading(county.office.engine) as session:
        wanted = next(each for each in drafts(session) if each.line["matter"] == "2026-002")
    key = wanted.line["key"]
    page = await page_of("supervisor")
    await page.goto("/supervision")
    article = page.locator(f'article:has(input[value="{key}"])')
    await article.locator("summary").click()
    evidence = await article.inner_text()
    assert "第五部分第一款" in evidence
    assert re.search(r"2026-03-24 \d\d:\d\d → 县林业局信息员：【提醒】2026-002 县林业局：每周通报", evidence)
    await article.locator("text=发出").click()
    await expect(page.locator(".message.good")).to_have_text("已发出。")
    assert await page.locator(f'input[value="{key}"]').count() == 0
    with reading(county.office.engine) as session:
        row = session.get_one(NoticeRow, key)
        last = acts(session, "send", None, 1)[0]
    assert (row.status, row.decided_by, row.person) == ("sent", "bureau_head", "leader_rural")
    assert (last.by, last.object, last.old) == ("bureau_head", row.letter_id, {"status": "draft"})
    leader = await page_of("leader")
    await leader.goto("/notices")
    await expect(leader.locator("article").first).to_contain_text("【呈报】2026-002 县林业局：每周通报")
    again = await call("supervisor").post("/supervision/drafts", draft=key, do="send")
    assert again.status_code == 422 and "这份待发稿已处理" in again.text


async def test_a_draft_is_discarded_only_for_a_reason(county: Town, page_of: Open) -> None:
    with reading(county.office.engine) as session:
        key = next(each for each in drafts(session) if each.line["matter"] == "2026-006").line["key"]
    page = await page_of("clerk")
    await page.goto("/supervision")
    article = page.locator(f'article:has(input[value="{key}"])')
    await article.locator("button.danger").click()
    await expect(page.locator("#refusal")).to_have_text("缺少此项，请补填")
    article = page.locator(f'article:has(input[value="{key}"])')
    await article.locator('[name="reason"]').fill("已电话核实，次日补报")
    await article.locator("button.danger").click()
    await expect(page.locator(".message.good")).to_have_text("已弃用。")
    with reading(county.office.engine) as session:
        row = session.get_one(NoticeRow, key)
        last = acts(session, "discard", None, 1)[0]
    assert (row.status, row.decided_by, row.reason) == ("discarded", "clerk1", "已电话核实，次日补报")
    assert last.new is not None and last.new["reason"] == "已电话核实，次日补报"


async def test_supervision_counts_what_the_docket_lists(county: Town, page_of: Open) -> None:
    page = await page_of("supervisor")
    await page.goto("/supervision")
    links = [
        (await link.get_attribute("href"), int(await link.inner_text()))
        for link in await page.locator("section:has(#agencies) td a").all()
    ]
    bars = [int(each) for each in await page.locator("section:has(#load) svg g text:not(.faint)").all_text_contents()]
    assert links and sum(bars) > 0
    for address, count in links:
        assert address is not None
        await page.goto(address)
        listed = await page.locator("table.duties tbody tr").all_inner_texts()
        assert len(listed) == count, address


async def test_the_calendar_shows_days_off_and_what_is_due(county: Town, page_of: Open) -> None:
    page = await page_of("clerk")
    await page.goto("/calendar?month=2026-05")
    labour = page.locator('td:has(.number:text-is("1"))')
    assert "off" in str(await labour.get_attribute("class")) and "劳动节" in await labour.inner_text()
    assert "调休上班" in await page.locator('td:has(.number:text-is("9"))').inner_text()
    await page.goto("/calendar?month=2026-04")
    assert "2026-001 函告协调化解结果" in await page.locator('td:has(.number:text-is("10"))').inner_text()
    await page.goto("/calendar?month=2027-02")
    assert "暂定" in await page.locator('td:has(.number:text-is("8"))').inner_text()
    answer = await page.goto("/calendar?month=2026-13")
    assert answer is not None and answer.status == 422


@pytest.mark.parametrize(
    ("role", "lists"),
    [
        ("clerk", ["本局逾期、未及时", "今日到期", "各机关逾期、未及时", "待起算：须登记起算日期"]),
        ("liaison", ["逾期、未及时", "今日到期"]),
        ("leader", ["已逾期"]),
    ],
)
async def test_today_begins_with_what_each_role_owes(county: Town, page_of: Open, role: str, lists: list[str]) -> None:
    page = await page_of(role)
    await page.goto("/")
    assert await page.locator("h2").all_inner_texts() == lists


async def test_steps_of_one_moment_are_told_once_with_everybody_they_go_to(county: Town, page_of: Open) -> None:
    page = await page_of("clerk")
    await page.goto(f"/letters/{county.short('2026-001', 'mediation_letter')}")
    steps = await page.locator("section:has(#ladder-title) li").all_inner_texts()
    told = [each for each in steps if "2026-03-25" in each and "第2周" in each]
    assert told == ["✓ 2026-03-25 09:29 每周通报协调化解进展·第2周：到期后第 1 个工作日 → 司法局经办人、责任单位"]


async def test_what_is_seldom_needed_is_folded_away_until_it_is_used(county: Town, call: Call) -> None:
    clerk = call("clerk")
    assert '<details class="seldom">' in (await clerk.get("/register/oral_notice")).text
    assert '<details class="seldom" open>' in (await clerk.post("/register/oral_notice", major="yes")).text


async def test_a_private_feed_shows_ones_own_duties_until_a_new_one_is_made(
    county: Town, page_of: Open, call: Call
) -> None:
    page = await page_of("liaison")
    await page.goto("/calendar")
    await press(page, "生成订阅地址")
    address = await page.inner_text("code.address")
    nobody = call(None)
    answer = await nobody.client.get(address)
    assert answer.headers["content-type"] == "text/calendar; charset=utf-8"
    events: list[Any] = Calendar.from_ical(answer.content).walk("VEVENT")
    assert events and all("县林业局" in event["summary"] or "各方" in event["summary"] for event in events)
    window = next(event for event in events if "2026-001 函告协调化解结果" in event["summary"])
    assert window["dtstart"].dt == date(2026, 4, 10)
    (alarm,) = window.walk("VALARM")
    assert alarm["trigger"].dt == timedelta(hours=-15), "nine in the morning of the day before"
    assert len({event["uid"] for event in events}) == len(events)
    await press(page, "重新生成（旧地址失效）")
    assert (await nobody.client.get(address)).status_code == 404
    assert (await nobody.client.get(await page.inner_text("code.address"))).status_code == 200


async def test_the_bureau_s_feed_holds_what_the_bureau_itself_owes(county: Town, call: Call) -> None:
    clerk = call("clerk")
    address = re.search(r"http\S+/feeds/[^<\s]+", (await clerk.post("/calendar/feed")).text)
    assert address is not None
    events: list[Any] = Calendar.from_ical((await clerk.client.get(address[0])).content).walk("VEVENT")
    assert [event for event in events if "2026-003 将情况及意见反馈人民法院（县司法局）" in event["summary"]]
    assert not [event for event in events if "每周通报" in event["summary"]]


async def test_notices_are_marked_as_read_and_unread(county: Town, page_of: Open) -> None:
    page = await page_of("liaison")
    await page.goto("/notices?unread=1")
    before = int((await page.inner_text("nav .count")).split("条")[0])
    first = page.locator("article").first
    subject = await first.locator("h2").inner_text()
    await first.locator("text=标为已读").click()
    await expect(page.locator("nav .count")).to_contain_text(str(before - 1))
    await page.goto("/notices")
    same = page.locator("article", has_text=subject.removeprefix("未读 ")).first
    await same.locator("text=标为未读").click()
    await expect(page.locator("nav .count")).to_contain_text(str(before))
    await page.locator("text=全部标为已读").click()
    assert await page.locator("nav .count").count() == 0
    with reading(county.office.engine) as session:
        left = select(NoticeRow).where(NoticeRow.person == "forestry_liaison", col(NoticeRow.read_at).is_(None))
        assert [row for row in session.exec(left) if row.send_at <= county.virtual.now and row.status == "sent"] == []
