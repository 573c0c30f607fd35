"""A letter's pages: sheets and corrections of whatever may stand in it, and nothing of what is another agency's."""

from collections.abc import Awaitable, Callable
from datetime import timedelta

import pytest
from playwright.async_api import Page, expect
from sqlmodel import select

from docket.acts import acts
from docket.engine import reading, writing
from docket.library import rulebook_in_force
from docket.reads import find_letter
from docket.tables import EventRow, LetterRow, NoticeRow
from rules.letters.corrections import correctable
from rules.letters.letter import short_id
from rules.letters.parse import parse_event, parse_letter
from rules.letters.registry import kinds
from tests.console.hand import fill
from tests.console.test_registering_pages import COMMON
from tests.console.town import Program, Town, Visitor
from tests.engine.letters import FEEDBACK, judgment, mediation, oral

pytestmark = pytest.mark.slow
Open = Callable[..., Awaitable[Page]]
Call = Callable[[str | None], Visitor]
TWO = [{"agency": "forestry"}, {"agency": "housing"}]


def names(county: Town) -> list[str]:
    with reading(county.office.engine) as session:
        return list(session.exec(select(LetterRow.short)))


async def test_every_letter_has_its_sheets_whatever_is_dated_yet(county: Town, call: Call) -> None:
    """Some duties wait for their day zero, some never have a date: they stand on the sheet, and say so."""
    for data in (
        {"kind": "appearance_notice", "hearing_at": "2026-04-20T09:00:00+08:00", "agencies": [{"agency": "forestry"}]},
        {"kind": "response_notice", "number": "(2026)闽0824行初991号", "agencies": TWO},
    ):
        given = {"matter": "sheets", "court": "武平县人民法院", "received_at": "2026-03-30T09:00:00+08:00", **data}
        if data["kind"] == "response_notice":
            given["agencies"] = [{"agency": "forestry", "received_on": "2026-03-30"}]
        await county.virtual.register(given)
    await county.virtual.register(oral("sheets", received_at="2026-03-30T09:00:00+08:00", agencies=TWO))
    await county.virtual.register(mediation("sheets", received_at="2026-03-30T09:00:00+08:00", agencies=TWO))
    await county.virtual.register(judgment("sheets", received_at="2026-03-30T09:00:00+08:00"))
    shown = set()
    for short in names(county):
        answer = await call("clerk").get(f"/letters/{short}/reckoning")
        assert answer.status_code == 200, answer.text
        with reading(county.office.engine) as session:
            state = find_letter(session, short)
        shown.add(state.letter.kind)
        for duty in state.duties:
            assert f'id="{duty.key}"' in answer.text
            alone = await call("clerk").get(f"/letters/{short}/reckoning?duty={duty.key}")
            assert alone.status_code == 200
        # The answer to an appeal stands in national law and not in the county's notice.
        source = "法释〔2018〕1号" if state.letter.kind == "appeal_copy" else "武政办〔2023〕47号"
        assert source in answer.text
    assert shown == set(kinds())


async def test_every_field_of_every_event_and_letter_can_be_corrected(county: Town, call: Call) -> None:
    opened = 0
    for short in names(county):
        with reading(county.office.engine) as session:
            state = find_letter(session, short)
        targets = [("letter", state.current_letter), *((entry.id, entry.event) for entry in state.entries)]
        for target, model in targets if not state.voided else ():
            for field in correctable(model):
                address = f"/letters/{short}/record/correction?target={target}&field={field}"
                answer = await call("clerk").get(address)
                assert answer.status_code == 200, (address, answer.text)
                opened += 1
    assert opened > 100


async def test_a_part_of_a_name_tells_a_liaison_nothing_of_others_letters(
    county: Town, call: Call, program: Program
) -> None:
    await county.virtual.register(oral("secret-1", agencies=[{"agency": "housing"}]))
    await county.virtual.register(oral("secret-2", agencies=[{"agency": "housing"}]))
    for reference in ("secret", "wuping", "2026", "oral_notice"):
        for role in ("liaison", "leader"):
            page = await call(role).get(f"/letters/{reference}")
            assert page.status_code == 404
            assert "wuping/" not in page.text
            answer = await program.ask("GET", f"/letters/{reference}", role)
            assert answer.status_code == 404
            assert "wuping/" not in answer.text


