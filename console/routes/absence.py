"""外出: one's own absences, or anybody's for an administrator, and who is told instead."""

from contextlib import suppress
from datetime import date

from fastapi import APIRouter
from pydantic import TypeAdapter, ValidationError
from starlette.responses import RedirectResponse, Response

from console.pages import page
from console.visit import Forbidden, Posted, SignedIn, Visit, field
from console.words import refusal
from docket.absence import absences, end_absence, possible_deputies, set_absence
from docket.directory import person_names, person_row
from docket.engine import reading, writing
from rules.access import Right
from rules.counting.clock import local_date
from rules.errors import Refused

router = APIRouter(prefix="/absence")
_date: TypeAdapter[date] = TypeAdapter(date)


@router.get("/{person}")
def show(visit: SignedIn, person: str) -> Response:
    """Show a person's absences that are not over, and the form of a new one."""
    return _page(visit, person)


def _page(visit: Visit, person: str, typed: dict[str, str] | None = None, *refused: Refused) -> Response:
    _refuse(visit, person)
    with reading(visit.office.engine) as session:
        row = person_row(session, person)
        if row is None:
            raise Refused("person", "person_unknown", person=person)
        found = absences(session, person, local_date(visit.now))
        deputies = possible_deputies(session, person)
        names = person_names(session)
    problems = {each.field: refusal(each, visit.language) for each in refused}
    return page(
        visit, "absence.html", 422 if refused else 200, here="account", row=row, absences=found, deputies=deputies,
        names=names, typed=typed or {}, problems=problems,
    )  # fmt: skip


@router.post("/{person}")
def set_one(visit: SignedIn, person: str, form: Posted) -> Response:
    """Have a deputy told instead of a person from one day to another."""
    _refuse(visit, person)
    typed = {name: field(form, name) for name in ("deputy", "first", "last")}
    if blank := {name: Refused(name, "missing") for name in ("first", "last", "deputy") if not typed[name]}:
        return _page(visit, person, typed, *blank.values())
    try:
        first, last = _day(typed, "first"), _day(typed, "last")
        with writing(visit.office.engine) as session:
            today = local_date(visit.now)
            set_absence(session, visit.actor, visit.now, today, person, typed["deputy"], first, last)
    except Refused as refused:
        return _page(visit, person, typed, refused)
    return RedirectResponse(f"/absence/{person}?done=saved", 303)


@router.post("/{person}/end")
def end_one(visit: SignedIn, person: str, form: Posted) -> Response:
    """Take an absence back."""
    _refuse(visit, person)
    number = field(form, "absence")
    if not number.isdecimal() or len(number) > 9:
        raise Refused("absence", "absence_unknown")
    # One that was taken back already, from another page, is as it should be.
    with suppress(Refused), writing(visit.office.engine) as session:
        end_absence(session, visit.actor, visit.now, person, int(number))
    return RedirectResponse(f"/absence/{person}?done=saved", 303)


def _refuse(visit: Visit, person: str) -> None:
    if person != visit.viewer.person and not visit.may(Right.ADMINISTER):
        raise Forbidden


def _day(typed: dict[str, str], name: str) -> date:
    try:
        return _date.validate_python(typed[name])
    except ValidationError as error:
        raise Refused(name, "bad_date") from error
