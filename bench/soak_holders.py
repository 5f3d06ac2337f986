"""What a soak's holders do with their licences: let them, sell them on, ask for their keys.

>>> holders = Holders(soak, people)
>>> holders.begin()  # some of what can be done now

The seller holds licences, too, and their keeper does what is due of those. What it is paid for it
does for the others as well; what is too cheap for it a holder's own proof delivers, or nobody does.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from typing import TYPE_CHECKING

from bench.soak_buyers import CHEAP
from bench.soak_seller import DELIVER, GRACE
from daimm_cli.bindings.erc20 import ERC20
from daimm_cli.bindings.structs import (
    Bps,
    Deal,
    DealState,
    HeldKey,
    KeyRequest,
    LicenseId,
    Listing,
)
from daimm_cli.chain.terms import ZERO_ADDRESS, ZERO_WORD
from daimm_cli.index.deals import DealRow, ListingRow
from daimm_cli.index.rows import OrderRow, OrderState
from daimm_cli.protocol import passing
from daimm_cli.protocol.curve import NO_POINT, Point, SecretScalar
from daimm_cli.protocol.delivery import KeyRequest as Asked
from daimm_cli.protocol.delivery import hinted

if TYPE_CHECKING:
    from eth_account.signers.local import LocalAccount

    from bench.soak import Soak

FEE = 10**16
"""For a delivery, in AIM's smallest unit."""

RATE, PRICE = 10**17, 8 * 10**18
"""Of a rental's second, and of a licence that is sold on."""

LEAST, MOST = 600, 7_200
"""Seconds of a rental."""

TRIES = 8
"""Licences that somebody looks at until one fits."""

OFFERING, TAKING, ASKING = 0.3, 0.4, 0.2
"""How probable it is at one look that somebody does this."""

RENTING, MEAN, SHOWING = 0.6, 0.15, 0.3
"""Of what is offered: what is for rent, what pays nobody for a delivery, whose key its holder can
pass on."""


