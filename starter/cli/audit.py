"""`qixian audit`: recompute every open letter and compare it with what Temporal really has pending."""

import click

from docket.engine import reading
from docket.keys import check_keys
from rules.texts import both
from settings import Settings
from starter.audit import Audit, Finding
from starter.audit import audit as audit_letters
from starter.cli.app import emit, json_option, now, run
from starter.codec import fingerprints
from starter.connect import connect
from starter.desk import open_desk
from starter.mending import Mended
from starter.mending import mend as mend_found
from starter.office import docket


@click.command(
    help="核对：重算全部在办来文，并与 Temporal 中的定时器比对。Compare every open letter with what is really pending.",
    epilog="例 example: qixian audit --json",
)
@click.option(
    "--mend",
    is_flag=True,
    help="修复台账行、工作流、发送和计划，不改日期 mend rows, workflows, deliveries and schedules, never a date",
)
@json_option
@click.pass_obj
def audit(settings: Settings, mend: bool, as_json: bool) -> int:
    """Audit every open letter; leaves with 1 if anything was found, or is left once it is mended."""

    async def work() -> tuple[Audit, Mended | None]:
        with docket(settings) as engine:
            with reading(engine) as session:
                check_keys(session, fingerprints(settings))
            client = await connect(settings)
            found = await audit_letters(engine, client, settings, now())
            if not mend or not found.findings:
                return found, None
            mended = await mend_found(engine, client, await open_desk(settings, engine, now), found)
            return await audit_letters(engine, client, settings, now()), mended

    found, mended = run(work())
    data = {
        "letters": found.letters,
        "findings": [finding.as_json() for finding in found.findings],
        "mended": mended._asdict() if mended else None,
    }
    key = "audit.found" if found.findings else "audit.fine"
    lines = [both("audit.mended", **mended._asdict())] if mended else []
    lines += [both(key, letters=found.letters, count=len(found.findings)), *map(_line, found.findings)]
    emit(data, as_json, lambda: lines)
    return 1 if found.findings else 0


def _line(finding: Finding) -> str:
    said = finding.as_json()
    return f"  {finding.letter}: {said['reason']} ({said['reason_en']})"
