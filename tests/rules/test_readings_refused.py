"""A county's own rulebook is read strictly: what it can't mean is refused by file and key, and all is documented."""

import re
from collections.abc import Iterator
from datetime import time
from enum import StrEnum
from pathlib import Path
from typing import Any, get_args

import pytest
from pydantic import BaseModel

from rules.accept.rulebook import LARGEST_FILE, read_rulebook, read_rulebook_file, shipped_rulebook
from rules.books.model import Rulebook
from rules.books.readings import Readings
from rules.errors import RulebookRefused
from rules.letters.terms import Decision, Document
from tests.rules.reading_cases import HEAD, county

DOCS = Path(__file__).parents[2] / "docs" / "readings.md"


def refused(toml: str) -> RulebookRefused:
    with pytest.raises(RulebookRefused) as caught:
        county(toml)
    return caught.value


# ---- unknown keys and values ----


@pytest.mark.parametrize(
    ("toml", "place"),
    [
        ('colour = "red"\n', "colour"),
        ('[office]\nlunch = "12:00"\n', "office.lunch"),
        ("[readings]\nr99 = 1\n", "readings.r99"),
        ('[readings.rule]\nunits = "day"\n', "readings.rule.units"),
        ("[readings.soft]\nimmediate = 1\n", "readings.soft.immediate"),
        ("[ladders.soft]\nbefore_day = [1]\n", "ladders.soft.before_day"),
        ("[rules.R03]\nlenght = 5\n", "rules.R03.lenght"),
        ("[rules.R03.act]\nfr = 'x'\n", "rules.R03.act.fr"),
        ('[rules.R03]\nobligor = "court"\n', "rules.R03.obligor"),
    ],
)
def test_an_unknown_key_is_refused_by_file_and_key(toml: str, place: str) -> None:
    refusal = refused(toml)
    assert (refusal.field, refusal.key) == (f"test:{place}", "rulebook_malformed")
    assert str(refusal).startswith(f"test:{place}: 规则库有误：")


@pytest.mark.parametrize(
    ("toml", "place"),
    [
        ('[readings.rule]\nunit = "week"\n', "readings.rule.unit"),
        ('[readings.rule]\nroll = "previous_working_day"\n', "readings.rule.roll"),
        ('[readings.feedback]\nanchor = "letter_date"\n', "readings.feedback.anchor"),
        ('[readings.window]\nanchor = "agency_told"\n', "readings.window.anchor"),
        ('[readings.window]\non_filing = "restart"\n', "readings.window.on_filing"),
        ('[readings.extension]\nbase = "today"\n', "readings.extension.base"),
        ('[readings.extension]\nparties = "everybody"\n', "readings.extension.parties"),
        ('[readings.notice]\nanchor = "materials"\n', "readings.notice.anchor"),
        ('[readings.weekly]\nmode = "monthly"\n', "readings.weekly.mode"),
        ('[readings.filing]\nanchor = "earlier"\n', "readings.filing.anchor"),
        ('[readings.analysis]\nanchor = "effective"\n', "readings.analysis.anchor"),
        ("[readings.filing]\ntypes = []\n", "readings.filing.types"),
        ('[readings.filing]\ntypes = ["letter"]\n', "readings.filing.types.0"),
        ("[readings.stats]\nloss_outcomes = []\n", "readings.stats.loss_outcomes"),
        ("[readings.soft]\ntold = -1\n", "readings.soft.told"),
        ("[readings.soft]\ntold = 251\n", "readings.soft.told"),
        ("[readings.soft]\ntold = 1.5\n", "readings.soft.told"),
        ('[readings.circular]\noffset = "working_day_11"\n', "readings.circular.offset"),
        ("[readings.reminder]\nloss_rate = 15\n", "readings.reminder.loss_rate"),
        ("[readings.reminder]\nloss_rate = 0\n", "readings.reminder.loss_rate"),
        ("[readings.reminder]\nloss_rate = nan\n", "readings.reminder.loss_rate"),
        ("[readings.reminder]\nquarters = 0\n", "readings.reminder.quarters"),
        ('[readings.talk]\nmode = "always"\n', "readings.talk.mode"),
        ('[readings.receipt]\nafter_hours = "noon"\n', "readings.receipt.after_hours"),
        ('[readings.compliance]\nmoment = "postmark"\n', "readings.compliance.moment"),
        ('[readings.cancel]\nwithdrawal = "none"\n', "readings.cancel.withdrawal"),
        ('readings.cutoff = "17:30"\n', "readings.cutoff"),
        ('[office]\ncloses = "08:00"\n', "office"),
        ("[ladders.soft]\nbefore = [1, 3]\n", "ladders.soft"),
        ('[ladders.soft]\nafter = [{ days = 3, to = "clerk" }, { days = 1, to = "clerk" }]\n', "ladders.soft"),
        ('[ladders.soft]\nafter = [{ days = 3, to = "county_chief" }]\n', "ladders.soft.after.0.to"),
    ],
)
def test_an_impossible_value_is_refused_by_file_and_key(toml: str, place: str) -> None:
    refusal = refused(toml)
    assert (refusal.field, refusal.key) == (f"test:{place}", "rulebook_malformed")


