"""The words of what keeps the house running, from its own catalogue and the one of the rules."""

from rules.texts import Words

_WORDS = Words("operations")
text, both = _WORDS.text, _WORDS.both
