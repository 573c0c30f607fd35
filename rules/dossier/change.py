"""What a step changed: what goes into history instead of the whole dossier, so that no step carries those before it."""

from datetime import date

from pydantic import AwareDatetime, Field

from rules.dossier.state import Arrival, Dossier, Head
from rules.duties.duty import DateMove, Duty, in_order
from rules.duties.ladder import FiredRung
from rules.duties.window import WindowState
from rules.letters.events import Entry
from rules.values import Late


class Change(Late):
    """The difference between two states of one dossier, as one step makes it: what was added or is otherwise now.

    Letters, entries and moves are only ever added; duties and rungs may also be gone. `grace` is whole where it
    differs.
    """

    head: Head
    letters: tuple[Arrival, ...] = ()
    entries: tuple[Entry, ...] = ()
    duties: tuple[Duty, ...] = ()
    duties_gone: tuple[str, ...] = ()
    windows: dict[str, WindowState] = Field(default_factory=dict)
    since: dict[str, AwareDatetime] = Field(default_factory=dict)
    grace: dict[str, date] | None = None
    moves: tuple[DateMove, ...] = ()
    fired: tuple[FiredRung, ...] = ()
    fired_gone: tuple[str, ...] = ()


def change(before: Dossier | None, after: Dossier) -> Change:
    """Return what a step changed; `before` is None for the step that opened the dossier."""
    was = before or after.model_copy(update=_NOTHING)
    duties = {duty.id: duty for duty in was.duties}
    fired = {rung.key for rung in was.fired}
    return Change(
        head=Head.model_validate(after.model_dump(include=set(Head.model_fields))),
        letters=after.letters[len(was.letters) :],
        entries=after.entries[len(was.entries) :],
        duties=tuple(duty for duty in after.duties if duties.get(duty.id) != duty),
        duties_gone=tuple(duties.keys() - {duty.id for duty in after.duties}),
        windows={letter: each for letter, each in after.windows.items() if was.windows.get(letter) != each},
        since={key: at for key, at in after.since.items() if was.since.get(key) != at},
        grace=after.grace if after.grace != was.grace else None,
        moves=after.moves[len(was.moves) :],
        fired=tuple(rung for rung in after.fired if rung.key not in fired),
        fired_gone=tuple(fired - {rung.key for rung in after.fired}),
    )


_NOTHING: dict[str, object] = {
    "letters": (), "entries": (), "duties": (), "windows": {}, "since": {}, "grace": {}, "moves": (), "fired": (),
}  # fmt: skip


def changed(before: Dossier | None, by: Change) -> Dossier:
    """Return the state that a change leads to."""
    was = before or Dossier(**by.head.model_dump())
    gone, out = set(by.duties_gone), set(by.fired_gone)
    duties = {duty.id: duty for duty in was.duties if duty.id not in gone} | {duty.id: duty for duty in by.duties}
    return was.model_copy(
        update={
            **{name: getattr(by.head, name) for name in Head.model_fields},
            "letters": (*was.letters, *by.letters),
            "entries": (*was.entries, *by.entries),
            "duties": in_order(duties.values()),
            "windows": was.windows | by.windows,
            "since": was.since | by.since,
            "grace": was.grace if by.grace is None else by.grace,
            "moves": (*was.moves, *by.moves),
            "fired": (*(rung for rung in was.fired if rung.key not in out), *by.fired),
        }
    )
