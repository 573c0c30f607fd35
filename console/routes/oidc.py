"""统一身份认证: signing in with the county's own OpenID provider, where the settings name one."""

from hashlib import sha256
from typing import Annotated

from authlib.integrations.base_client.errors import OAuthError
from authlib.integrations.starlette_client import OAuth, StarletteOAuth2App
from fastapi import APIRouter, Query, Request
from httpx2 import HTTPError
from joserfc.errors import JoseError
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from cluster.errors import Unreachable
from console.routes.account import enter, inside
from console.visit import Visit
from docket.accounts import drop_unused_password
from docket.acts import Actor, log
from docket.directory import viewer as viewer_of
from docket.engine import writing
from rules.errors import Refused
from settings import Settings

router = APIRouter(prefix="/oidc")


def provider(settings: Settings) -> StarletteOAuth2App:
    """Describe the provider of the settings; its addresses are read from it when they are first needed."""
    oauth = OAuth()
    oauth.register(
        "provider",
        server_metadata_url=f"{settings.oidc_issuer.rstrip('/')}/.well-known/openid-configuration",
        client_id=settings.oidc_client_id,
        client_secret=settings.oidc_client_secret.get_secret_value() or None,
        client_kwargs={"scope": "openid profile", "code_challenge_method": "S256"},
    )
    client: StarletteOAuth2App = oauth.create_client("provider")
    return client


def session_secret(settings: Settings) -> str:
    """Return what signs the short-lived cookie; all processes of one installation must agree, and restarts too."""
    return sha256(b"qixian oidc cookie " + settings.oidc_client_secret.get_secret_value().encode()).hexdigest()


@router.get("/start")
async def start(request: Request, target: Annotated[str, Query(alias="next")] = "/") -> Response:
    """Go to the provider."""
    visit = Visit(request)
    request.session["next"] = inside(target)
    try:
        answer: Response = await request.app.state.oidc.authorize_redirect(request, f"{visit.office.url}/oidc/back")
    except HTTPError as error:
        raise Unreachable("oidc", type(error).__name__) from error
    return answer


@router.get("/back")
async def back(request: Request) -> Response:
    """Come back from the provider; whom it names must be a person of the directory."""
    visit = Visit(request)
    try:
        token = await request.app.state.oidc.authorize_access_token(request)
    except (OAuthError, JoseError, ValueError) as error:
        # The provider refused, the visitor came by an old link, or the token is none that the provider signed.
        raise Refused("oidc", "oidc_refused", detail=type(error).__name__) from error
    except HTTPError as error:
        raise Unreachable("oidc", type(error).__name__) from error
    person = str(token.get("userinfo", {}).get(visit.office.settings.oidc_claim, ""))
    target = inside(request.session.pop("next", "/"))
    request.session.clear()
    return await run_in_threadpool(_enter, visit, person, target)


def _enter(visit: Visit, person: str, target: str) -> Response:
    with writing(visit.office.engine) as session:
        known = bool(person) and viewer_of(session, person) is not None
        if known:
            drop_unused_password(session, person)
        else:
            log(session, Actor(person[:80], f"console {visit.address}"), visit.now, "sign_in_failed", person[:80])
    if not known:
        raise Refused("oidc", "oidc_nobody", person=person or "—")
    return enter(visit, person, target)
