"""The ladder: at which instants a duty is reminded of, reported and drafted upwards.

Rungs fall on working days, in office hours, spread by a hash of the dossier's id. Those before the due date count
back from it in working days, those after count on; then a repeat goes on until the duty ends, so that an open duty
always has a next rung. A rung computed at or before the moment its duty arose is due at that moment.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime

from pydantic import AwareDatetime

from rules.books.model import Audience, Ladder, Rulebook, Step
from rules.counting.calendar import Calendar
from rules.counting.clock import OfficeHours, local_date
from rules.duties.duty import Duty, DutyState
from rules.values import Frozen

RED = 3
"""The highest level of a 督办单: 1 blue, 2 orange, 3 red."""

WAITING_REPEAT = 5
"""Working days between two reminders that a duty's day zero is still to be recorded."""

_REPEATED = ("repeat-", "waiting-")


class _Step(Frozen):
    key: str
    duty: str
    code: str
    to: Audience
    scheduled: AwareDatetime
    level: int = 0

    @property
    def draft(self) -> bool:
        """Tell whether a person must send this: nothing goes to a county leader by itself."""
        return self.to == "leader"


class Rung(_Step):
    """One step still to come: `code` says which (T-5, T, T+1, repeat-2), `scheduled` when the ladder meant it.

    `level` is that of a 督办单 to the county leader: 1 blue, 2 orange, 3 red; 0 where there is none.
    """

    at: AwareDatetime


class FiredRung(_Step):
    """One step that has happened, when it was meant and when it was taken."""

    fired_at: AwareDatetime


class Climb:
    """The rungs of one dossier at one moment, each by the rulebook of its duty's letter; `fired` have happened."""

    def __init__(
        self,
        books: Mapping[str, Rulebook],
        calendar: Calendar,
        dossier: str,
        fired: Iterable[FiredRung],
        now: datetime,
    ) -> None:
        self.books = books
        self.calendar = calendar
        self.dossier = dossier
        self.fired: set[str] = set()
        self.taken: dict[str, tuple[int, datetime]] = {}
        for rung in fired:
            self.fired.add(rung.key)
            if rung.code.startswith(_REPEATED):
                stem, number = _repeated(rung)
                self.taken[stem] = max(self.taken.get(stem, (0, rung.fired_at)), (number, rung.fired_at))
        self.now = now

    def pending(self, duties: Iterable[Duty], since: Mapping[str, datetime]) -> list[Rung]:
        """List the rungs still to come, earliest first; `since` says when each duty got the date it has."""
        every = list(duties)
        rungs = [rung for duty in every if duty.unfinished for rung in self._of(duty, since[since_key(duty)], every)]
        return sorted(rungs, key=lambda rung: (rung.at, rung.key))

    def _of(self, duty: Duty, since: datetime, duties: list[Duty]) -> list[Rung]:
        if duty.state is DutyState.WAITING:
            return self._repeats(duty, since, since, WAITING_REPEAT, ("clerk",), "waiting")
        ladder = self.books[duty.letter].ladders.get(duty.ladder)
        if ladder is None:
            return []
        rungs: list[Rung] = []
        floor = self._office(duty).next_open(since, self.calendar, self.dossier)
        if ladder.trigger:
            rungs += [self._rung(duty, "trigger", "obligor", floor, floor)]
        if duty.due is None:
            return self._unfired(rungs) + self._repeats(duty, floor, floor, ladder.repeat, ladder.repeat_to)
        rungs += self._before(duty, ladder, floor)
        last, level = floor, 0
        misses = _running_misses(duty, duties, self.now)
        for step in ladder.after:
            morning = self._morning(duty, step.days)
            if step.to == "leader":
                level += 1
            if level < 2:
                # Repeats go on from the first draft; its next levels fall beside them.
                last = morning
            if step.missed_running <= misses:
                rung = self._rung(duty, f"T+{step.days}", step.to, morning, max(morning, floor))
                rungs.append(rung.model_copy(update={"level": _level(step, level, misses)}))
        return self._unfired(rungs) + self._repeats(duty, last, floor, ladder.repeat, ladder.repeat_to, level=level)

    def _before(self, duty: Duty, ladder: Ladder, floor: datetime) -> list[Rung]:
        assert duty.due is not None and duty.nominal is not None
        # While the notice is not out, reminders run from the unrolled date: the safe side.
        base = min(duty.nominal, duty.due) if duty.provisional else duty.due
        rungs = []
        for days in ladder.before:
            day = self.calendar.shift(base, -days) if days else self.calendar.previous_working_day(base)
            scheduled = self._office(duty).reminder(day, self.dossier)
            code = f"T-{days}" if days else "T"
            for to in ladder.before_to:
                rungs.append(self._rung(duty, code, to, scheduled, max(scheduled, floor)))
        return rungs

    def _repeats(
        self, duty: Duty, last: datetime, floor: datetime, every: int, to: tuple[Audience, ...], name: str = "repeat",
        level: int = 0,
    ) -> list[Rung]:  # fmt: skip
        """Return the next repeat that has not happened if it is due, and the first one after now.

        An outage may have passed several: they are one reminder, not a burst. Repeats are numbered as they are taken,
        so a number is never used twice, even where the duty was closed meanwhile or the calendar changed.
        """
        taken, taken_at = self.taken.get(f"{since_key(duty)}|{name}", (0, None))
        office = self._office(duty)
        passed = self._repeats_by(self.now, last, every)
        done = self._repeats_by(taken_at, last, every) if taken_at else 0
        places = ([done + 1] if done < passed else []) + [passed + 1]
        rungs = []
        for number, place in enumerate(places, start=taken + 1):
            scheduled = office.reminder(self.calendar.shift(local_date(last), place * every), self.dossier)
            at = max(scheduled, floor)
            for each in to:
                rung = self._rung(duty, f"{name}-{number}", each, scheduled, at)
                # A leader who is asked again and again is asked beyond the last level there was.
                rungs.append(rung.model_copy(update={"level": min(level + 1, RED) if rung.draft else 0}))
        return rungs

    def _repeats_by(self, instant: datetime, last: datetime, every: int) -> int:
        """Count the repeats up to the day of an instant, that day's own included."""
        rank, index = self.calendar.rank, self.calendar.index
        worked = rank[index(local_date(instant)) + 1] - rank[index(local_date(last)) + 1]
        return max(worked, 0) // every

    def _morning(self, duty: Duty, working_days: int) -> datetime:
        assert duty.due is not None
        return self._office(duty).reminder(self.calendar.shift(duty.due, working_days), self.dossier)

    def _office(self, duty: Duty) -> OfficeHours:
        return self.books[duty.letter].office

    def _unfired(self, rungs: list[Rung]) -> list[Rung]:
        return [rung for rung in rungs if rung.key not in self.fired]

    def _rung(self, duty: Duty, code: str, to: Audience, scheduled: datetime, instant: datetime) -> Rung:
        key = _key(duty, code, to)
        return Rung(key=key, duty=duty.id, code=code, to=to, scheduled=scheduled, at=instant)


