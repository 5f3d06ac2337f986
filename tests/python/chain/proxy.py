"""A proxy before a real node that loses, delays or falsifies what it is told to.

>>> with Proxy(chain.url) as proxy:
...     proxy.alter["eth_maxPriorityFeePerGas"] = lambda _answer: hex(10**15)
"""

from __future__ import annotations

import json
import threading
import urllib.request
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any


class Proxy:
    """alter: method to what becomes of its result. raw: answers with these bytes to everything.

    drop: how many requests to hang up on. asked: the methods, in order.
    """

    def __init__(self, url: str) -> None:
        self.alter: dict[str, Callable[[Any], Any]] = {}
        self.raw: Callable[[BaseHTTPRequestHandler], None] | None = None
        self.drop = 0
        self.asked: list[str] = []
        proxy = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                questions = json.loads(body)
                together = isinstance(questions, list)
                asked = [each["method"] for each in (questions if together else [questions])]
                proxy.asked += asked
                if proxy.drop:
                    proxy.drop -= 1
                    self.close_connection = True
                    return
                if proxy.raw:
                    proxy.raw(self)
                    return
                request = urllib.request.Request(url, body, {"Content-Type": "application/json"})
                with urllib.request.urlopen(request, timeout=30) as response:
                    answer = json.load(response)
                for method, one in zip(asked, answer if together else [answer], strict=True):
                    if method in proxy.alter and "result" in one:
                        one["result"] = proxy.alter[method](one["result"])
                reply(self, 200, json.dumps(answer).encode())

            def log_message(self, *_arguments: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,))
        self.url = f"http://user:secret@127.0.0.1:{self._server.server_port}/token?key=secret"

    def __enter__(self) -> Proxy:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


def reply(handler: BaseHTTPRequestHandler, status: int, body: bytes, **headers: str) -> None:
    """A whole answer."""
    handler.send_response(status)
    for name, value in {"Content-Length": str(len(body)), **headers}.items():
        handler.send_header(name, value)
    handler.end_headers()
    handler.wfile.write(body)
