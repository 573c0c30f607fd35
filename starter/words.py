"""The words of the commands and of the demo, from their own catalogue and the one of the rules."""

from rules.texts import Words

_WORDS = Words("starter")
text, both = _WORDS.text, _WORDS.both
