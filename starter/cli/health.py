"""`qixian health`: whether docket, Temporal, workers, schedules and deliveries run."""

import click

from cluster.connect import connect
from cluster.errors import Unreachable
from desk.opening import docket
from operations.health import Health
from operations.health import health as look
from settings import Settings
from starter.cli.app import emit, json_option, now, run
from starter.words import both


@click.command(
    help="查看系统各部分是否正常运行。Show whether every part of the system runs.", epilog="例 example: qixian health"
)
@json_option
@click.pass_obj
def health(settings: Settings, as_json: bool) -> int:
    """Show whether every part runs; leaves with 1 if one does not."""

    async def work() -> Health:
        with docket(settings) as engine:
            try:
                client = await connect(settings)
            except Unreachable:
                client = None
            return await look(engine, client, settings, now())

    found = run(work())
    lines = [both("health.fine" if found.fine else "health.fault")]
    lines += [f"  {'●' if part.fine else '×'} {part.name} {part.says}".rstrip() for part in found.parts]
    emit(found.as_json(), as_json, lambda: lines)
    return 0 if found.fine else 1
