"""Lists and figures of duties. Lamps are computed here, from stored dates and the time given."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, time
from typing import Any, Literal, NamedTuple

from sqlalchemy import ColumnElement, Select, Subquery, and_, case, exists, func, literal, or_, union_all
from sqlalchemy import select as core_select
from sqlmodel import Session, col, select

from docket.tables import WITHOUT_STATE, AgencyRow, DossierRow, DutyAgencyRow, DutyRow, LetterRow
from rules.counting.clock import local, local_date
from rules.duties.duty import DutyState, Light, light
from rules.letters.fields import one_spelling
from rules.letters.letter import searchable

OPEN = (DutyState.OPEN.value, DutyState.WAITING.value)
Sort = Literal["due", "received", "matter"]


class Scope(NamedTuple):
    """Whose duties somebody sees: those of some agencies, owed by some obligors; None for all."""

    agencies: frozenset[str] | None = None
    obligors: frozenset[str] | None = None


EVERYBODY = Scope()


class Filter(NamedTuple):
    """What a list of duties is narrowed to; None leaves a criterion out.

    `late` asks for what is overdue, or not prompt where no number of days is prescribed; `weekly` for weekly reports of
    open letters that are missing or came late.
    """

    agency: str | None = None
    kind: str | None = None
    light: Light | None = None
    overdue: bool = False
    late: bool = False
    waiting: bool = False
    due_from: date | None = None
    due_before: date | None = None
    search: str = ""
    field: str | None = None
    weekly: bool = False
    obligor: str | None = None
    everything: bool = False


class Page(NamedTuple):
    """Which part of a list, in which order; `each_day` keeps the first so many of each due date instead."""

    sort: Sort = "due"
    descending: bool = False
    offset: int = 0
    limit: int | None = None
    each_day: int | None = None


ALL = Page()


def list_duties(
    session: Session, wanted: Filter, now: datetime, scope: Scope = EVERYBODY, page: Page = ALL
) -> list[dict[str, Any]]:
    """List duties with their letters, most pressing first; finished ones only if `everything` is asked."""
    return [line for _, line in _lines(session, _chosen("", wanted, now, scope, page).subquery(), now, page)]


def list_each(
    session: Session, wanted: Mapping[str, Filter], now: datetime, scope: Scope, limit: int
) -> dict[str, list[dict[str, Any]]]:
    """List the first duties of several lists by name, most pressing first, at the price of one list."""
    page = Page(limit=limit)
    chosen = [core_select(_chosen(name, each, now, scope, page).subquery()) for name, each in wanted.items()]
    found: dict[str, list[dict[str, Any]]] = {name: [] for name in wanted}
    for name, line in _lines(session, union_all(*chosen).subquery(), now, page):
        found[name].append(line)
    return found


def _chosen(name: str, wanted: Filter, now: datetime, scope: Scope, page: Page) -> Select[str, str, str]:
    """Say which rows a list has, which an index alone tells."""
    query = core_select(literal(name).label("list"), col(DutyRow.dossier_id), col(DutyRow.id))
    query = query.where(*_criteria(wanted, now, scope))
    if wanted.kind is not None or page.sort == "received":
        query = query.join(LetterRow, col(DutyRow.letter_id) == col(LetterRow.id), isouter=wanted.kind is None)
    if page.sort == "matter":
        query = query.where(col(DutyRow.dossier_id) == col(DossierRow.id))
    if page.each_day is not None:
        place = func.row_number().over(partition_by=col(DutyRow.due), order_by=_order(page)).label("place")
        placed = query.add_columns(place).subquery()
        return core_select(placed.c.list, placed.c.dossier_id, placed.c.id).where(placed.c.place <= page.each_day)
    return query.order_by(*_order(page)).offset(page.offset).limit(page.limit)


def _lines(session: Session, part: Subquery, now: datetime, page: Page) -> Iterator[tuple[str, dict[str, Any]]]:
    """Return what the chosen rows say, each with the name of its list."""
    agencies = select(func.aggregate_strings(col(DutyAgencyRow.agency), ",")).where(_its_agency()).scalar_subquery()
    query = core_select(part.c.list, DutyRow, DossierRow, LetterRow, agencies)
    query = query.options(WITHOUT_STATE).select_from(DutyRow)
    query = query.join(part, (col(DutyRow.dossier_id) == part.c.dossier_id) & (col(DutyRow.id) == part.c.id))
    query = query.join(DossierRow, col(DutyRow.dossier_id) == col(DossierRow.id))
    query = query.join(LetterRow, col(DutyRow.letter_id) == col(LetterRow.id), isouter=True).order_by(*_order(page))
    for name, duty, matter, letter, agencies_named in session.execute(query):
        yield name, _line(duty, matter, letter, sorted((agencies_named or "").split(",")), now)


def count_duties(session: Session, wanted: Filter, now: datetime, scope: Scope = EVERYBODY) -> int:
    """Count the duties that a list would have."""
    query = select(func.count()).select_from(DutyRow).where(*_criteria(wanted, now, scope))
    if wanted.kind is not None:
        query = query.where(DutyRow.letter_id == LetterRow.id)
    return session.exec(query).one()


class DutyCounts(NamedTuple):
    """How many open duties there are by lamp, and how many are due on a day, or wait for their day zero."""

    red: int
    yellow: int
    green: int
    today: int
    waiting: int


def figures(session: Session, now: datetime, scope: Scope = EVERYBODY) -> DutyCounts:
    """Count open duties by lamp, those due today, and those that are not counting yet."""
    day = local_date(now)
    wanted = [
        *(has_light(each, now) for each in (Light.RED, Light.YELLOW, Light.GREEN)),
        and_(col(DutyRow.state) == "open", col(DutyRow.due) == day),
        col(DutyRow.state) == "waiting",
    ]
    query = core_select(*(func.sum(case((each, 1), else_=0)) for each in wanted))
    query = query.where(col(DutyRow.state).in_(OPEN), *within(scope))
    return DutyCounts(*(int(each or 0) for each in session.execute(query).one()))


def _order(page: Page) -> list[Any]:
    first: dict[Sort, Any] = {
        "due": col(DutyRow.due), "received": col(LetterRow.received_at), "matter": col(DossierRow.name),
    }  # fmt: skip
    key = first[page.sort]
    undated = [col(DutyRow.due).is_(None)] if page.sort == "due" else []
    return [*undated, key.desc() if page.descending else key.asc(), col(DutyRow.dossier_id), col(DutyRow.position)]


def _its_agency() -> ColumnElement[bool]:
    return and_(col(DutyAgencyRow.dossier_id) == DutyRow.dossier_id, col(DutyAgencyRow.id) == DutyRow.id)


def within(scope: Scope) -> list[ColumnElement[bool]]:
    """Say in SQL that somebody sees a duty."""
    found: list[ColumnElement[bool]] = []
    if scope.agencies is not None:
        found.append(exists().where(_its_agency(), col(DutyAgencyRow.agency).in_(scope.agencies)))
    if scope.obligors is not None:
        found.append(col(DutyRow.obligor).in_(scope.obligors))
    return found


def _criteria(wanted: Filter, now: datetime, scope: Scope) -> list[ColumnElement[bool]]:
    found = within(scope)
    if not wanted.everything:
        found.append(col(DutyRow.state).in_(OPEN))
    if wanted.agency is not None:
        found.append(exists().where(_its_agency(), col(DutyAgencyRow.agency) == wanted.agency))
    if wanted.field is not None:
        of_field = select(AgencyRow.id).where(AgencyRow.field == wanted.field)
        found.append(exists().where(_its_agency(), col(DutyAgencyRow.agency).in_(of_field)))
    if wanted.kind is not None:
        found.append(col(LetterRow.kind) == wanted.kind)
    if wanted.due_from is not None:
        found.append(col(DutyRow.due) >= wanted.due_from)
    if wanted.due_before is not None:
        found.append(col(DutyRow.due) < wanted.due_before)
    if wanted.overdue or wanted.late:
        found += [col(DutyRow.state) == "open", col(DutyRow.due_at) <= now]
    if wanted.overdue:
        found.append(~col(DutyRow.soft))
    if wanted.waiting:
        found.append(col(DutyRow.state) == "waiting")
    if wanted.weekly:
        found.append(missed_week(now))
    if wanted.obligor is not None:
        found.append(col(DutyRow.obligor) == wanted.obligor)
    if wanted.light is not None:
        found.append(has_light(wanted.light, now))
    if wanted.search:
        found.append(_has(wanted.search))
    return found


def _has(search: str) -> ColumnElement[bool]:
    """Say in SQL that a duty's letter or its matter holds some text, in either spelling."""
    # Found once and then looked up: letter by letter would be slow where many duties are listed.
    letters = core_select(col(LetterRow.id)).where(holds(col(LetterRow.words), search)).correlate(None)
    matters = core_select(col(DossierRow.id)).where(holds(col(DossierRow.words), search)).correlate(None)
    return or_(col(DutyRow.letter_id).in_(letters), col(DutyRow.dossier_id).in_(matters))


