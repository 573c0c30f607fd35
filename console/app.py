"""The console as one application: routes, security headers, and what is said when something fails."""

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from importlib.resources import files
from typing import Any
from urllib.parse import quote

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from sqlalchemy.exc import DataError
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData
from starlette.exceptions import HTTPException
from starlette.middleware.sessions import SessionMiddleware
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from cluster.errors import Unconfirmed
from console.api.app import api, no_such_address
from console.failures import AWAY, NOT_FOUND, service_away, unfit
from console.kept import kept
from console.office import Office
from console.pages import page, render
from console.routes import PAGES, oidc
from console.visit import LARGEST_BODY, MOST_FIELDS, Forbidden, NotSignedIn, PasswordFirst, Visit, utf8
from console.visit import visit as visit_of
from console.words import refusal, said
from rules.counting.clock import local
from rules.errors import Refused

_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
_SECRETS = frozenset({"password", "old", "new", "again"})
_HIDDEN = _SECRETS | {"csrf", "step", "next"}
"""Inputs that are not shown again when something fails."""
_HEADERS = {
    "content-security-policy": _POLICY,
    "x-content-type-options": "nosniff",
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "permissions-policy": "camera=(), microphone=(), geolocation=()",
}


def console(office: Office) -> FastAPI:
    """Build the console of an installation."""
    app = FastAPI(title="期限 Qixian", docs_url=None, redoc_url=None, openapi_url=None, redirect_slashes=False)
    app.state.office = office
    app.add_middleware(_Guard, secure=office.secure)
    app.mount("/static", StaticFiles(directory=str(files("console").joinpath("static"))), name="static")
    app.mount("/api", api(office))
    for router in PAGES:
        app.include_router(router, include_in_schema=False)
    if office.settings.oidc_issuer:
        app.state.oidc = oidc.provider(office.settings)
        # What goes to the provider and comes back is tied to this browser by a short-lived signed cookie.
        app.add_middleware(
            SessionMiddleware, secret_key=oidc.session_secret(office.settings), session_cookie="qixian-oidc",
            max_age=600, https_only=office.secure,
        )  # fmt: skip
        app.include_router(oidc.router, include_in_schema=False)
    for kind, handler in _HANDLERS.items():
        app.add_exception_handler(kind, handler)
    return app


class _Guard:
    """Puts the security headers on every answer and refuses bodies that are too large to be meant."""

    def __init__(self, app: ASGIApp, *, secure: bool) -> None:
        self._app = app
        more = {"strict-transport-security": "max-age=31536000"} if secure else {}
        self._headers = [(name.encode(), value.encode()) for name, value in (_HEADERS | more).items()]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        taken = 0

        async def limited() -> Message:
            nonlocal taken
            message = await receive()
            taken += len(message.get("body", b""))
            if taken > LARGEST_BODY:
                raise HTTPException(413)
            return message

        async def guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                own = {name.lower() for name, _ in message["headers"]}
                message["headers"] = [*message["headers"], *(each for each in self._headers if each[0] not in own)]
                if not scope["path"].startswith("/static") and b"cache-control" not in own:
                    message["headers"].append((b"cache-control", b"no-store"))
            await send(message)

        await self._app(scope, limited, guarded)


async def _not_signed_in(request: Request, error: Exception) -> Response:
    """Send to the sign-in page and back again afterwards; what was typed into a form is shown, to be copied."""
    if request.method != "GET":
        return await _said(request, 401, "error.signed_out", await _typed(request))
    target = request.url.path + (f"?{request.url.query}" if request.url.query else "")
    return RedirectResponse(f"/sign-in?next={quote(target)}" if target != "/" else "/sign-in", 303)


def _password_first(request: Request, error: Exception) -> Response:
    return RedirectResponse("/account", 303)


async def _forbidden(request: Request, error: Exception) -> Response:
    return await _said(request, 403, "error.forbidden")


async def _refused(request: Request, error: Refused) -> Response:
    status = 404 if error.key in NOT_FOUND else 403 if error.field == "csrf" else 422
    visit = Visit(request)
    words = refusal(error, visit.language)
    # A link that asks for what can't be names what is wrong in it; there is no input to mark.
    words = f"{error.field}：{words}" if status == 422 else words
    return await _words(request, status, said("error.refused", visit.language), words, await _typed(request))


