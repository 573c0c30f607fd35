"""Recording in a real browser: every event there is, and every refusal, marked at its field."""

import ast
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from playwright.async_api import Page, expect
from sqlmodel import col, select

import rules
from docket.engine import reading
from docket.reads import find_letter
from docket.tables import ActRow, EventRow
from rules.letters.letter import short_id
from rules.letters.registry import case_events, event_models
from tests.console.hand import problems, record, register, says
from tests.console.test_matter_pages import BY_TRANSFER, CASE_DOINGS, CASE_REFUSALS
from tests.console.test_registering_pages import REFUSALS as REGISTERING
from tests.console.town import Town
from tests.engine.letters import ELEMENTS, FEEDBACK, judgment, mediation, oral

pytestmark = pytest.mark.slow
Open = Callable[..., Awaitable[Page]]
COURT = "武平县人民法院"


class Doing(NamedTuple):
    """One event as it is typed, and by whom."""

    event: str
    typed: dict[str, Any]
    role: str = "clerk"


def appearance(matter: str) -> dict[str, Any]:
    return {
        "kind": "appearance_notice", "matter": matter, "court": COURT, "received_at": "2026-03-10T09:30:00+08:00",
        "hearing_at": "2026-03-27T09:00:00+08:00", "agencies": [{"agency": "forestry"}],
    }  # fmt: skip


def response(matter: str, **more: Any) -> dict[str, Any]:
    return {
        "kind": "response_notice", "matter": matter, "court": COURT, "received_at": "2026-03-10T09:30:00+08:00",
        "number": f"(2026)闽0824行初{matter}号", **more,
        "agencies": [{"agency": "forestry", "received_on": "2026-03-10"}],
    }  # fmt: skip


