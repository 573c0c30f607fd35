"""One archive of the installation on this machine, taken while it runs, and an installation made of one.

An archive is a compressed tar of a manifest and the two SQLite files. What is refused, or fails, leaves nothing behind:
everything is made in a folder beside its place, checked there, and put in place by one rename.
"""

import gzip
import hashlib
import os
import sqlite3
import tarfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from importlib.metadata import version
from pathlib import Path
from tempfile import TemporaryDirectory

from pydantic import AwareDatetime, BaseModel, ConfigDict, ValidationError

from cluster.errors import Unreachable
from docket.copies import check_database, contents, copy_database
from docket.schema import known_revisions
from rules.counting.clock import local
from rules.errors import Refused
from settings import Settings

DOCKET, TEMPORAL, MANIFEST = "docket.db", "temporal.db", "manifest.json"
_DATABASES = (TEMPORAL, DOCKET)
_MEMBERS = (MANIFEST, *_DATABASES)
_LARGEST_MANIFEST = 64 * 1024
_OWNER_ONLY = 0o600
"""Letters name people, so an archive is for nobody but its owner."""

_COMPRESSION = 6
"""The best compression takes twice as long and saves a fortieth of the size."""


class CopiedFile(BaseModel):
    """What a file of an archive must be: its bytes and their SHA-256."""

    model_config = ConfigDict(frozen=True)

    size: int
    sha256: str


class Manifest(BaseModel):
    """What an archive holds, and by which release and when it was made."""

    model_config = ConfigDict(frozen=True)

    qixian: str
    revision: str
    made_at: AwareDatetime
    matters: int
    open_matters: int
    files: dict[str, CopiedFile]


def default_name(now: datetime) -> Path:
    """Return the name of an archive that is made at an instant, by the clerk's clock."""
    return Path(f"qixian-{local(now):%Y%m%d-%H%M%S}.tar.gz")


def back_up(settings: Settings, target: Path, now: datetime) -> Manifest:
    """Put the installation in the settings' folder into one archive; a file that is there already is left alone."""
    _check_docket_in_folder(settings)
    for name in _DATABASES:
        if not (settings.dir / name).exists():
            raise Refused("dir", "no_installation", dir=str(settings.dir.absolute()), name=name)
    if os.path.lexists(target):
        raise Refused("file", "file_exists", file=str(target))
    with _beside(target, "file") as folder:
        # Temporal's file comes first and the docket second, so that whatever this Temporal knows to be settled is in
        # this docket. A letter whose docket is ahead is given the docket's state at its next step (docket/settle.py),
        # and one that Temporal does not know is found by the audit. The other way round, steps would count as settled
        # whose notices and events stand nowhere, and nobody would write them again.
        for name in (TEMPORAL, DOCKET):
            with _copying(name):
                copy_database(settings.dir / name, folder / name)
        manifest = _described(folder, now)
        (folder / MANIFEST).write_text(manifest.model_dump_json(indent=1), encoding="utf-8")
        _pack(folder, folder / "archive")
        _publish(folder / "archive", target)
    return manifest


def restore(settings: Settings, source: Path) -> Manifest:
    """Make an installation of an archive in the settings' folder, which has to be empty or not there yet."""
    _check_docket_in_folder(settings)
    # A path that ends in dots names no place in its parent.
    target = settings.dir.resolve()
    if found := _names_in(target):
        raise Refused("dir", "dir_taken", dir=str(target), found="、".join(found[:5]))
    with _beside(target, "dir") as staging:
        folder = staging / "installation"
        folder.mkdir(mode=0o700)
        manifest = _unpacked(source, folder)
        for name in _DATABASES:
            with _checking("file", name):
                check_database(folder / name)
        with _checking("file", DOCKET):
            if contents(folder / DOCKET) != (manifest.revision, manifest.matters, manifest.open_matters):
                raise Refused("file", "archive_differs", name=DOCKET)
        for name in (*_DATABASES, "."):
            _sync(folder / name)
        # This fails on a folder that is not empty any more, so an installation started meanwhile is safe.
        folder.rename(target)
        _sync(target.parent)
    return manifest


def _check_docket_in_folder(settings: Settings) -> None:
    """Refuse where the docket is not the folder's own file: what is elsewhere is backed up where it is."""
    file = settings.docket_file
    if file is None or file.absolute() != (settings.dir / DOCKET).absolute():
        raise Refused("QIXIAN_DATABASE_URL", "docket_elsewhere")


def _names_in(folder: Path) -> list[str]:
    """List what is in a folder; one that is not there holds nothing."""
    try:
        return sorted(each.name for each in folder.iterdir())
    except FileNotFoundError:
        return []
    except NotADirectoryError as error:
        raise Refused("dir", "dir_unusable", detail=str(error)) from error


@contextmanager
def _beside(target: Path, field: str) -> Iterator[Path]:
    """Return a folder beside a place, on its disk and for its owner only; it goes with all that is left in it."""
    try:
        staging = TemporaryDirectory(prefix=".qixian-", dir=target.parent)
    except OSError as error:
        raise Refused(field, "place_unusable", detail=f"{target.absolute().parent}: {error.strerror}") from error
    with staging as name:
        yield Path(name)


