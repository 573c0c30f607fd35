"""The docket for whoever runs on the event loop: asked and written beside it, so that nobody waits for a disk."""

import asyncio
from collections.abc import Callable
from typing import TypeVar

from sqlalchemy import Engine
from sqlmodel import Session

from docket.engine import reading, writing

T = TypeVar("T")


class DocketClient:
    """Reads and writes the docket in a thread, one transaction a call."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine

    async def read(self, ask: Callable[[Session], T]) -> T:
        """Ask for one consistent picture."""

        def asked() -> T:
            with reading(self.engine) as session:
                return ask(session)

        return await asyncio.to_thread(asked)

    async def write(self, do: Callable[[Session], T]) -> T:
        """Write, all of it or nothing."""

        def done() -> T:
            with writing(self.engine) as session:
                return do(session)

        return await asyncio.to_thread(done)
