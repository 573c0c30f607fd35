"""A county in virtual time with letters in every state, its console served, and somebody of each role."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from shutil import which
from typing import Any, NamedTuple

from httpx2 import AsyncClient, Response
from playwright.async_api import Browser, BrowserContext, async_playwright
from sqlmodel import select

from cluster.embedded import HOST, any_free_port
from cluster.schedules import ensure_schedules
from console.app import console
from console.office import Office
from console.serve import serving
from console.visit import cookie_name
from desk.desk import Desk
from docket import accounts, sign_ins
from docket.acts import Actor
from docket.engine import reading, writing
from docket.tables import LetterRow
from rules.accept.rulebook import shipped_rulebook
from rules.access import Right
from settings import Settings
from starter.demo.virtual import VirtualOffice, virtual_office
from tests.conftest import START, moment
from tests.engine.letters import FEEDBACK, judgment, mediation, oral

PEOPLE = {
    "clerk": "clerk1",
    "supervisor": "bureau_head",
    "liaison": "forestry_liaison",
    "leader": "leader_rural",
    "administrator": "admin",
}
"""One person of each role."""

PASSWORD = "四月的雨下了一整夜没停"
_CHROMIUM = ("chromium", "chromium-browser", "google-chrome")
_FLAGS = [
    "--lang=zh-CN", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-sync",
]  # fmt: skip


class Visitor:
    """Somebody of a role who makes requests without a browser; forms get the secret that our pages put into them."""

    def __init__(self, url: str, cookie: dict[str, str] | None) -> None:
        cookies = {cookie["name"]: cookie["value"]} if cookie else {}
        self.client = AsyncClient(base_url=url, cookies=cookies, timeout=30, verify=False)
        self._csrf = ""

    async def get(self, path: str) -> Response:
        """Look at a page."""
        return await self.client.get(path)

    async def post(self, path: str, **form: Any) -> Response:
        """Send a form."""
        return await self.client.post(path, data={"csrf": await self.csrf(), **form})

    async def csrf(self) -> str:
        """Return the secret of this visitor's forms; it stays the same until somebody signs in or out."""
        if self._csrf:
            return self._csrf
        shown = await self.client.get("/account")
        shown = shown if shown.status_code == 200 else await self.client.get("/sign-in")
        found = re.search(r'name="csrf" value="([^"]+)"', shown.text)
        assert found is not None
        self._csrf = found[1]
        return self._csrf


class Town(NamedTuple):
    """The office behind the console, the console itself, and where it is served."""

    virtual: VirtualOffice
    office: Office
    url: str

    def cookie(self, person: str) -> dict[str, str]:
        """Sign a person in behind the scenes and give the cookie."""
        with writing(self.office.engine) as session:
            secret = sign_ins.sign_in(session, person, "test", self.office.clock())
        return {"name": cookie_name(self.office), "value": secret, "url": self.url}

    def visitor(self, role: str | None) -> Visitor:
        """Return somebody of a role who needs no browser; None is nobody."""
        return Visitor(self.url, None if role is None else self.cookie(PEOPLE[role]))

    def short(self, matter: str, kind: str) -> str:
        """Return the short name of a letter."""
        with reading(self.office.engine) as session:
            rows = session.exec(select(LetterRow.short).where(LetterRow.matter == matter, LetterRow.kind == kind))
            return rows.one()


EVERYTHING = [right.value for right in Right]
"""Every scope there is."""


class Program:
    """Another program that calls the API with tokens."""

    def __init__(self, county: Town) -> None:
        self.county = county
        self.client = AsyncClient(base_url=f"{county.url}/api", timeout=30, verify=False)

    def token(self, role: str, scopes: list[str], days: int = 1) -> dict[str, str]:
        """Return the header of a token of somebody of a role."""
        now = self.county.office.clock()
        with writing(self.county.office.engine) as session:
            until = now + timedelta(days=days)
            secret = sign_ins.issue_token(session, PEOPLE[role], "test", scopes, now, until)
        return {"authorization": f"Bearer {secret}"}

    async def ask(self, method: str, path: str, role: str = "clerk", **more: Any) -> Any:
        """Call as somebody of a role with every scope."""
        return await self.client.request(method, path, headers=self.token(role, EVERYTHING), **more)


