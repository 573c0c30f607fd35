"""谁可以看什么、办什么: what each role sees and does. Console and API ask here; they hold no rule of their own."""

from collections.abc import Collection, Iterable, Mapping
from enum import StrEnum
from typing import Literal, get_args

from rules.errors import Refused
from rules.letters.events import Event
from rules.letters.fields import Reader
from rules.letters.registry import case_events, kinds
from rules.values import Frozen

Role = Literal["clerk", "supervisor", "liaison", "leader", "administrator"]
"""司法局经办人, 司法局负责人, 涉诉行政机关信息员, 分管县领导, 管理员."""
ROLES: tuple[Role, ...] = get_args(Role)


class Right(StrEnum):
    """What somebody may do, apart from looking at their own notices and changing their own password."""

    READ = "read"
    REGISTER = "register"
    RECORD = "record"
    SUPERVISE = "supervise"
    SEND = "send"
    LOG = "log"
    ADMINISTER = "administer"


_BUREAU = frozenset[Role]({"clerk", "supervisor"})
ALLOWED: Mapping[Right, frozenset[Role]] = {
    Right.READ: _BUREAU | {"liaison", "leader"},
    Right.REGISTER: _BUREAU,
    Right.RECORD: _BUREAU | {"liaison"},
    Right.SUPERVISE: _BUREAU,
    Right.SEND: _BUREAU,
    Right.LOG: frozenset({"supervisor", "administrator"}),
    Right.ADMINISTER: frozenset({"administrator"}),
}
_OWED_BY_AGENCIES = frozenset({"agency", "all"})
_OWED_BY_BUREAU = frozenset({"bureau", "all"})


_RECORDERS: Mapping[Role, frozenset[str]] = {
    "liaison": frozenset({"agency"}),
    "clerk": frozenset({"agency", "bureau"}),
    "supervisor": frozenset({"agency", "bureau", "supervisor"}),
}
"""What an agency itself hands in, it records; what moves a date, as consents and extensions, the bureau does."""
_READERS: Mapping[Role, Reader] = {"liaison": "agency", "leader": "leader"}


def may_stand_in(role: str, agency: str | None, deputy_role: str, deputy_agency: str | None) -> bool:
    """Tell whether somebody may be told of what another is told of: the bureau's people, or the same office."""
    if role in _BUREAU:
        return deputy_role in _BUREAU
    return (role, agency) == (deputy_role, deputy_agency)


class Viewer(Frozen):
    """Somebody who is signed in; `agencies` are those whose duties they see, None for all of the county's."""

    person: str
    name: str
    role: Role
    agencies: frozenset[str] | None = None

    def may(self, right: Right) -> bool:
        """Tell whether this person's role may do something at all."""
        return self.role in ALLOWED[right]

    @property
    def scopes(self) -> list[str]:
        """List the scopes that this person's tokens may have."""
        return [right.value for right in Right if self.may(right)]

    def refuse_scopes(self, scopes: Collection[str]) -> None:
        """Refuse scopes that this person's role does not have."""
        if not scopes or not set(scopes) <= set(self.scopes):
            raise Refused("scopes", "choice", expected=", ".join(self.scopes))

    @property
    def reads_all(self) -> bool:
        """Tell whether this person is one of the bureau, which reads whatever there is of a letter."""
        return self.role in _BUREAU

    @property
    def reader(self) -> Reader | None:
        """Name what fields must be given to for this person to read them, None where nothing ever is."""
        return _READERS.get(self.role)

    @property
    def obligors(self) -> frozenset[str] | None:
        """Return whose duties are seen: a liaison sees what agencies owe, everybody else what anybody owes (None)."""
        return _OWED_BY_AGENCIES if self.role == "liaison" else None

    @property
    def own_obligors(self) -> frozenset[str] | None:
        """Return whose duties are this person's own work: the bureau's for its people, else what is seen."""
        return _OWED_BY_BUREAU if self.role in _BUREAU else self.obligors

    def sees(self, agencies: Iterable[str]) -> bool:
        """Tell whether a letter of these agencies concerns this person."""
        return self.may(Right.READ) and (self.agencies is None or not self.agencies.isdisjoint(agencies))

    def events(self, kind: str) -> frozenset[str]:
        """List the events of a kind of letter that this person may record."""
        if not self.may(Right.RECORD):
            return frozenset()
        recorders = _RECORDERS[self.role]
        return frozenset(name for name, event in kinds()[kind].happenings.items() if event.recorded_by in recorders)

    def case_events(self) -> frozenset[str]:
        """List what this person may record of a case itself: the bureau keeps its file."""
        if self.agencies is not None or not self.may(Right.RECORD):
            return frozenset()
        recorders = _RECORDERS[self.role]
        return frozenset(name for name, event in case_events().items() if event.recorded_by in recorders) | {
            "correction",
            "void",
        }

    def refuse_event(self, kind: str, event: Event, speaker: str | None) -> None:
        """Refuse an event that is not this person's to record; `speaker` is the agency that it is of."""
        allowed = self.events(kind)
        if event.type not in allowed:
            raise Refused("event", "event_not_yours", event=event.type, allowed="、".join(sorted(allowed)))
        if self.agencies is None:
            return
        if speaker not in self.agencies:
            raise Refused("agency", "agency_not_yours", agency=speaker or "—", own="、".join(sorted(self.agencies)))


def refuse_case_event(viewer: Viewer, event: Event) -> None:
    """Refuse what is recorded of a case itself if that is not this person's to record."""
    allowed = viewer.case_events()
    if event.type not in allowed:
        raise Refused("event", "event_not_yours", event=event.type, allowed="、".join(sorted(allowed)))
