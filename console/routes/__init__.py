"""The console's pages, one module each."""

from console.routes import (
    absence,
    account,
    calendar,
    calendars,
    channels,
    correct,
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
        account, absence, today, transfers, register, docket, matter, letter, correct, record, supervision, slips,
        calendar, notices, directory, channels, calendars, rulebook, log, health,
    )
]  # fmt: skip