async def test_what_mends_another_agency_s_paper_is_not_shown_to_a_liaison(
    county: Town, call: Call, program: Program
) -> None:
    desk = county.virtual.desk
    letter = (await desk.register(parse_letter(oral("mended", agencies=TWO)), "clerk1")).state.letter_id
    day = county.virtual.now.date().isoformat()

    async def record(**event: object) -> str:
        recorded = await desk.record(letter, parse_event({"on": day, **event}), "clerk1")
        return recorded.letter.entries[-1].id

    told = await record(type="told")
    paper = await record(type="feedback", agency="housing", **FEEDBACK)
    await record(type="correction", target=paper, field="done", value="更正后的住建秘密", reason="更正理由秘密")
    own = await record(type="feedback", agency="forestry", **FEEDBACK)
    await record(type="correction", target=own, field="done", value="林业局自己的更正", reason="笔误")
    analysis = await record(type="analysis", opinion="局内研判")
    await record(type="void", target=analysis, reason="作废理由秘密")
    await record(type="correction", target=told, field="note", value="共同事项的更正", reason="笔误")
    page = await call("liaison").get(f"/letters/{short_id(letter)}")
    answer = await program.ask("GET", f"/letters/{short_id(letter)}", "liaison")
    for text in (page.text, answer.text):
        assert "秘密" not in text and "研判" not in text.replace("分析研判", "")
        assert "林业局自己的更正" in text and "共同事项的更正" in text


async def test_enter_in_a_field_registers_and_sends_nothing(county: Town, page_of: Open) -> None:
    clerk = await page_of("clerk")
    await clerk.goto("/register/oral_notice")
    await fill(clerk, COMMON | {"matter": "enter-1"})
    await clerk.press('[name="matter"]', "Enter")
    await expect(clerk.locator("#forecast")).to_contain_text("尚未登记")
    await clerk.goto("/supervision")
    await clerk.fill('[name="reason"] >> nth=0', "内容有误")
    await clerk.press('[name="reason"] >> nth=0', "Enter")
    await expect(clerk.locator(".message.good")).to_have_text("已弃用。")
    with reading(county.office.engine) as session:
        assert session.exec(select(LetterRow).where(LetterRow.matter == "enter-1")).first() is None
        decided = session.exec(select(NoticeRow).where(NoticeRow.reason == "内容有误")).one()
    assert decided.status == "discarded"


async def test_a_notice_that_waits_for_office_hours_is_not_called_sent(county: Town, call: Call) -> None:
    with writing(county.office.engine) as session:
        notice = session.exec(select(NoticeRow).where(NoticeRow.status == "sent", NoticeRow.person == "clerk1")).first()
        assert notice is not None
        notice.send_at = county.virtual.now + timedelta(hours=20)
        short = session.get_one(LetterRow, notice.letter_id).short
    page = (await call("clerk").get(f"/letters/{short}")).text
    assert page.count("待送达") == 1


async def test_what_concerns_the_whole_matter_stands_in_the_record_of_acts_under_the_matter(
    county: Town, call: Call
) -> None:
    """One act on both letters: it is recorded once, named by the matter, and leads to all that the matter owes."""
    first = (await county.virtual.register(mediation("whole"))).state.letter_id
    await county.virtual.register(oral("whole", received_at="2026-03-12T09:00:00+08:00"))
    withdrawn = parse_event({"type": "withdrawal", "on": "2026-03-30", "evidence": "撤诉申请书"})
    recorded = await county.virtual.desk.record(first, withdrawn, "clerk1")
    assert [each.letter.kind for each in (recorded.letter, *recorded.others)] == ["mediation_letter", "oral_notice"]
    for short in (county.short("whole", "mediation_letter"), county.short("whole", "oral_notice")):
        assert "撤诉申请书" in (await call("clerk").get(f"/letters/{short}")).text
    with reading(county.office.engine) as session:
        (act,) = [each for each in acts(session, "whole") if each.act == "record"]
        stands = session.exec(select(EventRow).where(EventRow.type == "withdrawal", EventRow.dossier_id == act.object))
        assert [row.letter_id for row in stands] == [None]
    assert act.object == "wuping/matter/whole"
    supervisor = call("supervisor")
    for language, matter, event in (
        ("zh", "案件 whole", "登记办理情况：原告撤诉或撤回起诉意愿"),
        ("en", "matter whole", "recorded an event: withdrawal"),
    ):
        supervisor.client.cookies.set("language", language)
        page = (await supervisor.get("/log?q=whole")).text
        assert f'<td>{event}</td><td><a href="/matters/whole">{matter}</a></td>' in page
    assert "案件 whole" in (await supervisor.get("/matters/whole")).text
    # Who may not read letters finds the matter's name, and no link.
    administrator = (await call("administrator").get("/log?q=whole")).text
    assert "<td>案件 whole</td>" in administrator


async def test_a_correction_is_told_in_words(county: Town, call: Call) -> None:
    desk = county.virtual.desk
    letter = (await desk.register(parse_letter(oral("told-wrong", agencies=TWO)), "clerk1")).state.letter_id
    day = county.virtual.now.date().isoformat()
    told = (
        (await desk.record(letter, parse_event({"type": "told", "on": "2026-03-30"}), "clerk1")).letter.entries[-1].id
    )
    for target, field, value in [
        (told, "on", day), ("letter", "received_at", "2026-03-10T11:00:00+08:00"),
        ("letter", "agencies.forestry.received_on", "2026-03-30"),
    ]:  # fmt: skip
        mend = {"type": "correction", "on": day, "target": target, "field": field, "value": value, "reason": "笔误"}
        await desk.record(letter, parse_event(mend), "clerk1")
    page = (await call("clerk").get(f"/letters/{short_id(letter)}")).text
    for words in (
        f"告知日期：{day}",
        "司法局收到时间：2026-03-10 11:00",
        "县林业局 机关收到日期：2026-03-30",
        "理由：笔误",
    ):
        assert words in page
    assert "received_at" not in page


