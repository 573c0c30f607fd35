"""`qixian reckon`: every vector passes through the public command, and every count explains itself."""

import csv
import json
from pathlib import Path
from typing import Any

import pytest

from starter.cli.reckon import LARGEST_CSV
from tests.cli.conftest import Run

VECTORS = Path(__file__).parent.parent / "vectors"
EXTRA = json.loads((VECTORS / "extra_vectors.json").read_text(encoding="utf-8"))


def extra(kind: str) -> list[Any]:
    return [pytest.param(vector, id=vector["id"]) for vector in EXTRA[kind]]


def test_all_104_deadline_vectors_pass_through_the_command(program: Run) -> None:
    source = VECTORS / "deadline_vectors.csv"
    with source.open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    results = program("reckon", "--csv", str(source), "--json").json()
    assert len(rows) == len(results) == 104
    wrong = [
        (row["id"], row["expected_due_date"], found["due"])
        for row, found in zip(rows, results, strict=True)
        if row["expected_due_date"] != found["due"]
    ]
    assert wrong == []
    for row, found in zip(rows, results, strict=True):
        assert found["start"] == row["start_date"]
        assert {"start", "nominal", "due", "rolled_over", "provisional", "calendar", "steps"} <= found.keys()
        assert all(day.keys() == {"date", "reason"} for day in found["rolled_over"])


@pytest.mark.parametrize("vector", extra("receipt_instant"))
def test_a_receipt_counts_on_its_date_in_shanghai(run: Run, vector: dict[str, Any]) -> None:
    found = run(
        "reckon", "--from", vector["received_at"], "--period", str(vector["period"]), "--unit", vector["unit"], "--json"
    ).json()
    assert (found["start"], found["due"]) == (vector["start_date"], vector["due"])


@pytest.mark.parametrize("vector", extra("on_time"))
def test_the_last_day_ends_at_midnight_in_shanghai(run: Run, vector: dict[str, Any]) -> None:
    found = run(
        "reckon", "--from", "2026-03-06", "--period", "3", "--unit", "day", "--met", vector["submitted_at"], "--json"
    ).json()
    assert (found["due"], found["on_time"]) == (vector["due"], vector["on_time"])


@pytest.mark.parametrize("vector", extra("weekly"))
def test_weekly_slots_are_dropped_and_merged(run: Run, vector: dict[str, Any]) -> None:
    found = run(
        "reckon", "--weekly", "--from", vector["agency_received"], "--until", vector["window_due"], "--json"
    ).json()
    assert found["report_dues"] == vector["report_dues"]


@pytest.mark.parametrize("vector", extra("extension"))
def test_an_extension_counts_from_the_nominal_date(run: Run, vector: dict[str, Any]) -> None:
    length, unit = vector["extend"]
    # E05 is a second extension, on top of E04's fifteen days.
    before = ["--extend", "15:day"] if vector["id"] == "E05" else []
    base = ["reckon", "--from", vector["anchor"], "--period", "1", "--unit", "month", *before]
    old = run(*base, "--json").json()
    new = run(*base, "--extend", f"{length}:{unit}", "--json").json()
    assert (old["nominal"], old["due"]) == (vector["nominal"], vector["legal"])
    assert (new["nominal"], new["due"]) == (vector["new_nominal"], vector["new_legal"])


@pytest.mark.parametrize("vector", extra("effective_date"))
def test_the_day_of_effect_is_presumed_from_the_last_service(run: Run, vector: dict[str, Any]) -> None:
    found = run("reckon", "--from", vector["last_service"], "--effective", vector["kind"], "--json").json()
    assert (found["appeal_last_day"], found["effective"]) == (vector["appeal_last_day"], vector["effective"])
    assert found["filing_due"] == vector["filing_due_7wd"]
    if vector["report_due_30d"] is not None:
        assert found["loss_report_due"] == vector["report_due_30d"]


@pytest.mark.parametrize("vector", extra("provisional_2027"))
def test_dates_beyond_the_published_schedule_are_provisional(run: Run, vector: dict[str, Any]) -> None:
    found = run(
        "reckon", "--from", vector["start"], "--period", str(vector["period"]), "--unit", vector["unit"], "--json"
    ).json()
    assert (found["due"], found["provisional"]) == (vector["due"], vector["provisional"])
    assert ("暂定，待国务院办公厅公布2027年放假安排后重算" in found["sentence"]) is vector["provisional"]


def test_a_count_says_each_step_in_words(run: Run) -> None:
    said = run("reckon", "--from", "2024-02-05", "--period", "5", "--unit", "day").out.splitlines()
    assert said[0] == "2024-02-05 → 2024-02-18"
    assert said[1] == "自2024-02-05（给定日期）次日起算5日，至2024-02-10（周六），因春节放假顺延至2024-02-18（周日）。"
    assert any("2024-02-18（周日）为调休上班日" in line for line in said)
    assert said[-1] == "  日历 calendar: 国办发明电〔2023〕7号 (2019-2026/2730ca37)"


