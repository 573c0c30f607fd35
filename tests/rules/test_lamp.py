"""预警: ten words for how a duty stands, and how many days or working days it has left."""

from datetime import datetime

import pytest

from desk.wording import left_of
from rules.dossier.view import duty_view
from rules.duties.lamp import LIGHTS, Lamp, Light
from tests.rules.builders import CALENDAR, Play, at, day, entrusted, letter
from tests.rules.reading_cases import judgment


def left(play: Play, key: str, when: str, language: str = "zh") -> str:
    view = duty_view(play.duty(key), at(when), CALENDAR)
    return left_of(view, "en" if language == "en" else "zh")


@pytest.mark.parametrize(
    ("when", "words", "english"),
    [
        ("0331", "剩 10 天", "10 days left"),
        ("0409", "剩 1 天", "1 day left"),
        ("0410", "今日到期", "due today"),
        ("0411", "超 1 天", "1 day over"),
        ("0430", "超 20 天", "20 days over"),
    ],
)
def test_what_is_counted_in_days_is_left_in_days(when: str, words: str, english: str) -> None:
    assert left(entrusted(), "R07", when) == words
    assert left(entrusted(), "R07", when, "en") == english


@pytest.mark.parametrize(
    ("when", "words"),
    [("0320", "剩 5 个工作日"), ("0322", "剩 5 个工作日"), ("0327", "今日到期"), ("0330", "超 1 个工作日")],
)
def test_what_is_counted_in_working_days_is_left_in_working_days(when: str, words: str) -> None:
    play = Play(judgment("0318", effective_on=day("0318")))
    assert play.due("R16@forestry") == day("0327")
    assert left(play, "R16@forestry", when) == words


def test_what_is_soft_is_left_in_working_days_and_never_overdue() -> None:
    play = Play(letter("oral_notice", "0313"))
    assert left(play, "R01@forestry", "0316") == "超 1 个工作日"
    assert play.duty("R01@forestry").lamp(at("0316")) is Lamp.TARDY


def test_what_is_done_or_has_no_date_yet_has_nothing_left() -> None:
    play = Play(letter("oral_notice", "0310"))
    play.record("told", "0310")
    assert left(play, "R01@forestry", "0316") == ""
    waiting = Play(letter("oral_notice", "0310"))
    assert (left(waiting, "R03@forestry", "0316"), waiting.duty("R03@forestry").lamp(at("0316"))) == (
        "", Lamp.NOT_STARTED,
    )  # fmt: skip


def test_what_failed_stays_red() -> None:
    play = entrusted()
    play.record("result", "0326", copied_on=day("0326"))
    missed = play.duty("R13.1@forestry")
    assert (missed.lamp(at("1231")), missed.light(at("1231"))) == (Lamp.UNREPORTED, Light.RED)
    assert LIGHTS[Lamp.DONE_LATE] is Light.GREY


def test_the_window_and_its_result_have_one_lamp() -> None:
    """Whatever becomes of the result, at whatever instant."""

    def both(play: Play, when: datetime) -> set[Lamp]:
        return {play.duty(key).lamp(when) for key in ("R05", "R07")}

    play = entrusted()
    for when in ("0310", "0408", "0410 23:59", "0411", "0601"):
        assert len(both(play, at(when))) == 1
    play.record("result", "0415", copied_on=day("0415"))
    assert both(play, at("0415")) == {Lamp.DONE_LATE}
    recalled = entrusted()
    recalled.record("recall", "0415")
    assert both(recalled, at("0415")) == {Lamp.UNREPORTED}