@pytest.mark.parametrize("minutes", [-1, 600, 1440, 1500])
def test_reminders_spread_beyond_office_hours_are_refused(minutes: int) -> None:
    assert refused(f"[office]\nspread_minutes = {minutes}\n").field.startswith("test:office")


def test_office_hours_with_an_offset_are_refused() -> None:
    assert refused('[office]\nopens = "08:30:00+08:00"\n').field.startswith("test:office")


@pytest.mark.parametrize("toml", ["[readings.soft]\nreply = true\n", '[readings.feedback]\nsuperseded = "yes"\n'])
def test_a_value_of_another_type_is_refused_and_not_converted(toml: str) -> None:
    assert refused(toml).key == "rulebook_malformed"


def test_a_base_that_does_not_come_with_the_program_is_refused() -> None:
    for base in ('"example-2026-1"', '"../data/wuping-2023-47"', "3"):
        with pytest.raises(RulebookRefused) as caught:
            read_rulebook(f"base = {base}\n", "own.toml")
        assert (caught.value.field, caught.value.key) == ("own.toml:base", "rulebook_malformed")


def test_a_file_that_is_no_toml_is_refused_by_its_name() -> None:
    with pytest.raises(RulebookRefused) as caught:
        read_rulebook("[readings\n", "own.toml")
    assert (caught.value.field, caught.value.key) == ("own.toml", "rulebook_malformed")


def test_a_file_that_is_too_large_missing_or_no_text_is_refused_by_its_name(tmp_path: Path) -> None:
    large, binary, missing = tmp_path / "large.toml", tmp_path / "binary.toml", tmp_path / "missing.toml"
    large.write_text("#" * (LARGEST_FILE + 1))
    binary.write_bytes(b"\xff\xfe")
    for path, key in ((large, "rulebook_too_large"), (binary, "rulebook_malformed"), (missing, "rulebook_malformed")):
        with pytest.raises(RulebookRefused) as caught:
            read_rulebook_file(path)
        assert (caught.value.field, caught.value.key) == (str(path), key)


# ---- contradictions ----


