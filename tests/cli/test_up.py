"""`qixian up`: ready on a fresh folder, one at a time, and there again after a kill -9."""

import json
import re
import signal
from pathlib import Path

import pytest
from httpx2 import Client
from sqlalchemy import create_engine, text

from tests.cli.conftest import Installation, Run, eventually, three_free_ports
from tests.cli.test_contract import letter, register

pytestmark = pytest.mark.slow


def test_up_is_ready_to_register_and_says_where_to_go(own_installation: Installation) -> None:
    said = own_installation.start()
    assert f"http://127.0.0.1:{own_installation.port + 1}" in said
    assert "qixian register" in said
    assert register(own_installation.run, letter("fresh"))["first"] is True


def test_the_first_start_shows_one_password_once_and_it_is_the_only_one(own_installation: Installation) -> None:
    said = own_installation.start()
    (shown,) = re.findall(r"admin 的一次性密码（只显示这一次，七日内有效）：(\S+)", said)
    docket = create_engine(f"sqlite:///{own_installation.folder / 'docket.db'}")
    with docket.connect() as connection:
        accounts = connection.execute(text("SELECT person, once FROM account")).all()
        log = "".join(str(row) for row in connection.execute(text("SELECT * FROM act")))
    docket.dispose()
    assert accounts == [("admin", 1)]
    assert shown not in log
    with Client(base_url=f"http://127.0.0.1:{own_installation.port}", verify=False) as client:
        for password, status in ((f"x{shown}", 422), (shown, 303)):
            secret = re.search(r'name="csrf" value="([^"]+)"', client.get("/sign-in").text)
            assert secret is not None
            typed = {"csrf": secret[1], "person": "admin", "password": password}
            assert client.post("/sign-in", data=typed).status_code == status
        assert client.get("/administration/people").headers["location"] == "/account", "it must be changed first"
    assert own_installation.end(signal.SIGINT) == 0
    assert "一次性密码（只显示" not in own_installation.start()


def test_up_survives_a_kill_and_goes_on_where_it_was(own_installation: Installation) -> None:
    own_installation.start()
    run = own_installation.run
    register(run, letter("survivor"))
    run("record", "survivor", "told")
    before = run("show", "survivor", "--json").json()
    for _ in range(2):
        assert own_installation.end(signal.SIGKILL) == -9
        assert run("record", "survivor", "reported").code == 3
        own_installation.start()
    after = run("show", "survivor", "--json").json()
    assert after["duties"] == before["duties"]
    assert after["next_wake"] == before["next_wake"]
    eventually(lambda: run("audit").code == 0)
    assert run("record", "survivor", "reported").code == 0
    assert register(run, letter("survivor"))["first"] is False


def test_ctrl_c_stops_all_of_it(own_installation: Installation) -> None:
    own_installation.start()
    assert own_installation.end(signal.SIGINT) == 0
    assert own_installation.run("register", "--file", "-", stdin=json.dumps(letter("gone"))).code == 3


def test_a_folder_or_a_program_that_can_not_be_used_is_named(program: Run, tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_text("")
    ran = program("up", "--dir", str(file), "--port", str(three_free_ports()))
    assert (ran.code, ran.error()[0]) == (2, "dir")
    ran = program(
        "up", "--dir", str(tmp_path / "up"), "--port", str(three_free_ports()), QIXIAN_TEMPORAL_BINARY=str(file)
    )
    assert (ran.code, ran.error()[0]) == (3, "temporal")
    away = f"postgresql+psycopg://x@127.0.0.1:1/none?host={tmp_path}"
    ran = program("up", "--dir", str(tmp_path / "up"), "--port", str(three_free_ports()), QIXIAN_DATABASE_URL=away)
    assert (ran.code, ran.error()[0]) == (3, "docket")


def test_a_second_up_on_the_same_folder_is_refused(own_installation: Installation) -> None:
    own_installation.start()
    ran = own_installation.run("up", "--port", str(own_installation.port + 10))
    assert (ran.code, ran.error()[0]) == (2, "dir")
    other = Installation(own_installation.folder / "other")
    ran = other.run("up", "--port", str(own_installation.port))
    assert (ran.code, ran.error()[0]) == (2, "port")
