"""`qixian backup` and `restore`: what is in an archive, what is refused, and the proof by restoring one elsewhere."""

import asyncio
import errno
import gzip
import hashlib
import json
import os
import resource
import signal
import sqlite3
import tarfile
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from importlib.metadata import version
from io import BytesIO
from itertools import count
from pathlib import Path
from threading import Event
from typing import Any

import pytest

import operations.backup
import starter.cli.backup
from desk.desk import open_desk
from desk.opening import docket
from docket.copies import check_database, copy_database
from docket.engine import open_engine
from docket.schema import known_revisions, upgrade
from rules.dossier.state import Outcome
from rules.letters.letter import matter_id
from rules.letters.parse import parse_letter
from settings import Settings
from tests.cli.conftest import Installation, Ran, Run, eventually, program_in, runner
from tests.cli.test_contract import letter, register
from tests.conftest import START
from tests.docket.test_settle import planned, written
from tests.engine.letters import oral

MIDNIGHT_AND_A_HALF = datetime(2026, 3, 10, 16, 30, tzinfo=UTC)
"""Half past midnight of 11 March in Shanghai."""

DATABASES = ["docket.db", "temporal.db"]
Members = list[tuple[tarfile.TarInfo, bytes]]


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the folder that commands run in, with an installation in `.qixian`: two matters, one of them open."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(starter.cli.backup, "now", lambda: MIDNIGHT_AND_A_HALF)
    folder = tmp_path / ".qixian"
    folder.mkdir()
    engine = open_engine(f"sqlite:///{folder / 'docket.db'}")
    upgrade(engine)
    written(engine, planned(oral("open")), "1")
    closed = planned(oral("closed")).state.model_copy(update={"closed_at": START})
    written(engine, Outcome(state=closed), "1")
    engine.dispose()
    with closing(sqlite3.connect(folder / "temporal.db")) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.executescript("CREATE TABLE executions (id TEXT); INSERT INTO executions VALUES ('first')")
    return tmp_path


@pytest.fixture
def run(here: Path) -> Run:
    """Run commands on the installation."""
    return runner(here / ".qixian")


@pytest.fixture
def archive(here: Path, run: Run) -> Path:
    """Return a sound archive of the installation."""
    assert run("backup", "good.tar.gz").code == 0
    return here / "good.tar.gz"


def everything(folder: Path) -> dict[str, bytes | None]:
    """Return all that lies in a folder, so that it can be seen that nothing of it changed."""
    return {str(each.relative_to(folder)): each.read_bytes() if each.is_file() else None for each in folder.rglob("*")}


def names(folder: Path) -> list[str]:
    """List what lies in a folder."""
    return sorted(each.name for each in folder.iterdir())


def members_of(archive: Path) -> Members:
    """Read an archive's members with their content."""
    with tarfile.open(archive) as tar:
        # Every member of ours is a file, which the type of `extractfile` can't know.
        return [(member, tar.extractfile(member).read()) for member in tar]  # type: ignore[union-attr]


def packed(target: Path, members: Members) -> None:
    """Write an archive of members that may be anything."""
    with tarfile.open(target, "w:gz") as tar:
        for member, content in members:
            member.size = len(content)
            tar.addfile(member, BytesIO(content))


def ids(file: Path, table: str) -> list[str]:
    """List the ids in a table of a SQLite file."""
    with closing(sqlite3.connect(file)) as connection:
        return [row[0] for row in connection.execute(f"SELECT id FROM {table} ORDER BY id")]


