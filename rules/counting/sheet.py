"""算期单: how a date was counted, as data that travels with it and as sentences."""

import re
from datetime import date, timedelta

from rules.counting.calendar import Calendar, weekday_name
from rules.counting.period import Reckoning, Roll, Unit
from rules.texts import Language, has, text
from rules.values import Frozen


class DayOff(Frozen):
    """A day that was passed over, and why it is off."""

    date: date
    reason: str


class Leg(Frozen):
    """One stretch of a count: the period itself, or an extension of it."""

    start: date
    why: str
    length: int
    unit: Unit
    end: date


class ReckoningSheet(Frozen):
    """The whole explanation of one date; `due` and `nominal` are what it explains, `basis` says how day zero came."""

    clause: str
    legs: tuple[Leg, ...]
    roll: Roll
    nominal: date
    due: date
    rolled_over: tuple[DayOff, ...]
    skipped: tuple[DayOff, ...]
    make_up_days: tuple[date, ...]
    provisional: bool
    calendar: str
    sources: tuple[str, ...]
    basis: str = ""
    basis_en: str = ""

    @property
    def anchor(self) -> date:
        """Return day zero, the day that is not counted."""
        return self.legs[0].start

    def steps(self, language: Language = "zh") -> list[str]:
        """Word the count step by step."""
        basis = self.basis if language == "zh" else self.basis_en
        lines = [basis] if basis else []
        for number, leg in enumerate(self.legs):
            values = {
                "start": leg.start,
                "weekday": weekday_name(leg.start),
                "first": leg.start + timedelta(days=1),
                "length": leg.length,
                "end": leg.end,
                "end_weekday": weekday_name(leg.end),
                "why": anchor_name(leg.why, language),
            }
            if leg.unit is not Unit.DATE:
                # A date that was written down is not counted from anything.
                lines.append(text("reckoning.extended" if number else "reckoning.anchor", language, **values))
            lines.append(text(f"reckoning.{leg.unit}", language, **values))
        for day in self.skipped:
            lines.append(text("reckoning.skipped", language, day=day.date, reason=day_off_name(day.reason, language)))
        for made_up in self.make_up_days:
            lines.append(text("reckoning.make_up", language, day=made_up, weekday=weekday_name(made_up)))
        for day in self.rolled_over:
            lines.append(text("reckoning.rolled", language, day=day.date, reason=day_off_name(day.reason, language)))
        if self.roll is Roll.NONE and self.legs[-1].unit is not Unit.WORKING_DAY:
            lines.append(text("reckoning.not_rolled", language))
        lines.append(text("reckoning.due", language, due=self.due, weekday=weekday_name(self.due)))
        if self.provisional:
            lines.append(self.provisional_note(language))
        return lines

    def sentence(self, language: Language = "zh") -> str:
        """Word the whole count as one plain sentence."""
        leg = self.legs[-1]
        values = {
            "start": leg.start,
            "why": anchor_name(leg.why, language),
            "length": leg.length,
            "nominal": self.nominal,
            "weekday": weekday_name(self.nominal),
            "due": self.due,
            "due_weekday": weekday_name(self.due),
        }
        sentence = text(f"reckoning.sentence.{leg.unit}", language, **values)
        if self.rolled_over:
            reason = day_off_name(self.rolled_over[0].reason, language)
            sentence += text("reckoning.sentence.rolled", language, **values, reason=reason)
        if self.skipped:
            sentence += text("reckoning.sentence.skipped", language, count=len(self.skipped))
        if self.clause:
            sentence += text("reckoning.sentence.clause", language, clause=self.clause)
        sentence += text("reckoning.sentence.end", language)
        return (sentence + (self.provisional_note(language) if self.provisional else "")).strip()

    def provisional_note(self, language: Language = "zh") -> str:
        """Say which year's notice is still to come."""
        year = self.due.year + (1 if (self.due.month, self.due.day) >= (12, 28) else 0)
        return text("reckoning.provisional", language, year=year)

    def as_json(self) -> dict[str, object]:
        """Return the sheet as data, with its steps and sentences in both languages."""
        return {
            "start": self.anchor.isoformat(),
            **self.model_dump(mode="json"),
            "steps": self.steps(),
            "steps_en": self.steps("en"),
            "sentence": self.sentence(),
            "sentence_en": self.sentence("en"),
        }


def anchor_name(why: str, language: Language) -> str:
    """Name what a count starts from; an unknown name is shown as it is."""
    key = f"anchor.{why}"
    return text(key, language) if has(key) else why


def day_off_name(reason: str, language: Language) -> str:
    """Name why a day is off; calendars give the Chinese name, and one that is unknown is shown as it is."""
    if language == "zh":
        return reason
    names = re.findall(r"[^、（）]+", reason)
    return ", ".join(text(f"day_off.{name}", language) if has(f"day_off.{name}") else name for name in names)


def sheet(reckoning: Reckoning, basis: Reckoning | None = None) -> ReckoningSheet:
    """Explain a count: each leg, each day passed over by name, each weekend day that was at work.

    `basis` is the count of the appeal period after which a document is presumed to be in effect.
    """
    chain = [reckoning]
    while chain[0].earlier is not None:
        chain.insert(0, chain[0].earlier)
    calendar = reckoning.calendar
    rolled = _days_off(calendar, reckoning.nominal, reckoning.due)
    counted = [part for part in chain if part.unit is Unit.WORKING_DAY]
    skipped = [day for part in counted for day in _days_off(calendar, part.anchor + timedelta(days=1), part.due)]
    looked_at = [(part.anchor + timedelta(days=1), part.due) for part in counted] + [(reckoning.nominal, reckoning.due)]
    make_up = {
        day
        for first, last in looked_at
        for day in (first + timedelta(days=n) for n in range((last - first).days + 1))
        if calendar.is_make_up_day(day)
    }
    uses_calendar = bool(counted) or reckoning.roll is Roll.NEXT
    return ReckoningSheet(
        clause=next((part.clause for part in reversed(chain) if part.clause), ""),
        legs=tuple(
            Leg(start=part.anchor, why=part.why, length=part.length, unit=part.unit, end=part.nominal) for part in chain
        ),
        roll=reckoning.roll,
        nominal=reckoning.nominal,
        due=reckoning.due,
        rolled_over=tuple(rolled),
        skipped=tuple(skipped),
        make_up_days=tuple(sorted(make_up)) if uses_calendar else (),
        provisional=reckoning.provisional,
        calendar=calendar.version,
        sources=tuple(calendar.sources(looked_at[0][0], reckoning.due)) if uses_calendar else (),
        basis=_presumed(basis, reckoning.anchor, "zh"),
        basis_en=_presumed(basis, reckoning.anchor, "en"),
    )


def _presumed(basis: Reckoning | None, effective: date, language: Language) -> str:
    if basis is None:
        return ""
    return text("reckoning.presumed", language, sentence=sheet(basis).sentence(language), effective=effective)


def _days_off(calendar: Calendar, first: date, end: date) -> list[DayOff]:
    """List the days off from `first` up to, and without, `end`."""
    days = (first + timedelta(days=n) for n in range((end - first).days))
    reasons = ((day, calendar.rest_reason(day)) for day in days)
    return [DayOff(date=day, reason=reason) for day, reason in reasons if reason is not None]
