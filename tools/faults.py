"""A proxy before a node that fails as networks and nodes do.

    with FaultyNode(chain.url) as node:
        node.next("hang up", "late")      # what the next two requests meet
        node.bad = 0.15                   # so many of the others meet something of BAD
        node.hides = "late"               # logs lag behind the blocks
        node.behind = 3                   # every other answer is of a replica, three blocks behind
        node.down = True                  # until further notice nobody answers

Faults of one request: "refuse" hangs up at once, "hang up" passes the request on and hangs up
without an answer, "late" answers after `LATE` seconds, "hang" when the client is tired of waiting,
"drip" byte by byte until then, "error" answers with HTTP status 502, "limit" with 429, "garbage"
with something that is no JSON, "cut" with half the answer, "null" that there is nothing, "void" and
nothing more, "nonsense" with a result of another shape, "busy" with an error of the node's own.

A lie until further notice, by method: `alter` changes the result, `refuse` puts an error there.

    node.alter["eth_getTransactionReceipt"] = without("effectiveGasPrice")
    node.refuse["eth_getTransactionReceipt"] = "transaction indexing is in progress"

Logs that a node hides: "late", of the newest `LOGS_LATE` blocks; "partial", every other one;
"empty", all. With `keeps` it is a node without an archive: it has the state of so many blocks, the
newest ones, and refuses what is asked of older ones as geth does; blocks, receipts and logs it has
all.
"""

from __future__ import annotations

import contextlib
import json
import random
import threading
import urllib.request
from collections import Counter, deque
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any

BAD = ("error", "limit", "garbage", "cut", "null", "void", "nonsense", "busy")
"""What an answer can be at once."""

FAULTS = ("refuse", "hang up", "late", "hang", "drip", *BAD)
LATE = 0.5
LOGS_LATE = 2
HIDES = ("late", "partial", "empty")
_STATUS = {"error": 502, "limit": 429}
_SAID: dict[str, dict[str, Any]] = {
    "null": {"result": None},
    "void": {"result": "0x"},
    "nonsense": {"result": {"0x": []}},
    "busy": {"error": {"code": -32603, "message": "internal error: too many requests in flight"}},
}
_OF_STATE = {
    "eth_call": 1,
    "eth_estimateGas": 1,
    "eth_getBalance": 1,
    "eth_getCode": 1,
    "eth_getStorageAt": 2,
    "eth_getTransactionCount": 1,
}
"""Methods that need a block's state, and which of their parameters names it."""

_MINED = ("eth_getTransactionReceipt", "eth_getTransactionByHash", "eth_getBlockByHash")


def without(*names: str) -> Callable[[Any], Any]:
    """For `alter`: a result that lacks these fields."""
    return lambda told: told and {name: told[name] for name in told if name not in names}


