"""Lists by API: duties, figures, the record of acts."""

from typing import Annotated, Any

from fastapi import APIRouter, Query
from pydantic import ConfigDict, Field

from console.api import answers
from console.api.caller import Auditor, Reader, Supervisor
from console.asked import Asked, scope_of
from docket.acts import acts
from docket.engine import reading
from docket.figures import load, supervised
from docket.lists import Page, count_duties, list_duties
from rules.counting.clock import local_date

router = APIRouter()
LARGEST_PAGE = 200
Number = Annotated[int, Query(alias="page", ge=1, le=100_000)]
Size = Annotated[int, Query(alias="size", ge=1, le=LARGEST_PAGE)]


class Wanted(Asked):
    """What a list of duties is asked for; a parameter that there is not is refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    size: int = Field(50, ge=1, le=LARGEST_PAGE)


@router.get("/duties", response_model=answers.Lines, tags=["docket 台账"])
def duties(caller: Reader, asked: Annotated[Wanted, Query()]) -> dict[str, Any]:
    """List duties with their letters, a page at a time."""
    scope = scope_of(caller.viewer)
    with reading(caller.office.engine) as session:
        total = count_duties(session, asked.filter(), caller.now, scope)
        part = Page(asked.sort, asked.down, (asked.page - 1) * asked.size, asked.size)
        return {"total": total, "duties": list_duties(session, asked.filter(), caller.now, scope, part)}


@router.get("/figures", response_model=answers.Figures, tags=["supervision 督办"])
def figures(caller: Supervisor) -> dict[str, Any]:
    """Return agencies by lamp, and the load of the coming four weeks."""
    with reading(caller.office.engine) as session:
        agencies, _ = supervised(session, caller.now)
        coming = load(session, local_date(caller.now))
    return {"agencies": [each._asdict() | {"punctual": each.punctual} for each in agencies], "load": coming}


@router.get("/acts", response_model=answers.Acts, tags=["acts 操作记录"])
def list_acts(
    caller: Auditor,
    q: Annotated[str, Query(max_length=200)] = "",
    before: Annotated[int | None, Query(ge=1, le=2**31 - 1)] = None,
    size: Size = 50,
) -> dict[str, Any]:
    """List what people did, the latest first."""
    with reading(caller.office.engine) as session:
        rows = acts(session, q, before, size)
        return {
            "acts": [row.model_dump() for row in rows],
            "older": rows[-1].id if len(rows) == size else None,
        }
