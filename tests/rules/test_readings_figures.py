"""The dates that hang on no letter, and what the figures suggest: readings A16, A17 and A18."""

from datetime import date
from decimal import Decimal

import pytest
from pydantic import ValidationError

from rules.counting.calendar import shipped_calendar
from rules.counting.sheet import sheet
from rules.duties.periodic import Quarter, circular_due, training_of
from rules.figures.proposals import (
    Figures,
    Ratio,
    SentReminder,
    Standing,
    TalkProposal,
    reminder_proposals,
    standings,
    talk_proposal,
)
from tests.rules.reading_cases import county

CALENDAR = shipped_calendar()
Q1 = Quarter(2026, 1)


# ---- quarters ----


def test_a_quarter_knows_its_days_and_neighbours() -> None:
    assert [Quarter.of(date(2026, month, 1)).number for month in range(1, 13)] == [1, 1, 1, 2, 2, 2, 3, 3, 3, 4, 4, 4]
    assert (Q1.first, Q1.last) == (date(2026, 1, 1), date(2026, 3, 31))
    assert Quarter(2025, 4).last == date(2025, 12, 31)
    assert (Q1.shift(-1), Q1.shift(-4), Q1.shift(3), Q1.shift(4)) == ((2025, 4), (2025, 1), (2026, 4), (2027, 1))


# ---- circular.offset (A16) ----


@pytest.mark.parametrize(
    ("offset", "quarter", "due"),
    [
        # April 2026: 1 = 1, 2 = 2, 3 = 3, (4 to 6 off) 7 = 4, 8, 9, 10 = 7, 13 = 8, 14 = 9, Wed 15 = 10.
        ("working_day_10", (2026, 1), "2026-04-15"),
        # October 2023 begins with a break; Sat 7 = 1, Sun 8 = 2, 9 to 13 = 7, 16 = 8, 17 = 9, Wed 18 = 10.
        ("working_day_10", (2023, 3), "2023-10-18"),
        # 15 July 2023 is a Saturday, so Monday 17.
        ("day_15", (2023, 2), "2023-07-17"),
        ("day_15", (2026, 1), "2026-04-15"),
        # The month after the second quarter has 31 days: Friday 31 July, not 30.
        ("month_end", (2026, 2), "2026-07-31"),
        # 31 January 2025 lies in the spring festival, 28 January to 4 February, so Wednesday 5 February.
        ("month_end", (2024, 4), "2025-02-05"),
        # 31 October 2026 is a Saturday, so Monday 2 November.
        ("month_end", (2026, 3), "2026-11-02"),
    ],
)
def test_the_circular_is_due_when_the_county_reads_it(offset: str, quarter: tuple[int, int], due: str) -> None:
    reckoning = circular_due(Quarter(*quarter), county(f'[readings.circular]\noffset = "{offset}"\n'), CALENDAR)
    assert (reckoning.due, reckoning.provisional) == (date.fromisoformat(due), False)
    assert reckoning.anchor == Quarter(*quarter).last


def test_the_circular_is_due_on_the_tenth_working_day_by_default() -> None:
    reckoning = circular_due(Q1, county(), CALENDAR)
    assert reckoning.due == date(2026, 4, 15)
    # 4, 5, 6, 11 and 12 April are passed over.
    assert sheet(reckoning).sentence() == (
        "自2026-03-31（季度末日）次日起算10个工作日，至2026-04-15（周三），其间不计休息日5天（依据第五部分第三款）。"
    )


def test_the_circular_stays_on_a_day_off_where_nothing_rolls() -> None:
    book = county('[readings.circular]\noffset = "month_end"\n[readings.rule]\nroll = "none"\n')
    assert circular_due(Quarter(2026, 3), book, CALENDAR).due == date(2026, 10, 31)


