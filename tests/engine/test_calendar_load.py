"""Loading a year's notice on a real installation: shown first, then every matter counted again and people told."""

import json
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import select

from desk.calendars import load_year, preview_year
from docket.engine import reading
from docket.library import current_calendar
from docket.reads import find_letter
from docket.tables import CalendarYearRow, EventRow, NoticeRow
from rules.counting.years import YearDocument, read_year_file
from rules.duties.duty import key_of
from rules.errors import CalendarRefused
from starter.demo.virtual import VirtualOffice
from tests.conftest import moment
from tests.engine.letters import mediation

NOTICE_2027: dict[str, Any] = {
    "year": 2027,
    "doc_no": "国办发明电〔2026〕9号",
    "issued": "2026-11-20",
    "off": [
        {"first": "2027-01-01", "last": "2027-01-04", "name": "元旦"},
        {"first": "2027-02-05", "last": "2027-02-11", "name": "春节"},
        {"first": "2027-04-03", "last": "2027-04-05", "name": "清明节"},
        {"first": "2027-05-01", "last": "2027-05-05", "name": "劳动节"},
        {"first": "2027-06-09", "last": "2027-06-09", "name": "端午节"},
        {"first": "2027-09-15", "last": "2027-09-17", "name": "中秋节"},
        {"first": "2027-10-01", "last": "2027-10-07", "name": "国庆节"},
    ],
    "work": ["2027-01-09", "2027-02-20"],
}


def notice(tmp_path: Path, **change: object) -> YearDocument:
    """Write the notice to a file, as a bureau would, and read it."""
    path = tmp_path / "2027.json"
    path.write_text(json.dumps(NOTICE_2027 | change, ensure_ascii=False), encoding="utf-8")
    return read_year_file(path)


async def test_a_new_notice_is_shown_first_and_then_moves_the_dates_and_tells_people(
    office: VirtualOffice, tmp_path: Path
) -> None:
    """A window from 1 December 2026 expires on 1 January 2027, provisionally 4 January; the notice makes it the 5th."""
    office.now = moment("2026-12-01")
    matter = f"load-{office.engine.dialect.name}"
    registered = await office.register(mediation(matter, received_at="2026-12-01T09:30:00+08:00"))
    letter = registered.state.letter_id
    assert [(str(d.due), d.provisional) for d in registered.state.duties if d.rule == "R07"] == [("2027-01-04", True)]

    change = preview_year(office.engine, notice(tmp_path), "2027.json", office.now)
    assert [(move.key, str(move.old_due), str(move.new_due)) for _, move in change.moves] == [
        ("R05", "2027-01-04", "2027-01-05"),
        ("R07", "2027-01-04", "2027-01-05"),
    ]
    with reading(office.engine) as session:
        assert session.exec(select(CalendarYearRow)).all() == []
        assert {str(duty.due) for duty in find_letter(session, letter).duties if duty.rule == "R07"} == {"2027-01-04"}

    assert await load_year(office.desk, change, "bureau_head") == 1
    assert await load_year(office.desk, change, "bureau_head") == 1
    with reading(office.engine) as session:
        state = find_letter(session, letter)
        moved = session.exec(
            select(EventRow).where(EventRow.type == "date_moved", EventRow.dossier_id == state.dossier.id)
        ).all()
        told = session.exec(select(NoticeRow).where(NoticeRow.kind == "moved", NoticeRow.letter_id == letter)).all()
        calendar = current_calendar(session)
        assert len(session.exec(select(CalendarYearRow)).all()) == 1
    duty = state.duty("R07")
    assert duty is not None
    assert (str(duty.due), duty.provisional, state.dossier.calendar) == ("2027-01-05", False, calendar.version)
    assert {
        (key_of(row.body["duty"]), row.body["old_due"], row.body["new_due"], row.body["why"], row.by) for row in moved
    } == {
        ("R05", "2027-01-04", "2027-01-05", "calendar", "bureau_head"),
        ("R07", "2027-01-04", "2027-01-05", "calendar", "bureau_head"),
    }
    assert {row.person for row in told} == {"forestry_liaison", "clerk1", "clerk2"}
    assert all("由 2027-01-04 变为 2027-01-05" in row.body for row in told)


async def test_a_notice_that_forgets_a_statutory_day_is_refused(office: VirtualOffice, tmp_path: Path) -> None:
    short = [*NOTICE_2027["off"][:1], *NOTICE_2027["off"][2:]]
    with pytest.raises(CalendarRefused) as refused:
        preview_year(office.engine, notice(tmp_path, off=short), "2027.json", office.now)
    assert (refused.value.field, refused.value.key) == ("2027.json:off", "calendar_statutory_missing")
    assert refused.value.values["name"] == "春节"