def test_an_archive_holds_both_files_as_committed_and_says_what_is_in_it(here: Path, run: Run) -> None:
    """Of two rows that lie only in the write-ahead log, the committed one is in it and the other is not."""
    with closing(sqlite3.connect(here / ".qixian" / "temporal.db", isolation_level=None)) as writer:
        writer.execute("INSERT INTO executions VALUES ('second')")
        writer.execute("BEGIN IMMEDIATE")
        writer.execute("INSERT INTO executions VALUES ('not committed')")
        said = run("backup", "one.tar.gz", "--json").json()
    archive = here / "one.tar.gz"
    members = {member.name: (member, content) for member, content in members_of(archive)}
    assert list(members) == ["manifest.json", "temporal.db", "docket.db"]
    assert {(member.mode, member.uid, member.uname) for member, _ in members.values()} == {(0o600, 0, "")}
    assert archive.stat().st_mode & 0o777 == 0o600
    manifest = json.loads(members["manifest.json"][1])
    assert manifest == {
        "qixian": version("qixian"), "revision": max(known_revisions()), "made_at": "2026-03-11T00:30:00+08:00",
        "matters": 2, "open_matters": 1,
        "files": {
            name: {"size": len(members[name][1]), "sha256": hashlib.sha256(members[name][1]).hexdigest()}
            for name in DATABASES
        },
    }  # fmt: skip
    assert said == {"file": str(archive), "size": archive.stat().st_size, **manifest}
    assert names(here) == [".qixian", "one.tar.gz"]

    restored = run("restore", "one.tar.gz", "--dir", "new", "--json").json()
    assert restored == {"dir": str(here / "new"), **manifest}
    assert names(here / "new") == DATABASES
    assert (here / "new").stat().st_mode & 0o777 == 0o700
    assert ids(here / "new" / "temporal.db", "executions") == ["first", "second"]
    assert ids(here / "new" / "docket.db", "letter") == ids(here / ".qixian" / "docket.db", "letter")
    assert names(here) == [".qixian", "new", "one.tar.gz"]


def test_people_are_told_where_it_went_and_what_to_do_next(here: Path, run: Run) -> None:
    said = run("backup").out
    assert "qixian-20260311-003000.tar.gz" in said, "the name is by the clerk's clock"
    assert "案件 2 件，其中在办 1 件" in said
    said = run("restore", "qixian-20260311-003000.tar.gz", "--dir", "new").out
    assert f"备份时间 2026-03-11 00:30，程序版本 {version('qixian')}" in said
    assert "案件 2 件，其中在办 1 件" in said
    assert f"qixian up --dir {here / 'new'}" in said
    assert f"QIXIAN_DIR={here / 'new'} qixian audit" in said


def refused(ran: Ran, field: str, reason: str, code: int = 2) -> None:
    """Hold how a command ended against what it should have refused."""
    assert (ran.code, ran.out) == (code, "")
    assert ran.error()[0] == field
    assert reason in ran.error()[1]


