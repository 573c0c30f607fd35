"""Figures of agencies: what SQL counts is what the rules say of every duty, one by one."""

from collections import Counter
from datetime import timedelta

import pytest
from sqlalchemy import Engine

from docket.engine import reading
from docket.figures import AgencyFigures, load, supervised
from docket.lists import Filter, list_duties
from rules.counting.clock import local_date
from rules.dossier.state import Dossier
from rules.duties.duty import DutyState, Light
from tests.conftest import START, moment
from tests.docket.test_settle import after, planned, written
from tests.engine.letters import FEEDBACK, judgment, mediation, oral

BOTH = [{"agency": "forestry", "received_on": "2026-03-10"}, {"agency": "transport", "received_on": "2026-03-10"}]


@pytest.fixture
def matters(docket: Engine) -> list[Dossier]:
    """A docket with duties of one agency and of two together, in time, late, missed and open."""
    played = [
        (oral("a"), [("2026-03-10", "told", {}), ("2026-03-20", "feedback", {**FEEDBACK, "agency": "forestry"})]),
        (mediation("b", agencies=BOTH), [("2026-03-16", "progress", {"agency": "forestry", "work": "已联系"})]),
        (mediation("c", agencies=BOTH, stage="trial"), [("2026-04-10", "withdrawal", {"evidence": "撤诉"})]),
        (judgment("d"), [("2026-03-12", "filing", {"agency": "forestry", "copy_reference": "备案"})]),
    ]
    found = []
    for data, events in played:
        state = written(docket, planned(data), "1")
        for day, event, fields in events:
            now = moment(day)
            state = written(docket, after(state, now, event, **fields), f"{day}-{event}", now)
        found.append(state)
    return found


@pytest.mark.parametrize("days", [0, 3, 8, 20, 31, 45, 400])
def test_figures_are_those_of_the_rules(docket: Engine, matters: list[Dossier], days: int) -> None:
    now = START + timedelta(days=days)
    since = local_date(now) - timedelta(days=365)
    expected: dict[str, Counter[str]] = {}
    for state in matters:
        for duty in state.duties:
            if duty.obligor != "agency":
                continue
            light = duty.light(now)
            found = [light.value] if light is not Light.GREY else []
            found += ["waiting"] if duty.state is DutyState.WAITING else []
            found += ["done"] if duty.state is DutyState.DONE and duty.due and duty.due >= since else []
            gone = duty.state in (DutyState.LATE, DutyState.MISSED)
            found += ["late"] if gone and duty.due and duty.due >= since else []
            found += ["missed"] if duty.slot and state.closed_at is None and (gone or light is Light.RED) else []
            for agency in [duty.agency] if duty.agency else duty.agencies:
                expected.setdefault(agency, Counter()).update(found)
    with reading(docket) as session:
        figures = supervised(session, now).agencies
    names = AgencyFigures._fields[3:]
    counted = {each.agency: {name: getattr(each, name) for name in names if getattr(each, name)} for each in figures}
    assert counted == {agency: dict(counts) for agency, counts in expected.items() if counts}
    assert figures == sorted(figures, key=lambda each: (-each.red, -each.missed, -each.yellow, each.agency))


def test_the_share_in_time_and_the_fields_follow_from_the_figures(docket: Engine, matters: list[Dossier]) -> None:
    with reading(docket) as session:
        figures = {each.agency: each for each in supervised(session, moment("2026-04-10")).agencies}
        fields = supervised(session, moment("2026-04-10")).fields
    forestry = figures["forestry"]
    # In time: a weekly report and the filing; late or never: the feedback, and four weekly reports of letter c; and
    # overdue today three more of letter b.
    assert (forestry.done, forestry.late, forestry.red, forestry.punctual) == (2, 5, 3, 20)
    assert dict(fields) == {"农林水": forestry.red, "交通": figures["transport"].red}


def test_what_agencies_of_one_field_owe_together_is_one_duty_of_the_field(docket: Engine) -> None:
    agencies = [{"agency": "forestry"}, {"agency": "water"}]
    written(docket, planned(mediation("joint", agencies=agencies)), "1")
    now = moment("2026-04-20")
    with reading(docket) as session:
        owed = {each.agency: each.red for each in supervised(session, now).agencies}
        fields = dict(supervised(session, now).fields)
        listed = list_duties(session, Filter(field="农林水", light=Light.RED, obligor="agency"), now)
    assert fields == {"农林水": len(listed)}
    assert sum(owed.values()) == len(listed) + 1


def test_the_load_has_every_day_and_what_is_due_on_it(docket: Engine, matters: list[Dossier]) -> None:
    today = moment("2026-03-31").date()
    with reading(docket) as session:
        found = load(session, today, 14)
    assert list(found) == [today + timedelta(days=number) for number in range(14)]
    due = Counter(
        duty.due for state in matters for duty in state.duties if duty.state in (DutyState.OPEN, DutyState.WAITING)
    )
    assert found == {day: due.get(day, 0) for day in found}
    assert sum(found.values()) > 0
