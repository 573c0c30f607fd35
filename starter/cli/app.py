"""The command line's frame: exit codes, one line an error, and what commands share."""

import asyncio
import json
import os
import sys
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime
from typing import Any, TextIO, TypeVar

import click
from pydantic import ValidationError

from rules.errors import Refused
from rules.letters.parse import parse_person
from rules.letters.problems import refusal
from rules.texts import both
from settings import Settings, read_settings
from starter.errors import Unconfirmed, Unreachable

DONE, REFUSED, UNREACHABLE, UNCONFIRMED = 0, 2, 3, 4
T = TypeVar("T")


def now() -> datetime:
    """Give the present; the one place where the command line asks the machine's clock."""
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
    """Give who records: the one named, else the one in the settings."""
    return parse_person(settings.by if by is None else by)


def main(root: click.Command, arguments: Sequence[str] | None = None) -> int:
    """Run a command line and give its exit code: 0 done, 2 refused, 3 out of reach, 4 not yet confirmed."""
    given = list(sys.argv[1:] if arguments is None else arguments)

    def called() -> int:
        code = root.main(given, prog_name="qixian", standalone_mode=False, obj=read_settings(os.environ))
        return code if isinstance(code, int) else DONE

    return guarded(called)


def guarded(called: Callable[[], int]) -> int:
    """Call something and turn whatever it says into one line of error and an exit code."""
    try:
        return called()
    except click.exceptions.NoArgsIsHelpError as error:
        click.echo(error.ctx.get_help() if error.ctx else error.format_message())
        return DONE
    except click.ClickException as error:
        return _fail(REFUSED, *_usage(error))
    except Refused as refused:
        return _fail(REFUSED, _field(refused.field), refused.reason)
    except ValidationError as error:
        return _fail(REFUSED, *_setting(error))
    except Unreachable as error:
        return _fail(UNREACHABLE, error.service, both(f"unreachable.{error.service}", detail=error.detail))
    except Unconfirmed as error:
        return _fail(UNCONFIRMED, error.letter_id, both("unconfirmed", queue=error.task_queue))
    except BrokenPipeError:
        # Whoever read the output has seen enough; nothing may be written any more, not even at the end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return DONE
    except OSError as error:
        return _fail(UNREACHABLE, "system", both("unreachable.system", detail=error))
    except (click.Abort, KeyboardInterrupt):
        return 130


def _setting(error: ValidationError) -> tuple[str, str]:
    """Name the setting that is wrong; everything else is checked where it is read."""
    first = error.errors()[0]
    if not first["loc"]:
        return "QIXIAN", both("refused.settings", detail=str(first.get("ctx", {}).get("error", first["msg"])))
    name = str(first["loc"][0])
    setting = Settings.model_fields.get(name)
    about = setting.description if setting else None
    if about and first["type"] not in ("missing", "int_parsing", "float_parsing", "bool_parsing"):
        return f"QIXIAN_{name.upper()}", both("refused.setting", about=about)
    return f"QIXIAN_{name.upper()}", refusal(error).reason


def _fail(code: int, field: str, reason: str) -> int:
    click.echo(" ".join(f"error: {field}: {reason}".split()), err=True)
    return code


def _field(field: str) -> str:
    """Name a field of the data as the command line has it."""
    names = {"agencies": "agency", "parties": "party", "outcomes": "outcome"}
    first, _, rest = field.partition(".")
    if first in names and rest.partition(".")[0].isdigit():
        place = rest.partition(".")[2]
        return names[first] + (f".{place}" if place and place not in ("agency", "name") else "")
    return names.get(first, first) + (f".{rest}" if rest else "")


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
