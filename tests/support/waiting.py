"""Waiting for what comes about by itself, by looking often instead of sleeping for luck."""

import asyncio
import time


async def eventually(condition: object, seconds: float = 30) -> None:
    """Wait until a condition holds, looking often; fail after so many seconds."""
    assert callable(condition)
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not come about"
        await asyncio.sleep(0.05)
