"""With Temporal or the database away: the page says so, keeps what was typed, and writes nothing."""

from collections.abc import AsyncIterator, Awaitable, Callable

import pytest
from playwright.async_api import Browser, Page, expect
from sqlmodel import select

from cluster.embedded import HOST, any_free_port
from cluster.errors import Unconfirmed, Unreachable
from console.app import console
from console.office import Office
from console.serve import serving
from desk.desk import Desk
from docket.engine import open_engine, reading
from docket.tables import EventRow, LetterRow
from settings import Settings
from tests.console.hand import fill, press, register
from tests.console.test_registering_pages import COMMON
from tests.console.town import PEOPLE, Town

pytestmark = pytest.mark.slow
Open = Callable[..., Awaitable[Page]]
TYPED = COMMON | {"matter": "away-1", "title": "断线时填写的内容"}


@pytest.fixture
async def broken(county: Town, chromium: Browser) -> AsyncIterator[Callable[[Office], Awaitable[Page]]]:
    """Serve a console whose office has something away, and open it as a clerk."""
    closing = []

    async def opened(office: Office) -> Page:
        port = any_free_port()
        served = serving(console(office), HOST, port)
        await served.__aenter__()
        context = await chromium.new_context(base_url=f"http://{HOST}:{port}")
        cookie = county.cookie(PEOPLE["clerk"])
        await context.add_cookies([{"name": cookie["name"], "value": cookie["value"], "domain": HOST, "path": "/"}])
        closing.append((context, served))
        return await context.new_page()

    yield opened
    for context, served in closing:
        await context.close()
        await served.__aexit__(None, None, None)


async def test_with_temporal_away_it_says_so_keeps_the_form_and_writes_nothing(
    county: Town, broken: Callable[[Office], Awaitable[Page]]
) -> None:
    settings = Settings(dir=county.office.settings.dir / "nowhere", answer_seconds=1)
    away = True

    async def desk() -> Desk:
        if away:
            raise Unreachable("temporal", "127.0.0.1:1")
        return county.virtual.desk

    office = Office(settings, county.office.engine, county.office.clock, desk)
    page = await broken(office)
    await register(page, "oral_notice", TYPED)
    await expect(page.locator('[role="alert"]')).to_contain_text(
        "期限引擎（Temporal）暂时连接不上，本次提交没有写入任何内容"
    )
    await expect(page.locator("main")).to_contain_text("断线时填写的内容")
    shown = await page.inner_text("dl.facts")
    assert "涉诉行政机关 1 机关" in shown and "agencies" not in shown, "what was typed is named as the form names it"
    with reading(county.office.engine) as session:
        assert session.exec(select(LetterRow).where(LetterRow.matter == "away-1")).first() is None
    other = await page.context.new_page()
    await other.goto("/docket")
    await expect(other.locator("h1")).to_have_text("台账")
    away = False
    await press(page, "再次提交")
    await expect(page.locator(".message.good")).to_have_text("已登记，事项与期限如下。")
    with reading(county.office.engine) as session:
        assert session.exec(select(LetterRow).where(LetterRow.matter == "away-1")).one().title == "断线时填写的内容"


async def test_a_real_connection_that_nobody_answers_is_said_as_such(
    county: Town, broken: Callable[[Office], Awaitable[Page]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The desk's own way to Temporal, against a port on which nobody listens."""
    monkeypatch.setenv("TEMPORAL_ADDRESS", f"{HOST}:{any_free_port()}")
    settings = Settings(dir=county.office.settings.dir, answer_seconds=1)
    page = await broken(Office(settings, county.office.engine, county.office.clock))
    await register(page, "oral_notice", TYPED | {"matter": "away-2"})
    await expect(page.locator('[role="alert"]')).to_contain_text("期限引擎（Temporal）暂时连接不上")


async def test_without_a_worker_it_is_said_that_nothing_is_confirmed_yet(
    county: Town, broken: Callable[[Office], Awaitable[Page]]
) -> None:
    async def desk() -> Desk:
        raise Unconfirmed("wuping/oral_notice/away-3/2026-03-30", "qixian")

    page = await broken(Office(county.office.settings, county.office.engine, county.office.clock, desk))
    await register(page, "oral_notice", TYPED | {"matter": "away-3"})
    await expect(page.locator('[role="alert"]')).to_contain_text("已提交，但尚未得到确认")
    await expect(page.locator('[role="alert"]')).to_contain_text("再次提交不会重复登记")


async def test_with_the_database_away_it_says_so_and_keeps_the_form(
    county: Town, broken: Callable[[Office], Awaitable[Page]]
) -> None:
    """The database goes away between the opening of the form and its sending, and comes back."""
    office = Office(county.office.settings, county.office.engine, county.office.clock, county.office._open)
    page = await broken(office)
    short = county.short("2026-003", "oral_notice")
    await page.goto(f"/letters/{short}/record/analysis")
    await fill(page, {"on": "2026-03-30", "opinion": "数据库断开时填写的意见"})
    office.engine = open_engine("postgresql+psycopg://nobody:x@127.0.0.1:1/none?connect_timeout=2")
    await press(page, "登记")
    await expect(page.locator('[role="alert"]')).to_contain_text("台账数据库暂时连接不上，本次提交没有写入任何内容")
    await expect(page.locator("main")).to_contain_text("数据库断开时填写的意见")
    other = await page.context.new_page()
    answer = await other.goto("/docket")
    assert answer is not None and (answer.status, answer.headers["retry-after"]) == (503, "30")
    await expect(other.locator('[role="alert"]')).to_contain_text("台账数据库暂时连接不上")
    office.engine.dispose()
    office.engine = county.office.engine
    await press(page, "再次提交")
    await expect(page.locator(".message.good")).to_have_text("已记录。")
    with reading(county.office.engine) as session:
        found = session.exec(select(EventRow).where(EventRow.type == "analysis")).all()
    assert [row.body["opinion"] for row in found].count("数据库断开时填写的意见") == 1


async def test_a_form_sent_after_the_sign_in_ended_is_shown_to_be_copied(county: Town, page_of: Open) -> None:
    page = await page_of("clerk")
    short = county.short("2026-003", "oral_notice")
    await page.goto(f"/letters/{short}/record/analysis")
    await fill(page, {"on": "2026-03-30", "opinion": "写了半小时的意见"})
    await page.context.clear_cookies()
    await press(page, "登记")
    await expect(page.locator("h1")).to_have_text("登录已失效")
    await expect(page.locator("main")).to_contain_text("写了半小时的意见")
