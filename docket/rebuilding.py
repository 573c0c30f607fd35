"""核查台账: what the docket has of one dossier beside the state it was written from, and rows made anew from it."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, NamedTuple

from sqlmodel import Session, select

from docket.acts import COMMAND_LINE, SYSTEM, Actor, log
from docket.reads import stored_state
from docket.rows import ARRIVED, MOVED, dossier_row, duty_rows, event_rows, letter_rows
from docket.seal import events, seal
from docket.settle import write_parts
from docket.tables import (
    DossierRow,
    DutyAgencyRow,
    DutyRow,
    EventRow,
    LetterRow,
    Row,
    RungRow,
)
from docket.upsert import upsert
from rules.dossier.state import Arrival, Dossier
from rules.letters.events import Entry
from rules.letters.registry import event_adapter

_LEFT_OUT: dict[type[Row], set[str]] = {EventRow: {"number", "seal"}, DossierRow: {"state"}, LetterRow: {"words"}}


class Record(NamedTuple):
    """One dossier as the docket's tables have it, apart from the state that it was last settled with.

    `dues` has each duty's state and date by its id, `letters` are those that are in it now; `stale` names what differs
    from the state: `dossier`, letters, duties, events, rungs.
    """

    state: Dossier
    dues: dict[str, tuple[str, date | None]]
    letters: list[Arrival]
    entries: list[Entry]
    stale: list[str]


def record(session: Session, dossier: str) -> Record | None:
    """Read one dossier's rows."""
    row = session.get(DossierRow, dossier)
    if row is None:
        return None
    state = Dossier.model_validate(row.state)
    stale = ["dossier"] if _differ(dossier_row(state, row.step), row) else []
    letters = {each.id: each for each in session.exec(select(LetterRow).where(LetterRow.dossier_id == dossier))}
    stale += _stale({each.id: each for each in letter_rows(state)}, letters)
    duties = {each.id: each for each in session.exec(select(DutyRow).where(DutyRow.dossier_id == dossier))}
    stale += _stale({each.id: each for each in duty_rows(state)}, duties)
    links = set(session.exec(select(DutyAgencyRow.id, DutyAgencyRow.agency).where(DutyAgencyRow.dossier_id == dossier)))
    stale += [key for key, _ in links ^ {(duty.id, agency) for duty in state.duties for agency in duty.agencies}]
    rungs = set(session.exec(select(RungRow.key).where(RungRow.dossier_id == dossier)))
    stale += [rung.key for rung in state.fired if rung.key not in rungs]
    known = {each.id: each for each in events(session, dossier)}
    stale += _stale({each.id: each for each in event_rows(state)}, known)
    dues = {key: (each.state, each.due) for key, each in duties.items()}
    # A letter that was moved to another dossier leaves its arrival behind, and is counted where it is.
    here = (each for each in known.values() if each.type == ARRIVED and each.letter_id in letters)
    arrived = [Arrival.model_validate(each.body) for each in here]
    entries = [_entry(each) for each in known.values() if each.type not in (ARRIVED, MOVED)]
    return Record(state, dues, arrived, entries, sorted(set(stale)))


def _entry(row: EventRow) -> Entry:
    event = event_adapter().validate_python(row.body)
    return Entry(id=row.id, letter=row.letter_id or "", event=event, at=row.at, by=row.by)


def _stale(told: Mapping[str, Row], known: Mapping[str, Row]) -> list[str]:
    return [key for key in told.keys() | known.keys() if _differ(told.get(key), known.get(key))]


def _differ(one: Row | None, other: Row | None) -> bool:
    if one is None or other is None:
        return one is not other
    return _told(one) != _told(other)


def _told(row: Row) -> dict[str, Any]:
    """Return what a row says, without how it is sealed, and without what another release may store in another way."""
    return row.model_dump(exclude=_LEFT_OUT.get(type(row), set()))


def rebuild(session: Session, state: Dossier, now: datetime) -> bool:
    """Write a dossier's rows again from a state, unless they are newer; tell whether they were written.

    Notices stay as they are, for only they know. What stood in an event that was changed goes into the record of acts.
    """
    kept = session.exec(select(DossierRow).where(DossierRow.id == state.id).with_for_update()).first()
    if kept is not None and Dossier.model_validate(kept.state).version > state.version:
        return False
    upsert(session, [dossier_row(state, kept.step if kept is not None else "rebuilt")])
    for row in event_rows(state):
        found = session.get(EventRow, (row.dossier_id, row.id))
        if found is not None and _differ(row, found):
            names = {name for name in _told(row) if getattr(row, name) != getattr(found, name)}
            old, new = (each.model_dump(mode="json", include=names) for each in (found, row))
            log(session, Actor(SYSTEM, COMMAND_LINE), now, "mend", state.id, {"event": row.id} | old, new)
            found.sqlmodel_update(_told(row))
            session.add(found)
    session.flush()
    write_parts(session, state)
    return True


def reseal(session: Session, dossier: str) -> bool:
    """Seal a dossier's events that are not sealed, if each is as its state has it; tell whether it was done."""
    state = stored_state(session, dossier)
    told = {row.id: row for row in event_rows(state)} if state is not None else {}
    if any(row.seal is None and _differ(told.get(row.id), row) for row in events(session, dossier)):
        return False
    seal(session, dossier)
    return True
