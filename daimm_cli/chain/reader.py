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
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple, Self, TypeVar

from daimm_cli.base.errors import DaimmError, OutsideFailed
from daimm_cli.bindings.calls import View
from daimm_cli.chain.errors import explain

if TYPE_CHECKING:
    from web3 import Web3

T = TypeVar("T")
BATCH = 100
"""Questions that travel together; fewer where a node takes fewer."""


@dataclass(frozen=True)
class Header:
    """A block: number, hash, time in seconds since 1970. bloom: of its logs; 0 where untold."""

    number: int
    hash: bytes
    time: int
    bloom: int = field(default=0, repr=False, compare=False)


class Log(NamedTuple):
    """An event as it is on the chain. position: in its block."""

    address: str
    topics: list[bytes]
    data: bytes
    block: int
    block_hash: bytes
    position: int


@dataclass(frozen=True)
class Receipt:
    """What became of a transaction that was mined. logs: web3's.

    gas_used, fee (wei): to be shown; 0 where the node does not tell.
    """

    block: int
    succeeded: bool
    gas_used: int
    fee: int
    logs: tuple[Any, ...] = field(default=(), repr=False)
    created: str | None = None


class Reader:
    """A connection to one node on one chain. shown: how it is named in errors."""

    def __init__(self, web3: Web3, chain_id: int, shown: str) -> None:
        self.web3 = web3
        self.chain_id = chain_id
        self.shown = shown
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
        from web3 import Web3
        from web3.middleware import ExtraDataToPOAMiddleware

        from daimm_cli.chain.transport import provider, shown_address

        shown = shown_address(rpc)
        with _explained("connect", shown):
            web3 = Web3(provider(rpc, timeout, shown))
            # Proof-of-authority chains have more in `extraData` than web3 takes of others.
            web3.middleware_onion.inject(ExtraDataToPOAMiddleware, layer=0)
            actual = int(web3.eth.chain_id)
        if chain_id is not None and actual != chain_id:
            raise DaimmError(
                f"{shown[:1].upper()}{shown[1:]} is on chain {actual}, not {chain_id}: set "
                f"DAIMM_RPC to a node of chain {chain_id}, or choose another profile."
            )
        return cls(web3, actual, shown, **options)

    @contextlib.contextmanager
    def asking(self, doing: str) -> Iterator[None]:
        """Turn whatever fails inside into the DaimmError that says what to do."""
        with _explained(doing, self.shown):
            yield

    def header(self, block: int | str = "latest") -> Header | None:
        """A block's header, or None where the chain has no such block."""
        from web3.exceptions import BlockNotFound

        with self.asking("read a block"):
            try:
                found = self.web3.eth.get_block(block)  # type: ignore[arg-type]
            except BlockNotFound:
                return None
            return Header(int(found["number"]), bytes(found["hash"]), int(found["timestamp"]))

    def has_block(self, number: int, digest: bytes) -> bool:
        """Whether the chain has, at this number, the block with this hash."""
        header = self.header(number)
        return header is not None and header.hash == digest

    def latest(self) -> Header:
        """The chain's newest block."""
        found = self.header()
        if found is None:
            raise OutsideFailed(f"{self.shown} has no blocks: wait until it has caught up.")
        return found

    def ether(self, address: str) -> int:
        """Balance in wei."""
        with self.asking("read a balance"):
            return int(self.web3.eth.get_balance(address))  # type: ignore[arg-type]

    def nonce(self, address: str, block: int | str = "pending") -> int:
        """The next transaction's, those that wait counted; or as it was at a block."""
        with self.asking("count transactions"):
            return int(self.web3.eth.get_transaction_count(address, block))  # type: ignore[arg-type]

    def knows(self, transaction: bytes) -> bool:
        """Whether the node has the transaction with this hash, mined or waiting."""
        from web3.exceptions import TransactionNotFound

        with self.asking("look for a transaction"):
            try:
                self.web3.eth.get_transaction(transaction)  # type: ignore[arg-type]
            except TransactionNotFound:
                return False
            return True

    def receipt(self, transaction: bytes) -> Receipt | None:
        """What became of the transaction; None while it is not mined."""
        with self.asking("look for a transaction"):
            found = self._receipt(transaction)
            if found is None:
                return None
            return _receipt(found)

    def base_fee(self) -> int:
        """Wei per gas that a transaction must offer at least now; 0 on a chain without EIP-1559."""
        with self.asking("tell the price of gas"):
            return int(self.web3.eth.get_block("latest").get("baseFeePerGas") or 0)

    def code(self, address: str) -> bytes:
        """The contract's code; empty where there is none."""
        with self.asking("read a contract's code"):
            return bytes(self.web3.eth.get_code(address))  # type: ignore[arg-type]

    def view(self, view: View[T]) -> T:
        """What a contract answers."""
        question: Any = {"to": view.to, "data": view.data}
        with self.asking(view.doing):
            return view.decode(bytes(self.web3.eth.call(question)))

    def logs(self, addresses: Sequence[str], first: int, last: int) -> list[Any]:
        """Raw logs of these contracts, blocks `first` to `last` both included."""
        question = {"address": list(addresses), "fromBlock": first, "toBlock": last}
        with self.asking("read events"):
            return list(self.web3.eth.get_logs(question))  # type: ignore[arg-type]

    def headers(self, numbers: Sequence[int]) -> list[Header | None]:
        """Several blocks' headers, asked together."""
        asked = [[hex(number), False] for number in numbers]
        found = self.answers("eth_getBlockByNumber", asked, "read blocks")
        with self.asking("read blocks"):
            return [None if block is None else _header(block) for block in found]

    def events(self, questions: Sequence[dict[str, Any]]) -> list[list[Log]]:
        """The logs that fit each of these filters of `eth_getLogs`, asked together."""
        answers = self.answers("eth_getLogs", [[question] for question in questions], "read events")
        with self.asking("read events"):
            return [[_log(log) for log in answer] for answer in answers]

    def calls(self, questions: Sequence[tuple[str, bytes]]) -> list[bytes | None]:
        """What contracts answer to these data, asked together; None where one reverts."""
        asked = [[{"to": to, "data": "0x" + data.hex()}, "latest"] for to, data in questions]
        with self.asking("answer"):
            found = self.answers("eth_call", asked, "answer", _reverted)
            return [None if answer is None else _bytes(answer) for answer in found]

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
        from web3.exceptions import Web3RPCError

        found: list[Any] = []
        with self.asking(doing):
            while len(found) < len(questions):
                part = questions[len(found) : len(found) + self._batch]
                for answer in self._asked(method, part, passed_over):
                    if "error" in answer and not passed_over(answer["error"]):
                        raise Web3RPCError("refused", rpc_response=answer)
                    found.append(answer.get("result"))
        return found

    def _asked(
        self, method: str, questions: Sequence[list[Any]], passed_over: Callable[[Any], bool]
    ) -> list[Any]:
        """A batch's answers; a node that does not take it is asked for half, down to one."""
        from web3.types import RPCEndpoint

        provider: Any = self.web3.provider
        if len(questions) == 1:
            return [provider.make_request(RPCEndpoint(method), questions[0])]
        answers = provider.make_batch_request([(RPCEndpoint(method), q) for q in questions])
        if (
            isinstance(answers, list)
            and len(answers) == len(questions)
            and all("error" not in one or passed_over(one["error"]) for one in answers)
        ):
            return answers
        self._batch = len(questions) // 2
        return self._asked(method, questions[: self._batch], passed_over)

    def _receipt(self, transaction: bytes) -> Any:
        from web3.exceptions import TransactionNotFound

        try:
            return self.web3.eth.get_transaction_receipt(transaction)  # type: ignore[arg-type]
        except TransactionNotFound:
            return None


