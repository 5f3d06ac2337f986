"""What is due for a seller, and the call that does it.

>>> list(duties.due(final, head))
['deliver 0x3f9a...']
>>> duties.make("deliver 0x3f9a...", final, now).kind
'deliver'

The kinds: a key to deliver, an order to settle after its inspection, one to refund because its
content was proven wrong or nobody ruled on it, money to withdraw (`keeper.owed`); a key to hand
over in a deal or for a key request, and rent to collect (`keeper.deals`); what a juror has to do
(`keeper.jury`). The index says where to look; each is judged anew on the chain before it is done
(`market.deliver` has the rules for keys), and weighed: what it brings must be worth its gas, to the
buyer where it is a refund.
"""

from __future__ import annotations

import functools
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import KW_ONLY, dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING

from daimm_cli.base.errors import ChainRefused, DaimmError
from daimm_cli.bindings.values import word
from daimm_cli.chain.node import Call
from daimm_cli.index.deals import DealRow
from daimm_cli.index.rows import OrderRow, OrderState
from daimm_cli.keeper import deals, doubts, jury, oppose, owed
from daimm_cli.keeper.entries import Batch
from daimm_cli.keeper.owed import WITHDRAW
from daimm_cli.market import deliver
from daimm_cli.market.deliver import PreparedDelivery
from daimm_cli.market.handover import Handover

if TYPE_CHECKING:
    from daimm_cli.chain.answers import Header
    from daimm_cli.chain.client import Chain
    from daimm_cli.index.index import Index
    from daimm_cli.market.deliver import Kept, Moment
    from daimm_cli.protocol.curve import SecretScalar

DELIVER, SETTLE, REFUND = "deliver", "settle", "refund"
GAS = {DELIVER: 80_000, SETTLE: 60_000, REFUND: 60_000, WITHDRAW: 60_000, **deals.GAS}
"""What each costs alone, to weigh it with; `make bench` measures the first."""

MISSING_REST = 60.0
"""Seconds until a line that could not be had is asked for again, and ten times what it took."""


class NotFinal(ChainRefused):
    """The purchase is too young: the next blocks will tell."""


class NotWorth(ChainRefused):
    """It would cost more gas than it brings."""


class LineMissing(DaimmError):
    """The secret of a version cannot be had now; other versions are not concerned."""


@dataclass(frozen=True)
class Duty:
    """Something to do: a call, or an order's delivery. delivery: what it makes public. deadline:
    the last second of use, 0 for none. alone: never in one transaction with others."""

    subject: str
    kind: str
    part: Call | None
    delivery: Kept | None = None
    deadline: int = 0
    alone: bool = False


