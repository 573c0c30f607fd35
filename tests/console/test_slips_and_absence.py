"""督办单 with number, level and evidence; absences and deputies; deliveries that were given up; health and metrics."""

import re
from collections.abc import Awaitable, Callable

import pytest
from httpx2 import AsyncClient
from playwright.async_api import Page, expect
from sqlmodel import col, select

from docket.acts import acts
from docket.engine import reading, writing
from docket.reads import dossier
from docket.slips import number_slips
from docket.tables import AbsenceRow, DeliveryRow, NoticeRow, PersonRow, SlipRow
from tests.console.hand import press
from tests.console.town import Town, Visitor

pytestmark = pytest.mark.slow
Open = Callable[..., Awaitable[Page]]
Call = Callable[[str | None], Visitor]


def slips_of(county: Town, matter: str) -> list[tuple[SlipRow, NoticeRow]]:
    with reading(county.office.engine) as session:
        query = select(SlipRow, NoticeRow).where(SlipRow.notice_key == NoticeRow.key).order_by(col(SlipRow.notice_key))
        return list(session.exec(query.where(NoticeRow.dossier_id == f"wuping/matter/{matter}")))


async def test_a_slip_has_a_number_a_level_and_its_evidence(county: Town, page_of: Open) -> None:
    """The letter of two agencies: forestry has missed two reports running, the slip goes to the leader in charge."""
    ((slip, notice),) = slips_of(county, "2026-002")
    assert re.fullmatch(r"督办〔2026〕\d+号", slip.number)
    assert (slip.level, notice.status, slip.paper) == (1, "draft", None)
    page = await page_of("supervisor")
    await page.goto("/supervision")
    article = page.locator(f'article:has(input[value="{slip.notice_key}"])')
    await expect(article.locator("h3")).to_contain_text(f"蓝色 {slip.number}")
    await article.locator("text=查看督办单全文与依据").click()
    paper = await page.inner_text("article.paper")
    for words in (
        slip.number,
        "蓝色",
        "每周通报协调化解进展",
        "第五部分第一款",
        "2026-03-24",
        "县林业局信息员",
        "【提醒】",
        "未读",
    ):
        assert words in paper, words
    assert re.search(r"起算|第 ?2 ?周|收到", paper)

    await page.goto("/supervision")
    await article.locator("text=发出").click()
    await expect(page.locator(".message.good")).to_have_text("已发出。")
    ((kept, sent),) = slips_of(county, "2026-002")
    assert sent.status == "sent"
    assert kept.paper is not None
    assert [duty["rule"] for duty in kept.paper["duties"]] == ["R13"]
    # What happens later changes nothing on a paper that went out.
    with writing(county.office.engine) as session:
        other = session.exec(select(NoticeRow).where(NoticeRow.letter_id == sent.letter_id, NoticeRow.status == "sent"))
        for row in other:
            row.subject = "改动"
            session.add(row)
    await page.goto(f"/supervision/slips/paper?draft={slip.notice_key.replace('#', '%23')}")
    assert "改动" not in await page.inner_text("article.paper")
    await page.goto("/supervision/slips")
    await expect(page.locator("tr", has_text=slip.number)).to_contain_text("司法局负责人")


async def test_numbers_rise_without_a_gap_and_a_discarded_one_stays_in_the_list(county: Town, page_of: Open) -> None:
    with reading(county.office.engine) as session:
        numbers = session.exec(select(SlipRow.serial).order_by(col(SlipRow.serial))).all()
        drafted = session.exec(
            select(SlipRow).join(NoticeRow).where(NoticeRow.status == "draft").order_by(col(SlipRow.serial))
        ).first()
    assert list(numbers) == list(range(1, len(numbers) + 1))
    assert drafted is not None
    page = await page_of("supervisor")
    await page.goto("/supervision")
    article = page.locator(f'article:has(input[value="{drafted.notice_key}"])')
    await article.locator("input[name=reason]").fill("当面已报告")
    await article.locator("button.danger").click()
    await page.goto("/supervision/slips")
    await expect(page.locator("tr").filter(has_text=drafted.number)).to_contain_text("当面已报告")


async def test_a_slip_on_duties_of_two_letters_says_of_each_whose_it_is(county: Town, call: Call) -> None:
    """A matter is told of as a whole, so one paper may be about the judgment and the hearing."""
    with writing(county.office.engine) as session:
        matter = dossier(session, "wuping/matter/2026-004")
        duties = [duty for duty in matter.duties if duty.key in ("R12a@forestry", "R17@forestry")]
        assert len({duty.letter for duty in duties}) == 2
        key, now = f"{matter.id}#99:leader", county.virtual.now
        draft = NoticeRow(
            key=key, dossier_id=matter.id, letter_id=duties[0].letter, address="leader:forestry",
            person="leader_rural", kind="report", status="draft", late=False, scheduled=now, send_at=now,
            created_at=now, subject="【呈报】两函", body="两函", duties=[duty.id for duty in duties],
        )  # fmt: skip
        session.add(draft)
        session.flush()
        number_slips(session, {key: 1}, "督办", now)
    supervisor = call("supervisor")
    paper = (await supervisor.client.get("/supervision/slips/paper", params={"draft": key})).text
    for letter in ("负责人出庭通知 武平县人民法院", "裁判文书 武平县人民法院 (2026)闽0824行初2026-4号"):
        assert f"<dt>来文</dt><dd>{letter}" in paper
    assert '<p class="quiet">来文：负责人出庭通知 2026-03-10 周二</p>' in paper
    assert '<p class="quiet">来文：裁判文书 (2026)闽0824行初2026-4号</p>' in paper
    page = (await supervisor.get("/supervision")).text
    article = next(each for each in page.split("<article") if f'value="{key}"' in each)
    sheets = re.findall(r'href="(/letters/\w+/reckoning\?duty=[^"]+)"', article)
    shown = [(await supervisor.get(address)).text for address in sheets]
    assert [re.findall(r'<section[^>]* id="([^"]+)"', each) for each in shown] == [["R12a@forestry"], ["R17@forestry"]]


