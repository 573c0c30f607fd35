"""What keeps strangers and slips out: forms, cookies, headers, escaping, uploads, the county's own sign-in."""

import asyncio
import re
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest
from httpx2 import AsyncClient
from playwright.async_api import Browser, Page, expect
from pydantic import SecretStr
from sqlmodel import select

from cluster.embedded import HOST, any_free_port, free_port
from console.app import console
from console.office import Office
from console.serve import serving
from docket.acts import acts
from docket.engine import reading
from docket.tables import EventRow, PersonRow
from settings import Settings
from tests.console.hand import record
from tests.console.town import Town, Visitor
from tests.engine.letters import oral

pytestmark = pytest.mark.slow
Open = Callable[..., Awaitable[Page]]
Call = Callable[[str | None], Visitor]


async def test_a_form_that_is_not_our_own_is_refused(county: Town, call: Call) -> None:
    clerk = call("clerk")
    short = county.short("2026-003", "oral_notice")
    path, form = f"/letters/{short}/record/flagged", {"on": "2026-03-30"}
    with reading(county.office.engine) as session:
        before = len(session.exec(select(EventRow.id)).all())
    for csrf in ({}, {"csrf": ""}, {"csrf": "guess"}, {"csrf": await call("clerk").csrf()}):
        answer = await clerk.client.post(path, data=form | csrf)
        assert answer.status_code == 403
        assert "表单已失效，请刷新页面后重新提交" in answer.text
    foreign = {"sec-fetch-site": "cross-site"}
    answer = await clerk.client.post(path, data=form | {"csrf": await clerk.csrf()}, headers=foreign)
    assert answer.status_code == 403
    with reading(county.office.engine) as session:
        assert len(session.exec(select(EventRow.id)).all()) == before


async def test_every_answer_carries_a_strict_policy_and_is_not_kept(call: Call) -> None:
    for visitor, path in [(call(None), "/sign-in"), (call("clerk"), "/docket"), (call("clerk"), "/nowhere")]:
        headers = (await visitor.get(path)).headers
        policy = headers["content-security-policy"]
        assert "default-src 'none'" in policy and "frame-ancestors 'none'" in policy
        assert "unsafe" not in policy and "*" not in policy and "//" not in policy
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["cache-control"] == "no-store"
    assert "cache-control" not in (await call(None).get("/static/style.css")).headers


async def test_who_is_lost_keeps_the_way_back(call: Call) -> None:
    """An address that is none, or is another role's, is said under the navigation of whoever came there."""
    for role, path, status in [("clerk", "/nowhere", 404), ("clerk", "/letters/nothing", 404), ("leader", "/log", 403)]:
        answer = await call(role).get(path)
        assert answer.status_code == status
        assert 'href="/docket"' in answer.text and 'action="/sign-out"' in answer.text
    nobody = await call(None).get("/nowhere")
    assert nobody.status_code == 404
    assert 'href="/docket"' not in nobody.text


async def test_no_page_names_another_host(county: Town, call: Call) -> None:
    """County networks are closed: nothing may be asked from outside."""
    clerk = call("clerk")
    short = county.short("2026-001", "mediation_letter")
    for path in ("/", "/docket", f"/letters/{short}", "/supervision", "/calendar", "/account", "/register/judgment"):
        found = re.findall(r'(?:src|href|action)="([^"]+)"', (await clerk.get(path)).text)
        assert found
        assert [each for each in found if not each.startswith(("/", "#", "?"))] == []


async def test_cookies_are_out_of_reach_of_scripts_and_bound_to_tls_where_there_is_any(county: Town) -> None:
    settings = Settings(dir=county.office.settings.dir, console_url="https://qixian.county.test")
    office = Office(settings, county.office.engine, county.office.clock)
    port = any_free_port()
    async with serving(console(office), HOST, port), AsyncClient(verify=False) as client:
        answer = await client.get(f"http://{HOST}:{port}/sign-in")
        (cookie,) = answer.headers.get_list("set-cookie")
        assert cookie.startswith("__Host-qixian-form=")
        assert {"HttpOnly", "Secure", "SameSite=strict", "Path=/"} <= {part.strip() for part in cookie.split(";")}
        assert answer.headers["strict-transport-security"] == "max-age=31536000"
    visitor = county.visitor(None)
    answer = await visitor.get("/sign-in")
    assert "HttpOnly" in answer.headers["set-cookie"] and "Secure" not in answer.headers["set-cookie"]
    await visitor.client.aclose()