@dataclass
class Duties:
    """What is due for `seller`, done by `keeper`, whoever that is.

    line_of: the secret of a version's key line; may raise any DaimmError. answer: passes on keys
    that the seller holds; None: none. worth: wei that the smallest unit of a token is worth to the
    seller, by token address; the orders of a token that is not there are not weighed. minimum: wei
    that an order must leave after its gas. objection: opposes claims; None: nobody does.
    jury: serves a juror; doubts: a depositor; None: nobody. thresholds: by token address, the
    credit (smallest unit) from which it is withdrawn. waiting: see `read`.
    """

    chain: Chain
    index: Index
    home: Path
    _: KW_ONLY
    seller: str
    keeper: str
    line_of: Callable[[int, int], SecretScalar]
    answer: deals.Answer | None = None
    worth: Mapping[str, Decimal] = field(default_factory=dict)
    minimum: int = 0
    thresholds: Mapping[str, int] = field(default_factory=dict)
    objection: oppose.Objection | None = None
    jury: jury.Jury | None = None
    doubts: doubts.Doubts | None = None
    waiting: list[OrderRow] = field(default_factory=list, init=False)
    _rows: dict[bytes, OrderRow] = field(default_factory=dict, init=False)
    _wrong: list[OrderRow] = field(default_factory=list, init=False)
    _seen: Header | None = field(default=None, init=False)
    _lines: dict[tuple[int, int], SecretScalar] = field(default_factory=dict, init=False)
    _missing: dict[tuple[int, int], tuple[float, LineMissing]] = field(
        default_factory=dict, init=False
    )

    # Looking

    def read(self, head: Header | None) -> None:
        """Take `waiting` from the index: orders that wait for their keys, the most urgent first.

        What was sold as something else is not delivered: its buyers are to be refunded.

        head: the newest block that the index has: it is read once for each. None reads it anyway.
        """
        if head is not None and head == self._seen:
            return
        rows = self._orders(OrderState.PENDING)
        rows.sort(key=lambda row: (row.deliver_by, row.order_id))
        self.waiting = [row for row in rows if row.convicted_block is None]
        self._wrong = [row for row in rows if row.convicted_block is not None]
        self._rows = {row.order_id: row for row in rows}
        self._seen = head

    def due(self, final: Header, head: Header) -> Iterator[str]:
        """The subjects that are due: of what was bought, or delivered, in a block that is final.

        Those past their delivery time come after those that can still keep it.
        """
        for row in sorted(self.waiting, key=lambda row: row.deliver_by < head.time):
            if row.block <= final.number and head.time <= row.grace_end:
                yield f"{DELIVER} 0x{row.order_id.hex()}"
        inspected, held = self._orders(OrderState.INSPECTION), self._orders(OrderState.HELD)
        for row in inspected:
            over = (row.inspection_ends_at or 0) < head.time and row.convicted_block is None
            if over and (row.delivered_at or 0) <= final.time:
                yield f"{SETTLE} 0x{row.order_id.hex()}"
        for row in (*self._wrong, *inspected, *held):
            if row.is_refundable(head.time) and (row.convicted_block or 0) <= final.number:
                yield f"{REFUND} 0x{row.order_id.hex()}"
        if self.objection:
            yield from (f"{oppose.OPPOSE} 0x{it.order_id.hex()}" for it in self.objection.due(held))
        yield from deals.due(self.index, self.seller, self.thresholds, final, head)
        yield from owed.due(self.chain, {self.seller, self.keeper}, self.thresholds)
        if self.jury:
            yield from self.jury.due()
        if self.doubts:
            yield from self.doubts.due()

    def stands(self, subject: str, now: int) -> bool:
        """Whether a duty that was begun still makes sense, as far as the index knows. now: the
        chain's time, in seconds since 1970."""
        kind, *rest = subject.split()
        if kind == WITHDRAW or kind in jury.KINDS | doubts.KINDS:
            return True
        if kind in deals.GAS:
            return deals.stands(self.index, kind, word(rest[0]), now)
        try:
            row = self._row(word(rest[0]))
        except DaimmError:
            return False
        if kind == REFUND:
            return row.is_refundable(now)
        if row.convicted_block is not None:
            return False
        if kind == oppose.OPPOSE:
            return bool(self.objection and [*self.objection.due([row])])
        if kind == SETTLE:
            return row.state is OrderState.INSPECTION
        return row.state is OrderState.PENDING and now <= row.grace_end

    def deliverer(self, subject: str) -> str | None:
        """Who delivered the order of a subject, as far as the index knows."""
        try:
            return self.index.order(word(subject.split()[1])).deliverer
        except DaimmError:
            return None

    def batch(self, duties: Sequence[Duty]) -> Batch:
        """What does these duties of one kind in one transaction; for none, it uses up its nonce."""
        prepared = [it.delivery for it in duties if isinstance(it.delivery, PreparedDelivery)]
        parts = [duty.part for duty in duties if duty.part]
        if prepared:
            call = self.chain.delivery_call([(p.offer, p.order, p.delivery) for p in prepared])
        elif len(parts) == 1:
            call = parts[0]
        elif parts:
            contract = self.chain.deployed.named(self.chain.book.kinds[parts[0].to or ""])
            call = contract.together(parts)
        else:
            call = Call(self.keeper, b"", "free a nonce")
        deadlines = [duty.deadline for duty in duties if duty.deadline]
        return Batch(call, tuple(duty.subject for duty in duties), min(deadlines, default=0))

    # Doing

    def make(self, subject: str, final: Header, now: Moment, gas_price: int = 0) -> Duty:
        """The duty of a subject; ChainRefused where it is not to be done, NotWorth among them.

        gas_price: wei per gas to weigh it with; 0 for one that was begun and is finished anyway.
        """
        kind, *rest = subject.split()
        market = self.chain.deployed.market
        if kind == WITHDRAW:
            call, together = owed.push(self.chain, *rest)
            return Duty(subject, kind, call, alone=not together)
        if kind in jury.KINDS and self.jury:
            step = self.jury.make(subject)
            return Duty(subject, kind, step.made, deadline=step.until, alone=True)
        if kind in doubts.KINDS and self.doubts:
            return Duty(subject, kind, self.doubts.make(subject), alone=True)
        if kind in deals.GAS:
            return self._deal(subject, final, now, gas_price)
        row = self._row(word(rest[0]))
        if kind == oppose.OPPOSE and self.objection:
            call, deadline = self.objection.make(row, now.chain)
            return Duty(subject, kind, call, None, deadline, alone=True)
        name, brings = f"Order 0x{row.order_id.hex()}", row.order.price - row.order.protocol_fee
        brings = row.refund if kind == REFUND else brings
        brings += row.offer.delivery_fee if kind == DELIVER else 0
        self._weigh(name, kind, row.offer.token, brings, gas_price)
        if kind == REFUND:
            return Duty(subject, kind, market.refund(row.offer, row.order), alone=True)
        if kind == SETTLE:
            call = market.settle_if_due(row.offer, row.order)
            if not any(self.chain.node.simulate(call, self.keeper)):
                raise ChainRefused(f"{name} is not due to be settled.")
            return Duty(subject, kind, call)
        seen = deliver.was_sent(self.chain, self.home, row.order_id)
        deliver.Clocks.of(row.offer, row.bought_at).require_time(now, seen=seen)
        if not seen and (missing := self._known_missing(row.offer.model, row.offer.version)):
            raise missing  # before the node is asked: there may be many
        if not deliver.bought_by(self.chain, row, final.number):
            raise NotFinal(f"{name} is not final yet: waiting.")
        prepared = deliver.prepare(
            self.chain,
            self.home,
            row.offer,
            row.order,
            lambda: self._line(row.offer.model, row.offer.version),
            seller=self.seller,
            receiver=self.keeper,
        )
        return Duty(subject, kind, None, prepared, prepared.clocks.grace_end)

    def _deal(self, subject: str, final: Header, now: Moment, gas_price: int) -> Duty:
        kind, ident = subject.split()
        row = deals.find(self.index, word(ident))
        it = Handover.of(self.chain, self.index, row)
        if kind == deals.RENT and isinstance(row, DealRow):
            part = deals.rent(self.chain, self.index, row, self.seller, now.chain)
        elif not deliver.bought_by(self.chain, row, final.number):
            raise NotFinal(f"{it.name} is not final yet: waiting.")
        elif self.answer and deals.passes_on(self.index, row, self.seller):
            part = deals.passed(self.chain, it, now, self.answer)
        else:
            secret = functools.partial(self._line, row.model, row.version)
            part = deals.key(self.chain, self.home, it, secret, self.keeper)
        self._weigh(it.name, kind, part.token, part.brings, gas_price)
        return Duty(subject, kind, part.call, part.delivery, part.deadline)

    def _orders(self, state: OrderState) -> list[OrderRow]:
        return self.index.orders(seller=self.seller, state=state, limit=None)

    def _row(self, order_id: bytes) -> OrderRow:
        return self._rows.get(order_id) or self.index.order(order_id)

    def _line(self, model: int, version: int) -> SecretScalar:
        line = model, version
        if line not in self._lines:
            if missing := self._known_missing(model, version):
                raise missing
            began = time.monotonic()
            try:
                self._lines[line] = self.line_of(model, version)
            except DaimmError as error:
                ended = time.monotonic()
                missing = LineMissing(error.message)
                self._missing[line] = ended + max(MISSING_REST, 10 * (ended - began)), missing
                raise missing from None
        return self._lines[line]

    def _known_missing(self, model: int, version: int) -> LineMissing | None:
        until, missing = self._missing.get((model, version), (0.0, None))
        return missing if time.monotonic() < until else None

    def _weigh(self, what: str, kind: str, token: str, brings: int, gas_price: int) -> None:
        rate = self.worth.get(token)
        if rate is None or not gas_price:
            return
        spare = int(brings * rate) - self.minimum
        if spare < GAS[kind] * gas_price:
            dearest = max(spare, 0) / GAS[kind] / 10**9
            raise NotWorth(
                f"{what} is worth its gas up to {dearest:.3f} gwei: waiting for cheaper gas."
            )
