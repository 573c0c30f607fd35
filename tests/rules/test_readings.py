"""Each reading by its default and by every alternative: which date or state it gives (rules.md Part 2).

Where nothing else is said the letter came on Tuesday 10 March 2026, so a month ends on Friday 10 April. 4 to 6 April
and 1 to 5 May are days off, Saturday 28 February is a working day.
"""

from datetime import date, time

import pytest

from rules.duties.duty import DutyState, Light, key_of
from tests.rules.builders import Play, at, beside, day, letter
from tests.rules.reading_cases import PLAINTIFF, THIRD, consents, county, dues, extends, judgment, played, served, why

WORKING = '[readings.rule]\nunit = "working_day"\n'
NO_ROLL = '[readings.rule]\nroll = "none"\n'
CLOSE = 'readings.cutoff = "office_close"\n'
ARRIVAL = '[readings.compliance]\nmoment = "arrival"\n'
DEEMED = '[readings.receipt]\nafter_hours = "next_working_day"\n'
ALL_CANCEL = '[readings.cancel]\nwithdrawal = "all"\n'


# ---- rule.unit (A01) ----


def test_five_days_are_calendar_days() -> None:
    play = played(letter("oral_notice", "0312"))
    play.record("told", "0312")
    # Thursday 12 March is day zero: 13, 14, 15, 16, Tuesday 17.
    assert play.due("R03@forestry") == date(2026, 3, 17)


def test_five_days_as_working_days_pass_over_the_weekend() -> None:
    play = played(letter("oral_notice", "0312"), WORKING)
    play.record("told", "0312")
    # Fri 13 = 1, Mon 16 = 2, Tue 17 = 3, Wed 18 = 4, Thu 19 = 5.
    assert play.due("R03@forestry") == date(2026, 3, 19)
    assert "次日起算5个工作日" in why(play, "R03@forestry")
    assert "其间不计休息日2天" in why(play, "R03@forestry")


@pytest.mark.parametrize("key", ["R08a@forestry", "R08b@forestry"])
def test_three_days_as_working_days_bind_both_acts_of_r08(key: str) -> None:
    # Calendar: 13, 14, Sunday 15, which rolls to Monday 16. Working: Fri 13 = 1, Mon 16 = 2, Tue 17 = 3.
    assert played(served("response_notice", "0312")).due(key) == date(2026, 3, 16)
    assert played(served("response_notice", "0312"), WORKING).due(key) == date(2026, 3, 17)


def test_thirty_days_stay_calendar_days_where_the_short_periods_are_working_days() -> None:
    # Effective 18 March (last service 2 March + 15 d = 17 March); 18 March + 30 d = 17 April, a Friday.
    arrived = judgment("0302", last_service_on=day("0302"))
    assert played(arrived, WORKING).due("R17@forestry") == date(2026, 4, 17)
    assert played(arrived).due("R17@forestry") == date(2026, 4, 17)


# ---- rule.roll (A02, A07) ----


def test_a_last_day_on_a_sunday_rolls_to_monday_and_says_so() -> None:
    play = played(served("response_notice", "0312"))
    duty = play.duty("R08a@forestry")
    assert (duty.nominal, duty.due) == (date(2026, 3, 15), date(2026, 3, 16))
    assert "因周日顺延至2026-03-16（周一）" in why(play, "R08a@forestry")


def test_a_last_day_on_a_sunday_stays_where_nothing_rolls() -> None:
    play = played(served("response_notice", "0312"), NO_ROLL)
    duty = play.duty("R08a@forestry")
    assert (duty.nominal, duty.due) == (date(2026, 3, 15), date(2026, 3, 15))
    assert duty.sheet is not None
    assert "届满日不顺延。" in duty.sheet.steps()


def test_the_window_rolls_out_of_qingming() -> None:
    # 4 March + 1 month = Saturday 4 April; 4, 5, 6 April are off, so Tuesday 7 April.
    play = played(letter("mediation_letter", "0304"))
    assert (play.due("R05"), play.due("R07")) == (date(2026, 4, 7), date(2026, 4, 7))


def test_the_window_ends_in_qingming_where_nothing_rolls() -> None:
    play = played(letter("mediation_letter", "0304"), NO_ROLL)
    assert (play.due("R05"), play.due("R07")) == (date(2026, 4, 4), date(2026, 4, 4))
    # The reminder of the last day goes out on the working day before, Friday 3 April.
    assert {rung.scheduled.date() for rung in play.coming if (key_of(rung.duty), rung.code) == ("R07", "T")} == {
        date(2026, 4, 3)
    }


def test_weekly_reports_stay_on_saturdays_where_nothing_rolls() -> None:
    # Received Saturday 7 March: 14, 21, 28 March and 4 April are Saturdays off.
    arrived = served("mediation_letter", "0309", "0307")
    assert dues(played(arrived, NO_ROLL), "R13") == [day("0314"), day("0321"), day("0328"), day("0404")]
    assert dues(played(arrived), "R13") == [day("0316"), day("0323"), day("0330"), day("0407")]


def test_an_extension_ends_on_a_day_off_where_nothing_rolls() -> None:
    play = played(letter("mediation_letter", "0310"), NO_ROLL)
    extends(play, "0320", months=1)
    # 10 April + 1 month = Sunday 10 May, which would roll to Monday 11 May.
    assert play.due("R05") == date(2026, 5, 10)


# ---- feedback.anchor (A03) ----


def test_feedback_counts_from_the_court_s_call_where_that_came_first() -> None:
    play = played(letter("oral_notice", "0312"))
    play.record("told", "0312", told_by="bureau")
    play.record("told", "0311", "0312 17:00", told_by="court")
    # 11 March + 5 d = Monday 16 March.
    assert play.due("R03@forestry") == date(2026, 3, 16)
    assert "涉诉行政机关被告知之日" in why(play, "R03@forestry")


def test_feedback_counts_from_the_bureau_s_call_where_the_county_reads_it_so() -> None:
    play = played(letter("oral_notice", "0312"), '[readings.feedback]\nanchor = "bureau_call"\n')
    play.record("told", "0311", "0312 11:00", told_by="court")
    assert play.duty("R03@forestry").state is DutyState.WAITING
    play.record("told", "0312", told_by="bureau")
    assert play.due("R03@forestry") == date(2026, 3, 17)
    assert "县司法局通知之日" in why(play, "R03@forestry")


