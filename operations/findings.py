"""What the audit finds: one thing that is not as it should be, with its sentence in both languages."""

from collections.abc import Iterable
from typing import Any, NamedTuple

from operations.words import text

LASTING = {"seal_broken", "events_missing", "number_missing"}
"""What no program can undo: somebody looks into it and accepts it, so that what is found next is not lost among it."""


class Finding(NamedTuple):
    """One thing that is not as it should be: of a matter, or of what else `subject` names."""

    subject: str
    what: str
    values: dict[str, str]

    @property
    def key(self) -> str:
        """Name the finding, so that one that was accepted is known again."""
        return " ".join([self.subject, self.what, *(f"{name}={self.values[name]}" for name in sorted(self.values))])

    def as_json(self) -> dict[str, Any]:
        """Return the finding as data, with its sentence in both languages."""
        key = f"audit.{self.what}"
        sentences = {"reason": text(key, "zh", **self.values), "reason_en": text(key, "en", **self.values)}
        return {"subject": self.subject, "what": self.what, **self.values, **sentences}


class Audit(NamedTuple):
    """How many open matters were looked at, what was found, and what of it somebody has accepted."""

    matters: int
    findings: list[Finding]
    accepted: list[Finding] = []  # noqa: RUF012 - a default of a tuple's field is shared and never changed


def subjects(findings: Iterable[Finding], *kinds: str) -> list[str]:
    """List the subjects of which something of these kinds was found, each once."""
    return list(dict.fromkeys(each.subject for each in findings if each.what in kinds))
