"""Mediation letters and their events at the door."""

from datetime import timedelta

from rules.duties.door import Door
from rules.errors import Refused
from rules.kinds.mediation_letter.letter import (
    Consent,
    Copied,
    ExtensionApproved,
    ExtensionLetter,
    MediationLetter,
    Progress,
    Result,
    Superseded,
)
from rules.kinds.mediation_letter.window import GONE
from rules.letters.dates import Present, refuse_unless_near
from rules.letters.events import Event
from rules.letters.fields import one_spelling
from rules.letters.letter import short_id
from rules.texts import text

LONGEST_WINDOW = timedelta(days=366)


def check(letter: MediationLetter, today: Present) -> None:
    """Refuse parties that can't be, and a window that begins or ends where no court can have meant."""
    names = [party.name for party in letter.parties] + [each.agency for each in letter.agencies]
    for number, party in enumerate(letter.parties):
        if names.count(party.name) > 1:
            raise Refused(f"parties.{number}.name", "party_twice", name=party.name)
    if not any(party.role == "plaintiff" for party in letter.parties):
        raise Refused("parties", "no_plaintiff")
    start = letter.window_start or letter.issued_on or letter.received_on
    refuse_unless_near("window_start", start, today)
    if letter.window_end is not None:
        if letter.window_end <= start:
            raise Refused("window_end", "end_before_start", end=letter.window_end, start=start)
        if letter.window_end > start + LONGEST_WINDOW:
            raise Refused("window_end", "too_far", day=letter.window_end)


def needs_agency(letter: MediationLetter, event: type[Event], of: str) -> bool:
    """Tell whether an event is one agency's own: so is each result letter where agencies send one each (A22)."""
    is_result = issubclass(event, Result) or (issubclass(event, Copied) and of == "result")
    return event.of_agency or (is_result and not letter.joint_result)


def speaker(letter: MediationLetter, event: Event) -> str | None:
    """Name the agency that an event is of: one joint letter of all agencies is written by the lead."""
    return event.whose or letter.lead


def check_result(door: Door[MediationLetter], event: Result) -> None:
    """Refuse a failed result without its elements, and a success without what was agreed."""
    if event.missing and not event.already_sent:
        raise Refused(
            event.missing[0],
            "element_missing",
            missing="、".join(text(f"missing.{name}") for name in event.missing),
            fields=", ".join(event.missing),
        )
    if event.outcome in ("success", "partial") and not event.agreement:
        raise Refused("agreement", "agreement_missing")


def check_consent(door: Door[MediationLetter], event: Consent) -> None:
    """Refuse the consent of somebody who is no party."""
    parties = door.opened.parties
    if event.party not in parties:
        raise Refused("party", "unknown_party", party=event.party, parties="、".join(parties))


def check_extension(door: Door[MediationLetter], event: ExtensionLetter) -> None:
    """Refuse an end that is none later than the one there is, or that nobody can have meant."""
    rounds = {extension.round: extension.old_due for extension in door.opened.extensions}
    expiry = rounds.get(event.round, door.opened.due)
    if event.new_end is not None:
        if event.new_end <= expiry:
            raise Refused("new_end", "end_before_start", end=event.new_end, start=expiry)
        if event.new_end > expiry + LONGEST_WINDOW:
            raise Refused("new_end", "too_far", day=event.new_end)


def check_round(door: Door[MediationLetter], event: Consent | ExtensionLetter | ExtensionApproved) -> None:
    """Refuse what belongs to an extension that is not the next one, or to a window that has ended."""
    window = door.opened
    if window.ended_on is not None and event.on > window.ended_on:
        raise Refused("event", "window_ended", day=window.ended_on)
    following = len([extension for extension in window.extensions if extension.complete]) + 1
    if event.round != following:
        raise Refused("round", "wrong_round", round=event.round, following=following)
    recorded = [fact.event.round for fact in door.facts.of(ExtensionLetter)]
    if isinstance(event, ExtensionLetter) and event.round in recorded:
        raise Refused("round", "extension_recorded", round=event.round)


def check_progress(door: Door[MediationLetter], event: Progress) -> None:
    """Refuse a report for a week that the window does not have, or that has not begun."""
    agency = event.agency or door.letter.lead
    slots = [(duty.slot, *duty.covers) for duty in door.duties if duty.agency == agency and duty.slot and duty.covers]
    if event.slot is None or not slots:
        return
    begins = {number: first for number, first, _ in slots}.get(event.slot)
    if begins is not None and begins > event.on:
        raise Refused("slot", "slot_not_begun", slot=event.slot, first=begins)
    begun = [number for number, first, _ in slots if first <= event.on]
    if event.slot > max(begun, default=0):
        weeks = "、".join(f"{number}（{first}—{last}）" for number, first, last in slots)
        raise Refused("slot", "unknown_slot", slot=event.slot, slots=weeks)


def check_copied(door: Door[MediationLetter], event: Copied) -> None:
    """Refuse a copy of a letter that is not there, or was not there yet."""
    if event.of == "extension":
        extensions = door.facts.of(ExtensionLetter, event.agency)
        papers = [fact.on for fact in extensions if fact.event.round == event.round]
    else:
        papers = [fact.on for fact in door.facts.of(Result, event.agency)]
    if not papers:
        raise Refused("of", "no_paper", paper=event.of)
    if event.on < papers[0]:
        raise Refused("on", "before_sent", day=event.on, sent=papers[0])


def completed(door: Door[MediationLetter], event: Event) -> Event:
    """Name the later letter by its id; one that is not another mediation letter of the matter is refused (A24)."""
    if not isinstance(event, Superseded):
        return event
    later = [
        other
        for other in door.others
        if isinstance(other.letter, MediationLetter)
        # A window that has gone itself can take nobody's place.
        and other.facts.void is None
        and other.window is not None
        and other.window.ended_by not in GONE
        and other.letter.received_on >= door.letter.received_on
    ]
    for other in later:
        names = (other.letter_id, short_id(other.letter_id))
        if event.letter in names or one_spelling(event.letter) == other.letter.number:
            return event.model_copy(update={"letter": other.letter_id})
    listed = "、".join(f"{short_id(other.letter_id)}（{other.letter_id}）" for other in later)
    raise Refused("letter", "no_later_letter", letter=event.letter, found=listed or "—")


def check_superseded(door: Door[MediationLetter], event: Superseded) -> None:
    """Refuse that a letter takes its own place."""
    if event.letter == door.letter_id:
        raise Refused("letter", "superseded_by_itself")
