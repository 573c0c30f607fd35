"""Signing in and out in a real browser, and what stands between a guess and an account."""

import asyncio
import re
from collections.abc import Awaitable, Callable
from datetime import timedelta

import pytest
from playwright.async_api import Page, expect
from sqlmodel import col, select

from docket import accounts, sign_ins
from docket.acts import Actor, acts
from docket.engine import reading, writing
from docket.tables import AccountRow, ActRow, FailedSignInRow, SignInRow
from rules.errors import Refused
from rules.texts import text
from tests.console.town import PASSWORD, PEOPLE, Program, Town, Visitor

pytestmark = pytest.mark.slow
Open = Callable[..., Awaitable[Page]]
Call = Callable[[str | None], Visitor]


async def sign_in(page: Page, person: str, password: str) -> None:
    await page.fill("#person", person)
    await page.fill("#password", password)
    await page.click("main button")


@pytest.mark.parametrize("role", PEOPLE)
async def test_each_role_signs_in_sees_its_own_pages_and_signs_out(county: Town, page_of: Open, role: str) -> None:
    page = await page_of(None)
    await page.goto("/notices")
    await expect(page).to_have_url(f"{county.url}/sign-in?next=/notices")
    await sign_in(page, PEOPLE[role], PASSWORD)
    await expect(page).to_have_url(f"{county.url}/notices")
    head = await page.inner_text("header.top")
    assert text(f"role.{role}") in head
    assert ("来文登记" in head) == (role in ("clerk", "supervisor"))
    assert ("管理" in re.sub("管理员", "", head)) == (role == "administrator")
    await page.click("text=退出")
    await expect(page).to_have_url(f"{county.url}/sign-in")
    await page.goto("/notices")
    await expect(page).to_have_url(f"{county.url}/sign-in?next=/notices")


async def test_the_language_is_switched_on_any_page_and_stays(page_of: Open) -> None:
    page = await page_of(None)
    await page.goto("/sign-in")
    assert await page.get_attribute("html", "lang") == "zh-Hans-CN"
    await page.click("text=English")
    await expect(page.locator("h1")).to_have_text("Sign in")
    assert await page.get_attribute("html", "lang") == "en"
    await page.reload()
    await expect(page.locator("h1")).to_have_text("Sign in")
    await page.click("text=中文")
    await expect(page.locator("h1")).to_have_text("登录")


async def test_a_wrong_password_is_refused_keeps_the_name_and_is_on_the_record(county: Town, page_of: Open) -> None:
    page = await page_of(None)
    await page.goto("/sign-in")
    await sign_in(page, "clerk2", "not the password")
    await expect(page.locator("#refusal")).to_have_text("账号或密码不正确")
    assert await page.input_value("#person") == "clerk2"
    assert await page.input_value("#password") == ""
    with reading(county.office.engine) as session:
        last = acts(session, "sign_in_failed", None, 1)[0]
    assert (last.by, last.origin) == ("clerk2", "console 127.0.0.1")


async def test_too_many_attempts_must_wait_even_with_the_right_password(county: Town, call: Call) -> None:
    nobody = call(None)
    for _ in range(5):
        assert (await nobody.post("/sign-in", person="bureau_head", password="guess")).status_code == 422
    answer = await nobody.post("/sign-in", person="bureau_head", password=PASSWORD)
    assert answer.status_code == 429
    assert "失败次数过多，请在 15 分钟后再试" in answer.text
    county.virtual.now += timedelta(minutes=15)
    answer = await nobody.post("/sign-in", person="bureau_head", password=PASSWORD)
    assert answer.status_code == 303
    with reading(county.office.engine) as session:
        left = session.exec(select(FailedSignInRow).where(FailedSignInRow.person == "bureau_head")).all()
    assert left == []


async def test_an_address_that_tries_many_names_must_wait(county: Town) -> None:
    now = county.virtual.now
    engine = county.office.engine
    with writing(engine) as session:
        session.add_all(FailedSignInRow(person=f"name{number}", origin="10.9.8.7", at=now) for number in range(30))
    with pytest.raises(Refused, match="失败次数过多"):
        accounts.password_fits(engine, "somebody", PASSWORD, "10.9.8.7", now)
    assert not accounts.password_fits(engine, "somebody", PASSWORD, "10.9.8.8", now)


async def test_many_guesses_at_once_are_counted_as_if_they_came_one_by_one(county: Town, call: Call) -> None:
    visitors = [call(None) for _ in range(4)]
    for each in visitors:
        await each.csrf()
    guesses = [
        visitors[number % 4].post("/sign-in", person="nobody_here", password=f"{number}") for number in range(16)
    ]
    codes = [answer.status_code for answer in await asyncio.gather(*guesses)]
    assert (codes.count(422), codes.count(429)) == (5, 11)


async def test_a_new_one_time_password_ends_sign_ins_and_tokens(county: Town, program: Program) -> None:
    engine, now = county.office.engine, county.virtual.now
    cookie = Visitor(county.url, county.cookie("ecology_liaison"))
    with writing(engine) as session:
        secret = sign_ins.issue_token(session, "ecology_liaison", "x", ["read"], now, None)
    held = {"authorization": f"Bearer {secret}"}
    assert (await program.client.get("/me", headers=held)).status_code == 200
    assert (await cookie.get("/docket")).status_code == 200
    accounts.issue_password(engine, "ecology_liaison", now, Actor("admin", "test"))
    assert (await program.client.get("/me", headers=held)).status_code == 401
    assert (await cookie.get("/docket")).status_code == 303
    await cookie.client.aclose()


