"""Read timeouts that are for a whole answer: who sends a byte now and then gains no time by it.

>>> with_deadlines(urllib3.PoolManager(timeout=60)).request("GET", "https://gateway.example")
"""

from __future__ import annotations

import functools
import http.client
import io
import math
import socket
import time
from typing import Any

import urllib3


class _Until(io.RawIOBase):
    """A socket's bytes until a deadline, in seconds of the monotonic clock."""

    def __init__(self, sock: socket.socket, raw: io.RawIOBase) -> None:
        self._sock = sock
        self._raw = raw
        self.end = time.monotonic() + (sock.gettimeout() or math.inf)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        left = self.end - time.monotonic()
        if left <= 0:
            raise TimeoutError("timed out")
        if left < math.inf:
            self._sock.settimeout(left)
        return self._raw.readinto(buffer)

    def close(self) -> None:
        self._raw.close()
        super().close()


class _Response(http.client.HTTPResponse):
    def __init__(self, sock: socket.socket, *arguments: Any, **options: Any) -> None:
        super().__init__(sock, *arguments, **options)
        self.until = _Until(sock, self.fp.detach())
        self.fp = io.BufferedReader(self.until)


def with_deadlines(manager: urllib3.PoolManager) -> urllib3.PoolManager:
    """The manager, its read timeouts being for whole answers; requests' adapters have one, too."""
    pools = manager.pool_classes_by_scheme
    manager.pool_classes_by_scheme = {name: _with_deadlines(pool) for name, pool in pools.items()}
    return manager


@functools.cache
def _with_deadlines(pool: type[urllib3.HTTPConnectionPool]) -> type[urllib3.HTTPConnectionPool]:
    answering = type("Connection", (pool.ConnectionCls,), {"response_class": _Response})
    return type(pool.__name__, (pool,), {"ConnectionCls": answering})


def renew(response: urllib3.BaseHTTPResponse, seconds: float) -> None:
    """Give the rest of an answer so much time again."""
    inner = getattr(response, "_fp", None)
    if isinstance(inner, _Response):
        inner.until.end = time.monotonic() + seconds
