"""Whom a rule binds, what fulfils it and what ends it, read from the facts of a letter."""

from typing import NamedTuple

from rules.books.model import Rule
from rules.duties.day_zeros import Moment
from rules.duties.situation import Act, Ended, Situation
from rules.letters.events import Event, Forwarded, Told
from rules.letters.facts import Fact
from rules.letters.letter import Letter


class Bound(NamedTuple):
    """One duty that a rule makes: the agency it is named by, if any, whose facts count, and who is reminded."""

    key: str | None
    agency: str
    agencies: tuple[str, ...]


def bound(situation: Situation[Letter], rule: Rule) -> list[Bound]:
    """List whom a rule makes a duty for."""
    letter = situation.letter
    if rule.per_agency:
        return [Bound(agency, agency, (agency,)) for agency in letter.agency_ids]
    return [Bound(None, letter.lead, letter.agency_ids)]


def satisfied(situation: Situation[Letter], rule: Rule, agency: str, since: Moment | None = None) -> Act | None:
    """Find what fulfilled a duty: every kind of event it asks for is there, the last of them counts.

    An answer to a paper counts from that paper, `since`, and its acts follow each other.
    """
    letter = situation.letter
    if rule.fulfilled_by_registering and letter.learned_from(agency):
        return Act("registration", letter.received_on, letter.received_at)
    firsts: list[Fact[Event]] = []
    for name in rule.satisfied_by:
        facts = [fact for fact in situation.facts.named(name, agency) if _is_for(fact, rule)]
        if since is not None:
            facts = [fact for fact in facts if fact.moment >= since]
        if not facts:
            return None
        firsts.append(facts[0])
        since = facts[0].moment if since is not None else None
    last = max(firsts, key=lambda fact: fact.place, default=None)
    return Act(last.id, last.on, last.at) if last else None


def _is_for(fact: Fact[Event], rule: Rule) -> bool:
    """Tell whether an act was done towards whom the rule asks: by the bureau, to the court or to the county."""
    if isinstance(fact.event, Told):
        return rule.obligor != "bureau" or fact.event.told_by == "bureau"
    if isinstance(fact.event, Forwarded):
        return fact.event.to in rule.obligee
    return True


def ended(situation: Situation[Letter], rule: Rule, agency: str) -> Ended | None:
    """Find when and by what a duty ended without being fulfilled."""
    found = situation.ended(rule.cancelled_by, agency)
    other = rule.superseded_by
    if other is not None and other.holds(situation.readings):
        came = min((told.on for told in situation.other_windows if told.kind == other.letter), default=None)
        if came is not None and (found is None or came < found.on):
            found = Ended(came, "other_letter")
    return found._replace(by=rule.ended_as.get(found.by, found.by)) if found else None
