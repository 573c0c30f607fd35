"""案件登记 at the door: what is recorded of a case itself, with or without letters, must make sense of that case."""

from collections.abc import Callable, Collection
from typing import Any

from rules.dossier.case import CaseFile, case_file
from rules.dossier.state import Dossier
from rules.errors import Refused
from rules.letters.cases import CaseClosed, CaseOpened, HearingHeld, Proceeding, ProceedingBegun, ProceedingConcluded
from rules.letters.corrections import corrected_event
from rules.letters.dates import present, refuse_unless_past
from rules.letters.events import Correction, Entry, Event, Void


def check_case_entry(dossier: Dossier, entry: Entry, known_agencies: Collection[str] | None = None) -> None:
    """Refuse what can't have happened to a case; `known_agencies` are those of the directory, None does not ask."""
    today = present(entry.at, dossier.opened_at)
    refuse_unless_past("on", entry.event.on, today)
    said = entry.event
    if isinstance(said, Void):
        if _standing(dossier, said.target).recorded_by == "desk":
            # Voiding the trace would undo nothing of what was done.
            raise Refused("target", "trace_stands", target=said.target)
        return
    if isinstance(said, Correction):
        target = _standing(dossier, said.target)
        if not target.correctable:
            raise Refused("target", "void_instead", target=said.target)
        said = corrected_event(target, said)
        refuse_unless_past("value", said.on, today)
    elif type(said) in _TURN_CHECKS:
        _TURN_CHECKS[type(said)](dossier, said)
    if type(said) in _CHECKS:
        _CHECKS[type(said)](case_file(dossier), said)
    _check_agencies(said, known_agencies)


def refuse_joined(dossier: Dossier) -> None:
    """Refuse what is meant for a matter that is part of another one by now."""
    if dossier.joined:
        raise Refused("matter", "matter_joined", matter=dossier.name, other=_name(dossier.joined))


def refuse_gone(dossier: Dossier, letter: str) -> None:
    """Refuse what is meant for a letter that was moved to another matter meanwhile."""
    if letter in dossier.moved:
        raise Refused("matter", "letter_was_moved", matter=dossier.name, other=_name(dossier.moved[letter]))


def _name(dossier: str) -> str:
    return dossier.split("/", 2)[2]


def _standing(dossier: Dossier, target: str) -> Event:
    """Return what was recorded, as it stands; what is void already can't be voided or corrected."""
    found = next((fact.event for fact in dossier.facts() if fact.id == target), None)
    if found is None:
        raise Refused("target", "void_already", target=target)
    return found


def _check_agencies(event: Event, known: Collection[str] | None) -> None:
    named = [event.agency] if isinstance(event, HearingHeld) and event.agency else []
    named += event.agencies if isinstance(event, CaseOpened) else []
    for agency in named:
        if known is not None and agency not in known:
            raise Refused("agency", "unknown_agency", agency=agency, known="、".join(sorted(known)))


def _check_opened(dossier: Dossier, event: CaseOpened) -> None:
    if case_file(dossier).opened is not None:
        raise Refused("matter", "case_opened_before", matter=dossier.name)


def _check_closed(dossier: Dossier, event: CaseClosed) -> None:
    over = case_file(dossier).over_on
    if over is not None:
        raise Refused("matter", "case_over", matter=dossier.name, day=over)


def _check_begun(case: CaseFile, event: ProceedingBegun) -> None:
    """An instance begins after the one before it, which may have had no end that anybody recorded."""
    earlier = [each for each in case.instances if _place(each.proceeding) < _place(event.proceeding) and each.begun]
    if earlier and earlier[-1].begun is not None and event.on < earlier[-1].begun.on:
        raise Refused("on", "before_instance", day=event.on, begun=earlier[-1].begun.on)


def _check_of_instance(case: CaseFile, event: HearingHeld | ProceedingConcluded) -> None:
    begun = next((each.begun for each in case.instances if each.proceeding is event.proceeding), None)
    if begun is not None and event.on < begun.on:
        raise Refused("on", "before_instance", day=event.on, begun=begun.on)
    if isinstance(event, ProceedingConcluded) and event.effective_on and event.effective_on < event.on:
        raise Refused("effective_on", "before_sent", day=event.effective_on, sent=event.on)


def _place(proceeding: Proceeding) -> int:
    return list(Proceeding).index(proceeding)


_TURN_CHECKS: dict[type[Event], Callable[[Dossier, Any], None]] = {CaseOpened: _check_opened, CaseClosed: _check_closed}
"""What must be so for an event to be recorded now; a later correction of it does not ask again."""

_CHECKS: dict[type[Event], Callable[[CaseFile, Any], None]] = {
    ProceedingBegun: _check_begun,
    HearingHeld: _check_of_instance,
    ProceedingConcluded: _check_of_instance,
}
"""What an event says must make sense of the case; a corrected event must do so as well."""
