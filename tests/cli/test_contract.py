"""The contract of the command line: exit codes, one line an error, JSON with its promised fields."""

import json
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from rules.counting.clock import SHANGHAI
from rules.letters.registry import case_events, event_models, kinds
from starter.cli import COMMANDS
from tests.cli.conftest import Installation, Run, runner

TODAY = datetime.now(SHANGHAI).date()
YESTERDAY = TODAY - timedelta(days=1)


def letter(matter: str, **more: object) -> dict[str, object]:
    return {
        "kind": "oral_notice", "matter": matter, "court": "武平县人民法院", "received_at": str(YESTERDAY),
        "agencies": [{"agency": "forestry", "received_on": str(YESTERDAY)}], **more,
    }  # fmt: skip


def register(run: Run, data: object) -> dict[str, Any]:
    ran = run("register", "--file", "-", "--json", stdin=json.dumps(data))
    assert ran.code == 0, ran.err
    found: dict[str, Any] = ran.json()
    return found


@pytest.mark.parametrize("command", list(COMMANDS))
def test_every_command_has_help_with_an_example(run: Run, command: str) -> None:
    ran = run(command, "--help")
    assert ran.code == 0
    assert "例 example: qixian" in ran.out
    assert "--json" in ran.out or command in ("up", "console", "calendar", "directory", "rulebook", "account", "matter")


def test_every_kind_and_event_has_help_with_an_example(run: Run) -> None:
    listed = run("register", "--help").out
    assert all(kind in listed for kind in kinds())
    events = run("record", "x", "--help").out
    assert all(event in events for event in event_models() if event not in case_events())
    of_case = run("matter", "record", "x", "--help").out
    assert all(event in of_case for event, model in case_events().items() if model.recorded_by != "desk")
    for kind in kinds():
        assert f"qixian register {kind}" in run("register", kind, "--help").out
    assert "--reasons" in run("record", "x", "result", "--help").out


def test_show_why_and_list_give_their_promised_fields(installation: Installation) -> None:
    run = installation.run
    registered = register(run, letter("fields"))
    assert registered["first"] is True
    shown = run("show", "fields", "--json").json()
    assert {"letter", "duties", "events", "notices", "next_wake"} <= shown.keys()
    fields = {"rule", "obligor", "obligee", "due", "nominal", "state", "light", "provisional"}
    assert all(fields <= duty.keys() for duty in shown["duties"])
    assert shown["next_wake"].endswith("+08:00")
    why = run("why", "fields", "R03", "--json").json()
    assert {"start", "nominal", "due", "rolled_over", "provisional", "calendar", "steps"} <= why.keys()
    assert why["start"] == str(YESTERDAY)
    listed = run("list", "--agency", "forestry", "--kind", "oral_notice", "--json").json()
    assert "R03@forestry" in [line["duty"] for line in listed if line["matter"] == "fields"]
    assert run("list", "--due-before", str(YESTERDAY - timedelta(days=30)), "--json").json() == []