def test_the_circular_of_the_fourth_quarter_is_provisional_until_the_notice_is_out() -> None:
    # January 2027: 1 is off, 4 to 8 = 5, 11 to 15 = 10.
    reckoning = circular_due(Quarter(2026, 4), county(), CALENDAR)
    assert (reckoning.due, reckoning.provisional) == (date(2027, 1, 15), True)


# ---- R23 ----


@pytest.mark.parametrize(
    ("year", "checks"),
    [
        # 29 September 2023 is off as well.
        (2023, ("2023-09-28", "2023-12-01")),
        # 1 December 2024 is a Sunday.
        (2024, ("2024-09-30", "2024-11-29")),
        (2026, ("2026-09-30", "2026-12-01")),
    ],
)
def test_the_year_s_training_is_asked_for_on_working_days(year: int, checks: tuple[str, str]) -> None:
    training = training_of(year, county(), CALENDAR)
    assert training.checks == tuple(date.fromisoformat(check) for check in checks)
    assert training.due.due == date(year, 12, 31)


def test_the_year_s_training_does_not_roll_into_the_next_year() -> None:
    # 31 December 2023 is a Sunday.
    training = training_of(2023, county(), CALENDAR)
    assert training.due.due == date(2023, 12, 31)
    assert sheet(training.due).sentence() == "按年末确定为2023-12-31（周日）（依据第三部分）。"


# ---- rates ----


@pytest.mark.parametrize(
    ("numerator", "denominator", "percent"),
    [(690, 694, "99.42"), (20, 452, "4.42"), (1, 800, "0.13"), (9, 13, "69.23"), (0, 5, "0.00")],
)
def test_a_rate_is_rounded_half_up_to_two_places(numerator: int, denominator: int, percent: str) -> None:
    assert Ratio(numerator, denominator).percent == Decimal(percent)


def test_nothing_over_nothing_is_no_rate_and_meets_no_line() -> None:
    nothing = Ratio(0, 0)
    assert nothing.percent is None
    assert not nothing.reaches(Decimal("0.01"))
    assert not nothing.exceeds(Ratio(0, 5))
    assert not Ratio(1, 5).exceeds(nothing)


# ---- reminder.* (A17) ----


def year(agency: str, cases: int, concluded: int, lost: int) -> Figures:
    return Figures(agency=agency, quarter=Q1, cases=cases, concluded=concluded, lost=lost)


def proposed(figures: list[Figures], toml: str = "", last: Quarter = Q1) -> dict[str, tuple[str, ...]]:
    found = reminder_proposals(figures, last, county(toml).readings)
    return {standing.agency: standing.grounds for standing in found}


NO_TOP = "[readings.reminder]\ntop = 0\n"


def test_a_loss_rate_at_the_line_is_proposed_and_one_just_below_is_not() -> None:
    # 3 of 20 is 15 % exactly; 2999 of 20000 would be shown as 15.00 % and is below it.
    figures = [year("at", 20, 20, 3), year("below", 30000, 20000, 2999), year("none", 20, 20, 0)]
    assert proposed(figures, NO_TOP) == {"at": ("loss_rate",)}


def test_a_line_that_is_no_binary_fraction_is_met_exactly() -> None:
    # 7 of 100 is 7 %; in floating point 0.07 * 100 is 7.000000000000001.
    assert proposed([year("aa", 9, 100, 7)], NO_TOP + "loss_rate = 0.07\n") == {"aa": ("loss_rate",)}


def test_two_concluded_cases_are_too_few_for_a_rate() -> None:
    figures = [year("two", 2, 2, 2), year("three", 3, 3, 1), year("pending", 9, 0, 0)]
    assert proposed(figures, NO_TOP) == {"three": ("loss_rate",)}
    assert proposed(figures, NO_TOP + "min_cases = 2\n") == {"three": ("loss_rate",), "two": ("loss_rate",)}


def test_the_line_is_the_county_s_own() -> None:
    # 象山县 draws it at 8 %: 2 of 25 is 8 %.
    assert proposed([year("aa", 25, 25, 2)], NO_TOP) == {}
    assert proposed([year("aa", 25, 25, 2)], NO_TOP + "loss_rate = 0.08\n") == {"aa": ("loss_rate",)}


