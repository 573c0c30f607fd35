"""What would follow: what stands beside a form while it is typed, and the answer to it once it is sent."""

from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping, Sequence
from typing import Any, NamedTuple, TypeVar

from pydantic import BaseModel, TypeAdapter
from sqlmodel import Session
from starlette.concurrency import run_in_threadpool
from starlette.responses import RedirectResponse, Response

from console import fields as forms
from console.fields import Field
from console.letters import Looks
from console.visit import Visit
from console.words import refusal, said
from desk.desk import Desk
from docket.engine import reading
from docket.library import current_calendar
from rules.accept.second_look import days_off
from rules.dossier.letter import LetterState
from rules.dossier.matter import matter_view
from rules.dossier.state import Dossier
from rules.dossier.view import consequences, letter_view
from rules.errors import Refused
from rules.seen import matter_seen, seen
from rules.telling.wording import missing_name

M = TypeVar("M", bound=BaseModel)


class Change(NamedTuple):
    """What would change for whoever looks: under which heading, if not of the form's own, duties and window."""

    heading: str
    duties: Sequence[Mapping[str, Any]]
    window: Mapping[str, Any] | None = None


def of_letters(
    visit: Looks, pairs: Iterable[tuple[LetterState, LetterState]], own: str = "", heading: str = "record.changes_other"
) -> list[Change]:
    """Say of letters, as they are and as they would be, what would change; of another one's letter nothing is said.

    `own` is the form's own letter, `heading` what stands over each of the others.
    """
    found = []
    for before, after in pairs:
        if not visit.viewer.sees(before.agencies):
            continue
        letter = before.current_letter
        name = f"{said(f'kind.{letter.kind}', visit.language)} {letter.number or letter.received_on}"
        over = "" if before.letter_id == own else said(heading, visit.language, letter=name)
        was, is_ = (seen(letter_view(each, visit.now), visit.viewer) for each in (before, after))
        window = is_["window"] if is_["window"] != was["window"] else None
        found.append(Change(over, consequences(was, is_), window))
    return found


def of_case(visit: Looks, before: Dossier, after: Dossier, heading: str = "") -> Change:
    """Say of a case itself what would change."""
    views = (matter_seen(matter_view(each, visit.now), visit.viewer) for each in (before, after))
    return Change(heading, consequences(*views))


def foreseen(
    visit: Visit,
    names: Mapping[str, str],
    adapter: TypeAdapter[M],
    found: Sequence[Field],
    given: Mapping[str, Any],
    work: Callable[[Session, M], list[Change]],
    concerned: Sequence[Mapping[str, Any]] = (),
    decisive: Collection[str] = (),
) -> dict[str, Any]:
    """Return what `consequences.html` shows of a form as far as it is typed; nothing is written.

    `work` says what would change, or refuses; `concerned` are the duties that are named until that is known. Nothing
    stands in for an input that is `decisive`.
    """
    shown: dict[str, Any] = {
        "concerned": concerned, "names": names, "missing": (), "changes": None, "looks": (), "reasons": (),
        "lacking": lambda name: missing_name(name, names, visit.language),
    }  # fmt: skip
    assumed = forms.standing_in([each for each in found if each.name not in decisive], given)
    parsed, wrong = forms.parsed(adapter, assumed, visit.language)
    if parsed is None:
        blank = [each.label for each in found if each.required and each.name not in assumed]
        return shown | ({"missing": blank} if blank else {"reasons": tuple(wrong.values())})
    try:
        with reading(visit.office.engine) as session:
            changes = work(session, parsed)
            day = getattr(parsed, "on", None)
            looks = days_off([("on", day)], current_calendar(session)) if day else ()
    except Refused as refused:
        return shown | {"reasons": (refusal(refused, visit.language, names),)}
    return shown | {"concerned": (), "changes": changes, "looks": looks}


async def answered(
    visit: Visit,
    names: Mapping[str, str],
    adapter: TypeAdapter[M],
    data: Mapping[str, Any],
    act: Callable[[Desk, M], Awaitable[str]],
    again: Callable[[Mapping[str, str]], Response],
) -> Response:
    """Do at the desk what a form says and lead to what came of it, or show it `again` with what is wrong."""
    parsed, problems = forms.parsed(adapter, data, visit.language)
    if parsed is None:
        return await run_in_threadpool(again, problems)
    desk = await visit.office.desk(visit.actor.origin)
    try:
        return RedirectResponse(await act(desk, parsed), 303)
    except Refused as refused:
        return await run_in_threadpool(again, {refused.field: refusal(refused, visit.language, names)})