def test_a_case_is_put_on_file_told_of_and_shown_whole(installation: Installation) -> None:
    run = installation.run
    said = ["--title", "林权登记", "--plaintiff", "陈某", "--agency", "县林业局"]
    opened = run("matter", "open", "cli-1", *said, "--json")
    assert opened.code == 0, opened.err
    assert [(duty["rule"], duty["state"]) for duty in opened.json()["duties"]] == [("R19", "open")]
    begun = ["--proceeding", "first", "--body", "武平县人民法院", "--number", "(2026)闽0824行初1号"]
    ran = run("matter", "record", "cli-1", "proceeding_begun", "--on", str(YESTERDAY), *begun)
    assert ran.code == 0, ran.err
    ran = run(
        "matter", "record", "cli-1", "hearing_held", "--on", str(TODAY), "--proceeding", "一审", "--agency", "forestry",
        "--appeared", "head", "--spoke", "--json",
    )  # fmt: skip
    (instance,) = ran.json()["instances"]
    assert instance["hearings"] == [{"on": str(TODAY), "agency": "forestry", "appeared": "head", "spoke": True}]
    assert run("matter", "record", "cli-1", "case_opened", "--title", "x").error()[0] == "matter"
    assert run("record", "cli-1", "hearing_held").error()[0] == "command"
    registered = register(run, letter("cli-2"))
    moved = run("matter", "move", registered["letter"]["short"], "cli-1", "--reason", "登记时案件编号有误", "--json")
    assert (moved.code, moved.json()["letter"]["matter"]) == (0, "cli-1")
    # What the ladder is still to take comes along, as it does when a letter is registered.
    assert moved.json()["ladder"] and registered["ladder"]
    shown = run("matter", "show", "cli-1").out
    lines = shown.splitlines()
    assert lines[0] == "案件  cli-1 林权登记"
    assert "  进展：一审 办理中  县林业局" in lines and "  原告：陈某" in lines
    assert f"{TODAY} 开庭 县林业局 主要负责人 出声" in shown and "口头通知行政起诉事项  cli-1" in shown
    assert run("show", "wuping/matter/cli-1").out == shown
    (line,) = run("matter", "list", "--search", "陈某", "--json").json()
    assert (line["matter"], line["letters"], line["proceeding"]) == ("cli-1", 1, "first")
    assert "cli-1" in run("matter", "list", "--proceeding", "first").out
    joined = run("matter", "join", "cli-2", "cli-1", "--reason", "同一案件", "--json")
    assert joined.json()["matter"]["name"] == "cli-1"
    field, reason = run("matter", "record", "cli-2", "followed_up", "--found", "x").error()
    assert field == "matter" and "cli-1" in reason
    assert run("matter", "show", "nothing").error()[0] == "matter"
    assert run("matter", "list", "--proceeding", "third").error()[0] == "proceeding"


def test_people_read_chinese_first(installation: Installation) -> None:
    run = installation.run
    register(run, letter("words", title="林权登记"))
    shown = run("show", "words").out
    assert shown.startswith("口头通知行政起诉事项  words 林权登记")
    assert "反馈协调化解情况" in shown
    recorded = run("record", "words", "told").out
    assert recorded.startswith("已记录。")


def test_a_list_shows_what_is_owed_of_a_case_as_a_whole(installation: Installation) -> None:
    run = installation.run
    register(run, letter("whole") | {"kind": "response_notice", "number": "(2026)闽0824行初99号"})
    (line,) = [line for line in run("list", "--json").json() if (line["matter"], line["rule"]) == ("whole", "R19")]
    assert (line["letter"], line["short"], line["kind"]) == (None, None, None)
    ran = run("list")
    assert ran.code == 0
    (shown,) = [line for line in ran.out.splitlines() if "whole" in line and "R19" in line]
    assert "案件" in shown and "定期跟踪案件" in shown


def test_each_kind_is_registered_by_its_own_options(installation: Installation) -> None:
    run = installation.run
    common = ["--court", "武平县人民法院", "--received", str(TODAY)]
    agency = f"forestry={TODAY}"
    hearing = (datetime.now(SHANGHAI) + timedelta(days=20)).replace(microsecond=0).isoformat()
    cases = {
        "oral_notice": (["--agency", "forestry"], {"R01", "R02", "R03"}),
        "mediation_letter": (
            ["--stage", "trial", "--agency", "forestry", "--party", "plaintiff:张某", "--party", "third_party:李某"],
            {"R05", "R07", "R09", "R13"},
        ),
        "response_notice": (["--number", "(2026)闽0824行初77号", "--agency", agency], {"R08a", "R08b", "R10"}),
        "appearance_notice": (["--agency", "forestry", "--hearing-at", hearing], {"R12a"}),
        "judgment": (
            [
                "--number",
                "(2026)闽0824行初78号",
                "--judged-on",
                str(YESTERDAY),
                "--agency",
                agency,
                "--outcome",
                "revoked",
            ],
            {"R16", "R17"},
        ),
        "appeal_copy": (
            ["--appellant", "张某", "--judgment-number", "(2026)闽0824行初78号", "--agency", agency],
            {"D-08"},
        ),
    }
    for kind, (options, rules) in cases.items():
        ran = run("register", kind, "--matter", f"by-option-{kind}", *common, *options, "--json")
        assert ran.code == 0, ran.err
        assert {duty["rule"] for duty in ran.json()["duties"]} == rules