class FaultyNode:
    """url: where it listens. met: how many requests met which fault of `next`; touched: "bad
    answers", "late logs" and so on, or "replica". hang: seconds of a "hang".

    sent: the raw transactions that it passed on, in order; refused ones are not among them.
    forgotten: how often it was asked for a state that it keeps no more.
    """

    def __init__(self, url: str, *, hang: float = 30.0, keeps: int | None = None) -> None:
        self.keeps = keeps
        self.forgotten = 0
        self._url = url
        self.down = False
        self.bad = 0.0
        self.hides: str | None = None
        self.behind = 0
        self.alter: dict[str, Callable[[Any], Any]] = {}
        self.refuse: dict[str, str] = {}
        self.chance = random.Random(7)  # noqa: S311 - repeatable on purpose
        self.met: Counter[str] = Counter()
        self.touched: Counter[str] = Counter()
        self.sent: list[bytes] = []
        self._coming: deque[str] = deque()
        self._requests = 0
        self._lock = threading.Lock()
        self._stopped = threading.Event()
        handler = type("Handler", (_Handler,), {"faulty": self, "hang": hang})
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,))
        self.url = f"http://127.0.0.1:{self._server.server_port}"

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
        self.down, self.bad, self.hides, self.behind = False, 0.0, None, 0
        self._coming.clear()

    def _take(self) -> str | None:
        with self._lock:
            if self.down:
                return "refuse"
            fault = self._coming.popleft() if self._coming else None
            if fault:
                self.met[fault] += 1
            elif self.chance.random() < self.bad:
                fault = self.chance.choice(BAD)
                self.touched["bad answers"] += 1
            return fault

    def _answer(self, body: bytes, said: dict[str, Any] | None) -> bytes:
        """The answer to a request, or to several in one. said: what it is instead."""
        asked = json.loads(body)
        if not isinstance(asked, list):
            return json.dumps(self._one(asked, said)).encode()
        return json.dumps([self._one(question, said) for question in asked]).encode()

    def _one(self, question: Any, said: dict[str, Any] | None) -> Any:
        head = {"jsonrpc": "2.0", "id": question["id"]}
        if question["method"] == "eth_sendRawTransaction":
            self.sent.append(bytes.fromhex(question["params"][0][2:]))
        answer = self._refusal(question) or self._replica(question) or self._pass_on(question)
        hides = self.hides  # it may end in this moment
        if question["method"] == "eth_getLogs" and hides and "result" in answer:
            answer["result"] = self._hidden(hides, answer["result"])
        return {**head, **(said or self._lie(question["method"], answer))}

    def _lie(self, method: str, answer: Any) -> Any:
        if method in self.refuse:
            return {"error": {"code": -32000, "message": self.refuse[method]}}
        if method in self.alter and "result" in answer:
            return {**answer, "result": self.alter[method](answer["result"])}
        return answer

    def _pass_on(self, question: Any) -> Any:
        body = json.dumps(question).encode()
        request = urllib.request.Request(self._url, body, {"Content-Type": "application/json"})
        with urllib.request.urlopen(request, timeout=30) as response:
            return json.loads(response.read())

    def _ask(self, method: str, *params: Any) -> Any:
        question = {"jsonrpc": "2.0", "id": 1, "method": method, "params": params}
        return self._pass_on(question)["result"]

    def _head(self) -> int:
        return int(self._ask("eth_blockNumber"), 16)

    def _hidden(self, hides: str, logs: list[Any]) -> list[Any]:
        """What a node shows of these logs that hides some."""
        newest = self._head() - LOGS_LATE
        shown = {
            "late": [log for log in logs if int(log["blockNumber"], 16) <= newest],
            "partial": logs[::2],
            "empty": [],
        }[hides]
        self.touched[f"{hides} logs"] += len(shown) < len(logs)
        return shown

    def _replica(self, question: Any) -> Any:
        """What a replica answers that lags behind; None where it is the other one's turn."""
        self._requests += 1
        if not self.behind or self._requests % 2:
            return None
        method, params = question["method"], list(question["params"])
        newest = max(self._head() - self.behind, 0)
        self.touched["replica"] += 1
        if method == "eth_blockNumber":
            return {"result": hex(newest)}
        if method == "eth_getLogs" and isinstance(params[0].get("toBlock"), str):
            params[0] = {**params[0], "toBlock": _lower(params[0]["toBlock"], newest)}
            if int(params[0].get("fromBlock", "0x0"), 16) > int(params[0]["toBlock"], 16):
                return {"result": []}
        elif method == "eth_getBlockByNumber" and params[0] != "latest":
            if params[0].startswith("0x") and int(params[0], 16) > newest:
                return {"result": None}
        elif method == "eth_getBlockByNumber" or method in _OF_STATE:
            place = _OF_STATE.get(method, 0)
            if place < len(params) and params[place] == "latest":
                params[place] = hex(newest)
        answer = self._pass_on({**question, "params": params})
        found = answer.get("result")
        mined = found.get("blockNumber") if isinstance(found, dict) else None
        if method in _MINED and mined and int(mined, 16) > newest:
            return {"result": None}
        return answer

    def _refusal(self, question: Any) -> Any:
        """What a node without an archive answers where it has not the state; None where it has."""
        place = _OF_STATE.get(question["method"])
        if self.keeps is None or place is None or place >= len(question["params"]):
            return None
        block = question["params"][place]
        if block in ("latest", "pending"):
            return None
        if not block.startswith("0x"):
            block = self._ask("eth_getBlockByNumber", block, False)["number"]
        if int(block, 16) > self._head() - self.keeps:
            return None
        self.forgotten += 1
        message = f"missing trie node {'5c' * 32} (path ) state 0x is gone"
        return {"error": {"code": -32000, "message": message}}

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


def _lower(block: str, newest: int) -> str:
    return hex(min(int(block, 16), newest)) if block.startswith("0x") else hex(newest)


class _Handler(BaseHTTPRequestHandler):
    faulty: FaultyNode
    hang: float

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        fault = self.faulty._take()
        self.close_connection = True
        if fault == "refuse" or not body:  # who was killed in the middle asks nothing
            return
        if fault in _STATUS:
            self._reply(_STATUS[fault], b"not now")
            return
        answer = self.faulty._answer(body, _SAID.get(fault or ""))
        if fault in ("late", "hang"):
            self.faulty._stopped.wait(LATE if fault == "late" else self.hang)
        if fault in ("hang", "hang up"):
            return
        if fault == "garbage":
            answer = b"<html>" + answer[:20]
        if fault == "drip":
            self._drip(answer)
            return
        if fault == "cut":
            self._reply(200, answer[: len(answer) // 2], len(answer))
            return
        self._reply(200, answer)

    def _reply(self, status: int, body: bytes, length: int | None = None) -> None:
        self.send_response(status)
        if status == _STATUS["limit"]:
            self.send_header("Retry-After", "1")
        self.send_header("Content-Length", str(len(body) if length is None else length))
        self.end_headers()
        self.wfile.write(body)

    def _drip(self, body: bytes) -> None:
        self._reply(200, b"", len(body) + round(10 * self.hang))
        for _ in range(round(10 * self.hang)):
            self.wfile.write(b" ")
            self.faulty._stopped.wait(0.1)

    def handle(self) -> None:
        # The client may be killed at any moment.
        with contextlib.suppress(ConnectionError, TimeoutError):
            super().handle()

    def log_message(self, *_arguments: object) -> None:
        pass
