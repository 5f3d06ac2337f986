"""How requests travel to a node: bounded in time and size, repeated while it is busy or garbled.

>>> provider("http://127.0.0.1:8545", 30, "the node").make_request("eth_chainId", [])
{'jsonrpc': '2.0', 'id': 1, 'result': '0x7a69'}
"""

from __future__ import annotations

import itertools
import json
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Protocol

from daimm_cli.base import bounded_json, http
from daimm_cli.base.errors import DaimmError, OutsideFailed
from daimm_cli.base.text import origin, sanitise

_KINDS = {"Content-Type": "application/json", "Accept": "application/json"}
_LIMITED = re.compile(r"rate.?limit|too many requests|requests? limit|per second|compute units")
"""What nodes say that have had enough of us for now, in lower case."""

_NO_BATCH = frozenset({400, 404, 405, 413, 415, 422})


class Provider(Protocol):
    """What carries questions to a node; web3's providers do it too."""

    def make_request(self, method: Any, params: Any) -> Any:
        """One question's answer, with `result` or `error`."""

    def make_batch_request(self, requests: Any) -> Any:
        """Several questions' answers in their order; no such list from a node that takes none."""


def shown_address(rpc: str) -> str:
    """The node without user, path or query, which may hold a token."""
    if not rpc.startswith(("http://", "https://")):
        return f"the node at {sanitise(rpc)}"
    try:
        return f"the node at {origin(rpc)}"
    except ValueError:
        raise DaimmError(
            "Cannot use the node's address, its host or port is malformed: write it like "
            "http://127.0.0.1:8545."
        ) from None


def provider(rpc: str, timeout: float, shown: str) -> Provider:
    """For an http(s) address or an IPC socket; timeout: seconds an answer.

    shown: how the node is named in errors. Raises DaimmError for an address of another kind.
    """
    if rpc.startswith(("http://", "https://")):
        return Transport(rpc, timeout, shown)
    if not Path(rpc).is_socket():
        raise DaimmError(
            f"Cannot use {shown}: give an address that begins with http:// or https://, or the "
            "path of the node's IPC socket."
        )
    from web3 import IPCProvider

    socket: Any = IPCProvider(rpc, timeout=int(timeout))
    socket.decode_rpc_response = bounded_json.loads
    return socket  # type: ignore[no-any-return]


class Transport:
    """A node by HTTP. Failures are OutsideFailed; a node's own refusals come back as its answer."""

    def __init__(self, rpc: str, timeout: float, shown: str) -> None:
        self._shown = shown
        self._who = shown[:1].upper() + shown[1:]
        self._client = http.Client(rpc, self._who, read=timeout)
        self._ids = itertools.count(1)

    def make_request(self, method: str, params: Sequence[Any]) -> Any:
        """One question's answer."""
        status, told = self._ask(self._question(method, params))
        if not isinstance(told, dict) or not {"result", "error"} & told.keys():
            raise self._nonsense(status)
        return told

    def make_batch_request(self, requests: Sequence[tuple[str, Sequence[Any]]]) -> list[Any]:
        """Several questions' answers in their order; none from a node that does not take them."""
        status, told = self._ask([self._question(*request) for request in requests])
        if status in _NO_BATCH or not isinstance(told, list):
            return []
        answers: dict[int, Any] = {}
        for each in told:
            if isinstance(each, dict) and type(each.get("id")) is int:
                answers[each["id"]] = each
        return [answers[each] for each in sorted(answers)] if len(answers) == len(requests) else []

    def _question(self, method: str, params: Sequence[Any]) -> dict[str, Any]:
        return {"jsonrpc": "2.0", "id": next(self._ids), "method": method, "params": [*params]}

    def _ask(self, question: Any) -> tuple[int, Any]:
        """The HTTP status and what was said, as JSON; None where it was no JSON."""
        body = json.dumps(question).encode()
        backoff = http.Backoff()
        while True:
            try:
                answer = self._client.ask("POST", body=body, headers=_KINDS, patience=backoff.left)
            except http.Broken as broken:
                if not broken.nobody:
                    raise
                raise OutsideFailed(
                    f"Cannot reach {self._shown}: start it, or set DAIMM_RPC to another."
                ) from None
            told = _parsed(answer.body)
            garbled = told is None and answer.status == 200 and backoff.count < http.TRIES
            again = garbled or _limited(told)
            if not again or not backoff.wait(http.retry_after(answer.headers)):
                return answer.status, told

    def _nonsense(self, status: int) -> DaimmError:
        if status in http.BUSY:
            return OutsideFailed(
                f"{self._who} is too busy (HTTP status {status}): try later, or use another node."
            )
        if status != 200:
            return OutsideFailed(
                f"{self._who} answered with HTTP status {status}: check its address and token, or "
                "use another."
            )
        return OutsideFailed(f"{self._who} gave an answer that makes no sense: use another node.")


def _parsed(body: bytes) -> Any:
    try:
        return bounded_json.loads(body)
    except ValueError:
        return None


def _limited(told: Any) -> bool:
    """Whether a node refused for the number of questions, not for what they were."""
    errors = [
        each.get("error")
        for each in (told if isinstance(told, list) else [told])
        if isinstance(each, dict)
    ]
    return any(
        error.get("code") == 429 or _LIMITED.search(str(error.get("message", "")).lower())
        for error in errors
        if isinstance(error, dict)
    )
