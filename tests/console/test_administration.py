"""Administration in a real browser: agencies, people and passwords, channels, and loading a calendar."""

import json
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Page, expect

from cluster.embedded import HOST, any_free_port
from console.app import console
from console.office import Office
from console.serve import serving
from docket import accounts, sign_ins
from docket.acts import acts
from docket.engine import reading, writing
from docket.library import current_calendar
from docket.reads import find_letter
from docket.recipients import recipients
from docket.tables import AgencyRow, PersonRow
from settings import Settings
from tests.console.hand import fill, press, problems, says
from tests.console.town import Town, Visitor
from tests.engine.letters import judgment
from tests.support.smtp import mail_server

pytestmark = pytest.mark.slow
Open = Callable[..., Awaitable[Page]]
Call = Callable[[str | None], Visitor]
NOBODY = {"id": "nobody1", "name": "甲", "role": "clerk"}


async def test_an_agency_and_its_liaison_are_added_and_let_in(county: Town, page_of: Open) -> None:
    page = await page_of("administrator")
    await page.goto("/administration/agencies")
    await page.click("text=新增机关")
    await fill(page, {"id": "tourism", "name": "县文化和旅游局", "field": "社会事业"})
    await press(page, "保存")
    await expect(page.locator(".message.good")).to_have_text("已保存。")
    await page.goto("/administration/people/+")
    await fill(page, {"id": "tourism_liaison", "name": "县文旅局信息员", "role": "liaison", "agency": "tourism"})
    await fill(page, {"email": "tourism@county.test"})
    await press(page, "保存")
    await page.click("text=县文旅局信息员")
    await press(page, "发放一次性密码")
    once = await page.inner_text(".once")
    assert accounts.password_fits(county.office.engine, "tourism_liaison", once, "test", county.virtual.now)
    with reading(county.office.engine) as session:
        assert [each.person for each in recipients(session, "agency:tourism")] == ["tourism_liaison"]
        added = next(each for each in acts(session, "tourism") if each.act == "agency")
    assert added.old is None
    assert added.new == {"id": "tourism", "name": "县文化和旅游局", "name_en": "", "field": "社会事业", "active": True}
    liaison = await page_of(None)
    await liaison.goto("/sign-in")
    await liaison.fill("#person", "tourism_liaison")
    await liaison.fill("#password", once)
    await liaison.click("main button")
    await expect(liaison).to_have_url(f"{county.url}/account")


async def test_everybody_without_an_account_gets_a_slip_that_lets_them_in(county: Town, page_of: Open) -> None:
    page = await page_of("administrator")
    await page.goto("/administration/people")
    with writing(county.office.engine) as session:
        # Whoever comes by way of a provider has a sign-in and no password, and is left alone.
        sign_ins.sign_in(session, "clerk2", "provider", county.virtual.now)
        without = {each.id for each in accounts.people_without_account(session)}
    assert len(without) > 3 and not without & {"clerk1", "clerk2"}
    await page.reload()
    slips: dict[str, str] = {}
    while len(slips) < len(without):
        await press(page, f"生成一次性密码（{min(len(without) - len(slips), 12)} 人）")
        for slip in await page.locator(".slip").all():
            slips[await slip.locator("p strong").nth(1).inner_text()] = await slip.locator(".once").inner_text()
    assert set(slips) == without
    person = min(without)
    assert accounts.password_fits(county.office.engine, person, slips[person], "test", county.virtual.now)
    await page.goto("/administration/people")
    await expect(page.locator("text=生成一次性密码")).to_have_count(0)
    with reading(county.office.engine) as session:
        assert accounts.account(session, "clerk2") is None
        issued = [each.object for each in acts(session, "password_issued", None, len(without))]
    assert set(issued) == without


async def test_what_can_not_be_of_agencies_and_people_is_refused_at_its_field(county: Town, page_of: Open) -> None:
    page = await page_of("administrator")
    attempts: list[tuple[str, dict[str, Any], str, str]] = [
        ("agencies/+", {"id": "forestry", "name": "又一个", "field": "农林水"}, "id", "id_taken"),
        ("agencies/+", {"id": "林业局", "name": "又一个", "field": "农林水"}, "id", "pattern"),
        ("agencies/forestry", {"active": False}, "active", "agency_has_people"),
        ("people/+", {"id": "clerk1", "name": "甲", "role": "clerk"}, "id", "id_taken"),
        ("people/+", NOBODY | {"role": "liaison"}, "agency", "liaison_agency"),
        ("people/+", NOBODY | {"fields": ["农林水"]}, "fields", "leader_fields"),
        ("people/+", NOBODY | {"email": "x"}, "email", "bad_address"),
        ("people/+", NOBODY | {"role": "liaison", "agency": "gone"}, "agency", "agency_not_listed"),
        ("people/admin", {"active": False}, "active", "not_oneself"),
        ("people/admin", {"role": "clerk"}, "role", "not_oneself"),
    ]  # fmt: skip
    for address, typed, field, key in attempts:
        await page.goto(f"/administration/{address}")
        await fill(page, typed)
        await press(page, "保存")
        wrong = await problems(page)
        assert any(says(key).search(words) for words in wrong.values()), (address, typed, wrong)
        if field and await page.locator(f"#problem-{field}").count():
            assert list(wrong) == [field]
    with reading(county.office.engine) as session:
        assert session.get(PersonRow, "nobody1") is None
        assert session.get_one(AgencyRow, "forestry").active
        assert session.get_one(PersonRow, "admin").role == "administrator"