@asynccontextmanager
async def town(folder: Path, settings: Settings | None = None) -> AsyncIterator[Town]:
    """Open a county on 10 March 2026 and serve its console."""
    settings = settings or Settings(dir=folder, answer_seconds=5)
    async with virtual_office(folder, START, settings) as virtual:

        async def desk() -> "Desk":
            return virtual.desk

        office = Office(settings, virtual.engine, lambda: virtual.now, desk)
        for person in PEOPLE.values():
            once = accounts.issue_password(virtual.engine, person, virtual.now, Actor("admin", "test"))
            own = Actor(person, "test")
            accounts.change_password(virtual.engine, own, once, PASSWORD, PASSWORD, "test", virtual.now)
        await ensure_schedules(virtual.client, virtual.task_queue, shipped_rulebook().office)
        port = any_free_port()
        async with serving(console(office), HOST, port):
            yield Town(virtual, office, f"http://{HOST}:{port}")


async def letters_in_every_state(virtual: VirtualOffice) -> None:
    """Play letters to the end of March 2026: done, late, overdue, waiting, extended, voided."""
    forestry = [{"agency": "forestry", "received_on": "2026-03-10"}]
    two = [{"agency": "forestry"}, {"agency": "housing"}]
    window = await virtual.register(mediation("2026-001", title="林权登记纠纷", agencies=forestry, stage="trial"))
    pre = await virtual.register(mediation("2026-002", title="征地补偿", agencies=two))
    told = await virtual.register(oral("2026-003", title="行政处罚", plaintiff="李四"))
    lost = await virtual.register(judgment("2026-004", title="不履行法定职责"))
    void = await virtual.register(oral("2026-005", title="重复登记"))
    await virtual.record(void.state.letter_id, "void", reason="与另一口头通知重复登记")
    await virtual.register(
        {
            "kind": "appearance_notice", "matter": "2026-004", "title": "不履行法定职责", "court": "武平县人民法院",
            "received_at": "2026-03-10T09:30:00+08:00", "hearing_at": "2026-04-16T09:00:00+08:00",
            "agencies": [{"agency": "forestry"}],
        }
    )  # fmt: skip
    await virtual.register(
        {
            "kind": "response_notice", "matter": "2026-006", "title": "工伤认定", "court": "武平县人民法院",
            "number": "(2026)闽0824行初6号", "received_at": "2026-03-10T09:30:00+08:00",
            "agencies": [{"agency": "social_security", "received_on": "2026-03-09"}],
        }
    )  # fmt: skip
    await virtual.register(
        {
            "kind": "response_notice", "matter": "2026-007", "title": "退耕补助", "court": "武平县人民法院",
            "number": "(2026)闽0824行初7号", "received_at": "2026-03-10T09:30:00+08:00", "agencies": forestry,
        }
    )  # fmt: skip
    await virtual.register(
        {
            "kind": "appeal_copy", "matter": "2026-008", "title": "撤销登记", "court": "武平县人民法院",
            "appellant": "周九", "received_at": "2026-03-10T09:30:00+08:00", "agencies": forestry,
        }
    )  # fmt: skip
    for letter in (window, told):
        await virtual.record(letter.state.letter_id, "told", agency="forestry")
        await virtual.record(letter.state.letter_id, "reported", agency="forestry")
    await virtual.record(pre.state.letter_id, "told", agency="forestry", told_by="bureau")
    await virtual.until(moment("2026-03-13"))
    await virtual.record(told.state.letter_id, "feedback", **FEEDBACK)
    await virtual.until(moment("2026-03-16"))
    await virtual.record(window.state.letter_id, "progress", work="首次面谈，双方同意继续协商")
    await virtual.until(moment("2026-03-26"))
    await virtual.record(window.state.letter_id, "progress", work="第三周，补报第二周")
    await virtual.record(lost.state.letter_id, "filing", copy_reference="备2026-7")
    await virtual.until(moment("2026-03-31"))


@asynccontextmanager
async def browser() -> AsyncIterator[Browser]:
    """Start Debian's Chromium."""
    program = next(found for each in _CHROMIUM if (found := which(each)))
    async with async_playwright() as playwright:
        started = await playwright.chromium.launch(
            executable_path=program, args=_FLAGS, chromium_sandbox=False, timeout=60_000
        )
        yield started
        await started.close()


async def visitor(started: Browser, at: Town, role: str | None, **more: Any) -> BrowserContext:
    """Open a browser of somebody of a role, signed in; None is nobody."""
    context = await started.new_context(base_url=at.url, locale="zh-CN", **more)
    if role is not None:
        # Playwright does not export the type of a cookie that is set.
        await context.add_cookies([at.cookie(PEOPLE[role])])  # type: ignore[list-item]
    return context
