"""案件 on its page: the whole life, what is recorded of a case, letters that move, and what others see of it."""

import re
from collections.abc import Callable
from datetime import datetime
from typing import Any, NamedTuple

import pytest
from playwright.async_api import Page, expect
from sqlmodel import col, select

from console import foresight
from desk.forecast import foreseen
from docket.directory import viewer
from docket.engine import reading
from docket.reads import find_matter
from docket.tables import ActRow
from rules.access import Viewer
from rules.dossier.letter import letters_of
from rules.letters.cases import CaseOpened
from rules.letters.letter import short_id
from rules.letters.parse import parse_event
from rules.texts import Language, catalogue
from tests.console.town import Program, Town, Visitor
from tests.engine.letters import judgment, mediation, oral

pytestmark = pytest.mark.slow
Open = Callable[..., Any]
Call = Callable[[str | None], Visitor]
REASON = "登记时案件编号有误"


async def life(county: Town, name: str) -> None:
    """Put a case on file that came from 复议, was heard and decided in first instance, and is appealed."""
    desk, county_id = county.virtual.desk, f"wuping/matter/{name}"
    opened = parse_event(
        {
            "type": "case_opened", "on": "2026-03-01", "title": "山林确权", "plaintiff": "陈某某",
            "act": "武政林裁〔2025〕3号", "agencies": ["forestry", "natural_resources"],
        }
    )  # fmt: skip
    assert isinstance(opened, CaseOpened)
    await desk.open_matter("wuping", name, opened, "clerk1")
    for said in (
        {"type": "proceeding_begun", "on": "2025-09-01", "proceeding": "reconsideration", "body": "龙岩市人民政府"},
        {
            "type": "proceeding_concluded", "on": "2025-10-28", "proceeding": "reconsideration",
            "number": "龙政行复〔2025〕88号", "outcomes": ["upheld"],
        },
        {
            "type": "proceeding_begun", "on": "2025-11-20", "proceeding": "first", "body": "武平县人民法院",
            "number": f"(2025)闽0824行初{name}号",
        },
        {
            "type": "hearing_held", "on": "2025-12-18", "proceeding": "first", "agency": "forestry",
            "appeared": "head", "spoke": True,
        },
        {
            "type": "hearing_held", "on": "2025-12-18", "proceeding": "first", "agency": "natural_resources",
            "appeared": "staff",
        },
    ):  # fmt: skip
        await desk.record_case(county_id, parse_event(said), "clerk1")
    await county.virtual.register(judgment(name, number=f"(2025)闽0824行初{name}号"))
    appeal = {
        "kind": "appeal_copy", "matter": name, "court": "武平县人民法院", "appellant": "陈某某",
        "received_at": "2026-03-30T09:30:00+08:00",
        "agencies": [{"agency": "forestry", "received_on": "2026-03-30"}],
    }  # fmt: skip
    await county.virtual.register(appeal)


async def test_a_matter_shows_its_whole_life_through_its_instances(county: Town, page_of: Open) -> None:
    await life(county, "page-1")
    page: Page = await page_of("clerk")
    await page.goto("/matters/page-1")
    assert await page.inner_text("h1") == "案件 page-1 山林确权"
    head = await page.inner_text("dl.facts")
    assert "原告、上诉人" in head and "陈某某" in head and "二审 办理中" in head and "县林业局、县自然资源局" in head
    rows = await page.locator("section:has(#instances-title) tbody tr").all_inner_texts()
    assert [row.split()[0] for row in rows] == ["行政复议", "一审", "二审"]
    assert "2025-12-18 县林业局 主要负责人 出声" in rows[1] and "2025-12-18 县自然资源局 工作人员" in rows[1]
    assert "2025-10-28 维持" in rows[0] and "2026-02-27 撤销" in rows[1] and "未结" in rows[2]
    drawn = page.locator("section:has(#line-title) svg")
    words = await drawn.locator("text:not(.faint)").evaluate_all("all => all.map((each) => each.firstChild.data)")
    assert [word.split()[0] for word in words] == [
        "行政复议", "一审", "二审", "案件登记", "裁判文书", "上诉状副本", "R19",
    ]  # fmt: skip
    assert await drawn.locator("rect.bar").count() == 6
    owed = await page.locator("section:has(#duties-title) tbody tr").all_inner_texts()
    assert [row.split("\t")[2].split()[0] for row in owed] == ["R16", "D-08", "R17", "R19"]
    await page.get_by_role("link", name="D-08").click()
    assert await page.inner_text("h1") == "上诉状副本 page-1"
    await page.locator("dl.facts").get_by_role("link", name="page-1").first.click()
    assert await page.inner_text("h1") == "案件 page-1 山林确权"


