"""Offers as sellers think of them: defaults, limits in sentences, what a buyer will see.

>>> offer = dataclasses.replace(draft(seller, token=aim, version=1), price=10 * 10**18)
>>> fee = check(chain, offer, session.now)

The limits are those of contracts/market/Offers.sol; a test holds the two against each other.
"""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Any

from daimm_cli.base.errors import ChainRefused, DaimmError
from daimm_cli.base.text import (
    DAY,
    HOUR,
    MINUTE,
    duration_shown,
    sanitise,
    time_shown,
)
from daimm_cli.bindings.values import checksummed
from daimm_cli.chain.terms import MAX_VERSION, ZERO_ADDRESS, ZERO_WORD, Offer
from daimm_cli.market import rules
from daimm_cli.market.deliver import Clocks
from daimm_cli.protocol.curve import G

if TYPE_CHECKING:
    from daimm_cli.chain.views import Token, Views

MIN_DELIVERY_TIME, MAX_DELIVERY_TIME = MINUTE, 30 * DAY
MIN_GRACE, MAX_GRACE = 10 * MINUTE, 7 * DAY
MAX_INSPECTION = 7 * DAY
MAX_HOLD = 90 * DAY

DELIVERY_TIME, GRACE = DAY, 2 * HOUR
"""What an offer says unless its seller says otherwise."""

_LATELY = 100
"""Blocks that tell how fast the chain goes."""


def draft(seller: str, *, token: str, version: int = 1, **terms: Any) -> Offer:
    """An offer with the defaults: free, perpetual, transferable, this version alone.

    terms: what else differs. For `publish` the chain fills in model, version, scheme and line.
    """
    zeros = {name: 0 for name, _ in Offer.fields()}
    defaults: dict[str, Any] = {
        "seller": seller,
        "version": version,
        "last_version": version,
        "transferable": True,
        "line": G,
        "token": token,
        "rule": ZERO_ADDRESS,
        "rule_data": ZERO_WORD,
        "payout": seller,
        "payout_account": ZERO_WORD,
        "delivery_time": DELIVERY_TIME,
        "grace_period": GRACE,
        "arbitrator": ZERO_ADDRESS,
        "salt": secrets.token_bytes(32),
    }
    return Offer(**(zeros | defaults | terms))


def check(chain: Views, offer: Offer, now: int) -> int:
    """The protocol's share of a sale, in hundredths of a percent.

    Raises DaimmError, saying what to change, for terms that the market would refuse, ChainRefused
    where it takes no new offers, or none in this token.
    """
    if not offer.version <= offer.last_version <= MAX_VERSION:
        raise DaimmError(
            f"A licence reaches from version {offer.version} to a later one, at most "
            f"{MAX_VERSION}: change --through."
        )
    _between("delivery time", "deliver-within", offer.delivery_time, MIN_DELIVERY_TIME,
             MAX_DELIVERY_TIME)  # fmt: skip
    _between("grace period", "grace", offer.grace_period, MIN_GRACE, MAX_GRACE)
    _between("inspection", "inspection", offer.inspection, 0, MAX_INSPECTION)
    if offer.arbitrator != ZERO_ADDRESS and not offer.inspection:
        raise DaimmError(
            "An arbitrator can hold a price only while the buyer inspects: say how long that is "
            f"with --inspection, or name nobody with --arbitrator {ZERO_ADDRESS}."
        )
    if offer.payout == ZERO_ADDRESS:
        raise DaimmError("Nobody can be paid at the zero address: change --payout.")
    if offer.expires_at and offer.expires_at <= now:
        raise DaimmError(
            f"The offer would end at {time_shown(offer.expires_at)}, in the past: give a later end."
        )
    stopped = chain.node.view(chain.deployed.market.stopped_until())
    if stopped >= now:
        raise ChainRefused(
            f"New listings are stopped until {time_shown(stopped)}: try again after that. "
            "Deliveries and withdrawals go on."
        )
    fee = require_token(chain, offer.token)
    cap = chain.policy(offer.token).max_delivery_fee
    if offer.delivery_fee > cap:
        most = chain.token(offer.token).shown(cap)
        raise ChainRefused(f"A delivery may cost {most} at most: change --delivery-fee.")
    return fee


