"""What no honest browser sends: text that is none, numbers beyond measure, and faults of our own. On PostgreSQL too."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from fastapi import FastAPI
from httpx2 import ASGITransport, AsyncClient
from sqlalchemy import Engine

from console.app import console
from console.feed import SCOPE
from console.office import Office
from console.visit import cookie_name
from docket import sign_ins
from docket.engine import writing
from settings import Settings
from tests.conftest import START

pytestmark = pytest.mark.slow


@pytest.fixture
def served(docket: Engine, tmp_path: Path) -> FastAPI:
    """Return a console on each database."""
    return console(Office(Settings(dir=tmp_path), docket, lambda: START))


@pytest.fixture
async def client(served: FastAPI, docket: Engine) -> AsyncIterator[AsyncClient]:
    """Return somebody of the bureau, without a network between."""
    with writing(docket) as session:
        secret = sign_ins.sign_in(session, "bureau_head", "test", START)
    transport = ASGITransport(app=served, raise_app_exceptions=False)
    async with AsyncClient(transport=transport, base_url="http://test") as found:
        found.cookies.set(cookie_name(served.state.office), secret)
        yield found


@pytest.mark.parametrize(
    "path",
    [
        "/docket?q=%00", "/docket?agency=%00", "/docket?field=%00", "/docket.xlsx?q=%00", "/log?q=%00",
        "/log?before=99999999999999999999", "/letters/%00", "/register/oral_notice?like=%00",
        "/calendar?month=20%D9%A2%D9%A6-01", "/docket?page=100000000000000000000", "/sign-in?next=%00",
    ],
)  # fmt: skip
async def test_a_strange_address_is_refused_and_not_a_fault(client: AsyncClient, path: str) -> None:
    answer = await client.get(path)
    assert answer.status_code < 500, answer.text


@pytest.mark.parametrize("charset", ["unicode_escape", "utf-7", "undefined", "punycode", "no-such"])
async def test_a_form_in_another_alphabet_is_refused(client: AsyncClient, charset: str) -> None:
    body = b'--x\r\nContent-Disposition: form-data; name="person"\r\n\r\n\\ud800\r\n--x--\r\n'
    kind = f"multipart/form-data; boundary=x; charset={charset}"
    answer = await client.post("/sign-in", content=body, headers={"content-type": kind})
    assert answer.status_code in (403, 422)


@pytest.mark.parametrize("path", ["/sign-in", "/register/oral_notice", "/notices", "/account/tokens"])
async def test_a_form_with_a_nul_is_refused(client: AsyncClient, path: str) -> None:
    form = {"csrf": "x", "person": "a\x00b", "matter": "a\x00b", "name": "\x00", "key": "\x00", "days": "9" * 5000}
    answer = await client.post(path, data=form)
    assert answer.status_code == 422
    assert "无法识别的字符" in answer.text


async def test_a_fault_of_ours_says_when_and_keeps_the_policy(served: FastAPI, client: AsyncClient) -> None:
    def broken() -> None:
        raise LookupError("a fault")

    served.add_api_route("/broken", broken)
    answer = await client.get("/broken")
    assert answer.status_code == 500
    assert "是系统自身的差错" in answer.text and "2026-03-10 10:00:00" in answer.text
    assert "a fault" not in answer.text
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    assert answer.headers["cache-control"] == "no-store"


async def test_a_feed_s_address_opens_the_feed_and_nothing_else(docket: Engine, client: AsyncClient) -> None:
    with writing(docket) as session:
        secret = sign_ins.issue_token(session, "bureau_head", "feed", [SCOPE], START, None)
    held = {"authorization": f"Bearer {secret}"}
    assert (await client.get(f"/feeds/{secret}.ics")).status_code == 200
    for path in ("/api/me", "/api/agencies", "/api/calendar", "/api/rulebook"):
        assert (await client.get(path, headers=held)).status_code == 401