def test_above_the_county_average_is_above_and_not_at_it() -> None:
    # The county lost 6 of 60, 10 %: `high` 4 of 20, `same` 2 of 20, `low` none of 20.
    figures = [year("high", 20, 20, 4), year("same", 20, 20, 2), year("low", 20, 20, 0)]
    toml = NO_TOP + 'line = "county_average"\n'
    assert proposed(figures, toml) == {"high": ("loss_rate",)}
    assert [(each.agency, each.line) for each in standings(figures, Q1, county(toml).readings)] == [
        ("high", Decimal("10.00")), ("low", Decimal("10.00")), ("same", Decimal("10.00")),
    ]  # fmt: skip


def test_a_county_without_a_concluded_case_has_no_average() -> None:
    figures = [year("aa", 5, 0, 0)]
    toml = NO_TOP + 'line = "county_average"\n'
    assert proposed(figures, toml) == {}
    assert standings(figures, Q1, county(toml).readings)[0].line is None


def test_the_three_agencies_with_the_most_cases_are_proposed() -> None:
    figures = [year("aa", 9, 0, 0), year("bb", 7, 0, 0), year("cc", 5, 0, 0), year("dd", 4, 0, 0)]
    assert proposed(figures) == {"aa": ("many_cases",), "bb": ("many_cases",), "cc": ("many_cases",)}
    assert proposed(figures, "[readings.reminder]\ntop = 1\n") == {"aa": ("many_cases",)}


def test_all_who_share_the_last_place_are_in() -> None:
    figures = [year("aa", 9, 0, 0), year("bb", 5, 0, 0), year("cc", 5, 0, 0), year("dd", 5, 0, 0), year("ee", 4, 0, 0)]
    assert list(proposed(figures, "[readings.reminder]\ntop = 2\n")) == ["aa", "bb", "cc", "dd"]


def test_an_agency_without_cases_is_never_among_the_most_sued() -> None:
    assert proposed([year("aa", 2, 0, 0), year("bb", 0, 0, 0)]) == {"aa": ("many_cases",)}


def test_both_grounds_are_carried_with_their_evidence() -> None:
    (standing,) = reminder_proposals([year("aa", 12, 8, 3)], Q1, county().readings)
    assert standing == Standing(
        agency="aa", first=Quarter(2025, 2), last=Q1, cases=12, loss=Ratio(3, 8), line=Decimal(15), rank=1,
        grounds=("loss_rate", "many_cases"),
    )  # fmt: skip
    assert standing.loss.percent == Decimal("37.50")


def test_the_rate_is_taken_over_four_quarters_and_no_older_one() -> None:
    def quarter(back: int, concluded: int, lost: int) -> Figures:
        return Figures(agency="aa", quarter=Q1.shift(-back), cases=1, concluded=concluded, lost=lost)

    # Of the last four quarters 1 of 8 is lost, 12.5 %; a fifth with 4 of 4 would make it 5 of 12.
    figures = [quarter(0, 2, 0), quarter(1, 2, 1), quarter(2, 2, 0), quarter(3, 2, 0), quarter(4, 4, 4)]
    assert proposed(figures, NO_TOP) == {}
    assert proposed(figures, NO_TOP + "quarters = 5\n") == {"aa": ("loss_rate",)}
    # What comes after the last quarter asked for is not counted either.
    assert proposed([*figures, quarter(-1, 9, 9)], NO_TOP) == {}


def test_more_lost_than_concluded_is_refused() -> None:
    with pytest.raises(ValidationError, match="lost: can't be more than concluded"):
        year("aa", 5, 2, 3)


# ---- talk.* (A18) ----