# ---- window.anchor (A04) ----


@pytest.mark.parametrize(
    ("anchor", "nominal", "due", "because"),
    [
        # 10 March + 1 month = Friday 10 April.
        ("bureau_receipt", "0410", "0410", "县司法局收到之日"),
        # 12 March + 1 month = Sunday 12 April, so Monday 13 April.
        ("agency_receipt", "0412", "0413", "涉诉行政机关收到之日"),
        # 5 March + 1 month = Sunday 5 April in Qingming, so Tuesday 7 April.
        ("letter_date", "0405", "0407", "来文成文日期"),
    ],
)
def test_the_month_starts_where_the_county_reads_it(anchor: str, nominal: str, due: str, because: str) -> None:
    arrived = served("mediation_letter", "0310", "0312", issued_on=day("0305"))
    play = played(arrived, f'[readings.window]\nanchor = "{anchor}"\n', "0312")
    assert (play.duty("R05").nominal, play.due("R07")) == (day(nominal), day(due))
    assert because in why(play, "R05")


@pytest.mark.parametrize("anchor", ["bureau_receipt", "agency_receipt", "letter_date"])
def test_the_end_that_the_letter_states_prevails_over_every_reading(anchor: str) -> None:
    arrived = served("mediation_letter", "0310", issued_on=day("0305"), window_end=day("0420"))
    assert played(arrived, f'[readings.window]\nanchor = "{anchor}"\n').due("R05") == date(2026, 4, 20)


@pytest.mark.parametrize("anchor", ["bureau_receipt", "agency_receipt", "letter_date"])
def test_the_start_that_the_letter_states_prevails_over_every_reading(anchor: str) -> None:
    arrived = served("mediation_letter", "0310", issued_on=day("0305"), window_start=day("0316"))
    assert played(arrived, f'[readings.window]\nanchor = "{anchor}"\n').due("R05") == date(2026, 4, 16)


def test_the_window_runs_from_the_bureau_s_receipt_until_the_agency_s_is_known() -> None:
    play = played(letter("mediation_letter", "0310"), '[readings.window]\nanchor = "agency_receipt"\n')
    assert play.due("R05") == date(2026, 4, 10)
    play.record("told", "0312")
    assert play.due("R05") == date(2026, 4, 13)
    assert ("R05", day("0410"), day("0413")) in [(m.key, m.old_due, m.new_due) for m in play.state.moves]


# ---- window.on_filing (A23) ----


def test_the_window_goes_on_when_the_case_is_filed() -> None:
    play = played(served("mediation_letter", "0310"))
    play.record("stage_change", "0320", stage="trial", case_number="(2026)闽0824行初9号")
    assert [play.states()[key] for key in ("R05", "R07", "R13.4@forestry")] == ["open", "open", "open"]
    assert play.due("R07") == date(2026, 4, 10)


def test_the_window_ends_with_the_filing_where_the_county_reads_it_so() -> None:
    play = played(served("mediation_letter", "0310"), '[readings.window]\non_filing = "end"\n')
    play.record("stage_change", "0320", stage="trial")
    for key in ("R05", "R07", "R13.2@forestry", "R13.4@forestry"):
        duty = play.duty(key)
        assert (duty.state, duty.ended_on, duty.ended_by) == (DutyState.CANCELLED, date(2026, 3, 20), "filed")
    # The first week was over on 17 March, before the case was filed.
    assert play.duty("R13.1@forestry").state is DutyState.MISSED


def test_a_filing_after_the_expiry_does_not_heal_a_missed_result() -> None:
    play = played(letter("mediation_letter", "0310"), '[readings.window]\non_filing = "end"\n')
    play.record("stage_change", "0415", stage="trial")
    assert play.duty("R07").state is DutyState.MISSED


def test_a_window_during_trial_does_not_end_with_the_filing() -> None:
    play = played(letter("mediation_letter", "0310", stage="trial"), '[readings.window]\non_filing = "end"\n')
    play.record("stage_change", "0320", stage="trial")
    assert play.duty("R07").state is DutyState.OPEN


def test_a_window_that_goes_on_after_the_filing_ends_with_the_judgment() -> None:
    play = played(letter("mediation_letter", "0310"))
    play.record("stage_change", "0320", stage="trial")
    play.record("judgment_given", "0401")
    assert play.duty("R07").ended_on == date(2026, 4, 1)


def test_a_judgment_keeps_a_trial_window_ended_when_the_dispute_moves_past_it() -> None:
    play = played(letter("mediation_letter", "0310", stage="trial"))
    play.record("judgment_given", "0401")
    play.record("stage_change", "0402", stage="post")
    duty = play.duty("R07")
    assert (duty.state, duty.ended_on) == (DutyState.CANCELLED, date(2026, 4, 1))


# ---- result.inclusive (A06) ----


def test_a_result_sent_on_the_last_day_is_in_time() -> None:
    play = played(letter("mediation_letter", "0310"))
    play.record("result", "0410", copied_on=day("0410"))
    assert (play.due("R07"), play.duty("R07").state) == (date(2026, 4, 10), DutyState.DONE)


def test_a_result_sent_on_the_last_day_is_late_where_the_day_before_is_the_last() -> None:
    play = played(letter("mediation_letter", "0310"), "[readings.result]\ninclusive = false\n")
    assert (play.due("R05"), play.due("R07")) == (date(2026, 4, 10), date(2026, 4, 9))
    assert "期限届满前一日" in why(play, "R07")
    play.record("result", "0410", copied_on=day("0410"))
    assert play.duty("R07").state is DutyState.LATE


def test_the_day_before_a_rolled_expiry_is_taken_from_the_legal_date() -> None:
    # The window of 4 March ends on Tuesday 7 April; the day before is Monday 6 April, though it is a day off.
    play = played(letter("mediation_letter", "0304"), "[readings.result]\ninclusive = false\n")
    assert play.due("R07") == date(2026, 4, 6)