def test_the_same_letter_twice_is_registered_once(installation: Installation) -> None:
    first, again = (register(installation.run, letter("twice")) for _ in range(2))
    assert (first["first"], again["first"]) == (True, False)
    assert first["letter"] == again["letter"]


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"received_at": "2026-02-30"}, "received_at"),
        ({"received_at": str(TODAY + timedelta(days=2))}, "received_at"),
        ({"received_at": "2026-03-06T10:00:00"}, "received_at"),
        ({"issued_on": str(TODAY)}, "issued_on"),
        ({"agencies": [{"agency": "atlantis"}]}, "agency"),
        ({"agencies": []}, "agency"),
        ({"kind": "postcard"}, "kind"),
        ({"court": "  "}, "court"),
        ({"colour": "red"}, "colour"),
        ({"matter": "a/b"}, "matter"),
        ({"matter": "x" * 500}, "matter"),
        ({"note": "长" * 5000}, "note"),
        ({"title": "\u0000"}, "title"),
        ({"court": None}, "court"),
        ({"court": "\u200b\u2060"}, "court"),
        ({"court": "a\u2028b"}, "court"),
        ({"court": "a\nb"}, "court"),
        ({"received_at": 1795000000}, "received_at"),
        ({"received_at": "20261120"}, "received_at"),
        ({"received_at": "0001-01-01T00:00:00+14:00"}, "received_at"),
        ({"agencies": [{"agency": "forestry", "received_on": "9999-12-31"}]}, "agency.received_on"),
        ({"agencies": "forestry"}, "agency"),
        ({"anew": 5}, "anew"),
        ({"agencies": [7]}, "agency"),
    ],
)
def test_a_wrong_letter_is_refused_by_field_and_leaves_no_row(
    installation: Installation, change: dict[str, object], field: str
) -> None:
    run = installation.run
    before = run("list", "--all", "--json").json()
    ran = run("register", "--file", "-", stdin=json.dumps(letter("wrong") | change))
    assert (ran.code, ran.out, ran.error()[0]) == (2, "", field)
    assert run("list", "--all", "--json").json() == before


def test_a_judgment_that_takes_effect_before_it_was_made_is_refused(installation: Installation) -> None:
    data = letter("early") | {
        "kind": "judgment", "number": "早1号", "judged_on": str(YESTERDAY), "outcomes": ["revoked"],
        "effective_on": str(YESTERDAY - timedelta(days=1)),
    }  # fmt: skip
    ran = installation.run("register", "--file", "-", stdin=json.dumps(data))
    assert (ran.code, ran.error()[0]) == (2, "effective_on")


def test_ten_megabytes_of_text_are_refused(installation: Installation, tmp_path: Path) -> None:
    run = installation.run
    register(run, letter("large"))
    huge = json.dumps({"type": "feedback", "done": "x" * 10_000_000, "result": "x", "opinion": "x"})
    assert run("record", "large", "--file", "-", stdin=huge).error()[0] == "file"
    file = tmp_path / "huge.json"
    file.write_text(huge)
    assert run("register", "--file", str(file)).error()[0] == "file"
    ran = run("record", "large", "feedback", "--done", "长" * 9000, "--result", "x", "--opinion", "x")
    assert (ran.code, ran.error()[0]) == (2, "done")
    assert [event["type"] for event in run("show", "large", "--json").json()["events"]] == []


