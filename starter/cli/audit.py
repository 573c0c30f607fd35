"""`qixian audit`: recompute every open letter and compare it with what Temporal really has pending."""

import click

from rules.texts import both
from settings import Settings
from starter.audit import Audit
from starter.audit import audit as audit_letters
from starter.cli.app import emit, json_option, now, run
from starter.connect import connect
from starter.office import docket


@click.command(
    help="核对：重算全部在办来文，并与 Temporal 中的定时器比对。Compare every open letter with what is really pending.",
    epilog="例 example: qixian audit --json",
)
@json_option
@click.pass_obj
def audit(settings: Settings, as_json: bool) -> int:
    """Audit every open letter; leaves with 1 if anything was found."""

    async def work() -> Audit:
        with docket(settings) as engine:
            return await audit_letters(engine, await connect(settings), settings.task_queue, now())

    found = run(work())
    data = {"letters": found.letters, "findings": [finding.as_json() for finding in found.findings]}
    key = "audit.found" if found.findings else "audit.fine"
    heading = both(key, letters=found.letters, count=len(found.findings))
    lines = [
        heading,
        *(
            f"  {finding.letter}: {finding.as_json()['reason']} ({finding.as_json()['reason_en']})"
            for finding in found.findings
        ),
    ]
    emit(data, as_json, lambda: lines)
    return 1 if found.findings else 0