def haste(chain: Views, offer: Offer, finality: int | str) -> str | None:
    """A warning where no key can come in time: the purchase is not final before a first delivery
    would be too late. None where it can.

    finality: blocks that a purchase must have, or a tag ("safe", "finalized"); how long that takes
    is what it took lately.
    """
    clocks = Clocks.of(offer, bought=0)
    left = clocks.deliver_by - clocks.margin
    node = chain.node
    newest = node.latest()
    known = node.header(finality if isinstance(finality, str) else max(newest.number - _LATELY, 0))
    if known is None or known.number >= newest.number:
        return None
    needed = newest.time - known.time
    if isinstance(finality, int):  # its own block is the first of them
        needed = needed * (finality - 1) // (newest.number - known.number)
    if needed <= left:
        return None
    depth = f"{finality} blocks" if isinstance(finality, int) else f"'{finality}'"
    return (
        f"No keeper can deliver in time: a purchase is final after {depth}, which took "
        f"{duration_shown(needed)} lately, and a first delivery is made within "
        f"{duration_shown(left)} of it or not at all. Buyers would all take refunds: give yourself "
        "longer with --deliver-within."
    )


def require_token(chain: Views, token: str) -> int:
    """Raise ChainRefused where the token is not allowed; returns the protocol's share of a sale."""
    policy = chain.policy(token)
    if not policy.allowed:
        raise ChainRefused(
            f"The token {token} is not allowed for payment: choose AIM or one that governance "
            "allowed."
        )
    return policy.fee


def describe(chain: Views, offer: Offer, token: Token, fee: int | None = None) -> dict[str, str]:
    """The terms in words, for people; `fee` is the protocol's share in hundredths of a percent."""
    shown = {
        "price": token.shown(offer.price),
        **rules.words(chain, offer, token),
        "delivery fee": token.shown(offer.delivery_fee),
    }
    if fee is not None:
        net = offer.price - offer.price * fee // 10_000
        shown["you receive"] = f"{token.shown(net)} a sale, after the protocol's {fee / 100:g}%"
    last = "all later ones of its key line"
    if offer.last_version < MAX_VERSION:
        last = f"{offer.last_version}" if offer.last_version > offer.version else ""
    return {
        **shown,
        "version": f"{offer.version} to {last}" if last else f"{offer.version}",
        **access(offer),
        "transferable": "yes" if offer.transferable else "no",
        "delivery": f"within {duration_shown(offer.delivery_time)}, refund after another "
        f"{duration_shown(offer.grace_period)}",
        "inspection": duration_shown(offer.inspection)
        if offer.inspection
        else "none: paid at delivery",
        **({"arbitrator": offer.arbitrator} if offer.arbitrator != ZERO_ADDRESS else {}),
        "supply": str(offer.supply) if offer.supply else "unlimited",
        "ends": time_shown(offer.expires_at) if offer.expires_at else "when closed",
        "paid to": "all who share what the version earns"
        if chain.book.names.get(offer.payout) == "RevenueSplitter"
        else offer.payout,
    }


def span(offer: Offer) -> str:
    """The versions that a licence reaches, in words."""
    if offer.last_version == MAX_VERSION:
        return f"version {offer.version} and later ones"
    last = f"s {offer.version} to {offer.last_version}"
    return f"version{last}" if offer.version < offer.last_version else f"version {offer.version}"


def access(offer: Offer) -> dict[str, str]:
    """How long a licence is good for, what gives it more time and what ends that, in words."""
    if not offer.duration:
        return {"access": "for ever"}
    return {
        "access": f"{duration_shown(offer.duration)} from delivery",
        "renewals": "at the price of any offer of the same versions with a fixed price that is "
        "open then, sold out or not; no more once the last such offer is closed, version "
        f"{offer.version} is retired or convicted of wrong content, or the model is sold",
    }


def token_address(chain: Views, text: str) -> str:
    """The address of a token: AIM by name, others by address."""
    if text.upper() == "AIM":
        return chain.aim
    if not text.startswith("0x"):
        raise DaimmError(
            f"'{sanitise(text, 40)}' is no token: name AIM, or give a token's address."
        )
    return checksummed(text, "token's address")


def _between(what: str, option: str, value: int, least: int, most: int) -> None:
    if not least <= value <= most:
        raise DaimmError(
            f"The {what} is {duration_shown(value)}: it may be from {duration_shown(least)} to "
            f"{duration_shown(most)}, change --{option}."
        )
