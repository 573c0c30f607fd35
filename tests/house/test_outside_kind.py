"""A kind of letter from a package outside: it is registered, recorded, shown, listed and audited like the others.

`tests/outside` is what pip would leave of such a package: its modules, its words, and beside them what names its entry
points. It is only put on the path; a county's book brings its rules.
"""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from httpx2 import Client
from sqlalchemy import Engine

from docket import accounts, sign_ins
from docket.acts import Actor
from docket.engine import open_engine, writing
from docket.tables import DossierRow, DutyRow
from rules.access import Right
from rules.counting.calendar import shipped_calendar
from rules.counting.clock import SHANGHAI
from rules.letters.registry import kinds
from tests.cli.conftest import Installation, Run, eventually, program_in

pytestmark = pytest.mark.slow

OUTSIDE = Path(__file__).parent.parent / "outside"
BOOK = OUTSIDE / "document_inquiry" / "county.toml"
PATH = os.pathsep.join([str(OUTSIDE), *sys.path])
KIND = "document_inquiry"
TODAY = datetime.now(SHANGHAI).date()
REPLY_BY = TODAY + timedelta(days=20)
PASSWORD = "四月的雨下了一整夜没停"


def at_work(after: date, number: int) -> date:
    """Return the so-manieth day at work after a day, or before it, by walking."""
    day, calendar, step = after, shipped_calendar(), 1 if number > 0 else -1
    while number:
        day += timedelta(days=step)
        number -= step * calendar.is_working_day(day)
    return day


# A page asks again about what came on a day off.
SERVED = at_work(TODAY, -1)
DRAFT_DUE, ANSWER_DUE = at_work(SERVED, 5), at_work(REPLY_BY - timedelta(days=1), 1)


def letter(matter: str, **more: Any) -> dict[str, Any]:
    return {
        "kind": KIND, "matter": matter, "title": "林权登记", "court": "武平县人民法院", "received_at": str(SERVED),
        "agencies": [{"agency": "forestry", "received_on": str(SERVED)}], "document_name": "林权登记办法",
        "reply_by": str(REPLY_BY), **more,
    }  # fmt: skip


class County:
    """An installation that has the package on its path, and its county's book in force."""

    def __init__(self, installation: Installation, run: Run) -> None:
        self.run = run
        self.docket: Engine = open_engine(f"sqlite:///{installation.folder / 'docket.db'}")
        address = f"http://127.0.0.1:{installation.port}"
        now = datetime.now(SHANGHAI)
        once = run("account", "issue", "clerk1", "--json").json()["password"]
        accounts.change_password(self.docket, Actor("clerk1", "test"), once, PASSWORD, PASSWORD, "test", now)
        with writing(self.docket) as session:
            until = now + timedelta(days=1)
            token = sign_ins.issue_token(session, "clerk1", "test", [each.value for each in Right], now, until)
            cookie = sign_ins.sign_in(session, "clerk1", "test", now)
        self.api = Client(base_url=f"{address}/api", headers={"authorization": f"Bearer {token}"}, timeout=30)
        self.pages = Client(base_url=address, cookies={"qixian": cookie}, timeout=30)

    def findings(self) -> list[dict[str, str]]:
        """Audit, and list what was found."""
        found: list[dict[str, str]] = self.run("audit", "--json").json()["findings"]
        return found


@pytest.fixture(scope="module")
def county(tmp_path_factory: pytest.TempPathFactory) -> Iterator[County]:
    folder = tmp_path_factory.mktemp("outside")
    installation, run = Installation(folder, PYTHONPATH=PATH), program_in(folder, PYTHONPATH=PATH)
    installation.start()
    loaded = run("rulebook", "load", str(BOOK))
    assert loaded.code == 0, loaded.err
    found = County(installation, run)
    yield found
    for each in (found.api, found.pages):
        each.close()
    found.docket.dispose()
    installation.end(signal.SIGTERM)


