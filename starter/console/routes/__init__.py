"""The console's pages, one module each."""

from starter.console.routes import (
    absence,
    account,
    calendar,
    calendars,
    channels,
    directory,
    docket,
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
        channels, calendars, rulebook, log,
    )
]  # fmt: skip
