"""Parts of long lists: a page of them, all of them to be printed, and all of them as a spreadsheet."""

from collections.abc import Iterable
from typing import Annotated, NamedTuple
from urllib.parse import quote

from fastapi import Query
from starlette.responses import Response

from console.visit import Visit
from console.words import said
from rules.counting.clock import local_date
from rules.errors import Refused
from rules.texts import Language

PAGE = 50
"""Rows a page."""

MOST_PRINTED = 5000
"""Rows that one print has at most."""

Printed = Annotated[bool, Query(alias="print", description="打印全部 all rows, to be printed")]


class Part(NamedTuple):
    """Which rows of a list are shown: from where on, how many, and which page of how many that is."""

    offset: int
    size: int
    number: int
    pages: int


def part_of(total: int, wanted: int, *, whole: bool = False) -> Part:
    """Return the page of a list that is asked for, or the last there is; or all of it, if that can be printed."""
    if whole:
        refuse_too_many(total, MOST_PRINTED)
        return Part(0, MOST_PRINTED, 1, 1)
    pages = max(-(-total // PAGE), 1)
    number = min(wanted, pages)
    return Part((number - 1) * PAGE, PAGE, number, pages)


def refuse_too_many(count: int, most: int) -> None:
    """Refuse a list that is too long for one paper or one sheet."""
    if count > most:
        raise Refused("all", "too_many_rows", count=count, most=most)


def columns_of(names: Iterable[str], language: Language) -> list[tuple[str, str]]:
    """Name the columns that a reader can choose from."""
    return [(name, said(f"column.{name}", language)) for name in names]


def workbook_of(visit: Visit, face: str, body: bytes) -> Response:
    """Return a spreadsheet under the name that people know it by."""
    words = f"{said('nav.docket', visit.language)}-{said(f'docket.{face}', visit.language)}"
    day = f"{local_date(visit.now):%Y%m%d}"
    plain, name = f"docket-{face}-{day}.xlsx", quote(f"{words}-{day}.xlsx")
    kind = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    disposition = f"attachment; filename=\"{plain}\"; filename*=UTF-8''{name}"
    return Response(body, media_type=kind, headers={"content-disposition": disposition})