def _level(step: Step, level: int, misses: int) -> int:
    """Return the level of a 督办单: how often the leader has been asked, each further week missed running counted."""
    if step.to != "leader":
        return 0
    more = misses - step.missed_running if step.missed_running else 0
    return min(level + more, RED)


def remembered(fired: Iterable[FiredRung]) -> tuple[FiredRung, ...]:
    """Leave out repeats that a later one of the same duty has followed: a letter that nobody answers must not grow.

    The docket keeps them all.
    """
    every = list(fired)
    repeats = {rung.key: _repeated(rung) for rung in every if rung.code.startswith(_REPEATED)}
    latest: dict[str, int] = {}
    for stem, number in repeats.values():
        latest[stem] = max(latest.get(stem, 0), number)
    return tuple(
        rung for rung in every if rung.key not in repeats or latest[repeats[rung.key][0]] == repeats[rung.key][1]
    )


def _repeated(rung: FiredRung) -> tuple[str, int]:
    """Return what a repeated rung repeats, and its number."""
    stem, _, end = rung.key.rpartition("-")
    return stem, int(end.partition("|")[0])


def since_key(duty: Duty) -> str:
    """Name a duty together with the date it has; a moved date starts its ladder anew."""
    return f"{duty.id}|{duty.due or duty.state.value}"


def _key(duty: Duty, code: str, to: str) -> str:
    if code == "trigger":
        # A duty arises once, whatever becomes of its date.
        return f"{duty.id}|trigger|{to}"
    return f"{since_key(duty)}|{code}|{to}"


def _running_misses(duty: Duty, duties: list[Duty], now: datetime) -> int:
    """Count the weekly slots missed in a row up to this one, itself included."""
    same = (duty.letter, duty.entry, duty.agency)
    slots = [each for each in duties if each.slot and (each.letter, each.entry, each.agency) == same]
    run = 0
    for each in sorted(slots, key=lambda each: each.slot or 0):
        missed = each.state in (DutyState.LATE, DutyState.MISSED) or each.id == duty.id or each.overdue(now)
        run = run + 1 if missed else 0
        if each.id == duty.id:
            return run
    return 1
