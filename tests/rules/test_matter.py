"""Letters of one matter: which paper is which, what they hear of each other, and which takes whose place."""

import pytest

from rules.dossier.core import plan, step
from rules.dossier.matter import (
    concerns_matter,
    entry_id,
    events_of_matter,
    refuse_twin,
    registered_anew,
    registered_before,
    superseding,
    window_to_tell,
    with_earlier_feedback,
)
from rules.errors import Refused
from rules.kinds.mediation_letter.letter import MediationLetter, Superseded
from rules.letters.events import Entry, OtherLetter
from rules.letters.letter import short_id
from tests.rules.builders import BOOK, CALENDAR, TWO, Play, at, day, entrusted, event, letter


def test_a_window_that_is_gone_governs_no_longer() -> None:
    first, second = entrusted(), Play(letter("mediation_letter", "0325", number="二号"))

    def hear() -> tuple[str, str | None]:
        telling = window_to_tell(first.state, second.state)
        assert telling is not None
        identifier, told = telling
        assert isinstance(told, OtherLetter)
        first.add(told, at("0326"))
        return identifier, str(told.expiry) if told.expiry else None

    names = [hear()]
    assert first.due("R07") == day("0427")
    assert window_to_tell(first.state, second.state) is None
    second.record("recall", "0326")
    names.append(hear())
    assert [expiry for _, expiry in names] == ["2026-04-27", None]
    assert first.due("R07") == day("0410")
    assert len({name for name, _ in names}) == 2


def test_a_correction_that_was_overtaken_may_be_made_again() -> None:
    play = Play(letter("oral_notice", "0310"))
    scope, entries = play.state.letter_id, []
    for value in ("2026-03-12", "2026-03-11", "2026-03-12"):
        said = event("correction", "0313", field="received_at", value=value)
        name = entry_id(scope, said, play.state.entries)
        entries.append(name)
        assert name not in {entry.id for entry in play.state.entries}
        entry = Entry(id=name, event=said, at=at("0313 16:00"), by="wang")
        play.state = step(play.state, at("0313 16:00"), BOOK, CALENDAR, entry).state
        assert entry_id(scope, said, play.state.entries) == name, "a repeat is the same event"
    assert len(set(entries)) == 3


def test_a_letter_registered_late_hears_what_its_matter_knows() -> None:
    first = Play(letter("oral_notice", "0309"))
    withdrawn = first.record("withdrawal", "0312")
    late = Play(letter("mediation_letter", "0310"), registered="0316")
    assert [entry.id for entry in events_of_matter([first.state], late.state)] == [withdrawn]
    first.record("void", "0316", target=withdrawn)
    assert events_of_matter([first.state], late.state) == []


def test_only_feedback_that_stands_is_carried_over() -> None:
    first = Play(letter("oral_notice", "0310"))
    first.record("told", "0310")
    first.record("feedback", "0312")
    new = letter("mediation_letter", "0316")
    assert with_earlier_feedback(new, [first.state]) != new
    first.record("returned", "0313", of="feedback", rework_by=day("0317"))
    assert with_earlier_feedback(new, [first.state]) == new


def test_a_voided_letter_leaves_its_name_to_itself() -> None:
    data = letter("oral_notice", "0310")
    first = Play(data)
    assert registered_before(data, [first.state]) == first.state
    first.record("void", "0311")
    assert registered_before(data, [first.state]) is None
    again = registered_anew(data, [first.state])
    state = plan(again, at("0311"), "wang", BOOK, CALENDAR).state
    assert (state.letter_id, again.anew) == (f"{first.state.letter_id}/2", 1)


def test_a_letter_with_a_corrected_number_is_found_under_the_right_one_and_the_wrong_one_is_free() -> None:
    wrong = Play(letter("oral_notice", "0310", number="(2026)闽0824委1号"))
    wrong.record("correction", "0311", field="number", value="（2026）闽0824委2号")
    right = letter("oral_notice", "0310", number="(2026)闽0824委2号")
    assert registered_before(right, [wrong.state]) == wrong.state
    with pytest.raises(Refused) as refused:
        registered_before(wrong.state.letter, [wrong.state])
    assert refused.value.key == "number_was_corrected", "a repeat, or the paper that the number belongs to"
    other = letter("oral_notice", "0311", number="(2026)闽0824委1号")
    assert registered_before(other, [wrong.state]) is None
    correction = event("correction", "0312", field="number", value="(2026)闽0824委2号")
    twin = Entry(id="twin", event=correction, at=at("0312"), by="wang")
    with pytest.raises(Refused) as refused:
        refuse_twin(Play(registered_anew(other, [wrong.state])).state, twin, [wrong.state])
    assert (refused.value.field, refused.value.key) == ("value", "paper_registered")
    unnumbered = Play(letter("oral_notice", "0310"))
    unnumbered.record("correction", "0311", field="number", value="(2026)闽0824委3号")
    assert registered_before(letter("oral_notice", "0310", note="x"), [unnumbered.state]) == unnumbered.state
    assert registered_anew(other, [wrong.state]).anew == 1


