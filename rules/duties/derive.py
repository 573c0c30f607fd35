"""From facts to duties: each rule's shape is one function, and the result depends on nothing else.

`derive` is a pure function of the letter, the set of its events, the rulebook and the calendar: the order in which
events arrived makes no difference, nor does that of the rules in their book, and a corrected date moves everything that
hangs on it.
"""

from graphlib import TopologicalSorter
from typing import NamedTuple, TypeVar

from rules.books.model import Rule
from rules.duties.duty import Duty, DutyState
from rules.duties.kind import Kind, kind_of
from rules.duties.situation import Situation
from rules.duties.window import WindowState
from rules.letters.letter import Letter

L = TypeVar("L", bound=Letter)


class Derived(NamedTuple):
    """The duties of a letter, and its mediation window if it has one."""

    duties: tuple[Duty, ...]
    window: WindowState | None


def derive(situation: Situation[L]) -> Derived:
    """Work out every duty of a letter, in the order of the book; a voided letter's are all cancelled."""
    kind = kind_of(situation.letter)
    rules = situation.rules
    by_rule: dict[str, list[Duty]] = {}
    for rule in _in_turn(kind, rules):
        by_rule[rule.id] = kind.shapes[rule.shape].duties(situation, rule)
        situation.worked_out.setdefault(rule.shape, []).extend(by_rule[rule.id])
    duties = [
        duty.model_copy(update={"letter": situation.letter_id, "place": (number, place)})
        for number, rule in enumerate(rules)
        for place, duty in enumerate(by_rule[rule.id])
    ]
    if situation.facts.void is not None:
        void = {"state": DutyState.CANCELLED, "ended_on": situation.facts.void.event.on, "ended_by": "void"}
        duties = [duty.model_copy(update=void) for duty in duties]
    return Derived(tuple(duties), kind.window(situation, duties))


def _in_turn(kind: Kind[L], rules: list[Rule]) -> list[Rule]:
    """Order rules so that each comes after those whose duties its shape looks at."""
    shapes = TopologicalSorter({name: shape.needs for name, shape in kind.shapes.items()}).static_order()
    place = {name: number for number, name in enumerate(shapes)}
    return sorted(rules, key=lambda rule: place[rule.shape])
