"""The pure core alone: what the acts of a story lead to where nothing runs and so nothing can break."""

from collections import Counter
from collections.abc import Iterator
from datetime import datetime

from docket.directory import sample_directory
from docket.rows import ARRIVED, MOVED
from rules.accept.entries import case_entry, entry_for
from rules.accept.letters import check_letter
from rules.accept.papers import registered_anew
from rules.accept.rulebook import shipped_rulebook
from rules.counting.calendar import shipped_calendar
from rules.counting.clock import local_date
from rules.dossier.core import next_wake, opened, step
from rules.dossier.letter import letters_of
from rules.dossier.state import Arrival, Dossier, Happening, Outcome
from rules.dossier.transfer import joined, moved
from rules.duties.ladder import FiredRung
from rules.letters.letter import letter_id, matter_id
from rules.letters.parse import parse_event, parse_letter
from rules.telling.notices import Notice
from tests.drills.compare import Taken
from tests.drills.story import JOIN, MOVE, Act, event, matter, received


class PureCounty:
    """Matters that the pure core takes through acts and time."""

    def __init__(self) -> None:
        self.matters: dict[str, Dossier] = {}
        self._fired: list[tuple[str, FiredRung]] = []
        self._notices: list[tuple[str, Notice]] = []
        self._letters: dict[str, str] = {}
        self._book = shipped_rulebook()
        self._calendar = shipped_calendar()
        self._agencies = {each.id for each in sample_directory().agencies}

    def play(self, acts: list[Act]) -> None:
        """Do acts in their order, with the time before each."""
        for act in acts:
            self.until(act.at)
            self._act(act)

    def until(self, instant: datetime) -> None:
        """Let time pass: each matter takes a step whenever time matters to it."""
        for name in self.matters:
            while (wake := next_wake(self.matters[name])) is not None and wake <= instant:
                self._step(name, wake, None)

    def taken(self) -> Taken:
        """Return what came of it, as the docket is read beside it."""
        states = self.matters.items()
        return {
            "duties": Counter(
                (
                    name, duty.letter, duty.key, duty.state.value, duty.anchor, duty.nominal, duty.due,
                    duty.satisfied_on, duty.ended_on, duty.ended_by,
                )
                for name, state in states
                for duty in state.duties
            ),
            "events": Counter((name, *each) for name, state in states for each in _said(state)),
            "rungs": Counter((name, rung.key, local_date(rung.fired_at)) for name, rung in self._fired),
            "notices": Counter(
                (name, notice.to, notice.kind.value, notice.late, *sorted(item.id for item in notice.items),
                 local_date(notice.send_at))
                for name, notice in self._notices
            ),
        }  # fmt: skip

    def _act(self, act: Act) -> None:
        name = self._where(act.letter)
        if act.event in (MOVE, JOIN):
            self._transfer(act, name)
            return
        if act.event:
            state, said = self.matters[name], parse_event(event(act))
            if state.of_case(said):
                entry = case_entry(state, said, act.at, act.by, self._agencies)
            else:
                entry = entry_for(state, self._letters[act.letter], said, act.at, act.by, self._agencies)
            self._step(name, act.at, entry)
            return
        letter = parse_letter(received(act))
        check_letter(letter, act.at, self._agencies)
        known = self.matters.get(name)
        letter = registered_anew(letter, letters_of(known) if known else [])
        identity = self._letters[act.letter] = letter_id(letter)
        arrival = Arrival(letter_id=identity, letter=letter, rulebook=self._book.version, at=act.at, by=act.by)
        self.matters.setdefault(name, opened(name, self._book.version, act.at, act.by))
        self._step(name, act.at, arrival)

    def _where(self, letter: str) -> str:
        """Name the matter that a letter is in by now."""
        identity = self._letters.get(letter)
        for name, state in self.matters.items():
            if any(each.letter_id == identity for each in state.here):
                return name
        return matter(letter)

    def _transfer(self, act: Act, name: str) -> None:
        """Move a letter, or join its matter, to another one; what was told of what goes is that one's as well."""
        to, reason = matter_id("wuping", act.fields["matter"]), act.fields["reason"]
        source, target, books = self.matters[name], self.matters[to], {self._book.version: self._book}
        if act.event == JOIN:
            made = joined(source, target, reason, act.at, act.by, books, self._calendar)
        else:
            letter = self._letters[act.letter]
            made = moved(source, target, letter, reason, act.at, act.by, books, self._calendar)
        gone = {each.letter_id for each in source.here} - {each.letter_id for each in made.source.state.here}
        self._notices = [(to if notice.items[0].letter in gone else there, notice) for there, notice in self._notices]
        self._keep(name, source, made.source)
        self._keep(to, target, made.target)

    def _step(self, name: str, now: datetime, happening: Happening | None) -> None:
        books, before = {self._book.version: self._book}, self.matters[name]
        self._keep(name, before, step(before, now, books, self._calendar, happening))

    def _keep(self, name: str, before: Dossier, outcome: Outcome) -> None:
        self.matters[name] = outcome.state
        # A state remembers only the last of repeats.
        known = {rung.key for rung in before.fired}
        self._fired += [(name, rung) for rung in outcome.state.fired if rung.key not in known]
        self._notices += [(name, notice) for notice in outcome.notices]


def _said(state: Dossier) -> Iterator[tuple[str, str, str]]:
    """Yield of which letter what was registered, recorded or moved, and by whom."""
    yield from ((arrival.letter_id, ARRIVED, arrival.by) for arrival in state.letters)
    yield from ((entry.letter, entry.event.type, entry.by) for entry in state.entries)
    yield from (("", MOVED, move.by) for move in state.moves)
