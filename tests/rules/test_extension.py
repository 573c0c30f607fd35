"""延长: R06, and what an extension does to the window. The window of these letters ends on 2026-04-10, a Friday."""

from typing import Any

import pytest

from rules.duties.duty import DutyState
from tests.rules.builders import TWO, Play, day, entrusted


def extended(play: Play, on: str, *, round: int = 1, **fields: Any) -> None:
    """Let every party consent, and record the letter with its copy, all on one day."""
    for party in play.window.parties:
        play.record("consent", on, party=party, round=round)
    if round > 1:
        play.record("extension_approved", on, by="zhao", round=round)
    given: dict[str, Any] = {"months": 1, "copied_on": day(on)} | fields
    play.record("extension", on, round=round, **given)


def test_all_three_parts_together_move_the_window_from_its_nominal_end() -> None:
    play = entrusted()
    play.record("consent", "0401", party="陈某")
    assert play.lacks() == ("consent:forestry", "extension_letter", "copy")
    play.record("consent", "0402", party="forestry")
    assert play.lacks() == ("extension_letter", "copy")
    play.record("extension", "0403", months=1)
    assert play.lacks() == ("copy",)
    assert (play.window.due, play.due("R07")) == (day("0410"), day("0410"))
    play.record("copied", "0408", of="extension")
    assert play.lacks() == ()
    assert (play.window.nominal, play.window.due, play.due("R07")) == (day("0510"), day("0511"), day("0511"))
    (extension,) = play.window.extensions
    assert (extension.takes_effect_on, extension.late, extension.old_due) == (day("0408"), False, day("0410"))


def test_any_part_missing_leaves_the_old_expiry_standing() -> None:
    def record(part: str) -> None:
        kind, _, party = part.partition(":")
        if kind == "consent":
            play.record("consent", "0401", party=party)
        elif kind == "extension_letter":
            play.record("extension", "0401", months=1)
        else:
            play.record("copied", "0401", "0401 17:00", of="extension")

    parts = ("consent:陈某", "consent:forestry", "extension_letter", "copy")
    for missing in parts:
        play = entrusted()
        for part in parts:
            # Without the letter there is nothing to copy.
            if part != missing and not (part == "copy" and missing == "extension_letter"):
                record(part)
        assert missing in play.lacks()
        assert play.due("R07") == day("0410")


def test_a_third_party_already_notified_must_consent_too() -> None:
    parties = [
        {"role": "plaintiff", "name": "陈某"},
        {"role": "third_party", "name": "林某"},
        {"role": "third_party", "name": "周某", "notified": False},
    ]
    play = entrusted(agencies=TWO, parties=parties)
    assert play.window.parties == ("forestry", "transport", "陈某", "林某")
    for party in ("forestry", "transport", "陈某"):
        play.record("consent", "0401", party=party)
    play.record("extension", "0401", months=1, copied_on=day("0401"))
    assert play.lacks() == ("consent:林某",)
    play.record("consent", "0402", party="林某", form="oral")
    assert play.due("R07") == day("0511")


@pytest.mark.parametrize(
    ("length", "nominal", "due"),
    [
        ({"months": None, "new_end": day("0425")}, "0425", "0427"),
        ({"months": None, "days": 15}, "0425", "0427"),
        ({"months": 2}, "0610", "0610"),
    ],
)
def test_a_written_end_prevails_and_a_length_counts_from_the_nominal_end(
    length: dict[str, Any], nominal: str, due: str
) -> None:
    play = entrusted()
    extended(play, "0401", **length)
    assert (play.window.nominal, play.window.due) == (day(nominal), day(due))


def test_the_base_is_the_end_before_the_roll() -> None:
    play = entrusted("0304")
    assert (play.window.nominal, play.window.due) == (day("0404"), day("0407"))
    extended(play, "0401")
    assert (play.window.nominal, play.window.due) == (day("0504"), day("0506"))


def test_consent_of_all_makes_the_agency_tell_the_court_in_two_working_days() -> None:
    play = entrusted()
    play.record("consent", "0401", party="陈某")
    assert play.state.duty("R06.1") is None
    play.record("consent", "0402", party="forestry")
    duty = play.duty("R06.1")
    assert (duty.due, duty.missing, duty.soft) == (day("0407"), ("extension_letter", "copy"), True)
    play.record("extension", "0408", months=1, copied_on=day("0408"))
    assert play.duty("R06.1").state is DutyState.LATE


def test_the_court_is_never_told_after_the_old_expiry() -> None:
    play = entrusted()
    for party in play.window.parties:
        play.record("consent", "0409", party=party)
    assert play.due("R06.1") == day("0410")


def test_an_extension_completed_after_the_expiry_is_honoured_and_the_expiry_stays_missed() -> None:
    play = entrusted()
    extended(play, "0413")
    (extension,) = play.window.extensions
    assert (extension.late, extension.takes_effect_on) == (True, day("0413"))
    duty = play.duty("R07")
    assert (duty.due, duty.state, duty.missed) == (day("0511"), DutyState.OPEN, (day("0410"),))
    play.record("result", "0506", copied_on=day("0506"))
    assert (play.duty("R07").state, play.duty("R07").missed) == (DutyState.DONE, (day("0410"),))
    play.record("excuse", "0507", by="zhao", duty="R07")
    assert (play.duty("R07").state, play.duty("R07").missed) == (DutyState.DONE, ())


