"""规则库: the rulebook in force, clause by clause, with its readings; for everybody who is signed in."""

from fastapi import APIRouter
from starlette.responses import Response

from docket.engine import reading
from docket.library import rulebook_in_force
from rules.book.rulebook import Rulebook
from starter.console.pages import page
from starter.console.visit import SignedIn

router = APIRouter()


@router.get("/rulebook")
def show(visit: SignedIn) -> Response:
    """Show the rulebook in force, clause by clause, with its readings."""
    with reading(visit.office.engine) as session:
        book = rulebook_in_force(session)
    return page(visit, "rulebook.html", book=book, readings=_readings(book))


def _readings(book: Rulebook) -> list[tuple[str, str, bool]]:
    """List each reading by its key, with its value, and whether it is the recommended one."""
    usual = type(book.readings)()
    found = []
    for section, value in book.readings:
        if isinstance(value, str):
            found.append((section, value, value == usual.cutoff))
            continue
        standard = getattr(usual, section)
        for key, each in value:
            words = "、".join(str(part) for part in each) if isinstance(each, tuple) else str(each)
            found.append((f"{section}.{key}", words, each == getattr(standard, key)))
    return found
