"""Letters at the door: dates that can be, agencies that are known."""

from collections.abc import Collection, Mapping
from datetime import datetime

from rules.counting.clock import local
from rules.duties.kind import kind_of
from rules.errors import Refused
from rules.letters.dates import FAR_APART, Present, present, refuse_unless_past
from rules.letters.letter import Letter


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
    kind_of(letter).check(letter, today)


def _check_agencies(letter: Letter, today: Present, known: Collection[str] | None) -> None:
    ids = [each.agency for each in letter.agencies]
    for number, each in enumerate(letter.agencies):
        if known is not None and each.agency not in known:
            raise Refused(
                f"agencies.{number}.agency", "unknown_agency", agency=each.agency, known="、".join(sorted(known))
            )
        if ids.count(each.agency) > 1:
            raise Refused(f"agencies.{number}.agency", "agency_twice", agency=each.agency)
        for field, day in each.days:
            place = f"agencies.{number}.{field}"
            refuse_unless_past(place, day, today)
            if abs(letter.received_on - day) > FAR_APART:
                raise Refused(place, "receipts_far_apart", day=day, received=letter.received_on)
            if letter.issued_on is not None and day < letter.issued_on:
                raise Refused(place, "received_before_issue", day=day, issued=letter.issued_on)
    if letter.lead_agency is not None and letter.lead_agency not in ids:
        raise Refused("lead_agency", "lead_not_listed", agency=letter.lead_agency)
    names = {known.get(each) for each in ids} if isinstance(known, Mapping) else set()
    for number, party in enumerate(letter.others):
        if party.name in names:
            raise Refused(f"parties.{number}.name", "party_is_agency", name=party.name)
