"""负责人出庭: R12. The hearing is on Monday 2026-04-20 at 9:30; the notice came on 10 March."""

from typing import Any

import pytest

from rules.duties.duty import DutyState
from tests.rules.builders import TWO, Play, at, day, letter

APPEARS, CONSENT, COUNTY = "R12a@forestry", "R12b@forestry", "R12a.leader"
CONSENTED = {"consent_on": day("0415"), "consent_by": "王副县长"}


def required(**fields: Any) -> Play:
    return Play(letter("appearance_notice", "0310", **{"hearing_at": at("0420 09:30")} | fields))


def test_the_head_is_due_on_the_day_of_the_hearing() -> None:
    play = required()
    assert play.states() == {APPEARS: "open"}
    assert (play.duty(APPEARS).nominal, play.due(APPEARS)) == (day("0420"), day("0420"))


def test_the_head_who_appeared_was_in_time_whenever_that_is_recorded() -> None:
    play = required()
    play.record("appearance", "0413")
    play.record("heard", "0420", "0427 09:00", appeared="head", spoke=True)
    assert (play.duty(APPEARS).state, play.duty(APPEARS).satisfied_on) == (DutyState.DONE, day("0420"))
    assert play.closed() == at("0427 09:00")


def test_nobody_at_the_hearing_is_a_miss() -> None:
    play = required()
    play.record("heard", "0420", appeared="nobody")
    assert (play.duty(APPEARS).state, play.duty(APPEARS).missing) == (DutyState.MISSED, ("appearance",))
    play.record("excuse", "0421", by="zhao", duty=APPEARS)
    assert play.states()[APPEARS] == "excused"


@pytest.mark.parametrize(
    ("given", "missing"),
    [
        ({}, ("leader_consent", "bureau_told")),
        (CONSENTED, ("bureau_told",)),
        ({"told_on": day("0415")}, ("leader_consent",)),
        ({**CONSENTED, "told_on": day("0415")}, ()),
    ],
)
def test_a_deputy_needs_reason_consent_and_the_bureau_told(given: dict[str, Any], missing: tuple[str, ...]) -> None:
    play = required()
    play.record("substitute", "0415", **given)
    assert (play.duty(CONSENT).missing, play.due(CONSENT)) == (missing, day("0420"))
    assert play.states()[CONSENT] == ("open" if missing else "done")
    play.record("heard", "0420", appeared="deputy")
    assert play.states() == {
        APPEARS: "missed" if missing else "done", CONSENT: "missed" if missing else "done",
    }  # fmt: skip
    assert play.duty(APPEARS).missing == missing


def test_ticks_may_come_in_several_records() -> None:
    play = required()
    play.record("substitute", "0413")
    play.record("substitute", "0415", told_on=day("0415"))
    play.record("substitute", "0417", consent_on=day("0417"))
    assert (play.duty(CONSENT).state, play.duty(CONSENT).satisfied_on) == (DutyState.DONE, day("0417"))


def test_a_deputy_whom_nobody_announced_is_a_miss() -> None:
    play = required()
    play.record("heard", "0420", appeared="deputy")
    assert play.states() == {APPEARS: "missed"}
    assert play.duty(APPEARS).missing == ("announcement", "leader_consent", "bureau_told")


def test_consent_after_the_hearing_does_not_mend_the_appearance() -> None:
    play = required()
    play.record("substitute", "0417", told_on=day("0417"))
    play.record("heard", "0420", appeared="deputy")
    assert play.states() == {APPEARS: "missed", CONSENT: "missed"}
    play.record("substitute", "0422", consent_on=day("0422"))
    assert play.states() == {APPEARS: "missed", CONSENT: "late"}
    assert play.duty(APPEARS).missing == ("leader_consent",)


def test_consent_in_time_that_is_recorded_after_the_hearing_counts() -> None:
    play = required()
    play.record("heard", "0420", appeared="deputy")
    play.record("substitute", "0421", consent_on=day("0417"), told_on=day("0417"))
    assert play.states() == {APPEARS: "done", CONSENT: "done"}


@pytest.mark.parametrize("recorded", ["0420", "0422"])
def test_a_head_who_came_after_all_needs_no_consent(recorded: str) -> None:
    play = required()
    play.record("substitute", "0413")
    play.record("heard", recorded, appeared="head")
    assert play.states() == {APPEARS: "done", CONSENT: "cancelled"}
    assert play.closed() == at(f"{recorded} 16:00")


def test_each_agency_sends_its_own_head() -> None:
    play = required(agencies=TWO)
    play.record("heard", "0420", agency="transport", appeared="head")
    assert play.states() == {APPEARS: "open", "R12a@transport": "done"}


def test_the_county_sued_sends_its_leader_and_the_lead_agency_its_head() -> None:
    play = required(agencies=TWO, county_government=True)
    assert play.states() == {APPEARS: "open", COUNTY: "open"}
    assert play.duty(COUNTY).obligor == "county_leader"
    play.record("heard", "0420", agency="forestry", appeared="head")
    assert play.states() == {APPEARS: "done", COUNTY: "open"}
    play.record("heard", "0420", "0420 16:10", agency="forestry", appeared="county_leader")
    assert play.states() == {APPEARS: "done", COUNTY: "done"}


@pytest.mark.parametrize("order", [("head", "nobody"), ("nobody", "head")])
def test_a_county_leader_who_stayed_away_is_a_miss_and_the_letter_closes(order: tuple[str, str]) -> None:
    play = required(county_government=True)
    for who in order:
        play.record("heard", "0420", appeared=who)
    assert play.states() == {APPEARS: "done", COUNTY: "missed"}
    assert play.closed() is not None


def test_a_deputy_of_the_lead_agency_does_not_stand_for_the_county_leader() -> None:
    play = required(county_government=True)
    play.record("heard", "0420", appeared="county_leader")
    assert play.states() == {APPEARS: "open", COUNTY: "done"}


@pytest.mark.parametrize("ending", ["recall", "withdrawal"])
def test_a_hearing_that_is_called_off_asks_nobody_to_appear(ending: str) -> None:
    play = required()
    play.record("substitute", "0413")
    play.record(ending, "0416")
    assert play.states() == {APPEARS: "cancelled", CONSENT: "cancelled"}
    assert play.closed() == at("0416 16:00")


def test_an_adjourned_hearing_moves_the_date_and_says_so() -> None:
    play = required()
    play.record("correction", "0416", field="hearing_at", value="2026-05-11T09:00:00+08:00")
    assert play.due(APPEARS) == day("0511")
    (move,) = play.state.moves
    assert (move.old_due, move.new_due, move.why) == (day("0420"), day("0511"), "correction")
