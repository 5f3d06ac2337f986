"""What the contracts told: raw logs to the bindings' events, each where it stands.

>>> [type(told.event).__name__ for told in read(deployed.by_address(), sent.logs)]
['Transfer', 'VersionAdded', 'OfferOpened']

Logs come from a node, so a malformed one raises OutsideFailed; a log of another contract or of an
event unknown to the ABIs is passed over.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from daimm_cli.bindings.calls import Contract, Event
from daimm_cli.chain.reader import Log


@dataclass(frozen=True)
class Told:
    """One event; `index` is its position in the block."""

    event: Event
    block: int
    block_hash: bytes
    index: int
    transaction: bytes


def read(contracts: Mapping[str, Contract], logs: Iterable[Log]) -> Iterator[Told]:
    """The logs that are events of these contracts, in the order given.

    contracts: by lower-case address.
    """
    for log in logs:
        contract = contracts.get(log.address)
        event = contract.event(log.topics, log.data) if contract else None
        if event is not None:
            yield Told(event, log.block, log.block_hash, log.position, log.transaction)