def due_of(shown: dict[str, Any]) -> dict[str, tuple[str, str]]:
    return {duty["key"]: (duty["state"], duty["due"]) for duty in shown["duties"]}


def test_the_product_itself_does_not_know_the_kind(tmp_path: Path) -> None:
    assert KIND not in kinds()
    run = program_in(tmp_path)
    assert run("rulebook", "check", str(BOOK)).error()[0] == f"{BOOK}:rules.Y01.letters"


def test_it_is_registered_recorded_shown_and_listed_by_the_api(county: County) -> None:
    forecast = county.api.post("/forecasts", json=letter("outside-1")).json()
    assert {duty["key"]: duty["due"] for duty in forecast["duties"]} == {
        "Y01@forestry": str(DRAFT_DUE), "Y02@forestry": str(ANSWER_DUE),
    }  # fmt: skip
    first = county.api.post("/letters", json=letter("outside-1"))
    assert (first.status_code, first.json()["first"]) == (201, True)
    again = county.api.post("/letters", json=letter("outside-1"))
    assert (again.status_code, again.json()["first"]) == (200, False)
    refused = county.api.post("/letters", json=letter("outside-2", reply_by=str(SERVED - timedelta(days=1))))
    assert (refused.status_code, refused.json()["refused"][0]["field"]) == (422, "reply_by")
    short = first.json()["letter"]["short"]
    event = {"type": "opinion_drafted", "on": str(TODAY), "agency": "forestry"}
    assert county.api.post(f"/letters/{short}/events", json=event).status_code == 201
    shown = county.api.get(f"/letters/{short}").json()
    assert due_of(shown) == {"Y01@forestry": ("done", str(DRAFT_DUE)), "Y02@forestry": ("open", str(ANSWER_DUE))}
    assert [each["type"] for each in shown["events"]] == ["opinion_drafted"]
    assert (shown["letter"]["document_name"], shown["letter"]["reply_by"]) == ("林权登记办法", str(REPLY_BY))
    (sheet,) = county.api.get(f"/letters/{short}/reckonings", params={"duty": "Y01@forestry"}).json()["sheets"]
    assert sheet["sentence"].startswith(f"自{SERVED}（机关收到征求意见函之日）次日起算5个工作日")
    (line,) = county.api.get("/duties", params={"q": "outside-1"}).json()["duties"]
    assert (line["kind"], line["rule"], line["due"]) == (KIND, "Y02", str(ANSWER_DUE))
    assert county.api.get("/duties", params={"kind": KIND, "q": "林权登记"}).json()["total"] >= 1


_PLAYED = """
from pathlib import Path
from rules.accept.rulebook import read_rulebook_file
from tests.rules.builders import Play, letter, worded

served = [{"agency": "forestry", "received_on": "2026-03-09"}]
inquiry = letter("document_inquiry", "0310", served, document_name="林权登记办法", reply_by="2026-03-28")
play = Play(inquiry, book=read_rulebook_file(Path(r"%s")))
print(*(worded(play, notice, {"forestry": "县林业局"}).body for notice in play.told("agency:forestry")))
"""


def test_people_are_told_of_it_in_its_own_words() -> None:
    """Played without a server, and in a process of its own: kinds are found once for good."""
    played = subprocess.run(
        [sys.executable, "-c", _PLAYED % BOOK], env=os.environ | {"PYTHONPATH": PATH}, capture_output=True, text=True,
        check=False,
    )  # fmt: skip
    assert played.stderr == ""
    assert played.stdout.splitlines()[:3] == [
        "案件 2026-017（武平县人民法院规范性文件征求意见函）：",
        "1. 县林业局：报送意见稿（Y01）；期限 2026-03-16；自2026-03-09（机关收到征求意见函之日）次日起算5个工作日，"
        "至2026-03-16（周一），其间不计休息日2天（依据补充规定第一条）。",
        "2. 县林业局：向法院陈述意见（Y02）；期限 2026-03-30；按来函确定的期限确定为2026-03-28（周六），"
        "因周六顺延至2026-03-30（周一）（依据补充规定第二条）。",
    ]