async def test_the_last_clerk_stays(county: Town, call: Call) -> None:
    admin = call("administrator")
    assert (await admin.post("/administration/people/clerk2", name="乙", role="clerk")).status_code == 303
    last = await admin.post("/administration/people/clerk1", name="甲", role="clerk")
    assert last.status_code == 422 and says("last_of_role").search(last.text)
    back = {"name": "司法局经办人乙", "role": "clerk", "active": "yes"}
    assert (await admin.post("/administration/people/clerk2", **back)).status_code == 303


async def test_a_test_message_goes_through_the_channel_and_its_failure_is_shown(
    county: Town, call: Call, tmp_path: Path
) -> None:
    admin = call("administrator")
    unset = await admin.post("/administration/channels/test", target="x@county.test")
    assert unset.status_code == 422 and "未设置邮件服务器" in unset.text
    with mail_server(tmp_path) as mail:
        settings = Settings(
            dir=county.office.settings.dir, smtp_host=HOST, smtp_port=mail.port, smtp_security="none",
            smtp_sender="qixian@county.test",
        )  # fmt: skip
        office = Office(settings, county.office.engine, county.office.clock)
        port = any_free_port()
        async with serving(console(office), HOST, port):
            visitor = Visitor(f"http://{HOST}:{port}", county.cookie("admin"))
            sent = await visitor.post("/administration/channels/test", target="clerk@county.test")
            assert sent.status_code == 200 and "测试消息已发往 clerk@county.test" in sent.text
            with reading(county.office.engine) as session:
                act = acts(session, "test_message", None, 1)[0]
            assert (act.by, act.new) == ("admin", {"target": "clerk@county.test"})
            mail.mood("refuse")
            refused = await visitor.post("/administration/channels/test", target="clerk@county.test")
            assert refused.status_code == 422 and "该渠道未接受" in refused.text
            wrong = await visitor.post("/administration/channels/test", target="nobody")
            assert wrong.status_code == 422 and "不是有效的邮箱地址" in wrong.text
            await visitor.client.aclose()
        (taken,) = mail.mails()
    assert (taken["To"], taken["Subject"]) == ("clerk@county.test", "【测试】期限系统测试消息")


async def test_a_calendar_is_loaded_after_its_preview_and_progress_is_shown(
    county: Town, page_of: Open, tmp_path: Path
) -> None:
    """A year's notice that puts 21 April 2026 off moves a filing; the preview says so before anything changes."""
    letter = (await county.virtual.register(judgment("cal-1", received_at="2026-03-30T09:00:00+08:00"))).state
    before = {duty.key: duty.due for duty in letter.duties}
    with reading(county.office.engine) as session:
        year = current_calendar(session).years[2026]
        version = current_calendar(session).version
    moved = year.model_dump(mode="json")
    target = before["R16@forestry"]
    assert target is not None
    moved["off"].append({"first": target.isoformat(), "last": target.isoformat(), "name": "临时放假"})
    file = tmp_path / "2026.json"
    file.write_text(json.dumps(moved), encoding="utf-8")
    page = await page_of("administrator")
    await page.goto("/administration/calendars")
    await page.set_input_files('[name="file"]', file)
    await press(page, "查看影响")
    await expect(page.locator("#change")).to_contain_text("2026")
    await expect(page.locator("section:has(#change)")).to_contain_text(f"{target.isoformat()}")
    row = page.locator("section:has(#change) tr", has_text=target.isoformat()).first
    assert (await row.inner_text()).startswith("裁判文书 ") and "R16 县林业局" in await row.inner_text()
    with reading(county.office.engine) as session:
        assert current_calendar(session).version == version
    await press(page, "确认载入并通知")
    await expect(page.locator("section:has(#loading) .message.good")).to_contain_text("已载入", timeout=60_000)
    assert "件在办案件" in await page.inner_text("section:has(#loading)")
    with reading(county.office.engine) as session:
        after = {duty.key: duty.due for duty in find_letter(session, letter.letter_id).duties}
        logged = acts(session, "calendar", None, 1)[0]
    assert after["R16@forestry"] is not None and after["R16@forestry"] > target
    assert (logged.by, logged.object, logged.old) == ("admin", "2026", {"calendar": version})


async def test_a_person_keeps_every_channel_and_gets_another(county: Town, page_of: Open) -> None:
    held = [{"channel": "hook", "address": ""}, {"channel": "wecom", "address": "lin"}]
    with writing(county.office.engine) as session:
        session.get_one(PersonRow, "transport_liaison").channels = held
    page = await page_of("administrator")
    await page.goto("/administration/people/transport_liaison")
    await expect(page.locator("#channels .row")).to_have_count(2)
    await page.locator("#channels >> text=再加一行").click()
    await expect(page.locator("#channels .row")).to_have_count(3)
    await page.locator('[name="email"]').fill("transport@county.test")
    await page.locator("form.card button.main").click()
    await expect(page.locator(".message.good")).to_have_text("已保存。")
    with reading(county.office.engine) as session:
        row = session.get_one(PersonRow, "transport_liaison")
    assert (row.email, row.channels) == ("transport@county.test", held)
