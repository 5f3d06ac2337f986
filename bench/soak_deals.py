"""What becomes of a soak's deals and key requests, as far as its keeper does not do it.

>>> deals = Deals(soak, holders)
>>> deals.move()                  # some of what can be done now
>>> deals.keepers(now)            # what the keeper has still to do
[]
>>> min(deals.waits(now))         # seconds until something else can be done
3601
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from bench.soak_holders import LEAST
from bench.soak_seller import DELIVER, GRACE
from daimm_cli.bindings.structs import DealState, HeldKey, Listing, Passing, RequestState
from daimm_cli.chain.terms import ZERO_ADDRESS, ZERO_WORD
from daimm_cli.index.deals import DealRow, KeyRow, ListingRow, RequestRow, listing_of
from daimm_cli.market import rentals
from daimm_cli.protocol import passing
from daimm_cli.protocol.passing import PassRequest

if TYPE_CHECKING:
    from bench.soak import Soak
    from bench.soak_holders import Holders
    from daimm_cli.bindings.calls import Call

PASSING, DECLINING, UNLISTING = 0.1, 0.01, 0.005
"""How probable it is at one look that a holder does this."""

COLLECTING, EXTENDING, CLOSING = 0.1, 0.3, 0.05
"""The same of what becomes of rentals; the last one of those that the keeper closes."""

OPEN = (DealState.PENDING, DealState.RUNNING, DealState.HELD)


class Deals:
    """holders: whose they are."""

    def __init__(self, soak: Soak, holders: Holders) -> None:
        self.soak = soak
        self.holders = holders
        self.chance = soak.chance.random
        self.secondary = soak.chain.deployed.secondary
        self.requests = soak.chain.deployed.key_requests

    def move(self) -> None:
        """Passing on, refunds, early ends, more time, rent, closing; all but what the keeper does,
        and now and then that."""
        now, index = self.soak.chain.node.latest().time, self.soak.index
        for row in self._open():
            listing = listing_of(index, row)
            if row.state is DealState.PENDING:
                self._await(row, listing, now)
            elif rentals.over(listing, row) < now:
                if listing.holder != self.holders.seller.address or self.chance() < CLOSING:
                    self._anybody(self.secondary.close(listing, row.deal))
            elif row.state is DealState.RUNNING and now < (row.ends_at or 0):
                self._run(row, listing, now)
        for asked in index.rows(RequestRow, None, state=int(RequestState.PENDING)):
            request = asked.request
            if now > _grace_end(asked):
                self._anybody(self.requests.refund_key(request))
            elif request.held != ZERO_WORD and self.chance() < PASSING:
                what = PassRequest(asked.ident, request.line, request.pass_key)
                held, given = self._pass(request.held, what)
                self._anybody(self.requests.pass_key(request, held, given))
        for listed in index.rows(ListingRow, closed=False):
            if self.chance() < UNLISTING:
                unlisting = self.secondary.unlist(listed.listing)
                self.soak.hands.send(unlisting, self.holders.who(listed.listing.holder))

    def _await(self, row: DealRow, listing: Listing, now: int) -> None:
        if now > _grace_end(row) or row.convicted_block is not None:
            self._anybody(self.secondary.refund(listing, row.deal))
        elif listing.held != ZERO_WORD and self.chance() < PASSING:
            asked = PassRequest(row.deal_id, listing.line, row.deal.pass_key)
            held, given = self._pass(listing.held, asked)
            call = self.secondary.pass_on(listing, row.deal, held, given)
            self.soak.hands.send(call, self.holders.who(listing.holder))
        elif self.chance() < DECLINING:
            call = self.secondary.decline(listing, row.deal)
            self.soak.hands.send(call, self.holders.who(listing.holder))

    def _run(self, row: DealRow, listing: Listing, now: int) -> None:
        taker, fate = self.holders.who(row.deal.taker), row.deal_id[0] % 3
        used = self.holders.user(listing.license) == row.deal.taker
        if fate == 0 and used and row.deal_id[1] % 2:
            giving_up = self.soak.chain.deployed.licenses.set_user(listing.license, ZERO_ADDRESS, 0)
            self.soak.hands.send(giving_up, taker)
        elif fate == 0:
            self.soak.hands.send(self.secondary.end(listing, row.deal), taker)
        elif fate == 1 and self.chance() < EXTENDING:
            time = self.soak.chance.randint(60, LEAST)
            self.soak.hands.send(self.secondary.extend(listing, row.deal, time, now + 3_600), taker)
        elif self.chance() < COLLECTING:
            self._anybody(self.secondary.collect(listing, row.deal))

    def _pass(self, name: bytes, asked: PassRequest) -> tuple[HeldKey, Passing]:
        secret, held = self.holders.held[name]
        return held, passing.pass_on(secret, held, asked, self.holders.people[0].address)

    # How long it takes

    def waits(self, now: int) -> Iterator[int]:
        """Seconds after which the next can be done about each that is open."""
        index = self.soak.index
        for row in self._open():
            listing = listing_of(index, row)
            ends = _grace_end(row)
            if row.state is not DealState.PENDING:
                running = now <= (row.ends_at or 0)
                ends = row.ends_at or 0 if running else rentals.over(listing, row)
            yield ends + 1 - now
        for asked in index.rows(RequestRow, None, state=int(RequestState.PENDING)):
            yield _grace_end(asked) + 1 - now

    def keepers(self, now: int) -> list[bytes]:
        """The ids of what the keeper has still to do something about."""
        index, found = self.soak.index, []
        for row in self._open():
            listing = listing_of(index, row)
            if row.state is DealState.PENDING:
                done = (
                    now > _grace_end(row)
                    or row.convicted_block is not None
                    or self._is_blocked(listing)
                )
                waits = bool(listing.delivery_fee) and not done
            else:
                mine = listing.holder == self.holders.seller.address and listing.delivery_fee
                due = rentals.over(listing, row) < now
                waits = bool(mine and due and rentals.uncollected(listing, row, now))
            if waits:
                found.append(row.deal_id)
        asked = index.rows(RequestRow, None, state=int(RequestState.PENDING))
        waiting = (it for it in asked if it.request.fee and it.convicted_block is None)
        return found + [it.ident for it in waiting if now <= _grace_end(it)]

    def pending(self) -> set[bytes]:
        """The ids of what waits for a key."""
        index = self.soak.index
        deals = index.rows(DealRow, None, state=int(DealState.PENDING))
        asked = index.rows(RequestRow, None, state=int(RequestState.PENDING))
        return {row.deal_id for row in deals} | {row.ident for row in asked}

    # Underneath

    def _open(self) -> Iterator[DealRow]:
        for state in OPEN:
            yield from self.soak.index.rows(DealRow, None, state=int(state))

    def _is_blocked(self, listing: Listing) -> bool:
        """Whether the holder did something else with the licence meanwhile."""
        node, licenses = self.soak.chain.node, self.soak.chain.deployed.licenses
        gone = node.view(licenses.owner_of(listing.license)) != listing.holder
        return gone or bool(listing.max_time and self.holders.user(listing.license) != ZERO_ADDRESS)

    def _anybody(self, call: Call) -> None:
        free = [account for account in self.holders.people if self.soak.hands.is_free(account)]
        if free:
            self.soak.hands.send(call, self.soak.chance.choice(free))


def _grace_end(row: KeyRow) -> int:
    return row.taken_at + DELIVER + GRACE
