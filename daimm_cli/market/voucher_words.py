"""Offers that take vouchers as sellers say them and as people read them.

>>> offer = applied(chain, offer, {"private": True, "signer": hot})
>>> Vouched().words(offer, token)["vouchers"]
'signed by 0x8fd379246834eac74B8419FfdA202CF8051F7A03; nobody buys without one'
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from daimm_cli.base.errors import DaimmError
from daimm_cli.bindings.values import checksummed
from daimm_cli.chain.terms import ZERO_ADDRESS, ZERO_WORD, Offer

if TYPE_CHECKING:
    from daimm_cli.chain.views import Token, Views

SAID = ("vouchers", "private", "signer")
"""What a seller can say, by the option's name."""

PRIVATE = 1 << 160


class Vouched:
    """Vouchers, as `rules.Rule` has it."""

    moves = False

    def mark(self, offer: Offer) -> str:
        return "(by voucher)" if is_private(offer) else "(vouchers)"

    def words(self, offer: Offer, token: Token) -> dict[str, str]:  # noqa: ARG002
        alone = "; nobody buys without one" if is_private(offer) else ""
        return {"vouchers": f"signed by {signer(offer)}{alone}"}

    def outlook(self, offer: Offer, price: int, token: Token) -> str:
        if price == offer.price:
            return "nothing else; who shows a voucher pays what that says"
        return (
            f"nothing else: the voucher makes {token.shown(price)} of {token.shown(offer.price)}. "
            "If it is revoked, or others use it up before you, nothing is bought"
        )

    def drawn(self, chain: Views, offer: Offer, token: Token, now: int) -> str:  # noqa: ARG002
        return ""

    def lowest(self, offer: Offer) -> int:
        return offer.price


def signer(offer: Offer) -> str:
    """Who signs an offer's vouchers."""
    named = int.from_bytes(offer.rule_data) % PRIVATE
    return checksummed(f"0x{named:040x}") if named else offer.seller


def is_private(offer: Offer) -> bool:
    """Whether nobody buys without a voucher."""
    return int.from_bytes(offer.rule_data) >= PRIVATE


def applied(chain: Views, offer: Offer, said: Mapping[str, Any]) -> Offer:
    """The offer with what is said of vouchers; what is not said stays. Raises DaimmError for what
    does not fit together."""
    takes = chain.book.rules.get(offer.rule) == "Vouchers"
    if not said or not (takes or any(said.values())):
        return offer
    if offer.rule != ZERO_ADDRESS and not takes:
        raise DaimmError("Another rule quotes this offer's price: open an offer of its own.")
    if said.get("vouchers") is False:
        if len(said) > 1:
            raise DaimmError("Without vouchers nobody signs any: say --no-vouchers alone.")
        return dataclasses.replace(offer, rule=ZERO_ADDRESS, rule_data=ZERO_WORD)
    by = signer(offer) if takes else offer.seller
    if "signer" in said:
        by = checksummed(said["signer"], "signer")
    private = PRIVATE * bool(said.get("private", takes and is_private(offer)))
    data = private + (0 if by == offer.seller else int(by, 16))
    rule = chain.deployed.vouchers.address
    return dataclasses.replace(offer, rule=rule, rule_data=data.to_bytes(32))
