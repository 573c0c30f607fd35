"""Events at the door: an event that can't have happened to a letter is refused."""

from collections.abc import Callable, Collection

from pydantic import BaseModel

from rules.accept.cases import check_case_entry, refuse_gone, refuse_joined
from rules.accept.letters import check_letter
from rules.access import Viewer
from rules.dossier.letter import LetterState, letters_of, matter_entries
from rules.dossier.state import Dossier
from rules.duties.door import Door, refuse_unless_follows, refuse_unless_forwarded
from rules.duties.duty import DutyState
from rules.duties.kind import Check, kind_of, on
from rules.errors import Refused
from rules.letters.corrections import corrected_event, corrected_letter
from rules.letters.dates import LONGEST_REWORK, Present, present, refuse_unless_past
from rules.letters.events import Correction, Entry, Event, Excuse, Forwarded, Returned, Void
from rules.letters.facts import Fact, Facts, effective
from rules.letters.letter import Letter
from rules.letters.registry import papers_of
from rules.texts import text


def check_entry(dossier: Dossier, entry: Entry, known_agencies: Collection[str] | None = None, named: str = "") -> None:
    """Refuse an event that can't have happened; one that is recorded already is let through.

    `known_agencies` are those of the directory, which a correction may name; None does not ask. An event of the whole
    matter must concern the letter that was `named`, or else any.
    """
    if dossier.has(entry):
        return None
    refuse_joined(dossier)
    if dossier.of_case(entry.event):
        return check_case_entry(dossier, entry, known_agencies)
    wanted = entry.letter or named
    refuse_gone(dossier, wanted)
    asked = [each for each in letters_of(dossier) if wanted in ("", each.letter_id)]
    refusal = Refused("letter", "unknown_letter", letter=wanted)
    for state in asked:
        try:
            return check_event(state, entry, known_agencies)
        except Refused as refused:
            refusal = refused
    raise refusal


def check_event(state: LetterState, entry: Entry, known_agencies: Collection[str] | None = None) -> None:
    """Refuse an event that can't have happened to a letter."""
    event = entry.event
    if state.voided:
        raise Refused("letter", "letter_void")
    kind = kind_of(state.letter)
    if event.type not in kind.happenings:
        raise Refused("event", "event_unknown", event=event.type, allowed=", ".join(sorted(kind.happenings)))
    door = door_of(state)
    _check_common(door.letter, event, present(entry.at, state.registered_at))
    for check in (*_TURN_CHECKS, *kind.turn_checks, *_EVENT_CHECKS, *kind.event_checks):
        check(door, event)
    if isinstance(event, Correction):
        _check_correction(state, door, entry, event, known_agencies)
    elif isinstance(event, Void):
        _check_void(state, entry, event, known_agencies)


def door_of(state: LetterState) -> Door[Letter]:
    """Return a letter as events of it are checked, with the matter's other letters."""
    others = (each for each in letters_of(state.dossier) if each.letter_id != state.letter_id)
    return _door(state, tuple(_door(each) for each in others))


def _door(state: LetterState, others: tuple[Door[Letter], ...] = ()) -> Door[Letter]:
    return Door(state.letter_id, state.facts, state.window, state.duties, others)


def _check_common(letter: Letter, event: Event, today: Present) -> None:
    """Refuse dates that can't be and agencies that are not concerned, whatever the event."""
    refuse_unless_past("on", event.on, today)
    earliest = kind_of(letter).earliest(letter, event)
    if event.on < earliest:
        raise Refused("on", "before_letter", day=event.on, earliest=earliest)
    _check_agency(letter, event)
    for field in (*event.past, *event.following):
        day = getattr(event, field)
        if day is not None:
            refuse_unless_past(field, day, today)
            if field in event.following and day < event.on:
                raise Refused(field, "before_sent", day=day, sent=event.on)


def resolve_agency(letter: Letter, event: Event) -> Event:
    """Fill in the agency where the letter has only one, so that the record names it."""
    if getattr(event, "agency", "") is None and len(letter.agency_ids) == 1:
        return event.model_copy(update={"agency": letter.agency_ids[0]})
    return event


def _check_agency(letter: Letter, event: Event) -> None:
    agency, listed = event.whose, tuple(each.agency for each in letter.agencies)
    if agency is not None and agency not in listed:
        raise Refused("agency", "agency_not_in_letter", agency=agency, listed="、".join(listed))
    if agency is None and len(letter.agency_ids) > 1 and needs_agency(letter, type(event), getattr(event, "of", "")):
        raise Refused("agency", "which_agency", listed="、".join(listed))


def needs_agency(letter: Letter, event: type[BaseModel], of: str = "") -> bool:
    """Tell whether an event is one agency's own act, so that it can't stand for all; `of` is the paper it is about."""
    return issubclass(event, Event) and kind_of(letter).needs_agency(letter, event, of)