def holds(words: Any, search: str) -> ColumnElement[bool]:
    """Say in SQL that words hold some text, in either spelling."""
    spellings = {searchable(search), searchable(one_spelling(search))}
    return or_(*(words.contains(spelling, autoescape=True) for spelling in spellings))


def missed_week(now: datetime) -> ColumnElement[bool]:
    """Say in SQL that a duty is a weekly report, of a letter that is still open, which is missing or came late."""
    open_letter = exists().where(col(LetterRow.id) == DutyRow.letter_id, col(LetterRow.closed_at).is_(None))
    open_letter = open_letter.correlate(DutyRow)
    missing = or_(col(DutyRow.state).in_(("late", "missed")), has_light(Light.RED, now))
    # The states stand here once more so that an index can go by them.
    possible = col(DutyRow.state).in_(("open", "late", "missed"))
    return and_(possible, col(DutyRow.slot).is_not(None), missing, open_letter)


def has_light(wanted: Light, now: datetime) -> ColumnElement[bool]:
    """Say in SQL what `rules.duties.duty.light` says of one duty."""
    is_open, soft = col(DutyRow.state) == "open", col(DutyRow.soft)
    late = col(DutyRow.due_at).is_not(None) & (col(DutyRow.due_at) <= now)
    soon = col(DutyRow.warn_on).is_not(None) & (col(DutyRow.warn_on) <= local_date(now))
    return {
        Light.RED: is_open & late & ~soft,
        Light.YELLOW: is_open & or_(late & soft, ~late & soon),
        Light.GREEN: is_open & ~late & ~soon,
        Light.GREY: ~is_open,
    }[wanted]


