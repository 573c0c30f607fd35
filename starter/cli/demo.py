"""`qixian demo`: a few letters played through their months in virtual time on a real server."""

import sys
import tempfile
from pathlib import Path
from typing import Any

import click

from settings import Settings
from starter.cli.app import at_terminal, emit, json_option, run
from starter.cli.tables import columns
from starter.demo.play import play
from starter.words import text


@click.command(
    help="在虚拟时间中演示几件来文的办理过程。Play letters through their months in virtual time.",
    epilog="例 example: qixian demo --json",
)
@json_option
@click.pass_obj
def demo(settings: Settings, as_json: bool) -> None:
    """Play the scenes and print their time line."""
    told = not as_json and at_terminal(sys.stderr)

    def progress(scene: str) -> None:
        if told:
            click.echo(f"… {text(f'demo.{scene}')}", err=True)

    async def work() -> list[dict[str, Any]]:
        with tempfile.TemporaryDirectory(prefix="qixian-demo-") as folder:
            return await play(Path(folder), settings, progress)

    scenes = run(work())
    emit(scenes, as_json, lambda: [line for scene in scenes for line in _scene(scene)])


def _scene(scene: dict[str, Any]) -> list[str]:
    title = text(f"demo.{scene['scene']}")
    rows = [
        [line["at"].replace("T", " ")[:16], text(f"demo.who.{line['who']}"), line["what"]] for line in scene["timeline"]
    ]
    return ["", f"━━ {title}", *columns(rows), *(f"   {line}" for line in scene.get("reckoning", []))]
