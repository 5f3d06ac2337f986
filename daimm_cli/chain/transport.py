"""How requests travel to a node: bounded in time and size, repeated while it is busy or garbled.

>>> Web3(provider("http://127.0.0.1:8545", timeout=30, shown="the node"))
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from web3 import IPCProvider
from web3.providers.base import JSONBaseProvider
from web3.types import RPCEndpoint, RPCResponse

from daimm_cli.base import bounded_json, http
from daimm_cli.base.errors import DaimmError, OutsideFailed
from daimm_cli.base.text import origin, sanitise

_KINDS = {"Content-Type": "application/json", "Accept": "application/json"}
_LIMITED = re.compile(r"rate.?limit|too many requests|requests? limit|per second|compute units")
"""What nodes say that have had enough of us for now, in lower case."""

_NO_BATCH = frozenset({400, 404, 405, 413, 415, 422})


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


def provider(rpc: str, timeout: float, shown: str) -> JSONBaseProvider:
    """web3's provider for an http(s) address or an IPC socket; timeout: seconds an answer.

    shown: how the node is named in errors. Raises DaimmError for an address of another kind.
    """
    if rpc.startswith(("http://", "https://")):
        return Transport(rpc, timeout, shown)
    if not Path(rpc).is_socket():
        raise DaimmError(
            f"Cannot use {shown}: give an address that begins with http:// or https://, or the "
            "path of the node's IPC socket."
        )
    return _Socket(rpc, timeout=int(timeout))


class Transport(JSONBaseProvider):
    """A node by HTTP. Failures are OutsideFailed; a node's own refusals come back as its answer."""

    def __init__(self, rpc: str, timeout: float, shown: str) -> None:
        super().__init__()
        self._shown = shown
        self._who = shown[:1].upper() + shown[1:]
        self._client = http.Client(rpc, self._who, read=timeout)
        self._chain_id: RPCResponse | None = None

    def make_request(self, method: RPCEndpoint, params: Any) -> RPCResponse:
        """One question's answer."""
        asks_chain = method == "eth_chainId"  # web3 does so before each call
        if asks_chain and self._chain_id is not None:
            return self._chain_id
        status, told = self._ask(self.encode_rpc_request(method, params))
        if not isinstance(told, dict) or not {"result", "error"} & told.keys():
            raise self._nonsense(status)
        if asks_chain and "result" in told:
            self._chain_id = told  # type: ignore[assignment]
        return told  # type: ignore[return-value]

    def make_batch_request(
        self, requests: Sequence[tuple[RPCEndpoint, Any]]
    ) -> list[RPCResponse] | RPCResponse:
        """Several questions' answers in their order; none from a node that does not take them."""
        status, told = self._ask(self.encode_batch_rpc_request(list(requests)))
        if status in _NO_BATCH or not isinstance(told, list):
            return []
        answers: dict[int, RPCResponse] = {}
        for each in told:
            if isinstance(each, dict) and type(each.get("id")) is int:
                answers[each["id"]] = each  # type: ignore[assignment]
        return [answers[each] for each in sorted(answers)] if len(answers) == len(requests) else []

    def _ask(self, body: bytes) -> tuple[int, Any]:
        """The HTTP status and what was said, as JSON; None where it was no JSON."""
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
            told = self.decode_rpc_response(answer.body) if answer.body else None
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

    @staticmethod
    def decode_rpc_response(raw_response: bytes) -> Any:
        """What was said, bounded in memory; None where it is no JSON."""
        try:
            return bounded_json.loads(raw_response)
        except ValueError:
            return None


class _Socket(IPCProvider):
    """A node by a socket of this machine."""

    @staticmethod
    def decode_rpc_response(raw_response: bytes) -> Any:
        return bounded_json.loads(raw_response)


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