async def test_a_case_without_a_letter_is_put_on_file_told_of_and_followed_up(county: Town, page_of: Open) -> None:
    page: Page = await page_of("clerk")
    await page.goto("/register")
    await page.get_by_role("link", name="案件登记").click()
    await page.fill("#matter", "page-2")
    await page.fill("#title", "工伤认定")
    await page.get_by_label("县林业局").check()
    await page.get_by_role("button", name="案件登记").click()
    await expect(page.locator("h1")).to_have_text("案件 page-2 工伤认定")
    assert "已登记建档" in await page.inner_text("[role=status]")
    await page.get_by_role("link", name="立案", exact=True).click()
    await page.select_option("#proceeding", "first")
    await page.fill("#body", "武平县人民法院")
    await page.get_by_role("button", name="登记", exact=True).click()
    await expect(page.locator("section:has(#instances-title) tbody tr")).to_contain_text("武平县人民法院")
    await page.get_by_role("link", name="跟踪").first.click()
    await page.fill("#found", "正在协商")
    await page.get_by_role("button", name="登记", exact=True).click()
    await expect(page.locator("#history-title ~ ol li").first).to_contain_text("正在协商")
    # A slip is corrected where it stands, and what was a mistake is voided.
    entry = page.locator("#history-title ~ ol li", has_text="正在协商")
    await entry.get_by_role("link", name="更正").click()
    await page.get_by_role("link", name="办理情况").click()
    await page.fill("#value", "已约定再谈")
    await page.fill("#reason", "笔误")
    await page.get_by_role("button", name="登记", exact=True).click()
    await expect(page.locator("#history-title ~ ol")).to_contain_text("已约定再谈")
    await page.goto("/matters/page-2/record/proceeding_concluded")
    await page.select_option("#proceeding", "first")
    await page.get_by_label("驳回诉讼请求").check()
    # What follows is shown before anything is saved: nobody has to look after it any more.
    await expect(page.locator("#forecast")).to_contain_text("定期跟踪案件")
    await expect(page.locator("#forecast")).to_contain_text("已终止")
    await page.get_by_role("button", name="登记", exact=True).click()
    await page.goto("/matters?q=page-2&all=1")
    assert "一审 已于 2026-03-31 结案" in await page.inner_text("tbody")
    await page.goto("/matters?q=page-2")
    assert "没有符合条件的案件" in await page.inner_text("main")


