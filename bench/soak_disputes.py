"""What a soak's arbitrator and cheated buyers do.

>>> disputes = Disputes(soak, arbitrator)
>>> disputes.open()     # two versions with good digests over garbage, and what sells them
>>> disputes.move()     # holds, rules, convicts: some of what can be done now

Of the orders that are held a third are paid, a third refunded, and a third never ruled on.
"""

from __future__ import annotations

import contextlib
import dataclasses
import secrets
from typing import TYPE_CHECKING

from daimm_cli.base.errors import DaimmError
from daimm_cli.bindings.structs import Deal, DealState, Listing, Ruling
from daimm_cli.bindings.values import encode
from daimm_cli.chain.terms import Offer, deal
from daimm_cli.index.deals import DealRow, listing_of
from daimm_cli.index.rows import OrderState
from daimm_cli.market import rentals
from daimm_cli.protocol.curve import H, Point, SecretScalar, mul
from daimm_cli.protocol.delivery import KeyRequest
from tools import disputes

if TYPE_CHECKING:
    from eth_account.signers.local import LocalAccount

    from bench.soak import Soak
    from daimm_cli.bindings.calls import Call

HOLD = 90 * 86_400
"""Seconds that an arbitrator has to rule."""

HOLDING, CLAIMING, RULING = 0.02, 0.2, 0.1
"""How probable it is at one look that an order that can be is held, a deposit is claimed, or either
ruled on."""

VERDICTS = (Ruling.REJECTED, Ruling.UPHELD, None)


class Disputes:
    """secrets: of the keys that buyers asked for, by point. offers: those of garbage."""

    def __init__(self, soak: Soak, arbitrator: LocalAccount) -> None:
        self.soak = soak
        self.arbitrator = arbitrator
        self.secrets: dict[Point, SecretScalar] = {}
        self.offers: list[Offer] = []

    def open(self) -> None:
        """Sell one version of garbage as the honest ones are, and one under inspection."""
        chain, account = self.soak.chain, self.soak.seller.account
        honest, inspected, *_ = self.soak.offers
        self.soak.index.sync()
        (version,) = self.soak.index.versions(honest.model)
        for terms in (honest, inspected):
            details = disputes.garbage(
                dataclasses.replace(version.details, manifest=secrets.token_bytes(32))
            )
            _, number = chain.add_version(account, honest.model, details)
            offer = dataclasses.replace(
                terms, version=number, last_version=number, salt=secrets.token_bytes(32)
            )
            self.offers.append(chain.open_offer(account, offer, details).offer)

    def key(self) -> Point:
        """A buyer's new key."""
        secret = SecretScalar(self.soak.chance.randrange(1, 1 << 250))
        key = mul(secret, H)
        self.secrets[key] = secret
        return key

    def move(self, share: float) -> None:
        """share: of the orders that were to be placed."""
        nonce, address = self.soak.chain.node.nonce, self.arbitrator.address
        if nonce(address, "pending") > nonce(address, "latest"):
            return
        for number, offer in enumerate(self.offers, 1):
            if share > number / (len(self.offers) + 1):
                self._convict(offer)
        chance, market = self.soak.chance.random, self.soak.chain.deployed.market
        for row in self.soak.index.orders(state=OrderState.INSPECTION, limit=None):
            if row.offer.arbitrator == self.arbitrator.address and chance() < HOLDING:
                what = deal(row.offer, row.order)
                self._send("hold", market.hold(what, row.order.buyer))
        for row in self.soak.index.orders(state=OrderState.HELD, limit=None):
            verdict = VERDICTS[row.order_id[0] % len(VERDICTS)]
            if verdict is not None and chance() < RULING:
                self._send("ruling", market.resolve(deal(row.offer, row.order), verdict))
        self._deposits()

    def _deposits(self) -> None:
        """Of rentals: claimed for their holders, and ruled on."""
        now, index = self.soak.chain.node.latest().time, self.soak.index
        chance, secondary = self.soak.chance.random, self.soak.chain.deployed.secondary
        for row in index.rows(DealRow, None, state=int(DealState.RUNNING)):
            listing = listing_of(index, row)
            claimable = (row.ends_at or 0) < now <= rentals.over(listing, row)
            if claimable and listing.arbitrator == self.arbitrator.address and chance() < CLAIMING:
                self._send("claim", secondary.hold(_rental(listing, row), listing.holder))
        for row in index.rows(DealRow, None, state=int(DealState.HELD)):
            verdict = VERDICTS[row.deal_id[0] % len(VERDICTS)]
            if verdict is not None and chance() < RULING:
                listing = listing_of(index, row)
                self._send("ruling", secondary.resolve(_rental(listing, row), verdict))

    def _convict(self, offer: Offer) -> None:
        """By whoever got a key of the line; again, where a re-org took the proof back."""
        index, chain = self.soak.index, self.soak.chain
        version = next(iter(index.versions(offer.model, version=offer.version)), None)
        if version is None:  # a fault has the index start over: next time
            return
        rows = index.orders(limit=None)
        delivered = next((row for row in rows if row.proof and row.order.key in self.secrets), None)
        if version.convicted or delivered is None or delivered.proof is None:
            return
        request = KeyRequest(delivered.order_id, delivered.offer.line, delivered.order.key)
        self._send(
            "conviction",
            disputes.conviction(
                chain,
                version,
                self.arbitrator.address,
                self.secrets[delivered.order.key],
                request,
                delivered.proof,
            ),
        )

    def _send(self, kind: str, call: Call) -> None:
        """In the arbitrator's name; what the chain refuses now is looked at again."""
        node, account = self.soak.chain.node, self.arbitrator
        with contextlib.suppress(DaimmError):
            nonce = node.nonce(account.address, "pending")
            node.broadcast(node.sign(call, account, nonce=nonce))
            self.soak.faults.counted[kind] += 1


def _rental(listing: Listing, row: DealRow) -> bytes:
    """abi.encode(listing, deal): what an arbitrator's calls take."""
    return encode([Listing.abi_type(), Deal.abi_type()], [listing.to_abi(), row.deal.to_abi()])
