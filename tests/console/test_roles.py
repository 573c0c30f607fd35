"""Each page and each act as each role, and as nobody: what is let in is what docs/roles.md says."""

import pytest
from fastapi.routing import APIRoute
from starlette.routing import compile_path

from console.routes import PAGES, oidc
from tests.console.roles import DOCUMENT, document, event_tries, matrix, tries
from tests.console.town import Town

pytestmark = pytest.mark.slow
FOR_ANYBODY = {"/sign-in", "/language", "/feeds/{secret}.ics", "/oidc/start", "/oidc/back"}
"""Addresses that ask for no sign-in: signing in itself, the language, and feeds, whose address is the credential."""


def test_every_address_of_the_console_is_tried(county: Town) -> None:
    """A page that somebody adds and forgets to guard must not slip through."""
    tried = [(each.path.partition("?")[0], each.form is not None) for each in [*tries(county), *event_tries(county)]]
    routes = [route for router in (*PAGES, oidc.router) for route in router.routes]
    untried = []
    for route in routes:
        assert isinstance(route, APIRoute)
        pattern, _, _ = compile_path(route.path)
        sends = "POST" in (route.methods or ())
        if not [path for path, form in tried if pattern.match(path) and form == sends]:
            untried.append(route.path)
    assert set(untried) == FOR_ANYBODY


async def test_what_each_role_may_do_is_what_the_document_says(county: Town) -> None:
    assert document(await matrix(county)) == DOCUMENT.read_text(encoding="utf-8")
