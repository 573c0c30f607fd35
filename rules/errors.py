"""Refusals: errors that name the field, the reason and the remedy, in Chinese first."""

from rules.texts import both, text


class Refused(Exception):
    """Say that an input is not accepted; nothing has been changed.

    `field` is the input's name as the caller wrote it; `key` names the message in the catalogues.
    """

    def __init__(self, field: str, key: str, **values: object) -> None:
        super().__init__(field, key)
        self.field = field
        self.key = key
        self.values = {name: _clipped(value) for name, value in values.items()}

    def __reduce__(self) -> tuple[object, ...]:
        return (_rebuild, (type(self), self.field, self.key, self.values))

    @property
    def reason(self) -> str:
        """Word the refusal in Chinese, with English beside it."""
        return both(f"refused.{self.key}", **self.values)

    def as_json(self) -> dict[str, object]:
        """Return the refusal as data: field, key and values, and the reason in both languages."""
        key = f"refused.{self.key}"
        return {
            "field": self.field,
            "key": self.key,
            "values": {name: str(value) for name, value in self.values.items()},
            "reason": text(key, "zh", **self.values),
            "reason_en": text(key, "en", **self.values),
        }

    def __str__(self) -> str:
        return f"{self.field}: {self.reason}"


_LONGEST = 1000


def _clipped(value: object) -> object:
    """Shorten what somebody typed to what a line of error can hold, with characters that can't be shown replaced."""
    if not isinstance(value, str):
        return value
    shown = value.encode("utf-8", "replace").decode()
    return shown if len(shown) <= _LONGEST else f"{shown[:_LONGEST]}…"


def _rebuild(kind: type[Refused], field: str, key: str, values: dict[str, object]) -> Refused:
    return kind(field, key, **values)


class CalendarUnknown(Refused):
    """Say that a count needs a year for which not even the statutory holidays are known."""


class CalendarRefused(Refused):
    """Say that a calendar file can't be used; the field is the file and the place in it."""


class RulebookRefused(Refused):
    """Say that a rulebook can't be used; the field is the file and the key in it."""