STORIES: dict[str, tuple[dict[str, Any], list[Doing]]] = {
    "a window with its weeks, consents, extension and result": (
        mediation("rec1", stage="trial"),
        [
            Doing("told", {"on": "2026-03-10", "told_by": "bureau", "receiver": "值班室"}),
            Doing("reported", {"on": "2026-03-10", "number": "报1号"}),
            Doing("progress", {"on": "2026-03-17", "work": "首次面谈", "needs_leader": True}, "liaison"),
            Doing("flagged", {"on": "2026-03-18"}),
            Doing("analysis", {"on": "2026-03-19", "opinion": "建议约谈"}),
            Doing("consent", {"on": "2026-03-20", "party": "张三", "form": "written", "evidence": "同意书"}),
            Doing("consent", {"on": "2026-03-20", "party": "forestry", "form": "oral", "evidence": "电话记录"}),
            Doing("extension", {"on": "2026-03-23", "number": "延1号", "months": "1", "reason": "正在协商"}),
            Doing("copied", {"on": "2026-03-24", "of": "extension"}),
            Doing("extension_approved", {"on": "2026-03-25", "round": "2", "reason": "确有必要"}, "supervisor"),
            Doing("excuse", {"on": "2026-03-30", "duty": "R13.2@forestry", "reason": "春汛抢险"}, "supervisor"),
            Doing("stage_change", {"on": "2026-03-30", "stage": "post", "case_number": "(2026)闽0824行初1号"}),
            Doing("result", {"on": "2026-03-31", "outcome": "failed", "number": "函1号", **ELEMENTS}, "liaison"),
        ],
    ),
    "a letter that another one supersedes": (
        mediation("rec2"),
        [Doing("superseded", {"on": "2026-03-31", "letter": "later"})],
    ),
    "feedback that is sent back, then forwarded": (
        oral("rec3"),
        [
            Doing("told", {"on": "2026-03-10", "told_by": "bureau"}),
            Doing("feedback", {"on": "2026-03-13", **FEEDBACK}, "liaison"),
            Doing("returned", {"on": "2026-03-16", "of": "feedback", "rework_by": "2026-03-20", "reason": "过于简单"}),
            Doing("feedback", {"on": "2026-03-18", "done": "面谈", "result": "已和解", "opinion": "同意"}, "liaison"),
            Doing("forwarded", {"on": "2026-03-20", "to": "court", "number": "复1号"}),
        ],
    ),
    "an oral notice that comes to nothing": (
        oral("rec4"),
        [Doing("withdrawal", {"on": "2026-03-30", "evidence": "撤诉申请书"})],
    ),
    "an oral notice that the court recalls": (
        oral("rec5"),
        [Doing("recall", {"on": "2026-03-30", "reason": "电话告知不再起诉"})],
    ),
    "a suit that is corrected and decided": (
        response("rec6"),
        [
            Doing("self_correction", {"on": "2026-03-20", "measures": "撤销原决定", "number": "告1号"}, "liaison"),
            Doing("judgment_given", {"on": "2026-03-27", "number": "(2026)闽0824行初6号"}),
        ],
    ),
    "a hearing with a deputy": (
        appearance("rec7"),
        [
            Doing("appearance", {"on": "2026-03-12", "name": "局长", "rank": "head"}, "liaison"),
            Doing(
                "substitute",
                {"on": "2026-03-23", "name": "副局长", "rank": "副局长", "reason": "出差", "consent_on": "2026-03-23"},
                "liaison",
            ),
            Doing("heard", {"on": "2026-03-27", "appeared": "deputy", "spoke": True}),
        ],
    ),
    "a lost case that is appealed and set aside": (
        judgment("rec8"),
        [
            Doing("filing", {"on": "2026-03-10", "copy_reference": "备8号", "head_appeared": "true"}, "liaison"),
            Doing("effective", {"on": "2026-03-18", "proof": "生效证明8号"}),
            Doing("loss_report", {"on": "2026-03-25", "causes": "程序违法", "measures": "培训"}, "liaison"),
            Doing("review", {"on": "2026-03-26", "opinion": "同意整改"}),
            Doing("forwarded", {"on": "2026-03-27", "to": "county_government", "number": "报8号"}),
            Doing("appealed", {"on": "2026-03-12", "appellant": "张三"}),
            Doing("set_aside", {"on": "2026-03-30", "number": "(2026)闽08行再1号"}),
        ],
    ),
    "an appeal that is answered": (
        {
            "kind": "appeal_copy", "matter": "rec10", "court": COURT, "received_at": "2026-03-10T09:30:00+08:00",
            "appellant": "周九", "agencies": [{"agency": "forestry", "received_on": "2026-03-10"}],
        },
        [Doing("answered", {"on": "2026-03-24", "number": "答10号"}, "liaison")],
    ),
    "a typed date that was wrong, and a letter entered by mistake": (
        oral("rec9", title="土地确权"),
        [
            Doing("correction", {"target": "letter", "field": "received_at", "value": "2026-03-09", "reason": "误"}),
            Doing("correction", {"target": "letter", "field": "title", "value": "林地确权", "reason": "案由有误"}),
            Doing("void", {"target": "letter", "reason": "重复登记"}),
        ],
    ),
}  # fmt: skip


def test_the_stories_have_every_event_that_people_record() -> None:
    told = {doing.event for _, doings in STORIES.values() for doing in doings}
    of_case = {event for event, _ in CASE_DOINGS}
    assert told | of_case | set(BY_TRANSFER) == set(event_models())
    assert of_case | set(BY_TRANSFER) == set(case_events())