def _due_time(duty: DutyRow) -> str | None:
    """Return the hour by which a duty is due, where that is not the end of its day."""
    hour = local(duty.due_at).time() if duty.due_at else time.min
    return None if hour == time.min else hour.isoformat()


def _line(
    duty: DutyRow, matter: DossierRow, letter: LetterRow | None, agencies: Sequence[str], now: datetime
) -> dict[str, Any]:
    """Return one duty as data; one of the matter itself has no letter."""
    return {
        "letter": letter.id if letter else None,
        "short": letter.short if letter else None,
        "kind": letter.kind if letter else None,
        "matter": matter.name,
        "title": (letter.title if letter else "") or matter.title,
        "number": letter.number if letter else None,
        "court": letter.court if letter else "",
        "received_on": local_date(letter.received_at).isoformat() if letter else None,
        "duty": duty.key,
        "rule": duty.rule,
        "act": duty.act,
        "act_en": duty.act_en,
        "agency": duty.agency,
        "agencies": list(agencies),
        "obligor": duty.obligor,
        "due": duty.due.isoformat() if duty.due else None,
        "due_time": _due_time(duty),
        "nominal": duty.nominal.isoformat() if duty.nominal else None,
        "state": duty.state,
        "overdue": duty.state == DutyState.OPEN and duty.due_at is not None and now >= duty.due_at,
        "light": light(duty.state, duty.soft, duty.due_at, duty.warn_on, now).value,
        "provisional": duty.provisional,
        "presumed": duty.presumed,
        "soft": duty.soft,
    }
