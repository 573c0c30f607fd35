"""The console's pages, one module each."""

from starter.console.routes import account, docket, letter, notices, record, register, today

PAGES = [module.router for module in (account, today, register, docket, letter, record, notices)]