@pytest.mark.parametrize(
    ("toml", "place", "detail"),
    [
        ('[rules.R03]\nletters = ["fax"]\n', "rules.R03.letters", "unknown kind of letter 'fax'"),
        ('[rules.R03]\nsatisfied_by = ["filing"]\n', "rules.R03.satisfied_by", "'filing' is no event of a oral_notice"),
        ('[rules.R03]\nextended_by = ["extension"]\n', "rules.R03.extended_by", "'extension' is no event"),
        ('[rules.R03]\ncancelled_by = ["heard"]\n', "rules.R03.cancelled_by", "'heard' is no event"),
        ('[rules.R03]\ncancelled_by = ["feedback"]\n', "rules.R03.cancelled_by", "both satisfies and cancels"),
        ('[rules.R01]\nlength = 3\nunit = "day"\n', "rules.R01.length", "go with shape 'period', not 'soft'"),
        ("[rules.R01]\nlength = 3\n", "rules.R01.length", "go with shape 'period', not 'soft'"),
        ('[rules.R03]\nunit = "month"\n', "rules.R03.length", "shape 'period'"),
        ('[rules.R05]\nunit = "day"\n', "rules.R05.length", "a window is counted in months"),
        ('[rules.R01]\nsoft = "open"\n', "rules.R01.soft", "a soft rule names its target"),
        ('[rules.R01]\nsoft = ""\n', "rules.R01.soft", "a soft rule names its target"),
        ('[rules.R01]\nladder = "rope"\n', "rules.R01.ladder", "unknown ladder 'rope'"),
        ("[rules.R03]\nletters = []\n", "rules.R03.letters", "a watched rule belongs to a kind of letter"),
        ('[rules.R03]\nanchor = "moon"\n', "rules.R03.anchor", "'moon'"),
        ('[rules.R03]\nanchor = "hearing"\n', "rules.R03.anchor", "'hearing'"),
        ('[rules.R03]\nstages = ["trial"]\n', "rules.R03.stages", "no oral_notice comes in stage trial"),
        ('[rules.R08a]\nstages = ["pre"]\n', "rules.R08a.stages", "no response_notice comes in stage pre"),
        ('[rules.R04]\nobligee = ["leader"]\n', "rules.R04.obligee", "is passed on to 'court'"),
        ('[rules.R18]\nobligee = ["court"]\n', "rules.R18.obligee", "is passed on to 'county_government'"),
        ('[rules.R03]\ncancelled_by = ["void"]\n', "rules.R03.cancelled_by", "'void' mends the record"),
        ('[rules.R16]\nsatisfied_by = ["correction"]\n', "rules.R16.satisfied_by", "'correction' mends the record"),
        ('[rules.R03.superseded_by]\nletter = "judgment"\n', "rules.R03.superseded_by", "a judgment opens no window"),
        ('[rules.R07.ended_as]\nrecall = "gone"\n', "rules.R07.ended_as", "shape 'result' does not heed it"),
        ("[rules.R01]\nshort = true\n", "rules.R01.short", "shape 'soft' does not heed it"),
        ("[rules.R12a]\nroll = false\n", "rules.R12a.roll", "shape 'hearing' does not heed it"),
        ("[rules.R13]\nfulfilled_by_registering = true\n", "rules.R13.fulfilled_by_registering", "does not heed it"),
        ('[rules.R23]\nanchor = "quarter_end"\n', "rules.R23.anchor", "R20 is counted from 'quarter_end' already"),
    ],
)
def test_a_contradiction_is_refused_by_file_and_key(toml: str, place: str, detail: str) -> None:
    refusal = refused(toml)
    assert (refusal.field, refusal.key) == (f"test:{place}", "rulebook_contradiction")
    assert detail in refusal.reason


SECOND_WINDOW = """
[rules.R95]
letters = ["mediation_letter"]
clause = "九"
quote = "另一期限为一个月。"
act = { zh = "另一期限", en = "another window" }
obligor = "all"
shape = "window"
anchor = "window_start"
length = 1
unit = "month"
"""


def test_two_windows_for_one_letter_are_refused() -> None:
    refusal = refused(SECOND_WINDOW)
    assert (refusal.field, refusal.key) == ("test:rules.R95.shape", "rulebook_contradiction")
    assert "two windows for one mediation_letter" in refusal.reason


@pytest.mark.parametrize(
    ("rule", "shape", "event"), [("R13", "weekly", "told"), ("R06", "extension", "told"), ("R07", "result", "told")]
)
def test_what_hangs_on_a_window_is_refused_where_there_is_none(rule: str, shape: str, event: str) -> None:
    refusal = refused(
        f'[rules.{rule}]\nletters = ["response_notice"]\nanchor = "bureau_receipt"\nsatisfied_by = ["{event}"]\n'
        "extended_by = []\ncancelled_by = []\n"
    )
    assert (refusal.field, refusal.key) == (f"test:rules.{rule}.shape", "rulebook_contradiction")
    assert f"'{shape}' is no shape of a response_notice" in refusal.reason


