"""Health is looked at once for all who ask, keeps nobody waiting, and the heartbeat outlives whatever goes wrong."""

import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread
from typing import Any

import pytest
from pydantic import SecretStr
from sqlalchemy import Engine
from temporalio.client import Client

import operations.health as watched
from operations.health import Health, Looking, Part, beating
from settings import Settings
from tests.support.waiting import eventually

sqlite = pytest.mark.parametrize("docket", ["sqlite"], indirect=True)


def well() -> Health:
    return Health(datetime.now(UTC), [Part("docket", True)], None, {})


async def test_many_who_ask_are_one_look_and_a_look_that_hangs_keeps_nobody_waiting(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(watched, "_PATIENCE", timedelta(seconds=0.2))
    looks, released = [], asyncio.Event()

    async def look() -> Health:
        looks.append(1)
        await released.wait()
        return well()

    looking = Looking(look, lambda: datetime.now(UTC))
    answers = await asyncio.gather(*(looking.found() for _ in range(5)))
    assert {(each.fine, each.parts[0].name) for each in answers} == {(False, "answer")}
    released.set()
    assert (await looking.found()).fine
    # What was found is good for a few seconds, from the end of the look.
    assert (await looking.found()).fine
    assert len(looks) == 1
    looking.forget()
    assert (await looking.found()).fine
    assert len(looks) == 2


@pytest.fixture
def beats() -> Iterator[tuple[str, list[str]]]:
    """An address that counts who asks for it."""
    taken: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            taken.append(self.path)
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            """Say nothing."""

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/beat", taken
        server.shutdown()
        thread.join()


@sqlite
async def test_the_heart_beats_again_after_whatever_goes_wrong(
    docket: Engine, temporal: Client, settings: Settings, monkeypatch: pytest.MonkeyPatch, beats: tuple[str, list[str]]
) -> None:
    url, taken = beats
    outcomes: list[Exception | Health] = [
        RuntimeError("odd"),
        Health(datetime.now(UTC), [Part("docket", False)], None, {}),
    ]
    monkeypatch.setattr(watched, "BEAT", timedelta(seconds=0.05))
    monkeypatch.setattr(watched, "_FRESH", timedelta(seconds=-1))

    async def look(*_: Any) -> Health:
        outcome = outcomes.pop(0) if outcomes else well()
        if isinstance(outcome, Exception):
            raise outcome
        return outcome

    monkeypatch.setattr(watched, "health", look)
    async with beating(docket, temporal, settings.model_copy(update={"heartbeat_url": SecretStr(url)})):
        await eventually(lambda: len(taken) >= 2)
    assert outcomes == []
