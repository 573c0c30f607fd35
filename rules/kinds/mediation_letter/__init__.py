"""委托协调化解函: the kind of letter that opens a window, with extensions, a result and weekly reports."""

from collections.abc import Iterable, Iterator
from datetime import date

from rules.books.model import Rule
from rules.counting.period import Unit
from rules.duties.day_zeros import day_zeros
from rules.duties.duty import Duty
from rules.duties.kind import Kind, Shape, on, since_told_by_bureau
from rules.duties.shapes import GENERIC, fulfillable, uncounted
from rules.duties.situation import Situation
from rules.duties.window import WindowState
from rules.kinds.mediation_letter import door
from rules.kinds.mediation_letter.duties import extension_duties, result_duties, window_duties
from rules.kinds.mediation_letter.letter import (
    Consent,
    Copied,
    ExtensionApproved,
    ExtensionLetter,
    MediationLetter,
    Progress,
    Result,
    Superseded,
)
from rules.kinds.mediation_letter.weekly import weekly_duties
from rules.kinds.mediation_letter.window import GONE, last_consent, parties, window, window_start
from rules.letters.events import Event, JudgmentGiven, Recall, Reported, Told
from rules.letters.facts import Fact, Facts
from rules.letters.looks import LONG_AGO, Look
from rules.letters.registry import register
from rules.letters.terms import Stage

_LONGEST_MONTHS = 12
_PROLONGED = ("window", "result", "weekly")
_OF_WINDOW = ("result", "weekly", "extension")
_FROM_WINDOW = ("window_start", "last_consent")
_EXTENDED = ("extension",)


def _expiry(situation: Situation[MediationLetter]) -> date | None:
    """Return the legal expiry of the window, as far as it governs other letters of the matter."""
    opened = situation.once(window)
    gone = any(situation.facts.named(name) for name in GONE)
    return None if gone or opened is None else opened.reckoning.due


def _state(situation: Situation[MediationLetter], duties: Iterable[Duty]) -> WindowState | None:
    """Return the window as people ask for it: the result closes it where nothing else has ended it."""
    opened = situation.once(window)
    if opened is None:
        return None
    ended_on, ended_by = (opened.ended.on, opened.ended.by) if opened.ended else (None, "")
    duty = situation.worked_out["window"][0]
    if ended_on is None and not duty.unfinished:
        ended_on = duty.satisfied_on or duty.ended_on
        ended_by = "result" if duty.satisfied_on else duty.ended_by
    return WindowState(
        start=opened.start,
        nominal=opened.reckoning.nominal,
        due=opened.reckoning.due,
        extensions=opened.extensions,
        parties=parties(situation),
        ended_on=ended_on,
        ended_by=ended_by,
    )


def _ends(facts: Facts[MediationLetter], fact: Fact[Event]) -> bool:
    """Tell that only a window during trial ends with the judgment that it was meant to avoid (一(二))."""
    return not isinstance(fact.event, JudgmentGiven) or facts.in_trial_by(fact.on)


def _looks(letter: MediationLetter) -> Iterator[Look]:
    if letter.window_start is not None:
        gap = abs((letter.window_start - letter.received_on).days)
        if gap > LONG_AGO:
            yield Look("window_start", "window_far", {"start": str(letter.window_start), "days": str(gap)})


def _warnings(facts: Facts[MediationLetter]) -> list[str]:
    """Name what a clerk should see beside the dates.

    行政诉讼法 67: the agency answers and produces evidence within 15 days of receiving the copy of the complaint.
    法释〔2018〕1号 50 only leaves mediation out of the court's own time; it does not stop those 15 days.
    """
    return ["warning.answer_period"] if facts.in_trial_by(date.max) else []


