"""Events at the door: an event that can't have happened to a letter is refused."""

from collections.abc import Callable, Collection
from datetime import date, timedelta
from typing import Any

from pydantic import BaseModel

from rules.accept.dates import Present, present, refuse_unless_past
from rules.accept.letters import check_letter
from rules.counting.clock import local_date
from rules.dossier.state import LetterState
from rules.duties.duty import DutyState
from rules.errors import Refused
from rules.letters import events
from rules.letters.events import DESK_EVENTS, EVENTS_OF_KIND, MATTER_EVENTS, VOIDED_ONLY, Entry
from rules.letters.facts import Fact, Facts, corrected_event, corrected_letter
from rules.letters.letter import AppearanceNotice, Judgment, Letter, MediationLetter, OralNotice, ResponseNotice
from rules.texts import text


def check_event(state: LetterState, entry: Entry, known_agencies: Collection[str] | None = None) -> None:
    """Refuse an event that can't have happened to this letter; one that is recorded already is let through.

    `known_agencies` are those of the directory, which a correction may name; None does not ask.
    """
    if state.has(entry.id):
        return
    event = entry.event
    if state.voided:
        raise Refused("letter", "letter_void")
    allowed = EVENTS_OF_KIND[state.letter.kind]
    if event.type not in allowed:
        raise Refused("event", "event_unknown", event=event.type, allowed=", ".join(sorted(allowed - DESK_EVENTS)))
    facts = Facts(state.letter, state.entries)
    _check_common(facts.letter, event, present(entry.at, state.registered_at))
    if event.type in _TURN_CHECKS:
        _TURN_CHECKS[event.type](state, facts, event)
    if event.type in _EVENT_CHECKS:
        _EVENT_CHECKS[event.type](state, facts, event)
    if event.type in _UNDO_CHECKS:
        _UNDO_CHECKS[event.type](state, facts, entry, known_agencies)


def _check_common(letter: Letter, event: events.Event, today: Present) -> None:
    """Refuse dates that can't be and agencies that are not concerned, whatever the event."""
    refuse_unless_past("on", event.on, today)
    earliest = _earliest(letter, event)
    if event.on < earliest:
        raise Refused("on", "before_letter", day=event.on, earliest=earliest)
    _check_agency(letter, event)
    for field in ("copied_on", "arrived_on", "consent_on", "told_on"):
        day: date | None = getattr(event, field, None)
        if day is not None:
            refuse_unless_past(field, day, today)
            if field in ("copied_on", "arrived_on") and day < event.on:
                raise Refused(field, "before_sent", day=day, sent=event.on)


def resolve_agency(letter: Letter, event: events.Event) -> events.Event:
    """Fill in the agency where the letter has only one, so that the record names it."""
    if getattr(event, "agency", "") is None and len(letter.agency_ids) == 1:
        return event.model_copy(update={"agency": letter.agency_ids[0]})
    return event


_NEEDS_AGENCY = (
    events.Feedback | events.Progress | events.Filing | events.LossReport | events.Returned | events.Review
    | events.Appearance | events.Substitute | events.Heard | events.SelfCorrection
)  # fmt: skip


def _check_agency(letter: Letter, event: events.Event) -> None:
    agency = getattr(event, "agency", None)
    listed = tuple(each.agency for each in letter.agencies)
    if agency is not None and agency not in listed:
        raise Refused("agency", "agency_not_in_letter", agency=agency, listed="、".join(listed))
    if agency is None and len(letter.agency_ids) > 1 and needs_agency(letter, type(event), getattr(event, "of", "")):
        raise Refused("agency", "which_agency", listed="、".join(listed))


def needs_agency(letter: Letter, event: type[BaseModel], of: str = "") -> bool:
    """Tell whether an event is one agency's own act, so that it can't stand for all; `of` is what was copied."""
    if isinstance(letter, ResponseNotice) and issubclass(event, events.Told | events.Reported):
        return True
    if isinstance(letter, MediationLetter) and not letter.joint_result:
        is_copy = issubclass(event, events.Copied) and of == "result"
        return is_copy or issubclass(event, events.Result | _NEEDS_AGENCY)
    return issubclass(event, _NEEDS_AGENCY)


def _earliest(letter: Letter, event: events.Event) -> date:
    """Give the first day on which an event of this letter can have happened."""
    if isinstance(letter, Judgment):
        return letter.judged_on
    by_bureau = isinstance(event, events.Told) and event.told_by == "bureau"
    if by_bureau and isinstance(letter, OralNotice | MediationLetter):
        return letter.received_on
    known = [letter.received_on] + [each.received_on for each in letter.agencies if each.received_on]
    if letter.issued_on is not None:
        known.append(letter.issued_on)
    earliest = min(known)
    # The court may have told the agency, or the agency may have acted, some days before the bureau heard of it.
    return earliest - timedelta(days=31) if isinstance(event, events.Told) and event.told_by == "court" else earliest


