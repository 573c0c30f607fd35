"""A calendar year as a file: the State Council's notice, or only the statutory holidays until it is out."""

import json
from datetime import date, timedelta
from importlib.resources import files
from pathlib import Path

from pydantic import Field, ValidationError

from rules.counting.written import Day
from rules.errors import CalendarRefused
from rules.files import malformed, read_small
from rules.values import Frozen

LARGEST_FILE = 64 * 1024
"""Bytes; a year's file has about two thousand."""

LONGEST_BREAK = 12
"""Days; the longest one that was ever given has ten (Spring Festival 2020, once it was prolonged)."""


class Break(Frozen):
    """One holiday of a notice: an inclusive range of days off and its name."""

    first: Day
    last: Day
    name: str = Field(min_length=1, max_length=40, pattern=r"^\S+$")

    def days(self) -> list[date]:
        """List the days off of this break."""
        return [self.first + timedelta(days=n) for n in range((self.last - self.first).days + 1)]


class StatutoryDay(Frozen):
    """One day of 《全国年节及纪念日放假办法》 art. 2 in a given year."""

    day: Day
    name: str = Field(min_length=1, max_length=40, pattern=r"^\S+$")


class YearDocument(Frozen):
    """What is known of one year's days off; published once the notice's `issued` date is there."""

    year: int = Field(ge=2000, le=2100)
    doc_no: str | None = Field(None, min_length=1, max_length=60, pattern=r"^\S+$")
    issued: Day | None = None
    off: tuple[Break, ...] = ()
    work: tuple[Day, ...] = ()
    statutory: tuple[StatutoryDay, ...] = ()

    @property
    def published(self) -> bool:
        """Tell whether this is a State Council notice rather than only the statutory days."""
        return self.issued is not None

    @property
    def source(self) -> str:
        """Name the notice by its 文号, or by its issue date where the number is not known."""
        if not self.published:
            return f"《全国年节及纪念日放假办法》{self.year}年（未公布调休）"
        return self.doc_no or f"国务院办公厅{self.issued}通知"


def read_year(source: str, where: str) -> YearDocument:
    """Read a year's file and refuse it, naming the place, where it can't be true."""
    if len(source.encode()) > LARGEST_FILE:
        raise CalendarRefused(where, "calendar_too_large", limit=LARGEST_FILE)
    try:
        document = YearDocument.model_validate_json(source)
    except ValidationError as error:
        raise malformed(error, where, CalendarRefused, "calendar_malformed") from error
    _check(document, where)
    return document


def read_year_file(path: Path) -> YearDocument:
    """Read a year's file from disk; an unreadable one is refused by its name."""
    source = read_small(path, LARGEST_FILE, CalendarRefused, "calendar_too_large", "calendar_unreadable")
    return read_year(source, str(path))


def shipped_years() -> dict[int, YearDocument]:
    """Read the years that come with the program, by year."""
    folder = files("rules.counting").joinpath("years")
    found = [read_year(entry.read_text(encoding="utf-8"), entry.name) for entry in folder.iterdir()]
    return {document.year: document for document in sorted(found, key=lambda document: document.year)}


def as_json(document: YearDocument) -> str:
    """Write a year so that equal content is equal text; digests are taken from it."""
    return json.dumps(document.model_dump(mode="json"), ensure_ascii=False, sort_keys=True)


def _check(document: YearDocument, where: str) -> None:
    year = document.year
    earliest, latest = date(year - 1, 12, 28), date(year, 12, 31)
    if not document.published and (document.off or document.work):
        raise CalendarRefused(f"{where}:issued", "calendar_not_issued")
    if not document.published and not document.statutory:
        raise CalendarRefused(f"{where}:statutory", "calendar_empty")
    if document.issued is not None and document.issued.year not in (year - 1, year):
        raise CalendarRefused(f"{where}:issued", "calendar_issue_year", issued=document.issued, year=year)
    off: dict[date, str] = {}
    for number, holiday in enumerate(document.off):
        place = f"{where}:off.{number}"
        if (holiday.last - holiday.first).days >= LONGEST_BREAK:
            raise CalendarRefused(place, "calendar_long_break", first=holiday.first, last=holiday.last)
        if not earliest <= holiday.first <= holiday.last <= latest:
            raise CalendarRefused(place, "calendar_range", first=holiday.first, last=holiday.last, year=year)
        for day in holiday.days():
            if day in off:
                raise CalendarRefused(place, "calendar_twice", day=day)
            off[day] = holiday.name
    for number, day in enumerate(document.work):
        place = f"{where}:work.{number}"
        if day.weekday() < 5 or day in off or not earliest <= day <= latest:
            raise CalendarRefused(place, "calendar_work_day", day=day)
        if day in document.work[:number]:
            raise CalendarRefused(place, "calendar_twice", day=day)
    for number, statutory in enumerate(document.statutory):
        if statutory.day.year != year:
            raise CalendarRefused(
                f"{where}:statutory.{number}", "calendar_statutory_year", day=statutory.day, year=year
            )


def check_covers_statutory(notice: YearDocument, known: YearDocument, where: str) -> None:
    """Refuse a notice that leaves a statutory holiday of its year at work: a slip of the transcriber."""
    off = {day for holiday in notice.off for day in holiday.days()}
    for statutory in known.statutory:
        if statutory.day not in off:
            raise CalendarRefused(f"{where}:off", "calendar_statutory_missing", day=statutory.day, name=statutory.name)