async def test_the_number_of_every_paper_stands_on_the_letter_s_page(county: Town, call: Call) -> None:
    desk = county.virtual.desk
    letter = (await desk.register(parse_letter(mediation("numbers")), "clerk1")).state.letter_id
    for event in (
        {"type": "reported", "on": "2026-03-30", "number": "武司报〔2026〕12号"},
        {"type": "consent", "on": "2026-03-30", "party": "张三", "evidence": "笔录"},
        {"type": "consent", "on": "2026-03-30", "party": "forestry", "evidence": "复函"},
        {"type": "extension", "on": "2026-03-30", "number": "武林函〔2026〕3号", "months": 1, "reason": "继续协商"},
    ):
        await desk.record(letter, parse_event(event), "clerk1")
    page = (await call("clerk").get(f"/letters/{short_id(letter)}")).text
    assert "武司报〔2026〕12号" in page
    assert "武林函〔2026〕3号" in page


async def test_a_late_letter_s_time_line_goes_on_to_today(county: Town, page_of: Open) -> None:
    page = await page_of("clerk")
    await page.goto(f"/letters/{county.short('2026-007', 'response_notice')}")
    assert await page.locator("svg.drawing line.today").count() == 1


async def test_a_duty_s_hour_stands_wherever_its_day_does(county: Town, call: Call) -> None:
    """Received on a Sunday: the bureau is to tell the agency by noon of Monday."""
    clerk, data = call("clerk"), {"matter": "noon", "court": "武平县人民法院", "agencies.0.agency": "forestry"}
    data |= {"received_at": "2026-03-29", "received_at.time": "10:00"}
    assert "2026-03-30 周一 12:00" in (await clerk.post("/register/oral_notice/forecast", **data)).text
    desk = county.virtual.desk
    await desk.register(parse_letter(oral("noon", received_at="2026-03-29T10:00:00+08:00")), "clerk1")
    assert "2026-03-30 周一 12:00" in (await clerk.get("/docket?q=noon")).text


async def test_what_only_the_bureau_records_says_so_to_an_agency(county: Town, call: Call) -> None:
    short = county.short("2026-007", "response_notice")
    assert "由县司法局登记" in (await call("liaison").get(f"/letters/{short}")).text
    assert "由县司法局登记" not in (await call("clerk").get(f"/letters/{short}")).text
    form = (await call("clerk").get(f"/letters/{short}/record/told")).text
    assert "告知县司法局" in form and "告知涉诉行政机关" not in form and 'name="told_by"' not in form


async def test_steps_that_a_late_letter_has_behind_it_are_one_line(county: Town, call: Call) -> None:
    desk = county.virtual.desk
    late = await desk.register(parse_letter(judgment("behind")), "clerk1")
    page = (await call("clerk").get(f"/letters/{short_id(late.state.letter_id)}")).text
    assert "步，合并提醒" in page


async def test_a_letter_draws_its_weeks_its_time_line_and_its_ladder(county: Town, page_of: Open) -> None:
    page = await page_of("clerk")
    await page.goto(f"/letters/{county.short('2026-001', 'mediation_letter')}")
    assert await page.locator(".grid-weeks").inner_text() == "■▣■·"
    assert "第 2 周 2026-03-24 逾期完成" in (await page.locator(".grid-weeks + .unseen").text_content() or "")
    drawn = page.locator("section:has(#line-title) svg")
    assert await drawn.locator("text").all_text_contents() != []
    rows = await drawn.locator("text:not(.faint)").evaluate_all("all => all.map((each) => each.firstChild.data)")
    assert [row.split()[0] for row in rows] == ["登记情况", "R05", "R07", "R09", "R09", "R13"]
    assert await drawn.locator("rect.bar").count() == 5
    assert await drawn.locator("circle.dot").count() > 4
    ladder = await page.inner_text("section:has(#ladder-title)")
    assert ladder.index("已采取") < ladder.index("接下来") < ladder.index("2026-04-10 09:29 函告协调化解结果：到期当日")


async def test_the_rulebook_is_shown_clause_by_clause_with_the_readings_in_force(county: Town, call: Call) -> None:
    page = (await call("liaison").get("/rulebook")).text
    with reading(county.office.engine) as session:
        book = rulebook_in_force(session)
    for rule in book.rules.values():
        assert rule.quote in page and rule.clause in page
    groups = [(name, value) for name, value in book.readings.model_dump().items() if isinstance(value, dict)]
    keys = [f"{section}.{key}" for section, group in groups for key in group]
    assert len(keys) > 30
    assert [key for key in keys if key not in page] == []