@contextmanager
def _copying(name: str) -> Iterator[None]:
    """Say in our words why a file can't be copied: the disk or our rights, or else the file itself."""
    try:
        yield
    except sqlite3.OperationalError as error:
        raise Unreachable("system", f"{name}: {error}") from error
    except sqlite3.DatabaseError as error:
        raise Refused("dir", "database_damaged", name=name, detail=str(error)) from error


@contextmanager
def _checking(field: str, name: str) -> Iterator[None]:
    """Refuse a database that does not pass its check, or lacks what it should hold."""
    try:
        yield
    except sqlite3.DatabaseError as error:
        raise Refused(field, "database_damaged", name=name, detail=str(error)) from error


def _described(folder: Path, now: datetime) -> Manifest:
    """Describe the copies in a folder, once they have passed their check: a backup of damaged data helps nobody."""
    for name in _DATABASES:
        with _checking("dir", name):
            check_database(folder / name)
    with _checking("dir", DOCKET):
        held = contents(folder / DOCKET)
    files = {name: _measured(folder / name) for name in _DATABASES}
    return Manifest(
        qixian=version("qixian"), revision=held.revision, made_at=local(now).replace(microsecond=0),
        matters=held.matters, open_matters=held.open_matters, files=files,
    )  # fmt: skip


def _measured(path: Path) -> CopiedFile:
    with path.open("rb") as file:
        return CopiedFile(size=path.stat().st_size, sha256=hashlib.file_digest(file, "sha256").hexdigest())


def _pack(folder: Path, archive: Path) -> None:
    archive.touch(mode=_OWNER_ONLY)
    with archive.open("wb") as file:
        with tarfile.open(fileobj=file, mode="w:gz", compresslevel=_COMPRESSION) as tar:
            for name in _MEMBERS:
                tar.add(folder / name, name, filter=_anonymous)
        file.flush()
        os.fsync(file.fileno())


def _anonymous(member: tarfile.TarInfo) -> tarfile.TarInfo:
    """Leave out whose files they were: they become those of whoever unpacks them, and of nobody else."""
    return member.replace(uid=0, gid=0, uname="", gname="", mode=_OWNER_ONLY, deep=False)


def _publish(archive: Path, target: Path) -> None:
    """Return a finished archive its name, unless a file has come to have it meanwhile."""
    try:
        target.touch(mode=_OWNER_ONLY, exist_ok=False)
    except FileExistsError as error:
        raise Refused("file", "file_exists", file=str(target)) from error
    archive.replace(target)
    _sync(target.parent)


def _unpacked(source: Path, folder: Path) -> Manifest:
    """Unpack an archive's databases, once its members are those of its manifest; what they hold must be as well."""
    try:
        file = source.open("rb")
    except OSError as error:
        raise Refused("file", "file_unreadable", detail=str(error)) from error
    with file:
        try:
            # Read to the end first: the checksum that a file which was cut short lacks is there.
            with gzip.open(file) as plain:
                while plain.read(1024 * 1024):
                    pass
                plain.seek(0)
                with tarfile.open(fileobj=plain, mode="r:") as tar:
                    manifest = _manifest(tar)
                    wanted = [member for member in tar.getmembers() if member.name != MANIFEST]
                    tar.extractall(folder, wanted, filter="data")
        except (tarfile.TarError, EOFError, zlib.error, gzip.BadGzipFile) as error:
            raise Refused("file", "archive_damaged", detail=str(error)) from error
    for name in _DATABASES:
        if _measured(folder / name) != manifest.files[name]:
            raise Refused("file", "archive_differs", name=name)
    return manifest


def _manifest(tar: tarfile.TarFile) -> Manifest:
    """Read an archive's manifest and hold the members against it."""
    members = tar.getmembers()
    listed = next((member for member in members if member.name == MANIFEST and member.isreg()), None)
    content = tar.extractfile(listed) if listed is not None else None
    if listed is None or content is None or listed.size > _LARGEST_MANIFEST:
        raise Refused("file", "archive_damaged", detail=MANIFEST)
    try:
        manifest = Manifest.model_validate_json(content.read())
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in (MANIFEST, *first["loc"]))
        raise Refused("file", "archive_damaged", detail=f"{place}: {first['msg']}") from error
    # An archive of a newer release may well have members that this one does not know, so this comes first.
    if manifest.revision not in known_revisions():
        raise Refused("file", "docket_newer", detail=manifest.revision)
    for member in members:
        if member.name not in _MEMBERS or not member.isreg():
            raise Refused("file", "archive_member", name=repr(member.name))
    for names in ([member.name for member in members], [MANIFEST, *manifest.files]):
        if sorted(names) != sorted(_MEMBERS):
            raise Refused("file", "archive_damaged", detail="、".join(names))
    return manifest


def _sync(path: Path) -> None:
    """Flush a file, or the names in a folder, to the disk before anybody is told that it is there."""
    opened = os.open(path, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)