@pytest.mark.parametrize(
    ("arguments", "field"),
    [
        (["feedback", "--done", "", "--result", "x", "--opinion", "x"], "done"),
        (["feedback", "--done", "x", "--result", "x"], "opinion"),
        (["progress", "--work", "x"], "event"),
        (["told", "--on", "2999-01-01"], "on"),
        (["told", "--on", "soon"], "on"),
        (["told", "--agency", "housing"], "agency"),
        (["told", "--told-by", "neighbour"], "told_by"),
        (["excuse", "--duty", "R03@forestry", "--reason", "x"], "by"),
        (["forwarded", "--to", "court", "--number", "1"], "event"),
        (["void", "--target", "nothing", "--reason", "x"], "target"),
        (["correction", "--field", "colour", "--value", "red", "--reason", "x"], "field"),
        (["correction", "--field", "received_at", "--value", "2999-01-01", "--reason", "x"], "value"),
        (["feedback", "--done", "\u200b", "--result", "x", "--opinion", "x"], "done"),
        (["told", "--on", "20261120"], "on"),
        (["told", "--by", "a\nb"], "by"),
        (["told", "--by", "x" * 200], "by"),
        (["dance"], "command"),
        ([], "event"),
    ],
)
def test_a_wrong_event_is_refused_by_field_and_leaves_no_row(
    installation: Installation, arguments: list[str], field: str
) -> None:
    run = installation.run
    register(run, letter("events"))
    ran = run("record", "events", *arguments)
    assert (ran.code, ran.out, ran.error()[0]) == (2, "", field)
    assert run("show", "events", "--json").json()["events"] == []


def test_an_unknown_letter_or_filter_is_refused(installation: Installation) -> None:
    run = installation.run
    assert run("show", "nothing-like-it").error()[0] == "letter"
    assert run("record", "nothing-like-it", "told").error()[0] == "letter"
    for odd in ("", "\udcff", "x" * 20000, "a\nb"):
        assert run("show", odd).error()[0] == "letter"
    assert run("list", "--light", "blue").error()[0] == "light"
    assert run("list", "--kind", "postcard").error()[0] == "kind"
    assert run("list", "--due-before", "soon").error()[0] == "due_before"
    assert run("nothing").error()[0] == "command"
    assert run("register", "--file", "/nowhere.json").error()[0] == "file"
    assert run("register", "--file", "-", stdin="[]").error()[0] == "file"
    assert run("register", "--file", "-", stdin='{"kind": ' + "[" * 100000).error()[0] == "file"
    assert run("register", "--file", "-", stdin='{"court": "a", "court": "b"}').error()[0] == "court"
    assert run("register", "--file", "-", stdin=b"\xff\xfe").error()[0] == "file"


@pytest.mark.slow
def test_the_installed_program_leaves_with_the_exit_code(program: Run) -> None:
    assert program("reckon", "--from", "2026-03-06", "--period", "5", "--unit", "day").code == 0
    ran = program("reckon", "--period", "5")
    assert (ran.code, ran.out) == (2, "")
    assert ran.err == "error: from: 缺少此项，请补填 (is missing: give it)\n"
    assert program("list").code == 3


def test_without_an_installation_a_command_says_how_to_start_one(run: Run) -> None:
    for arguments in (["list"], ["show", "x"], ["audit"], ["register", "--file", "-"]):
        ran = run(*arguments, stdin=json.dumps(letter("none")))
        assert (ran.code, ran.out) == (3, "")
        service, reason = ran.error()
        assert service in ("docket", "temporal")
        assert "qixian up" in reason