def test_commands_have_its_options_and_its_words(county: County) -> None:
    ran = county.run(
        "register", KIND, "--matter", "outside-3", "--court", "武平县人民法院", "--received", str(SERVED),
        "--agency", f"forestry={SERVED}", "--document-name", "林权登记办法", "--reply-by", str(REPLY_BY),
        "--session-at", f"{REPLY_BY} 9:00",
    )  # fmt: skip
    assert ran.code == 0, ran.err
    assert "规范性文件征求意见函  outside-3" in ran.out
    recorded = county.run("record", "outside-3", "opinion_stated", "--manner", "到庭", "--json")
    assert due_of(recorded.json())["Y02@forestry"] == ("done", str(ANSWER_DUE))
    assert recorded.json()["letter"]["session_at"] == f"{REPLY_BY}T09:00:00+08:00"
    assert recorded.json()["events"][0]["manner"] == "session"
    listed = county.run("list", "--kind", KIND, "--json").json()
    assert ("outside-3", "Y01") in [(line["matter"], line["rule"]) for line in listed]


def test_its_forms_and_pages_are_there(county: County) -> None:
    assert "法院审查规范性文件时，向制定机关征求意见的来函" in county.pages.get("/register").text
    form = county.pages.get(f"/register/{KIND}").text
    assert "注意：应由规范性文件的制定机关陈述意见。" in form
    for name in ("document_name", "reply_by", "session_at", "session_at.time", "agencies.0.received_on"):
        assert f'name="{name}"' in form
    csrf = form.partition('name="csrf" value="')[2].partition('"')[0]
    typed = {
        "csrf": csrf, "court": "武平县人民法院", "received_at": str(SERVED), "agencies.0.agency": "forestry",
        "agencies.0.received_on": str(SERVED), "reply_by": str(REPLY_BY),
    }  # fmt: skip
    forecast = county.pages.post(f"/register/{KIND}/forecast", data=typed).text
    assert str(DRAFT_DUE) in forecast and str(ANSWER_DUE) in forecast
    done = county.pages.post(
        f"/register/{KIND}",
        data=typed | {"matter": "outside-4", "document_name": "林权登记办法", "step": "register"},
        follow_redirects=True,
    )
    assert "<h1>规范性文件征求意见函 outside-4" in done.text
    assert "报送意见稿" in done.text and str(DRAFT_DUE) in done.text
    short = done.url.path.split("/")[-1]
    recording = county.pages.get(f"/letters/{short}/record/opinion_stated").text
    assert "向法院陈述意见" in recording and "到庭" in recording
    assert "规范性文件征求意见函" in county.pages.get("/docket").text


def test_the_audit_counts_it_a_second_time(county: County) -> None:
    """Row and state both have the wrong date, so that only the second count can tell."""
    registered = county.api.post("/letters", json=letter("outside-5")).json()
    assert registered["first"] is True
    eventually(lambda: county.findings() == [])
    matter, duty = "wuping/matter/outside-5", f"{registered['letter']['short']}/Y02@forestry"
    wrong = ANSWER_DUE + timedelta(days=1)
    with writing(county.docket) as session:
        dossier = session.get_one(DossierRow, matter)
        row = session.get_one(DutyRow, (matter, duty))
        row.due = wrong
        duties = [each | ({"due": str(wrong)} if each["rule"] == "Y02" else {}) for each in dossier.state["duties"]]
        dossier.state = dossier.state | {"duties": duties}
        session.add_all([row, dossier])
    drifted = [each for each in county.findings() if each["what"] == "date_drift"]
    assert [(each["subject"], each["duty"], each["expected"], each["found"]) for each in drifted] == [
        (matter, duty, str(ANSWER_DUE), str(wrong))
    ]  # fmt: skip