@pytest.mark.parametrize(
    ("toml", "key"),
    [
        ('[readings.stats]\nloss_outcomes = ["revoked", "withdrawn"]\n', "stats.loss_outcomes"),
        ('[readings.stats]\nloss_outcomes = ["dismissed"]\n', "stats.loss_outcomes"),
        ("[readings.talk]\nquarters = 5\n", "talk.quarters"),
        ("[readings.reminder]\nquarters = 1\n", "talk.quarters"),
        ('[readings.filing]\ntypes = ["judgment"]\n', "stats.loss_documents"),
    ],
)
def test_readings_that_contradict_each_other_are_refused_by_file_and_key(toml: str, key: str) -> None:
    refusal = refused(toml)
    assert (refusal.field, refusal.key) == (f"test:readings.{key}", "rulebook_contradiction")


# ---- a county's own file ----


def test_a_county_s_own_file_changes_only_what_it_names() -> None:
    own = county('id = "example-2026-1"\n[readings.rule]\nunit = "working_day"\n[office]\ncloses = "18:00"\n')
    shipped = shipped_rulebook()
    assert (own.id, own.readings.rule.unit, own.office.closes) == ("example-2026-1", "working_day", time(18))
    assert own.readings.model_copy(update={"rule": shipped.readings.rule}) == shipped.readings
    assert own.rules == shipped.rules
    assert own.version.startswith("example-2026-1@")


def test_the_version_follows_the_content_and_survives_being_stored() -> None:
    plain, own = county(), county("[readings.soft]\nreply = 3\n")
    assert plain.version == shipped_rulebook().version != own.version
    for book in (plain, own):
        assert Rulebook.model_validate(book.model_dump(mode="json")).version == book.version
        assert Rulebook.model_validate_json(book.model_dump_json()) == book


# ---- the documentation ----


def _fields(model: type[BaseModel], prefix: str = "") -> Iterator[tuple[str, Any, Any]]:
    for name, field in model.model_fields.items():
        if isinstance(field.annotation, type) and issubclass(field.annotation, BaseModel):
            yield from _fields(field.annotation, f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}", field.default, field.annotation


READINGS = {key: (default, annotation) for key, default, annotation in _fields(Readings)}


def _rows() -> dict[str, list[str]]:
    """Read the documented readings, by key the cells of its row."""
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in DOCS.read_text("utf-8").splitlines()]
    return {row[0].strip("`"): row for row in cells if len(row) == 6 and re.fullmatch(r"`[a-z0-9_.]+`", row[0])}


def _written(value: object) -> str:
    if isinstance(value, tuple):
        return ", ".join(_written(each) for each in value)
    return str(value).lower() if isinstance(value, bool) else str(value)


def test_every_reading_is_documented_and_nothing_else() -> None:
    assert set(_rows()) == set(READINGS)


@pytest.mark.parametrize("key", READINGS)
def test_each_reading_is_documented_with_its_default_and_alternatives(key: str) -> None:
    default, annotation = READINGS[key]
    _, number, _, documented, alternatives, _ = _rows()[key]
    assert re.fullmatch(r"R\d\d|A\d\d(, A\d\d)*", number)
    assert ", ".join(re.findall(r"`(.+?)`", documented)) == _written(default)
    for choice in set(get_args(annotation)) - {default}:
        if isinstance(choice, str) and not isinstance(choice, StrEnum):
            assert f"`{choice}`" in alternatives
    if annotation is bool:
        assert alternatives.startswith(f"`{_written(not default)}`")


def test_every_document_and_outcome_has_its_word_in_the_documentation() -> None:
    words = DOCS.read_text("utf-8")
    assert [each for each in (*Document, *Decision) if f"`{each}`" not in words] == []


def test_the_example_of_the_documentation_is_a_rulebook() -> None:
    example = re.search(r"```toml\n(.*?)```", DOCS.read_text("utf-8"), re.DOTALL)
    assert example is not None
    assert example[1].startswith(HEAD)
    assert read_rulebook(example[1], "docs").version != shipped_rulebook().version


@pytest.mark.parametrize("name", ["R٠٣", f"R03{'-long' * 9}"])
def test_a_rule_s_name_is_short_and_of_ascii_digits(name: str) -> None:
    rule = SECOND_WINDOW.replace("R95", f'"{name}"')
    refusal = refused(rule)
    assert (refusal.field, refusal.key) == (f"test:rules.{name}.id", "rulebook_malformed")
