"""`qixian`: the command line, on the desk. Each command's module is imported only when it is asked for."""

import sys
from importlib import import_module

import click

from starter.cli.app import main as run_main

COMMANDS = {
    "up": ("starter.cli.up:up", "在本机启动整套系统 The whole system on this machine"),
    "demo": ("starter.cli.demo:demo", "在虚拟时间中演示几件来文 Play letters through their months"),
    "register": ("starter.cli.letters:register", "登记来文 Register a letter"),
    "record": ("starter.cli.letters:record", "登记办理情况 Record what happened"),
    "matter": ("starter.cli.matter:matter", "案件 Cases: one whole, all, one on file, a letter moved, two made one"),
    "show": ("starter.cli.views:show", "查看来文 Show how a letter stands"),
    "why": ("starter.cli.views:why", "算期单 Show how a date was counted"),
    "list": ("starter.cli.views:list_", "台账 List duties by date"),
    "reckon": ("starter.cli.reckon:reckon", "推算期限 Count a date and show how"),
    "calendar": ("starter.cli.calendar:calendar", "放假安排 Which years are published; load one"),
    "rulebook": ("starter.cli.rulebook:rulebook", "规则库 Which rulebook new letters come under"),
    "directory": ("starter.cli.directory:directory", "机关与人员名录 The directory of agencies and people"),
    "console": ("starter.cli.console:console", "单独运行网页 The console by itself"),
    "account": ("starter.cli.account:account", "账号 One-time passwords"),
    "audit": ("starter.cli.audit:audit", "核对 Compare every open letter with what is pending"),
    "health": ("starter.cli.health:health", "运行状态 Whether every part runs"),
    "backup": ("starter.cli.backup:backup", "备份本机安装 Back up the installation on this machine"),
    "restore": ("starter.cli.backup:restore", "恢复备份 Make an installation of a backup"),
}


class _Commands(click.Group):
    """Lists commands without importing them: the libraries behind some of them take a second to load."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        module, _, name = COMMANDS[cmd_name][0].partition(":")
        command: click.Command = getattr(import_module(module), name)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("命令 Commands"):
            formatter.write_dl([(name, words) for name, (_, words) in COMMANDS.items()])


@click.command(
    cls=_Commands,
    help="期限：法院来函的期限引擎。Durable deadlines for the letters that courts send a county.",
    epilog="例 example: qixian up ；另开终端 then: qixian register --help",
)
@click.version_option(package_name="qixian", message="%(prog)s %(version)s")
def qixian() -> None:
    """Gather the commands."""


def main() -> None:
    """Run the command line and leave with its exit code."""
    sys.exit(run_main(qixian))
