"""The console's pages, one module each."""

from starter.console.routes import (
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
    supervision,
    today,
)

PAGES = [
    module.router
    for module in (
        account, today, register, docket, letter, record, supervision, calendar, notices, directory, channels,
        calendars, rulebook, log,
    )
]  # fmt: skip
