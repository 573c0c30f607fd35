"""Each page and each act as each role, and as nobody: what is let in is what docs/roles.md says."""

import pytest
from fastapi.routing import APIRoute
from starlette.routing import compile_path

from starter.console.app import console
from starter.console.routes import PAGES
from tests.console.roles import DOCUMENT, document, event_tries, matrix, tries
from tests.console.town import Town

pytestmark = pytest.mark.slow
FOR_ANYBODY = {"/sign-in", "/language", "/feeds/{secret}.ics"}
"""Addresses that ask for no sign-in: that page itself, the language, and feeds, whose address is the credential."""


def test_every_address_of_the_console_is_tried(county: Town) -> None:
    """A page that somebody adds and forgets to guard must not slip through."""
    tried = [(each.path.partition("?")[0], each.form is not None) for each in [*tries(county), *event_tries(county)]]
    for router in PAGES:
        for route in router.routes:
            assert isinstance(route, APIRoute)
            if route.path in FOR_ANYBODY:
                continue
            pattern, _, _ = compile_path(route.path)
            sends = "POST" in (route.methods or ())
            found = [path for path, form in tried if pattern.match(path) and form == sends]
            shows_a_form = not sends and "/record/" in route.path
            assert found or shows_a_form, f"{route.methods} {route.path} is not tried"
    assert console(county.office).routes


async def test_what_each_role_may_do_is_what_the_document_says(county: Town) -> None:
    assert document(await matrix(county)) == DOCUMENT.read_text(encoding="utf-8")