def test_a_docket_without_a_server_refuses_to_register_and_writes_nothing(
    installation: Installation, tmp_path: Path
) -> None:
    run = installation.run
    nobody = "127.0.0.1:1"
    ran = run("register", "--file", "-", stdin=json.dumps(letter("away")), TEMPORAL_ADDRESS=nobody)
    assert (ran.code, ran.error()[0]) == (3, "temporal")
    assert run("show", "away").code == 2
    away = f"postgresql+psycopg://x@127.0.0.1:1/none?host={tmp_path}"
    for arguments in (["list"], ["reckon", "--from", "2026-03-06", "--period", "5", "--unit", "day"]):
        ran = run(*arguments, QIXIAN_DATABASE_URL=away)
        assert (ran.code, ran.error()[0]) == (3, "docket")


@pytest.mark.slow
def test_without_a_worker_the_letter_is_accepted_but_not_yet_confirmed(installation: Installation) -> None:
    """Nobody works on that task queue, so nobody can confirm; once somebody does, a repeat finds the letter."""
    run = installation.run
    settings = {"QIXIAN_TASK_QUEUE": "nobody-listens", "QIXIAN_ANSWER_SECONDS": "1"}
    for _ in range(2):
        ran = run("register", "--file", "-", stdin=json.dumps(letter("unconfirmed")), **settings)
        assert (ran.code, ran.out) == (4, "")
        assert ran.error()[0] == f"wuping/oral_notice/unconfirmed/{YESTERDAY}"
    assert run("show", "unconfirmed").code == 2


def test_calendar_check_and_load_ask_before_they_change(installation: Installation, tmp_path: Path) -> None:
    run = installation.run
    known = run("calendar", "check", "--json").json()
    assert [year["year"] for year in known["years"] if year["published"]][:8] == list(range(2019, 2027))
    from tests.engine.test_calendar_load import NOTICE_2027

    file = tmp_path / "2027.json"
    file.write_text(json.dumps(NOTICE_2027), encoding="utf-8")
    preview = run("calendar", "load", str(file), "--json").json()
    assert (preview["loaded"], preview["year"]) == (False, 2027)
    assert run("calendar", "check", "--json").json() == known
    assert "未作改动" in run("calendar", "load", str(file)).out
    file.write_text(json.dumps(NOTICE_2027 | {"off": []}), encoding="utf-8")
    ran = run("calendar", "load", str(file), "--yes")
    assert (ran.code, ran.error()[0]) == (2, f"{file}:off")
    file.write_text("{", encoding="utf-8")
    assert run("calendar", "load", str(file), "--yes").code == 2


@pytest.mark.parametrize(
    ("arguments", "field"),
    [(["--accept", "nothing"], "reason"), (["--accept", "nothing", "--reason", "已核对"], "accept")],
)
def test_only_what_was_found_is_accepted_and_for_a_reason(
    installation: Installation, arguments: list[str], field: str
) -> None:
    ran = installation.run("audit", *arguments)
    assert (ran.code, ran.err.split(":")[1].strip()) == (2, field)


def test_the_audit_finds_nothing_wrong_with_what_these_tests_made(installation: Installation) -> None:
    """The one letter that waits for a worker on another task queue is found once it has waited for a minute."""
    findings = installation.run("audit", "--json").json()["findings"]
    assert [each for each in findings if (each["what"], each.get("queue")) != ("no_row", "nobody-listens")] == []


@pytest.mark.slow
def test_a_directory_is_loaded_from_a_file(own_installation: Installation, tmp_path: Path) -> None:
    from tests.docket.test_directory import SMALL

    own_installation.start()
    file = tmp_path / "small.toml"
    file.write_text(SMALL, encoding="utf-8")
    register(own_installation.run, letter("left") | {"agencies": [{"agency": "forestry"}, {"agency": "water"}]})
    loaded = own_installation.run("directory", "load", str(file), "--json").json()
    assert loaded == {"agencies": 1, "people": 1, "still_owing": ["water"]}
    feedback = ["feedback", "--agency", "县水利局", "--done", "x", "--result", "x", "--opinion", "x"]
    assert own_installation.run("record", "left", *feedback).code == 0
    ran = own_installation.run(
        "register", "--file", "-", stdin=json.dumps(letter("d") | {"agencies": [{"agency": "housing"}]})
    )
    assert (ran.code, ran.error()[0]) == (2, "agency")
    assert runner(own_installation.folder)("directory", "load", str(tmp_path / "none.toml")).code == 2