def test_the_working_target_is_never_after_the_day_before_the_expiry() -> None:
    play = played(letter("mediation_letter", "0310"), "[readings.result]\ninclusive = false\n")
    assert (play.duty("R07").target, play.due("R07")) == (date(2026, 4, 9), date(2026, 4, 9))


def test_the_day_before_a_provisional_expiry_is_provisional_too() -> None:
    # 1 December 2026 + 1 month = 1 January 2027, which rolls over 1 to 3 January; the notice for 2027 is not out.
    play = played(letter("mediation_letter", "2026-12-01"), "[readings.result]\ninclusive = false\n")
    assert (play.due("R05"), play.due("R07")) == (date(2027, 1, 4), date(2027, 1, 3))
    assert (play.duty("R05").provisional, play.duty("R07").provisional) == (True, True)


def test_a_date_that_hangs_on_a_provisional_expiry_is_provisional_too() -> None:
    play = played(letter("mediation_letter", "2026-12-01"))
    consents(play, "2026-12-31")
    # 31 December + 2 wd = 5 January 2027, after the window's own provisional 4 January.
    assert (play.due("R06.1"), play.duty("R06.1").provisional) == (date(2027, 1, 4), True)
    short = played(letter("mediation_letter", "2026-11-10"))
    beside(short, "2026-12-01")
    assert (short.due("R07"), short.duty("R07").provisional) == (date(2027, 1, 4), True)


# ---- extension.base (A08) ----


@pytest.mark.parametrize(
    ("base", "nominal", "due"),
    [
        # From the unrolled 4 April: 4 May, off until the 5th.
        ("nominal", "0504", "0506"),
        # From the rolled 7 April: Thursday 7 May.
        ("rolled", "0507", "0507"),
        # From the last consent, 20 March: Monday 20 April.
        ("last_consent", "0420", "0420"),
        # Two months from 4 March: 4 May again.
        ("day_zero", "0504", "0506"),
    ],
)
def test_a_month_s_extension_counts_from_the_base_of_the_county(base: str, nominal: str, due: str) -> None:
    play = played(letter("mediation_letter", "0304"), f'[readings.extension]\nbase = "{base}"\n')
    assert (play.duty("R05").nominal, play.due("R05")) == (day("0404"), day("0407"))
    consents(play, "0318", ("forestry",))
    consents(play, "0320", ("陈某",))
    play.record("extension", "0320", copied_on=day("0320"), months=1)
    assert (play.duty("R05").nominal, play.due("R05"), play.due("R07")) == (day(nominal), day(due), day(due))


@pytest.mark.parametrize(
    ("base", "first", "second"),
    [
        # 28 February, clipped and at work, + 1 month = Saturday 28 March, so Monday 30; + 1 month = 28 April.
        ("nominal", "0330", "0428"),
        # 31 January + 2 months = Tuesday 31 March; + 3 months = Thursday 30 April.
        ("day_zero", "0331", "0430"),
    ],
)
def test_a_period_counted_anew_from_31_january_gets_its_day_back(base: str, first: str, second: str) -> None:
    play = played(letter("mediation_letter", "0131"), f'[readings.extension]\nbase = "{base}"\n')
    assert play.due("R05") == date(2026, 2, 28)
    extends(play, "0226", months=1)
    assert play.due("R05") == day(first)
    extends(play, "0320", round=2, months=1)
    play.record("extension_approved", "0320", round=2)
    assert play.due("R05") == day(second)


@pytest.mark.parametrize("base", ["nominal", "rolled", "last_consent", "day_zero"])
def test_the_end_written_in_the_extension_letter_prevails_over_every_base(base: str) -> None:
    play = played(letter("mediation_letter", "0304"), f'[readings.extension]\nbase = "{base}"\n')
    extends(play, "0320", new_end=day("0430"))
    assert play.due("R05") == date(2026, 4, 30)


@pytest.mark.parametrize("base", ["nominal", "day_zero"])
def test_an_extension_of_days_counts_from_the_nominal_end_on_either_base(base: str) -> None:
    # 28 February + 15 d = Sunday 15 March, so Monday 16 March.
    play = played(letter("mediation_letter", "0131"), f'[readings.extension]\nbase = "{base}"\n')
    extends(play, "0226", days=15)
    assert play.due("R05") == date(2026, 3, 16)


def test_an_extension_never_brings_the_expiry_forward() -> None:
    # 12 March + 15 d = 27 March, before the window's own 10 April.
    play = played(letter("mediation_letter", "0310"), '[readings.extension]\nbase = "last_consent"\n')
    extends(play, "0312", days=15)
    assert play.due("R05") == date(2026, 4, 10)


# ---- extension.parties (A09) ----


def test_consent_of_third_party_missing_keeps_the_old_expiry() -> None:
    play = played(letter("mediation_letter", "0310", parties=[PLAINTIFF, THIRD]))
    extends(play, "0320", months=1)
    assert play.state.window is not None
    assert play.state.window.pending is not None
    assert play.state.window.pending.missing == ("consent:钟某",)
    assert play.due("R05") == date(2026, 4, 10)
    consents(play, "0323", ("钟某",))
    assert play.due("R05") == date(2026, 5, 11)


def test_a_third_party_that_nobody_has_notified_need_not_consent() -> None:
    play = played(letter("mediation_letter", "0310", parties=[PLAINTIFF, THIRD | {"notified": False}]))
    extends(play, "0320", months=1)
    assert play.due("R05") == date(2026, 5, 11)


def test_plaintiff_and_defendant_alone_can_extend_where_the_county_reads_it_so() -> None:
    toml = '[readings.extension]\nparties = "plaintiff_defendant"\n'
    play = played(letter("mediation_letter", "0310", parties=[PLAINTIFF, THIRD]), toml)
    extends(play, "0320", months=1)
    assert play.due("R05") == date(2026, 5, 11)


@pytest.mark.parametrize("parties", ["notified", "plaintiff_defendant"])
def test_a_plaintiff_must_consent_whatever_is_ticked_about_notifying_them(parties: str) -> None:
    others = [PLAINTIFF, {"role": "plaintiff", "name": "林某", "notified": False}]
    play = played(letter("mediation_letter", "0310", parties=others), f'[readings.extension]\nparties = "{parties}"\n')
    assert play.state.window is not None
    assert play.state.window.parties == ("forestry", "陈某", "林某")


