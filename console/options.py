"""The choices of fields that depend on what is in the docket: agencies, parties, duties, events."""

from collections.abc import Mapping, Sequence

from console.fields import Option
from console.words import said
from desk.wording import choice
from rules.access import Viewer
from rules.dossier.letter import LetterState
from rules.dossier.state import Dossier
from rules.letters.letter import short_id
from rules.letters.registry import papers_of
from rules.telling.wording import event_name
from rules.texts import Language


def of_directory(names: Mapping[str, str]) -> dict[str, Sequence[Option]]:
    """Return the choices of a letter's fields: the county's agencies by name."""
    agencies = list(names.items())
    return {"agency": agencies, "agencies": agencies, "lead_agency": agencies}


def of_case(state: Dossier, language: Language) -> dict[str, Sequence[Option]]:
    """Return the choices of what is recorded of a case itself: what was recorded before and still stands."""
    events = [
        (fact.id, f"{fact.event.on} {said('event.' + fact.event.type, language)}")
        for fact in state.facts()
        if fact.event.of_case and fact.event.recorded_by != "desk"
    ]
    return {"target": events}


def of_letter(
    state: LetterState, siblings: Sequence[LetterState], names: Mapping[str, str], viewer: Viewer, language: Language
) -> dict[str, Sequence[Option]]:
    """Return the choices of an event's fields: this letter's agencies, parties, duties and recorded events."""
    letter = state.current_letter
    agencies = [(each.agency, names.get(each.agency, each.agency)) for each in letter.agencies]
    own = [each for each in agencies if viewer.agencies is None or each[0] in viewer.agencies]
    parties = [(each, names.get(each, each)) for each in (state.window.parties if state.window else ())]
    events = [
        (entry.id, f"{entry.event.on} {event_name(entry.event.type, letter.kind, language)}") for entry in state.entries
    ]
    later = [
        (each.letter_id, f"{each.current_letter.number or each.current_letter.received_on} {short_id(each.letter_id)}")
        for each in siblings
        if each.letter.kind == letter.kind and each.letter_id != state.letter_id and not each.voided
    ]
    duties = [
        (duty.key, f"{duty.rule} {names.get(duty.agency or '', '')} {duty.act if language == 'zh' else duty.act_en}")
        for duty in state.duties
        if duty.unfinished
    ]
    return {
        "agency": own, "party": parties, "letter": later, "duty": duties,
        "of": [(paper, choice("of", paper, language)) for paper in papers_of(letter.kind)],
        "target": [("letter", said(f"kind.{letter.kind}", language)), *events],
    }  # fmt: skip
