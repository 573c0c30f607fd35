"""裁判文书: R16, R17 and R18. A judgment of 2 March 2026, served that day, takes effect on 18 March (推定)."""

from typing import Any

import pytest

from rules.duties.duty import DutyState
from tests.rules.builders import Play, at, day, letter

FILING, LOSS, UP = "R16@forestry", "R17@forestry", "R18@forestry"
REVOKED = {"outcomes": ["revoked"]}


def served(**fields: Any) -> Play:
    agencies = fields.pop("agencies", [{"agency": "forestry", "received_on": day("0302")}])
    given = {"judged_on": day("0302"), "outcomes": ["dismissed"], **fields}
    return Play(letter("judgment", "0303", agencies, **given))


def test_a_judgment_won_is_filed_seven_working_days_after_its_presumed_effect() -> None:
    play = served()
    duty = play.duty(FILING)
    assert (duty.anchor, duty.due, duty.presumed) == (day("0318"), day("0327"), True)
    assert play.states() == {FILING: "open"}
    play.record("filing", "0327")
    assert (play.states(), play.closed()) == ({FILING: "done"}, at("0327 16:00"))


def test_a_judgment_lost_needs_an_analysis_in_thirty_days_too() -> None:
    play = served(**REVOKED)
    assert (play.due(FILING), play.due(LOSS)) == (day("0327"), day("0417"))
    play.record("filing", "0330")
    play.record("loss_report", "0420")
    assert play.states() == {FILING: "late", LOSS: "late", UP: "open"}
    assert play.due(UP) == day("0507")


@pytest.mark.parametrize(
    ("fields", "effective"),
    [
        ({"last_service_on": day("0303")}, "0319"),
        ({"document": "ruling", "outcomes": ["rejected"]}, "0313"),
        ({"document": "ruling", "outcomes": ["withdrawn"]}, "0302"),
        ({"document": "mediation", "outcomes": ["mediated"]}, "0302"),
        ({"instance": "second"}, "0302"),
        ({"effective_on": day("0303")}, "0303"),
    ],
)
def test_the_presumed_day_of_effect_follows_the_document(fields: dict[str, Any], effective: str) -> None:
    play = served(**fields)
    assert play.duty(FILING).anchor == day(effective)


def test_an_agency_that_got_the_document_after_it_took_effect_counts_from_its_receipt() -> None:
    play = served(instance="second", agencies=[{"agency": "forestry", "received_on": day("0303")}])
    assert (play.duty(FILING).anchor, play.duty(FILING).presumed) == (day("0303"), False)
    assert play.due(FILING) == day("0312")


def test_a_certificate_recomputes_both_dates() -> None:
    play = served(**REVOKED)
    play.record("effective", "0320", "0323 09:00")
    assert (play.duty(FILING).anchor, play.duty(FILING).presumed) == (day("0320"), False)
    assert (play.due(FILING), play.due(LOSS)) == (day("0331"), day("0420"))
    assert {(move.key, move.why) for move in play.state.moves} == {(FILING, "effective"), (LOSS, "effective")}


def test_the_certificate_recorded_last_prevails() -> None:
    play = served(effective_on=day("0303"))
    play.record("effective", "0320", "0323 09:00")
    play.record("effective", "0319", "0324 09:00", proof="生效证明2号")
    assert play.duty(FILING).anchor == day("0319")


def test_an_appeal_ends_both_duties() -> None:
    play = served(**REVOKED)
    play.record("appealed", "0316")
    assert play.states() == {FILING: "cancelled", LOSS: "cancelled"}
    assert play.closed() == at("0316 16:00")


def test_a_certificate_after_an_appeal_opens_them_again() -> None:
    play = served(**REVOKED)
    play.record("appealed", "0316")
    play.record("effective", "0413", "0414 09:00", proof="准许撤回上诉")
    assert play.states() == {FILING: "open", LOSS: "open"}
    assert (play.due(FILING), play.due(LOSS)) == (day("0422"), day("0513"))
    assert play.closed() is None


