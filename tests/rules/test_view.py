"""How a letter is shown: its duties and lamps, what happened, its ladder, and how a date was counted."""

from rules.dossier.view import consequences, duty_view, letter_view, reckoning_view
from tests.rules.builders import Play, at, day, entrusted, letter


def test_a_duty_is_shown_with_its_lamp_at_the_instant_asked_for() -> None:
    duty = entrusted().duty("R07")
    shown = [duty_view(duty, at(when))["light"] for when in ("0310", "0408", "0410 23:59", "0411 00:00")]
    assert shown == ["green", "yellow", "yellow", "red"]
    view = duty_view(duty, at("0310"))
    assert (view["due"], view["nominal"], view["state"], view["state_zh"]) == (
        "2026-04-10", "2026-04-10", "open", "办理中",
    )  # fmt: skip
    assert "sheet" not in view


def test_a_letter_shows_what_happened_in_the_order_it_was_recorded_moved_dates_among_it() -> None:
    play = entrusted()
    play.record("correction", "0312", field="received_at", value="2026-03-09")
    view = letter_view(play.state, play.now)
    assert [event["type"] for event in view["events"]] == ["told", "reported", "correction"] + ["date_moved"] * 4
    moved = next(event for event in view["events"] if event.get("duty") == "R07")
    assert (moved["old_due"], moved["new_due"], moved["why"]) == ("2026-04-10", "2026-04-09", "correction")
    assert view["window"]["due"] == "2026-04-09"
    assert view["letter"]["received_at"] == "2026-03-09T00:00:00+08:00"


def test_a_letter_shows_its_ladder_taken_and_to_come() -> None:
    play = entrusted()
    play.wait("0317 12:00")
    view = letter_view(play.state, play.now, play.coming)
    assert {"R07", "R13.1@forestry"} <= {rung["duty"] for rung in view["taken"]}
    assert min(rung["at"] for rung in view["ladder"]) == view["next_wake"]
    assert view["next_wake"].startswith("2026-03-18T09:")
    assert view["next_wake"].endswith("+08:00")


def test_why_shows_the_count_step_by_step() -> None:
    view = reckoning_view(entrusted("0304").duty("R07"))
    assert (view["start"], view["nominal"], view["due"]) == ("2026-03-04", "2026-04-04", "2026-04-07")
    assert [each["date"] for each in view["rolled_over"]] == ["2026-04-04", "2026-04-05", "2026-04-06"]
    assert view["steps"][-1] == "期限届满日为 2026-04-07（周二）。"


def test_why_of_a_duty_without_a_date_says_so() -> None:
    play = Play(letter("response_notice", "0310", [{"agency": "forestry", "received_on": day("0310")}]))
    assert reckoning_view(play.duty("R10@forestry"))["sentence"] == "该事项没有固定期限。"


def test_a_closed_letter_shows_no_next_wake() -> None:
    play = entrusted()
    play.record("result", "0320", copied_on=day("0320"))
    view = letter_view(play.state, play.now)
    assert (view["next_wake"], view["ladder"], view["letter"]["closed_at"]) == (None, [], "2026-03-20T16:00:00+08:00")


def test_mediation_at_trial_warns_that_the_answer_period_runs_on() -> None:
    for stage, warned in (("pre", 0), ("trial", 1), ("post", 0)):
        assert len(letter_view(entrusted(stage=stage).state, at("0310"))["warnings"]) == warned, stage
    play = entrusted()
    play.record("stage_change", "0316", stage="trial")
    assert "15 日答辩举证期限" in letter_view(play.state, play.now)["warnings"][0]


def test_what_an_event_would_change_is_what_differs() -> None:
    play = Play(letter("oral_notice", "0310"))
    before = letter_view(play.state, play.now)
    play.record("told", "0310")
    changed = {
        duty["key"]: (duty["before"] and duty["before"]["state"], duty["state"], duty["due"])
        for duty in consequences(before, letter_view(play.state, play.now))
    }
    assert changed["R01@forestry"] == ("open", "done", "2026-03-10")
    assert changed["R03@forestry"] == ("waiting", "open", "2026-03-16")
    assert consequences(before, before) == []
    gone = consequences(before, before | {"duties": before["duties"][1:]})
    assert [(duty["key"], duty["state"]) for duty in gone] == [(before["duties"][0]["key"], "cancelled")]
