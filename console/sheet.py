"""The docket as a spreadsheet: the columns and rows that the page shows."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from io import BytesIO
from typing import Any

import xlsxwriter

from console.words import said
from desk.wording import owed_by, state_of
from rules.counting.clock import local
from rules.texts import Language

_COLUMNS = (
    ("light", 8), ("due", 12), ("nominal", 14), ("matter", 16), ("title", 28), ("kind", 22), ("number", 24),
    ("court", 20), ("received", 12), ("rule", 8), ("act", 34), ("who", 34), ("state", 12), ("provisional", 8),
)  # fmt: skip
MOST_ROWS = 50_000
"""Rows of one spreadsheet; each is kept in memory until it is written."""
_DATES = {"due", "nominal", "received"}


def spreadsheet(
    rows: Sequence[Mapping[str, Any]], names: Mapping[str, str], language: Language, now: datetime
) -> bytes:
    """Write rows of the docket as a workbook; dates are dates, and every text is a text, whatever it begins with."""
    body = BytesIO()
    book = xlsxwriter.Workbook(body, {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False})
    book.set_properties({"created": local(now).replace(tzinfo=None)})
    sheet = book.add_worksheet(said("nav.docket", language))
    head, day = book.add_format({"bold": True, "bg_color": "#EEF1F5"}), book.add_format({"num_format": "yyyy-mm-dd"})
    for place, (name, width) in enumerate(_COLUMNS):
        sheet.set_column(place, place, width)
        sheet.write_string(0, place, said(f"duty.{name}", language), head)
    for number, row in enumerate(rows, start=1):
        for place, (name, _) in enumerate(_COLUMNS):
            value = _cell(name, row, names, language)
            if name in _DATES and value:
                sheet.write_datetime(number, place, datetime.fromisoformat(value), day)
            else:
                sheet.write_string(number, place, value)
    sheet.freeze_panes(1, 0)
    if rows:
        sheet.autofilter(0, 0, len(rows), len(_COLUMNS) - 1)
    sheet.set_landscape()
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(0)
    book.close()
    return body.getvalue()


def _cell(name: str, row: Mapping[str, Any], names: Mapping[str, str], language: Language) -> str:
    said_of = {
        "light": lambda: said(f"lamp.{row['light']}", language),
        "kind": lambda: said(f"kind.{row['kind'] or 'none'}", language),
        "act": lambda: str(row["act" if language == "zh" else "act_en"]),
        "who": lambda: owed_by(row, names, language),
        "state": lambda: state_of(row, language),
        "provisional": lambda: said("duty.provisional", language) if row["provisional"] else "",
        "received": lambda: str(row["received_on"] or ""),
    }
    return said_of[name]() if name in said_of else str(row[name] or "")