def test_parts_given_in_time_and_recorded_later_are_in_time() -> None:
    play = entrusted()
    for party in play.window.parties:
        play.record("consent", "0408", "0415 09:00", party=party)
    play.record("extension", "0409", "0415 09:10", months=1, copied_on=day("0410"))
    assert (play.window.extensions[0].late, play.duty("R07").missed) == (False, ())
    assert play.due("R07") == day("0511")


def test_a_second_extension_needs_a_supervisor_and_counts_from_the_first() -> None:
    play = entrusted()
    extended(play, "0401")
    for party in play.window.parties:
        play.record("consent", "0506", party=party, round=2)
    play.record("extension", "0507", months=1, round=2, copied_on=day("0507"))
    assert play.lacks() == ("approval",)
    assert play.due("R07") == day("0511")
    play.record("extension_approved", "0508", by="zhao", round=2)
    assert (play.window.nominal, play.due("R07")) == (day("0610"), day("0610"))
    assert play.states()["R06.2"] == "done"


def test_a_second_extension_needs_a_copy_of_its_own() -> None:
    play = entrusted()
    extended(play, "0401", copied_on=None)
    play.record("copied", "0402", of="extension")
    assert play.due("R07") == day("0511")
    extended(play, "0506", round=2, copied_on=None)
    assert play.lacks() == ("copy",)
    play.record("copied", "0507", of="extension", round=2)
    assert play.due("R07") == day("0610")


def test_a_second_extension_falls_with_the_first() -> None:
    play = entrusted()
    extended(play, "0401")
    extended(play, "0506", round=2)
    assert play.due("R07") == day("0610")
    consent = next(entry.id for entry in play.state.entries if entry.event.type == "consent")
    play.record("void", "0507", target=consent)
    assert (play.due("R07"), len(play.window.extensions)) == (day("0410"), 1)


def test_weekly_reports_go_on_through_an_extension() -> None:
    play = entrusted()
    extended(play, "0401")
    dues = [duty.due for duty in play.state.duties if duty.rule == "R13"]
    assert dues == [day(each) for each in ("0317", "0324", "0331", "0407", "0414", "0421", "0428", "0506")]


def test_no_report_was_due_between_an_expiry_and_the_extension_that_came_after_it() -> None:
    play = entrusted()
    assert play.wait("0414 12:00")
    extended(play, "0415")
    dues = [duty.due for duty in play.state.duties if duty.rule == "R13"]
    assert dues == [day(each) for each in ("0317", "0324", "0331", "0407", "0421", "0428", "0506")]


def test_a_result_sent_instead_makes_an_agreed_extension_moot() -> None:
    play = entrusted()
    for party in play.window.parties:
        play.record("consent", "0401", party=party)
    play.record("result", "0403", copied_on=day("0403"))
    assert (play.states()["R06.1"], play.duty("R06.1").ended_by) == ("cancelled", "result")
    assert play.closed() is not None


def test_a_soft_duty_that_ends_after_its_target_is_no_miss() -> None:
    play = entrusted()
    for party in play.window.parties:
        play.record("consent", "0401", party=party)
    assert play.due("R06.1") == day("0403")
    play.record("recall", "0408")
    assert play.states()["R06.1"] == "cancelled"


def test_voiding_a_consent_takes_the_extension_back() -> None:
    play = entrusted()
    consent = play.record("consent", "0401", party="陈某")
    play.record("consent", "0401", party="forestry")
    play.record("extension", "0401", months=1, copied_on=day("0401"))
    assert play.due("R07") == day("0511")
    play.record("void", "0407", target=consent)
    assert play.due("R07") == day("0410")
    assert [(move.old_due, move.new_due, move.why) for move in play.state.moves if move.key == "R07"] == [
        (day("0410"), day("0511"), "extension"),
        (day("0511"), day("0410"), "void"),
    ]


def test_a_wrong_end_is_corrected_with_the_date_it_moves() -> None:
    play = entrusted()
    for party in play.window.parties:
        play.record("consent", "0401", party=party)
    paper = play.record("extension", "0401", new_end=day("0425"), copied_on=day("0401"))
    play.record("correction", "0402", target=paper, field="new_end", value="2026-04-24")
    assert play.due("R07") == day("0424")
    assert play.state.moves[-1].why == "correction"


def test_moved_dates_are_told_to_every_agency_and_the_bureau() -> None:
    play = entrusted(agencies=TWO)
    extended(play, "0401")
    told = {notice.to for notice in play.notices for item in notice.items if item.old_due and item.duty == "R07"}
    assert told == {"agency:forestry", "agency:transport", "bureau"}
    (item,) = [item for item in play.told("bureau")[-1].items if item.duty == "R07"]
    assert (item.old_due, item.due, item.why) == (day("0410"), day("0511"), "extension")


def test_excusing_an_expiry_that_passed_before_a_late_extension_leaves_the_result_owed() -> None:
    play = entrusted()
    play.wait("0413 12:00")
    for party in play.window.parties:
        play.record("consent", "0413", party=party)
    play.record("extension", "0413", "0414 10:00", new_end="2026-05-11", copied_on="2026-04-13")
    assert (play.duty("R07").missed, play.due("R07")) == ((day("0410"),), day("0511"))
    play.record("excuse", "0415", duty="R07")
    duty = play.duty("R07")
    assert (duty.state, duty.missed, duty.due) == (DutyState.OPEN, (), day("0511"))
    assert play.duty("R05").state is DutyState.OPEN
