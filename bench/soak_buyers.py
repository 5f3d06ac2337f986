"""What a soak's buyers do: they buy, and take back what can be taken back.

>>> buyers = Buyers(soak, accounts)
>>> buyers.buy()
>>> buyers.refund()
"""

from __future__ import annotations

import contextlib
import secrets
from typing import TYPE_CHECKING

from daimm_cli.base.errors import DaimmError
from daimm_cli.chain import payment
from daimm_cli.chain.terms import Bps, Purchase
from daimm_cli.chain.transactions import Signed
from daimm_cli.index.rows import OrderRow, OrderState

if TYPE_CHECKING:
    from collections.abc import Sequence

    from eth_account.signers.local import LocalAccount

    from bench.soak import Soak

CHEAP = 10**12
"""A price, in AIM's smallest unit, that does not pay for the gas of a delivery."""

HURRIED = 0.02
"""How probable it is at one look that a buyer refunds an order before the keeper does."""


class Buyers:
    """accounts: theirs. Each waits until what it sent is mined, or gone."""

    def __init__(self, soak: Soak, accounts: Sequence[LocalAccount]) -> None:
        self.soak = soak
        self.accounts = accounts
        self._waiting: dict[str, Signed] = {}

    def buy(self) -> None:
        """Somebody buys one to six licences in one transaction."""
        chance, chain, disputes = self.soak.chance, self.soak.chain, self.soak.disputes
        free = [buyer for buyer in self.accounts if self._is_free(buyer)]
        if not free:
            return
        buyer = chance.choice(free)
        offer = chance.choices([*self.soak.offers, *disputes.offers], [12, 6, 1, 4, 4])[0]
        deadline = chain.node.latest().time + 3600
        rate = Bps(chain.policy(offer.token).fee)
        items = [
            payment.Item(
                offer,
                Purchase(disputes.key(), offer.total, rate, deadline, secrets.token_bytes(32)),
            )
            for _ in range(chance.randint(1, 6))
        ]
        with contextlib.suppress(DaimmError):  # what a reorg took back is tried again later
            _, call = payment.plan(chain, buyer, items, None)
            signed = chain.node.sign(call, buyer, nonce=chain.node.nonce(buyer.address, "latest"))
            chain.node.broadcast(signed)
            self._waiting[buyer.address] = signed

    def _is_free(self, buyer: LocalAccount) -> bool:
        signed, node = self._waiting.get(buyer.address), self.soak.chain.node
        if signed is None or not node.knows(signed.hash):
            return True
        return node.receipt(signed.hash) is not None

    def refund(self) -> None:
        """Take back what no keeper gives back, and now and then what one does, too."""
        now, index = self.soak.chain.node.latest().time, self.soak.index
        index.sync()
        for row in index.orders(limit=None):
            alone = row.state is OrderState.PENDING and row.convicted_block is None
            hurried = alone or is_cheap(row) or self.soak.chance.random() < HURRIED
            if row.is_refundable(now) and hurried:
                with contextlib.suppress(DaimmError):
                    self._end(row)

    def _end(self, row: OrderRow) -> None:
        call = self.soak.chain.deployed.market.refund(row.offer, row.order)
        node, helper = self.soak.chain.node, self.accounts[-1]
        signed = node.sign(call, helper, nonce=node.nonce(helper.address, "pending"))
        node.broadcast(signed)


def is_cheap(row: OrderRow) -> bool:
    """Whether no keeper does anything about it."""
    return row.offer.price <= CHEAP


def is_keepers(row: OrderRow, now: int) -> bool:
    """Whether it is for the keeper to do something about it now."""
    if row.state is OrderState.PENDING:
        return True
    over = row.state is OrderState.INSPECTION and now > (row.inspection_ends_at or 0)
    return over or row.is_refundable(now)