def _reverted(error: Any) -> bool:
    """Whether it was the contract, and not the node, that refused."""
    said = str(error.get("message")).lower() if isinstance(error, dict) else ""
    return any(word in said for word in ("revert", "out of gas", "opcode", "evm error", "stack"))


def _header(block: Any) -> Header:
    bloom = block.get("logsBloom") or "0x0"
    return Header(
        int(block["number"], 16), _bytes(block["hash"]), int(block["timestamp"], 16), int(bloom, 16)
    )


def _log(log: Any) -> Log:
    return Log(
        str(log["address"]).lower(),
        [_bytes(topic) for topic in log["topics"]],
        _bytes(log["data"]),
        int(log["blockNumber"], 16),
        _bytes(log["blockHash"]),
        int(log["logIndex"], 16),
    )


def _bytes(text: str) -> bytes:
    return bytes.fromhex(text.removeprefix("0x"))


def _receipt(found: Any) -> Receipt:
    gas = int(found.get("gasUsed") or 0)
    return Receipt(
        block=int(found["blockNumber"]),
        succeeded=int(found["status"]) == 1,
        gas_used=gas,
        fee=gas * int(found.get("effectiveGasPrice") or 0),
        logs=tuple(found["logs"]),
        created=found.get("contractAddress"),
    )


@contextlib.contextmanager
def _explained(doing: str, shown: str) -> Iterator[None]:
    try:
        yield
    except Exception as error:  # noqa: BLE001 - what is not the chain's or the node's is raised on
        raise explain(error, doing, shown) from None
