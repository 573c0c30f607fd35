"""台账: the tables of the permanent record, by subject.

Lamps and "overdue" are not among the columns: they are computed on reading from the dates that are.
"""

from docket.tables.accounts import AccountRow, FailedSignInRow, SignInRow, TokenRow
from docket.tables.base import Moment, Row
from docket.tables.books import CalendarYearRow, RulebookInForceRow, RulebookRow
from docket.tables.matters import WITHOUT_STATE, DossierRow, DutyAgencyRow, DutyRow, EventRow, LetterRow, RungRow
from docket.tables.notices import WAITS, AttemptRow, DeliveryRow, NoticeRow, SlipRow
from docket.tables.people import AbsenceRow, AgencyRow, PersonRow
from docket.tables.record import ActRow, AuditRow, PayloadKeyRow

__all__ = [
    "WAITS",
    "WITHOUT_STATE",
    "AbsenceRow",
    "AccountRow",
    "ActRow",
    "AgencyRow",
    "AttemptRow",
    "AuditRow",
    "CalendarYearRow",
    "DeliveryRow",
    "DossierRow",
    "DutyAgencyRow",
    "DutyRow",
    "EventRow",
    "FailedSignInRow",
    "LetterRow",
    "Moment",
    "NoticeRow",
    "PayloadKeyRow",
    "PersonRow",
    "Row",
    "RulebookInForceRow",
    "RulebookRow",
    "RungRow",
    "SignInRow",
    "SlipRow",
    "TokenRow",
]