@pytest.mark.slow
def test_a_rulebook_is_checked_shown_and_put_in_force(own_installation: Installation, tmp_path: Path) -> None:
    """A letter registered before keeps its rulebook; one registered after comes under the new one."""
    own_installation.start()
    run = own_installation.run
    before = register(run, letter("before"))["letter"]
    file = tmp_path / "county.toml"
    file.write_text('base = "wuping-2023-47"\nid = "county-1"\n[readings.rule]\nroll = "none"\n', encoding="utf-8")
    version = run("rulebook", "check", str(file), "--json").json()["version"]
    assert run("rulebook", "show", "--json").json()["version"] == before["rulebook"]
    assert run("rulebook", "load", str(file), "--json").json()["version"] == version
    assert run("rulebook", "show", "--json").json()["version"] == version
    assert register(run, letter("after"))["letter"]["rulebook"] == version
    assert register(run, letter("before"))["letter"] == before
    file.write_text('base = "wuping-2023-47"\n[readings.rule]\nroll = "back"\n', encoding="utf-8")
    ran = run("rulebook", "load", str(file))
    assert (ran.code, ran.error()[0]) == (2, f"{file}:readings.rule.roll")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("QIXIAN_ANSWER_SECONDS", "soon"),
        ("QIXIAN_DATABASE_URL", "mysql://x"),
        ("QIXIAN_DATABASE_URL", "postgresql+psycopg://a:b@127.0.0.1:abc/x"),
        ("QIXIAN_LOG_LEVEL", "loud"),
        ("QIXIAN_SMTP_PORT", "99999"),
    ],
)
def test_a_wrong_setting_is_refused_by_its_name(run: Run, name: str, value: str) -> None:
    ran = run("list", **{name: value})
    assert (ran.code, ran.out, ran.error()[0]) == (2, "", name)


def test_a_setting_that_is_misspelt_is_refused_and_the_right_one_named(run: Run) -> None:
    ran = run("list", QIXIAN_DATABSE_URL="sqlite:///docket.db")
    assert (ran.code, ran.out, ran.error()[0]) == (2, "", "QIXIAN_DATABSE_URL")
    assert "QIXIAN_DATABASE_URL" in ran.err


def test_a_mail_server_without_a_sender_is_refused(run: Run) -> None:
    ran = run("list", QIXIAN_SMTP_HOST="mail.test")
    assert (ran.code, ran.error()[0]) == (2, "QIXIAN")
    assert "QIXIAN_SMTP_SENDER" in ran.err


def test_a_wrong_connection_is_out_of_reach_with_its_reason(installation: Installation, tmp_path: Path) -> None:
    data = json.dumps(letter("connection"))
    broken = tmp_path / "broken.toml"
    broken.write_text("[profile", encoding="utf-8")
    for settings in (
        {"TEMPORAL_ADDRESS": "::::"},
        {"TEMPORAL_ADDRESS": " "},
        {"TEMPORAL_ADDRESS": f"http://127.0.0.1:{installation.port + 2}"},
        {"TEMPORAL_CONFIG_FILE": str(tmp_path / "none.toml")},
        {"TEMPORAL_CONFIG_FILE": str(broken)},
        {"TEMPORAL_ADDRESS": "127.0.0.1:1"},
        {"TEMPORAL_ADDRESS": f"127.0.0.1:{installation.port + 2}", "TEMPORAL_NAMESPACE": "nowhere"},
        {"TEMPORAL_ADDRESS": "127.0.0.1:1", "TEMPORAL_TLS_CLIENT_CERT_PATH": str(tmp_path / "none.pem")},
    ):
        ran = installation.run("register", "--file", "-", stdin=data, **settings)
        assert (ran.code, ran.error()[0]) == (3, "temporal"), settings
    assert installation.run("show", "connection").code == 2
    ran = installation.run("audit", TEMPORAL_ADDRESS=f"127.0.0.1:{installation.port + 2}", TEMPORAL_NAMESPACE="nowhere")
    assert (ran.code, ran.error()[0]) == (3, "temporal")


