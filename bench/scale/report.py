"""The report of the simulation: a sample played, compared with real histories, kept in real dockets, and multiplied."""

import asyncio
import statistics
import tempfile
from collections.abc import Callable, Collection, Sequence
from concurrent.futures import ProcessPoolExecutor
from datetime import date, datetime, time, timedelta
from pathlib import Path

from bench.scale.costs import A_DIGEST_BEGUN, A_DIGEST_SENT, AUDITED, DIGESTS_MADE, Cost, House, total
from bench.scale.histories import Played, Real, play
from bench.scale.lifetimes import END, YEAR, Life, lifetimes, open_letters
from bench.scale.lives import Away, Step, live
from bench.scale.load import Day, by_day, day_cost, digests, load
from bench.scale.people import MIX, Story, story, working_days
from bench.scale.rows import Kept, keep
from cluster.schedules import digest_runs
from docket.engine import open_engine
from rules.accept.rulebook import shipped_rulebook
from rules.counting.calendar import shipped_calendar
from rules.counting.clock import at
from tests.support.postgres import postgres

LETTERS_A_YEAR = 300_000
"""First-instance administrative cases of all of China in a year, each taken for one letter."""

RETENTION = timedelta(days=30)
CONTINUED = 4 * 2**20
"""Bytes of history at which Temporal suggests to continue as new."""

COUNTIES = 2850
A_COUNTY = round(LETTERS_A_YEAR / COUNTIES)
"""Letters of a county in a year."""

REALLY_PLAYED, KEPT = 8, 40
OUTAGE_DAYS = 21
_OUTAGE_ENDS = date(YEAR, 6, 30)

Line = tuple[str, Callable[[Cost], float], str]


