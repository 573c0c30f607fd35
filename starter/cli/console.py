"""`qixian console`: the console by itself, beside a cluster's workers."""

import asyncio
import signal

import click

from cluster.embedded import HOST
from console.app import console as application
from console.office import Office
from console.serve import serving
from desk.opening import check_settings, docket_to_set_up
from docket.schema import upgrade
from logs import configure
from settings import Settings
from starter.cli.app import now
from starter.words import both

DEFAULT_PORT = 8230


@click.command(
    help="单独运行网页（正式部署用）。The console by itself, beside a cluster's workers.",
    epilog="例 example: qixian console --port 8230",
)
@click.option("--host", default=HOST, show_default=True, help="监听地址 address to listen on")
@click.option("--port", type=click.IntRange(1, 65535), default=DEFAULT_PORT, show_default=True, help="端口 port")
@click.pass_obj
def console(settings: Settings, host: str, port: int) -> None:
    """Serve the console until told to stop."""
    configure(settings.log_level, settings.log_json)
    check_settings(settings)
    asyncio.run(_serve(settings, host, port))


async def _serve(settings: Settings, host: str, port: int) -> None:
    with docket_to_set_up(settings) as engine:
        upgrade(engine)
        stop = asyncio.Event()
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, stop.set)
        async with serving(application(Office(settings, engine, now)), host, port, settings.console_proxies):
            click.echo(both("console.ready", address=settings.console_url or f"http://{host}:{port}"))
            await stop.wait()
            click.echo(both("up.stopping"))
