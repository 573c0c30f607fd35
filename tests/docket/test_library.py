"""Calendars and rulebooks in the docket: what was loaded counts, and a letter keeps the rulebook it came under."""

import pytest
from sqlalchemy import Engine

from docket.engine import reading, writing
from docket.library import current_calendar, rulebook, rulebook_versions, store_rulebook, store_year
from docket.tables import RulebookRow
from rules.accept.rulebook import read_rulebook, shipped_rulebook
from rules.counting.calendar import shipped_calendar
from rules.counting.years import YearDocument
from rules.errors import Refused
from tests.conftest import START, moment

OTHER = read_rulebook('base = "wuping-2023-47"\n[readings.rule]\nroll = "none"\n', "other.toml")


def test_the_shipped_calendar_counts_until_a_year_is_loaded(docket: Engine) -> None:
    with reading(docket) as session:
        assert current_calendar(session).version == shipped_calendar().version
    for first, number in (("2027-01-01", "甲"), ("2027-01-02", "乙")):
        document = YearDocument.model_validate(
            {
                "year": 2027,
                "doc_no": number,
                "issued": "2026-11-20",
                "off": [{"first": first, "last": first, "name": "元旦"}],
            }
        )
        with writing(docket) as session:
            store_year(session, document, START, "bureau_head")
    with reading(docket) as session:
        calendar = current_calendar(session)
    # The later row of the year is the one that counts, and the years beside it stay.
    assert calendar.years[2027].doc_no == "乙"
    assert calendar.is_working_day(moment("2027-01-01").date())
    assert not calendar.is_working_day(moment("2026-10-01").date())
    assert calendar.years[2027].statutory == shipped_calendar().years[2027].statutory


def test_a_rulebook_comes_back_whole_and_by_its_version(docket: Engine) -> None:
    assert OTHER.version != shipped_rulebook().version
    with writing(docket) as session:
        for _ in range(2):
            store_rulebook(session, OTHER, START)
    with reading(docket) as session:
        assert sorted(rulebook_versions(session)) == sorted([OTHER.version, shipped_rulebook().version])
        found = rulebook(session, OTHER.version)
        assert (found, found.version, found.readings.rule.roll) == (OTHER, OTHER.version, "none")
        with pytest.raises(Refused) as refused:
            rulebook(session, "wuping-2023-47@00000000")
    assert refused.value.key == "rulebook_unknown"


def test_a_rulebook_comes_back_with_its_rules_in_order(docket: Engine) -> None:
    """PostgreSQL's JSONB sorts keys; the result must be worked out before the weekly reports that it ends."""
    fresh = OTHER.model_copy(update={"id": "in-order"})
    with writing(docket) as session:
        store_rulebook(session, fresh, START)
    with reading(docket) as session:
        stored = session.get_one(RulebookRow, fresh.version).document
    assert list(stored["rules"]) == list(fresh.rules)
