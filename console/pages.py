"""Rendering a page: templates with the visit's language, the navigation and the lamps."""

import json
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from functools import partial
from importlib.metadata import version
from itertools import groupby
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from starlette.responses import HTMLResponse

from console.visit import Visit
from console.words import known, speaker
from desk.wording import choice, owed_by, owed_to, state_of
from docket.engine import reading
from docket.inbox import MANY, count_unread
from rules.access import Right
from rules.counting.calendar import weekday_name
from rules.counting.clock import local, local_date
from rules.telling.wording import event_key
from rules.texts import Language

NAVIGATION: tuple[tuple[str, str, Right | None], ...] = (
    ("today", "/", None),
    ("register", "/register", Right.REGISTER),
    ("matters", "/matters", Right.READ),
    ("docket", "/docket", Right.READ),
    ("supervision", "/supervision", Right.SUPERVISE),
    ("calendar", "/calendar", None),
    ("notices", "/notices", None),
    ("administration", "/administration", Right.ADMINISTER),
    ("log", "/log", Right.LOG),
)
"""The pages in the head of each page, and the right that each asks for."""

_PUNCTUATION: Mapping[Language, Mapping[str, str]] = {
    "zh": {"colon": "：", "semicolon": "；", "comma": "、", "open": "（", "close": "）"},
    "en": {"colon": ": ", "semicolon": "; ", "comma": ", ", "open": " (", "close": ")"},
}
_WEEKDAYS_EN = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


def weekday(day: date, language: Language) -> str:
    """Name a day of the week in one language."""
    return weekday_name(day) if language == "zh" else _WEEKDAYS_EN[day.weekday()]


def _day(value: date | str | None, language: Language) -> str:
    """Show a date with its day of the week, or a dash."""
    if not value:
        return "—"
    day = date.fromisoformat(value[:10]) if isinstance(value, str) else value
    return f"{day.isoformat()} {weekday(day, language)}"


def _moment(value: datetime | str | None) -> str:
    """Show an instant to the minute in Shanghai's time; midnight is a day that was given without a time."""
    if not value:
        return "—"
    return (
        local(datetime.fromisoformat(value) if isinstance(value, str) else value)
        .strftime("%Y-%m-%d %H:%M")
        .removesuffix(" 00:00")
    )


def _next_to_each_other(rows: Iterable[Mapping[str, Any]], name: str) -> list[tuple[Any, list[Mapping[str, Any]]]]:
    """Gather rows that follow each other and say the same of one thing; their order stays."""
    return [(value, list(together)) for value, together in groupby(rows, key=lambda row: row[name])]


def _day_or_blank(value: str) -> bool:
    try:
        return not value or date.fromisoformat(value).isoformat() == value
    except ValueError:
        return False


def _environment() -> Environment:
    found = Environment(
        loader=PackageLoader("console"), autoescape=True, undefined=StrictUndefined,
        trim_blocks=True, lstrip_blocks=True,
    )  # fmt: skip
    found.filters["moment"] = _moment
    found.filters["groupby_next"] = _next_to_each_other
    # A browser's date input shows nothing that is not a date; what else was typed must be seen to be mended.
    found.tests["day_or_blank"] = _day_or_blank
    found.filters["tojson_plain"] = lambda value: json.dumps(value, ensure_ascii=False, indent=1)
    return found


_templates = _environment()
VERSION = version("qixian")


def render(template: str, language: Language, **context: Any) -> str:
    """Render a template that needs to know nobody, in one language."""
    shared: dict[str, Any] = {
        "t": speaker(language),
        "language": language,
        **_PUNCTUATION[language],
        "event_key": event_key,
        "owed_by": partial(owed_by, language=language),
        "owed_to": partial(owed_to, language=language),
        "state_of": partial(state_of, language=language),
        "choice": partial(choice, language=language),
        "day": lambda value: _day(value, language),
        "product": VERSION,
        "viewer": None,
        "once": False,
        "csrf": "",
        "navigation": (),
        "here": "",
        "path": "/",
        "unread": 0,
        "done": "",
    }
    return _templates.get_template(template).render(shared | context)


def page(
    visit: Visit, template: str, status: int = 200, headers: Mapping[str, str] | None = None, **context: Any
) -> HTMLResponse:
    """Render a page for whoever makes a request."""
    viewer = visit.somebody
    navigation = [each for each in NAVIGATION if viewer and (each[2] is None or viewer.may(each[2]))]
    unread = 0
    if viewer is not None:
        with reading(visit.office.engine) as session:
            unread = count_unread(session, viewer.person, visit.now)
    done = visit.request.query_params.get("done", "")
    shared: dict[str, Any] = {
        "viewer": viewer,
        "once": visit.once,
        "csrf": visit.csrf,
        "navigation": () if visit.once else navigation,
        "path": visit.request.url.path + (f"?{visit.request.url.query}" if visit.request.url.query else ""),
        "unread": f"{MANY - 1}+" if unread == MANY else unread,
        "done": f"done.{done}" if known(f"done.{done}") else "",
        "now": visit.now,
        "today": local_date(visit.now),
    }
    return HTMLResponse(render(template, visit.language, **(shared | context)), status, headers)