# ---- filing.anchor (A10), analysis.anchor (A11) ----


@pytest.mark.parametrize(
    ("anchor", "filing"),
    [
        # Effective on 18 March: Thu 19 = 1, 20, 23, 24, 25, 26, Fri 27 = 7.
        ("later", "0327"),
        ("effective", "0327"),
        # Received on 2 March: Tue 3 = 1, 4, 5, 6, 9, 10, Wed 11 = 7.
        ("receipt", "0311"),
    ],
)
def test_a_judgment_received_before_its_effect_is_filed_from_the_anchor(anchor: str, filing: str) -> None:
    # Last service 2 March + 15 d = 17 March is the last day to appeal, so it takes effect on 18 March.
    play = played(judgment("0302", last_service_on=day("0302")), f'[readings.filing]\nanchor = "{anchor}"\n')
    assert play.due("R16@forestry") == day(filing)
    assert play.duty("R16@forestry").presumed is (anchor != "receipt")


@pytest.mark.parametrize(
    ("anchor", "filing"),
    [
        # Received on 5 March: Fri 6 = 1, 9, 10, 11, 12, 13, Mon 16 = 7.
        ("later", "0316"),
        ("receipt", "0316"),
        # Effective on 2 March: 3 = 1, 4, 5, 6, 9, 10, Wed 11 = 7.
        ("effective", "0311"),
    ],
)
def test_a_document_received_after_its_effect_is_filed_from_the_anchor(anchor: str, filing: str) -> None:
    arrived = judgment("0305", instance="second", last_service_on=day("0302"))
    assert played(arrived, f'[readings.filing]\nanchor = "{anchor}"\n').due("R16@forestry") == day(filing)


@pytest.mark.parametrize(
    ("anchor", "report"),
    [
        # 18 March + 30 d = Friday 17 April.
        ("later", "0417"),
        # 2 March + 30 d = Wednesday 1 April.
        ("receipt", "0401"),
    ],
)
def test_the_loss_analysis_counts_from_the_anchor(anchor: str, report: str) -> None:
    play = played(judgment("0302", last_service_on=day("0302")), f'[readings.analysis]\nanchor = "{anchor}"\n')
    assert play.due("R17@forestry") == day(report)
    # The filing's own anchor is another reading and stays.
    assert play.due("R16@forestry") == date(2026, 3, 27)


def test_the_court_s_certificate_prevails_over_the_effective_date_that_was_typed() -> None:
    play = played(judgment("0318", effective_on=day("0316"), last_service_on=day("0302")))
    # Received on 18 March, after the effect: Thu 19 = 1, 20, 23, 24, 25, 26, Fri 27 = 7.
    assert play.due("R16@forestry") == date(2026, 3, 27)
    play.record("effective", "0320")
    # Mon 23 = 1, 24, 25, 26, 27, Mon 30 = 6, Tue 31 = 7.
    assert play.due("R16@forestry") == date(2026, 3, 31)


# ---- stats.loss_outcomes, stats.loss_documents (A12) ----


@pytest.mark.parametrize(
    "outcome",
    [
        "revoked", "partly_revoked", "varied", "confirmed_unlawful", "confirmed_void", "ordered_to_act",
        "compensation",
    ],
)  # fmt: skip
def test_what_goes_against_the_agency_is_a_loss(outcome: str) -> None:
    play = played(judgment("0302", last_service_on=day("0302"), outcomes=[outcome]))
    assert play.due("R17@forestry") == date(2026, 4, 17)


@pytest.mark.parametrize("outcome", ["dismissed", "rejected", "not_accepted", "withdrawn", "mediated"])
def test_dismissal_withdrawal_and_mediation_are_no_loss(outcome: str) -> None:
    play = played(judgment("0302", last_service_on=day("0302"), outcomes=[outcome]))
    assert play.state.duty("R17@forestry") is None
    assert play.state.duty("R16@forestry") is not None


def test_a_loss_in_part_is_a_loss() -> None:
    play = played(judgment("0302", last_service_on=day("0302"), outcomes=["dismissed", "partly_revoked"]))
    assert play.due("R17@forestry") == date(2026, 4, 17)


def test_an_unlawful_act_that_stands_is_no_loss_where_the_county_reads_it_so() -> None:
    toml = '[readings.stats]\nloss_outcomes = ["revoked", "partly_revoked"]\n'
    play = played(judgment("0302", last_service_on=day("0302"), outcomes=["confirmed_unlawful"]), toml)
    assert play.state.duty("R17@forestry") is None


def test_mediation_that_admits_fault_is_a_loss_only_where_the_county_reads_it_so() -> None:
    arrived = judgment("0302", document="mediation", outcomes=["mediated_at_fault"], last_service_on=day("0302"))
    assert played(arrived).state.duty("R17@forestry") is None
    play = played(arrived, '[readings.stats]\nloss_outcomes = ["revoked", "mediated_at_fault"]\n')
    # A 调解书 takes effect on service, 2 March; + 30 d = Wednesday 1 April.
    assert play.due("R17@forestry") == date(2026, 4, 1)


def test_a_ruling_is_a_loss_unless_only_judgments_are() -> None:
    arrived = judgment("0302", document="ruling", instance="second", last_service_on=day("0302"))
    assert played(arrived).due("R17@forestry") == date(2026, 4, 1)
    play = played(arrived, '[readings.stats]\nloss_documents = ["judgment"]\n')
    assert (play.state.duty("R17@forestry"), play.due("R16@forestry")) == (None, date(2026, 3, 11))


# ---- filing.types (A27) ----


@pytest.mark.parametrize("document", ["judgment", "ruling", "mediation"])
def test_every_type_of_document_is_filed(document: str) -> None:
    arrived = judgment("0302", document=document, instance="second", outcomes=["withdrawn"])
    # Effective on service on 2 March: 3 = 1, 4, 5, 6, 9, 10, Wed 11 = 7.
    assert played(arrived).due("R16@forestry") == date(2026, 3, 11)