@pytest.mark.parametrize(
    "typed",
    [
        "（2026）闽0824委09号",
        "〔2026〕闽0824委9号",
        "(2026) 闽0824委 9 号",
        "[2026]闽\u200b0824委9号\u00a0",
        "﹝2026﹞闽0824委009号",
    ],
)
def test_one_paper_has_one_number_however_it_is_typed(typed: str) -> None:
    assert letter("oral_notice", "0310", number=typed).number == "(2026)闽0824委9号"


def test_a_letter_is_superseded_by_another_mediation_letter_of_its_matter_only() -> None:
    first, second = entrusted(), Play(letter("mediation_letter", "0316", number="2"))
    notice = Play(letter("oral_notice", "0310"))
    siblings = [notice.state, first.state, second.state]
    for typed in (short_id(second.state.letter_id), "2", second.state.letter_id):
        said = superseding(Superseded(on=day("0317"), letter=typed), first.state, siblings)
        assert said.letter == second.state.letter_id
    for typed in (notice.state.letter_id, first.state.letter_id, "2026-017"):
        with pytest.raises(Refused) as refused:
            superseding(Superseded(on=day("0317"), letter=typed), first.state, siblings)
        assert (refused.value.field, refused.value.key) == ("letter", "no_later_letter")


def test_two_letters_can_not_take_each_other_s_place() -> None:
    first, second = entrusted(), Play(letter("mediation_letter", "0316", number="2"))
    with pytest.raises(Refused):
        superseding(Superseded(on=day("0317"), letter=first.state.letter_id), second.state, [first.state, second.state])
    second.record("recall", "0317")
    with pytest.raises(Refused):
        superseding(Superseded(on=day("0317"), letter="2"), first.state, [first.state, second.state])


def test_undoing_the_undoing_of_a_matter_s_event_concerns_the_matter() -> None:
    play = entrusted()
    said = play.record("withdrawal", "0313")
    void = play.record("void", "0316", target=said)
    assert concerns_matter(play.state, event("void", "0317", target=void))
    told = play.state.entries[0].id
    assert not concerns_matter(play.state, event("void", "0317", target=told))


def test_a_window_is_told_on_a_day_that_both_letters_can_have() -> None:
    first = Play(letter("mediation_letter", "0310"))
    first.record("correction", "0320", field="received_at", value="2026-03-18T09:00:00+08:00")
    second = Play(letter("mediation_letter", "0312", number="2"))
    telling = window_to_tell(first.state, second.state)
    assert telling is not None
    assert telling[1].on == day("0318")


def test_a_report_that_stands_again_is_not_recorded_a_second_time() -> None:
    play = entrusted()
    said = event("progress", "0316", work="面谈")
    first = Entry(id=entry_id("x", said, play.state.entries), event=said, at=at("0316 16:00"), by="wang")
    void = Entry(id="v1", event=event("void", "0316", target=first.id), at=at("0316 17:00"), by="wang")
    undone = Entry(id="v2", event=event("void", "0316", target="v1"), at=at("0316 18:00"), by="wang")
    assert entry_id("x", said, [first, void]) != first.id
    assert entry_id("x", said, [first, void, undone]) == first.id


def test_undoing_a_corrected_number_makes_no_second_letter_of_one_paper() -> None:
    wrong = Play(letter("oral_notice", "0310", number="1"))
    correction = wrong.record("correction", "0311", field="number", value="2")
    right = Play(registered_anew(letter("oral_notice", "0311", number="1"), [wrong.state]))
    undo = Entry(id="undo", event=event("void", "0312", target=correction), at=at("0312"), by="wang")
    with pytest.raises(Refused) as refused:
        refuse_twin(wrong.state, undo, [right.state])
    assert refused.value.key == "paper_registered"
    title = Entry(id="t", event=event("correction", "0312", field="title", value="x"), at=at("0312"), by="wang")
    refuse_twin(wrong.state, title, [right.state])


def test_a_renamed_agency_stays_the_lead_and_keeps_its_earlier_feedback() -> None:
    feedback = [{"agency": "forestry", "on": "2026-03-09"}]
    play = Play(letter("mediation_letter", "0310", TWO, lead_agency="forestry", earlier_feedback=feedback))
    play.record("correction", "0311", field="agencies.forestry.agency", value="water")
    letter_now = play.state.current_letter
    assert isinstance(letter_now, MediationLetter)
    assert (letter_now.lead, letter_now.earlier_feedback[0].agency) == ("water", "water")
    back = event("correction", "0312", field="agencies.water.agency", value="forestry")
    again = event("correction", "0311", field="agencies.forestry.agency", value="water")
    scope = play.state.letter_id
    named = Entry(id=entry_id(scope, again, []), event=again, at=at("0311 16:00"), by="wang")
    undone = Entry(id=entry_id(scope, back, [named]), event=back, at=at("0312 16:00"), by="wang")
    assert entry_id(scope, again, [named]) == named.id
    assert entry_id(scope, again, [named, undone]) not in (named.id, undone.id)
