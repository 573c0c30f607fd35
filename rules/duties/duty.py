"""事项: one thing somebody owes somebody by a day, and the state it is in."""

from collections.abc import Iterable
from datetime import date, datetime, time
from enum import StrEnum

from pydantic import AwareDatetime

from rules.books.model import Rule
from rules.counting.clock import local_date
from rules.counting.sheet import ReckoningSheet
from rules.letters.letter import short_id
from rules.values import Frozen


class DutyState(StrEnum):
    """待起算, 办理中, 已完成, 逾期完成, 已终止, 漏办, 已免责. Overdue is not here: it is computed on reading."""

    WAITING = "waiting"
    OPEN = "open"
    DONE = "done"
    LATE = "late"
    CANCELLED = "cancelled"
    MISSED = "missed"
    EXCUSED = "excused"


UNFINISHED = frozenset({DutyState.WAITING, DutyState.OPEN})


class Light(StrEnum):
    """三色灯: in good time; soon due, or soft and not done in time; overdue. Grey is finished or not counting yet."""

    GREEN = "green"
    YELLOW = "yellow"
    RED = "red"
    GREY = "grey"


class Duty(Frozen):
    """What is owed: `key` names it within its letter, `id` within its matter; `place` orders a letter's duties.

    `due` is the legal date, `nominal` the one before any roll, `sheet` shows how it was counted. `due_at` is the first
    instant that is too late. `answers` says that it answers a paper; a later one is answered anew; `rolling`
    that its date moves on with whatever is recorded, which is no news.

    `grace` is a later date that stood before a calendar change; acting by it is no breach. `missing` names what
    a paper still lacks, `missed` the legal dates that had passed before a late extension.
    """

    key: str
    letter: str = ""
    place: tuple[int, int] = (0, 0)
    rule: str
    entry: str
    agency: str | None
    agencies: tuple[str, ...]
    obligor: str
    obligee: tuple[str, ...]
    cc: tuple[str, ...]
    act: str
    act_en: str
    clause: str
    soft: bool
    ladder: str
    state: DutyState = DutyState.OPEN
    anchor: date | None = None
    nominal: date | None = None
    due: date | None = None
    due_time: time | None = None
    due_at: AwareDatetime | None = None
    target: date | None = None
    warn_on: date | None = None
    provisional: bool = False
    presumed: bool = False
    answers: bool = False
    rolling: bool = False
    satisfied_on: date | None = None
    satisfied_by: str | None = None
    ended_on: date | None = None
    ended_by: str = ""
    missing: tuple[str, ...] = ()
    missed: tuple[date, ...] = ()
    grace: date | None = None
    slot: int | None = None
    covers: tuple[date, date] | None = None
    calendar: str = ""
    sheet: ReckoningSheet | None = None

    @property
    def id(self) -> str:
        """Name the duty within its matter: its letter's short name, and its key."""
        return id_of(self.letter, self.key)

    @property
    def unfinished(self) -> bool:
        """Tell whether somebody still owes this."""
        return self.state in UNFINISHED

    def overdue(self, now: datetime) -> bool:
        """Tell whether the legal date has passed at an instant, whether or not the duty is soft."""
        return self.state is DutyState.OPEN and self.due_at is not None and now >= self.due_at

    def light(self, now: datetime) -> Light:
        """Return the lamp at an instant; a soft duty is 未及时 at most, so it never turns red."""
        return light(self.state, self.soft, self.due_at, self.warn_on, now)


def light(state: str, soft: bool, due_at: datetime | None, warn_on: date | None, now: datetime) -> Light:
    """Return the lamp of a duty from what is stored of it; lamps themselves are never stored."""
    if state != DutyState.OPEN:
        return Light.GREY
    if due_at is not None and now >= due_at:
        return Light.YELLOW if soft else Light.RED
    return Light.YELLOW if warn_on is not None and local_date(now) >= warn_on else Light.GREEN


class DateMove(Frozen):
    """One date that moved: of which duty, by its id, from what to what, why, when, by whom and by which event."""

    duty: str
    old_due: date | None
    new_due: date | None
    old_nominal: date | None
    new_nominal: date | None
    why: str
    event: str | None
    calendar: str
    at: AwareDatetime
    by: str

    @property
    def key(self) -> str:
        """Name the duty within its letter."""
        return key_of(self.duty)


def in_order(duties: Iterable[Duty]) -> tuple[Duty, ...]:
    """Order a matter's duties: letter by letter, as their books have them."""
    return tuple(sorted(duties, key=lambda duty: (duty.letter, duty.place, duty.key)))


def id_of(letter: str, key: str) -> str:
    """Name a duty within its matter by its letter and its key."""
    return f"{short_id(letter)}/{key}" if letter else key


def key_of(identity: str) -> str:
    """Return a duty's key within its letter from its id within the matter."""
    return identity.rpartition("/")[2]


def blank(rule: Rule, agency: str | None, agencies: tuple[str, ...], suffix: str = "") -> Duty:
    """Return a duty of a rule with no dates yet; `suffix` tells it from others of the same rule and agency."""
    return Duty(
        key=f"{rule.id}{suffix}" + (f"@{agency}" if agency else ""),
        rule=rule.number,
        entry=rule.id,
        agency=agency,
        agencies=agencies,
        obligor=rule.obligor,
        obligee=rule.obligee,
        cc=rule.cc,
        act=rule.act.zh,
        act_en=rule.act.en,
        clause=rule.clause,
        soft=rule.soft != "",
        ladder=rule.ladder,
    )