def test_only_judgments_are_filed_where_the_county_reads_it_so() -> None:
    toml = '[readings.filing]\ntypes = ["judgment"]\n[readings.stats]\nloss_documents = ["judgment"]\n'
    play = played(judgment("0302", document="ruling", outcomes=["withdrawn"]), toml)
    assert play.state.duties == ()
    assert played(judgment("0302", instance="second"), toml).due("R16@forestry") == date(2026, 3, 11)


# ---- weekly.mode (A13) ----


CALENDAR_WEEK = '[readings.weekly]\nmode = "calendar_week"\n'


def test_weekly_reports_roll_on_from_the_day_of_receipt() -> None:
    play = played(served("mediation_letter", "0310"))
    assert dues(play, "R13") == [day("0317"), day("0324"), day("0331"), day("0407")]


def test_weekly_reports_of_calendar_weeks_are_due_on_the_last_working_day() -> None:
    # Fridays 13, 20, 27 March; Friday 3 April, as 4 and 5 April are off; 10 April is the window's own last day.
    play = played(served("mediation_letter", "0310"), CALENDAR_WEEK)
    assert dues(play, "R13") == [day("0313"), day("0320"), day("0327"), day("0403")]
    assert "本周最后一个工作日" in why(play, "R13.1@forestry")


def test_a_week_without_a_working_day_has_no_report_of_its_own() -> None:
    # 16 to 22 February 2026 are all off; Saturdays 14 and 28 February are at work. The window ends on 9 March.
    play = played(served("mediation_letter", "0209"), CALENDAR_WEEK)
    assert dues(play, "R13") == [day("0214"), day("0228"), day("0306")]
    assert play.duty("R13.3@forestry").covers == (day("0215"), day("0228"))


def test_a_week_that_works_only_on_its_weekend_is_due_on_that_sunday() -> None:
    # 29 September to 6 October 2023 are off, Saturday 7 and Sunday 8 October at work; the window ends on 26 October.
    play = played(served("mediation_letter", "2023-09-26"), CALENDAR_WEEK)
    assert dues(play, "R13") == [day(f"2023-{each}") for each in ("09-28", "10-08", "10-13", "10-20")]


def test_a_letter_received_on_the_last_working_day_owes_nothing_that_week() -> None:
    play = played(served("mediation_letter", "0313"), CALENDAR_WEEK)
    assert dues(play, "R13")[0] == date(2026, 3, 20)


# ---- notice.anchor, notice.report (A14) ----


@pytest.mark.parametrize(
    ("anchor", "materials", "due"),
    [
        # 12 March + 3 d = Sunday 15, so Monday 16.
        ("notice", "0316", "0316"),
        # 16 March + 3 d = Thursday 19.
        ("later_of_both", "0316", "0319"),
        # The materials were there first, so the notice is the later of the two.
        ("later_of_both", "0311", "0316"),
    ],
)
def test_three_days_count_from_the_paper_that_the_county_reads(anchor: str, materials: str, due: str) -> None:
    agencies = [{"agency": "forestry", "received_on": day("0312"), "materials_on": day(materials)}]
    arrived = letter("response_notice", "0316", agencies)
    play = played(arrived, f'[readings.notice]\nanchor = "{anchor}"\n')
    assert (play.due("R08a@forestry"), play.due("R08b@forestry")) == (day(due), day(due))


def test_materials_that_have_not_come_do_not_keep_the_three_days_waiting() -> None:
    play = played(served("response_notice", "0312"), '[readings.notice]\nanchor = "later_of_both"\n')
    assert play.due("R08a@forestry") == date(2026, 3, 16)


def test_materials_that_come_after_the_registration_move_the_three_days() -> None:
    play = played(served("response_notice", "0312"), '[readings.notice]\nanchor = "later_of_both"\n')
    play.record("correction", "0316", field="agencies.forestry.materials_on", value="2026-03-16")
    assert play.due("R08a@forestry") == date(2026, 3, 19)


def test_three_days_bind_the_report_to_the_leader_too() -> None:
    play = played(served("response_notice", "0312"))
    assert (play.due("R08b@forestry"), play.duty("R08b@forestry").soft) == (date(2026, 3, 16), False)
    assert play.light("R08b@forestry", "0317") is Light.RED


def test_a_soft_report_to_the_leader_is_only_ever_not_prompt() -> None:
    play = played(served("response_notice", "0312"), '[readings.notice]\nreport = "soft"\n[readings.soft]\nreply = 3\n')
    # Fri 13 = 1, Mon 16 = 2, Tue 17 = 3; the bureau is still told within the hard three days.
    assert (play.due("R08b@forestry"), play.due("R08a@forestry")) == (date(2026, 3, 17), date(2026, 3, 16))
    assert (play.light("R08b@forestry", "0318"), play.light("R08a@forestry", "0318")) == (Light.YELLOW, Light.RED)
    play.record("reported", "0318")
    duty = play.duty("R08b@forestry")
    assert (duty.state, duty.soft) == (DutyState.LATE, True)


# ---- soft.* (A15) ----


@pytest.mark.parametrize(
    ("received", "due", "by"),
    [
        ("0310 10:00", "0310", None),
        # Friday evening and Saturday: noon of Monday 9 March.
        ("0306 18:40", "0309", time(12)),
        ("0306 17:30", "0309", time(12)),
        ("0306 17:29", "0306", None),
        ("0307 10:00", "0309", time(12)),
        # Before the office opens it is still the same working day.
        ("0310 00:00", "0310", None),
    ],
)
def test_at_once_is_the_same_working_day_or_noon_of_the_next(received: str, due: str, by: time | None) -> None:
    play = played(letter("oral_notice", received))
    for key in ("R01@forestry", "R02@forestry"):
        duty = play.duty(key)
        assert (duty.due, duty.due_time, duty.soft) == (day(due), by, True)


def test_what_is_due_at_noon_is_too_late_after_noon() -> None:
    play = played(letter("oral_notice", "0306 18:40"))
    assert play.duty("R01@forestry").due_at == at("0309 12:00")