async def test_a_letter_goes_to_its_matter_and_two_matters_become_one(county: Town, page_of: Open) -> None:
    await county.virtual.register(oral("page-3", title="行政处罚"))
    await county.virtual.register(oral("page-4", number="(2026)闽0824口4号"))
    page: Page = await page_of("clerk")
    await page.goto(f"/letters/{county.short('page-3', 'oral_notice')}")
    await page.get_by_role("link", name="移转到另一案件").click()
    await page.fill("#matter", "page-4")
    await page.get_by_role("button", name="移转到另一案件").click()
    await expect(page.locator("#refusal")).to_contain_text("理由")
    await page.fill("#reason", REASON)
    await page.get_by_role("button", name="移转到另一案件").click()
    await expect(page.locator("h1")).to_have_text("口头通知行政起诉事项 page-4 行政处罚")
    assert "已移转" in await page.inner_text("[role=status]")
    await page.goto("/matters/page-3")
    assert "口头通知行政起诉事项 page-3 2026-03-10 → page-4" in await page.inner_text("dl.facts")
    # The trace says where to in words, and can't be undone: nobody is offered to.
    trace = page.locator("section:has(#history-title) li", has_text="来文移转")
    assert f"另一案件：案件 page-4\n方向：移出\n理由：{REASON}" in await trace.inner_text()
    assert await trace.get_by_role("link", name="作废").count() == 0
    await county.virtual.register(oral("page-5", number="(2026)闽0824口5号"))
    await page.goto("/matters/page-5")
    await page.get_by_role("link", name="并案").click()
    await page.fill("#matter", "page-4")
    await page.fill("#reason", "同一行政行为")
    await page.get_by_role("button", name="并案").click()
    await expect(page.locator("h1")).to_contain_text("案件 page-4")
    assert await page.locator("section:has(#letters-title) tbody tr").count() == 3
    await page.goto("/matters/page-5")
    assert "本案已并入" in await page.inner_text("main")
    assert await page.get_by_role("link", name="page-4").count() > 0
    # Nothing is recorded of what is elsewhere now.
    assert await page.locator("#do-title").count() == 0
    for emptied in ("page-3", "page-5"):
        await page.goto(f"/matters/{emptied}")
        assert "办理中" not in await page.inner_text("main")
    supervisor: Page = await page_of("supervisor")
    await supervisor.goto("/log?q=page-5")
    line = supervisor.locator("tbody tr", has_text="并案")
    assert "案件 page-5" in await line.inner_text()
    await line.get_by_role("link", name="案件 page-5").click()
    assert "本案已并入" in await supervisor.inner_text("main")
    await supervisor.goto("/log?q=page-3")
    assert "移转来文" in await supervisor.locator("tbody").inner_text()


BY_TRANSFER = ("letter_moved", "matters_joined")
"""What the desk itself records where a letter is moved or matters are joined."""

CASE_DOINGS: list[tuple[str, dict[str, Any]]] = [
    ("case_opened", {"on": "2026-03-01", "title": "占用林地", "plaintiff": "钟某", "agencies": ["forestry"]}),
    ("proceeding_begun", {"on": "2026-03-02", "proceeding": "first", "body": "武平县人民法院", "procedure": "simple"}),
    ("hearing_held", {"on": "2026-03-20", "proceeding": "first", "agency": "forestry", "appeared": "deputy"}),
    ("followed_up", {"on": "2026-03-21", "found": "等待裁判"}),
    (
        "proceeding_concluded",
        {
            "on": "2026-03-27", "proceeding": "first", "document": "ruling", "number": "(2026)闽0824行初20号",
            "outcomes": ["withdrawn"], "effective_on": "2026-03-27",
        },
    ),
    ("case_closed", {"on": "2026-03-30", "reason": "原告撤诉，案结事了"}),
]  # fmt: skip
"""What is recorded of one case through its life, as it is typed."""


async def test_every_event_of_a_case_is_recorded_by_its_form(county: Town, call: Call) -> None:
    clerk, address = call("clerk"), "/matters/page-7"
    for event, typed in CASE_DOINGS:
        path = "/register/matter" if event == "case_opened" else f"{address}/record/{event}"
        form = {"matter": "page-7", **typed} if event == "case_opened" else {"step": "record", **typed}
        answer = await clerk.post(path, **form)
        assert (answer.status_code, answer.headers["location"].partition("?")[0]) == (303, address), answer.text
    with reading(county.office.engine) as session:
        state = find_matter(session, "wuping/matter/page-7")
        acts = session.exec(select(ActRow).where(ActRow.object == state.id).order_by(col(ActRow.id))).all()
    recorded = [(entry.event.type, entry.event.model_dump(mode="json"), entry.by) for entry in state.entries]
    assert [each[0] for each in recorded] == [event for event, _ in CASE_DOINGS]
    for (_, said, by), (_, typed) in zip(recorded, CASE_DOINGS, strict=True):
        assert {name: said[name] for name in typed} == typed and by == "clerk1"
    assert [(act.act, act.origin) for act in acts] == [("record", "console 127.0.0.1")] * len(CASE_DOINGS)


