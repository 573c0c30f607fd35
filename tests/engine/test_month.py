"""A mediation month on a real server, in virtual time: rows, notices and search attributes."""

import pytest
from sqlmodel import col, select

from cluster.schedules import ensure_schedules
from docket.engine import reading
from docket.lists import Filter, list_duties
from docket.reads import notices_of
from docket.tables import DossierRow, DutyRow, EventRow, NoticeRow, RungRow
from operations.audit import audit
from rules.accept.rulebook import shipped_rulebook
from rules.duties.duty import key_of
from settings import Settings
from starter.demo.virtual import VirtualOffice
from tests.conftest import moment
from tests.engine.letters import ELEMENTS, dossier_of, mediation
from workflows import attributes

pytestmark = pytest.mark.slow


async def test_a_month_plays_through_with_its_rows_notices_and_search_attributes(
    office: VirtualOffice, settings: Settings
) -> None:
    """One week is missed, the window is extended, the result is sent; every row and notice of it is asserted."""
    matter = f"month-{office.engine.dialect.name}"
    letter = (await office.register(mediation(matter))).state.letter_id
    dossier = dossier_of(office.engine, letter)
    await office.record(letter, "told")
    await office.record(letter, "reported")
    await office.until(moment("2026-03-16"))
    await office.record(letter, "progress", work="首次面谈")
    await office.until(moment("2026-03-26"))
    await ensure_schedules(office.client, settings.task_queue, shipped_rulebook().office)
    audited = await audit(office.engine, office.client, settings, office.now)
    # In the sample directory nobody has an address or an account, and notices lie unread.
    assert (audited.matters, {finding.what for finding in audited.findings}) == (1, {"unreachable"})

    with reading(office.engine) as session:
        overdue = list_duties(session, Filter(overdue=True), moment("2026-03-26"))
        assert [(line["duty"], line["due"], line["light"]) for line in overdue] == [
            ("R13.2@forestry", "2026-03-24", "red")
        ]

    await office.record(letter, "progress", work="第三周，补报")
    await office.until(moment("2026-04-09"))
    await office.record(letter, "consent", party="forestry", evidence="书面")
    await office.record(letter, "consent", party="张三", evidence="书面")
    await office.record(
        letter, "extension", number="延1号", new_end="2026-04-30", copied_on="2026-04-09", reason="协商中"
    )
    await office.until(moment("2026-04-28"))
    state = await office.record(letter, "result", outcome="failed", number="函1号", copied_on="2026-04-28", **ELEMENTS)
    assert state.closed_at is not None

    with reading(office.engine) as session:
        duties = session.exec(select(DutyRow).where(DutyRow.letter_id == letter).order_by(col(DutyRow.position))).all()
        assert [(duty.key, str(duty.due), duty.state, str(duty.satisfied_on)) for duty in duties] == [
            ("R01@forestry", "2026-03-10", "done", "2026-03-10"),
            ("R02@forestry", "2026-03-10", "done", "2026-03-10"),
            ("R05", "2026-04-30", "done", "2026-04-28"),
            ("R06.1", "2026-04-10", "done", "2026-04-09"),
            ("R07", "2026-04-30", "done", "2026-04-28"),
            ("R13.1@forestry", "2026-03-17", "done", "2026-03-16"),
            ("R13.2@forestry", "2026-03-24", "late", "2026-03-26"),
            ("R13.3@forestry", "2026-03-31", "done", "2026-03-26"),
            ("R13.4@forestry", "2026-04-07", "missed", "None"),
            ("R13.5@forestry", "2026-04-14", "missed", "None"),
            ("R13.6@forestry", "2026-04-21", "missed", "None"),
            ("R13.7@forestry", "2026-04-28", "cancelled", "None"),
        ]
        moves = session.exec(
            select(EventRow).where(EventRow.dossier_id == dossier, EventRow.type == "date_moved")
        ).all()
        assert {(key_of(m.body["duty"]), m.body["old_due"], m.body["new_due"], m.body["why"]) for m in moves} == {
            ("R05", "2026-04-10", "2026-04-30", "extension"),
            ("R07", "2026-04-10", "2026-04-30", "extension"),
        }
        notices = notices_of(session, dossier)
        mornings = [n for n in notices if n["person"] == "forestry_liaison" and n["at"][11:13] == "09"]
        assert [n["at"][:10] for n in mornings] == [
            # R13 of the weeks ending 17, 24, 31 March and 7, 14, 21, 28 April: the day before, the day, the day after
            # and again five working days later; R07: ten, five, two and one working days before 10 and 30 April.
            "2026-03-16", "2026-03-23", "2026-03-24", "2026-03-25", "2026-03-26", "2026-04-02", "2026-04-03",
            "2026-04-07", "2026-04-08", "2026-04-09", "2026-04-13", "2026-04-14", "2026-04-15", "2026-04-16",
            "2026-04-20", "2026-04-21", "2026-04-22", "2026-04-23", "2026-04-27", "2026-04-28",
        ]  # fmt: skip
        drafts = [n for n in notices if n["status"] in ("draft", "withdrawn")]
        assert {(n["to"], n["person"]) for n in drafts} == {("leader:forestry", "leader_rural")}
        rungs = session.exec(select(RungRow.key).where(RungRow.dossier_id == dossier)).all()
        assert len(rungs) == len(set(rungs))
        row = session.get_one(DossierRow, dossier)
        assert (row.closed_at is not None, row.next_wake) == (True, None)
        assert session.exec(select(NoticeRow).where(NoticeRow.late)).all() == []

    description = await office.client.get_workflow_handle(dossier).describe()
    assert description.typed_search_attributes[attributes.KIND] == "matter"
    assert description.typed_search_attributes[attributes.MATTER] == matter
    assert description.typed_search_attributes[attributes.AGENCIES] == ["forestry"]
