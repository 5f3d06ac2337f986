"""A proxy before a node that fails as networks and nodes do.

    with FaultyNode(chain.url) as node:
        node.next("hang up", "late")      # what the next two requests meet
        node.down = True                  # until further notice nobody answers

Faults: "refuse" hangs up at once, "hang up" passes the request on and then hangs up without the
answer, "late" answers after `LATE` seconds, "hang" after the client is tired of waiting, "error"
answers with HTTP status 502, "garbage" with something that is no JSON, "cut" with half the answer,
"busy" with status 429 and the wish to be left alone for a second, "drip" with a byte now and then.

    node.alter["eth_getTransactionReceipt"] = without("effectiveGasPrice")
    node.refuse["eth_getTransactionReceipt"] = "transaction indexing is in progress"

`alter` changes what the node says to a method, `refuse` puts an error in its place.

With `keeps` it is a node without an archive: it has the state of so many blocks, the newest ones,
and refuses what is asked of older ones as geth does; blocks, receipts and logs it has all.
"""

from __future__ import annotations

import contextlib
import json
import threading
import urllib.request
from collections import Counter, deque
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from io import BufferedIOBase
from types import TracebackType
from typing import Any

FAULTS = ("refuse", "hang up", "late", "hang", "error", "garbage", "cut", "busy", "drip")
LATE = 0.5
_AT_ONCE = {"error": (502, b"bad gateway"), "busy": (429, b"", None, 1)}
DRIP = 0.05
"""Seconds between two bytes."""

_OF_STATE = {
    "eth_call": 1,
    "eth_estimateGas": 1,
    "eth_getBalance": 1,
    "eth_getCode": 1,
    "eth_getStorageAt": 2,
    "eth_getTransactionCount": 1,
}
"""Methods that need a block's state, and which of their parameters names it."""


def _listed(value: Any) -> list[Any]:
    """Of a batch or of one."""
    return value if isinstance(value, list) else [value]


def without(*names: str) -> Callable[[Any], Any]:
    """For `alter`: an answer that lacks these fields."""
    return lambda told: told and {name: told[name] for name in told if name not in names}


class FaultyNode:
    """url: where it listens. met: how many requests met which fault. hang: seconds of a "hang".

    sent: the raw transactions that it passed on, in order; refused ones are not among them.
    forgotten: how often it was asked for a state that it keeps no more.
    """

    def __init__(self, url: str, *, hang: float = 30.0, keeps: int | None = None) -> None:
        self.keeps = keeps
        self.forgotten = 0
        self._url = url
        self.down = False
        self.alter: dict[str, Callable[[Any], Any]] = {}
        self.refuse: dict[str, str] = {}
        self.met: Counter[str] = Counter()
        self.sent: list[bytes] = []
        self._coming: deque[str] = deque()
        self._lock = threading.Lock()
        self._stopped = threading.Event()
        faulty = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                self.close_connection = True
                faulty._serve(self.reply, self.wfile, body, hang)

            def reply(
                self, status: int, body: bytes, length: int | None = None, wait: int | None = None
            ) -> None:
                self.send_response(status)
                if wait is not None:
                    self.send_header("Retry-After", str(wait))
                self.send_header("Content-Length", str(len(body) if length is None else length))
                self.end_headers()
                self.wfile.write(body)

            def handle(self) -> None:
                # The client may be killed at any moment.
                with contextlib.suppress(ConnectionError, TimeoutError):
                    super().handle()

            def log_message(self, *_arguments: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,))
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def _serve(
        self, reply: Callable[..., None], out: BufferedIOBase, body: bytes, hang: float
    ) -> None:
        fault = self._take()
        if fault == "refuse" or not body:  # who was killed in the middle asks nothing
            return
        if fault in _AT_ONCE:
            reply(*_AT_ONCE[fault])
            return
        self._note(body)
        answer = self._refusal(body) or self._altered(body, self._pass_on(body))
        if fault in ("late", "hang"):
            self._stopped.wait(LATE if fault == "late" else hang)
        if fault in ("hang", "hang up"):
            return
        if fault == "drip":
            reply(200, b"", len(answer))
            while not self._stopped.wait(DRIP):
                out.write(b" ")
        elif fault == "cut":
            reply(200, answer[: len(answer) // 2], len(answer))
        else:
            reply(200, b"<html>" + answer[:20] if fault == "garbage" else answer)

    def next(self, *faults: str) -> None:
        """Let the next requests meet these."""
        for fault in faults:
            assert fault in FAULTS
        self._coming.extend(faults)

    def calm(self, requests: int) -> None:
        """Let so many requests pass unharmed."""
        self._coming.extend([""] * requests)

    def clear(self) -> None:
        """No more faults."""
        self.down = False
        self._coming.clear()

    def _take(self) -> str | None:
        with self._lock:
            fault = "refuse" if self.down else (self._coming.popleft() if self._coming else None)
            if fault and not self.down:
                self.met[fault] += 1
            return fault

    def _pass_on(self, body: bytes) -> bytes:
        request = urllib.request.Request(self._url, body, {"Content-Type": "application/json"})
        with urllib.request.urlopen(request, timeout=30) as response:
            return bytes(response.read())

    def _altered(self, body: bytes, answer: bytes) -> bytes:
        methods = {each["id"]: each["method"] for each in _listed(json.loads(body))}
        if not (self.alter.keys() | self.refuse.keys()) & set(methods.values()):
            return answer
        told = json.loads(answer)
        for each in _listed(told):
            method = methods[each["id"]]
            if method in self.refuse:
                each["error"] = {"code": -32000, "message": self.refuse[method]}
                each.pop("result", None)
            elif method in self.alter and "result" in each:
                each["result"] = self.alter[method](each["result"])
        return json.dumps(told).encode()

    def _refusal(self, body: bytes) -> bytes | None:
        """What a node without an archive answers where it has not the state; None where it has."""
        question = json.loads(body)
        if isinstance(question, list):
            return None
        place = _OF_STATE.get(question["method"])
        if self.keeps is None or place is None or place >= len(question["params"]):
            return None
        block = question["params"][place]
        if block in ("latest", "pending"):
            return None
        if not block.startswith("0x"):
            block = self._ask("eth_getBlockByNumber", block, False)["number"]
        if int(block, 16) > int(self._ask("eth_blockNumber"), 16) - self.keeps:
            return None
        self.forgotten += 1
        said = {
            "code": -32000,
            "message": f"missing trie node {'5c' * 32} (path ) state 0x is gone",
        }
        return json.dumps({"jsonrpc": "2.0", "id": question["id"], "error": said}).encode()

    def _ask(self, method: str, *params: Any) -> Any:
        question = {"jsonrpc": "2.0", "id": 1, "method": method, "params": params}
        return json.loads(self._pass_on(json.dumps(question).encode()))["result"]

    def _note(self, body: bytes) -> None:
        for question in _listed(json.loads(body)):
            if question["method"] == "eth_sendRawTransaction":
                self.sent.append(bytes.fromhex(question["params"][0][2:]))

    def __enter__(self) -> FaultyNode:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stopped.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()