class Holders:
    """people: who hold, rent and buy, beside the seller."""

    def __init__(self, soak: Soak, people: Sequence[LocalAccount]) -> None:
        self.soak = soak
        self.chance = soak.chance.random
        self.people = people
        self.seller = soak.seller.account
        self.everybody = [*people, self.seller]
        self.held: dict[bytes, tuple[SecretScalar, HeldKey]] = {}
        deployed, node = soak.chain.deployed, soak.chain.node
        self.secondary, self.requests = deployed.secondary, deployed.key_requests
        for account in self.everybody:
            for spender in (self.secondary, self.requests):
                node.send(ERC20(soak.chain.aim).approve(spender.address, (1 << 256) - 1), account)
            node.send(deployed.licenses.set_approval_for_all(self.secondary.address, True), account)

    def begin(self) -> None:
        """Offers, deals and key requests."""
        now = self.soak.chain.node.latest().time
        for account in self.everybody:
            if self.chance() < OFFERING and (order := self._licence(account)):
                self._offer(account, order, now)
            elif self.chance() < TAKING:
                self._take(account, now)
            elif self.chance() < ASKING and (order := self._licence(account)):
                self._ask(account, order)

    def _licence(self, account: LocalAccount) -> OrderRow | None:
        """Some licence of theirs that is for ever and can change hands, by its order."""
        index = self.soak.index
        rows = index.licenses(owner=account.address)
        for row in self.soak.chance.sample(rows, min(len(rows), TRIES)):
            order = index.order(row.order_id)
            fits = order.state is OrderState.SETTLED and not order.offer.duration
            if fits and order.convicted_block is None:
                return order
        return None

    def _offer(self, account: LocalAccount, order: OrderRow, now: int) -> None:
        soak, offer, licence = self.soak, order.offer, LicenseId(order.license_id)
        if soak.index.rows(ListingRow, terms_license=str(licence), closed=False):
            return
        held = ZERO_WORD
        if account is not self.seller and self.chance() < SHOWING:
            held = self._shown(account, order)
        rents = self.user(licence) == ZERO_ADDRESS and self.chance() < RENTING
        mean, kept = self.chance() < MEAN, rents and self.chance() < 0.5
        (version,) = soak.index.versions(offer.model, version=offer.version)
        named = any(version.details.payee)
        listing = Listing(
            holder=account.address,
            license=licence,
            model=offer.model,
            version=offer.version,
            line=offer.line,
            held=held,
            token=offer.token,
            price=(CHEAP // MOST if mean else RATE) if rents else CHEAP if mean else PRICE,
            deposit=PRICE if kept else 0,
            min_time=LEAST if rents else 0,
            max_time=MOST if rents else 0,
            delivery_fee=0 if mean else FEE,
            delivery_time=DELIVER,
            grace_period=GRACE,
            arbitrator=soak.disputes.arbitrator.address if kept else ZERO_ADDRESS,
            royalty=Bps(soak.index.model(offer.model).royalty),
            royalty_payout=offer.payout if named else ZERO_ADDRESS,
            royalty_account=offer.payout_account if named else ZERO_WORD,
            expires_at=now + 60 * 86_400,
            salt=secrets.token_bytes(32),
        )
        soak.hands.send(self.secondary.list(listing, version.details, ZERO_WORD), account)

    def _shown(self, account: LocalAccount, order: OrderRow) -> bytes:
        """The name of a key that can be passed on, which the chain is shown first; zero until it
        is."""
        line, key, proof = order.offer.line, order.order.key, order.proof
        secret = self.soak.disputes.secrets.get(key)
        if secret is None or proof is None:
            return ZERO_WORD
        held = passing.delivered(key, proof.z)
        name = passing.held_id(line, held)
        self.held[name] = secret, held
        if self.soak.chain.node.view(self.requests.is_proven(name)):
            return name
        call = self.requests.prove(
            order.order_id, line, key, hinted(Asked(order.order_id, line, key), proof)
        )
        self.soak.hands.send(call, account)
        return ZERO_WORD

    def _take(self, account: LocalAccount, now: int) -> None:
        soak, me = self.soak, account.address
        found = soak.index.rows(ListingRow, closed=False)
        busy = {row.listing_id for row in soak.index.rows(DealRow, state=int(DealState.PENDING))}
        rows = [
            it
            for it in found
            if it.obstacle(now) is None and it.listing.holder != me and it.listing_id not in busy
        ]
        if not rows:
            return
        listing = soak.chance.choice(rows).listing
        rents, until = bool(listing.max_time), 0
        if not rents:
            until = soak.chain.node.view(soak.chain.deployed.licenses.user_expires(listing.license))
        deal = Deal(
            taker=me,
            key=soak.disputes.key(),
            pass_key=self._point(listing.held),
            time=soak.chance.randint(LEAST, MOST // 2) if rents else 0,
            used_until=until,
            salt=secrets.token_bytes(32),
        )
        soak.hands.send(self.secondary.take(listing, deal, now + 3_600), account)

    def _point(self, held: bytes) -> Point:
        if held == ZERO_WORD:
            return NO_POINT
        secret = SecretScalar(self.soak.chance.randrange(1, 1 << 250))
        return passing.ask(secret, self.held[held][1])

    def _ask(self, account: LocalAccount, order: OrderRow) -> None:
        offer, index = order.offer, self.soak.index
        held = self._shown(account, order) if self.chance() < SHOWING else ZERO_WORD
        (version,) = index.versions(offer.model, version=offer.version)
        request = KeyRequest(
            asker=account.address,
            license=LicenseId(order.license_id),
            model=offer.model,
            version=offer.version,
            line=offer.line,
            held=held,
            key=self.soak.disputes.key(),
            pass_key=self._point(held),
            token=offer.token,
            fee=0 if self.chance() < MEAN else FEE,
            delivery_time=DELIVER,
            grace_period=GRACE,
            salt=secrets.token_bytes(32),
        )
        call = self.requests.request_key(request, version.details, ZERO_WORD)
        self.soak.hands.send(call, account)

    def user(self, licence: LicenseId) -> str:
        return self.soak.chain.node.view(self.soak.chain.deployed.licenses.user_of(licence))

    def who(self, address: str) -> LocalAccount:
        return next(account for account in self.everybody if account.address == address)