CASE_REFUSALS: list[tuple[str, dict[str, Any], str, str]] = [
    ("/register/matter", {"matter": "page-8", "on": "2026-03-01", "title": "x"}, "matter", "case_opened_before"),
    ("/matters/page-8/record/case_closed", {"on": "2026-03-30", "reason": "x"}, "matter", "case_over"),
    ("/matters/page-8/record/hearing_held", {"on": "2026-03-01", "proceeding": "first", "appeared": "head"}, "on",
     "before_instance"),
    ("/matters/page-8/join", {"matter": "page-8", "reason": "x"}, "matter", "same_matter"),
    ("/matters/page-9/record/followed_up", {"on": "2026-03-30", "found": "x"}, "matter", "matter_joined"),
    ("/register/oral_notice", {"matter": "page-11"}, "matter", "letter_was_moved"),
    ("/letters/page-12/move", {"matter": "page-8", "reason": "x"}, "matter", "paper_in_both"),
]  # fmt: skip
"""Address, what is typed, the field that refuses it, and why."""


async def test_what_can_t_be_is_refused_at_its_field(county: Town, call: Call) -> None:
    desk, clerk, matter = county.virtual.desk, call("clerk"), "wuping/matter/page-8"
    first = await county.virtual.register(oral("page-11", received_at="2026-03-30T09:00:00+08:00"))
    await county.virtual.register(oral("page-9", number="(2026)闽0824口9号"))
    twin = await county.virtual.register(oral("page-12", received_at="2026-03-30T09:00:00+08:00"))
    await desk.move(first.state.letter_id, "page-8", REASON, "clerk1")
    for said in (
        {"type": "case_opened", "on": "2026-03-01", "title": "占用林地"},
        {"type": "proceeding_begun", "on": "2026-03-02", "proceeding": "first", "body": "武平县人民法院"},
        {"type": "case_closed", "on": "2026-03-30", "reason": "另案处理"},
    ):
        await desk.record_case(matter, parse_event(said), "clerk1")
    await desk.join("page-9", "page-8", "同一案件", "clerk1")
    typed = {"court": "武平县人民法院", "received_at": "2026-03-30", "received_at.time": "09:00"}
    typed |= {"agencies.0.agency": "forestry", "step": "register"}
    for path, given, field, key in CASE_REFUSALS:
        form = {"step": "record", **given} | (typed if path == "/register/oral_notice" else {})
        answer = await clerk.post(path.replace("page-12", short_id(twin.state.letter_id)), **form)
        start = said_of_refusal(key)
        assert answer.status_code == 422 and start in answer.text, (path, given, answer.text)
        if f'name="{field}"' in answer.text:
            assert start in answer.text.partition(f'id="problem-{field}">')[2][:200], (path, field)
        before = key
    assert before == "paper_in_both"


def said_of_refusal(key: str) -> str:
    """Return how the reason for a refusal goes on behind the first value that it names."""
    words = catalogue("zh")[f"refused.{key}"]
    return max(re.split(r"{\w+}", words), key=len)


async def test_others_see_of_a_matter_what_concerns_them(county: Town, call: Call) -> None:
    await life(county, "page-6")
    desk = county.virtual.desk
    said = parse_event({"type": "followed_up", "on": "2026-03-31", "found": "仅供局内参考"})
    await desk.record_case("wuping/matter/page-6", said, "clerk1")
    liaison = (await call("liaison").get("/matters/page-6")).text
    assert "县林业局" in liaison and "主要负责人" in liaison
    assert "县自然资源局" not in liaison and "工作人员" not in liaison and "仅供局内参考" not in liaison
    assert "定期跟踪案件" not in liaison and "/record/followed_up" not in liaison and "并案" not in liaison
    assert (await call("liaison").get("/matters/2026-006")).status_code == 404
    listed = (await call("liaison").get("/matters?all=1")).text
    assert "page-6" in listed and "2026-006" not in listed


async def test_a_guessed_name_tells_nobody_of_matters_that_are_not_theirs(county: Town, call: Call) -> None:
    for role in ("liaison", "leader"):
        for guess in ("2026", "2026-00", "matter", "wuping/matter/2026-006".replace("/", "%2F"), "2026-006"):
            for answer in (await call(role).get(f"/matters/{guess}"), await call(role).get(f"/matters/{guess}?x=1")):
                assert answer.status_code == 404, (role, guess)
                assert "2026-001" not in answer.text and "工伤认定" not in answer.text
                assert "qixian" not in answer.text.partition("<main")[2].partition("</main")[0]
        assert (await call(role).get("/matters/2026-001")).status_code == 200