def refuse_event(viewer: Viewer, letter: Letter, event: Event) -> None:
    """Refuse an event that is not the viewer's to record."""
    viewer.refuse_event(letter.kind, event, kind_of(letter).speaker(letter, event))


def _check_returned(door: Door[Letter], event: Returned) -> None:
    papers = papers_of(door.letter.kind)
    if event.of not in papers:
        raise Refused("of", "choice", expected=", ".join(papers))
    refuse_unless_follows(door, event.of, event.agency, event.on, "of")
    if not event.on < event.rework_by <= event.on + LONGEST_REWORK:
        raise Refused("rework_by", "end_before_start", end=event.rework_by, start=event.on)


def _check_forwarded(door: Door[Letter], event: Forwarded) -> None:
    passed_on = kind_of(door.letter).passes_on
    if passed_on is not None:
        refuse_unless_forwarded(door, event, passed_on)


def _check_excuse(door: Door[Letter], event: Excuse) -> None:
    duties = {duty.key: duty for duty in door.duties if duty.obligor != "all"}
    if event.duty not in duties and door.duty(event.duty) is not None:
        raise Refused("duty", "not_excusable", duty=event.duty, duties="、".join(duties))
    if event.duty not in duties:
        raise Refused("duty", "unknown_duty", duty=event.duty, duties="、".join(duties))


def _check_excusable(door: Door[Letter], event: Excuse) -> None:
    duty = door.duty(event.duty)
    excusable = {DutyState.WAITING, DutyState.OPEN, DutyState.LATE, DutyState.MISSED}
    if duty is not None and duty.state not in excusable and not duty.missed:
        raise Refused("duty", "nothing_to_excuse", duty=event.duty)


def _check_correction(
    state: LetterState, door: Door[Letter], entry: Entry, event: Correction, known_agencies: Collection[str] | None
) -> None:
    """Try the correction: what comes of it must be a letter, or an event, that would be let in itself."""
    if event.target == "letter":
        # A field or value that can not be is refused by its own name first.
        corrected_letter(door.letter, event)
        _refused_as("value", lambda: _check_letter_left(state, entry, known_agencies))
        return
    target = _standing(state, event.target).event
    if not target.correctable:
        raise Refused("target", "void_instead", target=event.target)
    changed = corrected_event(target, event)

    def check() -> None:
        _check_common(door.letter, changed, present(entry.at, state.registered_at))
        for asked in (*_EVENT_CHECKS, *kind_of(door.letter).event_checks):
            asked(door, changed)

    _refused_as("value", check)


def _check_void(state: LetterState, entry: Entry, event: Void, known_agencies: Collection[str] | None) -> None:
    if event.target == "letter":
        return
    undone = _standing(state, event.target).event
    if isinstance(undone, Correction | Void):
        _refused_as("target", lambda: _check_letter_left(state, entry, known_agencies))


def _check_letter_left(state: LetterState, entry: Entry, known_agencies: Collection[str] | None) -> None:
    """Refuse what would leave a letter that can't be, or one to which a standing event can't have happened."""
    left = Facts(state.letter, (*state.own, entry))
    # An agency that has left the directory since stays in the letters it is named in.
    named = {each.agency for each in state.letter.agencies} | set(state.current_letter.agency_ids)
    known = None if known_agencies is None else {*known_agencies, *named}
    check_letter(left.letter, entry.at, known, state.registered_at)
    for fact in left.of(Event):
        if fact.event.of_matter:
            # What happened to the whole matter holds whatever becomes of this one's dates.
            continue
        try:
            _check_common(left.letter, fact.event, present(entry.at, state.registered_at))
        except Refused as refused:
            said = text(f"event.{fact.event.type}")
            raise Refused("event", "event_left_over", event=said, id=fact.id, wrong=refused.field) from refused


def _refused_as(field: str, check: Callable[[], None]) -> None:
    """Run a check; refuse under the name of the field that the clerk has typed."""
    try:
        check()
    except Refused as refused:
        raise Refused(field, refused.key, **refused.values) from refused


def _standing(state: LetterState, target: str) -> Fact[Event]:
    """Return an event that stands, or what undid one of the matter; one that is void already is refused."""
    undoing = (fact for fact in effective(matter_entries(state.dossier)) if not fact.event.of_matter)
    found = state.facts.find(target) or next((fact for fact in undoing if fact.id == target), None)
    if found is None or not state.has(target):
        raise Refused("target", "void_already" if state.has(target) else "unknown_event", target=target)
    return found


_EVENT_CHECKS: tuple[Check[Letter], ...] = (
    on(Returned, _check_returned), on(Forwarded, _check_forwarded), on(Excuse, _check_excuse),
)  # fmt: skip
"""What an event of any kind says must make sense, beside what its kind asks; a corrected event must do so as well."""


_TURN_CHECKS: tuple[Check[Letter], ...] = (on(Excuse, _check_excusable),)
"""What must be so for an event to be recorded now; a later correction of it does not ask again."""