def _check_result(state: LetterState, facts: Facts, event: events.Result) -> None:
    if event.missing and not event.already_sent:
        raise Refused(
            event.missing[0],
            "element_missing",
            missing="、".join(text(f"missing.{name}") for name in event.missing),
            fields=", ".join(event.missing),
        )
    if event.outcome in ("success", "partial") and not event.agreement:
        raise Refused("agreement", "agreement_missing")


def _check_consent(state: LetterState, facts: Facts, event: events.Consent) -> None:
    assert state.window is not None
    if event.party not in state.window.parties:
        raise Refused("party", "unknown_party", party=event.party, parties="、".join(state.window.parties))


def _check_extension(state: LetterState, facts: Facts, event: events.Extension) -> None:
    assert state.window is not None
    rounds = {extension.round: extension.old_due for extension in state.window.extensions}
    expiry = rounds.get(event.round, state.window.due)
    if event.new_end is not None:
        if event.new_end <= expiry:
            raise Refused("new_end", "end_before_start", end=event.new_end, start=expiry)
        if event.new_end > expiry + timedelta(days=366):
            raise Refused("new_end", "too_far", day=event.new_end)


def _check_round(
    state: LetterState, facts: Facts, event: events.Consent | events.Extension | events.ExtensionApproved
) -> None:
    """Refuse what belongs to an extension that is not the next one, or to a window that has ended."""
    window = state.window
    assert window is not None
    if window.ended_on is not None and event.on > window.ended_on:
        raise Refused("event", "window_ended", day=window.ended_on)
    following = len([extension for extension in window.extensions if extension.complete]) + 1
    if event.round != following:
        raise Refused("round", "wrong_round", round=event.round, following=following)
    if isinstance(event, events.Extension) and any(
        fact.event.round == event.round for fact in facts.of(events.Extension)
    ):
        raise Refused("round", "extension_recorded", round=event.round)


def _check_progress(state: LetterState, facts: Facts, event: events.Progress) -> None:
    """Refuse a report for a week that the window does not have, or that has not begun."""
    agency = event.agency or facts.letter.lead
    slots = [(duty.slot, *duty.covers) for duty in state.duties if duty.agency == agency and duty.slot and duty.covers]
    if event.slot is None or not slots:
        return
    begins = {number: first for number, first, _ in slots}.get(event.slot)
    if begins is not None and begins > event.on:
        raise Refused("slot", "slot_not_begun", slot=event.slot, first=begins)
    begun = [number for number, first, _ in slots if first <= event.on]
    if event.slot > max(begun, default=0):
        weeks = "、".join(f"{number}（{first}—{last}）" for number, first, last in slots)
        raise Refused("slot", "unknown_slot", slot=event.slot, slots=weeks)


def _check_copied(state: LetterState, facts: Facts, event: events.Copied) -> None:
    kind = events.Extension if event.of == "extension" else events.Result
    papers = facts.of(kind, event.agency)
    if event.of == "extension":
        papers = [fact for fact in papers if fact.event.round == event.round]
    if not papers:
        raise Refused("of", "no_paper", paper=event.of)
    if event.on < papers[0].on:
        raise Refused("on", "before_sent", day=event.on, sent=papers[0].on)


def _check_returned(state: LetterState, facts: Facts, event: events.Returned) -> None:
    papers = facts.named(event.of, event.agency)
    if not papers:
        raise Refused("of", "no_paper", paper=event.of)
    if event.on < papers[0].on:
        raise Refused("on", "before_sent", day=event.on, sent=papers[0].on)
    if not event.on < event.rework_by <= event.on + timedelta(days=366):
        raise Refused("rework_by", "end_before_start", end=event.rework_by, start=event.on)


def _check_forwarded(state: LetterState, facts: Facts, event: events.Forwarded) -> None:
    if not event.number and not event.call_note:
        raise Refused("number", "number_or_note")
    wanted = {"oral_notice": "court", "judgment": "county_government"}[state.letter.kind]
    if event.to != wanted:
        raise Refused("to", "choice", expected=wanted)
    _check_follows(facts, "feedback" if wanted == "court" else "review", None, event.on)


def _check_review(state: LetterState, facts: Facts, event: events.Review) -> None:
    _check_follows(facts, "loss_report", event.agency, event.on)


def _check_follows(facts: Facts, paper: str, agency: str | None, on: date) -> None:
    """Refuse an answer to a paper that is not there, or was not there yet."""
    papers = facts.named(paper, agency)
    if not papers:
        raise Refused("event", "no_paper", paper=paper)
    if on < papers[0].on:
        raise Refused("on", "before_sent", day=on, sent=papers[0].on)


def _check_heard(state: LetterState, facts: Facts, event: events.Heard) -> None:
    assert isinstance(facts.letter, AppearanceNotice)
    day = local_date(facts.letter.hearing_at)
    if event.on < day:
        raise Refused("on", "before_hearing", day=event.on, hearing=day)
    if event.appeared == "county_leader" and not facts.letter.county_government:
        raise Refused("appeared", "choice", expected="head, deputy, nobody")


def _check_appealed(state: LetterState, facts: Facts, event: events.Appealed) -> None:
    assert isinstance(facts.letter, Judgment)
    if facts.letter.instance != "first":
        raise Refused("event", "not_appealable")


