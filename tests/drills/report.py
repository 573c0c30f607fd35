"""What a drill says: what was broken and when, what was checked, and how much was lost or doubled."""

import sys
import time
from datetime import datetime
from random import Random

from rules.counting.clock import local
from tests.drills.compare import Difference

_SHOWN = 10


class Report:
    """One drill's lines, its seeded choice of points, and what it found."""

    def __init__(self, name: str, seed: int) -> None:
        self.name = name
        self.seed = seed
        self.choice = Random(f"{seed} {name}")
        self.faults: list[str] = []
        self.lost: list[str] = []
        self.doubled: list[str] = []
        self._begun = time.monotonic()

    def say(self, words: str) -> None:
        """Print one line of this drill with the real seconds since it began."""
        sys.stdout.write(f"  {self.seconds:6.2f} s  {words}\n")
        sys.stdout.flush()

    def broke(self, what: str, virtual: datetime | None) -> None:
        """Say what was broken, and at which virtual time."""
        when = "before the first letter" if virtual is None else f"at {local(virtual):%Y-%m-%d %H:%M} virtual"
        self.say(f"{what} {when}")

    def fault(self, what: str) -> None:
        """Say what is not as it should be."""
        self.faults.append(what)
        self.say(f"FAULT: {what}")

    def differs(self, difference: Difference) -> None:
        """Count what is lost and doubled, and show the first of each."""
        self.lost += difference.lost
        self.doubled += difference.doubled
        for word, found in (("lost", difference.lost), ("doubled", difference.doubled)):
            for each in found[:_SHOWN]:
                self.say(f"{word}: {each}")

    @property
    def seconds(self) -> float:
        """Return the real seconds since the drill began."""
        return time.monotonic() - self._begun

    @property
    def held(self) -> bool:
        """Tell whether everything held."""
        return not (self.faults or self.lost or self.doubled)

    def end(self) -> None:
        """Print the last line."""
        faults = f", faults {len(self.faults)}" if self.faults else ""
        sys.stdout.write(
            f"{self.name}: lost {len(self.lost)}, doubled {len(self.doubled)}{faults} ({self.seconds:.0f} s)\n\n"
        )
        sys.stdout.flush()
