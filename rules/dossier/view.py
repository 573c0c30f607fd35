"""How a letter stands at an instant, as plain data for screens, queries and `--json`."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from rules.counting.clock import local
from rules.dossier.letter import LetterState
from rules.duties.duty import DateMove, Duty, DutyState, key_of
from rules.duties.kind import kind_of
from rules.duties.ladder import FiredRung, Rung
from rules.letters.events import Entry
from rules.letters.facts import standing_voids
from rules.letters.letter import short_id
from rules.texts import Language, text


def duty_view(duty: Duty, now: datetime) -> dict[str, Any]:
    """Return one duty with its lamp at an instant; its reckoning is asked for by `why`."""
    data = duty.model_dump(mode="json", exclude={"sheet"})
    overdue = duty.overdue(now)
    return data | {
        "light": duty.light(now).value,
        "overdue": overdue,
        "state_zh": state_name(duty.state, duty.soft, overdue=overdue),
    }


def state_name(state: str, soft: bool, language: Language = "zh", *, overdue: bool = False) -> str:
    """Name a duty's state as of a moment; a soft duty past its target is 未及时, never 逾期."""
    key = "overdue" if overdue else state
    return text(f"state.{key}.soft" if soft and key in ("late", "overdue") else f"state.{key}", language)


def letter_view(state: LetterState, now: datetime, coming: Iterable[Rung] = ()) -> dict[str, Any]:
    """Return a letter's state at an instant: the letter, its duties, what happened, and what comes next.

    `coming` are the rungs of its matter that are still to come.
    """
    return {
        "letter": {
            "id": state.letter_id,
            "short": short_id(state.letter_id),
            **state.current_letter.model_dump(mode="json"),
            "rulebook": state.rulebook,
            "calendar": state.dossier.calendar,
            "registered_at": instant(state.registered_at),
            "registered_by": state.registered_by,
            "closed_at": instant(state.closed_at),
            "voided": state.voided,
        },
        "duties": [duty_view(duty, now) for duty in state.duties],
        "warnings": [text(key) for key in warnings(state)],
        "window": state.window.model_dump(mode="json") if state.window else None,
        "events": events_view(state.entries, state.moves),
        "ladder": [rung_view(rung, rung.at) for rung in coming if state.owns(rung.duty)],
        "taken": [rung_view(rung, rung.fired_at) for rung in state.fired],
        "next_wake": instant(state.next_wake),
    }


def rung_view(rung: Rung | FiredRung, at: datetime) -> dict[str, Any]:
    """Return one step of a duty's ladder, taken or to come."""
    return {"duty": key_of(rung.duty), "code": rung.code, "to": rung.to, "draft": rung.draft, "at": instant(at)}


def consequences(before: dict[str, Any], after: dict[str, Any]) -> list[dict[str, Any]]:
    """List the duties in which two views of a letter differ, as they come to be; `before` is what each was, if it was.

    A duty that is gone is shown as it was, cancelled; one that only waited for its day zero has become others.
    """
    earlier = {duty["key"]: duty for duty in before["duties"]}
    found = []
    for duty in after["duties"]:
        was = earlier.pop(duty["key"], None)
        if was is None or any(was[name] != duty[name] for name in ("due", "state", "overdue", "agencies", "missing")):
            found.append(duty | {"before": was})
    cancelled = {"state": DutyState.CANCELLED.value, "light": "grey", "overdue": False}
    gone = [was for was in earlier.values() if was["state"] not in (DutyState.CANCELLED, DutyState.WAITING)]
    return found + [was | cancelled | {"before": was} for was in gone]


def warnings(state: LetterState) -> list[str]:
    """Name the messages that a clerk should see beside the dates of a letter."""
    return list(kind_of(state.letter).warnings(state.facts))


def events_view(entries: Sequence[Entry], moves: Iterable[DateMove] = ()) -> list[dict[str, Any]]:
    """List what happened, recorded events and moved dates, in the order they were recorded."""
    void = standing_voids(sorted(entries, key=lambda entry: (entry.at, entry.id)))
    recorded = [
        {
            "id": entry.id,
            "voided": entry.id in void,
            "at": instant(entry.at),
            "by": entry.by,
            **entry.event.model_dump(mode="json", exclude_none=True),
        }
        for entry in entries
    ]
    moved = [
        {
            "id": f"{move.event or move.calendar}:{key_of(move.duty)}",
            "at": instant(move.at),
            "by": move.by,
            "type": "date_moved",
            **move.model_dump(mode="json", exclude={"at", "by"}),
            "duty": key_of(move.duty),
        }
        for move in moves
    ]
    return sorted(recorded + moved, key=lambda event: event["at"])


def reckoning_view(duty: Duty) -> dict[str, Any]:
    """Explain one duty's date: 算期单."""
    none = "reckoning.waiting" if duty.state is DutyState.WAITING else "reckoning.none"
    explained = duty.sheet.as_json() if duty.sheet else {
        "sentence": text(none), "sentence_en": text(none, "en"), "steps": [], "steps_en": [], "sources": [],
    }  # fmt: skip
    return {
        "duty": duty.key,
        "rule": duty.rule,
        "act": duty.act,
        "act_en": duty.act_en,
        "state": duty.state.value,
        "presumed": duty.presumed,
        **explained,
    }


def instant(at: datetime | None) -> str | None:
    """Return an instant in Shanghai's time, as data."""
    return local(at).isoformat(timespec="seconds") if at else None
