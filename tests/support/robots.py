"""A web server of our own that stands in for the robots of 企业微信, 钉钉 and 飞书, and for a plain webhook."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from apprise.plugins import dingtalk, feishu, wecombot

ADDRESSES: dict[Any, str] = {
    wecombot.NotifyWeComBot: "https://qyapi.weixin.qq.com",
    dingtalk.NotifyDingTalk: "https://oapi.dingtalk.com",
    feishu.NotifyFeishu: "https://open.feishu.cn",
}


class Robots:
    """The running server: what it was sent, and what it answers from now on."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.status = 200
        self.answer: Any = {"errcode": 0, "code": 0}
        self.taken: list[tuple[str, Any]] = []


@contextmanager
def robots(monkeypatch: pytest.MonkeyPatch) -> Iterator[Robots]:
    """Run the server, and have Apprise take it for the services' own."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            known.taken.append((self.path, json.loads(body)))
            self.send_response(known.status)
            self.end_headers()
            self.wfile.write(json.dumps(known.answer).encode())

        def log_message(self, *words: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    known = Robots(server.server_port)
    for plugin, address in ADDRESSES.items():
        ours = plugin.notify_url.replace(address, f"http://127.0.0.1:{known.port}")
        monkeypatch.setattr(plugin, "notify_url", ours)
        # Apprise waits between messages; nobody is flooded here.
        monkeypatch.setattr(plugin, "request_rate_per_sec", 0)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield known
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
