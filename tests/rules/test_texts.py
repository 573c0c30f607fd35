"""The message catalogues: nothing that the code says is without words, in both languages."""

import ast
import pickle
import re
from collections.abc import Iterator
from functools import cache
from importlib.resources import files
from pathlib import Path
from string import Formatter
from typing import get_args

import pytest
from pydantic import BaseModel

import rules
from desk.shapes import choices_of
from rules.books.model import Body
from rules.dossier.view import state_name
from rules.duties.duty import DutyState
from rules.duties.kind import every_kind
from rules.errors import Refused
from rules.kinds.mediation_letter.letter import ELEMENTS
from rules.letters.problems import _KEYS
from rules.letters.registry import event_models, kinds, letter_models
from rules.letters.terms import Party
from rules.telling.notices import NoticeKind
from rules.texts import LANGUAGES, Language, both, catalogue, has, rooms_asked, text

ROOT = Path(rules.__file__).parent.parent
HOUSE = ["rules", "docket", "activities", "workflows", "cluster", "desk", "operations", "console", "starter"]
SOURCES = [path for folder in HOUSE for path in sorted((ROOT / folder).rglob("*.py"))]
ROOMS = ("rules", "operations", "console", "starter")
"""The rooms that speak: each has a catalogue of its own, in both languages."""

CATALOGUES = {(room, language): catalogue(language, room) for room in ROOMS for language in LANGUAGES}
RULES = CATALOGUES["rules", "zh"]


def placeholders(message: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(message) if name}


@cache
def spoken(*rooms: str) -> tuple[set[str], tuple[str, ...]]:
    """Return the keys that stand in the code and templates of some rooms, and how those begin that are put together."""
    each = [_spoken(room) for room in rooms]
    return {key for said, _ in each for key in said}, tuple(start for _, begun in each for start in begun)


@cache
def _spoken(room: str) -> tuple[set[str], tuple[str, ...]]:
    paths = [path for path in (ROOT / room).rglob("*") if path.suffix in (".py", ".html")]
    source = "".join(path.read_text(encoding="utf-8") for path in paths)
    together = re.findall(r"""["']([a-z_]+(?:\.[a-z_]+)*\.?)(?:\{|["'] ?[+~])""", source)
    whole = re.findall(r"""["']([a-z_]+(?:\.[a-z_]+)*)["']""", source)
    return set(whole), tuple(each for each in together if "." in each)


def refusals() -> Iterator[tuple[str, str, set[str] | None]]:
    """Return the place, key and named values of each refusal in the sources; None where values are passed through."""
    for path in SOURCES:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Name):
                continue
            if node.func.id not in ("Refused", "CalendarRefused", "CalendarUnknown", "RulebookRefused"):
                continue
            if len(node.args) > 1 and isinstance(node.args[1], ast.Constant):
                names = [keyword.arg for keyword in node.keywords]
                values = None if None in names else {name for name in names if name}
                yield f"{path.name}:{node.lineno}", str(node.args[1].value), values


def test_every_room_with_a_catalogue_is_looked_at() -> None:
    assert {path.parent.parent.name for path in ROOT.glob("*/locale/*.po")} == {*ROOMS}


@pytest.mark.parametrize("room", ROOMS)
def test_both_languages_have_the_same_messages_and_none_is_empty(room: str) -> None:
    assert CATALOGUES[room, "zh"].keys() == CATALOGUES[room, "en"].keys()
    assert not [key for language in LANGUAGES for key, words in CATALOGUES[room, language].items() if not words]


@pytest.mark.parametrize("room", ROOMS)
@pytest.mark.parametrize("language", LANGUAGES)
def test_no_message_is_defined_twice(language: Language, room: str) -> None:
    source = files(room).joinpath("locale", f"{language}.po").read_text(encoding="utf-8")
    keys = re.findall(r'^msgid "(.+)"$', source, re.MULTILINE)
    assert len(keys) == len(set(keys))


