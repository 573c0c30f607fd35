"""One county for the tests of a file, with letters in every state, and one browser for all."""

from collections.abc import AsyncIterator, Callable

import pytest
from playwright.async_api import Browser, Page

from tests.console.town import Program, Town, Visitor, browser, letters_in_every_state, town, visitor


@pytest.fixture(scope="module")
async def county(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Town]:
    """Return a county at the end of March 2026."""
    async with town(tmp_path_factory.mktemp("county")) as found:
        await letters_in_every_state(found.virtual)
        yield found


@pytest.fixture(scope="session")
async def chromium() -> AsyncIterator[Browser]:
    """Return a browser."""
    async with browser() as started:
        yield started


@pytest.fixture
async def page_of(county: Town, chromium: Browser) -> AsyncIterator[Callable[..., object]]:
    """Open pages as somebody of a role; whatever the page's script or policy complains of fails the test."""
    contexts, complaints = [], []

    async def opened(role: str | None, language: str = "zh", **more: object) -> Page:
        context = await visitor(chromium, county, role, **more)
        contexts.append(context)
        if language == "en":
            await context.add_cookies([{"name": "language", "value": "en", "url": county.url}])
        page = await context.new_page()
        page.on("console", lambda said: complaints.append(said.text) if said.type in ("error", "warning") else None)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        return page

    yield opened
    for context in contexts:
        await context.close()
    unexpected = [each for each in complaints if "Failed to load resource" not in each]
    assert unexpected == []


@pytest.fixture
async def call(county: Town) -> AsyncIterator[Callable[[str | None], Visitor]]:
    """Make requests without a browser as somebody of a role; None is nobody."""
    opened: list[Visitor] = []

    def visit(role: str | None) -> Visitor:
        opened.append(county.visitor(role))
        return opened[-1]

    yield visit
    for each in opened:
        await each.client.aclose()


@pytest.fixture
async def program(county: Town) -> AsyncIterator[Program]:
    """Return another program that calls the API."""
    found = Program(county)
    yield found
    await found.client.aclose()