def test_a_file_that_is_there_is_never_overwritten(
    here: Path, run: Run, archive: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (here / "link.tar.gz").symlink_to("nowhere")
    before = everything(here)
    for name in ("good.tar.gz", "link.tar.gz", ".qixian"):
        refused(run("backup", name), "file", "已存在，不予覆盖")
    packed_before = operations.backup._pack

    def pack(folder: Path, target: Path) -> None:
        packed_before(folder, target)
        (here / "late.tar.gz").write_text("of somebody else")

    monkeypatch.setattr(operations.backup, "_pack", pack)
    refused(run("backup", "late.tar.gz"), "file", "已存在，不予覆盖")
    assert everything(here) == before | {"late.tar.gz": b"of somebody else"}


@pytest.mark.parametrize("missing", [["docket.db"], ["temporal.db"], DATABASES])
def test_without_an_installation_there_is_nothing_to_back_up(here: Path, run: Run, missing: list[str]) -> None:
    for name in missing:
        (here / ".qixian" / name).unlink()
    before = everything(here)
    refused(run("backup", "one.tar.gz"), "dir", "QIXIAN_DIR")
    refused(run("backup", "one.tar.gz", "--dir", "nowhere"), "dir", "nowhere")
    assert everything(here) == before


@pytest.mark.parametrize("url", ["postgresql+psycopg://qixian:PASSWORD@db.example/qixian", "sqlite:///elsewhere.db"])
def test_a_docket_elsewhere_is_backed_up_with_its_own_tools(here: Path, run: Run, archive: Path, url: str) -> None:
    before = everything(here)
    for arguments in (["backup", "one.tar.gz"], ["restore", "good.tar.gz", "--dir", "new"]):
        ran = run(*arguments, QIXIAN_DATABASE_URL=url)
        refused(ran, "QIXIAN_DATABASE_URL", "pg_dump")
        assert "docs/production.md" in ran.err
        assert "PASSWORD" not in ran.err
    assert everything(here) == before


def test_a_damaged_installation_is_named_instead_of_backed_up(here: Path, run: Run) -> None:
    damaged = here / ".qixian" / "docket.db"
    content = damaged.read_bytes()
    page = content.index(b"2026-03-10 01:30") // 4096 * 4096
    for broken in (content[:page] + b"\xaa" * 4096 + content[page + 4096 :], b"no database at all" * 300):
        damaged.write_bytes(broken)
        before = everything(here)
        refused(run("backup", "one.tar.gz"), "dir", "docket.db 已损坏")
        assert everything(here) == before
    damaged.unlink()
    sqlite3.connect(damaged).close()
    refused(run("backup", "one.tar.gz"), "dir", "no such table")


def test_a_place_that_can_not_be_written_to_is_named(here: Path, run: Run, archive: Path) -> None:
    before = everything(here)
    for place in ("nowhere", "good.tar.gz"):
        refused(run("backup", f"{place}/one.tar.gz"), "file", str(here / place))
        refused(run("restore", "good.tar.gz", "--dir", f"{place}/new"), "dir", str(here / place))
    refused(run("restore", "good.tar.gz", "--dir", "good.tar.gz"), "dir", "换一个可写的目录")
    assert everything(here) == before


@contextmanager
def little_room() -> Iterator[None]:
    """Let no file grow beyond a hundred kilobytes."""
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, limits[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)


def test_a_full_disk_is_named_and_nothing_half_written_stays(
    here: Path, run: Run, archive: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = everything(here)
    with little_room():
        refused(run("backup", "one.tar.gz"), "system", "docket.db: ", code=3)
        refused(run("restore", "good.tar.gz", "--dir", "new"), "system", "磁盘空间", code=3)

    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", full)
    refused(run("backup", "one.tar.gz"), "system", "No space left", code=3)
    refused(run("restore", "good.tar.gz", "--dir", "new"), "system", "No space left", code=3)
    assert everything(here) == before


@pytest.mark.parametrize("left", [["docket.db"], ["temporal.db"], ["docket.db-wal"], ["up.lock"], ["notes.txt"]])
def test_only_a_new_or_empty_folder_is_restored_to(here: Path, run: Run, archive: Path, left: list[str]) -> None:
    (here / "new").mkdir()
    for name in left:
        (here / "new" / name).write_text("in use")
    before = everything(here)
    ran = run("restore", "good.tar.gz", "--dir", "new")
    refused(ran, "dir", "不是空目录")
    assert left[0] in ran.err
    assert everything(here) == before
    refused(run("restore", "good.tar.gz"), "dir", "docket.db、temporal.db")
    assert everything(here) == before


def test_an_empty_folder_is_restored_to_whatever_it_is_called(here: Path, run: Run, archive: Path) -> None:
    (here / "new").mkdir()
    (here / "link").symlink_to("new")
    assert run("restore", "good.tar.gz", "--dir", "new/../link").code == 0
    assert names(here / "new") == DATABASES
    assert (here / "link").is_symlink()


def test_an_installation_that_is_started_meanwhile_is_left_alone(
    here: Path, run: Run, archive: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def check(file: Path) -> None:
        (here / "new").mkdir(exist_ok=True)
        (here / "new" / "docket.db").write_text("started meanwhile")
        check_database(file)

    monkeypatch.setattr("operations.backup.check_database", check)
    before = everything(here)
    refused(run("restore", "good.tar.gz", "--dir", "new"), "system", "not empty", code=3)
    assert everything(here) == before | {"new": None, "new/docket.db": b"started meanwhile"}


def cut(length: int) -> Callable[[bytes], bytes]:
    return lambda content: content[:length]


def flipped(content: bytes) -> bytes:
    middle = len(content) // 2
    return content[:middle] + bytes([content[middle] ^ 1]) + content[middle + 1 :]


def bare(content: bytes) -> bytes:
    """Return an archive of nothing: two empty blocks."""
    return gzip.compress(b"\0" * 1024)


@pytest.mark.parametrize(
    "spoil",
    [cut(0), cut(10), cut(5000), cut(-1), cut(-8), flipped, gzip.decompress, bare, lambda content: content + b"more"],
    ids=["empty", "head", "half", "last_byte", "no_checksum", "one_bit", "not_compressed", "nothing_in_it", "more"],
)
def test_a_damaged_or_truncated_archive_is_refused(
    here: Path, run: Run, archive: Path, spoil: Callable[[bytes], bytes]
) -> None:
    archive.write_bytes(spoil(archive.read_bytes()))
    before = everything(here)
    refused(run("restore", "good.tar.gz", "--dir", "new"), "file", "已损坏或者不完整")
    assert everything(here) == before


def test_a_file_that_can_not_be_read_is_refused(here: Path, run: Run) -> None:
    before = everything(here)
    for name in ("nowhere.tar.gz", ".qixian"):
        refused(run("restore", name, "--dir", "new"), "file", "文件无法读取")
    assert everything(here) == before


def named(name: str, kind: bytes = tarfile.REGTYPE, to: str = "") -> tarfile.TarInfo:
    member = tarfile.TarInfo(name)
    member.type, member.linkname = kind, to
    return member


@pytest.mark.parametrize(
    "foreign",
    [
        named("notes.txt"),
        named("../evil"),
        named("/tmp/evil"),
        named("folder", tarfile.DIRTYPE),
        named("./docket.db"),
        named("a\nb"),
        named("docket.db", tarfile.SYMTYPE, "../.qixian/docket.db"),
        named("docket.db", tarfile.LNKTYPE, "temporal.db"),
        named("temporal.db", tarfile.FIFOTYPE),
    ],
    ids=lambda member: f"{member.name}-{member.type.decode()}",
)
def test_a_member_that_does_not_belong_there_is_refused(
    here: Path, run: Run, archive: Path, foreign: tarfile.TarInfo
) -> None:
    kept = [(member, content) for member, content in members_of(archive) if member.name != foreign.name]
    packed(archive, [*kept, (foreign, b"")])
    before = everything(here)
    refused(run("restore", "good.tar.gz", "--dir", "new"), "file", f"不应有的内容 {foreign.name!r}")
    assert everything(here) == before


def test_members_that_are_missing_or_come_twice_are_refused(here: Path, run: Run, archive: Path) -> None:
    manifest, temporal, held = members_of(archive)
    linked = (named("manifest.json", tarfile.SYMTYPE, "nowhere"), b"")
    for members in (
        [], [temporal, held], [linked, temporal, held], [manifest, temporal], [manifest, held],
        [manifest, temporal, temporal], [manifest, temporal, held, held],
    ):  # fmt: skip
        packed(archive, members)
        before = everything(here)
        refused(run("restore", "good.tar.gz", "--dir", "new"), "file", "已损坏或者不完整")
        assert everything(here) == before


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"revision": "9999"}, "请升级程序"),
        ({"matters": 3}, "docket.db 与清单不符"),
        ({"open_matters": 2}, "docket.db 与清单不符"),
        ({"matters": "many"}, "manifest.json.matters"),
        ({"made_at": "2026-03-11T00:30:00"}, "manifest.json.made_at"),
        ({"files": {}}, "已损坏或者不完整"),
        ({"files": {"docket.db": {"size": 1, "sha256": ""}}}, "已损坏或者不完整"),
        (b"{", "manifest.json"),
        ({"padding": "x" * 100_000}, "manifest.json"),
    ],
)
def test_a_manifest_that_does_not_fit_is_refused(
    here: Path, run: Run, archive: Path, change: dict[str, Any] | bytes, reason: str
) -> None:
    (listed, content), *others = members_of(archive)
    changed = change if isinstance(change, bytes) else json.dumps(json.loads(content) | change).encode()
    packed(archive, [(listed, changed), *others])
    before = everything(here)
    refused(run("restore", "good.tar.gz", "--dir", "new"), "file", reason)
    assert everything(here) == before


