"""One request and who makes it: language, sign-in, rights, and forms that only our own pages can send."""

import hmac
from collections.abc import AsyncIterator, Callable
from typing import Annotated, Any

from fastapi import Depends, Request
from python_multipart.multipart import parse_options_header
from starlette.datastructures import FormData, UploadFile

from console.office import Office
from docket import sign_ins
from docket.acts import Actor
from docket.directory import viewer as viewer_of
from docket.engine import reading, writing
from rules.access import Right, Viewer
from rules.errors import Refused
from rules.texts import Language

LANGUAGE_COOKIE = "language"
LARGEST_BODY = 2 * 1024 * 1024
"""Bytes of one request."""
MOST_FIELDS = 1000
"""Inputs of one form."""


class NotSignedIn(Exception):
    """Nobody is signed in, or the sign-in has ended."""


class PasswordFirst(Exception):
    """A one-time password must be changed before anything else."""


class Forbidden(Exception):
    """The role of whoever is signed in does not allow this."""


class Visit:
    """One request: the office it came to, its language, and who makes it, if anybody is signed in."""

    def __init__(self, request: Request, viewer: Viewer | None = None, csrf: str = "", *, once: bool = False) -> None:
        self.request = request
        self.office: Office = request.app.state.office
        self.language: Language = "en" if request.cookies.get(LANGUAGE_COOKIE) == "en" else "zh"
        self.somebody = viewer
        self.csrf = csrf
        self.once = once
        self.now = self.office.clock()

    @property
    def viewer(self) -> Viewer:
        """Return who is signed in."""
        if self.somebody is None:
            raise NotSignedIn
        return self.somebody

    def may(self, right: Right) -> bool:
        """Tell whether the role of whoever is signed in has a right."""
        return self.viewer.may(right)

    @property
    def address(self) -> str:
        """Return the address the request came from."""
        return self.request.client.host if self.request.client else "-"

    @property
    def actor(self) -> Actor:
        """Return who acts, and from where."""
        return Actor(self.viewer.person, f"console {self.address}")


def cookie_name(office: Office) -> str:
    """Name the cookie of a sign-in; the prefix binds it to this host and to TLS."""
    return "__Host-qixian" if office.secure else "qixian"


def visit(request: Request) -> Visit:
    """Find out who makes a request; a sign-in that has ended is nobody's."""
    office: Office = request.app.state.office
    secret = request.cookies.get(cookie_name(office))
    if not secret:
        return Visit(request)
    now = office.clock()
    with reading(office.engine) as session:
        found = sign_ins.signed_in(session, secret, now, office.idle, office.longest)
        viewer = viewer_of(session, found[0].person) if found else None
    if found is None or viewer is None:
        return Visit(request)
    signed_in, note = found
    if note:
        with writing(office.engine) as session:
            sign_ins.note_use(session, secret, now, office.longest)
    return Visit(request, viewer, signed_in.csrf, once=signed_in.once)


Anybody = Annotated[Visit, Depends(visit)]


def signed_in(visit: Anybody) -> Visit:
    """Let in whoever is signed in with a password of their own."""
    if visit.somebody is None:
        raise NotSignedIn
    if visit.once:
        raise PasswordFirst
    return visit


SignedIn = Annotated[Visit, Depends(signed_in)]


def having(right: Right, somebody: Callable[..., Any]) -> Any:
    """Make a dependency that lets somebody in only with a right, whichever way they came."""

    def let_in(found: Annotated[Any, Depends(somebody)]) -> Any:
        if not found.may(right):
            raise Forbidden
        return found

    return Depends(let_in)


Reader = Annotated[Visit, having(Right.READ, signed_in)]
Registrar = Annotated[Visit, having(Right.REGISTER, signed_in)]
Recorder = Annotated[Visit, having(Right.RECORD, signed_in)]
Supervisor = Annotated[Visit, having(Right.SUPERVISE, signed_in)]
Sender = Annotated[Visit, having(Right.SEND, signed_in)]
Administrator = Annotated[Visit, having(Right.ADMINISTER, signed_in)]
Auditor = Annotated[Visit, having(Right.LOG, signed_in)]


async def posted(request: Request, visit: Anybody) -> AsyncIterator[FormData]:
    """Read a form; one that did not come from our own page, in this sign-in, is refused."""
    if request.headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
        raise Refused("csrf", "foreign_form")
    if not utf8(request):
        raise Refused("request", "bad_characters")
    async with request.form(max_files=1, max_fields=MOST_FIELDS, max_part_size=LARGEST_BODY) as form:
        for name, value in form.multi_items():
            if "\x00" in name or (isinstance(value, str) and "\x00" in value):
                raise Refused("request", "bad_characters")
        # Whatever fails from here on can show what was typed.
        request.state.form = form
        expected = visit.csrf or request.cookies.get(form_cookie(visit.office), "")
        given = form.get("csrf", "")
        if not expected or not isinstance(given, str) or not hmac.compare_digest(given.encode(), expected.encode()):
            raise Refused("csrf", "foreign_form")
        yield form


def utf8(request: Request) -> bool:
    """Tell whether a form says that it is in the one alphabet that our pages use."""
    charset: bytes = parse_options_header(request.headers.get("content-type", ""))[1].get(b"charset", b"utf-8")
    return charset.lower() == b"utf-8"


Posted = Annotated[FormData, Depends(posted)]


def form_cookie(office: Office) -> str:
    """Name the cookie that goes with a form which nobody is signed in for yet."""
    return "__Host-qixian-form" if office.secure else "qixian-form"


def field(form: FormData, name: str) -> str:
    """Return one text of a form, blank if it is not there; a file is none."""
    value: Any = form.get(name, "")
    return "" if isinstance(value, UploadFile) else value.strip()
