"""What Temporal's own pages show of a letter: the current details and the summary of the pending timer."""

from rules.counting.clock import local
from rules.dossier.state import LetterState
from rules.duties.duty import DutyState
from rules.texts import text


def details(state: LetterState) -> str:
    """Describe a letter in Markdown: what is owed, to whom, by when, and what comes next. No names of persons."""
    letter = state.current_letter
    agencies = "、".join(each.agency for each in letter.agencies)
    lines = [f"**{text(f'kind.{letter.kind}')}** {letter.matter} {letter.number or ''} ({agencies})", ""]
    for duty in state.duties:
        mark = {DutyState.OPEN: "○", DutyState.WAITING: "…", DutyState.DONE: "●"}.get(duty.state, "×")
        lines.append(f"- {mark} {duty.key} {duty.act} {duty.due or ''} {text(f'state.{duty.state}')}")
    if state.next_wake is not None:
        lines += ["", f"→ {local(state.next_wake):%Y-%m-%d %H:%M} {wake_summary(state)}"]
    return "\n".join(lines)


def wake_summary(state: LetterState) -> str:
    """Name what the pending timer is for: the first few rungs that it will take."""
    due = [f"{rung.duty} {rung.code}" for rung in state.rungs if state.next_wake and rung.at <= state.next_wake]
    return ", ".join(dict.fromkeys(due[:3])) + (" …" if len(due) > 3 else "")
