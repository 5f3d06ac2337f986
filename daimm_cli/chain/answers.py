"""What a node answers: blocks, logs and receipts, from the JSON that it sends.

>>> parsed_header({"number": "0x4b4", "hash": "0x5e..", "timestamp": "0x6a2f1c00"}).number
1204

A malformed answer raises what Python raises over it; `Reader.asking` makes a sentence of that.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, NamedTuple

from daimm_cli.bindings.values import checksummed


@dataclass(frozen=True)
class Header:
    """A block: number, hash, time in seconds since 1970.

    bloom: of its logs; 0 where untold. base_fee: wei per gas; None without EIP-1559.
    """

    number: int
    hash: bytes
    time: int
    bloom: int = field(default=0, repr=False, compare=False)
    base_fee: int | None = field(default=None, repr=False, compare=False)
    gas_limit: int = field(default=0, repr=False, compare=False)


class Log(NamedTuple):
    """An event as it is on the chain. address: in lower case. position: in its block."""

    address: str
    topics: list[bytes]
    data: bytes
    block: int
    block_hash: bytes
    position: int
    transaction: bytes


@dataclass(frozen=True)
class Receipt:
    """What became of a transaction that was mined.

    gas_used, fee (wei, without the value sent): to be shown; 0 where the node does not tell. What
    a parent chain takes for data is a part of the fee; Arbitrum counts it as gas, too.
    """

    hash: bytes
    block: int
    succeeded: bool
    gas_used: int
    fee: int
    logs: tuple[Log, ...] = field(default=(), repr=False)
    created: str | None = None


def parsed_header(block: Any) -> Header:
    base_fee = block.get("baseFeePerGas")
    return Header(
        int(block["number"], 16),
        parsed_bytes(block["hash"]),
        int(block["timestamp"], 16),
        int(block.get("logsBloom") or "0x0", 16),
        None if base_fee is None else int(base_fee, 16),
        int(block.get("gasLimit") or "0x0", 16),
    )


def parsed_log(log: Any) -> Log:
    return Log(
        str(log["address"]).lower(),
        [parsed_bytes(topic) for topic in log["topics"]],
        parsed_bytes(log["data"]),
        int(log["blockNumber"], 16),
        parsed_bytes(log["blockHash"]),
        int(log["logIndex"], 16),
        parsed_bytes(log["transactionHash"]),
    )


def parsed_bytes(text: str) -> bytes:
    return bytes.fromhex(text.removeprefix("0x"))


def parsed_receipt(found: Any) -> Receipt:
    gas = int(found.get("gasUsed") or "0x0", 16)
    price = found.get("effectiveGasPrice")
    created = found.get("contractAddress")
    return Receipt(
        hash=parsed_bytes(found["transactionHash"]),
        block=int(found["blockNumber"], 16),
        succeeded=int(found["status"], 16) == 1,
        gas_used=gas,
        fee=gas * int(price, 16) + int(found.get("l1Fee") or "0x0", 16) if price else 0,
        logs=tuple(parsed_log(log) for log in found["logs"]),
        created=None if created is None else checksummed(created),
    )
