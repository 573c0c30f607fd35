"""上诉状副本: the fifteen days for the answer in second instance (D-08), which no county's reading touches."""

import pytest

from rules.accept.events import check_event
from rules.accept.rulebook import read_rulebook
from rules.dossier.case import case_file
from rules.duties.duty import DutyState
from rules.errors import Refused, RulebookRefused
from rules.letters.cases import Proceeding
from rules.letters.events import Entry
from tests.rules.builders import BOOK, Play, at, day, event, letter, worded
from tests.rules.reading_cases import HEAD, judgment, played, served, why
from tests.rules.test_ladder import rungs

BOTH = [{"agency": "forestry", "received_on": day("0310")}, {"agency": "transport", "received_on": day("0312")}]
OWN = "D-08@forestry"


@pytest.mark.parametrize(
    ("received", "nominal", "due"),
    [
        ("0310", "0325", "0325"),
        # Saturday, so Monday.
        ("0306", "0321", "0323"),
        # The second day of the Spring Festival of 2026, 15 to 23 February.
        ("0202", "0217", "0224"),
        # Saturday, 28 February is worked for the Spring Festival.
        ("0213", "0228", "0228"),
        # 劳动节, 1 to 5 May.
        ("0416", "0501", "0506"),
    ],
)
def test_fifteen_days_from_the_agency_s_own_receipt(received: str, nominal: str, due: str) -> None:
    duty = Play(served("appeal_copy", received)).duty(OWN)
    assert (duty.state, duty.nominal, duty.due) == (DutyState.OPEN, day(nominal), day(due))


def test_it_is_counted_from_what_the_agency_received_and_not_from_the_bureau() -> None:
    play = Play(letter("appeal_copy", "0316", BOTH))
    assert (play.due(OWN), play.due("D-08@transport")) == (day("0325"), day("0327"))
    play.record("answered", "0325", agency="forestry")
    play.record("answered", "0330", agency="transport")
    assert (play.states()[OWN], play.states()["D-08@transport"]) == ("done", "late")


@pytest.mark.parametrize(
    "toml",
    [
        '[readings.rule]\nroll = "none"\n',
        '[readings.rule]\nunit = "working_day"\n',
        '[readings.receipt]\nafter_hours = "next_working_day"\n',
        '[readings.compliance]\nmoment = "arrival"\n',
    ],
)
def test_no_reading_of_the_county_s_notice_touches_a_period_of_national_law(toml: str) -> None:
    # Saturday 7 March + 15 d = Sunday 22 March, so Monday.
    play = played(served("appeal_copy", "0309", by_agency="0307"), toml)
    assert (play.duty(OWN).nominal, play.due(OWN)) == (day("0322"), day("0323"))
    play.record("answered", "0323")
    assert play.states()[OWN] == "done"


def test_its_reckoning_cites_the_interpretation_and_not_the_notice() -> None:
    play = Play(served("appeal_copy", "0202"))
    assert why(play, OWN) == (
        "自2026-02-02（收到上诉状副本之日）次日起算15日，至2026-02-17（周二），因春节放假顺延至2026-02-24（周二）"
        "（依据法释〔2018〕1号第一百零八条第二款）。"
    )
    assert (BOOK.document_of("D-08"), BOOK.document_of("R03")) == ("", "武政办〔2023〕47号")


def test_it_is_reminded_of_and_goes_up_like_what_the_court_waits_for() -> None:
    assert rungs(Play(served("appeal_copy", "0310")), OWN, "0327") == [
        "0310 trigger obligor",
        "0318 T-5 obligor",
        "0323 T-2 obligor",
        "0324 T-1 obligor",
        "0325 T obligor",
        "0326 T+1 bureau_leader", "0326 T+1 clerk", "0326 T+1 obligor",
        "0327 T+2 draft:leader",
    ]  # fmt: skip


def test_people_read_which_paper_came_and_what_is_owed() -> None:
    play = Play(served("appeal_copy", "0310", title="林权登记"))
    (notice,) = play.told("agency:forestry")
    said = worded(play, notice, {"forestry": "县林业局"})
    assert "案件 2026-017 林权登记（武平县人民法院上诉状副本）：" in said.body
    assert "提交二审答辩状" in said.body and "2026-03-25" in said.body


@pytest.mark.parametrize("ending", ["recall", "withdrawal", "judgment_given"])
def test_nothing_is_owed_once_the_appeal_is_gone_or_decided(ending: str) -> None:
    play = Play(served("appeal_copy", "0310"))
    play.record(ending, "0318")
    assert (play.states()[OWN], play.duty(OWN).ended_by) == ("cancelled", ending)
    assert play.closed() == at("0318 16:00")
    late = Play(served("appeal_copy", "0310"))
    late.record(ending, "0401")
    assert late.states()[OWN] == "missed"


def test_the_second_instance_has_begun_with_it_and_the_first_judgment_is_not_its_end() -> None:
    play = Play(judgment("0305", judged_on=day("0226")))
    play = play.at(play.arrive(served("appeal_copy", "0316", by_agency="0313")))
    assert play.states()[OWN] == "open"
    case = case_file(play.dossier)
    first, second = case.instances
    assert first.concluded is not None and second.begun is not None
    assert (second.proceeding, second.begun.on, second.concluded) == (Proceeding.SECOND, day("0313"), None)
    assert case.under_way
    play.arrive(judgment("0520", instance="second", judged_on=day("0518"), outcomes=["dismissed"]))
    assert (play.states()[OWN], play.duty(OWN).ended_on) == ("missed", day("0518"))


@pytest.mark.parametrize(
    ("on", "fields", "expected"),
    [
        ("0309", {"agency": "forestry"}, ("on", "before_letter")),
        # The second agency was served two days later.
        ("0311", {"agency": "transport"}, ("on", "before_letter")),
        ("0320", {}, ("agency", "which_agency")),
        ("0320", {"agency": "water"}, ("agency", "agency_not_in_letter")),
        ("0331", {"agency": "forestry"}, ("on", "in_future")),
    ],
)
def test_an_answer_that_can_not_be(on: str, fields: dict[str, str], expected: tuple[str, str]) -> None:
    play = Play(letter("appeal_copy", "0316", BOTH))
    entry = Entry(id="e1", letter=play.letter_id, event=event("answered", on, **fields), at=at("0330"), by="wang")
    with pytest.raises(Refused) as caught:
        check_event(play.state, entry)
    assert (caught.value.field, caught.value.key) == expected


def test_a_paper_of_another_kind_is_no_answer() -> None:
    play = Play(served("appeal_copy", "0310"))
    with pytest.raises(Refused) as caught:
        play.record("feedback", "0312")
    assert (caught.value.field, caught.value.key) == ("event", "event_unknown")


@pytest.mark.parametrize(
    "line", ["short = true", 'soft_if = { reading = "notice.report", value = "soft", target = "reply" }']
)
def test_a_rule_of_national_law_hangs_on_no_reading(line: str) -> None:
    with pytest.raises(RulebookRefused) as caught:
        read_rulebook(f"{HEAD}[rules.D-08]\n{line}\n", "test")
    assert caught.value.field == "test:rules.D-08.national"
