"""Reads the contracts' events into the index, across re-orgs and answers that lack something.

>>> Follower(database, chain).run()

The index holds the hash of every block that it took something from. A run first finds the highest
of them that is still on the chain (hashes chain, so all below it are too), deletes those above and
what came with them, and reads on from there. A range counts only if the chain did not move while
it was read; one that the node cannot answer is halved, and grows again afterwards.

No single answer is believed to be whole. The newest blocks are read again in each run, all others
in one later run; where a new block's bloom promises more than came, that block is asked for by its
hash. Events that contradict each other, or lack what they follow from, start the index over.
"""

from __future__ import annotations

import contextlib
import sqlite3
import zlib
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

from daimm_cli.base.errors import DaimmError, OutsideFailed
from daimm_cli.chain import terms
from daimm_cli.chain.answers import Header, Log
from daimm_cli.chain.reader import BATCH
from daimm_cli.index.columns import Table, followed, tables
from daimm_cli.index.database import Database
from daimm_cli.protocol.curve import keccak

if TYPE_CHECKING:
    from daimm_cli.chain.client import Chain

FIRST_SPAN = 2_000
MAX_SPAN = 100_000
FEW_LOGS, MANY_LOGS = 1_000, 10_000
"""An answer with fewer lets the next range be twice as long, one with more half as long."""

RECENT = 64
"""Blocks from the newest down that every run reads again: replicas of a node lag behind it."""

MAX_RESTARTS = 50
"""How often the chain may move under a run before it gives up."""

CHECKPOINTS = 64
"""How many blocks without events are remembered, the newest ones: ends of earlier runs."""

_FORGET = """
DELETE FROM blocks WHERE told = 0 AND number <=
    (SELECT number FROM blocks WHERE told = 0 ORDER BY number DESC LIMIT 1 OFFSET ?)
"""


class Contradiction(Exception):
    """The node's events do not fit each other."""


