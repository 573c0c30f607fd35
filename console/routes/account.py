"""登录与账号: signing in and out, the language, one's own password and tokens."""

from datetime import timedelta
from typing import Annotated

from fastapi import APIRouter, Form, Query, Request
from starlette.responses import RedirectResponse, Response

from console.pages import page
from console.visit import (
    LANGUAGE_COOKIE,
    Anybody,
    NotSignedIn,
    Posted,
    SignedIn,
    Visit,
    cookie_name,
    field,
    form_cookie,
)
from console.words import refusal
from docket import accounts, sign_ins
from docket.acts import Actor, log
from docket.engine import reading, writing
from rules.errors import Refused

router = APIRouter()
_YEAR = 365 * 24 * 3600
_LONGEST_NAME = 80
_LONGEST_TOKEN, _USUAL_TOKEN = 366, 90
"""Days that a token is good for."""


def inside(target: str) -> str:
    """Return an address of this console to go on to; anything else leads to the first page."""
    return target if target.startswith("/") and not target.startswith(("//", "/\\")) else "/"


@router.post("/language")
def choose_language(
    request: Request,
    language: Annotated[str, Form()] = "zh",
    target: Annotated[str, Form(alias="next")] = "/",
) -> Response:
    """Switch the language of this browser."""
    answer = RedirectResponse(inside(target), 303)
    chosen = "en" if language == "en" else "zh"
    secure = request.app.state.office.secure
    answer.set_cookie(LANGUAGE_COOKIE, chosen, max_age=_YEAR, httponly=True, samesite="lax", secure=secure)
    return answer


@router.get("/sign-in")
def show_sign_in(visit: Anybody, target: Annotated[str, Query(alias="next")] = "/") -> Response:
    """Show the sign-in page."""
    if visit.somebody is not None:
        return RedirectResponse(inside(target), 303)
    return _sign_in_page(visit, inside(target))


def _sign_in_page(visit: Visit, target: str, status: int = 200, person: str = "", problem: str = "") -> Response:
    # Nobody is signed in yet, so the form's secret travels in a cookie of its own.
    secret = visit.request.cookies.get(form_cookie(visit.office)) or sign_ins.new_secret()
    answer = page(
        visit, "sign_in.html", status, target=target, person=person, problem=problem, csrf=secret,
        oidc=visit.office.settings.oidc_name if visit.office.settings.oidc_issuer else "",
    )  # fmt: skip
    answer.set_cookie(form_cookie(visit.office), secret, httponly=True, samesite="strict", secure=visit.office.secure)
    return answer


@router.post("/sign-in")
def sign_in(visit: Anybody, form: Posted) -> Response:
    """Sign in by person and password; what fails too often has to wait."""
    office, now = visit.office, visit.now
    person, password, target = field(form, "person"), form.get("password"), field(form, "next")
    try:
        words = password if isinstance(password, str) else ""
        right = accounts.password_fits(office.engine, person, words, visit.address, now)
    except Refused as refused:
        return _sign_in_page(visit, inside(target), 429, person, refusal(refused, visit.language))
    if right:
        return enter(visit, person, inside(target))
    _log_failed(visit, person)
    wrong = refusal(Refused("person", "wrong_password"), visit.language)
    return _sign_in_page(visit, inside(target), 422, person, wrong)


def _log_failed(visit: Visit, person: str) -> None:
    with writing(visit.office.engine) as session:
        log(session, Actor(person[:80], f"console {visit.address}"), visit.now, "sign_in_failed", person[:80])


def enter(visit: Visit, person: str, target: str) -> Response:
    """Open a sign-in for a person whose identity is proved, and go on."""
    office, now = visit.office, visit.now
    with writing(office.engine) as session:
        sign_ins.sign_out(session, visit.request.cookies.get(cookie_name(office), ""))
        secret = sign_ins.sign_in(session, person, visit.address, now)
        log(session, Actor(person, f"console {visit.address}"), now, "sign_in", person)
    answer = RedirectResponse(target, 303)
    answer.set_cookie(
        cookie_name(office), secret, httponly=True, samesite="lax", secure=office.secure,
        max_age=int(office.longest.total_seconds()),
    )  # fmt: skip
    answer.delete_cookie(form_cookie(office), secure=office.secure)
    return answer