@pytest.mark.parametrize("story", STORIES)
async def test_every_event_is_recorded_by_its_form(county: Town, page_of: Open, story: str) -> None:
    came, doings = STORIES[story]
    registered = (await county.virtual.register(came)).state
    short = short_id(registered.letter_id)
    if story == "a letter that another one supersedes":
        later = await county.virtual.register(mediation("rec2", number="(2026)闽0824委later号"))
        doings = [each._replace(typed={**each.typed, "letter": later.state.letter_id}) for each in doings]
    pages = {role: await page_of(role) for role in {each.role for each in doings}}
    for event, typed, role in doings:
        page = pages[role]
        await record(page, short, event, typed)
        assert await problems(page) == {}, (event, typed)
        await expect(page.locator(".message.good")).to_have_text("已记录。")
        with reading(county.office.engine) as session:
            letter = None if event_models()[event].of_matter else registered.letter_id
            of_matter = EventRow.dossier_id == registered.dossier.id
            rows = session.exec(select(EventRow).where(of_matter, EventRow.letter_id == letter)).all()
            where = ActRow.object == (letter or registered.dossier.id)
            acts = session.exec(select(ActRow).where(where).order_by(col(ActRow.id).desc())).all()
        # A corrected receipt keeps its time of day.
        as_typed = [
            row
            for row in rows
            if row.type == event
            and all(str(row.body[name]).lower().startswith(str(value).lower()) for name, value in typed.items())
        ]
        assert len(as_typed) == 1, (event, typed)
        row = as_typed[0]
        person = {"clerk": "clerk1", "supervisor": "bureau_head", "liaison": "forestry_liaison"}[role]
        assert (row.by, acts[0].by, acts[0].act, acts[0].origin) == (person, person, "record", "console 127.0.0.1")
        assert acts[0].new is not None and acts[0].new["type"] == event
        if event == "correction":
            before = {"received_at": "2026-03-10T09:30:00+08:00", "title": "土地确权"}[typed["field"]]
            assert acts[0].old == {"field": typed["field"], "value": before}


class Refusal(NamedTuple):
    """What is typed into the form of an event, where it is refused, and why."""

    letter: str
    event: str
    typed: dict[str, Any]
    field: str
    key: str
    role: str = "clerk"


