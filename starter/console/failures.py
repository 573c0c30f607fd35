"""Which refusals mean that there is no such thing, for pages and API alike."""

NOT_FOUND = frozenset({"unknown_letter", "unknown_duty", "draft_unknown", "token_unknown", "person_unknown"})