def test_at_once_can_be_a_county_s_next_working_day() -> None:
    # Friday 6 March + 1 wd = Monday 9 March, to its end.
    duty = played(letter("oral_notice", "0306 10:00"), "[readings.soft]\nimmediately = 1\n").duty("R01@forestry")
    assert (duty.due, duty.due_time) == (date(2026, 3, 9), None)


@pytest.mark.parametrize(("stage", "rule"), [("trial", "R09"), ("post", "R11")])
@pytest.mark.parametrize(
    ("toml", "due"),
    [("", "0311"), ("[readings.soft]\ntold = 3\n", "0313"), ("[readings.soft]\ntold = 0\n", "0310")],
)
def test_telling_during_or_after_trial_has_the_county_s_target(stage: str, rule: str, toml: str, due: str) -> None:
    play = played(letter("mediation_letter", "0310", stage=stage), toml)
    assert (play.due(f"{rule}-tell@forestry"), play.due(f"{rule}-report@forestry")) == (day(due), day(due))


@pytest.mark.parametrize(
    ("toml", "due"),
    # Feedback on Monday 16 March: Tue 17 = 1, Wed 18 = 2, Thu 19 = 3.
    [("", "0318"), ("[readings.soft]\nreply = 3\n", "0319"), ("[readings.soft]\nreply = 0\n", "0316")],
)
def test_the_answer_to_the_court_has_the_county_s_target(toml: str, due: str) -> None:
    play = played(letter("oral_notice", "0312"), toml)
    play.record("told", "0312")
    play.record("feedback", "0316")
    assert play.due("R04") == day(due)


@pytest.mark.parametrize(
    ("toml", "due"),
    [("", "0318"), ("[readings.soft]\nreply = 3\n", "0319"), ("[readings.soft]\nreply = 0\n", "0316")],
)
def test_the_extension_letter_has_the_county_s_target(toml: str, due: str) -> None:
    play = played(letter("mediation_letter", "0310"), toml)
    consents(play, "0316")
    assert play.due("R06.1") == day(due)


def test_the_extension_letter_is_never_due_after_the_old_expiry() -> None:
    # The last consent on Thursday 9 April + 2 wd = Monday 13 April, but the window ends on Friday 10 April.
    play = played(letter("mediation_letter", "0310"))
    consents(play, "0409")
    assert play.due("R06.1") == date(2026, 4, 10)


@pytest.mark.parametrize(
    ("toml", "due"),
    [
        # Report on Wednesday 1 April: 2 = 1, 3 = 2, Tue 7 = 3, 8, 9, 10 = 6, 13 = 7, 14, 15, Thu 16 = 10.
        ("", "0416"),
        # ... Thu 9 = 5.
        ("[readings.soft]\nreview = 5\n", "0409"),
    ],
)
def test_the_bureau_s_review_has_the_county_s_target(toml: str, due: str) -> None:
    play = played(judgment("0302", last_service_on=day("0302")), toml)
    play.record("loss_report", "0401")
    assert play.due("R18@forestry") == day(due)
    play.record("review", "0420")
    play.record("forwarded", "0420", to="county_government")
    # Done after its target it is 未及时; it never counts as 逾期.
    assert (play.duty("R18@forestry").state, play.duty("R18@forestry").soft) == (DutyState.LATE, True)


# ---- receipt.after_hours (A20) ----


@pytest.mark.parametrize(
    ("received", "actual", "deemed"),
    [
        # Friday 6 March evening: 6 April is off, so 7 April; deemed Monday 9 March: Thursday 9 April.
        ("0306 18:40", "0407", "0409"),
        ("0306 17:30", "0407", "0409"),
        ("0306 17:29", "0407", "0407"),
        # Saturday 7 March: Tuesday 7 April; deemed Monday 9 March.
        ("0307 09:00", "0407", "0409"),
        # In Shanghai it is Tuesday 10 March, before the office opens.
        ("0310 00:00", "0410", "0410"),
        # Saturday 28 February is at work; at 18:00 the next working day is Monday 2 March.
        ("0228 10:00", "0330", "0330"),
        ("0228 18:00", "0330", "0402"),
    ],
)
def test_a_receipt_after_hours_counts_on_its_own_day_or_on_the_next_working_day(
    received: str, actual: str, deemed: str
) -> None:
    assert played(letter("mediation_letter", received)).due("R05") == day(actual)
    assert played(letter("mediation_letter", received), DEEMED).due("R05") == day(deemed)


def test_the_agency_s_receipt_on_a_saturday_is_deemed_too() -> None:
    # Saturday 7 March + 5 d = Thursday 12 March; Monday 9 March + 5 d = Saturday 14, so Monday 16.
    for toml, due in (("", "0312"), (DEEMED, "0316")):
        play = played(letter("oral_notice", "0306"), toml)
        play.record("told", "0307")
        assert play.due("R03@forestry") == day(due)


def test_a_start_that_the_letter_states_is_not_deemed() -> None:
    play = played(letter("mediation_letter", "0307", window_start=day("0307")), DEEMED)
    assert play.due("R05") == date(2026, 4, 7)


# ---- compliance.moment (A25) ----


def test_a_result_posted_on_the_last_day_is_in_time_though_it_arrives_later() -> None:
    play = played(letter("mediation_letter", "0310"))
    play.record("result", "0410", "0413 16:00", copied_on=day("0410"), arrived_on=day("0413"))
    assert (play.duty("R07").state, play.duty("R07").satisfied_on) == (DutyState.DONE, date(2026, 4, 10))


def test_a_result_counts_on_arrival_where_the_county_reads_it_so() -> None:
    play = played(letter("mediation_letter", "0310"), ARRIVAL)
    play.record("result", "0410", "0413 16:00", copied_on=day("0410"), arrived_on=day("0413"))
    assert (play.duty("R07").state, play.duty("R07").satisfied_on) == (DutyState.LATE, date(2026, 4, 13))


def test_a_result_on_its_way_leaves_the_duty_open_until_it_has_arrived() -> None:
    play = played(letter("mediation_letter", "0310"), ARRIVAL)
    play.record("result", "0408", copied_on=day("0408"))
    assert (play.duty("R07").state, play.duty("R07").missing) == (DutyState.OPEN, ("arrived_on",))
    assert play.light("R07", "0411") is Light.RED


