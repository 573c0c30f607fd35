"""How a process of ours ends: its exit code, and one line of error for whatever stopped it."""

import os
import sys
from collections.abc import Callable

from pydantic import ValidationError

from cluster.errors import Unconfirmed, Unreachable
from operations.words import both
from rules.errors import Refused
from rules.letters.problems import refusal
from settings import Settings

DONE, FOUND, REFUSED, UNREACHABLE, UNCONFIRMED, INTERRUPTED = 0, 1, 2, 3, 4, 130


def guarded(called: Callable[[], int]) -> int:
    """Call something and turn whatever stops it into one line of error and an exit code."""
    try:
        return called()
    except Refused as refused:
        return fail(REFUSED, _field(refused.field), refused.reason)
    except ValidationError as error:
        return fail(REFUSED, *_setting(error))
    except Unreachable as error:
        return fail(UNREACHABLE, error.service, both(f"unreachable.{error.service}", detail=error.detail))
    except Unconfirmed as error:
        return fail(UNCONFIRMED, error.subject, both("unconfirmed", queue=error.task_queue))
    except BrokenPipeError:
        # Whoever read the output has seen enough; nothing may be written any more, not even at the end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return DONE
    except OSError as error:
        return fail(UNREACHABLE, "system", both("unreachable.system", detail=error))
    except KeyboardInterrupt:
        return INTERRUPTED


def fail(code: int, field: str, reason: str) -> int:
    """Write one line of error and return the exit code."""
    sys.stderr.write(" ".join(f"error: {field}: {reason}".split()) + "\n")
    return code


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


def _field(field: str) -> str:
    """Name a field of the data as the command line has it."""
    names = {"agencies": "agency", "parties": "party", "outcomes": "outcome"}
    first, _, rest = field.partition(".")
    if first in names and rest.partition(".")[0].isdigit():
        place = rest.partition(".")[2]
        return names[first] + (f".{place}" if place and place not in ("agency", "name") else "")
    return names.get(first, first) + (f".{rest}" if rest else "")
