"""What the contracts told: raw logs to the bindings' events, each where it stands.

>>> [type(told.event).__name__ for told in read(deployed.by_address(), sent.logs)]
['Transfer', 'VersionAdded', 'OfferOpened']

Logs come from a node, so a malformed one raises OutsideFailed; a log of another contract or of an
event unknown to the ABIs is passed over.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from daimm_cli.base.errors import OutsideFailed
from daimm_cli.bindings.calls import Contract, Event


@dataclass(frozen=True)
class Told:
    """One event; `index` is its position in the block."""

    event: Event
    block: int
    block_hash: bytes
    index: int
    transaction: bytes


def read(contracts: Mapping[str, Contract], logs: Iterable[Any]) -> Iterator[Told]:
    """The logs, as web3 gives them, that are events of these contracts, in the order given.

    contracts: by lower-case address.
    """
    for log in logs:
        try:
            contract = contracts.get(str(log["address"]).lower())
            topics = [bytes(topic) for topic in log["topics"]]
            event = contract.event(topics, bytes(log["data"])) if contract else None
            if event is not None:
                yield Told(
                    event,
                    block=int(log["blockNumber"]),
                    block_hash=bytes(log["blockHash"]),
                    index=int(log["logIndex"]),
                    transaction=bytes(log["transactionHash"]),
                )
        except (KeyError, TypeError, ValueError, OverflowError):
            raise OutsideFailed(
                "The node sent an event that no contract can have written: use another node."
            ) from None
