"""Letters, events and a hand to play them with: what the tests of the rules are built from.

`Play` does what a workflow does, without a server: it keeps one state, wakes it when it says so and records events,
each only after `check_event` has let it in.
"""

from collections.abc import Iterator
from copy import copy
from datetime import date, datetime
from typing import Any

from rules.accept.entries import concerns_matter
from rules.accept.events import check_entry, resolve_agency
from rules.accept.letters import check_letter
from rules.accept.rulebook import shipped_rulebook
from rules.books.model import Rulebook
from rules.counting.calendar import Calendar, shipped_calendar
from rules.counting.clock import SHANGHAI, local
from rules.counting.years import Break, YearDocument
from rules.dossier.change import change, changed
from rules.dossier.core import ladder, next_wake, opened, step
from rules.dossier.letter import LetterState, letter_of, letters_of
from rules.dossier.state import Arrival, Happening, Outcome
from rules.duties.duty import Duty, DutyState, Light, key_of
from rules.duties.ladder import FiredRung, Rung
from rules.duties.window import WindowState
from rules.letters.events import Entry, Event
from rules.letters.letter import Letter, letter_id
from rules.letters.registry import event_adapter, letter_adapter
from rules.telling.notices import Notice
from rules.telling.wording import Message, message
from rules.texts import Language

BOOK: Rulebook = shipped_rulebook()
CALENDAR: Calendar = shipped_calendar()
ONE = [{"agency": "forestry"}]
TWO = [{"agency": "forestry"}, {"agency": "transport"}]

_REQUIRED: dict[str, dict[str, Any]] = {
    "feedback": {"done": "上门核实", "result": "尚在协调", "opinion": "可以调解"},
    "forwarded": {"number": "武司函〔2026〕3号"},
    "progress": {"work": "组织双方面谈"},
    "consent": {"evidence": "同意书原件"},
    "extension": {"number": "武林函〔2026〕8号", "reason": "需要重新测量"},
    "extension_approved": {"reason": "确有必要"},
    "result": {"number": "武林函〔2026〕9号", "outcome": "success", "agreement": "补偿三万元，五月底前付清"},
    "filing": {"copy_reference": "备-2026-11"},
    "loss_report": {"causes": "程序违法", "measures": "补正程序"},
    "returned": {"reason": "原因分析不足"},
    "review": {"opinion": "同意"},
    "appearance": {"name": "张局长"},
    "substitute": {"name": "李副局长", "rank": "副局长", "reason": "因公出国"},
    "self_correction": {"measures": "撤销原处罚决定", "number": "武林函〔2026〕10号"},
    "analysis": {"opinion": "建议协调"},
    "recall": {"reason": "法院来电"},
    "withdrawal": {"evidence": "撤诉申请书"},
    "appealed": {"appellant": "陈某"},
    "effective": {"proof": "生效证明1号"},
    "set_aside": {"number": "(2026)闽行再1号"},
    "correction": {"reason": "笔误"},
    "void": {"reason": "重复登记"},
    "excuse": {"reason": "台风停工"},
}


def day(text: str) -> date:
    """Read a date; `0310` is 10 March 2026."""
    return date(2026, int(text[:2]), int(text[2:])) if len(text) == 4 else date.fromisoformat(text)


def at(text: str) -> datetime:
    """Read an instant in Shanghai; a day alone is ten in the morning, `0310 18:40` that evening."""
    on, _, clock = text.partition(" ")
    moment = datetime.strptime(clock or "10:00", "%H:%M").time()
    return datetime.combine(day(on), moment, SHANGHAI)


def letter(kind: str, received: str, agencies: list[dict[str, Any]] | None = None, **fields: Any) -> Letter:
    """Return a letter of a kind, received at `received`, with whatever else its kind requires."""
    data: dict[str, Any] = {
        "kind": kind, "matter": "2026-017", "court": "武平县人民法院", "received_at": at(received),
        "agencies": agencies or ONE,
    }  # fmt: skip
    if kind == "mediation_letter":
        data |= {"stage": "pre", "parties": [{"role": "plaintiff", "name": "陈某"}]}
    if kind == "appeal_copy":
        data |= {"appellant": "陈某"}
    return letter_adapter().validate_python(data | fields)


