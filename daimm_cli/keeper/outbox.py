"""Transactions that left, or may have: kept on disk, and sent again until the chain is final.

>>> outbox = Outbox(home / "keeper" / "31337", node, account, 200 * GWEI, 90)
>>> outbox.add(Batch(call, ["deliver 0x3f9a..."], grace_end), outbox.price())
>>> for outcome in outbox.advance(head, final=1_200):
...     print(outcome.attempt.subjects, outcome.receipt.gas_used)

An entry holds one nonce of the account until a transaction with that nonce is final. Each of its
attempts is written to disk before it leaves, and its bytes never change: after a crash, a re-org
or a node that forgot it, the same bytes go out again. A stuck one gets another attempt at the same
nonce with higher fees (at least an eighth more, as nodes demand), so that at most one can be mined.

What an entry is about is told by its subjects, texts that the caller chooses. Whoever adds an
entry makes sure that no subject is busy.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from daimm_cli.base.errors import ChainRefused, DaimmError, OutsideFailed
from daimm_cli.chain.transactions import raised
from daimm_cli.keeper.entries import Attempt, Batch, Entry, Outcome, keep, load

if TYPE_CHECKING:
    from daimm_cli.chain.answers import Header
    from daimm_cli.chain.node import Node
    from daimm_cli.chain.transactions import Fees, Signer

LEAST_GAS = 150_000
"""An account that cannot pay for so much gas sends nothing."""


@dataclass
class Outbox:
    """The transactions of one account on one chain.

    folder: one file for each nonce. most: wei that may be offered per gas. patience: seconds until
    a transaction is stuck. submit: the node to send through where it is not `node`.
    trouble: why a broadcast was not taken, the first since `send_again` began; or None. clock:
    seconds, of any beginning.
    """

    folder: Path
    node: Node
    account: Signer
    most: int
    patience: int
    submit: Node | None = None
    clock: Callable[[], float] = time.monotonic
    trouble: DaimmError | None = field(default=None, init=False)

    def __post_init__(self) -> None:
        self._turns: dict[str, int] = {}
        self._seen: Header | None = None
        self._first: tuple[int, int] | None = None
        self._first_since = 0.0
        self.entries = {entry.nonce: entry for entry in load(self.folder, self.account.address)}

    @property
    def busy(self) -> frozenset[str]:
        """The subjects of all entries."""
        return frozenset().union(*(entry.subjects for entry in self.entries.values()))

    @property
    def waiting(self) -> list[Entry]:
        """Entries whose nonces are free as far as is known, by nonce."""
        held = [entry for _, entry in sorted(self.entries.items())]
        return [entry for entry in held if entry.receipt is None and entry.usurped is None]

    def price(self) -> Fees:
        """What a transaction is to offer now.

        Raises ChainRefused where that is too much, or more than the account can pay for.
        """
        asked = self.node.fees()
        fees = self._capped(asked, asked)
        if self.node.ether(self.account.address) < LEAST_GAS * max(fees.values()):
            raise ChainRefused(
                f"{self.account.address} has too little ether to send anything: send it some."
            )
        return fees

    def add(
        self,
        batch: Batch,
        fees: Fees,
        *,
        nonce: int | None = None,
        before: Callable[[], None] = lambda: None,
    ) -> Entry:
        """Sign a batch, keep it, send it.

        nonce: the next one unless named. before: called when it is signed, before it is kept; may
        raise, and nothing has happened then. Raises ChainRefused where the call would revert. Once
        it is kept, a node that does not take it is no error: `send_again` tries again.
        """
        if nonce is None:
            nonce = self.node.nonce(self.account.address, "latest")
            nonce = max([nonce, *(number + 1 for number in self.entries)])
        entry = Entry(nonce, [])
        self._attempt(entry, batch, fees, before)
        return entry

    def replace(self, entry: Entry, batch: Batch) -> None:
        """Send another transaction in the place of one that waits, for more per gas.

        Raises ChainRefused where that would offer more than is allowed. Only what gives up
        all subjects may go out for the same then: the node may have forgotten what it replaces.
        """
        given_up = bool(entry.latest.subjects) and not batch.subjects
        before = entry.latest.fees
        asked = self.node.fees()
        least = {} if given_up else raised(before, before)
        self._attempt(entry, batch, self._capped(asked, raised(asked, before), least))

    def _capped(self, asked: Fees, fees: Fees, least: Fees | None = None) -> Fees:
        """As much of `fees` as is allowed; ChainRefused where that is not enough.

        asked: the node's price. least: what it takes to replace another.
        """
        limit = f"the limit of {self.most / 10**9:g} gwei"
        capped = {name: min(value, self.most) for name, value in fees.items()}
        if any(capped[name] < value for name, value in (least or {}).items()):
            raise ChainRefused(
                f"A higher fee would pass {limit} per gas: wait, or raise max_gas_price."
            )
        if (asked.get("gasPrice") or self.node.base_fee()) > self.most:
            raise ChainRefused(f"Gas costs more than {limit}: waiting.")
        return capped

    def _attempt(
        self, entry: Entry, batch: Batch, fees: Fees, before: Callable[[], None] = lambda: None
    ) -> None:
        call, subjects, deadline = batch
        signed = self.node.sign(call, self.account, nonce=entry.nonce, fees=fees)
        attempt = Attempt(tuple(subjects), call.doing, deadline, fees, signed.raw)
        before()
        self._keep(Entry(entry.nonce, [*entry.attempts, attempt]))
        entry.attempts.append(attempt)
        self.entries[entry.nonce] = entry
        self._send(attempt)

    def stuck(self) -> Entry | None:
        """The entry that holds up the others, if it has done so for too long.

        Time counts while nothing stands before it: the others wait for it, not for higher fees.
        """
        first = self.waiting[0] if self.waiting else None
        key = (first.nonce, len(first.attempts)) if first else None
        now = self.clock()
        if key != self._first:
            self._first, self._first_since = key, now
        return first if now >= self._first_since + self.patience else None

    def gap(self) -> int | None:
        """The nonce that the first entry waits for and no entry has; None where there is none."""
        nonce = self.node.nonce(self.account.address, "latest")
        return nonce if self.waiting and nonce < self.waiting[0].nonce else None

    def advance(
        self, head: Header, *, final: int, in_time: Callable[[], bool] = lambda: True
    ) -> Iterator[Outcome]:
        """Look what became of the entries, one after the other, and forget those that are final.

        head: the newest block; final: the number of the newest that counts as final. Entries that
        another transaction took the nonce of are given up once that is final: "usurped". What was
        mined is looked at again when it is final, or the chain has moved. in_time: once it says no,
        the rest is looked at another time; those come first then. An answer that fails is raised
        when the others were looked at.
        """
        if self._seen is not None and not self.node.has_block(self._seen.number, self._seen.hash):
            self._seen = None
            for entry in self.entries.values():
                entry.mined = entry.receipt = None
        unsettled = [entry for entry in self.entries.values() if not self._settled(entry, final)]
        used = self.node.nonce(self.account.address, "latest") if unsettled else 0
        looked, failure = 0, None
        for entry in self._in_turn("look", unsettled, in_time):
            try:
                yield from self._look(entry, used, final)
                looked += 1
            except OutsideFailed as error:
                failure = failure or error
        if failure is not None:
            raise failure
        if looked == len(unsettled):
            self._seen = head

    def is_mined(self, entry: Entry) -> bool:
        """Whether one of the entry's transactions is mined, asked anew."""
        asked = ((attempt, self.node.receipt(attempt.hash)) for attempt in reversed(entry.attempts))
        found = next(((attempt, told) for attempt, told in asked if told is not None), (None, None))
        entry.mined, entry.receipt = found
        if entry.receipt is not None:
            entry.usurped = None
        return entry.receipt is not None

    def send_again(self, now: int, in_time: Callable[[], bool] = lambda: True) -> Iterator[Outcome]:
        """Send what the node does not have, in the same bytes, until its deadline: "again".

        in_time: as for `advance`.
        """
        self.trouble = None
        for entry in self._in_turn("send", self.waiting, in_time):
            attempt = entry.latest
            late = attempt.deadline and now > attempt.deadline
            try:
                if late or self.node.knows(attempt.hash):
                    continue
            except OutsideFailed as error:
                self.trouble = self.trouble or error
                continue
            taken = self._send(attempt)
            if taken and self.submit is None:  # another one may hide what it was given
                yield Outcome("again", entry.nonce, attempt)

    def _in_turn(
        self, what: str, chosen: list[Entry], in_time: Callable[[], bool]
    ) -> Iterator[Entry]:
        """One entry at least, then more while there is time; the next call goes on after them."""
        last = self._turns.get(what, -1)
        ordered = sorted(chosen, key=lambda entry: (entry.nonce <= last, entry.nonce))
        for number, entry in enumerate(ordered):
            if number and not in_time():
                return
            self._turns[what] = entry.nonce
            yield entry

    def _settled(self, entry: Entry, final: int) -> bool:
        """Whether it is mined, in a block that is still there and not final."""
        return (
            entry.receipt is not None
            and self._seen is not None
            and final < entry.receipt.block <= self._seen.number
        )

    def _look(self, entry: Entry, used: int, final: int) -> Iterator[Outcome]:
        """used: how many nonces were used before this look."""
        before = entry.receipt
        if self.is_mined(entry) and entry.mined is not None and entry.receipt is not None:
            if not entry.receipt.succeeded and before is None:
                yield Outcome("reverted", entry.nonce, entry.mined, entry.receipt)
            if entry.receipt.block <= final:
                self._forget(entry)
                yield Outcome("final", entry.nonce, entry.mined, entry.receipt)
        elif self._usurped(entry, used, final):
            self._forget(entry)
            yield Outcome("usurped", entry.nonce, entry.latest)

    def _usurped(self, entry: Entry, used: int, final: int) -> bool:
        """Whether what used the nonce, and is no attempt, is final.

        It is once the block in which that was first seen is: what the account's state was in an
        older block, nodes without an archive cannot say.
        """
        before = entry.usurped
        if used <= entry.nonce or (before and not self.node.has_block(*before)):
            entry.usurped = None
        elif before is None:
            head = self.node.latest()
            if self.node.nonce(self.account.address, head.number) > entry.nonce:
                entry.usurped = head.number, head.hash
        if entry.usurped != before:
            self._keep(entry)
        return entry.usurped is not None and entry.usurped[0] <= final

    def _forget(self, entry: Entry) -> None:
        self._file(entry.nonce).unlink(missing_ok=True)
        del self.entries[entry.nonce]

    def _keep(self, entry: Entry) -> None:
        keep(self._file(entry.nonce), self.account.address, entry)

    def _file(self, nonce: int) -> Path:
        return self.folder / f"{nonce}.json"

    def _send(self, attempt: Attempt) -> bool:
        """Whether it was taken; it is kept, and `send_again` sees that the node lacks it."""
        try:
            (self.submit or self.node).broadcast_raw(attempt.raw, attempt.doing)
        except DaimmError as error:
            self.trouble = self.trouble or error
            return False
        return True