def _book_problems(rules: list[Rule]) -> Iterator[tuple[str, str]]:
    """Say what does not go together among the rules that a letter of one stage comes under, each at its place."""
    windows = [rule for rule in rules if rule.shape == "window"]
    for rule in windows[1:]:
        yield f"{rule.id}.shape", f"two windows for one mediation_letter: {windows[0].id} is one already"
    prolonged = [rule for rule in rules if rule.shape in _PROLONGED]
    for rule in prolonged[1:]:
        if bool(rule.extended_by) is not bool(prolonged[0].extended_by):
            wrong = f"window, result and reports of a mediation_letter are extended together or not at all: {rule.id}"
            yield f"{rule.id}.extended_by", f"{wrong} is not like {prolonged[0].id}"
    for rule in () if windows else rules:
        if rule.shape in _OF_WINDOW:
            yield f"{rule.id}.shape", f"shape {rule.shape!r} of a mediation_letter needs a window in each of its stages"
        elif rule.anchor in _FROM_WINDOW:
            yield f"{rule.id}.anchor", f"{rule.anchor!r} of a mediation_letter needs a window in each of its stages"
    for rule in windows:
        if not any(each.shape == "result" for each in rules):
            yield f"{rule.id}.shape", "a window ends with a result in each of its stages, and no rule asks for one"


def _of_window(rule: Rule) -> Iterator[tuple[str, str]]:
    if rule.length is None or rule.unit is not Unit.MONTH:
        yield "length", "a window is counted in months"
    elif rule.length > _LONGEST_MONTHS:
        yield "length", f"a window of more than {_LONGEST_MONTHS} months is a slip"
    yield from _anchored(rule, "window_start")


def _of_result(rule: Rule) -> Iterator[tuple[str, str]]:
    yield from uncounted(rule)
    yield from _anchored(rule, "window_start")


def _of_extension(rule: Rule) -> Iterator[tuple[str, str]]:
    yield from uncounted(rule)
    yield from _anchored(rule, "last_consent")


def _of_weekly(rule: Rule) -> Iterator[tuple[str, str]]:
    yield from uncounted(rule)
    yield from fulfillable(rule)


def _anchored(rule: Rule, anchor: str) -> Iterator[tuple[str, str]]:
    if rule.anchor != anchor:
        yield "anchor", f"shape {rule.shape!r} is counted from {anchor!r}"


SHAPES = {
    "result": Shape(result_duties, problems=_of_result, satisfied_by=("result",), extended_by=_EXTENDED),
    "window": Shape(
        window_duties, needs=("result",), problems=_of_window, ladder=False, satisfied_by=(), extended_by=_EXTENDED
    ),
    "extension": Shape(extension_duties, needs=("result",), problems=_of_extension, satisfied_by=("extension",)),
    "weekly": Shape(
        weekly_duties, needs=("result",), problems=_of_weekly, satisfied_by=("progress",), extended_by=_EXTENDED
    ),
}

KIND: Kind[MediationLetter] = Kind(
    model=MediationLetter,
    place=20,
    example="--matter 2026-017 --court 武平县人民法院 --received 2026-11-20 --stage pre --number '(2026)闽0824委1号' "
    "--agency forestry --party plaintiff:张某",
    events=(
        Told,
        Reported,
        Progress,
        Consent,
        ExtensionLetter,
        ExtensionApproved,
        Copied,
        Result,
        Recall,
        Superseded,
    ),
    stages=tuple(Stage),
    day_zeros=day_zeros(window_start, last_consent),
    shapes={**GENERIC, **SHAPES},
    check=door.check,
    event_checks=(
        on(Result, door.check_result),
        on(Consent, door.check_consent),
        on(ExtensionLetter, door.check_extension),
        on(Progress, door.check_progress),
        on(Copied, door.check_copied),
        on(Superseded, door.check_superseded),
    ),
    turn_checks=(
        on(Consent, door.check_round),
        on(ExtensionLetter, door.check_round),
        on(ExtensionApproved, door.check_round),
    ),
    needs_agency=door.needs_agency,
    speaker=door.speaker,
    earliest=since_told_by_bureau,
    ends=_ends,
    completed=door.completed,
    expiry=_expiry,
    window=_state,
    looks=_looks,
    warnings=_warnings,
    cautions=("warning.answer_period",),
    book_problems=_book_problems,
)
register(KIND)