@pytest.mark.parametrize("name", DATABASES)
@pytest.mark.parametrize("spoil", [flipped, lambda content: content + b"\0", cut(-4096)], ids=["bit", "longer", "cut"])
def test_a_file_that_is_not_the_manifests_is_refused(
    here: Path, run: Run, archive: Path, name: str, spoil: Callable[[bytes], bytes]
) -> None:
    packed(archive, [(m, spoil(content) if m.name == name else content) for m, content in members_of(archive)])
    before = everything(here)
    refused(run("restore", "good.tar.gz", "--dir", "new"), "file", f"{name} 与清单不符")
    assert everything(here) == before


def overwritten(content: bytes) -> bytes:
    """Return a database whose first page only is left."""
    return content[:4096] + b"\xaa" * (len(content) - 4096)


@pytest.mark.parametrize("name", DATABASES)
@pytest.mark.parametrize("spoil", [lambda _: b"no database" * 900, overwritten], ids=["no_database", "overwritten"])
def test_a_database_that_was_damaged_before_it_was_packed_is_refused(
    here: Path, run: Run, archive: Path, name: str, spoil: Callable[[bytes], bytes]
) -> None:
    """The checksums are right, so that only looking into the database can tell."""
    (listed, content), *others = members_of(archive)
    spoilt = [(m, spoil(content) if m.name == name else content) for m, content in others]
    manifest = json.loads(content)
    for member, bytes_ in spoilt:
        manifest["files"][member.name] = {"size": len(bytes_), "sha256": hashlib.sha256(bytes_).hexdigest()}
    packed(archive, [(listed, json.dumps(manifest).encode()), *spoilt])
    before = everything(here)
    refused(run("restore", "good.tar.gz", "--dir", "new"), "file", f"{name} 已损坏")
    assert everything(here) == before