def test_only_the_console_says_in_its_own_words_what_the_rules_say_and_only_refusals() -> None:
    both_say = {(room, key) for room in ROOMS[1:] for key in CATALOGUES[room, "zh"] if key in RULES}
    assert both_say
    assert {(room, key.partition(".")[0]) for room, key in both_say} == {("console", "refused")}


@pytest.mark.parametrize("room", ROOMS)
def test_both_languages_have_the_same_placeholders_but_for_weekdays_that_english_leaves_out(room: str) -> None:
    weekdays = {"weekday", "end_weekday", "due_weekday"}
    # What a result letter lacks is named in Chinese by its words, in English by the inputs that take them.
    named = {("refused.element_missing", "missing"): "fields"}
    for key, message in CATALOGUES[room, "zh"].items():
        chinese = placeholders(message) - weekdays
        english = placeholders(CATALOGUES[room, "en"][key])
        assert english in (chinese, {named.get((key, name), name) for name in chinese}), key


def says(rooms: list[str], key: str) -> bool:
    """Tell whether a message is said in some rooms; a page of error has a title beside its sentence."""
    said, begun = spoken(*rooms)
    return not said.isdisjoint({key, key.removesuffix(".title")}) or key.startswith(begun)


def test_every_message_is_said_somewhere_in_its_room_or_above() -> None:
    above = {"rules": HOUSE, "operations": HOUSE[HOUSE.index("operations") :]}
    for room in ROOMS:
        assert [key for key in CATALOGUES[room, "zh"] if not says(above.get(room, [room]), key)] == [], room


@pytest.mark.parametrize("room", ROOMS[1:])
def test_what_only_one_room_says_stands_in_its_own_catalogue(room: str) -> None:
    others = [other for other in HOUSE if other != room]
    assert [key for key in RULES if says([room], key) and not says(others, key)] == []


def test_every_refusal_in_the_code_has_words_and_the_values_they_need() -> None:
    found = list(refusals())
    assert len(found) > 80
    assert [place for place, key, _ in found if not has(f"refused.{key}")] == []
    assert [
        (place, key)
        for place, key, values in found
        if values is not None and not placeholders(RULES[f"refused.{key}"]) <= values
    ] == []


def test_every_problem_of_form_has_words() -> None:
    for key in {*_KEYS.values(), "malformed"}:
        assert placeholders(RULES[f"refused.{key}"]) <= {"detail", "limit", "expected"}, key


@pytest.mark.parametrize(
    "keys",
    [
        [f"event.{name}" for name in event_models()],
        [f"kind.{name}" for name in kinds()],
        [f"notice.opening.{name}" for name in kinds()],
        [f"state.{name.value}" for name in DutyState],
        [f"notice.subject.{name.value}" for name in NoticeKind],
        [f"body.{name}" for name in get_args(Body)],
        [f"missing.{name}" for name in ELEMENTS],
    ],
    ids=lambda keys: str(keys[0].rpartition(".")[0]),
)
def test_every_name_that_people_read_has_words(keys: list[str]) -> None:
    assert [key for key in keys if not has(key)] == []


_NEVER_SHOWN = {"document_in_effect", "lost_document_in_effect"}
"""Day zeros that give another reason: the receipt, or the day of effect."""


def test_every_reason_of_an_anchor_has_words() -> None:
    source = "".join(
        path.read_text(encoding="utf-8") for path in SOURCES if {"duties", "counting", "kinds"} & {*path.parts}
    )
    reasons = set(re.findall(r'Anchor\([^\n]*?, "(\w+)"', source)) | set(re.findall(r'why="(\w+)"', source))
    reasons |= set(re.findall(r'"(\w+)", rule\.clause', source))
    reasons |= set(re.findall(r'\bwhy = [^"\n]*"(\w+)"', source)) | set(re.findall(r'why = [^\n]*else "(\w+)"', source))
    reasons |= {f"{name}" for kind in every_kind().values() for name in kind.day_zeros} - _NEVER_SHOWN
    assert len(reasons) > 15
    assert [reason for reason in sorted(reasons) if not has(f"anchor.{reason}")] == []