def test_an_appeal_that_arrives_after_the_certificate_still_ends_them() -> None:
    play = served()
    play.record("effective", "0318", "0319 09:00")
    play.record("appealed", "0317", "0323 09:00")
    assert play.states() == {FILING: "cancelled"}


def test_a_document_set_aside_before_the_date_needs_no_analysis() -> None:
    play = served(**REVOKED)
    play.record("filing", "0320")
    play.record("set_aside", "0401")
    assert play.states() == {FILING: "done", LOSS: "cancelled"}
    late = served(**REVOKED)
    late.record("set_aside", "0420")
    assert late.states() == {FILING: "open", LOSS: "missed"}


@pytest.mark.parametrize("event", ["withdrawal", "judgment_given", "stage_change"])
def test_events_of_the_matter_leave_the_filing_owed(event: str) -> None:
    play = served()
    play.record(event, "0310", **({"stage": "post"} if event == "stage_change" else {}))
    assert play.states() == {FILING: "open"}


def test_the_analysis_is_reviewed_and_then_passed_up() -> None:
    play = served(**REVOKED)
    play.record("filing", "0320")
    play.record("loss_report", "0401")
    assert (play.due(UP), play.duty(UP).soft) == (day("0416"), True)
    play.record("review", "0410")
    assert play.states()[UP] == "open"
    play.record("forwarded", "0417", to="county_government")
    assert (play.states()[UP], play.duty(UP).satisfied_on) == ("late", day("0417"))
    assert play.closed() == at("0417 16:00")


def test_what_was_passed_up_before_the_review_is_another_agency_s_analysis() -> None:
    both = [{"agency": "forestry", "received_on": day("0302")}, {"agency": "transport", "received_on": day("0302")}]
    play = served(agencies=both, **REVOKED)
    for agency in ("forestry", "transport"):
        play.record("loss_report", "0401", agency=agency)
    play.record("review", "0402", agency="forestry")
    play.record("forwarded", "0403", to="county_government")
    play.record("review", "0408", agency="transport")
    assert (play.states()[UP], play.states()["R18@transport"]) == ("done", "open")
    play.record("forwarded", "0409", to="county_government", number="武司报〔2026〕5号")
    assert play.states()["R18@transport"] == "done"


def test_an_analysis_sent_back_keeps_its_first_date_and_is_owed_anew() -> None:
    play = served(**REVOKED)
    play.record("loss_report", "0410")
    play.record("returned", "0413", of="loss_report", rework_by=day("0420"))
    assert (play.states()[LOSS], play.due("R17-rework-e2@forestry")) == ("done", day("0420"))
    assert UP not in play.states()
    play.record("loss_report", "0417", number="二稿")
    assert play.states()["R17-rework-e2@forestry"] == "done"
    assert play.due(UP) == day("0506")


def test_a_filing_sent_back_has_its_rework_too() -> None:
    play = served()
    play.record("filing", "0325")
    play.record("returned", "0326", of="filing", rework_by=day("0330"))
    assert play.states() == {FILING: "done", "R16-rework-e2@forestry": "open"}
    play.record("excuse", "0331", by="zhao", duty="R16-rework-e2@forestry")
    assert play.keys(DutyState.EXCUSED) == {"R16-rework-e2@forestry"}


def test_only_outcomes_that_count_as_a_loss_need_an_analysis() -> None:
    for outcome, lost in {
        "revoked": True, "partly_revoked": True, "varied": True, "confirmed_unlawful": True, "confirmed_void": True,
        "ordered_to_act": True, "compensation": True, "dismissed": False, "rejected": False, "not_accepted": False,
        "withdrawn": False, "mediated": False, "mediated_at_fault": False,
    }.items():  # fmt: skip
        assert (LOSS in served(outcomes=[outcome]).states()) is lost, outcome
    assert LOSS in served(outcomes=["dismissed", "compensation"]).states()
