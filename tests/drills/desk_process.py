"""A desk as a process of its own, in whichever release of ours the path leads to: run by its file name.

Once it says that it is ready, each line in is an act as JSON, each line out its answer. It imports nothing but what
releases have.
"""

import asyncio
import json
import sys
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Engine
from temporalio.client import Client
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.testing import TimeSkipper, TimeSkippingConfig

from desk.desk import Desk
from docket.directory import sample_directory, store_directory
from docket.engine import open_engine, reading, writing
from docket.reads import find_letter
from docket.schema import upgrade
from rules.letters.parse import parse_event, parse_letter


async def act(engine: Engine, client: Client, asked: dict[str, Any]) -> str:
    """Register a letter or record an event, and give the letter's id."""
    now = datetime.fromisoformat(asked["now"])
    desk = Desk(engine, client, lambda: now, answer=timedelta(seconds=8), clock_shift=now - datetime.now(UTC))
    if asked["event"] is None:
        return (await desk.register(parse_letter(asked["received"]), asked["by"])).state.letter_id
    if asked.get("of_case"):
        await act_on_case(engine, desk, asked)
    else:
        await desk.record(asked["letter"], parse_event(asked["event"]), asked["by"])
    return str(asked["letter"])


async def act_on_case(engine: Engine, desk: Desk, asked: dict[str, Any]) -> None:
    """Record what happened to the case that a letter is of, or move the letter or all of the case to another matter.

    What is there already was done before somebody died, and is asked for again.
    """
    said, letter, by = asked["event"], asked["letter"], asked["by"]
    with reading(engine) as session:
        here = find_letter(session, letter).dossier
    if here.name == said.get("matter"):
        return
    if said["type"] == "letter_moved":
        await desk.move(letter, said["matter"], said["reason"], by)
    elif said["type"] == "matters_joined":
        await desk.join(here.id, said["matter"], said["reason"], by)
    else:
        await desk.record_case(here.id, parse_event(said), by)


async def main(address: str, docket: str) -> None:
    """Answer until there is nothing more to read; the docket is made first, in this version's schema."""
    engine = open_engine(docket)
    upgrade(engine)
    with writing(engine) as session:
        store_directory(session, sample_directory())
    plain = await Client.connect(address, data_converter=pydantic_data_converter)
    client = TimeSkipper(plain, config=TimeSkippingConfig(enabled=False)).client
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    while line := await asyncio.to_thread(sys.stdin.readline):
        try:
            answer = {"letter": await act(engine, client, json.loads(line))}
        except Exception as error:  # noqa: BLE001 -- whoever asked judges it
            answer = {"error": f"{type(error).__name__}: {error}"}
        sys.stdout.write(json.dumps(answer) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:3]))