def test_what_a_paper_may_lack_has_words() -> None:
    source = "".join(path.read_text(encoding="utf-8") for path in SOURCES if {"duties", "kinds"} & {*path.parts})
    lacking = set(re.findall(r'lacks\.append\("(\w+)"\)', source)) | set(re.findall(r'missing \+= \["(\w+)"\]', source))
    lacking |= {"leader_consent", "bureau_told", "announcement", "appearance", "consent", "approval"}
    assert {"copy", "arrived_on", "extension_letter", "approval"} <= lacking
    assert [name for name in sorted(lacking) if not has(f"missing.{name}")] == []


def test_chinese_is_written_with_chinese_punctuation() -> None:
    han = r"[\u4e00-\u9fff（）“”、。，；：？！】]"
    half = re.compile(rf"{han}\s*[,;:?!]|[,;?!]\s*{han}|\({han}|{han}\)")
    chinese = {key: words for room in ROOMS for key, words in CATALOGUES[room, "zh"].items()}
    assert {key: words for key, words in chinese.items() if half.search(words)} == {}


def test_a_key_without_a_message_is_an_error_and_not_its_own_text() -> None:
    for language in LANGUAGES:
        with pytest.raises(KeyError):
            text("refused.nothing_of_the_kind", language)


def test_another_package_adds_words_and_changes_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    beside, theirs = tmp_path / "beside-1.dist-info", tmp_path / "words_beside" / "locale"
    beside.mkdir()
    theirs.mkdir(parents=True)
    beside.joinpath("entry_points.txt").write_text("[qixian.words]\nbeside = words_beside\n")
    for language in LANGUAGES:
        own = f'msgid "kind.beside"\nmsgstr "另一种 {language}"\n\nmsgid "kind.judgment"\nmsgstr "不是裁判文书"\n'
        theirs.joinpath(f"{language}.po").write_text(own, encoding="utf-8")
    monkeypatch.syspath_prepend(str(tmp_path))
    rooms_asked.cache_clear()
    try:
        assert [text("kind.beside", language) for language in LANGUAGES] == ["另一种 zh", "另一种 en"]
        assert text("kind.judgment") == RULES["kind.judgment"]
    finally:
        rooms_asked.cache_clear()
    monkeypatch.undo()
    assert not has("kind.beside")


def test_a_refusal_reads_in_chinese_with_english_beside_it_and_survives_a_journey() -> None:
    refusal = Refused("agency", "agency_twice", agency="forestry")
    assert str(refusal) == f"agency: {both('refused.agency_twice', agency='forestry')}"
    assert refusal.reason.startswith("机关 forestry 重复 (")
    again = pickle.loads(pickle.dumps(refusal))
    assert (again.field, again.key, again.values) == (refusal.field, refusal.key, refusal.values)
    assert refusal.as_json()["reason"] == "机关 forestry 重复"


def test_a_soft_duty_is_never_said_to_be_overdue() -> None:
    assert state_name("late", soft=True) == "未及时完成"
    assert state_name("late", soft=False) == "逾期完成"
    assert "逾期" not in text("notice.subject.soft_overdue", matter="", act="", due="", more="")


def test_every_choice_a_clerk_has_is_worded() -> None:
    models: list[type[BaseModel]] = [*letter_models().values(), *event_models().values(), Party]
    choices = {
        (name, choice)
        for model in models
        for name, field in model.model_fields.items()
        if name not in ("kind", "type")
        for choice in choices_of(field)
    }
    assert len(choices) > 40
    assert [f"{name}.{choice}" for name, choice in sorted(choices) if not has(f"choice.{name}.{choice}")] == []
