"""Offers whose price a rule quotes: what it asks now, and what daimm says of the rules it knows.

>>> asked = ask(session.chain, row.offer, session.me.address)
>>> asked.price, asked.referral
(10000000000000000000, 0)

A rule is known by its address in the book. What it asks is asked of itself, as the market would;
each known one has a `Rule` here, which has the words for it.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from daimm_cli.base.errors import ChainRefused
from daimm_cli.bindings.calls import read
from daimm_cli.bindings.price_rule import PriceRule
from daimm_cli.bindings.structs import OfferId
from daimm_cli.chain.terms import ZERO_ADDRESS, Offer
from daimm_cli.market import moving_words, voucher_words
from daimm_cli.market.moving_words import Moving
from daimm_cli.market.voucher_words import Vouched

if TYPE_CHECKING:
    from daimm_cli.chain.views import Token, Views


class Rule(Protocol):
    """What is to be said of a rule.

    moves: whether it may ask something else once a purchase is mined.
    """

    moves: bool

    def mark(self, offer: Offer) -> str:
        """What stands behind the listed price in a list."""
        ...

    def words(self, offer: Offer, token: Token) -> dict[str, str]:
        """The offer's terms of this rule, for people."""
        ...

    def outlook(self, offer: Offer, price: int, token: Token) -> str:
        """What `price`, asked now, may become before a purchase is mined."""
        ...

    def drawn(self, chain: Views, offer: Offer, token: Token, now: int) -> str:
        """The price over time, for a terminal; empty where it does not move with time."""
        ...

    def lowest(self, offer: Offer) -> int:
        """The least that it may come to cost, where that follows from the offer."""
        ...


KNOWN: Mapping[str, Rule] = {"MovingPrice": Moving(), "Vouchers": Vouched()}
"""By the contract's name in the book."""

SAID = (*moving_words.SAID, *voucher_words.SAID)
"""What a seller can say of a rule, by the option's name."""


@dataclass(frozen=True)
class Asked:
    """What one licence costs now, in the token's smallest unit, delivery fee apart.

    referral: the part of it for whom the buyer names.
    """

    price: int
    referral: int
    rule: Rule | None = None

    @property
    def moves(self) -> bool:
        return self.rule is not None and self.rule.moves

    def of(self, offer: Offer) -> Offer:
        """The offer as it would read at this price: for showing, its id is another."""
        return dataclasses.replace(offer, price=self.price)


def known(chain: Views, offer: Offer) -> Rule | None:
    """The offer's rule; None where it has none, or one that daimm does not know."""
    return KNOWN.get(chain.book.rules.get(offer.rule, ""))


def ask(chain: Views, offer: Offer, buyer: str, shown: bytes = b"") -> Asked:
    """What the offer's rule asks `buyer` now, who shows it `shown`.

    Raises ChainRefused where it sells nothing to them, or daimm does not know it.
    """
    if offer.rule == ZERO_ADDRESS:
        return Asked(offer.price, 0)
    if (rule := known(chain, offer)) is None:
        raise ChainRefused(
            f"The price is quoted by {offer.rule}, which daimm does not know: choose another offer."
        )
    ident = OfferId(chain.offer_id(offer))
    terms = offer.seller, offer.rule_data, offer.price
    call = PriceRule(offer.rule).price_for(ident, *terms, buyer, shown)
    answer = chain.node.simulate(call, chain.market)
    price, referral = read(PriceRule.FUNCTIONS["price_for"].outputs, answer, "an answer")
    return Asked(price, min(referral, price // 2), rule)


def applied(
    chain: Views, offer: Offer, said: Mapping[str, Any], amount: Callable[[str], int], now: int
) -> Offer:
    """The offer with what is said of its rule, as `moving_words.applied` has it."""
    vouched = {name: said[name] for name in voucher_words.SAID if name in said}
    moves = {name: said[name] for name in moving_words.SAID if name in said}
    made = voucher_words.applied(chain, offer, vouched)
    return moving_words.applied(chain, made, moves, amount, now)


def words(chain: Views, offer: Offer, token: Token) -> dict[str, str]:
    """What the offer's rule makes of its price, for people; empty where the price is fixed."""
    if offer.rule == ZERO_ADDRESS:
        return {}
    rule = known(chain, offer)
    return rule.words(offer, token) if rule else {"price rule": f"{offer.rule}, not known to daimm"}


def total(chain: Views, offer: Offer, token: Token) -> str:
    """The listed price and the delivery fee, for a list."""
    rule = known(chain, offer)
    return token.shown(offer.total) + (f" {rule.mark(offer)}" if rule else "")


def drawn(chain: Views, offer: Offer, token: Token, now: int) -> str:
    """The price over time, as its rule draws it; empty where daimm knows none."""
    rule = known(chain, offer)
    return rule.drawn(chain, offer, token, now) if rule else ""


def lowest(chain: Views, offer: Offer) -> int:
    """The least that it may come to cost, as far as daimm knows."""
    rule = known(chain, offer)
    return rule.lowest(offer) if rule else offer.price
