"""移转、并案 at the door: a letter that is there goes to another matter of the county that has no such paper yet."""

from rules.accept.cases import refuse_gone, refuse_joined
from rules.accept.papers import refuse_twins
from rules.dossier.letter import letters_of
from rules.dossier.state import Dossier
from rules.errors import Refused


def check_move(source: Dossier, target: Dossier, letter: str) -> None:
    """Refuse to move a letter that isn't there, or that would be a second copy where it is to go."""
    _refuse_unless_apart(source, target)
    going = [each for each in letters_of(source) if each.letter_id == letter]
    refuse_gone(source, letter)
    if not going:
        raise Refused("letter", "unknown_letter", letter=letter)
    refuse_twins(going, letters_of(target))


def check_join(source: Dossier, target: Dossier) -> None:
    """Refuse to join a matter to itself, to one of another county, or to one that holds the same paper."""
    _refuse_unless_apart(source, target)
    refuse_twins(letters_of(source), letters_of(target))


def _refuse_unless_apart(source: Dossier, target: Dossier) -> None:
    if source.id == target.id:
        raise Refused("matter", "same_matter", matter=target.name)
    if source.county != target.county:
        raise Refused("matter", "other_county", matter=target.name)
    for each in (source, target):
        refuse_joined(each)
