"""`qixian backup` and `restore`: one archive of the installation on this machine, and an installation made of one."""

from pathlib import Path

import click

from operations.backup import back_up, default_name
from operations.backup import restore as restore_archive
from rules.counting.clock import local
from settings import Settings
from starter.cli.app import emit, json_option, now
from starter.words import both

_dir_option = click.option(
    "--dir", "folder", type=click.Path(path_type=Path), help="安装目录 folder (default: QIXIAN_DIR, else .qixian)"
)


@click.command(
    help="备份本机安装（运行中亦可）。Back up the installation on this machine, also while it runs.",
    epilog="例 example: qixian backup qixian.tar.gz",
)
@click.argument("file", type=click.Path(path_type=Path), required=False)
@_dir_option
@json_option
@click.pass_obj
def backup(settings: Settings, file: Path | None, folder: Path | None, as_json: bool) -> None:
    """Put an installation into one archive."""
    moment = now()
    target = default_name(moment) if file is None else file
    manifest = back_up(_in(settings, folder), target, moment)
    size = target.stat().st_size
    lines = [
        both("backup.done", file=target.absolute(), size=size),
        both("backup.matters", matters=manifest.matters, open=manifest.open_matters),
        both("backup.personal"),
    ]
    emit({"file": str(target.absolute()), "size": size, **manifest.model_dump(mode="json")}, as_json, lambda: lines)


@click.command(
    help="将备份恢复到新的目录。Make an installation of a backup, in a new folder.",
    epilog="例 example: qixian restore qixian.tar.gz --dir restored",
)
@click.argument("file", type=click.Path(path_type=Path))
@_dir_option
@json_option
@click.pass_obj
def restore(settings: Settings, file: Path, folder: Path | None, as_json: bool) -> None:
    """Make an installation of an archive."""
    settings = _in(settings, folder)
    manifest = restore_archive(settings, file)
    place = settings.dir.absolute()
    lines = [
        both("restore.done", dir=place, at=f"{local(manifest.made_at):%Y-%m-%d %H:%M}", version=manifest.qixian),
        both("backup.matters", matters=manifest.matters, open=manifest.open_matters),
        both("restore.next", dir=place),
    ]
    emit({"dir": str(place), **manifest.model_dump(mode="json")}, as_json, lambda: lines)


def _in(settings: Settings, folder: Path | None) -> Settings:
    return settings if folder is None else settings.model_copy(update={"dir": folder})
