"""A dossier's state as rows: what the tables hold of it for lists, figures and the record."""

from docket.tables import DossierRow, DutyAgencyRow, DutyRow, EventRow, LetterRow, RungRow
from rules.counting.clock import local_date
from rules.dossier.case import CaseFile, case_file
from rules.dossier.letter import letters_of
from rules.dossier.state import Arrival, Dossier
from rules.duties.duty import DateMove
from rules.letters.events import Entry
from rules.letters.letter import search_words, searchable, short_id

ARRIVED, MOVED = "arrived", "date_moved"
"""Types of what a record holds beside events: a letter that was registered, a date that moved."""


def dossier_row(state: Dossier, step: str) -> DossierRow:
    """Return a dossier as the docket keeps it, after a step."""
    touched = [state.opened_at, *(each.at for each in state.letters), *(each.at for each in state.entries)]
    case = case_file(state)
    instances = () if state.joined else case.instances
    return DossierRow(
        id=state.id,
        kind=state.kind,
        county=state.county,
        name=state.name,
        title=state.title,
        words=_words(state, case),
        proceeding=instances[-1].proceeding.value if instances else None,
        over_on=case.ended_on,
        calendar=state.calendar,
        version=state.version,
        step=step,
        opened_at=state.opened_at,
        opened_by=state.opened_by,
        touched_at=max(touched),
        closed_at=state.closed_at,
        next_wake=state.next_wake,
        state=state.model_dump(mode="json"),
    )


def _words(state: Dossier, case: CaseFile) -> str:
    """Return what a matter is found by beside its letters: its name, what it is about, who sues, its case numbers."""
    said = [state.name, state.title, *(each.begun.number for each in case.instances if each.begun)]
    said += [case.opened.plaintiff, case.opened.act] if case.opened else []
    return "\n".join(searchable(word) for word in said if word)


def letter_rows(state: Dossier) -> list[LetterRow]:
    """Return the letters of a dossier, each as it is now."""
    found = []
    for each in letters_of(state):
        letter, short = each.current_letter, short_id(each.letter_id)
        found.append(
            LetterRow(
                id=each.letter_id,
                short=short,
                dossier_id=state.id,
                kind=letter.kind,
                county=letter.county,
                matter=state.name,
                number=letter.number,
                court=letter.court,
                title=letter.title,
                words=search_words(letter, short),
                received_at=letter.received_at,
                registered_at=each.registered_at,
                registered_by=each.registered_by,
                rulebook=each.rulebook,
                closed_at=each.closed_at,
                voided=each.voided,
            )
        )
    return found


def duty_rows(state: Dossier) -> list[DutyRow]:
    """Return the duties of a dossier."""
    names = DutyRow.model_fields.keys() - {"dossier_id", "letter_id", "position"}
    return [
        DutyRow(
            dossier_id=state.id,
            letter_id=duty.letter or None,
            position=position,
            **{name: getattr(duty, name) for name in names},
        )
        for position, duty in enumerate(state.duties)
    ]


def link_rows(state: Dossier) -> list[DutyAgencyRow]:
    """Return which agencies each duty of a dossier concerns."""
    return [
        DutyAgencyRow(dossier_id=state.id, id=duty.id, agency=agency)
        for duty in state.duties
        for agency in duty.agencies
    ]


def event_rows(state: Dossier) -> list[EventRow]:
    """Return what a dossier's record holds, not yet sealed: arrivals, events, and dates that moved."""
    arrived = [_arrival_row(state.id, each) for each in state.letters]
    recorded = [_entry_row(state.id, each) for each in state.entries]
    moved = [_move_row(state.id, number, each) for number, each in enumerate(state.moves, start=1)]
    return [*arrived, *recorded, *moved]


def _arrival_row(dossier: str, arrival: Arrival) -> EventRow:
    return EventRow(
        dossier_id=dossier,
        id=f"letter:{arrival.letter_id}",
        letter_id=arrival.letter_id,
        type=ARRIVED,
        on=arrival.letter.received_on,
        at=arrival.at,
        by=arrival.by,
        agency=None,
        body=arrival.model_dump(mode="json"),
    )


def _entry_row(dossier: str, entry: Entry) -> EventRow:
    return EventRow(
        dossier_id=dossier,
        id=entry.id,
        letter_id=entry.letter or None,
        type=entry.event.type,
        on=entry.event.on,
        at=entry.at,
        by=entry.by,
        agency=entry.event.whose,
        body=entry.event.model_dump(mode="json"),
    )


def _move_row(dossier: str, number: int, move: DateMove) -> EventRow:
    return EventRow(
        dossier_id=dossier,
        id=f"moved:{number}:{move.duty}",
        type=MOVED,
        on=local_date(move.at),
        at=move.at,
        by=move.by,
        agency=None,
        body=move.model_dump(mode="json"),
    )


def rung_rows(state: Dossier) -> list[RungRow]:
    """Return the rungs that a dossier's duties have taken."""
    return [RungRow(dossier_id=state.id, draft=rung.draft, **rung.model_dump()) for rung in state.fired]
