"""The console's pages, one module each."""

from console.routes import (
    absence,
    account,
    calendar,
    calendars,
    channels,
    directory,
    docket,
    health,
    letter,
    log,
    notices,
    record,
    register,
    rulebook,
    slips,
    supervision,
    today,
)

PAGES = [
    module.router
    for module in (
        account, absence, today, register, docket, letter, record, supervision, slips, calendar, notices, directory,
        channels, calendars, rulebook, log, health,
    )
]  # fmt: skip