def event(type_: str, on: str, **fields: Any) -> Event:
    """Return an event with whatever words its type requires."""
    return event_adapter().validate_python({"type": type_, "on": day(on), **_REQUIRED.get(type_, {}), **fields})


class Play:
    """A matter on its way, seen from its first letter: its state, every notice and withdrawn draft so far.

    `at` names the letter that is looked at and recorded on; `arrive` brings another one.
    """

    def __init__(
        self, letter: Letter, registered: str = "", calendar: Calendar = CALENDAR, book: Rulebook = BOOK
    ) -> None:
        self.calendar = calendar
        self.book = book
        self.now = at(registered) if registered else local(letter.received_at)
        self.notices: list[Notice] = []
        self.withdrawn: list[str] = []
        self.rungs: dict[str, FiredRung] = {}
        self.letter_id = letter_id(letter)
        self.recorded = 0
        self.dossier = opened(f"{letter.county}/matter/{letter.matter}", book.version, self.now, "wang")
        self._arrived(letter)

    def arrive(self, letter: Letter, registered: str = "") -> str:
        """Register another letter of the matter after waking as often as was due before; return its id."""
        self.wait(max(self.now, at(registered) if registered else local(letter.received_at)))
        return self._arrived(letter)

    def _arrived(self, letter: Letter) -> str:
        check_letter(letter, self.now)
        arrival = Arrival(
            letter_id=letter_id(letter), letter=letter, rulebook=self.book.version, at=self.now, by="wang"
        )
        self._step(self.now, arrival)
        return arrival.letter_id

    def at(self, letter: str) -> "Play":
        """Look at another letter of the same matter, by a play of its own that shares nothing of what comes."""
        other = copy(self)
        other.letter_id = letter
        return other

    @property
    def books(self) -> dict[str, Rulebook]:
        """Return the book by its version."""
        return {self.book.version: self.book}

    @property
    def state(self) -> LetterState:
        """Return the letter as it stands in its matter."""
        return letter_of(self.dossier, self.letter_id)

    @property
    def coming(self) -> list[Rung]:
        """List the rungs still to come."""
        return ladder(self.dossier, self.now, self.books, self.calendar)

    def record(self, type_: str, on: str, when: str = "", by: str = "wang", **fields: Any) -> str:
        """Record an event after waking as often as was due before, by default at 16:00 of its day; return its id."""
        return self.add(event(type_, on, **fields), max(self.now, at(when or f"{on} 16:00")), by)

    def asleep(self, type_: str, on: str, when: str, **fields: Any) -> str:
        """Record an event as the first thing after an outage: nothing woke the letter until then."""
        self.now = at(when)
        return self.add(event(type_, on, **fields), self.now, awake=False)

    def add(self, event: Event, moment: datetime, by: str = "wang", *, awake: bool = True) -> str:
        """Record an event at an instant, if it is let in; return its id."""
        if awake:
            self.wait(moment)
        self.recorded += 1
        event = resolve_agency(self.state.current_letter, event)
        scope = "" if concerns_matter(self.dossier, event) else self.letter_id
        entry = Entry(id=f"e{self.recorded}", letter=scope, event=event, at=moment, by=by)
        check_entry(self.dossier, entry, named=self.letter_id)
        self._step(moment, entry)
        return entry.id

    def take(self, entry: Entry) -> None:
        """Record an entry that was made elsewhere."""
        self.wait(max(self.now, entry.at))
        self._step(self.now, entry)

    def again(self, entry: Entry) -> None:
        """Record an entry that is recorded already, as somebody does who got no answer."""
        check_entry(self.dossier, entry)
        self._step(self.now, entry)

    def wait(self, until: str | datetime) -> list[Notice]:
        """Wake whenever the state says so, up to an instant; return the notices of these wakes."""
        end = at(until) if isinstance(until, str) else until
        before = len(self.notices)
        while (wake := next_wake(self.dossier)) is not None and wake <= end:
            assert wake > self.now, "a letter must not wake twice at one instant"
            self.wake(wake)
        self.now = end
        return self.notices[before:]

    def wake(self, moment: str | datetime) -> list[Notice]:
        """Let time pass to an instant in one step, as a worker does that was away; return the notices."""
        self.now = at(moment) if isinstance(moment, str) else moment
        before = len(self.notices)
        self._step(self.now)
        return self.notices[before:]

    def load(self, calendar: Calendar, moment: str, by: str = "zhao") -> list[Notice]:
        """Count again with another calendar at an instant; return the notices of that step."""
        self.wait(moment)
        self.calendar = calendar
        before = len(self.notices)
        self._step(self.now, by=by)
        return self.notices[before:]

    def _step(self, moment: datetime, happening: Happening | None = None, by: str = "system") -> None:
        self._took(step(self.dossier, moment, self.books, self.calendar, happening, by))

    def _took(self, outcome: Outcome) -> None:
        assert changed(self.dossier, change(self.dossier, outcome.state)) == outcome.state
        self.dossier = outcome.state
        self.notices += outcome.notices
        self.withdrawn += [key_of(duty) for duty in outcome.withdrawn]
        self.rungs |= {rung.key: rung for rung in self.dossier.fired}

    def duty(self, key: str) -> Duty:
        """Return a duty that must be there."""
        found = self.state.duty(key)
        assert found is not None, f"no {key} among {sorted(duty.key for duty in self.state.duties)}"
        return found

    @property
    def window(self) -> WindowState:
        """Return the mediation window that must be there."""
        assert self.state.window is not None
        return self.state.window

    def closed(self) -> datetime | None:
        """Return the instant at which nothing was owed any more."""
        return self.state.closed_at

    def lacks(self) -> tuple[str, ...]:
        """List what an extension that is begun still lacks; nothing where none is begun."""
        return self.window.pending.missing if self.window.pending else ()

    def due(self, key: str) -> date | None:
        """Return a duty's legal due date."""
        return self.duty(key).due

    def states(self) -> dict[str, str]:
        """Return the state of every duty by its key."""
        return {duty.key: duty.state.value for duty in self.state.duties}

    def light(self, key: str, moment: str) -> Light:
        """Return a duty's lamp at an instant."""
        return self.duty(key).light(at(moment))

    def keys(self, state: DutyState) -> set[str]:
        """List the duties in one state."""
        return {duty.key for duty in self.state.duties if duty.state is state}

    def fired(self, key: str) -> list[tuple[str, str, str]]:
        """List the rungs a duty has taken, as (month and day, code, to), drafts marked `draft:`."""
        return [
            (local(rung.fired_at).strftime("%m%d"), rung.code, ("draft:" if rung.draft else "") + rung.to)
            for rung in self.rungs.values()
            if key_of(rung.duty) == key and self.state.owns(rung.duty)
        ]

    def told(self, to: str, since: str = "2023-01-01") -> list[Notice]:
        """List the notices to one address."""
        return [notice for notice in self.notices if notice.to == to and notice.send_at >= at(since)]


