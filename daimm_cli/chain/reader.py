"""Asking one Ethereum node: blocks, balances, receipts, what contracts say, their events.

>>> reader = Reader.connect("http://127.0.0.1:8545", chain_id=31337)
>>> reader.latest().number
1204

All failures are DaimmError, as in `daimm_cli.chain.node`. Nodes without an archive have the state
of the newest blocks alone: so contracts are asked what is now, and what was is taken from headers,
receipts and logs.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Self, TypeVar

from daimm_cli.base.errors import DaimmError, OutsideFailed
from daimm_cli.bindings.calls import View
from daimm_cli.chain.answers import (
    Header,
    Log,
    Receipt,
    parsed_bytes,
    parsed_header,
    parsed_log,
    parsed_receipt,
)
from daimm_cli.chain.errors import NodeRefused, explain
from daimm_cli.chain.transport import Provider, provider, shown_address

T = TypeVar("T")
BATCH = 100
"""Questions that travel together; fewer where a node takes fewer."""


class Reader:
    """A connection to one node on one chain. shown, who: how errors name it, within and first."""

    def __init__(self, provider: Provider, chain_id: int, shown: str) -> None:
        self.provider = provider
        self.chain_id = chain_id
        self.shown = shown
        self.who = shown[:1].upper() + shown[1:]
        self._batch = BATCH

    @classmethod
    def connect(
        cls,
        rpc: str,
        *,
        chain_id: int | None = None,
        timeout: float = 30,
        **options: Any,
    ) -> Self:
        """Connect to an http(s) address or to the path of an IPC socket.

        chain_id: the chain it must be on; None takes the node's word. timeout: seconds an answer.
        options: what an heir takes besides.
        """
        shown = shown_address(rpc)
        node = cls(provider(rpc, timeout, shown), 0, shown, **options)
        with node.asking("connect"):
            node.chain_id = int(node.ask("eth_chainId"), 16)
        if chain_id is not None and node.chain_id != chain_id:
            raise DaimmError(
                f"{node.who} is on chain {node.chain_id}, not {chain_id}: set "
                f"DAIMM_RPC to a node of chain {chain_id}, or choose another profile."
            )
        return node

    @contextlib.contextmanager
    def asking(self, doing: str) -> Iterator[None]:
        """Turn whatever fails inside into the DaimmError that says what to do."""
        try:
            yield
        except Exception as error:  # noqa: BLE001 - what is not the chain's or the node's is raised on
            raise explain(error, doing, self.shown) from None

    def ask(self, method: str, *parameters: Any) -> Any:
        """The node's answer, as JSON; for use inside `asking`. Raises NodeRefused."""
        answer = self.provider.make_request(method, [*parameters])
        if answer.get("error") is not None:
            raise NodeRefused(answer["error"])
        return answer["result"]

    def call(self, question: dict[str, Any], block: int | str = "latest") -> bytes:
        """What `eth_call` returns; for use inside `asking`. Raises NodeRefused."""
        return parsed_bytes(self.ask("eth_call", question, _block(block)))

    def header(self, block: int | str = "latest") -> Header | None:
        """A block's header, or None where the chain has no such block."""
        with self.asking("read a block"):
            try:
                found = self.ask("eth_getBlockByNumber", _block(block), False)
            except NodeRefused as refusal:
                if "not found" in refusal.said.lower():
                    return None
                raise
            return None if found is None else parsed_header(found)

    def has_block(self, number: int, digest: bytes) -> bool:
        header = self.header(number)
        return header is not None and header.hash == digest

    def latest(self) -> Header:
        """The chain's newest block."""
        found = self.header()
        if found is None:
            raise OutsideFailed(f"{self.who} has no blocks: wait until it has caught up.")
        return found

    def ether(self, address: str) -> int:
        """Balance in wei."""
        with self.asking("read a balance"):
            return int(self.ask("eth_getBalance", address, "latest"), 16)

    def nonce(self, address: str, block: int | str = "pending") -> int:
        """The next transaction's, those that wait counted; or as it was at a block."""
        with self.asking("count transactions"):
            return int(self.ask("eth_getTransactionCount", address, _block(block)), 16)

    def transaction(self, digest: bytes) -> dict[str, Any] | None:
        """The transaction with this hash, as JSON; None where the node has none, waiting or not."""
        with self.asking("look for a transaction"):
            found = self.ask("eth_getTransactionByHash", "0x" + digest.hex())
            return None if found is None else dict(found)

    def knows(self, transaction: bytes) -> bool:
        """Whether the node has the transaction with this hash, mined or waiting."""
        return self.transaction(transaction) is not None

    def receipt(self, transaction: bytes) -> Receipt | None:
        """What became of the transaction; None while it is not mined."""
        with self.asking("look for a transaction"):
            found = self.ask("eth_getTransactionReceipt", "0x" + transaction.hex())
            return None if found is None else parsed_receipt(found)

    def base_fee(self) -> int:
        """Wei per gas that a transaction must offer at least now; 0 on a chain without EIP-1559."""
        return self.latest().base_fee or 0

    def gas_price(self) -> int:
        with self.asking("tell the price of gas"):
            return int(self.ask("eth_gasPrice"), 16)

    def code(self, address: str, block: int | str = "latest") -> bytes:
        with self.asking("read a contract's code"):
            return parsed_bytes(self.ask("eth_getCode", address, _block(block)))

    def view(self, view: View[T]) -> T:
        with self.asking(view.doing):
            return view.decode(self.call({"to": view.to, "data": "0x" + view.data.hex()}))

    def logs(self, addresses: Sequence[str], first: int, last: int) -> list[Log]:
        """Logs of these contracts, blocks `first` to `last` both included."""
        span = {"fromBlock": hex(first), "toBlock": hex(last)}
        return self.events([{"address": [*addresses], **span}])[0]

    def headers(self, numbers: Sequence[int]) -> list[Header | None]:
        """Several blocks' headers, asked together."""
        asked = [[hex(number), False] for number in numbers]
        found = self.answers("eth_getBlockByNumber", asked, "read blocks")
        with self.asking("read blocks"):
            return [None if block is None else parsed_header(block) for block in found]

    def events(self, questions: Sequence[dict[str, Any]]) -> list[list[Log]]:
        """The logs that fit each of these filters of `eth_getLogs`, asked together."""
        answers = self.answers("eth_getLogs", [[question] for question in questions], "read events")
        with self.asking("read events"):
            return [[parsed_log(log) for log in answer] for answer in answers]

    def views(self, views: Sequence[View[T]]) -> list[T]:
        """Several views, asked together."""
        with self.asking("answer"):
            told = zip(views, self.calls(views), strict=True)
            return [view.decode(answer or b"") for view, answer in told]

    def calls(self, views: Sequence[View[Any]]) -> list[bytes | None]:
        """What contracts answer to several views, not decoded; None where one reverts."""
        asked = [[{"to": view.to, "data": "0x" + view.data.hex()}, "latest"] for view in views]
        with self.asking("answer"):
            found = self.answers("eth_call", asked, "answer", _reverted)
            return [None if answer is None else parsed_bytes(answer) for answer in found]

    def answers(
        self,
        method: str,
        questions: Sequence[list[Any]],
        doing: str,
        passed_over: Callable[[Any], bool] = lambda _error: False,
    ) -> list[Any]:
        """The node's answers to one method with several parameters, as JSON.

        passed_over: which errors are no reason to fail; their answers are None.
        """
        found: list[Any] = []
        with self.asking(doing):
            while len(found) < len(questions):
                part = questions[len(found) : len(found) + self._batch]
                for answer in self._asked(method, part, passed_over):
                    error = answer.get("error")
                    if error is not None and not passed_over(error):
                        raise NodeRefused(error)
                    found.append(answer.get("result"))
        return found

    def _asked(
        self, method: str, questions: Sequence[list[Any]], passed_over: Callable[[Any], bool]
    ) -> list[Any]:
        """A batch's answers; a node that does not take it is asked for half, down to one."""
        if len(questions) == 1:
            return [self.provider.make_request(method, questions[0])]
        answers = self.provider.make_batch_request([(method, each) for each in questions])
        if (
            isinstance(answers, list)
            and len(answers) == len(questions)
            and all("error" not in one or passed_over(one["error"]) for one in answers)
        ):
            return answers
        self._batch = len(questions) // 2
        return self._asked(method, questions[: self._batch], passed_over)


def _reverted(error: Any) -> bool:
    """Whether it was the contract, and not the node, that refused."""
    said = str(error.get("message")).lower() if isinstance(error, dict) else ""
    return any(word in said for word in ("revert", "out of gas", "opcode", "evm error", "stack"))


def _block(block: int | str) -> str:
    return hex(block) if isinstance(block, int) else block
