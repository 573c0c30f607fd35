"""谁可以看到什么: letters and matters as somebody outside the bureau sees them.

Everything is hidden until it is given: a field of a letter or an event by its class (`Typed.shown`), a value that is
worked out by its name here. So what is added to a kind tomorrow is the bureau's alone at first.
"""

from collections.abc import Collection, Mapping
from typing import Any, get_args

from rules.access import Viewer
from rules.letters.events import Event
from rules.letters.fields import Reader, Typed
from rules.letters.registry import event_models, letter_models
from rules.letters.terms import AgencyService

View = Mapping[str, Any]

_OF_LETTER = {"id", "short", "rulebook", "calendar", "registered_at", "registered_by", "closed_at", "voided"}
_OF_EVENT = {"id", "voided", "at", "by"}
_OF_MOVE = {
    "id", "type", "at", "by", "duty", "old_due", "new_due", "old_nominal", "new_nominal", "why", "event", "calendar",
}  # fmt: skip
_OF_DUTY = {
    "key", "letter", "place", "rule", "entry", "agency", "agencies", "obligor", "obligee", "cc", "act", "act_en",
    "clause", "soft", "ladder", "state", "state_zh", "light", "overdue", "anchor", "nominal", "due", "due_time",
    "due_at", "target", "warn_on", "provisional", "presumed", "answers", "rolling", "satisfied_on", "satisfied_by",
    "ended_on", "ended_by", "missing", "missed", "grace", "slot", "covers", "calendar",
}  # fmt: skip
_OF_RUNG = {"duty", "code", "to", "draft", "at"}
_OF_WINDOW = {"start", "nominal", "due", "extensions", "parties", "ended_on", "ended_by"}
_OF_EXTENSION = {
    "round", "missing", "consented", "last_consent", "takes_effect_on", "old_due", "new_nominal", "new_due", "late",
}  # fmt: skip
_OF_MATTER = {
    "id", "name", "title", "act", "rulebook", "calendar", "opened_at", "opened_by", "closed_at", "under_way", "over_on",
    "joined",
}  # fmt: skip
_OF_INSTANCE = {
    "proceeding", "begun_on", "body", "number", "hearings", "concluded_on", "document", "document_number", "outcomes",
    "effective_on",
}  # fmt: skip
_OF_HEARING = {"on", "agency", "appeared", "spoke"}


def seen(view: dict[str, Any], viewer: Viewer) -> dict[str, Any]:
    """Return a letter's view with what the viewer is given to see; of several agencies, only what concerns theirs."""
    if viewer.reads_all:
        return view
    letter = view["letter"]
    duties = [_only(_OF_DUTY, duty) for duty in view["duties"] if _owed(duty, viewer)]
    keys = {duty["key"] for duty in duties}
    return {
        "letter": _only(_OF_LETTER, letter) | _given(letter_models()[letter["kind"]], letter, viewer.reader),
        "duties": duties,
        "warnings": view["warnings"],
        "window": _window(view["window"]) if view["window"] else None,
        "events": _events(view["events"], letter_models()[letter["kind"]], viewer, keys),
        "ladder": [_only(_OF_RUNG, rung) for rung in view["ladder"] if rung["duty"] in keys],
        "taken": [_only(_OF_RUNG, rung) for rung in view["taken"] if rung["duty"] in keys],
        "next_wake": view["next_wake"],
    }


def matter_seen(view: dict[str, Any], viewer: Viewer) -> dict[str, Any]:
    """Return a matter's view with what the viewer is given to see: their letters, and what is said of the case."""
    if viewer.reads_all:
        return view
    letters = [each for each in view["letters"] if viewer.sees(_agencies(each["letter"]))]
    known = {each["letter"]["id"] for each in letters}
    duties = [_only(_OF_DUTY, duty) for duty in view["duties"] if _owed(duty, viewer)]
    keys = {duty["key"] for duty in duties}
    parties = [
        # Whom a letter names, only those see who see a letter that does; the case's own file names parties to all.
        party | {"letters": [each for each in party["letters"] if each in known]}
        for party in view["parties"]
        if not party["letters"] or not known.isdisjoint(party["letters"])
    ]
    return {
        "matter": _only(_OF_MATTER, view["matter"]) | {
            "agencies": [each for each in view["matter"]["agencies"] if viewer.sees([each])],
            "moved": {letter: other for letter, other in view["matter"]["moved"].items() if letter in known},
        },
        "instances": [_instance(each, viewer) for each in view["instances"]],
        "parties": [_only({"name", "roles", "letters"}, party) for party in parties],
        "letters": [seen(each, viewer) for each in letters],
        "duties": duties,
        "events": _events(view["events"], None, viewer, keys),
        "ladder": [_only(_OF_RUNG, rung) for rung in view["ladder"] if rung["duty"] in keys],
        "taken": [_only(_OF_RUNG, rung) for rung in view["taken"] if rung["duty"] in keys],
        "next_wake": view["next_wake"],
    }  # fmt: skip