def test_the_arrival_of_a_result_can_be_entered_when_it_is_known() -> None:
    play = played(letter("mediation_letter", "0310"), ARRIVAL)
    sent = play.record("result", "0408", copied_on=day("0408"))
    play.record("correction", "0410", target=sent, field="arrived_on", value="2026-04-09")
    assert (play.duty("R07").state, play.duty("R07").satisfied_on) == (DutyState.DONE, date(2026, 4, 9))


@pytest.mark.parametrize(("toml", "late"), [("", False), (ARRIVAL, True)])
def test_an_extension_posted_before_the_expiry_is_late_only_if_arrival_counts(toml: str, late: bool) -> None:
    play = played(letter("mediation_letter", "0310"), toml)
    consents(play, "0409")
    play.record("extension", "0409", "0413 16:00", copied_on=day("0409"), arrived_on=day("0413"), months=1)
    assert play.state.window is not None
    assert (play.state.window.extensions[0].late, play.due("R05")) == (late, date(2026, 5, 11))
    assert play.duty("R07").missed == ((date(2026, 4, 10),) if late else ())


def test_feedback_to_the_bureau_counts_on_its_own_day_under_either_reading() -> None:
    for toml in ("", ARRIVAL):
        play = played(letter("oral_notice", "0312"), toml)
        play.record("told", "0312")
        play.record("feedback", "0317", "0318 09:00")
        assert play.duty("R03@forestry").state is DutyState.DONE


# ---- cutoff (A26) ----


def feedback_at(moment: str, toml: str) -> DutyState:
    play = played(letter("oral_notice", "0312"), toml)
    play.record("told", "0312")
    play.record("feedback", moment[:4], moment)
    return play.duty("R03@forestry").state


def test_the_due_date_ends_at_midnight() -> None:
    assert feedback_at("0317 23:59", "") is DutyState.DONE
    assert feedback_at("0318 00:00", "") is DutyState.LATE


def test_the_due_date_ends_at_the_close_of_business_where_the_county_reads_it_so() -> None:
    assert feedback_at("0317 17:29", CLOSE) is DutyState.DONE
    assert feedback_at("0317 17:30", CLOSE) is DutyState.LATE
    assert feedback_at("0316 22:00", CLOSE) is DutyState.DONE


@pytest.mark.parametrize(("toml", "red_from"), [("", "0318 00:00"), (CLOSE, "0317 17:30")])
def test_the_lamp_turns_red_at_the_cut_off(toml: str, red_from: str) -> None:
    play = played(letter("oral_notice", "0312"), toml)
    play.record("told", "0312")
    duty = play.duty("R03@forestry")
    assert duty.due_at == at(red_from)
    assert play.light("R03@forestry", "0317 17:29") is Light.YELLOW
    assert play.light("R03@forestry", red_from) is Light.RED


def test_the_cut_off_is_the_county_s_own_close_of_business() -> None:
    book = county(CLOSE + '[office]\ncloses = "17:00"\n')
    play = Play(letter("oral_notice", "0312"), book=book)
    play.record("told", "0312")
    assert play.duty("R03@forestry").due_at == at("0317 17:00")


@pytest.mark.parametrize("toml", ["", CLOSE])
def test_a_head_who_appeared_was_in_time_whenever_that_was_recorded(toml: str) -> None:
    arrived = letter("appearance_notice", "0310", hearing_at=at("0325 09:00"))
    play = played(arrived, toml)
    play.record("heard", "0325", "0325 18:30", appeared="head", spoke=True)
    assert play.duty("R12a@forestry").state is DutyState.DONE


# ---- feedback.superseded (A21) ----


def with_letter(toml: str, told: str = "0312", other: str = "0313") -> Play:
    play = played(letter("oral_notice", "0312"), toml)
    play.record("told", told)
    beside(play, other)
    return play


def test_feedback_is_still_due_when_a_mediation_letter_follows() -> None:
    play = with_letter("")
    assert (play.duty("R03@forestry").state, play.due("R03@forestry")) == (DutyState.OPEN, date(2026, 3, 17))


def test_a_mediation_letter_replaces_the_feedback_where_the_county_reads_it_so() -> None:
    duty = with_letter("[readings.feedback]\nsuperseded = true\n").duty("R03@forestry")
    assert (duty.state, duty.ended_on, duty.ended_by) == (DutyState.CANCELLED, date(2026, 3, 13), "other_letter")


def test_a_mediation_letter_after_the_five_days_does_not_heal_missed_feedback() -> None:
    play = with_letter("[readings.feedback]\nsuperseded = true\n", other="0318")
    assert play.duty("R03@forestry").state is DutyState.MISSED


def test_feedback_given_before_the_letter_counts_as_the_first_week_s_progress() -> None:
    play = played(letter("oral_notice", "0310"))
    play.record("told", "0310")
    play.record("feedback", "0313")
    play = play.at(play.arrive(served("mediation_letter", "0316")))
    first, second = play.duty("R13.1@forestry"), play.duty("R13.2@forestry")
    assert (first.state, first.satisfied_on, first.due) == (DutyState.DONE, date(2026, 3, 13), date(2026, 3, 23))
    assert second.state is DutyState.OPEN


# ---- second letter of a matter (A24) ----


def test_the_later_window_of_the_matter_governs_the_result() -> None:
    play = played(letter("mediation_letter", "0310"))
    beside(play, "0320", "0420")
    assert (play.due("R05"), play.due("R07")) == (date(2026, 4, 10), date(2026, 4, 20))


def test_an_other_window_that_moved_back_no_longer_governs_by_its_former_expiry() -> None:
    play = played(letter("mediation_letter", "0310"))
    other = play.at(beside(play, "0320", "0520"))
    assert other.due("R07") == date(2026, 5, 20)
    other.record("correction", "0323", field="window_end", value="2026-04-20")
    assert other.at(play.letter_id).due("R07") == date(2026, 4, 20)


# ---- cancel.withdrawal (A28) ----


