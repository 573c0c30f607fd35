"""名录: agencies and people, one at a time; and letting people in with one-time passwords."""

from collections.abc import Callable, Mapping
from typing import NamedTuple

from fastapi import APIRouter
from pydantic import TypeAdapter
from sqlmodel import Session
from starlette.responses import RedirectResponse, Response

from console import fields as forms
from console.fields import Field
from console.pages import page
from console.visit import Administrator, Posted, Visit
from console.words import refusal
from docket import accounts
from docket.admin import owes, save
from docket.directory import Agency, Person, agency_row, listed, person_row
from docket.engine import reading, writing
from docket.tables import AgencyRow, PersonRow
from rules.errors import Refused

router = APIRouter(prefix="/administration")
NEW = "+"
"""Stands in the address for an agency or a person that is not there yet; no id is like it."""

_AT_ONCE = 12
"""One-time passwords on one sheet; each takes a while to hash."""


class _Kind(NamedTuple):
    """What is edited: its name in addresses, its model, and how it is read and saved."""

    name: str
    act: str
    model: type[Agency] | type[Person]
    row: Callable[[Session, str], AgencyRow | PersonRow | None]


_AGENCIES = _Kind("agencies", "agency", Agency, agency_row)
_PEOPLE = _Kind("people", "person", Person, person_row)


@router.get("")
def index(visit: Administrator) -> Response:
    """Begin with the agencies."""
    return RedirectResponse("/administration/agencies", 303)


@router.get("/agencies")
def agencies(visit: Administrator) -> Response:
    """List the agencies."""
    with reading(visit.office.engine) as session:
        found, people = listed(session)
    staff: dict[str, int] = {}
    for each in people:
        if each.agency and each.active:
            staff[each.agency] = staff.get(each.agency, 0) + 1
    return page(visit, "agencies.html", here="administration", tab="agencies", agencies=found, staff=staff)


@router.get("/people")
def people(visit: Administrator) -> Response:
    """List the people, with the state of their accounts."""
    with reading(visit.office.engine) as session:
        known, found = listed(session)
        held = accounts.accounts(session)
        without = len(accounts.people_without_account(session))
    names = {agency.id: agency.name for agency in known}
    return page(
        visit, "people.html", here="administration", tab="people", people=found, names=names, accounts=held,
        without=without, at_once=min(without, _AT_ONCE),
    )  # fmt: skip


@router.get("/agencies/{agency}")
def agency(visit: Administrator, agency: str) -> Response:
    """Show one agency, or the form of a new one."""
    return _show(visit, _AGENCIES, agency)


@router.post("/agencies/{agency}")
def change_agency(visit: Administrator, agency: str, form: Posted) -> Response:
    """Save an agency."""
    return _change(visit, _AGENCIES, agency, form)


@router.get("/people/{person}")
def person(visit: Administrator, person: str) -> Response:
    """Show one person, or the form of a new one."""
    return _show(visit, _PEOPLE, person)


@router.post("/people/{person}")
def change_person(visit: Administrator, person: str, form: Posted) -> Response:
    """Save a person."""
    return _change(visit, _PEOPLE, person, form)


@router.post("/passwords")
def issue_passwords(visit: Administrator, form: Posted) -> Response:
    """Give everybody who has no account a one-time password, a sheet to cut up; so many at a time."""
    with reading(visit.office.engine) as session:
        without = accounts.people_without_account(session)
    issued = accounts.issue_to(visit.office.engine, without[:_AT_ONCE], visit.now, visit.actor)
    left = len(without[_AT_ONCE:])
    return page(
        visit,
        "slips.html",
        here="administration",
        tab="people",
        issued=issued,
        left=left,
        at_once=min(left, _AT_ONCE),
    )


@router.post("/people/{person}/password")
def issue_password(visit: Administrator, person: str, form: Posted) -> Response:
    """Give somebody a one-time password; it is shown once, and whatever they had before ends."""
    password = accounts.issue_password(visit.office.engine, person, visit.now, visit.actor)
    return _show(visit, _PEOPLE, person, password)


def _show(visit: Visit, kind: _Kind, identifier: str, issued: str = "") -> Response:
    row = _row(visit, kind, identifier)
    inputs = forms.prefilled(_fields(visit, kind, row), row.model_dump() if row else {})
    if row is None or row.active:
        inputs.append(("active", "yes"))
    return _page(visit, kind, row, forms.Values(inputs), {}, issued=issued)


def _row(visit: Visit, kind: _Kind, identifier: str) -> AgencyRow | PersonRow | None:
    """Return the row of an id, None for a new one; an id that nobody has is refused."""
    if identifier == NEW:
        return None
    with reading(visit.office.engine) as session:
        row = kind.row(session, identifier)
    if row is None:
        raise Refused("id", f"{kind.act}_unknown", **{kind.act: identifier})
    return row


def _fields(visit: Visit, kind: _Kind, row: AgencyRow | PersonRow | None) -> list[Field]:
    own = row.fields if isinstance(row, PersonRow) else []
    with reading(visit.office.engine) as session:
        known = listed(session, active=True)[0]
    held = [each["channel"] for each in row.channels] if isinstance(row, PersonRow) else []
    channels = sorted({*visit.office.settings.channels, *held})
    options = {
        "channel": [(each, each) for each in channels],
        "agency": [(each.id, each.name) for each in known],
        "fields": [(each, each) for each in sorted({each.field for each in known} | set(own))],
    }
    return forms.fields(kind.model, () if channels else ("channels",), visit.language, options)


def _page(
    visit: Visit,
    kind: _Kind,
    row: AgencyRow | PersonRow | None,
    typed: forms.Values,
    problems: Mapping[str, str],
    status: int = 200,
    issued: str = "",
    more: str = "",
) -> Response:
    with reading(visit.office.engine) as session:
        account = accounts.account(session, row.id) if row else None
        owing = owes(session, row.id) if isinstance(row, AgencyRow) else 0
    found = _fields(visit, kind, row)
    return page(
        visit, f"{kind.act}.html", status, labels=forms.labels(found), here="administration", tab=kind.name, row=row,
        values=typed, fields=found, rows=forms.shown_rows(found, typed, more), problems=problems, account=account,
        owing=owing, issued=issued,
    )  # fmt: skip


def _change(visit: Visit, kind: _Kind, identifier: str, form: Posted) -> Response:
    """Save what was typed, with what it was and what it is in the record of acts."""
    row = _row(visit, kind, identifier)
    more = str(form.get("step", ""))
    if more.startswith("more:"):
        return _page(visit, kind, row, forms.values(form), {}, more=more.removeprefix("more:"))
    given = forms.data(_fields(visit, kind, row), form) | ({"id": row.id} if row else {})
    adapter: TypeAdapter[Agency | Person] = TypeAdapter(kind.model)
    parsed, problems = forms.parsed(adapter, given, visit.language)
    if parsed is None:
        return _page(visit, kind, row, forms.values(form), problems, 422)
    active = "active" in form
    try:
        with writing(visit.office.engine) as session:
            save(session, visit.actor, visit.now, parsed, active=active, new=row is None)
    except Refused as refused:
        problems = {refused.field: refusal(refused, visit.language)}
        return _page(visit, kind, row, forms.values(form), problems, 422)
    return RedirectResponse(f"/administration/{kind.name}?done=saved", 303)
