"""The API as an application of its own under /api: its description, its page, and its errors as JSON."""

from importlib.resources import files
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from sqlalchemy.exc import DataError
from starlette.exceptions import HTTPException
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.staticfiles import StaticFiles

from cluster.errors import Unconfirmed
from console.api import account, answers, books, directory, letters, lists, matters, notices
from console.failures import AWAY, NOT_FOUND, service_away, unfit
from console.office import Office
from console.pages import VERSION, render
from console.visit import Forbidden, NotSignedIn, Visit
from operations.words import text
from rules.errors import Refused
from rules.letters.problems import refusals_of

_ROUTERS = tuple(each.router for each in (account, letters, matters, lists, notices, directory, books))
_DESCRIPTION = """与网页相同的办理，供其他系统调用。令牌在“我的账号”中生成，按权限范围授权；时间均为北京时间。

The same acts as on the pages, for other programs. Make a token under “My account”; dates are taken in Asia/Shanghai.
Every refusal names the field, the reason and what would be accepted, and changes nothing. An answer of 202 means that
a request stands but no worker has confirmed it yet; repeating it is safe.
"""
_ANSWERS: dict[int | str, dict[str, Any]] = {
    202: {"model": answers.Away, "description": "Asked for, not yet confirmed; safe to repeat"},
    401: {"model": answers.Refusals, "description": "No token, or none that is good"},
    403: {"model": answers.Refusals, "description": "The token's scopes, or the person's role, do not allow it"},
    404: {"model": answers.Refusals, "description": "There is no such thing, or it does not concern the caller"},
    413: {"model": answers.Refusals, "description": "Too large"},
    422: {"model": answers.Refusals, "description": "Refused; nothing was changed"},
    503: {"model": answers.Away, "description": "Temporal or the docket is away; nothing was written"},
}


def api(office: Office) -> FastAPI:
    """Build the API of an installation."""
    app = FastAPI(
        title="期限 Qixian", description=_DESCRIPTION, version=VERSION, docs_url=None, redoc_url=None,
        openapi_url="/openapi.json", servers=[{"url": "/api"}], root_path_in_servers=False,
    )  # fmt: skip
    app.state.office = office
    for router in _ROUTERS:
        app.include_router(router, responses=_ANSWERS)
    assets = files("fastapi_offline").joinpath("static")
    app.mount("/assets", StaticFiles(directory=str(assets)), name="assets")
    app.add_api_route("/docs", _page, include_in_schema=False)
    for kind, handler in _HANDLERS.items():
        app.add_exception_handler(kind, handler)
    return app


def _page(request: Request) -> Response:
    """Show the description as a page, from this machine's own files."""
    policy = (
        "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
        "connect-src 'self'; base-uri 'none'; frame-ancestors 'none'"
    )
    body = render("api.html", Visit(request).language)
    # The page that shows the description styles its elements itself; no script of its own is written into it.
    return HTMLResponse(body, headers={"content-security-policy": policy})


def _refusals(status: int, refused: list[Refused], headers: dict[str, str] | None = None) -> Response:
    return JSONResponse({"refused": [each.as_json() for each in refused]}, status, headers)


def _refused(request: Request, error: Refused) -> Response:
    return _refusals(404 if error.key in NOT_FOUND else 422, [error])


def _not_signed_in(request: Request, error: Exception) -> Response:
    return _refusals(401, [Refused("authorization", "token_needed")], {"www-authenticate": "Bearer"})


def _forbidden(request: Request, error: Exception) -> Response:
    return _refusals(403, [Refused("authorization", "not_allowed")])


def _invalid(request: Request, error: RequestValidationError) -> Response:
    problems = [{**problem, "loc": problem["loc"][1:] or ("body",)} for problem in error.errors()]
    return _refusals(422, refusals_of(problems))


def _http(request: Request, error: HTTPException) -> Response:
    if error.status_code == 400:
        # A body that is no text at all is refused like one that is no JSON.
        return _refusals(422, [Refused("body", "bad_json", detail=error.detail)])
    headers = {"allow": ", ".join(sorted(_methods(request)))} if error.status_code == 405 else {}
    key = {404: "no_such_address", 405: "no_such_method", 413: "body_too_large"}.get(error.status_code, "bad_request")
    return _refusals(error.status_code, [Refused("request", key)], headers)


def _methods(request: Request) -> set[str]:
    """List the methods of an address, which may belong to more than one route."""
    path = request.url.path.removeprefix("/api")
    routes = [route for router in _ROUTERS for route in router.routes if isinstance(route, APIRoute)]
    return {method for route in routes if route.path_regex.match(path) for method in route.methods or ()}


def no_such_address() -> Response:
    """Say as JSON that the API has no such address, where the console was asked in its stead."""
    return _refusals(404, [Refused("request", "no_such_address")])


def _service_away(request: Request, error: Exception) -> Response:
    service = service_away(error)
    return _away(503, service, f"unreachable.{service}", detail="-")


def _unconfirmed(request: Request, error: Unconfirmed) -> Response:
    return _away(202, "worker", "unconfirmed", queue=error.task_queue)


def _away(status: int, service: str, key: str, **values: object) -> Response:
    words = {"service": service, "reason": text(key, "zh", **values), "reason_en": text(key, "en", **values)}
    return JSONResponse(words, status, {"retry-after": "30"} if status == 503 else None)


_HANDLERS: dict[type[Exception], Any] = {
    NotSignedIn: _not_signed_in,
    Forbidden: _forbidden,
    Refused: _refused,
    HTTPException: _http,
    RequestValidationError: _invalid,
    Unconfirmed: _unconfirmed,
    DataError: lambda request, error: _refused(request, unfit(error)),
    **dict.fromkeys(AWAY, _service_away),
}