TWO = [{"agency": "forestry"}, {"agency": "housing"}]
ON = {"on": "2026-03-30"}
TWIN = "(2026)闽0824委ref-two-b号"
EXTENSION = {**ON, "number": "延1号", "reason": "协商中"}
RESULT = {**ON, "number": "函1号", "outcome": "success"}
REFUSALS = [
    Refusal("window", "progress", {**ON, "work": ""}, "work", "missing"),
    Refusal("window", "progress", {"on": "2026-04-01", "work": "x"}, "on", "in_future"),
    Refusal("window", "progress", {"on": "2020-04-01", "work": "x"}, "on", "too_old"),
    Refusal("window", "progress", {"on": "2026-02-02", "work": "x"}, "on", "before_letter"),
    Refusal("window", "progress", {**ON, "work": "x", "slot": "4"}, "slot", "slot_not_begun"),
    Refusal("window", "progress", {**ON, "work": "x", "slot": "40"}, "slot", "unknown_slot"),
    Refusal("window", "progress", {**ON, "work": "x", "slot": "0"}, "slot", "out_of_range"),
    Refusal("window", "progress", {**ON, "work": "x", "slot": "一"}, "slot", "bad_number"),
    Refusal("two", "progress", {**ON, "work": "x"}, "agency", "which_agency"),
    Refusal("two", "progress", {**ON, "work": "x", "agency": "water"}, "agency", "agency_not_in_letter"),
    Refusal("two", "progress", {**ON, "work": "x", "agency": "housing"}, "agency", "agency_not_yours", "liaison"),
    Refusal("window", "consent", {**ON, "party": "路人", "evidence": "x"}, "party", "unknown_party"),
    Refusal("window", "consent", {**ON, "party": "张三", "evidence": "x", "round": "3"}, "round", "wrong_round"),
    Refusal("window", "extension", EXTENSION, "new_end", "one_length"),
    Refusal("window", "extension", {**EXTENSION, "new_end": "2026-04-01"}, "new_end", "end_before_start"),
    Refusal("window", "extension", {**EXTENSION, "new_end": "2028-04-01"}, "new_end", "too_far"),
    Refusal("begun", "extension", {**EXTENSION, "number": "延2号", "months": "1"}, "round", "extension_recorded"),
    Refusal("ended", "extension", {**EXTENSION, "months": "1"}, "event", "window_ended"),
    Refusal("window", "copied", {**ON, "of": "result"}, "of", "no_paper"),
    Refusal("begun", "copied", {"on": "2026-03-12", "of": "extension"}, "on", "before_sent"),
    Refusal("window", "result", RESULT, "agreement", "agreement_missing"),
    Refusal("window", "result", {**RESULT, "outcome": "failed", "process": "x"}, "demands", "element_missing"),
    Refusal("window", "result", {**RESULT, "agreement": "x", "copied_on": "2026-03-29"}, "copied_on", "before_sent"),
    Refusal("two", "superseded", {**ON, "letter": "none"}, "letter", "no_later_letter"),
    Refusal("oral", "returned", {**ON, "of": "feedback", "rework_by": "2026-04-03", "reason": "x"}, "of", "no_paper"),
    Refusal("fed", "returned", {**ON, "of": "feedback", "rework_by": "2026-03-30", "reason": "x"}, "rework_by",
            "end_before_start"),
    Refusal("fed", "forwarded", {**ON, "to": "court"}, "number", "number_or_note"),
    Refusal("fed", "forwarded", {**ON, "to": "county_government", "number": "x"}, "to", "choice"),
    Refusal("oral", "forwarded", {**ON, "to": "court", "number": "x"}, "event", "no_paper"),
    Refusal("hearing", "heard", {"on": "2026-03-26", "appeared": "head"}, "on", "before_hearing"),
    Refusal("hearing", "heard", {"on": "2026-03-27", "appeared": "county_leader"}, "appeared", "choice"),
    Refusal("second", "appealed", {**ON, "appellant": "张三"}, "event", "not_appealable"),
    Refusal("window", "excuse", {**ON, "duty": "R05", "reason": "x"}, "duty", "not_excusable", "supervisor"),
    Refusal("window", "excuse", {**ON, "duty": "R99", "reason": "x"}, "duty", "unknown_duty", "supervisor"),
    Refusal("done", "excuse", {**ON, "duty": "R01@forestry", "reason": "x"}, "duty", "nothing_to_excuse", "supervisor"),
    Refusal("window", "correction", {"target": "letter", "field": "county", "value": "x", "reason": "x"}, "field",
            "correction_field"),
    Refusal("window", "correction", {"target": "letter", "field": "received_at", "value": "2026-04-09", "reason": "x"},
            "value", "received_in_future"),
    Refusal("window", "correction", {"target": "letter", "field": "stage", "value": "never", "reason": "x"}, "value",
            "choice"),
    Refusal("done", "correction", {"target": "letter", "field": "received_at", "value": "2026-03-20", "reason": "x"},
            "value", "event_left_over"),
    Refusal("two", "correction", {"target": "letter", "field": "number", "value": TWIN, "reason": "x"},
            "value", "paper_registered"),
    Refusal("void", "told", {**ON, "told_by": "bureau"}, "letter", "letter_void"),
    Refusal("undone", "void", {"target": "undone", "reason": "y"}, "target", "void_already"),
    Refusal("window", "void", {"target": "nothing", "reason": "x"}, "target", "unknown_event"),
]  # fmt: skip
ELSEWHERE = {
    "event_unknown": "no page offers it; test_roles",
    "event_not_yours": "no page offers it; test_roles",
    "void_instead": "no link leads there; test_accept_repairs",
    "superseded_by_itself": "not among the choices; test_accept_events",
    "event_of_a_letter": "no page offers it; test_transfer",
    "event_of_desk": "no page offers it; test_transfer",
    "trace_stands": "no link leads there; test_transfer",
    "other_county": "an installation has one county; test_transfer",
    "no_window": "a county's rulebook that knows none; test_accept_events",
    "unknown_letter": "a letter that is not there has no page; test_safety",
    "number_was_corrected": "test_matter",
    "agency_twice": "test_registering_pages",
    "party_twice": "test_registering_pages",
    "party_is_agency": "test_registering_pages",
}
"""Refusals that no form of an event or letter can meet by itself, and where they are met."""


