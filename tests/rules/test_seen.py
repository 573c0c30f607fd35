"""What somebody outside the bureau sees is what they were given: whatever is new is hidden from them at first."""

from collections.abc import Iterator
from typing import Any, get_args

import pytest
from pydantic import Field

from rules.access import ROLES, Role, Viewer
from rules.dossier.matter import matter_view
from rules.dossier.view import letter_view
from rules.kinds.mediation_letter.letter import MediationLetter, Progress
from rules.letters.events import Entry, Event
from rules.letters.fields import Reader, Shown, Typed, to_all, to_leaders
from rules.letters.letter import Letter
from rules.letters.registry import event_models, find_kinds, letter_models
from rules.letters.terms import AgencyService, Party, PartyRole
from rules.seen import matter_seen, seen
from tests.rules.builders import TWO, Play, at, event, letter

# What holds letters and events of any kind is built before a test puts another class in a kind's place.
find_kinds()
OUTSIDE: tuple[Role, ...] = ("liaison", "leader")


def viewer(role: Role, *agencies: str) -> Viewer:
    return Viewer(person="p1", name="某人", role=role, agencies=frozenset(agencies) if role in OUTSIDE else None)


def shown(play: Play, role: Role, *agencies: str) -> dict[str, Any]:
    view = letter_view(play.state, play.now, play.coming)
    return seen(view, viewer(role, *(agencies or ("forestry",))))


class Mediated(Party):
    """A party with one more field."""

    telephone: str = "13800000000"


class Delicate(MediationLetter):
    """A mediation letter with one more field, which nobody has been given yet."""

    informant: str = Field("王五", description="线索来源 who told the court")


class ForLeaders(Delicate):
    """The same, whose field county leaders are given."""

    shown = to_leaders("informant")


class ForAll(Delicate):
    """The same, whose field everybody is given."""

    shown = to_all("informant")


_MORE_FOR_LEADERS: Shown = to_all("on") | to_leaders("on", "opinion")


class Frank(Progress):
    """A report with one more field, which nobody has been given yet; what a report gives is given again."""

    shown = to_all("on")
    opinion: str = "对方态度强硬"


class FrankForLeaders(Frank):
    """The same, whose field county leaders are given."""

    shown = _MORE_FOR_LEADERS


class Unheard(Progress):
    """An event of a class of its own that gives nothing to anybody."""


def played(model: type[Letter], monkeypatch: pytest.MonkeyPatch) -> Play:
    """Play a mediation letter whose class is another one."""
    monkeypatch.setitem(letter_models(), "mediation_letter", model)
    common = letter("mediation_letter", "0310", TWO)
    return Play(model(**common.model_dump()))


def reported(play: Play, model: type[Event], monkeypatch: pytest.MonkeyPatch, name: str = "e1") -> None:
    """Record a weekly report whose class is another one."""
    monkeypatch.setitem(event_models(), "progress", model)
    common = event("progress", "0313", agency="forestry").model_dump()
    play.take(Entry(id=name, letter=play.letter_id, event=model(**common), at=at("0313"), by="wang"))


