"""The docket as a spreadsheet: the columns and rows, and the words, that its two pages show."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from io import BytesIO
from typing import Any

import xlsxwriter

from console.words import said
from desk.wording import choice, ended_of, lamp_of, left_of, owed_by
from rules.counting.clock import local
from rules.texts import Language

MOST_ROWS = 50_000
"""Rows of one spreadsheet; each is kept in memory until it is written."""

Row = Mapping[str, Any]
Column = tuple[str, int, Callable[[Row], str]]
"""A column: its name, its width in characters, and what a row says in it."""

_DATES = {"due", "nominal", "received", "done"}
_COLOURS = {"red": "#FCE8E6", "yellow": "#FFF3D6", "green": "#E6F3EA"}


def duty_sheet(
    rows: Sequence[Row], names: Mapping[str, str], people: Mapping[str, str], language: Language, now: datetime
) -> bytes:
    """Write duties as a workbook."""

    def text(name: str) -> Callable[[Row], str]:
        return lambda row: str(row[name] or "")

    columns: list[Column] = [
        ("lamp", 10, lambda row: lamp_of(row, language)),
        ("left", 14, lambda row: left_of(row, language)),
        ("due", 12, text("due")),
        ("nominal", 14, text("nominal")),
        ("hearing", 26, lambda row: f"{_minute(row['happens_at'])} {row['happens_where']}".strip()),
        ("done", 12, lambda row: str(row["satisfied_on"] or row["ended_on"] or "")),
        ("ended", 26, lambda row: ended_of(row, language).partition(" ")[2]),
        ("matter", 16, text("matter")),
        ("plaintiff", 18, text("plaintiff")),
        ("title", 28, text("title")),
        ("stage", 10, lambda row: choice("proceeding", row["proceeding"], language) if row["proceeding"] else ""),
        ("act", 34, text("act" if language == "zh" else "act_en")),
        ("who", 34, lambda row: owed_by(row, names, language)),
        ("kind", 22, lambda row: said(f"kind.{row['kind'] or 'none'}", language)),
        ("number", 24, text("number")),
        ("court", 20, text("court")),
        ("received", 12, text("received_on")),
        ("rule", 8, text("rule")),
        ("provisional", 8, lambda row: said("duty.provisional", language) if row["provisional"] else ""),
        ("handler", 14, lambda row: people.get(row["handler"], row["handler"])),
        ("void", 8, lambda row: said("view.void", language) if row["voided"] else ""),
    ]
    return _workbook(rows, columns, said("docket.duties", language), language, now)


def _minute(instant: str | None) -> str:
    return (instant or "")[:16].replace("T", " ")


def matter_sheet(
    rows: Sequence[Row], names: Mapping[str, str], people: Mapping[str, str], language: Language, now: datetime
) -> bytes:
    """Write cases as a workbook, a row each."""
    comma = "、" if language == "zh" else ", "

    def following(name: str) -> Callable[[Row], str]:
        return lambda row: str(row["next"][name]) if row["next"] else ""

    columns: list[Column] = [
        ("matter", 16, lambda row: row["matter"]),
        ("plaintiff", 18, lambda row: row["plaintiff"]),
        ("agencies", 28, lambda row: comma.join(names.get(each, each) for each in row["agencies"])),
        ("title", 28, lambda row: row["title"]),
        ("stage", 12, lambda row: choice("proceeding", row["proceeding"], language) if row["proceeding"] else ""),
        ("over", 14, lambda row: row["over_on"] or ""),
        ("due", 12, following("due")),
        ("left", 14, lambda row: left_of(row["next"], language) if row["next"] else ""),
        ("act", 34, following("act" if language == "zh" else "act_en")),
        *(
            (f"lamps.{name}", 8, lambda row, name=name: str(row[name] or ""))
            for name in ("overdue", "unreported", "tardy", "due_soon")
        ),
        ("hearing", 26, lambda row: " ".join((row["hearing"] or {}).get(each, "") for each in ("on", "at", "place"))),
        ("outcome", 24, lambda row: comma.join(choice("outcomes", each, language) for each in row["outcomes"])),
        ("handler", 14, lambda row: people.get(row["opened_by"], row["opened_by"])),
        ("letters", 8, lambda row: str(row["letters"])),
    ]
    return _workbook(rows, columns, said("docket.cases", language), language, now)


def _workbook(rows: Sequence[Row], columns: Sequence[Column], title: str, language: Language, now: datetime) -> bytes:
    """Write a sheet; dates are dates, and every text is a text, whatever it begins with."""
    body = BytesIO()
    book = xlsxwriter.Workbook(body, {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False})
    book.set_properties({"created": local(now).replace(tzinfo=None)})
    sheet = book.add_worksheet(title)
    head, day = book.add_format({"bold": True, "bg_color": "#EEF1F5"}), book.add_format({"num_format": "yyyy-mm-dd"})
    lit = {light: book.add_format({"bg_color": colour}) for light, colour in _COLOURS.items()}
    for place, (name, width, _) in enumerate(columns):
        sheet.set_column(place, place, width)
        sheet.write_string(0, place, said(f"column.{name}", language), head)
    for number, row in enumerate(rows, start=1):
        for place, (name, _, cell) in enumerate(columns):
            value = cell(row)
            if name in _DATES and value:
                sheet.write_datetime(number, place, datetime.fromisoformat(value), day)
            else:
                sheet.write_string(number, place, value, lit.get(row["light"]) if name == "lamp" else None)
    sheet.freeze_panes(1, 0)
    if rows:
        sheet.autofilter(0, 0, len(rows), len(columns) - 1)
    sheet.set_landscape()
    sheet.set_paper(9)
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(0)
    sheet.set_header(f"&C{title}")
    sheet.set_footer("&C&P / &N")
    book.close()
    return body.getvalue()
