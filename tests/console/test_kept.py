"""What was typed is named as its form names it, whatever the form."""

import pytest

from console.kept import kept
from rules.letters.registry import event_models, kinds


@pytest.mark.parametrize("path", [f"/register/{kind}" for kind in kinds()])
def test_a_letter_s_fields_are_named_in_words(path: str) -> None:
    typed = [("matter", "2026-9"), ("agencies.1.agency", "forestry"), ("received_at.time", "09:00"), ("major", "yes")]
    words = dict(kept(path, typed, "zh"))
    assert words["涉诉行政机关 2 机关"] == "forestry"
    assert words["司法局收到时间"] == "09:00"
    assert words["重大疑难"] == "是"


@pytest.mark.parametrize("event", event_models())
def test_every_event_s_fields_are_named_in_words(event: str) -> None:
    typed = [(name, "x") for name in event_models()[event].model_fields if name != "type"]
    for language in ("zh", "en"):
        found = kept(f"/letters/abc/record/{event}", typed, language)
        assert len(found) == len(typed)
    assert not [words for words, _ in kept(f"/letters/abc/record/{event}", typed, "zh") if words.isascii()]


def test_choices_are_kept_in_words_and_unknown_forms_as_they_are() -> None:
    assert kept("/letters/abc/record/told", [("told_by", "court")], "zh") == [("告知方", "人民法院")]
    assert kept("/administration/people/x", [("name", "甲")], "zh") == [("name", "甲")]
