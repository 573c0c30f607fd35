"""提醒与待发稿: what the engine tells people, as data; `rules.telling.wording` puts it into words."""

from datetime import date, datetime
from enum import StrEnum

from pydantic import AwareDatetime

from rules.duties.duty import id_of
from rules.values import Frozen


class NoticeKind(StrEnum):
    """提醒, 终止, 恢复办理, 新事项, 期限变动, 逾期: most pressing last."""

    REMINDER = "reminder"
    ENDED = "ended"
    REOPENED = "reopened"
    ARRIVAL = "arrival"
    MOVED = "moved"
    OVERDUE = "overdue"


DIGEST = "digest"
"""What a digest is among the notices of the docket: several of them in one, for one person and day."""


class NoticeItem(Frozen):
    """What one notice says about one duty of a letter; `codes` are its rungs, `why` the event that changed it."""

    duty: str
    letter: str = ""
    kind: NoticeKind
    rule: str
    act: str
    act_en: str
    clause: str
    agency: str | None
    obligor: str = "agency"
    codes: tuple[str, ...]
    due: date | None
    nominal: date | None
    old_due: date | None = None
    state: str = "open"
    provisional: bool = False
    soft: bool = False
    missing: tuple[str, ...] = ()
    sentence: str = ""
    sentence_en: str = ""
    why: str = ""

    @property
    def id(self) -> str:
        """Name the duty within its matter."""
        return id_of(self.letter, self.duty)


class Notice(Frozen):
    """One message to one address; a draft waits until a person sends it. `late` says it should have gone earlier.

    What goes outside waits for the reader's digest of the day where `digest` says so. A draft of an overdue duty is a
    督办单 of a level: 1 blue, 2 orange, 3 red.

    Addresses are roles: `agency:ID`, `bureau`, `bureau_leader`, `leader:ID` (the county leader in charge of an agency).
    """

    key: str
    to: str
    kind: NoticeKind
    draft: bool
    late: bool
    scheduled: AwareDatetime
    send_at: AwareDatetime
    digest: bool = False
    level: int = 0
    items: tuple[NoticeItem, ...]
    rungs: tuple[str, ...] = ()


def pressing(kinds: list[NoticeKind]) -> NoticeKind:
    """Return the most pressing of several kinds."""
    return max(kinds, key=list(NoticeKind).index)


def is_late(scheduled: datetime, now: datetime, grace_seconds: int = 3600) -> bool:
    """Tell whether a rung is taken so long after its instant (an hour) that the notice must say so."""
    return (now - scheduled).total_seconds() > grace_seconds
