"""Letters at the door: dates that can be, agencies that are known."""

from collections.abc import Callable, Collection, Mapping
from datetime import date, datetime, timedelta
from typing import Any

from rules.accept.dates import FAR_APART, Present, present, refuse_unless_near, refuse_unless_past
from rules.counting.clock import local, local_date
from rules.errors import Refused
from rules.letters.letter import AppearanceNotice, Judgment, Letter, MediationLetter, ResponseNotice


def check_letter(
    letter: Letter,
    now: datetime,
    known_agencies: Collection[str] | None = None,
    registered: datetime | None = None,
) -> None:
    """Refuse a letter whose dates can't be, or whose agencies are not in the directory.

    `registered` says since when a letter is watched that is being corrected; None is a letter that comes now.
    """
    today = present(now, registered)
    if letter.received_at > now:
        received = local(letter.received_at).isoformat()
        raise Refused("received_at", "received_in_future", received=received, today=today.today)
    refuse_unless_past("received_at", letter.received_on, today)
    if letter.issued_on is not None:
        if letter.issued_on > letter.received_on:
            raise Refused("issued_on", "issued_after_receipt", issued=letter.issued_on, received=letter.received_on)
        refuse_unless_past("issued_on", letter.issued_on, today)
    _check_agencies(letter, today, known_agencies)
    if letter.kind in _CHECKS:
        _CHECKS[letter.kind](letter, today)


def _check_agencies(letter: Letter, today: Present, known: Collection[str] | None) -> None:
    ids = [each.agency for each in letter.agencies]
    for number, each in enumerate(letter.agencies):
        if known is not None and each.agency not in known:
            raise Refused(
                f"agencies.{number}.agency", "unknown_agency", agency=each.agency, known="、".join(sorted(known))
            )
        if ids.count(each.agency) > 1:
            raise Refused(f"agencies.{number}.agency", "agency_twice", agency=each.agency)
        for field in ("received_on", "materials_on"):
            day: date | None = getattr(each, field)
            if day is not None:
                refuse_unless_past(f"agencies.{number}.{field}", day, today)
                if abs(letter.received_on - day) > FAR_APART:
                    raise Refused(
                        f"agencies.{number}.{field}", "receipts_far_apart", day=day, received=letter.received_on
                    )
                if letter.issued_on is not None and day < letter.issued_on:
                    raise Refused(
                        f"agencies.{number}.{field}", "received_before_issue", day=day, issued=letter.issued_on
                    )
        if each.received_on is None and isinstance(letter, ResponseNotice | Judgment):
            raise Refused(f"agencies.{number}.received_on", "receipt_needed", agency=each.agency)
    if letter.lead_agency is not None and letter.lead_agency not in ids:
        raise Refused("lead_agency", "lead_not_listed", agency=letter.lead_agency)
    names = {known.get(each) for each in ids} if isinstance(known, Mapping) else set()
    for number, party in enumerate(letter.parties if isinstance(letter, MediationLetter) else ()):
        if party.name in names:
            raise Refused(f"parties.{number}.name", "party_is_agency", name=party.name)


def _check_mediation(letter: MediationLetter, today: Present) -> None:
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
        if letter.window_end > start + timedelta(days=366):
            raise Refused("window_end", "too_far", day=letter.window_end)


def _check_judgment(letter: Judgment, today: Present) -> None:
    refuse_unless_past("judged_on", letter.judged_on, today)
    if letter.effective_on is not None:
        refuse_unless_past("effective_on", letter.effective_on, today)
        if letter.effective_on < letter.judged_on:
            raise Refused(
                "effective_on", "effective_before_judged", effective=letter.effective_on, judged=letter.judged_on
            )
    if letter.last_service_on is not None:
        refuse_unless_past("last_service_on", letter.last_service_on, today)
        if letter.last_service_on < letter.judged_on:
            raise Refused(
                "last_service_on", "served_before_judged", day=letter.last_service_on, judged=letter.judged_on
            )
    if letter.received_on < letter.judged_on:
        raise Refused("received_at", "served_before_judged", day=letter.received_on, judged=letter.judged_on)
    for number, each in enumerate(letter.agencies):
        if each.received_on is not None and each.received_on < letter.judged_on:
            place = f"agencies.{number}.received_on"
            raise Refused(place, "served_before_judged", day=each.received_on, judged=letter.judged_on)


def _check_response(letter: ResponseNotice, today: Present) -> None:
    if letter.hearing_on is not None:
        _check_hearing("hearing_on", letter.hearing_on, letter, today)


def _check_appearance(letter: AppearanceNotice, today: Present) -> None:
    _check_hearing("hearing_at", local_date(letter.hearing_at), letter, today)


def _check_hearing(field: str, day: date, letter: Letter, today: Present) -> None:
    # The agency may have had the paper long before the bureau heard of it.
    papers = [letter.received_on] + [each.received_on for each in letter.agencies if each.received_on]
    first = min([*papers, letter.issued_on] if letter.issued_on else papers)
    if day < first:
        raise Refused(field, "hearing_before_receipt", day=day, received=first)
    refuse_unless_near(field, day, today)


_CHECKS: dict[str, Callable[[Any, Present], None]] = {
    "mediation_letter": _check_mediation,
    "response_notice": _check_response,
    "judgment": _check_judgment,
    "appearance_notice": _check_appearance,
}