def test_bare_qixian_shows_its_help(run: Run) -> None:
    for arguments in ([], ["calendar"], ["directory"], ["rulebook"]):
        ran = run(*arguments)
        assert (ran.code, ran.err) == (0, "")
        assert "Usage: qixian" in ran.out
    assert run("--version").out.startswith("qixian 1.")


def test_a_letter_in_trial_warns_that_the_answer_period_runs_on(installation: Installation) -> None:
    data = letter("warned") | {
        "kind": "mediation_letter", "stage": "trial", "parties": [{"role": "plaintiff", "name": "甲"}],
    }  # fmt: skip
    shown = register(installation.run, data)
    assert "15 日答辩举证期限" in str(shown["warnings"])
    assert "15 日答辩举证期限" in installation.run("show", "warned").out


def test_a_docket_that_is_no_docket_is_out_of_reach(run: Run, tmp_path: Path) -> None:
    garbage = tmp_path / "garbage.db"
    garbage.write_text("no database at all")
    for file in (garbage, tmp_path / "none.db"):
        ran = run("list", QIXIAN_DATABASE_URL=f"sqlite:///{file}")
        assert (ran.code, ran.error()[0]) == (3, "docket")
    assert not (tmp_path / "none.db").exists()


def test_a_letter_is_found_by_its_number_however_it_is_typed(installation: Installation) -> None:
    registered = register(installation.run, letter("numbered") | {"number": "（2026）闽0824委077号"})
    for typed in ("(2026)闽0824委77号", "〔2026〕闽0824委077号", registered["letter"]["short"].upper()):
        assert installation.run("show", typed, "--json").json()["letter"]["id"] == registered["letter"]["id"]
    assert registered["letter"]["received_at"].endswith("+08:00")


