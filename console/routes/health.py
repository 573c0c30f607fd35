"""Health and metrics, for probes and Prometheus; nobody signs in for them."""

import hmac
from ipaddress import ip_address

from fastapi import APIRouter, Request
from prometheus_client import CONTENT_TYPE_LATEST
from starlette.responses import JSONResponse, Response

from console.office import Office
from console.visit import Forbidden
from operations.health import metrics

router = APIRouter()


@router.get("/health")
async def show_health(request: Request) -> Response:
    """Say whether everything runs, with 503 where not; which part it is only to those who may read the metrics."""
    office: Office = request.app.state.office
    found = await office.looking.found()
    said = found.as_json() if _trusted(request, office) else {"status": found.as_json()["status"]}
    return JSONResponse(said, 200 if found.fine else 503)


@router.get("/metrics")
async def show_metrics(request: Request) -> Response:
    """Return Prometheus its figures: from this machine itself, or with the token of the settings."""
    office: Office = request.app.state.office
    if not _trusted(request, office):
        raise Forbidden
    return Response(metrics(await office.looking.found()), media_type=CONTENT_TYPE_LATEST)


def _trusted(request: Request, office: Office) -> bool:
    expected = office.settings.metrics_token.get_secret_value()
    if expected:
        given = request.headers.get("authorization", "")
        return hmac.compare_digest(given.encode(), f"Bearer {expected}".encode())
    # Whoever comes through a proxy has its address, so what it forwards counts as coming from elsewhere.
    forwarded = "x-forwarded-for" in request.headers or "forwarded" in request.headers
    return not forwarded and request.client is not None and _loopback(request.client.host)


def _loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False
