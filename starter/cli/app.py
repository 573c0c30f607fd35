"""The command line's frame: exit codes, one line an error, and what commands share."""

import asyncio
import json
import os
import sys
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime
from typing import Any, TextIO, TypeVar

import click

from operations.process import DONE, INTERRUPTED, REFUSED, fail, guarded
from rules.letters.parse import parse_person
from settings import Settings, read_settings
from starter.words import both

T = TypeVar("T")


def now() -> datetime:
    """Return the present; the one place where the command line asks the machine's clock."""
    return datetime.now(UTC)


def run(work: Awaitable[T]) -> T:
    """Run the asynchronous part of a command."""

    async def _awaited() -> T:
        return await work

    return asyncio.run(_awaited())


def emit(data: Any, as_json: bool, words: Callable[[], Sequence[str]]) -> None:
    """Write a result: as JSON, or as lines for people."""
    if as_json:
        click.echo(json.dumps(data, ensure_ascii=False, indent=1, default=str))
    else:
        for line in words():
            click.echo(line)


json_option = click.option("--json", "as_json", is_flag=True, help="输出 JSON machine-readable output")
by_option = click.option("--by", metavar="PERSON", help="登记人 who records (default: QIXIAN_BY, else clerk)")


def at_terminal(stream: TextIO | None) -> bool:
    """Tell whether a person sits at a stream; a service may have been started without any."""
    return stream is not None and stream.isatty()


def recorder(settings: Settings, by: str | None) -> str:
    """Return who records: the one named, else the one in the settings."""
    return parse_person(settings.by if by is None else by)


def main(root: click.Command, arguments: Sequence[str] | None = None) -> int:
    """Run a command line and return its exit code: 0 done, 2 refused, 3 out of reach, 4 not yet confirmed."""
    given = list(sys.argv[1:] if arguments is None else arguments)

    def called() -> int:
        try:
            code = root.main(given, prog_name="qixian", standalone_mode=False, obj=read_settings(os.environ))
        except click.exceptions.NoArgsIsHelpError as error:
            click.echo(error.ctx.get_help() if error.ctx else error.format_message())
            return DONE
        except click.ClickException as error:
            return fail(REFUSED, *_usage(error))
        except click.Abort:
            return INTERRUPTED
        return code if isinstance(code, int) else DONE

    return guarded(called)


def _usage(error: click.ClickException) -> tuple[str, str]:
    match error:
        case click.NoSuchCommand(ctx=click.Context(command=click.Group() as group) as context):
            known = ", ".join(group.list_commands(context))
            return "command", both("usage.no_command", name=error.command_name, known=known)
        case click.MissingParameter(param=click.Parameter(name=str(name))):
            return name, both("refused.missing")
        case click.BadParameter(param=click.Parameter(name=str(name))):
            return name, both("refused.malformed", detail=error.message)
        case click.NoSuchOption():
            return error.option_name, both("usage.no_option")
        case click.BadOptionUsage():
            return error.option_name, both("refused.malformed", detail=error.message)
        case click.UsageError():
            return "command", both("usage.command", detail=error.format_message())
    return "command", error.format_message()