def measure(letters: int) -> list[str]:
    """Play a year of so many letters and give lines with what 300,000 would ask; it takes some two minutes."""
    year = lifetimes(range(letters), letters)
    # Whatever came in the first half of the year before is over, but for a few that everybody has forgotten.
    before = lifetimes(range(letters // 2, letters), letters, YEAR - 1)
    stands_for = round(LETTERS_A_YEAR / letters)
    calendar, book = shipped_calendar(), shipped_rulebook()
    loads, kept = _loads(before, year, letters, stands_for), _kept()
    # Processes are forked above, before there is a client of Temporal with threads of its own.
    with tempfile.TemporaryDirectory(prefix="qixian-bench-") as folder:
        played = asyncio.run(play([_whole(number, REALLY_PLAYED) for number in range(REALLY_PLAYED)], Path(folder)))
    event_bytes = _event_bytes(played)
    return [
        f"{letters} letters of {YEAR}, and half as many of the months before for what is still open; one stands for"
        f" {stands_for} of {LETTERS_A_YEAR:,} a year; rulebook {book.version}, calendar {calendar.version}",
        *_by_kind(year, event_bytes),
        *_real(played, event_bytes),
        *_replays(year, played),
        *_running(before + year, stands_for, event_bytes),
        *loads,
        *(line for name, each in kept.items() for line in _docket(name, each)),
    ]


def _whole(number: int, letters: int) -> tuple[Story, list[Step]]:
    told = story(number, YEAR, letters, shipped_calendar())
    return told, list(live(told, shipped_rulebook(), shipped_calendar(), END))


def _event_bytes(played: Played) -> float:
    """Return the bytes of an event beside states and what was typed, over all histories that were really played."""
    extra = sum(each.event_bytes + each.mail_bytes - each.reckoned.payload for each in played.letters)
    return extra / sum(each.events + each.mail_events for each in played.letters)


def _kept() -> dict[str, Kept]:
    """Keep the same letters in both databases, side by side: nothing of it is timed."""
    with ProcessPoolExecutor(2) as pool:
        found = {"SQLite": pool.submit(_in_a_file), "PostgreSQL": pool.submit(_in_postgres)}
        return {name: each.result() for name, each in found.items()}


def _in_a_file() -> Kept:
    with tempfile.TemporaryDirectory(prefix="qixian-bench-") as folder:
        return _keep(f"sqlite:///{Path(folder) / 'kept.db'}")


def _in_postgres() -> Kept:
    with postgres() as url:
        return _keep(url.render_as_string(hide_password=False))


def _keep(url: str) -> Kept:
    engine = open_engine(url)
    try:
        return keep(engine, [_whole(number, KEPT)[1] for number in range(KEPT)])
    finally:
        engine.dispose()


def _by_kind(lives: Sequence[Life], event_bytes: float) -> list[str]:
    """Return what a letter of each kind asks on average, and all letters of a year."""
    groups = {kind: [life for life in lives if life.kind == kind] for kind in MIX} | {"all": list(lives)}
    costs = {name: [life.cost for life in group] for name, group in groups.items()}
    sums = {name: total(each) for name, each in costs.items()}
    head = "".join(f"{name.split('_')[0]:>13}" for name in groups)
    lines = [f"  {'a letter on average':36}{head}{'a year':>18}"]

    def line(name: str, values: dict[str, float], *, adds_up: bool = True) -> str:
        a_year = f"{values['all'] * LETTERS_A_YEAR:>18,.0f}" if adds_up else ""
        return f"  {name:36}{''.join(f'{value:>13,.1f}' for value in values.values())}{a_year}"

    for name in ("steps", "recorded", "woken", "timers", "cancelled", "notices", "mails", "children"):
        lines.append(line(_NAMES[name], {kind: getattr(sums[kind], name) / len(groups[kind]) for kind in groups}))
    for name in ("events", "actions", "transitions"):
        for whole, said in ((name, f"{name}, the letter's own"), (f"all_{name}", f"{name}, e-mails included")):
            lines.append(line(said, {kind: getattr(sums[kind], whole) / len(groups[kind]) for kind in groups}))
    kilo = {kind: sums[kind].history_bytes(event_bytes) / len(groups[kind]) / 1000 for kind in groups}
    lines.append(line("history written, kB", kilo))
    for name, pick in (("at its end", lambda life: life.moments[-1].state_bytes), ("at its largest", _largest)):
        sizes = {kind: statistics.mean(map(pick, group)) / 1000 for kind, group in groups.items()}
        lines.append(line(f"state {name}, kB", sizes, adds_up=False))
    days = {kind: statistics.mean(map(_days, group)) for kind, group in groups.items()}
    lines.append(line("days open", days, adds_up=False))
    histories = [each.history_bytes(event_bytes) for each in costs["all"]]
    long = sum(each > CONTINUED for each in histories)
    lines.append(
        f"  largest of the sample: state {max(map(_largest, lives)) / 1000:.0f} kB, history"
        f" {max(histories) / 1000:,.0f} kB and {max(each.all_events for each in costs['all'])} events;"
        f" {long} of {len(lives)} write more than 4 MiB and continue as new"
    )
    return lines


_NAMES = {
    "steps": "steps, each one local activity",
    "recorded": "updates: what people record",
    "woken": "wakes: timers fired",
    "timers": "timers started",
    "cancelled": "timers cancelled",
    "notices": "notices in the docket",
    "mails": "e-mails at once, to all addresses",
    "children": "workflows that send them",
}


def _largest(life: Life) -> int:
    return max(moment.state_bytes for moment in life.moments)


def _days(life: Life) -> float:
    assert life.closed_at is not None
    return (life.closed_at - life.registered_at) / timedelta(days=1)


def _real(played: Played, event_bytes: float) -> list[str]:
    """Compare what is reckoned with what the server really wrote."""
    lines = [f"  {len(played.letters)} letters really played, with e-mails; an event is {event_bytes:.0f} bytes around"]
    lines[0] += " its payload"
    rows: list[tuple[str, Callable[[Real], float], Callable[[Real], float]]] = [
        ("events", lambda each: each.events + each.mail_events, lambda each: each.reckoned.all_events),
        ("bytes", lambda each: each.event_bytes + each.mail_bytes, lambda each: _reckoned_bytes(each, event_bytes)),
        ("transitions", lambda each: each.transitions, lambda each: each.reckoned.all_transitions),
    ]
    for name, real, reckoned in rows:
        off = [reckoned(each) / real(each) - 1 for each in played.letters]
        all_ = sum(map(reckoned, played.letters)) / sum(map(real, played.letters)) - 1
        lines.append(
            f"    {name:12} reckoned {sum(map(reckoned, played.letters)):>11,.0f}, real"
            f" {sum(map(real, played.letters)):>11,.0f}: off by {all_:+.1%}; letter by letter {min(off):+.1%}"
            f" to {max(off):+.1%}"
        )
    count, events, transitions = played.digests
    digested = [DIGESTS_MADE] + [A_DIGEST_BEGUN, A_DIGEST_SENT] * count
    lines.append(
        f"    {count} digests of a morning: reckoned {sum(each.events for each in digested)} events and"
        f" {sum(each.transitions for each in digested)} transitions, real {events} and {transitions}"
    )
    steps = sum(each.steps for each in played.letters)
    lines.append(
        f"    docket, desk, steps and e-mails together: {played.transactions / steps:.1f} transactions and"
        f" {played.statements / steps:.0f} statements a step"
    )
    return lines


def _reckoned_bytes(real: Real, event_bytes: float) -> float:
    return real.reckoned.history_bytes(event_bytes)


def _replays(lives: Sequence[Life], played: Played) -> list[str]:
    """Say how long a worker takes to bring back a letter that it does not have in memory."""
    steps, took = [each.steps for each in played.letters], [each.replay for each in played.letters]
    slope, _ = statistics.linear_regression(steps, took)
    wakes = [moment.before for life in lives for moment in life.moments if moment.cost.woken]
    return [
        f"  replaying a history: {slope * 1000:.1f} ms a step, e-mails included; a letter that wakes has"
        f" {statistics.mean(wakes):.1f} steps behind it on average ({statistics.median(wakes):.0f} median),"
        f" so {statistics.mean(wakes) * slope * 1000:.0f} ms where it is not in memory"
    ]


def _running(lives: Sequence[Life], stands_for: int, event_bytes: float) -> list[str]:
    """Count the letters open at a time, and the histories that Temporal keeps."""
    counts = open_letters(lives)
    end = at(date(YEAR, 12, 31), time(12))
    running = [life for life in lives if life.open_at(end)]
    ended = [life for life in lives if life.closed_at and end - RETENTION < life.closed_at <= end]
    sizes = [
        sum(_until(life, end).history_bytes(event_bytes) for life in group) * stands_for / 1e9
        for group in (running, ended)
    ]
    return [
        f"  open at a time: {statistics.mean(counts.values()) * stands_for:,.0f} letters on average,"
        f" {max(counts.values()) * stands_for:,.0f} at most; histories kept at the year's end:"
        f" {sizes[0]:.1f} GB of open letters, {sizes[1]:.1f} GB of those that ended within {RETENTION.days} days"
    ]


def _until(life: Life, end: datetime) -> Cost:
    return total(moment.cost for moment in life.moments if moment.at <= end)


def _loads(before: Sequence[Life], year: Sequence[Life], letters: int, stands_for: int) -> list[str]:
    """Return the peaks of an ordinary day, of the busiest ones, after a holiday, and after an outage."""
    calendar = shipped_calendar()
    counties = max(1, round(letters / A_COUNTY))
    days, readers = by_day([*before, *year], YEAR), digests([*before, *year], counties, YEAR)
    working = working_days(YEAR, calendar)
    costs = {day: day_cost(days[day]) for day in working}
    by_steps = sorted(working, key=lambda day: costs[day].steps)
    rest = max(range(1, len(working)), key=lambda n: working[n] - working[n - 1])
    chosen = [
        ("an ordinary day", by_steps[len(by_steps) // 2]),
        ("the most wakes", max(working, key=lambda day: costs[day].woken)),
        ("the most steps", by_steps[-1]),
        (f"after {(working[rest] - working[rest - 1]).days - 1} days off", working[rest]),
    ]
    lines = [
        *_on_average(list(costs.values()), [len(readers[day]) for day in working], stands_for),
        f"  {'':34}{'steps':>9} {'busiest hour':>14} {'minute':>9} {'second':>8} {'transitions/s':>15}"
        f" {'actions/s':>11} {'e-mails/min':>13}   digests: {'transitions/s':>15} {'e-mails/min':>13}",
    ]
    for name, day in chosen:
        lines += _day(f"{name}, {day}", days[day], readers[day], stands_for, None)
    for hour in (8, 10):
        returned = at(_OUTAGE_ENDS, time(hour))
        again = _after_outage(before, year, letters, returned)
        found, missed = by_day(again, YEAR)[_OUTAGE_ENDS], digests(again, counties, YEAR)[_OUTAGE_ENDS]
        lines += _day(f"{OUTAGE_DAYS} days away, back at {hour}:00", found, missed, stands_for, returned)
    return lines


def _on_average(costs: Sequence[Cost], digested: Sequence[int], stands_for: int) -> list[str]:
    """Return what a working day asks on average, and what the digests and audits of all counties add in a year."""
    mean, days = total(costs), len(costs)
    made, made_a_year = statistics.mean(digested) * stands_for, sum(digested) * stands_for
    a_day = len(digest_runs(shipped_rulebook().office))
    runs = 365 * COUNTIES
    adds = {
        name: made_a_year * (getattr(A_DIGEST_BEGUN, name) + getattr(A_DIGEST_SENT, name))
        + runs * (a_day * getattr(DIGESTS_MADE, name) + getattr(AUDITED, name))
        for name in House._fields
    }
    return [
        f"  a working day ({days} of them) on average: {mean.steps * stands_for / days:,.0f} steps,"
        f" {mean.woken * stands_for / days:,.0f} of them wakes, {mean.all_actions * stands_for / days:,.0f} actions,"
        f" {mean.all_transitions * stands_for / days:,.0f} transitions, {mean.mails * stands_for / days:,.0f} e-mails"
        f" at once and {made:,.0f} digests",
        f"  digests and daily audits of {COUNTIES:,} counties, beside the letters: {made_a_year:,.0f} digests a year"
        f" and {(a_day + 1) * runs:,} runs of schedules, with {adds['events']:,.0f} events,"
        f" {adds['actions']:,.0f} actions, {adds['transitions']:,.0f} transitions",
    ]


def _day(
    name: str, day: Day, readers: Collection[tuple[int, str]], stands_for: int, returned: datetime | None
) -> list[str]:
    own = shipped_rulebook().office
    lines = []
    for said, office in (("at 9:00", own.model_copy(update={"spread_minutes": 0})), ("spread", own)):
        found = load(day, readers, stands_for, COUNTIES, office, own, returned)
        lines.append(
            f"    {name if said == 'at 9:00' else '':32}{said:8}{len(day) * stands_for:>9,}{found.steps.hour:>13,}"
            f" {found.steps.minute:>10,} {found.steps.second:>8,} {found.transitions.second:>15,}"
            f" {found.actions.second:>11,} {found.mails.minute:>13,}"
            f" {found.digest_transitions.second:>26,} {found.digest_mails.minute:>13,}"
        )
    return lines


def _after_outage(before: Sequence[Life], year: Sequence[Life], letters: int, returned: datetime) -> list[Life]:
    """Play the letters again that an outage concerns, to the end of the day on which workers are back."""
    away = Away(at(returned.date() - timedelta(days=OUTAGE_DAYS), time()), returned)
    ends = at(returned.date() + timedelta(days=1), time())
    lives: list[Life] = []
    for first, cohort in ((YEAR - 1, before), (YEAR, year)):
        concerned = [
            life.number
            for life in cohort
            if life.registered_at < ends and (life.closed_at is None or life.closed_at >= away.since)
        ]
        lives += lifetimes(concerned, letters, first, away, ends)
    return lives


def _docket(name: str, kept: Kept) -> list[str]:
    """Return the rows and bytes of a docket, a letter and a year."""
    a_letter, a_year = kept.total_bytes / kept.letters, kept.total_bytes / kept.letters * LETTERS_A_YEAR / 1e9
    rows = sum(kept.rows.values())
    lines = [
        f"  {name}: {kept.letters} letters, {kept.mails} e-mails and {kept.digests} digests kept,"
        f" {kept.statements / kept.steps:.1f} statements a step;"
        f" {rows / kept.letters:.1f} rows and {a_letter / 1000:.1f} kB a letter, {a_year:.1f} GB a year"
    ]
    if kept.log_bytes:
        step, year = kept.log_bytes / kept.steps / 1000, kept.log_bytes / kept.letters * LETTERS_A_YEAR / 1e9
        lines[0] += f"; {step:.1f} kB of log a step, {year:.0f} GB a year"
    for table, count in kept.rows.items():
        size = kept.table_bytes.get(table)
        said = f" {size / kept.letters / 1000:>8.1f} kB a letter" if size else ""
        lines.append(
            f"    {table:14}{count / kept.letters:>7.1f} rows a letter{said}"
            f" {count / kept.letters * LETTERS_A_YEAR:>12,.0f} rows a year"
        )
    return lines
