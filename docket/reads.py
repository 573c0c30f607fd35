"""Reading the docket: letters, lists, notices. Lamps are computed here, from stored dates and the time given."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, and_, exists, func, or_
from sqlalchemy.orm import defer
from sqlmodel import Session, col, select

from docket.tables import DutyAgencyRow, DutyRow, LetterRow, NoticeRow, PersonRow
from rules.counting.clock import local, local_date
from rules.duties.duty import DutyState, Light, light
from rules.errors import Refused
from rules.letters.fields import one_spelling
from rules.state import LetterState

OPEN = (DutyState.OPEN.value, DutyState.WAITING.value)


_LONGEST_REFERENCE = 400


def find_letter(session: Session, reference: str) -> LetterState:
    """Find a letter by its id, its short name, or an unambiguous part of its id."""
    if not reference or len(reference) > _LONGEST_REFERENCE or not reference.isprintable():
        raise Refused("letter", "unknown_letter", letter=reference)
    row = session.get(LetterRow, reference)
    if row is None:
        row = _only(reference, session.exec(select(LetterRow).where(LetterRow.short == reference.lower())).all())
    if row is None:
        spellings = {reference, one_spelling(reference)}
        parts = [col(LetterRow.id).contains(spelling, autoescape=True) for spelling in spellings]
        parts += [col(LetterRow.number) == spelling for spelling in spellings]
        row = _only(reference, session.exec(select(LetterRow).where(or_(*parts)).limit(5)).all())
    if row is None:
        raise Refused("letter", "unknown_letter", letter=reference)
    return LetterState.model_validate(row.state)


def _only(reference: str, rows: Sequence[LetterRow]) -> LetterRow | None:
    """Give the one letter that is meant; several are refused. What was voided as a mistake stands in nobody's way."""
    found = [each for each in rows if not each.voided] or rows
    if len(found) > 1:
        listed = "、".join(f"{each.short}（{each.id}）" for each in found)
        raise Refused("letter", "ambiguous_letter", letter=reference, found=listed)
    return found[0] if found else None


def letters_of_matter(session: Session, county: str, matter: str) -> list[LetterState]:
    """List the letters of a matter, in the order they were received."""
    rows = session.exec(
        select(LetterRow)
        .where(LetterRow.county == county, LetterRow.matter == matter)
        .order_by(col(LetterRow.received_at), LetterRow.id)
    )
    return [LetterState.model_validate(row.state) for row in rows]


def open_letters(session: Session, after: str = "", limit: int = 500) -> list[LetterState]:
    """List open letters by id, a page at a time, so that none is left out however many there are."""
    rows = session.exec(
        select(LetterRow)
        .where(col(LetterRow.closed_at).is_(None), LetterRow.id > after)
        .order_by(LetterRow.id)
        .limit(limit)
    )
    return [LetterState.model_validate(row.state) for row in rows]


class Filter(NamedTuple):
    """What a list of duties is narrowed to; None leaves a criterion out."""

    agency: str | None = None
    kind: str | None = None
    light: Light | None = None
    overdue: bool = False
    due_before: date | None = None
    everything: bool = False


def list_duties(session: Session, wanted: Filter, now: datetime) -> list[dict[str, Any]]:
    """List duties with their letters, most pressing first, all of them; finished ones only if `everything` is asked."""
    agencies = select(func.aggregate_strings(col(DutyAgencyRow.agency), ",")).where(_its_agency()).scalar_subquery()
    query = select(DutyRow, LetterRow, agencies)
    # A line needs none of a letter's state. SQLModel types a column by its value, which defer does not take.
    query = query.options(defer(LetterRow.state, raiseload=True))  # type: ignore[arg-type]
    query = query.where(DutyRow.letter_id == LetterRow.id, *_criteria(wanted, now))
    query = query.order_by(col(DutyRow.due).is_(None), col(DutyRow.due), LetterRow.id, col(DutyRow.position))
    return [_line(duty, letter, sorted(named.split(",")), now) for duty, letter, named in session.exec(query)]


def _its_agency() -> ColumnElement[bool]:
    return and_(col(DutyAgencyRow.letter_id) == DutyRow.letter_id, col(DutyAgencyRow.key) == DutyRow.key)


def _criteria(wanted: Filter, now: datetime) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if not wanted.everything:
        found.append(col(DutyRow.state).in_(OPEN))
    if wanted.agency is not None:
        found.append(exists().where(_its_agency(), col(DutyAgencyRow.agency) == wanted.agency))
    if wanted.kind is not None:
        found.append(col(LetterRow.kind) == wanted.kind)
    if wanted.due_before is not None:
        found.append(col(DutyRow.due) < wanted.due_before)
    if wanted.overdue:
        found += [col(DutyRow.state) == "open", ~col(DutyRow.soft), col(DutyRow.due_at) <= now]
    if wanted.light is not None:
        found.append(_lit(wanted.light, now))
    return found


def _lit(wanted: Light, now: datetime) -> ColumnElement[bool]:
    """Say in SQL what `rules.duties.duty.light` says of one duty."""
    is_open, soft = col(DutyRow.state) == "open", col(DutyRow.soft)
    late = col(DutyRow.due_at).is_not(None) & (col(DutyRow.due_at) <= now)
    soon = col(DutyRow.warn_on).is_not(None) & (col(DutyRow.warn_on) <= local_date(now))
    return {
        Light.RED: is_open & late & ~soft,
        Light.YELLOW: is_open & or_(late & soft, ~late & soon),
        Light.GREEN: is_open & ~late & ~soon,
        Light.GREY: ~is_open,
    }[wanted]


def _line(duty: DutyRow, letter: LetterRow, agencies: list[str], now: datetime) -> dict[str, Any]:
    return {
        "letter": letter.id,
        "short": letter.short,
        "kind": letter.kind,
        "matter": letter.matter,
        "title": letter.title,
        "duty": duty.key,
        "rule": duty.rule,
        "act": duty.act,
        "act_en": duty.act_en,
        "agency": duty.agency,
        "agencies": agencies,
        "obligor": duty.obligor,
        "due": duty.due.isoformat() if duty.due else None,
        "nominal": duty.nominal.isoformat() if duty.nominal else None,
        "state": duty.state,
        "overdue": duty.state == DutyState.OPEN and duty.due_at is not None and now >= duty.due_at,
        "light": light(duty.state, duty.soft, duty.due_at, duty.warn_on, now).value,
        "provisional": duty.provisional,
        "presumed": duty.presumed,
        "soft": duty.soft,
    }


def notices_of(session: Session, letter_id: str) -> list[dict[str, Any]]:
    """List a letter's notices, oldest first, with the names of whom they are for."""
    query = (
        select(NoticeRow, PersonRow.name)
        .join(PersonRow, col(PersonRow.id) == col(NoticeRow.person), isouter=True)
        .where(NoticeRow.letter_id == letter_id)
        .order_by(col(NoticeRow.created_at), NoticeRow.key)
    )
    return [notice_line(row) | {"name": name} for row, name in session.exec(query)]


def notice_line(row: NoticeRow) -> dict[str, Any]:
    """Give one notice as data."""
    return {
        "key": row.key,
        "to": row.address,
        "person": row.person,
        "kind": row.kind,
        "status": row.status,
        "late": row.late,
        "at": local(row.created_at).isoformat(timespec="seconds"),
        "send_at": local(row.send_at).isoformat(timespec="seconds"),
        "subject": row.subject,
        "body": row.body,
        "duties": row.duties,
    }
