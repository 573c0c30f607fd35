"""`qixian audit`: recompute every open matter and compare it with what Temporal really has pending."""

import click
from sqlalchemy import Engine

from cluster.codec import fingerprints
from cluster.connect import connect
from desk.desk import open_desk
from desk.opening import docket
from docket.acts import COMMAND_LINE, Actor
from docket.audits import accept as accept_findings
from docket.engine import reading, writing
from docket.keys import check_keys
from operations.audit import audit as audit_matters
from operations.findings import LASTING, Audit, Finding
from operations.mending import Mended
from operations.mending import mend as mend_found
from rules.errors import Refused
from settings import Settings
from starter.cli.app import by_option, emit, json_option, now, recorder, run
from starter.words import both


@click.command(
    help="核对：重算全部在办案件，并与 Temporal 中的定时器比对。Compare every open matter with what is really pending.",
    epilog="例 example: qixian audit --json",
)
@click.option(
    "--mend",
    is_flag=True,
    help="修复台账行、工作流、发送和计划，不改日期 mend rows, workflows, deliveries and schedules, never a date",
)
@click.option(
    "--accept",
    metavar="ID",
    help="认可无法修复的发现，以后不再计入；写其所列标识或编号 accept what can't be undone, by its id",
)
@click.option("--reason", help="认可的理由 why it is accepted")
@by_option
@json_option
@click.pass_obj
def audit(settings: Settings, mend: bool, accept: str | None, reason: str | None, by: str | None, as_json: bool) -> int:
    """Audit every open matter; leaves with 1 if anything was found, or is left once it is mended or accepted."""
    if accept is not None and not (reason or "").strip():
        raise Refused("reason", "missing")

    async def work() -> tuple[Audit, Mended | None]:
        with docket(settings) as engine:
            with reading(engine) as session:
                check_keys(session, fingerprints(settings))
            client = await connect(settings)
            found = await audit_matters(engine, client, settings, now())
            if accept is not None:
                _accept(engine, found, accept, str(reason).strip(), recorder(settings, by))
                return await audit_matters(engine, client, settings, now()), None
            if not mend or not found.findings:
                return found, None
            mended = await mend_found(engine, client, await open_desk(settings, engine, now), found)
            return await audit_matters(engine, client, settings, now()), mended

    found, mended = run(work())
    data = {
        "matters": found.matters,
        "findings": [finding.as_json() for finding in found.findings],
        "accepted": [finding.as_json() for finding in found.accepted],
        "mended": mended._asdict() if mended else None,
    }
    key = "audit.found" if found.findings else "audit.fine"
    lines = [both("audit.mended", **mended._asdict())] if mended else []
    lines += [both(key, matters=found.matters, count=len(found.findings)), *map(_line, found.findings)]
    if found.accepted:
        lines += [both("audit.accepted", count=len(found.accepted)), *map(_line, found.accepted)]
    emit(data, as_json, lambda: lines)
    return 1 if found.findings else 0


def _accept(engine: Engine, found: Audit, wanted: str, reason: str, by: str) -> None:
    """Accept what was found under an id, as far as no program can undo it."""
    keys = [each.key for each in found.findings if each.subject == wanted and each.what in LASTING]
    if not keys:
        raise Refused("accept", "nothing_to_accept", id=wanted)
    with writing(engine) as session:
        accept_findings(session, Actor(by, COMMAND_LINE), now(), wanted, keys, reason)


def _line(finding: Finding) -> str:
    said = finding.as_json()
    return f"  {finding.subject}: {said['reason']} ({said['reason_en']})"
