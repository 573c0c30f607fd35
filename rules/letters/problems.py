"""From pydantic's errors to refusals that a clerk understands."""

from collections.abc import Iterable, Mapping
from typing import Any

from pydantic import ValidationError

from rules.errors import Refused
from rules.letters.registry import event_models, letter_models

_KEYS: Mapping[str, str] = {
    "missing": "missing",
    "extra_forbidden": "unknown_field",
    "string_too_short": "blank",
    "too_short": "blank",
    "string_too_long": "too_long",
    "too_long": "too_long",
    "literal_error": "choice",
    "enum": "choice",
    "union_tag_invalid": "choice",
    "union_tag_not_found": "missing",
    "bad_date": "bad_date",
    "no_such_day": "no_such_day",
    "bad_identifier": "bad_identifier",
    "bad_instant": "bad_instant",
    "year_out_of_range": "year_out_of_range",
    "datetime_parsing": "bad_instant",
    "datetime_from_date_parsing": "bad_instant",
    "datetime_type": "bad_instant",
    "datetime_object_invalid": "bad_instant",
    "timezone_aware": "no_offset",
    "string_pattern_mismatch": "pattern",
    "control_characters": "control_characters",
    "bool_parsing": "bad_bool",
    "int_parsing": "bad_number",
    "int_type": "bad_number",
    "json_invalid": "bad_json",
    "tuple_type": "bad_list",
    "list_type": "bad_list",
    "dict_type": "bad_object",
    "model_type": "bad_object",
    "model_attributes_type": "bad_object",
    "string_type": "bad_text",
    "bool_type": "bad_bool",
    "float_parsing": "bad_number",
    "int_from_float": "bad_number",
    "greater_than": "out_of_range",
    "greater_than_equal": "out_of_range",
    "less_than": "out_of_range",
    "less_than_equal": "out_of_range",
    "one_length": "one_length",
    "liaison_agency": "liaison_agency",
    "leader_fields": "leader_fields",
    "channel_twice": "channel_twice",
}


_OF_WHOLE = {
    "one_length": "new_end",
    "liaison_agency": "agency",
    "leader_fields": "fields",
    "channel_twice": "channels",
}
"""The field at which to mend what is wrong with several together."""


def refusals(error: ValidationError, prefix: str = "") -> list[Refused]:
    """Turn each of pydantic's errors into a refusal that names the field as the caller wrote it."""
    return refusals_of([dict(problem) for problem in error.errors()], prefix)


def refusals_of(problems: Iterable[Mapping[str, Any]], prefix: str = "") -> list[Refused]:
    """Turn errors in pydantic's form into refusals."""
    found = []
    tags = letter_models().keys() | event_models().keys()
    for problem in problems:
        context = problem.get("ctx", {})
        # A tagged union puts the tag in front of the field's own place.
        place = [str(part) for part in problem["loc"]]
        whole = _OF_WHOLE.get(problem["type"])
        if place and place[0] in tags and (whole or len(place) > 1):
            del place[0]
        if whole:
            place.append(whole)
        if problem["type"].startswith("union_tag"):
            place.append(str(context.get("discriminator", "kind")).strip("'"))
        field = prefix or ".".join(place) or "input"
        limit = context.get("max_length", context.get("le", ""))
        expected = str(context.get("expected") or context.get("expected_tags") or context.get("pattern", ""))
        key = "missing" if problem["input"] is None else _KEYS.get(problem["type"], "malformed")
        found.append(Refused(field, key, detail=problem["msg"], limit=limit, expected=expected))
    return found


def refusal(error: ValidationError, prefix: str = "") -> Refused:
    """Turn pydantic's first error into a refusal."""
    return refusals(error, prefix)[0]
