"""What the contracts said: raw logs to names and arguments.

>>> decoder = Decoder(book)
>>> [event.name for event in decoder.decode_all(sent.logs)]
['Transfer', 'VersionAdded', 'OfferOpened']

Arguments have the names of the Solidity events; words are `bytes`, addresses checksummed text,
structs tuples that `daimm_cli.chain.terms` reads. Logs come from a node, so a malformed one raises
OutsideFailed; a log of another contract or of an event unknown to the ABIs is passed over.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from daimm_cli.base.errors import OutsideFailed
from daimm_cli.bindings.values import checksummed
from daimm_cli.chain.book import Book
from daimm_cli.chain.errors import CONTRACTS, abi, abi_type, signature
from daimm_cli.protocol.curve import keccak

MAX_LOG_BYTES = 1 << 16
_NONSENSE = "The node sent an event that no contract can have written: use another node."


@dataclass(frozen=True)
class Event:
    """One decoded log; `index` is its position in the block."""

    contract: str
    name: str
    arguments: Mapping[str, Any]
    block: int
    block_hash: bytes
    index: int
    transaction: bytes

    def __getitem__(self, argument: str) -> Any:
        return self.arguments[argument]


class Decoder:
    """Decodes the events of one book's contracts."""

    def __init__(self, book: Book) -> None:
        self._names = {book.address(n).lower(): n for n in CONTRACTS if n in book.contracts}
        self._abis = {
            (contract, keccak(signature(entry).encode())): entry
            for contract in self._names.values()
            for entry in abi(contract)
            if entry["type"] == "event"
        }

    def decode_all(self, logs: Iterable[Any]) -> Iterator[Event]:
        """The logs that are events of ours, in the order given."""
        for log in logs:
            event = self.decode(log)
            if event is not None:
                yield event

    def decode(self, log: Any) -> Event | None:
        """One log as web3 gives it; None where it is none of ours."""
        from eth_abi.exceptions import DecodingError

        try:
            contract = self._names.get(str(log["address"]).lower())
            topics = [bytes(topic) for topic in log["topics"]]
            entry = self._abis.get((contract or "", topics[0] if topics else b""))
            if contract is None or entry is None:
                return None
            return Event(
                contract=contract,
                name=entry["name"],
                arguments=_arguments(entry["inputs"], topics[1:], bytes(log["data"])),
                block=int(log["blockNumber"]),
                block_hash=bytes(log["blockHash"]),
                index=int(log["logIndex"]),
                transaction=bytes(log["transactionHash"]),
            )
        except (DecodingError, KeyError, TypeError, ValueError, OverflowError):
            raise OutsideFailed(_NONSENSE) from None


def _arguments(inputs: list[Any], topics: list[bytes], data: bytes) -> dict[str, Any]:
    from eth_abi.abi import decode

    indexed = [i for i in inputs if i["indexed"]]
    plain = [i for i in inputs if not i["indexed"]]
    if len(topics) != len(indexed) or len(data) > MAX_LOG_BYTES:
        raise ValueError
    found = {
        i["name"]: decode([abi_type(i)], topic)[0] for i, topic in zip(indexed, topics, strict=True)
    }
    values = decode([abi_type(i) for i in plain], data)
    found |= {i["name"]: value for i, value in zip(plain, values, strict=True)}
    return {i["name"]: _spelled(i["type"], found[i["name"]]) for i in inputs}


def _spelled(kind: str, value: Any) -> Any:
    return checksummed(value) if kind == "address" else value
