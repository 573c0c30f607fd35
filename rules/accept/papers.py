"""来文查重: which letter of a matter a paper is, and that no two letters are one paper."""

from collections.abc import Sequence
from typing import Any

from rules.accept.cases import refuse_gone, refuse_joined
from rules.dossier.letter import LetterState
from rules.dossier.state import Dossier
from rules.errors import Refused
from rules.letters.events import Entry
from rules.letters.facts import Facts
from rules.letters.letter import DESK_FIELDS, Letter, letter_id


def registered_before(letter: Letter, known: Sequence[LetterState]) -> LetterState | None:
    """Find the letter under which a paper is registered: by what that letter is now.

    A letter whose number was corrected is found under its right number, and its old one is free for the paper that it
    belongs to. Where that paper is just like the first registration, only a person can tell it from a repeat, and is
    asked to. One without a number is found under its old name as well: nothing says that it is another paper.
    """
    standing = [each for each in known if not each.voided]
    for each in standing:
        if _paper(each.current_letter) == _paper(letter):
            return each
    for each in standing:
        if letter.number is None and _paper(each.letter) == _paper(letter):
            return each
        if _typed(each.letter) == _typed(letter):
            raise Refused("number", "number_was_corrected", letter=each.letter_id, number=each.current_letter.number)
    return None


def refuse_moved(letter: Letter, dossier: Dossier) -> None:
    """Refuse a paper that was registered in a matter before, and moved to another one from there."""
    refuse_joined(dossier)
    for each in dossier.letters:
        if _paper(each.letter) == _paper(letter):
            refuse_gone(dossier, each.letter_id)


def refuse_twin(state: LetterState, entry: Entry, known: Sequence[LetterState]) -> None:
    """Refuse a correction, or the undoing of one, by which two letters would be one paper."""
    corrected = _paper(Facts(state.letter, (*state.own, entry)).letter)
    if corrected == _paper(state.current_letter):
        return
    for other in known:
        if other.letter_id != state.letter_id and not other.voided and _paper(other.current_letter) == corrected:
            raise Refused("value", "paper_registered", letter=other.letter_id)


def refuse_twins(coming: Sequence[LetterState], known: Sequence[LetterState]) -> None:
    """Refuse to bring letters to others among which one of the papers stands already."""
    there = {_paper(_placed(each)): each.letter_id for each in known if not each.voided}
    for each in coming:
        if not each.voided and (twin := there.get(_paper(_placed(each)))):
            raise Refused("matter", "paper_in_both", letter=twin)


def _placed(state: LetterState) -> Letter:
    """Return a letter as if its matter had no name: papers of two matters are compared by what they are."""
    return state.current_letter.model_copy(update={"matter": ""})


def registered_anew(letter: Letter, known: Sequence[LetterState]) -> Letter:
    """Return a letter with a name of its own where another one had that name first: one voided, or wrongly numbered."""
    taken = {each.letter_id for each in known}
    while letter_id(letter) in taken:
        letter = letter.model_copy(update={"anew": letter.anew + 1})
    return letter


def difference(known: LetterState, letter: Letter) -> tuple[str, object, object] | None:
    """Return the first field, with both values, in which a paper registered again differs from what is on record.

    What was typed first and corrected since is no difference: it may be the first registration, repeated.
    """
    now, first, ours = (each.model_dump(mode="json") for each in (known.current_letter, known.letter, letter))
    return next(
        (
            (field, now[field], value)
            for field, value in ours.items()
            if field not in DESK_FIELDS and value not in (now[field], first[field])
        ),
        None,
    )


def _paper(letter: Letter) -> str:
    return letter_id(letter.model_copy(update={"anew": 0}))


def _typed(letter: Letter) -> dict[str, Any]:
    return letter.model_dump(exclude=set(DESK_FIELDS))
