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
    matter,
    notices,
    record,
    register,
    rulebook,
    slips,
    supervision,
    today,
    transfers,
)

PAGES = [
    module.router
    for module in (
        account, absence, today, transfers, register, docket, matter, letter, record, supervision, slips, calendar,
        notices, directory, channels, calendars, rulebook, log, health,
    )
]  # fmt: skip