SENT = SentReminder(agency="aa", number="武司函〔2026〕2号", received_on=date(2026, 4, 20))
BAD = [Figures(agency="aa", quarter=quarter, cases=4, concluded=4, lost=2) for quarter in (Quarter(2025, 4), Q1)]


def talk(
    sent: SentReminder = SENT,
    figures: list[Figures] | None = None,
    today: date = date(2026, 5, 8),
    toml: str = "",
    last: Quarter = Q1,
) -> TalkProposal | None:
    return talk_proposal(sent, BAD if figures is None else figures, last, today, county(toml).readings, CALENDAR)


def test_a_talk_is_proposed_when_both_limbs_hold() -> None:
    # Received on Monday 20 April: 21 = 1, 22, 23, 24 = 4, 27 = 5, 28, 29, 30 = 8, (1 to 5 May off) 6 = 9, Thu 7 = 10.
    proposal = talk()
    assert proposal is not None
    assert (proposal.reply.due, proposal.reminder.number) == (date(2026, 5, 7), "武司函〔2026〕2号")
    assert [(each.last, each.loss) for each in proposal.standings] == [
        (Quarter(2025, 4), Ratio(2, 4)),
        (Q1, Ratio(4, 8)),
    ]
    assert "自2026-04-20（涉诉行政机关收到之日）次日起算10个工作日，至2026-05-07" in proposal.reply.sentence()


def test_no_talk_is_proposed_while_the_reply_can_still_come() -> None:
    assert talk(today=date(2026, 5, 7)) is None
    assert talk(today=date(2026, 5, 8)) is not None


def test_an_acceptable_reply_in_time_ends_the_first_limb() -> None:
    assert talk(SENT.model_copy(update={"accepted_on": date(2026, 5, 7)})) is None


def test_an_acceptable_reply_after_ten_working_days_leaves_the_first_limb_and_is_shown() -> None:
    late = SENT.model_copy(update={"accepted_on": date(2026, 5, 8)})
    proposal = talk(late, today=date(2026, 5, 11))
    assert proposal is not None
    assert proposal.reminder.accepted_on == date(2026, 5, 8)


def test_one_quarter_above_the_line_is_not_persistent() -> None:
    before = Figures(agency="aa", quarter=Quarter(2025, 4), cases=9, concluded=20, lost=0)
    now = Figures(agency="aa", quarter=Q1, cases=9, concluded=8, lost=6)
    # At the end of 2025 none of 20, at the end of March 6 of 28, 21 %.
    assert list(proposed([before, now], NO_TOP)) == ["aa"]
    assert talk(figures=[before, now]) is None
    assert talk(figures=[before, now], toml="[readings.talk]\nquarters = 1\n") is not None


def test_the_run_of_quarters_must_reach_the_last_one() -> None:
    mended = Figures(agency="aa", quarter=Quarter(2026, 2), cases=9, concluded=60, lost=0)
    # 4 of 68 is below the line, however bad the quarters before were.
    assert talk(figures=[*BAD, mended], last=Quarter(2026, 2), today=date(2026, 7, 20)) is None


def test_many_cases_alone_never_propose_a_talk() -> None:
    sued = [Figures(agency="aa", quarter=each.quarter, cases=90, concluded=9, lost=0) for each in BAD]
    assert list(proposed(sued)) == ["aa"]
    assert talk(figures=sued) is None


def test_another_agency_s_losses_propose_nothing() -> None:
    others = [each.model_copy(update={"agency": "bb"}) for each in BAD]
    assert talk(figures=others) is None
    assert talk(figures=[]) is None


def test_the_time_for_a_reply_is_the_county_s_own() -> None:
    # 5 wd after 20 April: Monday 27 April.
    proposal = talk(today=date(2026, 4, 28), toml="[readings.talk]\nreply_working_days = 5\n")
    assert proposal is not None
    assert proposal.reply.due == date(2026, 4, 27)


def test_at_discretion_nothing_is_ever_proposed() -> None:
    assert talk(toml='[readings.talk]\nmode = "discretion"\n') is None
