"""The API: the same acts as on the pages, with tokens by scope."""

from typing import Any

import pytest
from sqlmodel import col, select

from docket import sign_ins
from docket.engine import reading, writing
from docket.library import current_calendar
from docket.tables import ActRow, EventRow, LetterRow, NoticeRow
from rules.access import Right
from tests.console.town import EVERYTHING, PEOPLE, Program, Town
from tests.engine.letters import judgment, mediation, oral

pytestmark = pytest.mark.slow


async def test_a_letter_is_forecast_registered_recorded_and_explained(county: Town, program: Program) -> None:
    letter = mediation("api-1", agencies=[{"agency": "forestry", "received_on": "2026-03-10"}])
    forecast = await program.ask("POST", "/forecasts", json=letter)
    assert forecast.status_code == 200
    assert {duty["key"]: duty["due"] for duty in forecast.json()["duties"]}["R07"] == "2026-04-10"
    with reading(county.office.engine) as session:
        assert session.exec(select(LetterRow).where(LetterRow.matter == "api-1")).first() is None
    first = await program.ask("POST", "/letters", json=letter)
    assert (first.status_code, first.json()["first"]) == (201, True)
    again = await program.ask("POST", "/letters", json=letter)
    assert (again.status_code, again.json()["first"]) == (200, False)
    short, identifier = first.json()["letter"]["short"], first.json()["letter"]["id"]
    told = await program.ask("POST", f"/letters/{short}/events", json={"type": "told", "on": "2026-03-10"})
    assert told.status_code == 201
    assert [event["type"] for event in told.json()[0]["events"]] == ["told"]
    shown = await program.ask("GET", f"/letters/{short}")
    assert shown.json() == told.json()[0]
    assert [step["code"] for step in shown.json()["ladder"] if step["duty"] == "R07"][:2] == ["T-5", "T-2"]
    sheet = (await program.ask("GET", f"/letters/{short}/reckonings", params={"duty": "R07"})).json()["sheets"][0]
    assert sheet["sentence"].startswith("自2026-03-10（县司法局收到之日）起算1个月，至对应日2026-04-10（周五）")
    listed = (await program.ask("GET", "/duties", params={"q": "api-1", "size": 200})).json()
    assert listed["total"] == len(listed["duties"]) > 3
    with reading(county.office.engine) as session:
        acts = session.exec(select(ActRow).where(ActRow.object == identifier).order_by(col(ActRow.id))).all()
    assert [(act.act, act.by, act.origin) for act in acts] == [
        ("register", "clerk1", "api 127.0.0.1"), ("record", "clerk1", "api 127.0.0.1"),
    ]  # fmt: skip


async def test_what_concerns_the_whole_matter_gives_each_letter_that_it_changes(program: Program) -> None:
    window = (await program.ask("POST", "/letters", json=mediation("api-3"))).json()["letter"]
    for matter, agency in (("api-3", "forestry"), ("api-3", "housing"), ("api-4", "forestry")):
        letter = oral(matter, number=f"({matter}){agency}号", agencies=[{"agency": agency}])
        assert (await program.ask("POST", "/letters", json=letter)).status_code == 201
    event = {"type": "withdrawal", "on": "2026-03-30", "evidence": "撤诉申请书"}
    changed = (await program.ask("POST", f"/letters/{window['short']}/events", json=event)).json()
    assert [each["letter"]["matter"] for each in changed] == ["api-3"] * 3
    assert changed[0]["letter"]["id"] == window["id"]
    ended = [duty["state"] for each in changed for duty in each["duties"] if duty["rule"] in ("R03", "R05")]
    assert ended == ["cancelled"] * 3


async def test_a_year_s_preview_names_each_date_by_letter_and_duty(county: Town, program: Program) -> None:
    registered = (await program.ask("POST", "/letters", json=judgment("api-5"))).json()
    (filing,) = [duty for duty in registered["duties"] if duty["rule"] == "R16"]
    with reading(county.office.engine) as session:
        year = current_calendar(session).years[2026].model_dump(mode="json")
    year["off"].append({"first": filing["due"], "last": filing["due"], "name": "临时放假"})
    preview = (await program.ask("POST", "/calendar/preview", "administrator", json=year)).json()
    moved = {move["duty"]: move["old_due"] for move in preview["moves"] if move["letter"] == registered["letter"]["id"]}
    assert (moved, preview["loaded"], preview["matters"]) == ({filing["key"]: filing["due"]}, False, 0)