@pytest.mark.parametrize(
    ("model", "sees"),
    [(Delicate, set()), (ForLeaders, {"leader"}), (ForAll, {"leader", "liaison"})],
)
def test_a_new_field_of_a_letter_is_the_bureau_s_until_it_is_given(
    model: type[Letter], sees: set[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    play = played(model, monkeypatch)
    found = {role: shown(play, role)["letter"].get("informant") for role in ROLES if role != "administrator"}
    assert {role for role, informant in found.items() if informant == "王五"} == {"clerk", "supervisor"} | sees
    assert set(found.values()) <= {"王五", None}
    # All else stays as it was.
    assert shown(play, "liaison")["letter"]["court"] == "武平县人民法院"


@pytest.mark.parametrize(("model", "sees"), [(Frank, set()), (FrankForLeaders, {"leader"})])
def test_a_new_field_of_an_event_is_the_bureau_s_until_it_is_given(
    model: type[Event], sees: set[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    play = played(MediationLetter, monkeypatch)
    reported(play, model, monkeypatch)
    for role in ("clerk", "supervisor", *OUTSIDE):
        (said,) = shown(play, role)["events"]
        assert said["work"] == "组织双方面谈"
        assert ("opinion" in said) is (role in {"clerk", "supervisor"} | sees), role


def test_a_new_class_of_events_is_the_bureau_s_until_it_gives_something(monkeypatch: pytest.MonkeyPatch) -> None:
    play = played(MediationLetter, monkeypatch)
    reported(play, Unheard, monkeypatch)
    assert [len(shown(play, role)["events"]) for role in ("clerk", "supervisor", "leader", "liaison")] == [1, 1, 0, 0]


def test_a_part_of_a_letter_is_shown_no_more_of_than_its_own_class_gives(monkeypatch: pytest.MonkeyPatch) -> None:
    play = played(MediationLetter, monkeypatch)
    view = letter_view(play.state, play.now)
    party = Mediated(role=PartyRole.PLAINTIFF, name="陈某").model_dump(mode="json")
    view["letter"]["parties"] = [party]
    (left,) = seen(view, viewer("leader", "forestry"))["letter"]["parties"]
    assert left == {"role": "plaintiff", "name": "陈某", "notified": True}
    assert seen(view, viewer("clerk"))["letter"]["parties"] == [party]


def test_what_is_worked_out_anew_is_hidden_as_well(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of the view itself, its duties, window, rungs and moved dates: a name that nobody has given is left out."""
    play = played(MediationLetter, monkeypatch)
    play.record("told", "0310")
    play.record("correction", "0312", field="received_at", value="2026-03-09")
    view = letter_view(play.state, play.now, play.coming)
    view["risk"] = view["window"]["risk"] = "高"
    for name in ("duties", "ladder", "events"):
        view[name] = [each | {"risk": "高"} for each in view[name]]
    for role in OUTSIDE:
        left = seen(view, viewer(role, "forestry", "transport"))
        assert {each["type"] for each in left["events"]} == {"told", "correction", "date_moved"}
        assert left["duties"]
        assert left["ladder"]
        assert "高" not in str(left), role
    assert str(seen(view, viewer("supervisor"))).count("高") > 10


def test_a_correction_of_what_is_not_given_is_not_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    play = played(Delicate, monkeypatch)
    play.record("correction", "0312", field="informant", value="赵六")
    play.record("correction", "0312", field="court", value="龙岩市中级人民法院")
    assert [each["value"] for each in shown(play, "clerk")["events"]] == ["赵六", "龙岩市中级人民法院"]
    for role in OUTSIDE:
        assert [each["value"] for each in shown(play, role)["events"]] == ["龙岩市中级人民法院"]
    monkeypatch.setattr(Delicate, "shown", to_leaders("informant"))
    assert len(shown(play, "leader")["events"]) == 2
    assert len(shown(play, "liaison")["events"]) == 1


def test_an_administrator_is_given_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    play = played(MediationLetter, monkeypatch)
    play.record("told", "0310")
    left = shown(play, "administrator")
    assert (left["duties"], left["events"]) == ([], [])
    assert left["letter"].keys() & MediationLetter.model_fields.keys() == set()


def test_of_a_matter_each_sees_their_letters_and_what_is_said_of_the_case() -> None:
    play = Play(letter("mediation_letter", "0310"))
    play.arrive(letter("oral_notice", "0311", [{"agency": "transport"}], number="口1", plaintiff="林某"))
    opened = event("case_opened", "0312", title="征收补偿", plaintiff="陈某", agencies=["forestry", "transport"])
    held = event("hearing_held", "0313", proceeding="first", agency="transport", appeared="head")
    looked = event("followed_up", "0314", found="已去电询问")
    for number, said in enumerate((opened, held, looked)):
        play.take(Entry(id=f"c{number}", letter="", event=said, at=at("0315"), by="wang"))
    view = matter_view(play.dossier, play.now, play.coming) | {"risk": "高"}
    assert matter_seen(view, viewer("clerk")) == view
    liaison, leader = matter_seen(view, viewer("liaison", "forestry")), matter_seen(view, viewer("leader", "forestry"))
    for left in (liaison, leader):
        assert "risk" not in left
        assert [each["letter"]["kind"] for each in left["letters"]] == ["mediation_letter"]
        assert [each["name"] for each in left["parties"]] == ["陈某"]
        assert left["matter"]["agencies"] == ["forestry"]
        assert left["instances"][0]["hearings"] == []
    assert [each["type"] for each in liaison["events"]] == ["case_opened"]
    assert liaison["events"][0]["agencies"] == leader["events"][0]["agencies"] == ["forestry"]
    assert [each["type"] for each in leader["events"]] == ["case_opened", "followed_up"]
    assert [each["rule"] for each in leader["duties"]] == ["R19"]
    assert liaison["duties"] == []


# ---- what is given now ----


def _models() -> Iterator[type[Typed]]:
    yield from letter_models().values()
    yield from event_models().values()
    yield from (AgencyService, Party)


@pytest.mark.parametrize("model", list(_models()), ids=lambda model: model.__name__)
def test_what_is_given_is_there(model: type[Typed]) -> None:
    for reader in get_args(Reader):
        assert model.shown_to(reader) <= model.model_fields.keys()


def test_what_is_kept_to_the_bureau() -> None:
    """A change of this list is a decision about who learns what."""
    kept = {
        f"{name}.{field}"
        for name, model in letter_models().items()
        for field in model.model_fields.keys() - model.shown_to("agency")
    }
    assert kept == {f"{name}.anew" for name in letter_models()}
    for reader, others in (
        (
            "agency",
            {
                "reported",
                "forwarded",
                "flagged",
                "analysis",
                "excuse",
                "review",
                "followed_up",
                "letter_moved",
                "matters_joined",
            },
        ),
        ("leader", set()),
    ):
        nothing = {name for name, model in event_models().items() if reader not in vars(model).get("shown", {})}
        assert nothing == others