@pytest.mark.parametrize(
    ("arguments", "field"),
    [
        (["--period", "5", "--unit", "day"], "from"),
        (["--from", "2026-02-30", "--period", "5", "--unit", "day"], "from"),
        (["--from", "2026-03-06T10:00:00", "--period", "5", "--unit", "day"], "from"),
        (["--from", "2026-03-06", "--unit", "day"], "period"),
        (["--from", "2026-03-06", "--period", "0", "--unit", "day"], "period"),
        (["--from", "2026-03-06", "--period", "-3", "--unit", "day"], "period"),
        (["--from", "2026-03-06", "--period", "３", "--unit", "day"], "period"),
        (["--from", "2026-03-06", "--period", "99999", "--unit", "day"], "period"),
        (["--from", "2026-03-06", "--period", "5"], "unit"),
        (["--from", "2026-03-06", "--period", "5", "--unit", "week"], "unit"),
        (["--from", "2026-03-06", "--period", "5", "--unit", "date"], "unit"),
        (["--from", "2026-03-06", "--period", "5", "--unit", "day", "--roll", "back"], "roll"),
        (["--from", "2026-03-06", "--period", "5", "--unit", "day", "--extend", "x:day"], "extend"),
        (["--from", "2026-03-06", "--period", "5", "--unit", "day", "--extend", "0:day"], "extend"),
        (["--from", "2026-03-06", "--period", "5", "--unit", "day", "--extend", "1:date"], "extend"),
        (["--from", "2026-03-06", "--period", "5", "--unit", "day", "--extend", "2026-03-11"], "extend"),
        (["--from", "2026-03-06", "--weekly", "--until", "2026-03-06"], "until"),
        (["--from", "20260306", "--period", "5", "--unit", "day"], "from"),
        (["--from", "1795000000", "--period", "5", "--unit", "day"], "from"),
        (["--from", "9999-12-31T23:00:00Z", "--period", "5", "--unit", "day"], "from"),
        (["--csv", "/nowhere.csv", "--from", "2026-03-06"], "from"),
        (["--from", "2026-03-06", "--period", "5", "--unit", "day", "--met", "soon"], "met"),
        (["--from", "2040-03-06", "--period", "5", "--unit", "day"], "calendar"),
        (["--from", "2018-03-06", "--period", "5", "--unit", "working_day"], "calendar"),
        (["--from", "2026-03-06", "--effective", "verdict"], "effective"),
        (["--csv", "/nowhere.csv"], "csv"),
        (["--colour", "red"], "--colour"),
        (["--from"], "--from"),
        (["surplus"], "command"),
    ],
)
def test_a_wrong_count_is_refused_by_field_in_one_line(run: Run, arguments: list[str], field: str) -> None:
    ran = run("reckon", *arguments)
    assert (ran.code, ran.out) == (2, "")
    assert ran.error()[0] == field


TABLE = """note,start_date,period,unit,roll
"two
lines",2026-03-06,5,day,none
,2026-03-06,x,day,none

,2018-03-06,3,working_day
,2026-02-30,5,day,
,2026-03-06,5,week,
,2026-03-06,5,day,back
,2026-03-06
,2026-03-06,5,day,,beyond
"""
REFUSED_ROWS = [
    (3, "period", "bad_number"),
    (5, "calendar", "calendar_unknown"),
    (6, "start_date", "no_such_day"),
    (7, "unit", "choice"),
    (8, "roll", "choice"),
    (9, "period", "missing"),
]
"""By the number that a spreadsheet gives them: with the header and the blank row, two lines in a cell as one."""


@pytest.fixture
def table(tmp_path: Path) -> Path:
    path = tmp_path / "t.csv"
    path.write_text(TABLE, encoding="utf-8")
    return path


def test_a_wrong_row_of_a_table_is_named_and_the_others_are_counted(run: Run, table: Path) -> None:
    ran = run("reckon", "--csv", str(table))
    assert ran.code == 2
    assert [line.partition("  ")[0] for line in ran.out.splitlines()] == ["2026-03-06 → 2026-03-11"] * 2
    said = ran.err.splitlines()
    assert [line.split(": ")[1] for line in said] == [f"row {number} {column}" for number, column, _ in REFUSED_ROWS]
    assert said[0] == "error: row 3 period: 应为数字 (must be a number)"


def test_in_json_a_table_has_one_object_a_row(run: Run, table: Path) -> None:
    ran = run("reckon", "--csv", str(table), "--json")
    found = ran.json()
    assert (ran.code, len(ran.err.splitlines())) == (2, len(REFUSED_ROWS))
    assert [found[0]["due"], found[-1]["due"]] == ["2026-03-11", "2026-03-11"]
    assert [(row["row"], row["error"]["field"], row["error"]["key"]) for row in found[1:-1]] == REFUSED_ROWS
    assert found[1] == {
        "row": 3,
        "error": {
            "field": "period", "key": "bad_number", "values": {}, "reason": "应为数字", "reason_en": "must be a number",
        },
    }  # fmt: skip


def test_a_table_of_wrong_rows_only_prints_no_date(run: Run, table: Path) -> None:
    table.write_text("start_date,period,unit\n2026-03-06,0,day\n", encoding="utf-8")
    ran = run("reckon", "--csv", str(table))
    assert (ran.code, ran.out, ran.error()[0]) == (2, "", "row 2 period")


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"start,period\n2026-03-06,5\n", "缺少列，应有：start_date, unit"),
        (b"", "缺少列，应有：start_date, period, unit"),
        (b"start_date,period,unit\n2026-03-06,5,day\n\xff,5,day\n", "文件无法读取"),
        (b"start_date,period,unit\n" + b"x" * (csv.field_size_limit() + 1), "文件无法读取"),
        (b"x" * (LARGEST_CSV + 1), "文件过大"),
    ],
)
def test_a_file_that_is_no_such_table_is_refused_whole(run: Run, table: Path, content: bytes, reason: str) -> None:
    table.write_bytes(content)
    ran = run("reckon", "--csv", str(table))
    assert (ran.code, ran.out, ran.error()[0]) == (2, "", "csv")
    assert ran.error()[1].startswith(reason)


def test_a_table_without_rows_has_nothing_to_refuse(run: Run, table: Path) -> None:
    table.write_text("start_date,period,unit\n", encoding="utf-8")
    ran = run("reckon", "--csv", str(table), "--json")
    assert (ran.code, ran.json(), ran.err) == (0, [], "")