@contextmanager
def registering(folder: Path) -> Iterator[list[str]]:
    """Register letters one after the other in a thread, and give the ids of those that are registered."""
    stop, done = Event(), list[str]()

    async def work() -> None:
        settings = Settings(dir=folder)
        with docket(settings) as engine:
            desk = await open_desk(settings, engine, lambda: datetime.now(UTC))
            for number in count():
                if stop.is_set():
                    return
                data = {"county": settings.county, **letter(f"during-{number}")}
                done.append((await desk.register(parse_letter(data), "clerk")).state.letter_id)

    with ThreadPoolExecutor(1) as pool:
        working = pool.submit(asyncio.run, work())
        try:
            eventually(lambda: len(done) >= 3 or working.done())
            yield done
            enough = len(done) + 3
            eventually(lambda: len(done) >= enough or working.done())
        finally:
            stop.set()
        working.result()


def shown(run: Run, letter_id: str) -> dict[str, Any]:
    """Return what the docket says of a letter."""
    found = run("show", letter_id, "--json").json()
    return {name: found[name] for name in ("duties", "events", "next_wake")}


def findings(run: Run) -> list[tuple[str, str]]:
    """Return what the audit found, by its subject."""
    return [(each["subject"], each["what"]) for each in run("audit", "--json").json()["findings"]]


def matter_of(letter_id: str) -> str:
    """Return the dossier of a letter that is the only one of its matter."""
    county, _, matter, _ = letter_id.split("/")
    return matter_id(county, matter)