async def test_a_refusal_names_field_reason_and_remedy_and_changes_nothing(county: Town, program: Program) -> None:
    answer = await program.ask("POST", "/letters", json=oral("api-2", received_at="2026-04-30"))
    assert answer.status_code == 422
    (refused,) = answer.json()["refused"]
    assert (refused["field"], refused["key"]) == ("received_at", "received_in_future")
    assert "2026-04-30" in refused["reason"] and "2026-04-30" in refused["reason_en"]
    broken = await program.ask("POST", "/letters", json={"kind": "oral_notice", "agencies": [], "nonsense": 1})
    assert {each["field"]: each["key"] for each in broken.json()["refused"]} == {
        "matter": "missing", "court": "missing", "received_at": "missing", "agencies": "blank",
        "nonsense": "unknown_field",
    }  # fmt: skip
    with reading(county.office.engine) as session:
        assert session.exec(select(LetterRow).where(LetterRow.matter == "api-2")).first() is None


SCOPED = [
    ("GET", "/duties", "read"),
    ("GET", "/notices", "read"),
    ("POST", "/notices/read", "read"),
    ("GET", "/letters/2026-003", "read"),
    ("GET", "/letters/2026-003/reckonings", "read"),
    ("GET", "/matters", "read"),
    ("GET", "/matters/2026-003", "read"),
    ("POST", "/matters", "register"),
    ("POST", "/matters/2026-003/events", "record"),
    ("POST", "/matters/2026-003/join", "register"),
    ("POST", "/letters/2026-003/move", "register"),
    ("POST", "/forecasts", "register"),
    ("POST", "/letters", "register"),
    ("POST", "/letters/2026-003/events", "record"),
    ("GET", "/drafts", "supervise"),
    ("GET", "/figures", "supervise"),
    ("POST", "/drafts/send", "send"),
    ("POST", "/drafts/discard", "send"),
    ("GET", "/acts", "log"),
    ("GET", "/people", "administer"),
    ("PUT", "/agencies/forestry", "administer"),
    ("PUT", "/people/clerk1", "administer"),
    ("POST", "/people/nobody/password", "administer"),
    ("POST", "/calendar/preview", "administer"),
    ("POST", "/calendar", "administer"),
]
UNSCOPED = [("GET", "/me"), ("GET", "/agencies"), ("GET", "/calendar"), ("GET", "/rulebook")]
BODIES: dict[str, Any] = {
    "/matters": {"matter": "api-scope", "on": "2026-03-10", "title": "x", "agencies": ["nobody"]},
    "/matters/2026-003/join": {"matter": "api-nowhere", "reason": "x"},
    "/letters/2026-003/move": {"matter": "2026-003", "reason": "x"},
    "/matters/2026-003/events": {"type": "flagged", "on": "2020-01-01"},
    "/forecasts": oral("api-scope"), "/letters": oral("api-scope", agencies=[{"agency": "nobody"}]),
    "/letters/2026-003/events": {"type": "flagged", "on": "2020-01-01"}, "/notices/read": {"keys": ["none"]},
    "/drafts/send": {"draft": "none"}, "/drafts/discard": {"draft": "none", "reason": "x"},
    "/agencies/forestry": {"id": "other", "name": "x", "field": "x"},
    "/people/clerk1": {"id": "other", "name": "x", "role": "clerk"},
    "/calendar/preview": {"year": 2027}, "/calendar": {"year": 2027},
}  # fmt: skip


async def test_each_address_asks_for_its_scope_and_its_role(county: Town, program: Program) -> None:
    """A token does no more than its scopes say, and never more than its person's role."""
    described = (await program.client.get("/openapi.json")).json()["paths"]
    addresses = {(method.upper(), path) for path, methods in described.items() for method in methods}
    assert len(addresses) == len(SCOPED) + len(UNSCOPED)
    for method, path, scope in SCOPED:
        more = {"json": BODIES[path]} if path in BODIES else {}
        for role in PEOPLE:
            for scopes in ([scope], [each for each in EVERYTHING if each != scope], []):
                answer = await program.client.request(method, path, headers=program.token(role, scopes), **more)
                allowed = scopes == [scope] and role in _roles(scope)
                assert (answer.status_code != 403) == allowed, (method, path, role, scopes, answer.text)
        assert (await program.client.request(method, path, **more)).status_code == 401
    for method, path in UNSCOPED:
        assert (await program.client.request(method, path, headers=program.token("liaison", []))).status_code == 200
        assert (await program.client.request(method, path)).status_code == 401


