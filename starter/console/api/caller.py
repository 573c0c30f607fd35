"""Who calls the API: a token's person, with no more rights than the token's scopes and the person's role."""

from collections.abc import Callable
from typing import Annotated

from fastapi import Depends, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from docket import accounts
from docket.acts import Actor
from docket.directory import viewer as viewer_of
from docket.engine import reading
from rules.access import Right, Viewer
from rules.errors import Refused
from starter.console.office import Office
from starter.console.visit import Forbidden, NotSignedIn

_bearer = HTTPBearer(auto_error=False, description="令牌 a token, made under 我的账号 / My account")


class Caller:
    """One call: the office it came to, and who makes it with which scopes."""

    def __init__(self, request: Request, viewer: Viewer, scopes: frozenset[str]) -> None:
        self.office: Office = request.app.state.office
        self.viewer = viewer
        self.scopes = scopes
        self.now = self.office.clock()
        address = request.client.host if request.client else "-"
        self.actor = Actor(viewer.person, f"api {address}")


def caller(request: Request, given: Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)]) -> Caller:
    """Find out who calls; a token that is unknown, revoked or has run out is nobody's."""
    office: Office = request.app.state.office
    if given is None:
        raise NotSignedIn
    with reading(office.engine) as session:
        token = accounts.token(session, given.credentials, office.clock())
        viewer = viewer_of(session, token.person) if token is not None else None
    if token is None or viewer is None:
        raise NotSignedIn
    return Caller(request, viewer, frozenset(token.scopes))


def having(right: Right) -> Callable[[Caller], Caller]:
    """Make a dependency that lets in only tokens with a scope, of people whose role has the right."""

    def let_in(caller: Annotated[Caller, Depends(caller)]) -> Caller:
        if right.value not in caller.scopes or not caller.viewer.may(right):
            raise Forbidden
        return caller

    return let_in


AnyCaller = Annotated[Caller, Depends(caller)]
Reader = Annotated[Caller, Depends(having(Right.READ))]
Registrar = Annotated[Caller, Depends(having(Right.REGISTER))]
Recorder = Annotated[Caller, Depends(having(Right.RECORD))]
Supervisor = Annotated[Caller, Depends(having(Right.SUPERVISE))]
Sender = Annotated[Caller, Depends(having(Right.SEND))]
Administrator = Annotated[Caller, Depends(having(Right.ADMINISTER))]
Auditor = Annotated[Caller, Depends(having(Right.LOG))]


def scopes_of(viewer: Viewer) -> list[str]:
    """List the scopes that a person's tokens may have."""
    return [right.value for right in Right if viewer.may(right)]


def refuse_scopes(viewer: Viewer, scopes: list[str]) -> None:
    """Refuse scopes that the person's role does not have."""
    allowed = scopes_of(viewer)
    if not scopes or not set(scopes) <= set(allowed):
        raise Refused("scopes", "choice", expected=", ".join(allowed))
