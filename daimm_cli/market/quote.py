"""What an offer means to a buyer: checked, priced, with its deadlines and what happens otherwise.

>>> quoted = quote(chain, index, fetcher, find_offer(index, text), now(chain))
>>> quoted.describe(now(chain))["you pay"]
'10.1 AIM; the market holds it until the key is proven'
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from daimm_cli.chain.rows import OfferRow
from daimm_cli.chain.terms import MAX_VERSION
from daimm_cli.errors import ChainRefused, DaimmError
from daimm_cli.market.listing import Fetcher, Listing, read_listing
from daimm_cli.market.offers import duration_shown
from daimm_cli.market.orders import local_time
from daimm_cli.output import format_amount, sanitise

if TYPE_CHECKING:
    from daimm_cli.chain.client import Chain
    from daimm_cli.chain.index import Index
    from daimm_cli.chain.views import Token

_OBSTACLES = {
    "closed": "was closed by its seller",
    "expired": "has run out",
    "sold out": "is sold out",
    "version retired": "is for a version that was retired",
    "model has another owner": "is of somebody who no longer owns the model",
    "token not allowed": "asks for a token that the market does not take",
}


@dataclass(frozen=True)
class Quote:
    """An offer and what buying it means. fee: the protocol's share in hundredths of a percent.

    earlier: who registered the same bytes first, where that was another model; else None.
    """

    row: OfferRow
    listing: Listing
    token: Token
    fee: int
    earlier: str | None

    def amount(self, value: int) -> str:
        """In the offer's token."""
        return format_amount(value, self.token.decimals, self.token.symbol)

    def describe(self, now: int) -> dict[str, str]:
        """For people: what is bought, what it costs, and what happens if nobody delivers."""
        offer, signed = self.row.offer, self.listing.signed
        protocol = offer.price * self.fee // 10_000
        deliver_by = now + offer.delivery_time
        last = offer.last_version
        return {
            "model": f"{offer.model}: {sanitise(signed.name)} {sanitise(signed.version)}",
            "seller": offer.seller,
            "terms": f"{signed.terms.license}; use: {signed.terms.use}; redistribution: "
            f"{signed.terms.redistribution}",
            "price": f"{self.amount(offer.price)}: {self.amount(offer.price - protocol)} for the "
            f"seller, {self.amount(protocol)} for the protocol",
            "delivery fee": f"{self.amount(offer.delivery_fee)}, for whoever delivers the key",
            "you pay": f"{self.amount(offer.total)}; the market holds it until the key is proven",
            "key due by": local_time(deliver_by),
            "if none comes": f"you take all of it back after "
            f"{local_time(deliver_by + offer.grace_period)}",
            "inspection": f"{duration_shown(offer.inspection)} after delivery, then the seller is "
            "paid"
            if offer.inspection
            else "none: the seller is paid when the chain has proven the key",
            "opens": f"version {offer.version}"
            + (f" to {last}" if offer.version < last < MAX_VERSION else "")
            + (" and later ones of its key line" if last == MAX_VERSION else ""),
            "access": duration_shown(offer.duration) if offer.duration else "for ever",
            "transferable": "yes" if offer.transferable else "no",
            **({"warning": self.earlier} if self.earlier else {}),
        }


def quote(chain: Chain, index: Index, fetcher: Fetcher, row: OfferRow, now: int) -> Quote:
    """What an offer means, from a manifest that was checked.

    Raises ChainRefused where it cannot be bought at time `now`, and as `read_listing` does.
    """
    if obstacle := row.obstacle(now):
        raise ChainRefused(
            f"Offer 0x{row.offer_id.hex()} {_OBSTACLES[obstacle]}: look for another.",
            hint="daimm model list",
        )
    stopped = chain.stopped_until()
    if stopped >= now:
        raise ChainRefused(
            f"New purchases are stopped until {local_time(stopped)}: buy after that. Deliveries, "
            "refunds and withdrawals go on."
        )
    policy = chain.policy(row.offer.token)
    (version,) = index.versions(row.offer.model, version=row.offer.version)
    listing = read_listing(chain, fetcher, version, seller=row.offer.seller)
    first = index.versions_with_root(version.details.plaintext_root)[0]
    earlier = None
    if first.model != row.offer.model:
        owner = index.model(first.model).owner
        earlier = f"the same bytes were registered before, as model {first.model} of {owner}"
    return Quote(row, listing, chain.token(row.offer.token), policy.fee, earlier)


def total(quotes: Sequence[Quote]) -> tuple[Token, int]:
    """What all of them cost together; raises DaimmError where they ask for different tokens."""
    first = quotes[0].token
    if any(other.token.address != first.address for other in quotes):
        raise DaimmError("These offers ask for different tokens: buy them one token at a time.")
    return first, sum(quoted.row.offer.total for quoted in quotes)


def require_affordable(
    chain: Chain, buyer: str, quotes: Sequence[Quote], maximum: int | None = None
) -> None:
    """Raise ChainRefused where the buyer lacks the money, or it costs more than `maximum`."""
    token, owed = total(quotes)

    def shown(value: int) -> str:
        return format_amount(value, token.decimals, token.symbol)

    if maximum is not None and owed > maximum:
        raise ChainRefused(
            f"It costs {shown(owed)} with the delivery fee, above your maximum of "
            f"{shown(maximum)}: raise --max-price if you agree."
        )
    held = chain.balance(token.address, buyer)
    if held < owed:
        raise ChainRefused(
            f"{buyer} has {shown(held)} and needs {shown(owed)}: add funds, or choose another "
            "account."
        )
