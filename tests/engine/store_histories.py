"""Store histories for every later version to replay: python -m tests.engine.store_histories VERSION."""

import asyncio
import sys
import tempfile
from pathlib import Path

from settings import Settings
from starter.play import SCENES, Scene
from starter.virtual import virtual_office
from tests.conftest import START
from tests.engine.letters import mediation
from tests.engine.test_long_lives import HISTORIES


async def main(version: str) -> None:
    """Play the scenes of the demo and a letter that is still open, and keep their histories."""
    target = HISTORIES / version
    target.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        async with virtual_office(Path(folder), START, Settings(dir=Path(folder))) as office:
            letters = {}
            for name in ("oral_notice", "judgment"):
                scene = Scene(office.beside(), name)
                await SCENES[name](scene)
                letters[name] = scene.letter
            still = office.beside()
            letters["open_mediation"] = (await still.register(mediation("history"))).state.letter_id
            await still.record(letters["open_mediation"], "told")
            await still.until(START.replace(day=25))
            for name, letter in letters.items():
                history = await office.client.get_workflow_handle(letter).fetch_history()
                (target / f"{name}.json").write_text(history.to_json(), encoding="utf-8")


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]))
