"""What the contracts of a soak owe and hold, against what their events say, to the wei.

>>> adrift(chain, told)
0
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from bench.verdict_deals import Book, Told
from daimm_cli.bindings import key_requests as asking
from daimm_cli.bindings import secondary as dealing
from daimm_cli.chain.terms import ZERO_ADDRESS, ZERO_WORD
from daimm_cli.market.deals import owed

if TYPE_CHECKING:
    from daimm_cli.bindings.calls import Event
    from daimm_cli.bindings.structs import Deal, Listing
    from daimm_cli.chain.client import Chain

LEDGERS = ("Secondary", "KeyRequests")


def adrift(chain: Chain, told: Told) -> int:
    """The differences in all, once every deal and key request has ended: of what each payee is
    owed, and of what is held."""
    found = 0
    for name in LEDGERS:
        address = chain.book.address(name).lower()
        books = Books(chain, Book(told), [event for log, event in told if log.address == address])
        for (payee, account, token), amount in books.owed.items():
            found += abs(chain.credit(payee, token, account, name) - amount)
        for token, amount in books.held.items():
            owing = sum(n for (*_, of), n in books.owed.items() if of == token)
            balance = chain.balance(token, chain.book.address(name))
            found += abs(balance - amount) + abs(amount - owing)
    return found


class Books:
    """Of one contract. owed: by payee, account and token; shares are computed anew. held: what came
    in and did not leave, by token."""

    def __init__(self, chain: Chain, book: Book, events: list[Event]) -> None:
        self.owed: Counter[tuple[str, bytes, str]] = Counter()
        self.held: Counter[str] = Counter()
        self._chain = chain
        self._book = book
        self._treasury = chain.node.view(chain.deployed.secondary.treasury())
        self._earned: Counter[bytes] = Counter()
        self._collected: Counter[bytes] = Counter()
        for event in events:
            self._enter(event)

    def _enter(self, event: Any) -> None:
        match event:
            case dealing.Withdrawn() | asking.Withdrawn():
                self._credit(event.payee, event.token, -event.amount, event.account)
                self.held[event.token] -= event.amount
            case asking.KeyRequested():
                self.held[event.terms.token] += event.terms.fee
            case asking.KeyRequestRefunded():
                request = self._book.asked[event.request]
                self._credit(request.asker, request.token, request.fee)
            case asking.KeyDelivered() | asking.KeyPassed():
                request = self._book.asked[event.request]
                self._credit(_payee(event), request.token, request.fee)
            case dealing.KeyDelivered() | dealing.KeyPassed():
                listing, _ = self._book.deals[event.request]
                self._credit(_payee(event), listing.token, listing.delivery_fee)
            case _:
                if hasattr(event, "deal"):
                    self._of_deal(event, *self._book.deals[event.deal])

    def _of_deal(self, event: Any, listing: Listing, deal: Deal) -> None:
        ident, token = event.deal, listing.token
        match event:
            case dealing.Taken():
                self.held[token] += owed(listing, deal.time)
                self._earned[ident] = listing.price * (deal.time or 1)
            case dealing.DealRefunded():
                self._credit(deal.taker, token, owed(listing, deal.time))
            case dealing.RentalExtended():
                self.held[token] += event.amount
                self._earned[ident] += event.amount
            case dealing.RentalEnded():
                self._credit(deal.taker, token, event.amount)
                self._earned[ident] -= event.amount
            case dealing.RentCollected():
                self._credit(listing.holder, token, event.amount)
                self._collected[ident] += event.amount
            case dealing.LicenseSold():
                self._share(ident, listing)
            case dealing.RentalClosed():
                self._share(ident, listing)
                self._credit(event.deposit_to, token, listing.deposit)

    def _share(self, ident: bytes, listing: Listing) -> None:
        earned, rate = self._earned[ident], self._book.rates[ident]
        protocol_fee = earned * rate // 10_000
        shares = earned * (rate + listing.royalty) // 10_000
        maker = listing.royalty_payout
        if maker == ZERO_ADDRESS:
            maker = self._chain.node.view(self._chain.deployed.registry.owner_of(listing.model))
        self._credit(maker, listing.token, shares - protocol_fee, listing.royalty_account)
        self._credit(self._treasury, listing.token, protocol_fee)
        self._credit(listing.holder, listing.token, earned - shares - self._collected[ident])

    def _credit(self, payee: str, token: str, amount: int, account: bytes = ZERO_WORD) -> None:
        self.owed[payee, account, token] += amount


def _payee(event: Any) -> str:
    return str(event.deliverer if event.receiver == ZERO_ADDRESS else event.receiver)
