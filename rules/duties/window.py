"""协调化解期限 as it stands: a window that is open until something ends it, and what has prolonged it."""

from datetime import date

from rules.values import Frozen


class Extension(Frozen):
    """One extension: what it still lacks, and once complete its new dates and whether it came after the expiry."""

    round: int
    missing: tuple[str, ...]
    consented: tuple[str, ...]
    last_consent: date | None = None
    takes_effect_on: date | None = None
    old_due: date
    new_nominal: date | None = None
    new_due: date | None = None
    late: bool = False

    @property
    def complete(self) -> bool:
        """Tell whether every consent, the letter to the court and the bureau's copy are there."""
        return not self.missing


class WindowState(Frozen):
    """The mediation window as people ask for it."""

    start: date
    nominal: date
    due: date
    extensions: tuple[Extension, ...]
    parties: tuple[str, ...]
    ended_on: date | None
    ended_by: str

    @property
    def pending(self) -> Extension | None:
        """Return the extension that is begun and not complete (延长待完备), if there is one."""
        return next((extension for extension in self.extensions if not extension.complete), None)