@router.post("/sign-out")
def sign_out(visit: Anybody, form: Posted) -> Response:
    """End this sign-in."""
    secret = visit.request.cookies.get(cookie_name(visit.office), "")
    with writing(visit.office.engine) as session:
        sign_ins.sign_out(session, secret)
        if visit.somebody is not None:
            log(session, visit.actor, visit.now, "sign_out", visit.viewer.person)
    answer = RedirectResponse("/sign-in", 303)
    answer.delete_cookie(cookie_name(visit.office), secure=visit.office.secure)
    return answer


@router.get("/account")
def show_account(visit: Anybody) -> Response:
    """Show one's own account; who still has a one-time password sees nothing else."""
    return _account_page(visit)


def _account_page(visit: Visit, status: int = 200, problem: Refused | None = None, issued: str = "") -> Response:
    with reading(visit.office.engine) as session:
        own = sign_ins.tokens(session, visit.viewer.person)
    problems = {problem.field: refusal(problem, visit.language)} if problem else {}
    return page(
        visit, "account.html", status, here="account", problems=problems, tokens=own, issued=issued,
        scopes=visit.viewer.scopes, days=_USUAL_TOKEN,
    )  # fmt: skip


@router.post("/account/tokens")
def issue_token(visit: SignedIn, form: Posted) -> Response:
    """Make a token of some of one's own rights; it is shown once."""
    scopes = [scope for scope in form.getlist("scopes") if isinstance(scope, str)]
    name, days = field(form, "name"), field(form, "days")
    try:
        _refuse_token(visit, name, scopes, days)
    except Refused as refused:
        return _account_page(visit, 422, refused)
    until = visit.now + timedelta(days=int(days))
    with writing(visit.office.engine) as session:
        secret = sign_ins.issue_token(session, visit.viewer.person, name, scopes, visit.now, until)
        new = {"name": name, "scopes": sorted(scopes), "until": until.isoformat()}
        log(session, visit.actor, visit.now, "token", visit.viewer.person, None, new)
    return _account_page(visit, issued=secret)


def _refuse_token(visit: Visit, name: str, scopes: list[str], days: str) -> None:
    visit.viewer.refuse_scopes(scopes)
    if not name:
        raise Refused("name", "missing")
    if not name.isprintable():
        raise Refused("name", "bad_characters")
    if len(name) > _LONGEST_NAME:
        raise Refused("name", "too_long", limit=_LONGEST_NAME)
    if not days.isdecimal() or not 1 <= int(days[:9]) <= _LONGEST_TOKEN:
        raise Refused("days", "choice", expected=f"1-{_LONGEST_TOKEN}")


@router.post("/account/tokens/revoke")
def revoke_token(visit: SignedIn, form: Posted) -> Response:
    """Revoke a token of one's own."""
    with writing(visit.office.engine) as session:
        row = sign_ins.revoke_token(session, visit.viewer.person, field(form, "token"))
        log(session, visit.actor, visit.now, "token_revoked", visit.viewer.person, {"name": row.name})
    return RedirectResponse("/account?done=saved", 303)


@router.post("/account/password")
def change_password(visit: Anybody, form: Posted) -> Response:
    """Change one's own password; every sign-in of that person ends, and this one begins anew."""
    if visit.somebody is None:
        raise NotSignedIn
    person = visit.viewer.person
    old, new, again = (str(form.get(name, "")) for name in ("old", "new", "again"))
    try:
        accounts.change_password(visit.office.engine, visit.actor, old, new, again, visit.address, visit.now)
    except Refused as refused:
        if refused.field == "old":
            _log_failed(visit, person)
        return _account_page(visit, 422, refused)
    return enter(visit, person, "/?done=password")
