"""Whom a rule binds, what fulfils it and what ends it, read from the facts of a letter."""

from datetime import date

from rules.books.rulebook import Rule
from rules.duties.anchors import Moment
from rules.duties.case import Case
from rules.letters import events
from rules.letters.facts import Fact
from rules.letters.letter import ResponseNotice


def concerned(case: Case, rule: Rule) -> list[tuple[str | None, str, tuple[str, ...]]]:
    """List whom a rule makes a duty for: its key, the agency whose facts count, and who is reminded."""
    if rule.per_agency:
        return [(agency, agency, (agency,)) for agency in case.letter.agency_ids]
    return [(None, case.letter.lead, case.letter.agency_ids)]


def satisfied(case: Case, rule: Rule, agency: str, since: Moment | None = None) -> tuple[Fact | None, date | None]:
    """Find when a duty was fulfilled: every kind of event it asks for is there, the last of them counts.

    An answer to a paper counts from that paper, `since`, and its acts follow each other.
    """
    by_registering = isinstance(case.letter, ResponseNotice) and case.letter.told_by_agency
    if rule.id == "R08a" and by_registering and agency == case.letter.lead:
        received = case.letter.received_on
        return Fact("registration", None, case.letter.received_at, ""), received
    firsts = []
    for name in rule.satisfied_by:
        facts = [fact for fact in case.facts.named(name, agency) if _is_for(fact, rule)]
        if since is not None:
            facts = [fact for fact in facts if (fact.on, fact.at) >= since]
        if not facts:
            return None, None
        firsts.append(facts[0])
        since = (facts[0].on, facts[0].at) if since is not None else None
    if not firsts:
        return None, None
    last = max(firsts, key=lambda fact: (fact.on, fact.at, fact.id))
    return last, last.on


def _is_for(fact: Fact, rule: Rule) -> bool:
    """Tell whether an act was done towards whom the rule asks: by the bureau, to the court or to the county."""
    if isinstance(fact.event, events.Told):
        return rule.obligor != "bureau" or fact.event.told_by == "bureau"
    if isinstance(fact.event, events.Forwarded):
        return fact.event.to in rule.obligee
    return True


def ended(case: Case, rule: Rule, agency: str) -> tuple[date | None, str]:
    """Find when and by what a duty ended without being fulfilled; (None, "") if it did not."""
    fact = case.ending(rule.cancelled_by, agency)
    if rule.id == "R03" and case.readings.r03.superseded:
        other = min(case.other_windows, key=lambda told: told.on, default=None)
        if other is not None and (fact is None or other.on < fact.on):
            fact = other
    return (fact.on, fact.event.type) if fact else (None, "")
