"""Serving the console: uvicorn inside a process that has its own way of stopping."""

import asyncio
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager

import uvicorn
from fastapi import FastAPI

from rules.errors import Refused


class _Quiet(uvicorn.Server):
    """A server that leaves signals to whoever runs it."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Capture none."""
        yield


@asynccontextmanager
async def serving(app: FastAPI, host: str, port: int, proxies: str = "") -> AsyncIterator[None]:
    """Serve an application until the block ends; `proxies` are addresses whose forwarded headers are believed."""
    config = uvicorn.Config(
        app, log_config=None, access_log=False, server_header=False, lifespan="off", timeout_graceful_shutdown=5,
        proxy_headers=bool(proxies), forwarded_allow_ips=proxies or "127.0.0.1",
    )  # fmt: skip
    server = _Quiet(config)
    with _listening(host, port) as listener:
        running = asyncio.create_task(server.serve(sockets=[listener]))
        try:
            yield
        finally:
            server.should_exit = True
            await running


def _listening(host: str, port: int) -> socket.socket:
    """Listen on a port; from here on a visitor waits rather than being turned away."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # Named as TCP, the socket's connections send at once; otherwise an answer waits 40 ms for a late acknowledgement.
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
        listener.listen(256)
    except OSError as error:
        listener.close()
        raise Refused("port", "port_taken", port=port) from error
    return listener