def test_a_withdrawal_ends_the_reports_but_not_the_result_letter() -> None:
    play = played(served("mediation_letter", "0310"))
    play.record("progress", "0317")
    play.record("withdrawal", "0320")
    assert (play.duty("R05").state, play.duty("R05").ended_by) == (DutyState.CANCELLED, "withdrawal")
    assert play.duty("R13.2@forestry").state is DutyState.CANCELLED
    assert (play.duty("R07").state, play.due("R07")) == (DutyState.OPEN, date(2026, 4, 10))
    play.record("result", "0325", outcome="withdrawn", agreement="", copied_on=day("0325"))
    assert play.duty("R07").state is DutyState.DONE


def test_a_withdrawal_ends_the_result_letter_too_where_the_county_reads_it_so() -> None:
    play = played(served("mediation_letter", "0310"), ALL_CANCEL)
    play.record("progress", "0317")
    play.record("withdrawal", "0320")
    duty = play.duty("R07")
    assert (duty.state, duty.ended_on, duty.ended_by) == (DutyState.CANCELLED, date(2026, 3, 20), "withdrawal")
    # Nothing is left to do, so the letter is closed at the very hour.
    assert play.state.closed_at == at("0320 16:00")


@pytest.mark.parametrize("toml", ["", ALL_CANCEL])
def test_a_withdrawal_ends_the_feedback_on_an_oral_notice(toml: str) -> None:
    play = played(letter("oral_notice", "0312"), toml)
    play.record("told", "0312")
    play.record("withdrawal", "0313")
    assert play.duty("R03@forestry").state is DutyState.CANCELLED


def test_the_ruling_that_permits_the_withdrawal_is_still_filed() -> None:
    arrived = judgment("0302", document="ruling", outcomes=["withdrawn"])
    play = played(arrived)
    play.record("withdrawal", "0303")
    assert (play.duty("R16@forestry").state, play.due("R16@forestry")) == (DutyState.OPEN, date(2026, 3, 11))
    everything = played(arrived, ALL_CANCEL)
    everything.record("withdrawal", "0303")
    assert everything.duty("R16@forestry").state is DutyState.CANCELLED


# ---- case fields: several defendants (A22), the county government (A19) ----


SEVERAL = [
    {"agency": "forestry", "received_on": date(2026, 3, 10)},
    {"agency": "transport", "received_on": date(2026, 3, 12)},
]


def test_several_agencies_share_one_window_and_owe_their_own_reports() -> None:
    play = played(letter("mediation_letter", "0312", SEVERAL))
    assert dues(play, "R05") == [date(2026, 4, 13)]
    assert dues(play, "R07") == [date(2026, 4, 13)]
    # 10 March + 7, 14, 21, 28 d; 12 March + 7, 14, 21, 28 d.
    assert play.due("R13.4@forestry") == date(2026, 4, 7)
    assert play.due("R13.4@transport") == date(2026, 4, 9)


def test_the_lead_alone_owes_reports_where_the_case_says_so() -> None:
    play = played(letter("mediation_letter", "0312", SEVERAL, duties_for="lead", lead_agency="transport"))
    assert {duty.agency for duty in play.state.duties if duty.agency} == {"transport"}
    # The consent of the other defendant is still needed: it is a party (A09).
    assert play.state.window is not None
    assert play.state.window.parties == ("forestry", "transport", "陈某")


def test_each_agency_s_feedback_counts_from_its_own_receipt() -> None:
    play = played(letter("oral_notice", "0312", SEVERAL))
    # 10 March + 5 d = Sunday 15, so Monday 16; 12 March + 5 d = Tuesday 17.
    assert (play.due("R03@forestry"), play.due("R03@transport")) == (date(2026, 3, 16), date(2026, 3, 17))
    play.record("feedback", "0316", agency="forestry")
    assert (play.duty("R03@forestry").state, play.duty("R03@transport").state) == (DutyState.DONE, DutyState.OPEN)


def test_one_joint_result_serves_all_agencies() -> None:
    play = played(letter("mediation_letter", "0312", SEVERAL))
    play.record("result", "0330", agency="transport", copied_on=day("0330"))
    assert [duty.key for duty in play.state.duties if duty.rule == "R07"] == ["R07"]
    assert (play.duty("R07").state, play.duty("R05").state) == (DutyState.DONE, DutyState.DONE)


def test_separate_results_close_the_window_with_the_last_of_them() -> None:
    play = played(letter("mediation_letter", "0312", SEVERAL, joint_result=False))
    play.record("result", "0330", agency="forestry", copied_on=day("0330"))
    assert (play.duty("R07@forestry").state, play.duty("R07@transport").state) == (DutyState.DONE, DutyState.OPEN)
    assert play.duty("R05").state is DutyState.OPEN
    play.record("result", "0402", agency="transport", copied_on=day("0402"))
    assert (play.duty("R05").state, play.duty("R05").satisfied_on) == (DutyState.DONE, date(2026, 4, 2))


def test_the_county_government_appears_by_its_vice_head_and_the_lead_s_head() -> None:
    arrived = letter(
        "appearance_notice", "0312", SEVERAL, hearing_at=at("0325 09:00"), county_government=True,
        lead_agency="transport",
    )  # fmt: skip
    play = played(arrived)
    appearances = {duty.key: duty.obligor for duty in play.state.duties if duty.rule == "R12a"}
    assert appearances == {"R12a@transport": "agency", "R12a.leader": "county_leader"}
    play.record("heard", "0325", agency="transport", appeared="head")
    assert play.duty("R12a.leader").state is DutyState.OPEN
    play.record("heard", "0325", agency="transport", appeared="county_leader")
    assert play.duty("R12a.leader").state is DutyState.DONE


def test_no_notice_about_the_county_leader_goes_to_the_county_leader_by_itself() -> None:
    arrived = letter("appearance_notice", "0312", hearing_at=at("0325 09:00"), county_government=True)
    play = played(arrived)
    play.wait("0410")
    sent = {notice.to for notice in play.notices if not notice.draft}
    assert sent == {"agency:forestry", "bureau"}


def test_every_reading_keeps_the_letter_under_the_rulebook_it_came_with() -> None:
    shipped, own = played(letter("oral_notice", "0312")), played(letter("oral_notice", "0312"), WORKING)
    assert shipped.state.rulebook == county().version
    assert own.state.rulebook == county(WORKING).version != shipped.state.rulebook