def _only(names: Collection[str], data: View) -> dict[str, Any]:
    return {name: value for name, value in data.items() if name in names}


def _given(model: type[Typed], data: View, reader: Reader | None) -> dict[str, Any]:
    """Return what of a letter, an event or a part of them its class gives to a reader."""
    fields = model.shown_to(reader) if reader else ()
    return {
        name: _part(model.model_fields[name].annotation, value, reader)
        for name, value in data.items()
        if name in fields
    }


def _part(annotation: object, value: Any, reader: Reader | None) -> Any:
    model = _model_of(annotation)
    if model is None or value is None:
        return value
    return [_given(model, each, reader) for each in value] if isinstance(value, list) else _given(model, value, reader)


def _model_of(annotation: object) -> type[Typed] | None:
    if isinstance(annotation, type) and issubclass(annotation, Typed):
        return annotation
    return next((model for each in get_args(annotation) if (model := _model_of(each))), None)


def _window(window: View) -> dict[str, Any]:
    return _only(_OF_WINDOW, window) | {"extensions": [_only(_OF_EXTENSION, each) for each in window["extensions"]]}


def _instance(instance: View, viewer: Viewer) -> dict[str, Any]:
    hearings = [each for each in instance["hearings"] if each["agency"] is None or viewer.sees([each["agency"]])]
    return _only(_OF_INSTANCE, instance) | {"hearings": [_only(_OF_HEARING, each) for each in hearings]}


def _agencies(letter: View) -> list[str]:
    return [each["agency"] for each in letter["agencies"]]


def _owed(duty: View, viewer: Viewer) -> bool:
    return viewer.sees(duty["agencies"]) and (viewer.obligors is None or duty["obligor"] in viewer.obligors)


def _events(
    events: Collection[View], model: type[Typed] | None, viewer: Viewer, keys: Collection[str]
) -> list[dict[str, Any]]:
    """Return the events that a viewer reads; `model` is the class of the letter, None where they are the case's."""
    by_id = {event["id"]: event for event in events}
    found = []
    for event in events:
        if not _event_seen(event, viewer, keys, by_id, model):
            continue
        if event["type"] == "date_moved":
            found.append(_only(_OF_MOVE, event))
            continue
        given = _only(_OF_EVENT, event) | _given(event_models()[event["type"]], event, viewer.reader)
        # Another letter of the matter may be none of the viewer's, and so may another agency of the case.
        given |= {"letter": ""} if "letter" in given else {}
        given |= (
            {"agencies": [each for each in given["agencies"] if viewer.sees([each])]} if "agencies" in given else {}
        )
        found.append(given)
    return found


def _event_seen(
    event: View, viewer: Viewer, keys: Collection[str], by_id: Mapping[str, View], model: type[Typed] | None
) -> bool:
    if event["type"] == "date_moved":
        return event["duty"] in keys
    if not _read(event_models().get(event["type"]), viewer.reader):
        return False
    mended = by_id.get(event.get("target") or "")
    if mended is not None and mended is not event:
        # A correction or a voiding says what it mends.
        mends = event_models().get(mended["type"])
        return _event_seen(mended, viewer, keys, by_id, model) and _field_seen(event, mends, viewer)
    if not _field_seen(event, model, viewer):
        return False
    agency = event.get("agency")
    return agency is None or viewer.sees([agency])


def _read(model: type[Event] | None, reader: Reader | None) -> bool:
    """Tell whether a reader reads of events of a class at all: it gives them a field of its own."""
    return model is not None and reader in vars(model).get("shown", {})


def _field_seen(event: View, model: type[Typed] | None, viewer: Viewer) -> bool:
    """Tell whether a correction, which says what a field should have been, corrects one that the viewer is given."""
    field, reader = event.get("field") or "", viewer.reader
    if not field:
        return True
    if field.startswith("agencies.") and field.count(".") == 2:
        _, agency, field = field.split(".")
        return viewer.sees([agency]) and reader is not None and field in AgencyService.shown_to(reader)
    return model is not None and reader is not None and field.split(".")[0] in model.shown_to(reader)
