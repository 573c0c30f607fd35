"""Every page in a real browser, in both languages: accessible, legible on a phone, printable, without complaints."""

from collections.abc import Awaitable, Callable
from urllib.parse import quote

import pytest
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Page, expect
from sqlmodel import select

from docket.engine import reading
from docket.tables import SlipRow
from rules.letters.registry import kinds
from tests.console.roles import tries
from tests.console.town import PASSWORD, PEOPLE, Town

pytestmark = pytest.mark.slow
Open = Callable[..., Awaitable[Page]]
AS_ADMINISTRATOR = ("/administration", "/log", "/absence/clerk2")
NO_PAGES = (".xlsx", ".json", "/health", "/metrics")
PHONE = {"width": 390, "height": 844}


def pages(county: Town) -> list[tuple[str, str]]:
    """List every page with a role that sees it; letters and forms stand for their like."""
    letter = county.short("2026-001", "mediation_letter")
    seen = [each.path for each in tries(county) if each.form is None and not each.path.endswith(NO_PAGES)]
    with reading(county.office.engine) as session:
        slip = session.exec(select(SlipRow.notice_key)).first()
    seen.append(f"/supervision/slips/paper?draft={quote(slip or '')}")
    seen += [f"/register/{kind}" for kind in kinds()]
    seen += [f"/letters/{letter}/record/{event}" for event in ("progress", "result", "extension", "consent", "void")]
    seen += [f"/letters/{letter}/record/correction?target=letter&field=stage", "/docket?light=red&all=1"]
    seen += ["/administration/agencies/+", "/administration/people/+", "/nowhere"]
    return [(path, "administrator" if path.startswith(AS_ADMINISTRATOR) else "clerk") for path in seen]


@pytest.mark.parametrize("language", ["zh", "en"])
async def test_axe_finds_nothing_on_any_page(county: Town, page_of: Open, language: str) -> None:
    """Nothing serious or critical, by axe's rules for WCAG; and no page is wider than a phone."""
    shown = {role: await page_of(role, language, viewport=PHONE) for role in ("clerk", "administrator")}
    found = []
    for path, role in [*pages(county), ("/", "administrator")]:
        page = shown[role]
        answer = await page.goto(path)
        assert answer is not None and answer.status in (200, 404), path
        result = await Axe().run(page, options={"resultTypes": ["violations"]})
        for violation in result.response["violations"]:
            if violation["impact"] in ("serious", "critical", "moderate"):
                found.append((path, violation["id"], violation["nodes"][0]["html"][:160]))
        wide = await page.evaluate("document.documentElement.scrollWidth - innerWidth")
        if wide > 0:
            found.append((path, "wider than a phone", str(wide)))
    assert found == []


async def test_a_clerk_needs_no_mouse(county: Town, page_of: Open) -> None:
    """From the sign-in page to a registered letter by keyboard alone, with a visible focus on the way."""
    page = await page_of(None)
    await page.goto("/sign-in")
    await _reach(page, "#person")
    await page.keyboard.type(PEOPLE["clerk"])
    await page.keyboard.press("Tab")
    await page.keyboard.type(PASSWORD)
    await page.keyboard.press("Enter")
    await expect(page.locator("h1")).to_contain_text("今日")
    await page.keyboard.press("Tab")
    assert await page.evaluate("document.activeElement.textContent") == "跳到正文"
    await _reach(page, 'nav a[href="/register"]')
    width = await page.evaluate("getComputedStyle(document.activeElement).outlineWidth")
    assert width == "3px"
    await page.keyboard.press("Enter")
    await expect(page).to_have_url(f"{county.url}/register")
    await _reach(page, 'a[href="/register/oral_notice"]')
    await page.keyboard.press("Enter")
    await expect(page).to_have_url(f"{county.url}/register/oral_notice")
    for field, typed in [("#matter", "键盘1"), ("#court", "武平县人民法院")]:
        await _reach(page, field)
        await page.keyboard.type(typed)
    await _reach(page, "#received_at")
    await page.fill("#received_at", "2026-03-30")
    await _reach(page, '[name="agencies.0.agency"]')
    for _ in range(60):
        if await page.input_value('[name="agencies.0.agency"]') == "forestry":
            break
        await page.keyboard.press("ArrowDown")
    await _reach(page, "#matter", backwards=True)
    # Enter in a field reckons; it neither registers nor adds a row.
    await page.keyboard.press("Enter")
    await expect(page.locator("#forecast")).to_contain_text("尚未登记")
    assert await page.locator('[name="agencies.1.agency"]').count() == 0
    await _reach(page, 'button.main[value="register"]')
    await page.keyboard.press("Enter")
    await expect(page.locator(".message.good")).to_have_text("已登记，事项与期限如下。")


async def _reach(page: Page, wanted: str, *, backwards: bool = False) -> None:
    for _ in range(80):
        if await page.evaluate("wanted => document.activeElement === document.querySelector(wanted)", wanted):
            return
        await page.keyboard.press("Shift+Tab" if backwards else "Tab")
    raise AssertionError(f"{wanted} can't be reached")


async def test_a_refusal_is_read_out_and_leads_to_its_field(page_of: Open) -> None:
    page = await page_of("clerk")
    await page.goto("/register/oral_notice")
    await page.locator("button.main").click()
    assert await page.evaluate("document.activeElement.id") == "refusal"
    assert await page.locator("#refusal").get_attribute("role") == "alert"
    await page.locator("#refusal a").first.click()
    assert await page.evaluate("document.activeElement.id") == "matter"
    described = await page.locator("#matter").get_attribute("aria-describedby")
    assert await page.locator(f"#{described}").inner_text() == "缺少此项，请补填"


async def test_pages_print_without_navigation_and_forms(county: Town, page_of: Open) -> None:
    page = await page_of("clerk")
    letter = county.short("2026-001", "mediation_letter")
    await page.goto(f"/letters/{letter}/reckoning")
    await page.emulate_media(media="print")
    await expect(page.locator("header.top")).to_be_hidden()
    await expect(page.locator("[data-print]")).to_be_hidden()
    assert await page.locator("section.sheet:visible").count() == await page.locator("section.sheet").count() > 3
    await page.goto(f"/letters/{letter}")
    await expect(page.locator("#do-title")).to_be_hidden()
    await expect(page.locator("#duties-title")).to_be_visible()