async def test_a_matter_whose_page_nobody_could_open_is_not_put_on_file(county: Town, call: Call) -> None:
    for name in (".", ".."):
        answer = await call("clerk").post("/register/matter", matter=name, on="2026-03-20", title="林权")
        assert answer.status_code == 422 and 'id="problem-matter"' in answer.text
    answer = await call("clerk").post("/register/matter", matter="a..b&c", on="2026-03-20", title="<b>林权</b>")
    assert (answer.status_code, answer.headers["location"]) == (303, "/matters/a..b&c?done=opened")
    assert "&lt;b&gt;林权" in (await call("clerk").get("/matters/a..b&c")).text


async def test_what_a_case_says_of_itself_is_corrected_from_its_page(county: Town, call: Call) -> None:
    case = parse_event({"type": "case_opened", "on": "2026-03-20", "title": "林权登记", "agencies": ["forestry"]})
    assert isinstance(case, CaseOpened)
    state = await county.virtual.desk.open_matter("wuping", "page-13", case, "clerk1")
    chosen = await call("clerk").get(f"/matters/page-13/record/correction?target={state.entries[0].id}")
    assert chosen.status_code == 200 and "案由" in chosen.text and "涉诉行政机关" not in chosen.text
    asked = {"target": state.entries[0].id, "on": "2026-03-20", "value": "林权确认", "reason": "笔误", "step": "record"}
    answer = await call("clerk").post("/matters/page-13/record/correction", field="title", **asked)
    assert (answer.status_code, answer.headers["location"]) == (303, "/matters/page-13?done=recorded")
    assert "<h1>案件 page-13 林权确认" in (await call("clerk").get("/matters/page-13")).text


async def test_a_matter_by_api_is_the_same_life(county: Town, program: Program) -> None:
    new = {"matter": "api-9", "on": "2026-03-20", "title": "征收补偿", "agencies": ["forestry"]}
    opened = await program.ask("POST", "/matters", json=new)
    assert (opened.status_code, opened.json()["matter"]["name"]) == (201, "api-9")
    again = await program.ask("POST", "/matters", json=new)
    assert (again.status_code, again.json()["events"]) == (201, opened.json()["events"])
    begun = {"type": "proceeding_begun", "on": "2026-03-21", "proceeding": "first", "body": "武平县人民法院"}
    recorded = (await program.ask("POST", "/matters/api-9/events", json=begun)).json()
    assert [each["proceeding"] for each in recorded["instances"]] == ["first"]
    assert [(duty["rule"], duty["due"]) for duty in recorded["duties"]] == [("R19", "2026-04-30")]
    assert (await program.ask("GET", "/matters/api-9")).json() == recorded
    letter = (await program.ask("POST", "/letters", json=oral("api-10"))).json()["letter"]
    to = {"matter": "api-9", "reason": REASON}
    moved = await program.ask("POST", f"/letters/{letter['short']}/move", json=to)
    assert moved.json()["letter"]["matter"] == "api-9"
    refused = await program.ask("POST", f"/letters/{letter['short']}/move", json=to)
    assert (refused.status_code, refused.json()["refused"][0]["key"]) == (422, "same_matter")
    trace = {"type": "letter_moved", "on": "2026-03-31", "letter": "x", "other": "y", "direction": "in", "reason": "z"}
    refused = await program.ask("POST", "/matters/api-9/events", json=trace)
    assert refused.json()["refused"][0]["key"] == "event_not_yours"
    told = {"type": "told", "on": "2026-03-31", "agency": "forestry"}
    refused = await program.ask("POST", "/matters/api-9/events", json=told)
    assert refused.json()["refused"][0]["key"] == "event_not_yours"
    listed = (await program.ask("GET", "/matters", params={"q": "征收补偿"})).json()
    assert [(each["matter"], each["letters"], each["proceeding"]) for each in listed["matters"]] == [
        ("api-9", 1, "first")
    ]
    joined = await program.ask("POST", "/matters/api-10/join", json={"matter": "api-9", "reason": "同一案件"})
    assert joined.json()["matter"]["name"] == "api-9"
    with reading(county.office.engine) as session:
        assert find_matter(session, "wuping/matter/api-10").joined == "wuping/matter/api-9"