async def test_a_one_time_password_must_be_changed_before_anything_else(county: Town, page_of: Open) -> None:
    once = accounts.issue_password(county.office.engine, "water_liaison", county.virtual.now, Actor("admin", "test"))
    page = await page_of(None)
    await page.goto("/sign-in")
    await sign_in(page, "water_liaison", once)
    await page.goto("/docket")
    await expect(page).to_have_url(f"{county.url}/account")
    assert await page.locator("header nav").count() == 0
    for new, again, reason in [
        ("short", "short", "密码长度应为 10 至 200 个字符"),
        ("water_liaison_1", "water_liaison_1", "密码过于简单"),
        ("aaaaaaaaaaaa", "aaaaaaaaaaaa", "密码过于简单"),
        ("一条大河波浪宽风吹稻花", "一条大河波浪宽风吹稻化", "两次输入的新密码不一致"),
    ]:
        await page.fill("#old", once)
        await page.fill("#new", new)
        await page.fill("#again", again)
        await page.click("main button")
        await expect(page.locator(".problem")).to_contain_text(reason)
    await page.fill("#old", once)
    await page.fill("#new", "一条大河波浪宽风吹稻花")
    await page.fill("#again", "一条大河波浪宽风吹稻花")
    await page.click("main button")
    await expect(page.locator(".message.good")).to_have_text("密码已修改。")
    with reading(county.office.engine) as session:
        account = session.get_one(AccountRow, "water_liaison")
        assert account.password.startswith("$argon2id$")
    assert not accounts.password_fits(county.office.engine, "water_liaison", once, "test", county.virtual.now)


async def test_a_one_time_password_runs_out_after_a_week(county: Town) -> None:
    engine, now = county.office.engine, county.virtual.now
    once = accounts.issue_password(engine, "ecology_liaison", now, Actor("admin", "test"))
    assert accounts.password_fits(engine, "ecology_liaison", once, "test", now + timedelta(days=7, seconds=-1))
    assert not accounts.password_fits(engine, "ecology_liaison", once, "test", now + timedelta(days=7))


async def test_a_sign_in_ends_when_it_is_idle_and_in_any_case_after_its_hours(county: Town, call: Call) -> None:
    start = county.virtual.now
    try:
        clerk = call("clerk")
        for minutes in (59, 118, 177):
            county.virtual.now = start + timedelta(minutes=minutes)
            assert (await clerk.get("/")).status_code == 200
        county.virtual.now += timedelta(minutes=61)
        assert (await clerk.get("/")).headers["location"] == "/sign-in"
        county.virtual.now = start
        clerk = call("clerk")
        for minutes in range(50, 12 * 60, 50):
            county.virtual.now = start + timedelta(minutes=minutes)
            assert (await clerk.get("/")).status_code == 200
        county.virtual.now = start + timedelta(hours=12, seconds=1)
        assert (await clerk.get("/")).status_code == 303
    finally:
        county.virtual.now = start


async def test_who_leaves_the_directory_is_out_at_once(county: Town, call: Call) -> None:
    admin = call("administrator")
    engine, now = county.office.engine, county.virtual.now
    once = accounts.issue_password(engine, "civil_affairs_liaison", now, Actor("admin", "test"))
    own = Actor("civil_affairs_liaison", "test")
    accounts.change_password(engine, own, once, PASSWORD, PASSWORD, "test", now)
    cookie = county.cookie("civil_affairs_liaison")
    liaison = Visitor(county.url, cookie)
    assert (await liaison.get("/docket")).status_code == 200
    person = {"name": "县民政局信息员", "role": "liaison", "agency": "civil_affairs"}
    assert (await admin.post("/administration/people/civil_affairs_liaison", **person)).status_code == 303
    assert (await liaison.get("/docket")).status_code == 303
    answer = await call(None).post("/sign-in", person="civil_affairs_liaison", password=PASSWORD)
    assert answer.status_code == 422
    # Whoever comes back has to sign in again.
    assert (await admin.post("/administration/people/civil_affairs_liaison", **person, active="yes")).status_code == 303
    assert (await liaison.get("/docket")).status_code == 303
    await liaison.client.aclose()


async def test_only_digests_of_secrets_are_in_the_docket(county: Town, call: Call) -> None:
    visitor = call("clerk")
    await visitor.get("/")
    secret = next(iter(visitor.client.cookies.values()))
    with reading(county.office.engine) as session:
        rows = session.exec(select(SignInRow)).all()
        assert secret not in {value for row in rows for value in row.model_dump().values()}
        assert sign_ins.hashed(secret) in {row.id for row in rows}
        passwords = session.exec(select(AccountRow.password)).all()
        assert all(each.startswith("$argon2id$v=19$m=65536,t=3,p=4$") for each in passwords)
        said = session.exec(select(ActRow).where(col(ActRow.act).in_(("password", "password_issued", "sign_in")))).all()
        assert not any(PASSWORD in str(row.model_dump()) for row in said)