async def test_somebody_away_names_a_deputy_and_takes_it_back(county: Town, page_of: Open) -> None:
    page = await page_of("clerk")
    await page.goto("/account")
    await page.click("text=外出与代收")
    await press(page, "保存")
    assert await page.inner_text("#problem-first") == "缺少此项，请补填"
    await page.fill("#first", "2026-04-01")
    await page.fill("#last", "2026-04-10")
    await page.select_option("#deputy", label="司法局负责人")
    await press(page, "保存")
    await expect(page.locator("table")).to_contain_text("司法局负责人")
    with reading(county.office.engine) as session:
        (row,) = session.exec(select(AbsenceRow)).all()
        act = acts(session, "absence", None, 1)[0]
    assert (row.person, row.deputy, str(row.first), str(row.last)) == (
        "clerk1",
        "bureau_head",
        "2026-04-01",
        "2026-04-10",
    )
    assert (act.by, act.object) == ("clerk1", "clerk1")
    await press(page, "撤销")
    await expect(page.locator(".message.good")).to_have_text("已保存。")
    with reading(county.office.engine) as session:
        assert session.exec(select(AbsenceRow)).all() == []


async def test_only_oneself_and_administrators_set_an_absence(county: Town, call: Call) -> None:
    form = {"deputy": "clerk2", "first": "2026-04-01", "last": "2026-04-02"}
    assert (await call("supervisor").post("/absence/clerk1", **form)).status_code == 403
    assert (await call("liaison").get("/absence/clerk1")).status_code == 403
    wrong = await call("administrator").post("/absence/clerk1", **(form | {"deputy": "forestry_liaison"}))
    assert wrong.status_code == 422 and "不能代为接收" in wrong.text
    unknown = await call("administrator").get("/absence/nobody")
    assert unknown.status_code in (404, 422)


async def test_what_was_given_up_is_listed_and_sent_again(county: Town, page_of: Open, call: Call) -> None:
    with writing(county.office.engine) as session:
        notice = session.exec(select(NoticeRow).where(NoticeRow.person == "forestry_liaison")).first()
        assert notice is not None
        session.get_one(PersonRow, "forestry_liaison").channels = [{"channel": "wecom", "address": ""}]
        session.add(
            DeliveryRow(
                notice_key=notice.key, channel="wecom", target="", status="failed", attempts=60,
                last_error="the service answered: 93000", tried_at=county.virtual.now,
            )
        )  # fmt: skip
        key = notice.key
    page = await page_of("administrator")
    await page.goto("/administration/channels")
    row = page.locator("tr", has_text="93000")
    await expect(row).to_contain_text("已放弃")
    await row.locator("text=重发").click()
    await expect(page.locator(".message.good")).to_have_text("已重新交付发送。")
    with reading(county.office.engine) as session:
        assert session.get_one(DeliveryRow, (key, "wecom")).status == "pending"
        act = acts(session, "resend", None, 1)[0]
    assert (act.by, act.object, act.new) == ("admin", key, {"channel": "wecom", "to": ""})
    running = await county.virtual.client.get_workflow_handle(f"delivery/{key}").describe()
    assert running.workflow_type == "DeliveryWorkflow"
    # Pressed twice, or by somebody else meanwhile, it says that it is on its way.
    answer = await call("administrator").post("/administration/channels/resend", delivery=key, channel="wecom")
    assert (answer.status_code, "正在发送" in answer.text) == (422, True)


async def test_health_says_what_runs_and_metrics_count_it(county: Town) -> None:
    county.office.looking.forget()
    async with AsyncClient(base_url=county.url) as probe:
        health = await probe.get("/health")
        parts = health.json()["parts"]
        assert {name for name, part in parts.items() if not part["ok"]} == set()
        assert {"docket", "temporal", "worker", "schedule digest", "schedule audit"} <= parts.keys()
        assert (health.status_code, health.json()["status"]) == (200, "ok")
        text = (await probe.get("/metrics")).text
        assert 'qixian_up{part="worker"} 1.0' in text
        red = re.search(r'qixian_open_duties\{lamp="red"\} (\d+)', text)
        assert red is not None and int(red[1]) > 0
        for name in ("qixian_schedule_lag_seconds", "qixian_oldest_undelivered_seconds", "qixian_open_matters"):
            assert name in text
        # Whoever comes through a proxy is somebody from elsewhere.
        outside = {"x-forwarded-for": "10.0.0.9"}
        assert (await probe.get("/metrics", headers=outside)).status_code == 403
        assert (await probe.get("/health", headers=outside)).json() == {"status": "ok"}

    await county.virtual.client.get_schedule_handle(f"{county.virtual.task_queue}-digest").delete()
    county.office.looking.forget()
    async with AsyncClient(base_url=county.url) as probe:
        health = await probe.get("/health")
    assert health.status_code == 503
    assert health.json()["parts"]["schedule digest"]["ok"] is False
