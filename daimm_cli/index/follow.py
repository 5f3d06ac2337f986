"""Reads the contracts' events into the index, across re-orgs.

>>> Follower(engine, chain).run()

The index holds the hash of every block that it took something from. A run first finds the highest
of them that is still on the chain (hashes chain, so all below it are too), deletes those above and
what came with them, and reads on from there. A range counts only if the chain did not move while
it was read; one that the node cannot answer is halved, and grows again afterwards.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from daimm_cli.base.errors import OutsideFailed
from daimm_cli.chain.events import Event
from daimm_cli.chain.reader import Header
from daimm_cli.index.records import store
from daimm_cli.protocol.curve import keccak

if TYPE_CHECKING:
    from sqlalchemy import Connection, Engine

    from daimm_cli.chain.client import Chain

FIRST_SPAN = 2_000
MAX_SPAN = 100_000
FEW_LOGS = 1_000
"""An answer with fewer lets the next range be twice as long."""

MAX_RESTARTS = 50
"""How often the chain may move under a run before it gives up."""

CHECKPOINTS = 64
"""How many blocks without events are remembered, the newest ones: ends of earlier runs."""

_BLOCKS = "SELECT number, hash FROM blocks "

_FORGET = """
DELETE FROM blocks WHERE empty AND number <=
    (SELECT number FROM blocks WHERE empty ORDER BY number DESC LIMIT 1 OFFSET ?)
"""

_ROLE_EVENTS = {
    keccak(b"RoleGranted(uint64,address,uint32,uint48,bool)"),
    keccak(b"RoleRevoked(uint64,address)"),
}
"""The Authority's other events hold whatever governance likes, in any length: they are passed over,
so that none can keep anybody from following his orders."""

CONTRACTS = ("Authority", "ModelRegistry", "ModelLicense", "Market")


class Follower:
    """One run over the chain.

    progress: `progress(done, total)` counts blocks. in_time: once it says no, the run ends early;
    some blocks were taken in even so.
    """

    def __init__(
        self,
        engine: Engine,
        chain: Chain,
        progress: Callable[[int, int], None] | None = None,
        in_time: Callable[[], bool] = lambda: True,
    ) -> None:
        self.engine = engine
        self.chain = chain
        self.node = chain.node
        self.addresses = [chain.book.address(name) for name in CONTRACTS]
        self._authority = chain.book.address("Authority").lower()
        self.progress = progress
        self.in_time = in_time
        self.span = FIRST_SPAN
        self._before = max(chain.book.first_block - 1, 0)

    def run(self) -> int:
        """Bring the index to the chain's newest block; raises OutsideFailed where it can't.

        How many blocks it is short of the one that was the newest when it began, out of time.
        """
        restarts = 0
        first: tuple[int, int] | None = None
        while True:
            agreed = self._agree()
            head = self.node.latest()
            began, aim = first = first or (agreed, head.number)
            if agreed >= head.number or (agreed > began and not self.in_time()):
                return max(aim - agreed, 0)
            if self._advance(agreed, min(agreed + self.span, head.number)):
                if self.progress:
                    self.progress(agreed, head.number)
                continue
            restarts += 1
            if restarts > MAX_RESTARTS:
                raise OutsideFailed("The chain keeps changing under the reader: try again later.")

    def _agree(self) -> int:
        """The last block that index and chain share; what the index has above it is deleted."""
        blocks = self._stored("ORDER BY number DESC LIMIT 1")
        if blocks and self.node.has_block(*blocks[0]):
            return blocks[0][0]
        blocks = self._stored("ORDER BY number")
        good, bad = -1, len(blocks)
        while bad - good > 1:
            middle = (good + bad) // 2
            good, bad = (middle, bad) if self.node.has_block(*blocks[middle]) else (good, middle)
        agreed = blocks[good][0] if good >= 0 else self._before
        with self.engine.begin() as connection:
            connection.exec_driver_sql("DELETE FROM blocks WHERE number > ?", (agreed,))
        return agreed

    def _stored(self, order: str) -> list[tuple[int, bytes]]:
        with self.engine.begin() as connection:
            rows = connection.exec_driver_sql(_BLOCKS + order)
            return [(int(number), bytes(digest)) for number, digest in rows]

    def _advance(self, agreed: int, last: int) -> bool:
        """Take in the blocks after `agreed` up to `last`; False where it has to be tried again.

        If the chain moves after `end` was read, the next `_agree` does not find `end` on it.
        """
        end = self.node.header(last)
        if end is None:
            return False
        try:
            logs = self.node.logs(self.addresses, agreed + 1, last)
        except OutsideFailed:
            self.node.latest()  # raises where the node is gone: then a shorter range is no help
            if last - agreed <= 1:
                raise
            self.span = max((last - agreed) // 2, 1)
            return True
        read = filter(self._is_read, logs)
        events = sorted(self.chain.decoder.decode_all(read), key=lambda e: (e.block, e.index))
        blocks = self._blocks(events, agreed, end)
        if blocks is None:
            return False
        events = [event for event in events if event.block <= blocks[-1].number]
        if len(logs) < FEW_LOGS:
            self.span = min(self.span * 2, MAX_SPAN)
        with self.engine.begin() as connection:
            if not self._still_at(connection, agreed):
                return False
            eventful = {event.block for event in events}
            for block in blocks:
                values = (block.number, block.hash, block.time, int(block.number not in eventful))
                connection.exec_driver_sql("INSERT INTO blocks VALUES (?, ?, ?, ?)", values)
            for event in events:
                store(connection, self.chain, event)
            connection.exec_driver_sql(_FORGET, (CHECKPOINTS,))
        return True

    def _is_read(self, log: Any) -> bool:
        if str(log.get("address")).lower() != self._authority:
            return True
        topics = log.get("topics")
        return bool(topics) and topics[0] in _ROLE_EVENTS

    def _blocks(self, events: list[Event], agreed: int, end: Header) -> list[Header] | None:
        """Headers of the blocks with events, and the last one; None where the chain moved.

        Out of time, of the first ones alone.
        """
        found = {end.number: end}
        for event in events:
            if not agreed < event.block <= end.number:
                raise OutsideFailed("The node sent events that were not asked for: use another.")
            if event.block not in found:
                if len(found) > 1 and not self.in_time():
                    del found[end.number]
                    break
                header = self.node.header(event.block)
                if header is None:
                    return None
                found[event.block] = header
            if found[event.block].hash != event.block_hash:
                return None
        return [found[number] for number in sorted(found)]

    def _still_at(self, connection: Connection, agreed: int) -> bool:
        """Whether nobody else wrote, and the chain still has what these blocks are to follow."""
        row = connection.exec_driver_sql(
            "SELECT number, hash FROM blocks ORDER BY number DESC LIMIT 1"
        ).one_or_none()
        if row is None:
            return agreed == self._before
        return bool(row[0] == agreed) and self.node.has_block(row[0], bytes(row[1]))