async def _unfit(request: Request, error: DataError) -> Response:
    return await _refused(request, unfit(error))


def _failed(request: Request, error: Exception) -> Response:
    """Say that the fault is ours, and when, so that it can be found in the log; the server logs the error itself."""
    visit = Visit(request)
    title, words = said("error.failed.title", visit.language), said("error.failed", visit.language)
    words = f"{words} {local(visit.now):%Y-%m-%d %H:%M:%S}"
    answer = _bare(request, 500, {"title": title, "words": words, "kept": ()})
    # The server answers this itself, beyond the guard that puts these on everything else.
    answer.headers.update(_HEADERS | {"cache-control": "no-store"})
    return answer


async def _http(request: Request, error: HTTPException) -> Response:
    if request.url.path.startswith("/api/"):
        return no_such_address()
    key = {404: "error.not_found", 405: "error.method", 413: "error.too_large"}.get(error.status_code, "error.http")
    return await _said(request, error.status_code, key)


async def _invalid(request: Request, error: RequestValidationError) -> Response:
    return await _said(request, 422, "error.http")


async def _service_away(request: Request, error: Exception) -> Response:
    """Say which service is away; what was typed stands in a form that can be sent again."""
    return await _away(request, 503, f"away.{service_away(error)}")


async def _unconfirmed(request: Request, error: Unconfirmed) -> Response:
    return await _away(request, 202, "away.unconfirmed")


async def _away(request: Request, status: int, key: str) -> Response:
    """Say that something is away without asking the docket, and keep what was typed."""
    visit = Visit(request)
    typed = await _typed(request)
    if _SECRETS & {name for name, _ in typed}:
        # A password is never written into a page; it is typed again.
        typed, address = [], "/"
    else:
        address = request.url.path + (f"?{request.url.query}" if request.url.query else "")
    words = said(key, visit.language)
    shown = kept(request.url.path, _shown(typed), visit.language)
    body = render("away.html", visit.language, words=words, typed=typed, shown=shown, address=address, path="/")
    return HTMLResponse(body, status, {"retry-after": "30"} if status == 503 else None)


async def _typed(request: Request) -> list[tuple[str, str]]:
    """Return what was typed into the form of a request, whoever has read it, and whether or not anybody has."""
    form: FormData | None = getattr(request.state, "form", None)
    if form is None and request.method == "POST" and utf8(request):
        async with request.form(max_files=1, max_fields=MOST_FIELDS, max_part_size=LARGEST_BODY) as form:
            return _texts(form)
    return _texts(form) if form else []


def _texts(form: FormData) -> list[tuple[str, str]]:
    return [(name, value) for name, value in form.multi_items() if isinstance(value, str)]


async def _said(request: Request, status: int, key: str, typed: Sequence[tuple[str, str]] = ()) -> Response:
    visit = Visit(request)
    return await _words(request, status, said(f"{key}.title", visit.language), said(key, visit.language), typed)


async def _words(
    request: Request, status: int, title: str, words: str, typed: Sequence[tuple[str, str]] = ()
) -> Response:
    shown = kept(request.url.path, _shown(typed), Visit(request).language)
    return await run_in_threadpool(_framed, request, status, {"title": title, "words": words, "kept": shown})


def _shown(typed: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    return [(name, value) for name, value in typed if value and name not in _HIDDEN]


def _framed(request: Request, status: int, context: Mapping[str, Any]) -> Response:
    """Show what is wrong under the navigation of whoever is signed in, or by itself where the docket is away."""
    try:
        return page(visit_of(request), "error.html", status, **context)
    except AWAY:
        return _bare(request, status, context)


def _bare(request: Request, status: int, context: Mapping[str, Any]) -> Response:
    return HTMLResponse(render("error.html", Visit(request).language, **context), status)


_HANDLERS: dict[type[Exception], Callable[..., Response | Awaitable[Response]]] = {
    NotSignedIn: _not_signed_in,
    PasswordFirst: _password_first,
    Forbidden: _forbidden,
    Refused: _refused,
    HTTPException: _http,
    RequestValidationError: _invalid,
    Unconfirmed: _unconfirmed,
    DataError: _unfit,
    **dict.fromkeys(AWAY, _service_away),
    Exception: _failed,
}