async def test_a_move_and_a_join_show_first_what_they_lead_to(county: Town, call: Call, page_of: Open) -> None:
    """A window that a judgment of the other matter has ended, a case that is closed: it is seen before, not after."""
    await county.virtual.register(mediation("page-20", number="(2026)闽0824委20号", stage="trial"))
    given = {"received_at": "2026-03-20T09:40:00+08:00", "judged_on": "2026-03-18", "last_service_on": "2026-03-20"}
    served = [{"received_on": "2026-03-20", "agency": "forestry"}]
    await county.virtual.register(judgment("page-21", number="(2026)闽0824行初21号", agencies=served, **given))
    clerk, short = call("clerk"), county.short("page-20", "mediation_letter")
    blank = await clerk.post(f"/letters/{short}/move/forecast", matter="", reason="")
    assert "移至案件" in blank.text and "协调化解期限" not in blank.text
    shown = (await clerk.post(f"/letters/{short}/move/forecast", matter="page-21", reason="")).text
    ended = shown.partition("函告协调化解结果")[2][:600]
    assert "终止" in ended
    assert "案件 page-21" not in shown and "案件 page-20" not in shown
    same = await clerk.post(f"/letters/{short}/move/forecast", matter="page-20", reason=REASON)
    assert said_of_refusal("same_matter") in same.text
    # Nothing was moved by looking.
    with reading(county.office.engine) as session:
        assert len(find_matter(session, "page-20").here) == 1
    desk = county.virtual.desk
    for name in ("page-22", "page-23"):
        begun = {"type": "proceeding_begun", "on": "2026-03-02", "proceeding": "first", "body": "武平县人民法院"}
        opened = parse_event({"type": "case_opened", "on": "2026-03-01", "title": "占用林地", "agencies": ["forestry"]})
        assert isinstance(opened, CaseOpened)
        await desk.open_matter("wuping", name, opened, "clerk1")
        await desk.record_case(f"wuping/matter/{name}", parse_event(begun), "clerk1")
    closed = {"type": "case_closed", "on": "2026-03-30", "reason": "另案处理"}
    await desk.record_case("wuping/matter/page-23", parse_event(closed), "clerk1")
    page: Page = await page_of("clerk")
    await page.goto("/matters/page-22/join")
    await page.fill("#matter", "page-23")
    follow_up = page.locator("#forecast h3", has_text="案件 page-22")
    await expect(follow_up).to_be_visible()
    assert "终止" in await page.inner_text("#forecast")
    await page.fill("#matter", "no-such")
    await expect(page.locator("#forecast .bad")).to_contain_text("no-such")


class Looking(NamedTuple):
    """Somebody who looks."""

    viewer: Viewer
    now: datetime
    language: Language = "zh"


async def test_of_another_agency_s_letter_nobody_is_told_what_would_change(county: Town) -> None:
    await county.virtual.register(mediation("page-30", stage="trial", number="(2026)闽0824委30号"))
    housing = mediation("page-30", stage="trial", number="(2026)闽0824委31号", agencies=[{"agency": "housing"}])
    await county.virtual.register(housing)
    withdrawn = parse_event({"type": "withdrawal", "on": "2026-03-30", "evidence": "撤诉申请书"})
    with reading(county.office.engine) as session:
        own, other = letters_of(find_matter(session, "page-30"))
        pairs = foreseen(session, own, withdrawn, "clerk1", county.virtual.now)
        told = {}
        for person in ("clerk1", "forestry_liaison"):
            who = viewer(session, person)
            assert who is not None
            found = foresight.of_letters(Looking(who, county.virtual.now), pairs, own.letter_id)
            told[person] = [each.heading for each in found]
    assert own.agencies == ("forestry",) and other.agencies == ("housing",)
    assert told == {"clerk1": ["", "同案来文 委托协调化解函 (2026)闽0824委31号"], "forestry_liaison": [""]}
