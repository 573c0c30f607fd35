"""Who calls the API: a token's person, with no more rights than the token's scopes and the person's role."""

from typing import Annotated

from fastapi import Depends, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from console.feed import SCOPE
from console.office import Office
from console.visit import NotSignedIn, having
from docket import sign_ins
from docket.acts import Actor
from docket.directory import viewer as viewer_of
from docket.engine import reading
from rules.access import Right, Viewer
from rules.texts import Language

_bearer = HTTPBearer(auto_error=False, description="令牌 a token, made under 我的账号 / My account")


class Caller:
    """One call: the office it came to, and who makes it with which scopes."""

    def __init__(self, request: Request, viewer: Viewer, scopes: frozenset[str]) -> None:
        self.office: Office = request.app.state.office
        self.language: Language = "zh"
        self.viewer = viewer
        self.scopes = scopes
        self.now = self.office.clock()
        address = request.client.host if request.client else "-"
        self.actor = Actor(viewer.person, f"api {address}")

    def may(self, right: Right) -> bool:
        """Tell whether both the token's scopes and the person's role have a right."""
        return right.value in self.scopes and self.viewer.may(right)


def caller(request: Request, given: Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)]) -> Caller:
    """Find out who calls; a token that is unknown, revoked or has run out is nobody's."""
    office: Office = request.app.state.office
    if given is None:
        raise NotSignedIn
    with reading(office.engine) as session:
        token = sign_ins.token(session, given.credentials, office.clock())
        viewer = viewer_of(session, token.person) if token is not None else None
    # Whoever has a feed's address may read the feed, and nothing else.
    if token is None or viewer is None or SCOPE in token.scopes:
        raise NotSignedIn
    return Caller(request, viewer, frozenset(token.scopes))


AnyCaller = Annotated[Caller, Depends(caller)]
Reader = Annotated[Caller, having(Right.READ, caller)]
Registrar = Annotated[Caller, having(Right.REGISTER, caller)]
Recorder = Annotated[Caller, having(Right.RECORD, caller)]
Supervisor = Annotated[Caller, having(Right.SUPERVISE, caller)]
Sender = Annotated[Caller, having(Right.SEND, caller)]
Administrator = Annotated[Caller, having(Right.ADMINISTER, caller)]
Auditor = Annotated[Caller, having(Right.LOG, caller)]