def _roles(scope: str) -> set[str]:
    from rules.access import ALLOWED

    return set(ALLOWED[Right(scope)])


async def test_a_token_that_has_run_out_or_was_revoked_is_nobodys(county: Town, program: Program) -> None:
    old = program.token("clerk", EVERYTHING, days=-1)
    assert (await program.client.get("/me", headers=old)).status_code == 401
    good = program.token("clerk", ["read"])
    assert (await program.client.get("/me", headers=good)).json()["scopes"] == ["read"]
    with writing(county.office.engine) as session:
        secret = good["authorization"].removeprefix("Bearer ")
        sign_ins.revoke_token(session, "clerk1", sign_ins.hashed(secret))
    assert (await program.client.get("/me", headers=good)).status_code == 401
    assert (await program.client.get("/me", headers={"authorization": "Basic eDp5"})).status_code == 401


async def test_a_liaison_sees_and_touches_only_what_the_own_agency_owes(county: Town, program: Program) -> None:
    lines = (await program.ask("GET", "/duties", "liaison", params={"size": 200, "all": True})).json()["duties"]
    assert lines and all("forestry" in line["agencies"] and line["obligor"] in ("agency", "all") for line in lines)
    short = county.short("2026-002", "mediation_letter")
    shown = (await program.ask("GET", f"/letters/{short}", "liaison")).json()
    assert {duty["agency"] for duty in shown["duties"]} <= {None, "forestry"}
    assert {duty["obligor"] for duty in shown["duties"]} <= {"agency", "all"}
    foreign = county.short("2026-006", "response_notice")
    assert (await program.ask("GET", f"/letters/{foreign}", "liaison")).status_code == 404
    with reading(county.office.engine) as session:
        before = len(session.exec(select(EventRow.id)).all())
    attempts: list[tuple[dict[str, Any], str]] = [
        ({"type": "progress", "work": "x", "agency": "housing"}, "agency_not_yours"),
        ({"type": "extension", "number": "x", "months": 1, "reason": "x"}, "event_not_yours"),
        ({"type": "void", "reason": "x"}, "event_not_yours"),
    ]
    for event, key in attempts:
        answer = await program.ask("POST", f"/letters/{short}/events", "liaison", json={"on": "2026-03-30", **event})
        assert (answer.status_code, answer.json()["refused"][0]["key"]) == (422, key)
    event = {"type": "self_correction", "on": "2026-03-30", "measures": "x", "number": "x"}
    answer = await program.ask("POST", f"/letters/{foreign}/events", "liaison", json=event)
    assert answer.status_code == 404
    with reading(county.office.engine) as session:
        assert len(session.exec(select(EventRow.id)).all()) == before


async def test_notices_of_others_can_not_be_read_or_marked(county: Town, program: Program) -> None:
    mine = (await program.ask("GET", "/notices", "clerk")).json()["notices"]
    assert {notice["person"] for notice in mine} == {"clerk1"}
    keys = [notice["key"] for notice in mine]
    answer = await program.ask("POST", "/notices/read", "liaison", json={"keys": keys})
    assert answer.json() == {"changed": 0}
    with reading(county.office.engine) as session:
        assert session.get_one(NoticeRow, keys[0]).read_at is None


async def test_the_api_page_is_served_from_the_machine_itself(program: Program) -> None:
    page = await program.client.get("/docs")
    assert page.status_code == 200
    assert "://" not in page.text
    for asset in ("/assets/swagger-ui.css", "/assets/swagger-ui-bundle.js"):
        assert f'"/api{asset}"' in page.text
        assert (await program.client.get(asset)).status_code == 200
    answer = await program.client.request("DELETE", "/calendar")
    assert (answer.status_code, answer.headers["allow"]) == (405, "GET, POST")
