"""What a soak's buyers do: they buy, renew, and take back what can be taken back.

>>> buyers = Buyers(soak, accounts)
>>> buyers.buy()
>>> buyers.refund()
>>> buyers.renew()
"""

from __future__ import annotations

import contextlib
import secrets
from typing import TYPE_CHECKING

from daimm_cli.base.errors import DaimmError
from daimm_cli.bindings.erc20 import ERC20
from daimm_cli.bindings.structs import OrderId
from daimm_cli.chain import payment
from daimm_cli.chain.terms import ZERO_ADDRESS, Bps, Purchase
from daimm_cli.index.rows import OrderRow, OrderState

if TYPE_CHECKING:
    from collections.abc import Sequence

    from eth_account.signers.local import LocalAccount

    from bench.soak import Soak
    from daimm_cli.bindings.calls import Call

CHEAP = 10**12
"""A price, in AIM's smallest unit, that does not pay for the gas of a delivery."""

HURRIED = 0.02
"""How probable it is at one look that a buyer refunds an order before the keeper does."""


SHOWING = 0.7
"""How probable it is that who buys where a voucher is taken has one."""

GIVING = 0.3
"""How probable it is that licences are bought for somebody who will let them or sell them on."""

RENEWING = 0.1
"""How probable it is at one look that somebody renews a licence."""


class Buyers:
    """accounts: theirs. payer: who renews. friends: for whom they buy now and then."""

    def __init__(
        self,
        soak: Soak,
        accounts: Sequence[LocalAccount],
        payer: LocalAccount,
        friends: Sequence[str],
    ) -> None:
        self.soak = soak
        self.accounts = accounts
        self.payer = payer
        self.friends = friends
        allowing = ERC20(soak.chain.aim).approve(soak.chain.market, (1 << 256) - 1)
        soak.chain.node.send(allowing, payer)

    def buy(self) -> None:
        """Somebody buys one to six licences in one transaction."""
        chance, chain, disputes = self.soak.chance, self.soak.chain, self.soak.disputes
        free = [buyer for buyer in self.accounts if self.soak.hands.is_free(buyer)]
        if not free:
            return
        buyer = chance.choice(free)
        offers = [*self.soak.offers, *disputes.offers]
        offer = chance.choices(offers, [12, 6, 1, 6, 4, 4, 4])[0]
        shown = b""
        if offer.rule != ZERO_ADDRESS and chance.random() < SHOWING:
            shown = self.soak.seller.voucher
        total = offer.total // 2 if shown else offer.total
        deadline = chain.node.latest().time + 3600
        rate = Bps(chain.policy(offer.token).fee)
        items = [
            payment.Item(
                offer,
                Purchase(disputes.key(), total, rate, deadline, secrets.token_bytes(32)),
                shown,
            )
            for _ in range(chance.randint(1, 6))
        ]
        giving = chance.random() < GIVING
        recipient = chance.choice(self.friends) if giving else None
        with contextlib.suppress(DaimmError):  # what a reorg took back is tried again later
            _, call = payment.plan(chain, buyer, items, recipient)
            self.soak.hands.send(call, buyer)

    def renew(self) -> None:
        """Somebody pays for up to three more days of some licences."""
        chain, chance = self.soak.chain, self.soak.chance
        market, deadline = chain.deployed.market, chain.node.latest().time + 3600
        for row in self.soak.index.orders(state=OrderState.SETTLED, limit=None):
            if row.offer.duration and chance.random() < RENEWING:
                days = chance.randint(1, 3)
                terms = OrderId(row.order_id), days, days * row.offer.price, deadline
                with contextlib.suppress(DaimmError):
                    self._send(market.renew(row.offer, *terms), self.payer)

    def refund(self) -> None:
        """Take back what no keeper gives back, and now and then what one does, too."""
        now, index = self.soak.chain.node.latest().time, self.soak.index
        index.sync()
        for row in index.orders(limit=None):
            alone = row.state is OrderState.PENDING and row.convicted_block is None
            hurried = alone or is_cheap(row) or self.soak.chance.random() < HURRIED
            if row.is_refundable(now) and hurried:
                with contextlib.suppress(DaimmError):
                    call = self.soak.chain.deployed.market.refund(row.offer, row.order)
                    self._send(call, self.accounts[-1])

    def _send(self, call: Call, account: LocalAccount) -> None:
        node = self.soak.chain.node
        node.broadcast(node.sign(call, account, nonce=node.nonce(account.address, "pending")))


def is_cheap(row: OrderRow) -> bool:
    """Whether no keeper does anything about it."""
    return row.offer.price <= CHEAP


def is_keepers(row: OrderRow, now: int) -> bool:
    """Whether it is for the keeper to do something about it now."""
    if row.state is OrderState.PENDING:
        return True
    over = row.state is OrderState.INSPECTION and now > (row.inspection_ends_at or 0)
    return over or row.is_refundable(now)