def test_what_can_not_be_a_rulebook_or_directory_is_refused(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "odd.toml"
    base = 'base = "wuping-2023-47"\nid = "odd-1"\n'
    for source, field in (
        ("a=" + "[" * 5000, f"{file}"),
        ('base = "' + "x" * 5000 + '"', f"{file}:base"),
        (base + 'title = ""', f"{file}:title"),
        (base + "[rules.R05]\nlength = 250", f"{file}:rules.R05.length"),
        (base + "[rules.R03]\nsatisfied_by = []", f"{file}:rules.R03.satisfied_by"),
    ):
        file.write_text(source, encoding="utf-8")
        ran = run("rulebook", "check", str(file))
        assert (ran.code, ran.error()[0]) == (2, field)
    file.write_text("a=" + "[" * 5000, encoding="utf-8")
    assert run("directory", "load", str(file)).error()[0] == str(file)


def test_options_may_stand_before_the_event_as_well_as_behind_it(installation: Installation) -> None:
    run = installation.run
    register(run, letter("order"))
    said = '{"type": "reported"}'
    for arguments in (
        ["order", "--json", "--by", "clerk1", "told"],
        ["order", "told", "--json", "--by", "clerk1"],
        ["--json", "order", "told"],
        ["order", "--file", "-", "--json"],
        ["--file", "-", "order", "--json"],
    ):
        ran = run("record", *arguments, stdin=said)
        assert ran.code == 0, ran.err
        assert "told" in [event["type"] for event in ran.json()["events"]]
    assert [event["type"] for event in run("show", "order", "--json").json()["events"]] == ["told", "reported"]


def test_what_clerks_type_is_understood(installation: Installation) -> None:
    """Names for ids, Chinese words for codes, dates as they are written in offices, full-width signs."""
    run = installation.run
    day = f"{YESTERDAY.year}年{YESTERDAY.month}月{YESTERDAY.day}日"
    ran = run(
        "register", "mediation_letter", "--matter", "２０２６－Ｃ", "--court", "武平县人民法院",
        "--received", f"{day} 9:05", "--note", "法院来电 3月10日 15:30", "--stage", "诉前",
        "--number", "〔２０２６〕闽0824委88号", "--agency", f"县林业局＝{YESTERDAY:%Y/%m/%d}",
        "--party", "原告：张某", "--by", "司法局负责人", "--json",
    )  # fmt: skip
    assert ran.code == 0, ran.err
    letter_ = ran.json()["letter"]
    assert (letter_["matter"], letter_["number"], letter_["stage"]) == ("2026-C", "(2026)闽0824委88号", "pre")
    assert letter_["received_at"] == f"{YESTERDAY}T09:05:00+08:00"
    assert letter_["agencies"][0] == {"agency": "forestry", "received_on": str(YESTERDAY), "materials_on": None}
    assert (letter_["registered_by"], letter_["note"]) == ("bureau_head", "法院来电 3月10日 15:30")
    ran = run("record", "2026-C", "excuse", "--duty", "R01@县林业局", "--reason", "x", "--by", "司法局负责人", "--json")
    assert ran.code == 0, ran.err
    assert {line["agency"] for line in run("list", "--agency", "县林业局", "--json").json()} <= {"forestry", None}


@pytest.mark.parametrize(
    ("arguments", "field", "said"),
    [
        (["--agency", "林业局"], "agency", "县林业局"),
        (["--agency", "县税务局"], "agency", "相近的有"),
        (["--agency", "forestry", "--matter", "2026 022"], "matter", "不能含空格"),
        (["--agency", "forestry", "--received", "2026-11-31"], "received_at", "没有这一天"),
        (["--agency", f"forestry={YESTERDAY - timedelta(days=365)}"], "agency.received_on", "核对年份"),
    ],
)
def test_what_is_nearly_right_is_refused_with_what_is_right(
    installation: Installation, arguments: list[str], field: str, said: str
) -> None:
    base = ["--matter", "nearly", "--court", "法院", "--received", str(YESTERDAY)]
    ran = installation.run("register", "oral_notice", *base, *arguments)
    assert (ran.code, ran.error()[0]) == (2, field)
    assert said in ran.error()[1]


def test_an_agency_is_not_a_party_as_well(installation: Installation) -> None:
    data = letter("twice-named") | {
        "kind": "mediation_letter", "stage": "pre",
        "parties": [{"role": "plaintiff", "name": "张某"}, {"role": "defendant", "name": "县林业局"}],
    }  # fmt: skip
    ran = installation.run("register", "--file", "-", stdin=json.dumps(data))
    assert (ran.code, ran.error()[0]) == (2, "party")


def test_show_and_why_say_what_is_void_and_what_waits(installation: Installation) -> None:
    run = installation.run
    register(run, letter("waits") | {"agencies": [{"agency": "forestry"}]})
    assert "待起算" in run("why", "waits", "R03").out
    event = run("record", "waits", "told", "--json").json()["events"][0]["id"]
    assert run("record", "waits", "void", "--target", event, "--reason", "录错").code == 0
    shown = run("show", "waits").out
    assert [line for line in shown.splitlines() if event in line and "[已作废]" in line]
    ran = run("record", "waits", "correction", "--field", "colour", "--value", "x", "--reason", "y")
    assert "received_at 司法局收到时间" in ran.error()[1]
    ran = run("register", "--file", "-", stdin=json.dumps(letter("waits") | {"agencies": [{"agency": "housing"}]}))
    assert (ran.error()[0], "{" in ran.error()[1]) == ("agency", False)