def _check_superseded(state: LetterState, facts: Facts, event: events.Superseded) -> None:
    if event.letter == state.letter_id:
        raise Refused("letter", "superseded_by_itself")


def _check_excuse(state: LetterState, facts: Facts, event: events.Excuse) -> None:
    duties = {duty.key: duty for duty in state.duties if duty.obligor != "all"}
    if event.duty not in duties and state.duty(event.duty) is not None:
        raise Refused("duty", "not_excusable", duty=event.duty, duties="、".join(duties))
    if event.duty not in duties:
        raise Refused("duty", "unknown_duty", duty=event.duty, duties="、".join(duties))


def _check_excusable(state: LetterState, facts: Facts, event: events.Excuse) -> None:
    duty = state.duty(event.duty)
    excusable = {DutyState.WAITING, DutyState.OPEN, DutyState.LATE, DutyState.MISSED}
    if duty is not None and duty.state not in excusable and not duty.missed:
        raise Refused("duty", "nothing_to_excuse", duty=event.duty)


def _check_correction(state: LetterState, facts: Facts, entry: Entry, known_agencies: Collection[str] | None) -> None:
    """Try the correction: what comes of it must be a letter, or an event, that would be let in itself."""
    event = entry.event
    assert isinstance(event, events.Correction)
    if event.target == "letter":
        # A field or value that can not be is refused by its own name first.
        corrected_letter(facts.letter, event)
        _refused_as("value", lambda: _check_letter_left(state, entry, known_agencies))
        return
    target = _standing(state, facts, event.target).event
    if target.type in VOIDED_ONLY:
        raise Refused("target", "void_instead", target=event.target)
    changed = corrected_event(target, event)

    def check() -> None:
        _check_common(facts.letter, changed, present(entry.at, state.registered_at))
        if changed.type in _EVENT_CHECKS:
            _EVENT_CHECKS[changed.type](state, facts, changed)

    _refused_as("value", check)


def _check_void(state: LetterState, facts: Facts, entry: Entry, known_agencies: Collection[str] | None) -> None:
    event = entry.event
    assert isinstance(event, events.Void)
    if event.target == "letter":
        return
    undone = _standing(state, facts, event.target).event
    if isinstance(undone, events.Correction | events.Void):
        _refused_as("target", lambda: _check_letter_left(state, entry, known_agencies))


def _check_letter_left(state: LetterState, entry: Entry, known_agencies: Collection[str] | None) -> None:
    """Refuse what would leave a letter that can't be, or one to which a standing event can't have happened."""
    left = Facts(state.letter, (*state.entries, entry))
    # An agency that has left the directory since stays in the letters it is named in.
    named = {each.agency for each in state.letter.agencies} | set(state.current_letter.agency_ids)
    known = None if known_agencies is None else {*known_agencies, *named}
    check_letter(left.letter, entry.at, known, state.registered_at)
    for fact in left.of(object):
        if fact.event.type in MATTER_EVENTS | DESK_EVENTS:
            # These came of other letters; they hold whatever becomes of this one's dates.
            continue
        try:
            _check_common(left.letter, fact.event, present(entry.at, state.registered_at))
        except Refused as refused:
            said = text(f"event.{fact.event.type}")
            raise Refused("event", "event_left_over", event=said, id=fact.id, wrong=refused.field) from refused


def _refused_as(field: str, check: Callable[[], None]) -> None:
    """Have a check refuse under the name of the field that the clerk has typed."""
    try:
        check()
    except Refused as refused:
        raise Refused(field, refused.key, **refused.values) from refused


def _standing(state: LetterState, facts: Facts, target: str) -> Fact:
    """Give an event that people recorded and that stands; one that is void already can't be voided or corrected."""
    found = facts.find(target)
    if found is None:
        raise Refused("target", "void_already" if state.has(target) else "unknown_event", target=target)
    if found.event.type in DESK_EVENTS:
        raise Refused("target", "event_of_the_desk", event=found.event.type)
    return found


_EVENT_CHECKS: dict[str, Callable[[LetterState, Facts, Any], None]] = {
    "result": _check_result,
    "consent": _check_consent,
    "extension": _check_extension,
    "progress": _check_progress,
    "copied": _check_copied,
    "returned": _check_returned,
    "forwarded": _check_forwarded,
    "review": _check_review,
    "heard": _check_heard,
    "appealed": _check_appealed,
    "superseded": _check_superseded,
    "excuse": _check_excuse,
}
"""What an event says must make sense; a corrected event must do so as well."""


_TURN_CHECKS: dict[str, Callable[[LetterState, Facts, Any], None]] = {
    "consent": _check_round,
    "extension": _check_round,
    "extension_approved": _check_round,
    "excuse": _check_excusable,
}
"""What must be so for an event to be recorded now; a later correction of it does not ask again."""


_UNDO_CHECKS: dict[str, Callable[[LetterState, Facts, Entry, Collection[str] | None], None]] = {
    "correction": _check_correction,
    "void": _check_void,
}
"""What changes what was typed must leave a letter and events that can be."""