def test_every_reason_for_refusal_is_met_in_the_browser() -> None:
    folder = Path(rules.__file__).parent
    sources = [each for room in ("accept", "kinds", "letters", "duties") for each in (folder / room).rglob("*.py")]
    sources.append(folder / "access.py")
    keys = set()
    for path in sources:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "Refused":
                keys |= {str(each.value) for each in ast.walk(node.args[1]) if isinstance(each, ast.Constant)}
    met = {each.key for each in REFUSALS} | {key for _, _, key in REGISTERING}
    met |= {key for *_, key in CASE_REFUSALS}
    assert keys - met - set(ELSEWHERE) == set()


async def _letters(county: Town) -> dict[str, str]:
    """Register the letters on which the refusals are met."""
    virtual = county.virtual
    made = {
        "window": mediation("ref-window"), "two": mediation("ref-two", agencies=TWO), "begun": mediation("ref-begun"),
        "ended": mediation("ref-ended"), "oral": oral("ref-oral"), "fed": oral("ref-fed"), "done": oral("ref-done"),
        "hearing": appearance("ref-hearing"), "second": judgment("ref-second", instance="second"),
        "void": oral("ref-void"), "undone": oral("ref-undone"),
        "twin": mediation("ref-two", agencies=TWO, number=TWIN),
    }  # fmt: skip
    ids = {name: (await virtual.register(letter)).state.letter_id for name, letter in made.items()}
    await virtual.record(ids["begun"], "extension", number="延1号", months=1, reason="x", on="2026-03-20")
    await virtual.record(ids["ended"], "recall", reason="x", on="2026-03-20")
    for letter in ("window", "fed", "done", "undone"):
        await virtual.record(ids[letter], "told", on="2026-03-10")
    await virtual.record(ids["fed"], "feedback", **FEEDBACK, on="2026-03-12")
    await virtual.record(ids["void"], "void", reason="x")
    with reading(county.office.engine) as session:
        told = find_letter(session, ids["undone"]).entries[0].id
    await virtual.record(ids["undone"], "void", target=told, reason="x")
    return {name: short_id(letter) for name, letter in ids.items()} | {"told": told}


async def test_every_refusal_marks_its_field_says_why_and_changes_nothing(county: Town, page_of: Open) -> None:
    letters = await _letters(county)
    pages = {role: await page_of(role) for role in {each.role for each in REFUSALS}}
    with reading(county.office.engine) as session:
        before = session.exec(select(EventRow.id)).all()
    for each in REFUSALS:
        page = pages[each.role]
        typed = each.typed | ({"target": letters["told"]} if each.typed.get("target") == "undone" else {})
        await record(page, letters[each.letter], each.event, typed)
        wrong = await problems(page)
        place = each.field if await page.locator(f'[id="{each.field}"]').count() else ""
        assert list(wrong) == [place], (each, wrong)
        assert says(each.key).fullmatch(wrong[place]), (each, wrong)
        for name, value in each.typed.items():
            kept = page.locator(f'main [name="{name}"]')
            if name != "target" and value:
                assert await kept.input_value() == value, (each, name)
    with reading(county.office.engine) as session:
        assert session.exec(select(EventRow.id)).all() == before


async def test_a_paper_that_is_registered_can_be_found_under_its_right_number_only(county: Town, page_of: Open) -> None:
    """A letter whose number was corrected: the old number typed again asks which paper is meant."""
    letter = mediation("ref-number")
    registered = (await county.virtual.register(letter)).state
    await county.virtual.record(
        registered.letter_id, "correction", field="number", value="(2026)闽0824委77号", reason="抄错"
    )
    page = await page_of("clerk")
    typed = {
        "matter": "ref-number", "court": COURT, "number": "(2026)闽0824委ref-number号", "received_at": "2026-03-10",
        "received_at.time": "09:30", "stage": "pre", "agencies.0.agency": "forestry", "parties.0.role": "plaintiff",
        "parties.0.name": "张三",
    }  # fmt: skip
    await register(page, "mediation_letter", typed)
    wrong = await problems(page)
    assert says("number_was_corrected").fullmatch(wrong["number"]), wrong
