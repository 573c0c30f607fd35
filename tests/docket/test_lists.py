"""Lists and look-ups: lamps in SQL are the lamps of the rules, and nothing is cut off."""

from collections import Counter
from datetime import date, timedelta

import pytest
from sqlalchemy import Engine

from docket.engine import reading
from docket.figures import load
from docket.lists import EVERYBODY, Filter, Page, count_duties, list_duties, list_each
from docket.reads import find_letter, open_dossiers
from rules.duties.duty import Light
from rules.errors import Refused
from rules.letters.letter import short_id
from tests.conftest import START, moment
from tests.docket.test_settle import after, planned, written
from tests.engine.letters import judgment, mediation, oral


@pytest.fixture
def filled(docket: Engine) -> Engine:
    """A docket with an oral notice, a mediation letter and a judgment."""
    for data in (oral("a"), mediation("b"), judgment("c")):
        first = planned(data)
        written(docket, first, "1")
        if data["kind"] != "judgment":
            written(docket, after(first.state, START, "told"), "2")
    return docket


@pytest.mark.parametrize("days", range(0, 60, 3))
def test_every_lamp_in_sql_is_the_lamp_of_the_rules(filled: Engine, days: int) -> None:
    now = START + timedelta(days=days)
    with reading(filled) as session:
        expected = {
            (duty.letter or None, duty.key): duty.light(now)
            for state in open_dossiers(session)
            for duty in state.duties
        }
        for light in Light:
            listed = list_duties(session, Filter(light=light, everything=True), now)
            assert {(line["letter"], line["duty"]) for line in listed} == {
                key for key, lamp in expected.items() if lamp is light
            }
            assert {line["light"] for line in listed} <= {light.value}


def test_a_list_is_narrowed_by_each_filter(filled: Engine) -> None:
    now = moment("2026-03-20")
    with reading(filled) as session:
        overdue = list_duties(session, Filter(overdue=True), now)
        assert [(line["matter"], line["duty"], line["due"]) for line in overdue] == [
            ("a", "R03@forestry", "2026-03-16"),
            ("b", "R13.1@forestry", "2026-03-17"),
        ]
        judgments = list_duties(session, Filter(kind="judgment"), now)
        assert [line["duty"] for line in judgments] == ["R16@forestry", "R17@forestry"]
        early = list_duties(session, Filter(due_before=date(2026, 3, 17)), now)
        assert {line["duty"] for line in early} == {"R02@forestry", "R03@forestry"}
        assert list_duties(session, Filter(agency="housing"), now) == []


def test_an_agency_s_list_has_what_it_owes_together_with_others(docket: Engine) -> None:
    both = mediation("joint") | {
        "agencies": [{"agency": "forestry"}, {"agency": "transport"}],
        "lead_agency": "forestry",
    }
    written(docket, planned(both), "1")
    with reading(docket) as session:
        lines = list_duties(session, Filter(agency="transport"), START)
        assert [(line["duty"], line["agencies"]) for line in lines if line["rule"] in ("R05", "R07")] == [
            ("R05", ["forestry", "transport"]), ("R07", ["forestry", "transport"]),
        ]  # fmt: skip
        assert {line["duty"] for line in lines} == {"R01@transport", "R02@transport", "R05", "R07", "R13@transport"}


def test_a_letter_is_found_by_id_short_name_or_part(filled: Engine) -> None:
    with reading(filled) as session:
        whole = find_letter(session, "wuping/oral_notice/a/2026-03-10").letter_id
        assert find_letter(session, short_id(whole)).letter_id == whole
        assert find_letter(session, "行初c").letter.kind == "judgment"
        with pytest.raises(Refused) as none:
            find_letter(session, "nothing")
        with pytest.raises(Refused) as many:
            find_letter(session, "wuping")
        with pytest.raises(Refused):
            find_letter(session, "%")
    assert (none.value.key, many.value.key) == ("unknown_letter", "ambiguous_letter")


@pytest.mark.parametrize(
    ("wanted", "matters"),
    [
        ("李四", {"a"}),
        ("张三", {"b"}),
        ("（2026）闽0824 委b号", {"b"}),
        ("0824行初Ｃ", {"c"}),
        ("林权", {"c"}),
        ("bbs-17", {"c"}),
        ("武平县人民法院", {"a", "b", "c"}),
        ("%", set()),
        ("武平_人民", set()),
    ],
)
def test_a_search_finds_names_numbers_and_people_however_they_are_typed(
    docket: Engine, wanted: str, matters: set[str]
) -> None:
    for data in (oral("a", plaintiff="李四"), mediation("b"), judgment("c", title="林权登记 BBS－17")):
        written(docket, planned(data), "1")
    with reading(docket) as session:
        found = list_duties(session, Filter(search=wanted, everything=True), START)
        assert {line["matter"] for line in found} == matters
        assert count_duties(session, Filter(search=wanted, everything=True), START) == len(found)


def test_lesson_04_pages_of_open_matters_leave_none_out(filled: Engine) -> None:
    """Lesson 4: a scan limit must not drop the oldest cases."""
    with reading(filled) as session:
        seen: list[str] = []
        while page := open_dossiers(session, after=seen[-1] if seen else "", limit=1):
            seen += [state.id for state in page]
    assert len(seen) == len(set(seen)) == 3


def test_a_month_shows_the_first_of_each_day_and_how_many_there_are(docket: Engine) -> None:
    for number in range(3):
        written(docket, planned(oral(f"m{number}")), "1")
    wanted = Filter(due_from=date(2026, 3, 1), due_before=date(2026, 4, 1))
    with reading(docket) as session:
        every = list_duties(session, wanted, START)
        part = list_duties(session, wanted, START, page=Page(each_day=2))
        counts = load(session, date(2026, 3, 1), 31)
    by_day = Counter(line["due"] for line in every)
    assert max(by_day.values()) > 2
    assert Counter(line["due"] for line in part) == {day: min(count, 2) for day, count in by_day.items()}
    assert {day.isoformat(): count for day, count in counts.items() if count} == by_day


def test_several_lists_at_once_are_what_each_of_them_is(filled: Engine) -> None:
    wanted = {
        "overdue": Filter(overdue=True),
        "own": Filter(overdue=True, obligor="bureau"),
        "waiting": Filter(waiting=True),
        "late": Filter(late=True, obligor="bureau"),
        "all": Filter(),
    }
    now = moment("2026-03-20")
    with reading(filled) as session:
        together = list_each(session, wanted, now, EVERYBODY, 3)
        for name, each in wanted.items():
            assert together[name] == list_duties(session, each, now, page=Page(limit=3))
    assert together["all"] and together["overdue"]
    assert {line["rule"] for line in together["late"]} == {"R02"}, "late with no number of days prescribed is late too"


def test_the_hour_of_a_due_date_is_given_only_where_it_is_not_the_end_of_the_day(docket: Engine) -> None:
    """What came in on a Sunday is to be told by noon of Monday; other days end at midnight."""
    written(docket, planned(oral("sunday", received_at="2026-03-15T10:00:00+08:00"), moment("2026-03-15")), "1")
    written(docket, planned(mediation("day")), "2")
    with reading(docket) as session:
        hours = {(line["matter"], line["rule"]): line["due_time"] for line in list_duties(session, Filter(), START)}
    assert hours["sunday", "R01"] == "12:00:00"
    assert hours["day", "R07"] is None
