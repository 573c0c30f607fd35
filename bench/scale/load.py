"""How much comes in one hour, minute and second, where each letter of the sample stands for many.

Those letters do on the same days what the one of the sample does. Their reminders fall within the morning as their own
matters' ids have it, by the code that every matter's reminders are spread by; people act at seconds drawn for each.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import NamedTuple

from bench.scale.costs import A_DIGEST_BEGUN, A_DIGEST_SENT, DIGESTS_MADE, Cost, House, total
from bench.scale.lifetimes import Life, Moment
from bench.scale.lives import WOKEN
from bench.scale.people import chance, moment_after_outage, office_moment
from cluster.schedules import SPREAD
from rules.counting.clock import OfficeHours, local_date


class Peak(NamedTuple):
    """The most that comes in one hour, one minute and one second."""

    hour: int
    minute: int
    second: int


class Load(NamedTuple):
    """What comes on one day: the steps, what they ask of Temporal with their e-mails, and what digests ask beside."""

    steps: Peak
    woken: Peak
    actions: Peak
    transitions: Peak
    mails: Peak
    digest_transitions: Peak
    digest_mails: Peak


Day = Sequence[tuple[Life, Moment]]


def by_day(lives: Iterable[Life], year: int) -> dict[date, list[tuple[Life, Moment]]]:
    """Sort the steps of a year by their day."""
    days: dict[date, list[tuple[Life, Moment]]] = defaultdict(list)
    for life in lives:
        for moment in life.moments:
            day = local_date(moment.at)
            if day.year == year:
                days[day].append((life, moment))
    return days


def day_cost(day: Day) -> Cost:
    """Add up what the sample's letters ask on a day."""
    return total(moment.cost for _, moment in day)


def digests(lives: Iterable[Life], counties: int, year: int) -> dict[date, set[tuple[int, str]]]:
    """Name who gets a digest on which day of a year, where the letters belong to so many counties in turn."""
    found: dict[date, set[tuple[int, str]]] = defaultdict(set)
    for life in lives:
        for moment in life.moments:
            for reader, day in moment.waiting:
                if day.year == year:
                    found[day].add((life.number % counties, reader))
    return found


def load(
    day: Day,
    readers: Iterable[tuple[int, str]],
    stands_for: int,
    counties: int,
    office: OfficeHours,
    own: OfficeHours,
    returned: datetime | None = None,
) -> Load:
    """Find the peaks of a day whose letters each stand for so many, and so do the readers of its digests.

    `office` spreads their reminders, and with them the instants at which `counties` make digests; `own` is what has
    spread those of the sample. `returned` is when workers came back on that day, if they were away.
    """
    seconds: dict[datetime, list[int]] = defaultdict(lambda: [0] * len(Load._fields))

    def add(instant: datetime, weights: Sequence[int], times: int = 1) -> None:
        second = seconds[instant]
        for place, weight in enumerate(weights):
            second[place] += weight * times

    for life, moment in day:
        cost = moment.cost
        weights = (1, cost.woken, cost.all_actions, cost.all_transitions, cost.mails, 0, 0)
        for number in range(stands_for):
            name = f"{life.matter}~{number}" if number else life.matter
            add(_instant(life, moment, name, office, own, returned), weights)
    date_ = local_date(day[0][1].at)
    for county in range(counties):
        add(_made(date_, county, office, returned), _digested(DIGESTS_MADE, 0))
    of_the_sample = max(1, round(counties / stands_for))
    for place, reader in readers:
        for number in range(stands_for):
            county = place + number * of_the_sample
            made = _made(date_, county, office, returned)
            add(made, _digested(A_DIGEST_BEGUN, 0))
            add(max(made, office.digest(date_, f"{county}:{reader}")), _digested(A_DIGEST_SENT, 1))
    return Load(*(_peak({at: row[place] for at, row in seconds.items()}) for place in range(len(Load._fields))))


def _made(day: date, county: int, office: OfficeHours, returned: datetime | None) -> datetime:
    """Return the second at which a county makes digests: what waited for workers is made when they are back."""
    spread = SPREAD if office.spread_minutes else timedelta()
    made = office.digests(day) + timedelta(seconds=int(chance("schedule", county, day) * spread.total_seconds()))
    return max(made, returned or made)


def _digested(asked: House, mails: int) -> tuple[int, ...]:
    return 0, 0, 0, 0, 0, asked.transitions, mails


def _instant(
    life: Life, moment: Moment, name: str, office: OfficeHours, own: OfficeHours, returned: datetime | None
) -> datetime:
    """Return the second at which a letter of this name does what the sample's letter does."""
    day = local_date(moment.at)
    if moment.at == own.reminder(day, life.matter):
        return office.reminder(day, name)
    if returned is not None:
        # What workers find when they come back is there at once, for all letters.
        return returned if moment.at == returned else moment_after_outage(returned, name, moment.before)
    assert moment.why != WOKEN, "letters wake at the instants of reminders"
    return office_moment(day, name, moment.before)


def _peak(seconds: Mapping[datetime, int]) -> Peak:
    minutes: dict[datetime, int] = defaultdict(int)
    hours: dict[datetime, int] = defaultdict(int)
    for instant, count in seconds.items():
        minutes[instant.replace(second=0)] += count
        hours[instant.replace(minute=0, second=0)] += count
    return Peak(*(max(found.values(), default=0) for found in (hours, minutes, seconds)))
