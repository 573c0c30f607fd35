"""再看一眼: what is possible, but so often a slip of the pen that a clerk should look at it again."""

from typing import NamedTuple

from rules.counting.sheet import day_off_name
from rules.texts import Language, text

LONG_AGO = 15
"""Days between two dates of a letter after which one of them is likely mistyped."""


class Look(NamedTuple):
    """One thing to look at again: the field, and the message `look.KEY` with its values."""

    field: str
    key: str
    values: dict[str, str]

    @property
    def name(self) -> str:
        """Name what was looked at, so that having seen one thing is not having seen another."""
        return "/".join((self.field, self.key, *self.values.values()))

    def words(self, language: Language) -> str:
        """Say what deserves a second look, in one language."""
        reason = {"reason": day_off_name(self.values["reason"], language)} if "reason" in self.values else {}
        return text(f"look.{self.key}", language, **(self.values | reason))
