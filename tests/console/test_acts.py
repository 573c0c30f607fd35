"""The record of acts: whatever somebody does on a page stands in it, with who, when, from where, and what changed."""

import re

import pytest
from httpx2 import AsyncClient
from sqlmodel import col, select

from cluster.embedded import HOST, any_free_port
from console.app import console
from console.serve import serving
from console.visit import cookie_name
from docket.acts import acts
from docket.engine import reading
from docket.tables import ActRow
from tests.console.town import PASSWORD, Town, Visitor

pytestmark = pytest.mark.slow


def last(county: Town, act: str) -> ActRow:
    with reading(county.office.engine) as session:
        return acts(session, act, None, 1)[0]


async def test_each_act_of_one_s_own_account_is_recorded(county: Town) -> None:
    liaison = county.visitor("liaison")
    made = await liaison.post("/account/tokens", name="县林业局系统", scopes=["read", "record"], days="30")
    assert made.status_code == 200
    secret = re.search(r"qx_[\w-]+", made.text)
    token = last(county, "token")
    assert secret is not None and token.new is not None
    assert (token.by, token.origin, token.object) == ("forestry_liaison", "console 127.0.0.1", "forestry_liaison")
    assert (token.new["name"], token.new["scopes"], token.new["until"][:10]) == (
        "县林业局系统", ["read", "record"], "2026-04-30",
    )  # fmt: skip
    async with AsyncClient(base_url=f"{county.url}/api") as program:
        held = {"authorization": f"Bearer {secret[0]}"}
        assert (await program.get("/me", headers=held)).json()["scopes"] == ["read", "record"]
        identifier = re.search(r'name="token" value="([0-9a-f]{64})"', (await liaison.get("/account")).text)
        assert identifier is not None
        assert (await liaison.post("/account/tokens/revoke", token=identifier[1])).status_code == 303
        assert (await program.get("/me", headers=held)).status_code == 401
    assert last(county, "token_revoked").old == {"name": "县林业局系统"}
    assert (await liaison.post("/calendar/feed")).status_code == 200
    assert last(county, "feed").object == "forestry_liaison"
    wrong = await liaison.post("/account/password", old="no", new="一条大河波浪宽风吹稻花", again="x")
    assert wrong.status_code == 422
    assert last(county, "sign_in_failed").by == "forestry_liaison"
    assert (await liaison.post("/sign-out")).status_code == 303
    assert last(county, "sign_out").by == "forestry_liaison"
    await liaison.client.aclose()


@pytest.mark.parametrize(
    ("proxies", "origin"),
    [("127.0.0.1", "console 10.7.7.7"), ("", "console 127.0.0.1"), ("10.9.9.9", "console 127.0.0.1")],
)
async def test_the_address_is_the_one_that_a_trusted_proxy_names(county: Town, proxies: str, origin: str) -> None:
    port = any_free_port()
    async with serving(console(county.office), HOST, port, proxies):
        visitor = Visitor(f"http://{HOST}:{port}", None)
        visitor.client.headers["x-forwarded-for"] = "10.7.7.7"
        answer = await visitor.post("/sign-in", person="clerk1", password=PASSWORD)
        assert answer.status_code == 303
        assert cookie_name(county.office) in answer.cookies
        await visitor.client.aclose()
    with reading(county.office.engine) as session:
        signed = session.exec(select(ActRow).where(ActRow.act == "sign_in").order_by(col(ActRow.id))).all()[-1]
    assert (signed.by, signed.origin) == ("clerk1", origin)