def worded(play: Play, notice: Notice, agencies: dict[str, str], language: Language = "zh") -> Message:
    """Word a notice of a play's matter."""
    letters = {each.letter_id: each.current_letter for each in letters_of(play.dossier)}
    return message(notice, letters, play.state.letter.matter, agencies, language)


def beside(play: Play, received: str, expiry: str = "", number: str = "2") -> str:
    """Have another mediation letter of the matter arrive, whose window ends as it says; return its id."""
    stated: dict[str, Any] = {"window_end": day(expiry)} if expiry else {}
    return play.arrive(letter("mediation_letter", received, number=number, **stated))


def instants(play: Play) -> Iterator[datetime]:
    """Return the instant of each rung that was taken, on the clock of Shanghai."""
    return (local(rung.fired_at) for rung in play.rungs.values())


def shipped(year: int) -> YearDocument:
    """Return one year as it comes with the program."""
    return CALENDAR.years[year]


def notice(year: int, off: list[tuple[str, str, str]], work: list[str]) -> YearDocument:
    """Return a notice of the State Council: (first, last, name) of each break, and the weekend days at work."""
    breaks = tuple(Break(first=day(first), last=day(last), name=name) for first, last, name in off)
    return YearDocument(
        year=year, issued=date(year - 1, 11, 20), off=breaks, work=tuple(date.fromisoformat(each) for each in work)
    )


def entrusted(received: str = "0310", agencies: list[dict[str, Any]] | None = None, **fields: Any) -> Play:
    """Return a mediation letter of which all agencies were told, and the leaders reported to, on the day it came."""
    play = Play(letter("mediation_letter", received, agencies, **fields))
    on = received.partition(" ")[0]
    play.record("told", on)
    play.record("reported", on)
    return play
