"""What Temporal's own pages show of a dossier: the current details and the summary of the pending timer."""

from collections.abc import Iterable

from rules.counting.clock import local
from rules.dossier.letter import letters_of
from rules.dossier.state import Dossier
from rules.duties.duty import Duty, DutyState, key_of
from rules.texts import text

_MARKS = {DutyState.OPEN: "○", DutyState.WAITING: "…", DutyState.DONE: "●"}


def details(state: Dossier) -> str:
    """Describe a dossier in Markdown: what is owed, to whom, by when, and what comes next. No names of persons."""
    lines = [*_owed(duty for duty in state.duties if not duty.letter)]
    for each in letters_of(state):
        letter = each.current_letter
        agencies = "、".join(service.agency for service in letter.agencies)
        lines += [f"**{text(f'kind.{letter.kind}')}** {state.name} {letter.number or ''} ({agencies})", ""]
        lines += _owed(each.duties)
    if state.next_wake is not None:
        lines.append(f"→ {local(state.next_wake):%Y-%m-%d %H:%M} {wake_summary(state)}")
    return "\n".join(lines)


def _owed(duties: Iterable[Duty]) -> list[str]:
    lines = [
        f"- {_MARKS.get(duty.state, '×')} {duty.key} {duty.act} {duty.due or ''} {text(f'state.{duty.state}')}"
        for duty in duties
    ]
    return [*lines, ""] if lines else []


def summary(dossier: str) -> str:
    """Name what a workflow watches, by the dossier's id."""
    _, kind, name = dossier.split("/", 2)
    return f"{text(f'dossier.{kind}')} {name}"


def wake_summary(state: Dossier) -> str:
    """Name what the pending timer is for: the first few rungs that it will take."""
    due = [f"{key_of(rung.duty)} {rung.code}" for rung in state.coming]
    return ", ".join(dict.fromkeys(due[:3])) + (" …" if len(due) > 3 else "")