class Follower:
    """One run over the chain.

    progress: `progress(done, total)` counts blocks. in_time: once it says no, the run ends early;
    some blocks were taken in even so. notice: is told when the index starts over.
    """

    def __init__(
        self,
        database: Database,
        chain: Chain,
        progress: Callable[[int, int], None] | None = None,
        in_time: Callable[[], bool] = lambda: True,
        notice: Callable[[str], None] = lambda _text: None,
    ) -> None:
        self.database = database
        self.chain = chain
        self.node = chain.node
        self.progress = progress
        self.in_time = in_time
        self.notice = notice
        self.span = FIRST_SPAN
        self._tables: dict[tuple[str, bytes], Table] = {}
        for address, kind in followed(chain.book).items():
            topics = {bytes.fromhex(table.event.TOPIC): table for table in tables(kind)}
            self._tables |= {(address.lower(), topic): table for topic, table in topics.items()}
        self._blooms = {
            key: _bits(bytes.fromhex(key[0][2:])) | _bits(key[1]) for key in self._tables
        }
        self._filter = {
            "address": list({address for address, _ in self._tables}),
            "topics": [sorted({"0x" + topic.hex() for _, topic in self._tables})],
        }
        self._before = max(chain.book.first_block - 1, 0)

    def run(self) -> int:
        """Bring the index to the chain's newest block; raises OutsideFailed where it can't.

        How many blocks it is short of the one that was the newest when it began, out of time.
        """
        try:
            return self._read()
        except Contradiction as error:
            self.notice(f"The node's events contradict each other ({error}): reading all again.")
            with self.database.open(write=True) as connection:
                connection.execute("DELETE FROM blocks")
                connection.execute("UPDATE reading SET twice = -1")
        try:
            return self._read()
        except Contradiction as error:
            raise OutsideFailed(
                f"The node's events contradict each other ({error}): use another node."
            ) from None

    def _read(self) -> int:
        top = self._agree()
        head = self.node.latest()
        began, aim = top[0], head.number
        twice = max(self._ask("SELECT twice FROM reading")[0][0], self._before)
        start = at = max(twice, began - RECENT)
        restarts = 0
        while at < head.number and (top[0] <= began or self.in_time()):
            read = self._advance(at, min(at + self.span, head.number), top, head.number)
            if read is None:
                restarts += 1
                if restarts > MAX_RESTARTS:
                    raise OutsideFailed(
                        "The chain keeps changing under the reader: try again later."
                    )
            top, head = self._agree(), self.node.latest()
            at = min(read or at, top[0])
            if self.progress:
                self.progress(at, head.number)
        if at >= head.number and start <= twice:
            self._reread(min(began, head.number - RECENT))
        elif at >= head.number:
            end = self._advance(twice, min(twice + self.span, start), top, head.number)
            self._reread(end or twice)
        return max(aim - top[0], 0)

    def _agree(self) -> tuple[int, bytes]:
        """The last block that index and chain share; what the index has above it is deleted."""
        blocks = self._stored("ORDER BY number DESC LIMIT 1")
        if blocks and self.node.has_block(*blocks[0]):
            return blocks[0]
        blocks = self._stored("ORDER BY number")
        good, bad = -1, len(blocks)
        while bad - good > 1:
            middle = (good + bad) // 2
            good, bad = (middle, bad) if self.node.has_block(*blocks[middle]) else (good, middle)
        agreed = blocks[good] if good >= 0 else (self._before, b"")
        with self.database.open(write=True) as connection:
            connection.execute("DELETE FROM blocks WHERE number > ?", (agreed[0],))
            connection.execute("UPDATE reading SET twice = min(twice, ?)", (agreed[0],))
        return agreed

    def _ask(self, query: str, *values: Any) -> list[Any]:
        with self.database.open() as connection:
            return connection.execute(query, values).fetchall()

    def _stored(self, which: str) -> list[tuple[int, bytes]]:
        rows = self._ask(f"SELECT number, hash FROM blocks {which}")  # noqa: S608
        return [(number, digest) for number, digest in rows]

    def _reread(self, number: int) -> None:
        with self.database.open(write=True) as connection:
            connection.execute("UPDATE reading SET twice = max(twice, ?)", (number,))

    def _advance(self, at: int, last: int, top: tuple[int, bytes], head: int) -> int | None:
        """Take in the blocks after `at` up to `last` or an earlier one, which is returned.

        None where it has to be tried again. top: the newest block that index and chain share; if
        the chain moves after `last` was read, the next `_agree` does not find that on it.
        """
        try:
            span = {"fromBlock": hex(at + 1), "toBlock": hex(last)}
            [logs] = self.node.events([{**self._filter, **span}])
        except OutsideFailed:
            self.node.latest()  # raises where the node is gone: then a shorter range is no help
            if last - at <= 1:
                raise
            self.span = max((last - at) // 2, 1)
            return at
        if any(not at < log.block <= last for log in logs):
            raise OutsideFailed("The node sent events that were not asked for: use another.")
        if len(logs) < FEW_LOGS:
            self.span = min(self.span * 2, MAX_SPAN)
        elif len(logs) > MANY_LOGS:
            self.span = max(self.span // 2, 1)
        query = "SELECT number, hash, told FROM blocks WHERE number > ? AND number <= ?"
        kept = self._ask(query, at, last)
        known, here = ({row[0]: row[i] for row in kept} for i in (1, 2))
        told = _told(logs)
        logs = [log for log in logs if told[log.block] != here.get(log.block)]
        new = range(max(at, top[0], head - RECENT) + 1, last + 1)
        numbers = sorted(({log.block for log in logs} | {*new}) - {*known, last})
        found: list[Header | None] = []
        while len(numbers) > BATCH:
            found += self.node.headers(numbers[:BATCH])
            last, numbers = (last, numbers[BATCH:]) if self.in_time() else (numbers[BATCH - 1], [])
        found += self.node.headers([*numbers, last, top[0]])
        headers = {header.number: header for header in found if header}
        now = {number: header.hash for number, header in headers.items()}
        if last not in now or (top[1] and now.get(top[0]) != top[1]):
            return None
        logs = [log for log in logs if log.block <= last]
        logs += self._hidden([headers[n] for n in new if n in headers and n <= last], logs)
        if any((known | now).get(log.block) != log.block_hash for log in logs):
            return None
        return last if self._store(logs, headers, last, top) else None

    def _hidden(self, headers: Iterable[Header], logs: Iterable[Log]) -> list[Log]:
        """What blocks have, by their blooms, and the answer lacked; blooms may promise too much."""
        seen = {(log.block, log.address, log.topics[0]) for log in logs if log.topics}
        asked = [
            {**self._filter, "blockHash": "0x" + header.hash.hex()}
            for header in headers
            if any(
                header.bloom & bits == bits and (header.number, *key) not in seen
                for key, bits in self._blooms.items()
            )
        ]
        with contextlib.suppress(DaimmError):  # they are read again anyway
            return [log for found in self.node.events(asked) for log in found]
        return []

    def _store(
        self, logs: list[Log], headers: dict[int, Header], last: int, top: tuple[int, bytes]
    ) -> bool:
        """Write blocks and events; False where somebody else wrote meanwhile."""
        eventful = _told(logs)
        kept = {*eventful, last} if last > top[0] else {*eventful}
        blocks = [headers[number] for number in kept if number in headers]
        rows: dict[Table, list[tuple[Any, ...]]] = {}
        for log in logs:
            if table := self._tables.get((log.address, log.topics[0] if log.topics else b"")):
                row = (log.block, log.position, *table.row(log.topics, log.data))
                self._require_own_id(table, log)
                rows.setdefault(table, []).append(row)
        with self.database.open(write=True) as connection:
            newest = connection.execute(
                "SELECT number, hash FROM blocks ORDER BY number DESC LIMIT 1"
            ).fetchone()
            if (tuple(newest) if newest else (self._before, b"")) != top:
                return False
            connection.executemany(
                "INSERT INTO blocks VALUES (?, ?, ?, ?) ON CONFLICT (number) DO NOTHING",
                ((b.number, b.hash, b.time, 0) for b in blocks),
            )
            connection.executemany(
                "UPDATE blocks SET told = ? WHERE number = ?",
                ((told, number) for number, told in eventful.items()),
            )
            try:
                for table, several in rows.items():
                    marks = ", ".join("?" * (2 + len(table.columns)))
                    connection.executemany(
                        f"INSERT INTO {table.name} VALUES ({marks}) "  # noqa: S608 - names are ours
                        "ON CONFLICT (block, position) DO NOTHING",
                        several,
                    )
            except sqlite3.IntegrityError as error:
                raise Contradiction(str(error)) from None
            first = min(eventful, default=last)
            for block, what in connection.execute("SELECT * FROM holes WHERE block >= ?", (first,)):
                raise Contradiction(f"{what} in block {block} without what it follows from")
            connection.execute(_FORGET, (CHECKPOINTS,))
        return True

    def _require_own_id(self, table: Table, log: Log) -> None:
        """Ids are the hash of what comes with them: a node cannot make up an offer or an order."""
        if table.name == "market_offer_opened":
            named = log.data
        elif table.name == "market_purchased":
            named = b"".join(log.topics[2:]) + log.data[:-32]
            licence = terms.license_id(self.chain.market, log.topics[1])
            named = named if log.data[-32:] == licence.to_bytes(32) else b""
        else:
            return
        domain = terms.domain(self.node.chain_id, self.chain.market)
        if keccak(domain + named) != log.topics[1]:
            raise OutsideFailed(
                f"The node sent {table.event.NAME} with an id that does not fit it: use another "
                "node."
            )


def _told(logs: Iterable[Log]) -> dict[int, int]:
    """For each block, a number that stands for the positions of its events; never 0."""
    positions: dict[int, set[int]] = {}
    for log in logs:
        positions.setdefault(log.block, set()).add(log.position)
    return {n: zlib.crc32(repr(sorted(each)).encode()) or 1 for n, each in positions.items()}


def _bits(item: bytes) -> int:
    """The three bits that an item sets in a bloom of 2,048."""
    digest = keccak(item)
    return sum({1 << (int.from_bytes(digest[i : i + 2]) & 2047) for i in (0, 2, 4)})
