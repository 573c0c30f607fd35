"""How a whole matter 案件 stands at an instant, as plain data: its instances, letters, duties, parties and events."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from rules.dossier.case import CaseFile, CaseInstance, case_agencies, case_file
from rules.dossier.letter import LetterState, letters_of
from rules.dossier.state import Dossier
from rules.dossier.view import duty_view, events_view, instant, letter_view, rung_view
from rules.duties.duty import key_of
from rules.duties.ladder import Rung
from rules.letters.terms import PartyRole


def matter_view(state: Dossier, now: datetime, coming: Iterable[Rung] = ()) -> dict[str, Any]:
    """Return a matter at an instant; what concerns one letter stands under it, what concerns the case beside them.

    `coming` are the rungs that are still to come.
    """
    case, letters = case_file(state), sorted(letters_of(state), key=lambda each: each.current_letter.received_at)
    rungs = list(coming)
    return {
        "matter": {
            "id": state.id,
            "name": state.name,
            "title": state.title,
            "act": case.opened.act if case.opened else "",
            "agencies": list(case_agencies(state, case)),
            "rulebook": state.rulebook,
            "calendar": state.calendar,
            "opened_at": instant(state.opened_at),
            "opened_by": state.opened_by,
            "closed_at": instant(state.closed_at),
            # One that was joined to another goes on there; one that its last letter has left was none.
            "under_way": case.under_way and not state.joined and bool(letters or case.opened or case.instances),
            "over_on": case.over_on.isoformat() if case.over_on else None,
            "joined": state.joined or None,
            "moved": dict(state.moved),
        },
        "instances": [_instance(each) for each in case.instances],
        "parties": _parties(case, letters),
        "letters": [letter_view(each, now, rungs) for each in letters],
        "duties": [duty_view(duty, now) for duty in state.duties if not duty.letter],
        "events": events_view([entry for entry in state.entries if state.of_case(entry.event)]),
        "ladder": [rung_view(rung, rung.at) for rung in rungs if _of_case(rung.duty)],
        "taken": [rung_view(rung, rung.fired_at) for rung in state.fired if _of_case(rung.duty)],
        "next_wake": instant(state.next_wake),
    }


def _of_case(duty: str) -> bool:
    """Tell whether a duty, by its id, is owed of the case as a whole."""
    return key_of(duty) == duty


def _instance(each: CaseInstance) -> dict[str, Any]:
    begun, ended = each.begun, each.concluded
    return {
        "proceeding": each.proceeding.value,
        "begun_on": begun.on.isoformat() if begun else None,
        "body": begun.body if begun else "",
        "number": begun.number if begun else "",
        "hearings": [
            {"on": held.on.isoformat(), "agency": held.agency, "appeared": held.appeared or None, "spoke": held.spoke}
            for held in each.hearings
        ],
        "concluded_on": ended.on.isoformat() if ended else None,
        "document": ended.document if ended else None,
        "document_number": ended.number if ended else "",
        "outcomes": list(ended.outcomes) if ended else [],
        "effective_on": ended.effective_on.isoformat() if ended and ended.effective_on else None,
    }


def _parties(case: CaseFile, letters: Iterable[LetterState]) -> list[dict[str, Any]]:
    """List the parties beside the agencies: each with its roles, and the letters that name it."""
    found: dict[str, dict[str, Any]] = {}

    def named(role: str, name: str, letter: str | None) -> None:
        party = found.setdefault(name, {"name": name, "roles": [], "letters": []})
        party["roles"] += [role] if role not in party["roles"] else []
        party["letters"] += [letter] if letter else []

    if case.opened and case.opened.plaintiff:
        named(PartyRole.PLAINTIFF.value, case.opened.plaintiff, None)
    for each in letters:
        if not each.voided:
            for role, name in each.current_letter.sides:
                named(role, name, each.letter_id)
    return list(found.values())
