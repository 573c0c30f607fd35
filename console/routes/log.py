"""操作记录: who did what, when, from where, with the old and the new value."""

from collections.abc import Mapping
from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, Query
from starlette.responses import Response

from console.pages import page
from console.visit import Auditor, Visit
from desk.wording import named
from docket.acts import acts
from docket.directory import person_names
from docket.engine import reading
from docket.tables import ActRow
from rules.access import Right
from rules.letters.letter import MATTER, short_id
from rules.letters.registry import kinds
from rules.telling.wording import event_name

router = APIRouter()
_ON_MATTERS = ("register", "record", "move", "join", "send", "discard", "mend", "accept")
"""Acts on a letter, or on the whole matter."""
_ON_PEOPLE = (
    "sign_in", "sign_in_failed", "sign_out", "password", "password_issued", "person", "feed", "token", "token_revoked",
)  # fmt: skip
PAGE = 50
"""Acts a page."""


@router.get("/log")
def show(
    visit: Auditor,
    q: Annotated[str, Query(max_length=200)] = "",
    before: Annotated[int | None, Query(ge=1, le=2**31 - 1)] = None,
) -> Response:
    """Show a page of acts, the latest first."""
    with reading(visit.office.engine) as session:
        rows = acts(session, q.strip(), before, PAGE)
        people = person_names(session)
        lines = [(row, *_object(row, visit, people)) for row in rows]
    older = rows[-1].id if len(rows) == PAGE else None
    return page(visit, "log.html", here="log", lines=lines, people=people, q=q, older=older)


def _object(row: ActRow, visit: Visit, people: Mapping[str, str]) -> tuple[str, str, str]:
    """Say what an act was done to, with the event recorded and the address of the letter or matter, if it was one."""
    _, kind, name, *_ = [*row.object.split("/"), "", ""]
    if row.act not in _ON_MATTERS or kind not in (MATTER, *kinds()):
        return people.get(row.object, row.object) if row.act in _ON_PEOPLE else row.object, "", ""
    type_ = str((row.new or {}).get("type", "")) if row.act == "record" else ""
    event = event_name(type_, kind, visit.language) if type_ else ""
    there = f"/matters/{quote(name)}" if kind == MATTER else f"/letters/{short_id(row.object)}"
    return named(row.object, visit.language), event, there if visit.viewer.may(Right.READ) else ""