async def test_what_people_type_is_shown_and_never_run(county: Town, page_of: Open) -> None:
    nasty = "<script>document.title='x'</script><img src=x onerror=alert(1)>{{7*7}}"
    letter = await county.virtual.register(oral("xss-1", title=nasty, note=nasty, plaintiff=nasty))
    page = await page_of("clerk")
    for path in ("/docket?q=xss-1", f"/letters/{letter.state.letter_id.split('/')[0]}"):
        await page.goto(path)
    await page.goto("/docket?q=xss-1")
    assert nasty in await page.inner_text("main")
    short = county.short("xss-1", "oral_notice")
    await page.goto(f"/letters/{short}")
    assert nasty in await page.inner_text("main")
    await record(page, short, "flagged", {"on": "2026-03-30", "note": nasty})
    assert nasty in await page.inner_text("ol.history >> nth=0")
    assert await page.title() != "x"
    assert await page.locator("main script").count() == 0


async def test_where_to_go_after_signing_in_is_never_outside(county: Town, call: Call) -> None:
    for target in ("https://evil.test/", "//evil.test", "/\\evil.test", "javascript:alert(1)"):
        nobody = call(None)
        page = (await nobody.client.get("/sign-in", params={"next": target})).text
        assert 'name="next" value="/"' in page
        answer = await nobody.client.post("/language", data={"language": "en", "next": target})
        assert answer.headers["location"] == "/"


async def test_an_upload_is_judged_by_its_content_and_size(county: Town, call: Call) -> None:
    admin = call("administrator")
    csrf = await admin.csrf()
    for content, words in [
        (b"\x7fELF\xff\xfe", "无法读取"),
        (b"<html><script>alert(1)</script></html>", "日历文件有误"),
        (b"{" * 70_000, "过大"),
        (b'{"year": 2027, "issued": "2026-11-04", "off": [], "work": ["2027-01-04"]}', "work.0"),
    ]:
        answer = await admin.client.post(
            "/administration/calendars", data={"csrf": csrf}, files={"file": ("2027.json", content, "application/json")}
        )
        assert answer.status_code == 422, content[:20]
        assert words in answer.text, (content[:20], re.findall(r'role="alert"[^>]*>([^<]*)', answer.text))
    files = {"file": ("x", b"x" * 3_000_000)}
    huge = await admin.client.post("/administration/calendars", data={"csrf": csrf}, files=files)
    assert huge.status_code == 413


async def test_every_act_is_on_the_record_with_old_and_new_values(county: Town, call: Call) -> None:
    admin = call("administrator")
    with reading(county.office.engine) as session:
        before = session.get_one(PersonRow, "clerk2").name
    changed = await admin.post("/administration/people/clerk2", name="新名字", role="clerk", active="yes")
    assert changed.status_code == 303
    with reading(county.office.engine) as session:
        last = acts(session, "person", None, 1)[0]
    assert (last.by, last.origin, last.object) == ("admin", "console 127.0.0.1", "clerk2")
    assert (last.old, last.new) == ({"name": before}, {"name": "新名字"})
    shown = (await admin.get("/log")).text
    assert "修改人员" in shown and "新名字" in shown
    await admin.post("/administration/people/clerk2", name=before, role="clerk", active="yes")


@pytest.fixture
async def provider() -> AsyncIterator[str]:
    """Run an OpenID provider in a process of its own; whoever signs in there is whom they say."""
    port = any_free_port()
    program = str(Path(sys.executable).parent / "oidc-provider-mock")
    running = await asyncio.create_subprocess_exec(
        program, "--port", str(port), stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.DEVNULL
    )
    try:
        for _ in range(200):
            if not free_port(port):
                break
            await asyncio.sleep(0.05)
        yield f"http://{HOST}:{port}"
    finally:
        running.terminate()
        await running.wait()


async def test_the_countys_own_sign_in_lets_in_whom_the_directory_knows(
    county: Town, chromium: Browser, provider: str
) -> None:
    """With OpenID Connect: a person of the directory gets in, a stranger does not, and without it there is no link."""
    port = any_free_port()
    settings = Settings(
        dir=county.office.settings.dir, console_url=f"http://{HOST}:{port}", oidc_issuer=provider,
        oidc_client_id="qixian", oidc_client_secret=SecretStr("secret"), oidc_claim="sub",
    )  # fmt: skip
    office = Office(settings, county.office.engine, county.office.clock)
    async with serving(console(office), HOST, port):
        for person, lets_in in [("clerk1", True), ("stranger", False)]:
            context = await chromium.new_context(base_url=f"http://{HOST}:{port}")
            page = await context.new_page()
            await page.goto("/docket")
            await page.click("text=通过统一身份认证登录")
            await page.fill('[name="sub"]', person)
            await page.click('button:has-text("Authorize")')
            if lets_in:
                await expect(page).to_have_url(f"http://{HOST}:{port}/docket")
                await expect(page.locator(".who")).to_contain_text("司法局经办人甲")
            else:
                await expect(page.locator("main")).to_contain_text("“stranger”已通过统一身份认证，但名录中没有此人")
                await page.goto("/docket")
                await expect(page.locator("h1")).to_have_text("登录")
            await context.close()
    nobody = county.visitor(None)
    assert "oidc" not in (await nobody.get("/sign-in")).text
    assert (await nobody.get("/oidc/start")).status_code == 404
    await nobody.client.aclose()