@pytest.mark.slow
def test_what_is_backed_up_while_letters_are_registered_goes_on_in_another_folder(
    own_installation: Installation, tmp_path: Path
) -> None:
    own_installation.start()
    first = [register(own_installation.run, letter(f"first-{number}"))["letter"]["id"] for number in range(2)]
    own_installation.run("record", first[0], "told")
    archive = tmp_path / "qixian.tar.gz"
    with registering(own_installation.folder) as done:
        before = [*first, *done]
        ran = program_in(own_installation.folder)("backup", str(archive), "--json")
        assert ran.code == 0, ran.err
        assert len(done) > len(before) - len(first), "letters were registered while it was made"
    refused(own_installation.run("restore", str(archive)), "dir", "不是空目录")

    # What the archive's docket says is read in a folder of its own, where nothing runs.
    still = runner(tmp_path / "still")
    assert still("restore", str(archive)).code == 0
    held = ids(tmp_path / "still" / "docket.db", "letter")
    assert len(held) == ran.json()["open_matters"] < len(first) + len(done)
    assert set(before) <= set(held) <= {*first, *done}
    expected = {letter_id: shown(still, letter_id) for letter_id in held}

    restored = Installation(tmp_path / "restored")
    assert restored.port != own_installation.port
    own_installation.end(signal.SIGKILL)
    assert restored.run("restore", str(archive)).code == 0
    restored.start()
    try:
        # A step that was under way is taken again by the new worker, which takes some seconds.
        eventually(lambda: {what for _, what in findings(restored.run)} <= {"no_workflow", "behind"})
        matters = {matter_of(each): each for each in held}
        unknown = {matters[subject] for subject, _ in findings(restored.run)}
        assert unknown <= set(held) - set(before), "only letters registered between the two copies may be unknown"
        assert {letter_id: shown(restored.run, letter_id) for letter_id in held} == expected

        assert register(restored.run, letter("first-1"))["first"] is False
        for letter_id in (first[1], *sorted(unknown)):
            assert restored.run("record", letter_id, "told").code == 0
            assert [event["type"] for event in shown(restored.run, letter_id)["events"]] == ["told"]
        assert findings(restored.run) == []
    finally:
        restored.end(signal.SIGTERM)


@pytest.mark.slow
def test_what_happened_between_the_two_copies_is_found_and_mended(
    own_installation: Installation, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The docket is copied last: it has all, and Temporal is given what it lacks."""
    own_installation.start()
    run, archive = own_installation.run, tmp_path / "qixian.tar.gz"
    acted = register(run, letter("acted"))["letter"]["id"]
    expected: dict[str, dict[str, Any]] = {}

    def copy(source: Path, target: Path) -> None:
        copy_database(source, target)
        if source.name == "temporal.db":
            assert run("record", "acted", "told").code == 0
            register(run, letter("unseen"))
            expected.update({matter: shown(run, matter) for matter in ("acted", "unseen")})

    monkeypatch.setattr("operations.backup.copy_database", copy)
    operations.backup.back_up(Settings(dir=own_installation.folder), archive, datetime.now(UTC))
    restored = Installation(tmp_path / "restored")
    own_installation.end(signal.SIGKILL)
    assert restored.run("restore", str(archive)).code == 0
    restored.start()
    run = restored.run
    try:
        assert {matter: shown(run, matter) for matter in ("acted", "unseen")} == expected
        found = findings(run)
        unseen = matter_of(run("show", "unseen", "--json").json()["letter"]["id"])
        assert (unseen, "no_workflow") in found
        assert set(found) <= {(unseen, "no_workflow"), (matter_of(acted), "behind")}

        assert run("audit", "--mend", "--json").json()["mended"]["taken_up"] == 1
        assert (unseen, "no_workflow") not in findings(run)
        assert run("record", "acted", "reported").code == 0
        assert findings(run) == []
        assert [event["type"] for event in shown(run, "acted")["events"]] == ["told", "reported"]
        assert shown(run, "unseen") == expected["unseen"]
    finally:
        restored.end(signal.SIGTERM)
