"""What an offer means to a buyer: checked, priced, with its deadlines and what happens otherwise.

>>> quoted = quote(session, find_offer(session.index, text))
>>> quoted.describe(session.now)["you pay"]
'10.1 AIM; the market holds it until the key is proven'
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from daimm_cli.base.errors import ChainRefused
from daimm_cli.base.text import duration_shown, time_shown
from daimm_cli.chain.terms import MAX_VERSION, Offer
from daimm_cli.index.rows import OfferRow, VersionRow
from daimm_cli.market.listing import read_listing, titled

if TYPE_CHECKING:
    from daimm_cli.chain.client import Chain
    from daimm_cli.chain.views import Token
    from daimm_cli.index.index import Index
    from daimm_cli.manifest.manifest import SignedManifest
    from daimm_cli.session.session import Session

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
    signed: SignedManifest
    token: Token
    fee: int
    earlier: str | None

    def describe(self, now: int) -> dict[str, str]:
        """For people: what is bought, what it costs, and what happens if nobody delivers."""
        shown = describe(self.row.offer, self.signed, self.token, self.fee, now)
        return {**shown, **({"warning": self.earlier} if self.earlier else {})}


def describe(
    offer: Offer, signed: SignedManifest | None, token: Token, fee: int, now: int
) -> dict[str, str]:
    """The terms of a purchase at time `now`, for people; without a manifest, what can be said."""
    amount = token.shown
    protocol = offer.price * fee // 10_000
    deliver_by = now + offer.delivery_time
    last = offer.last_version
    return {
        "model": f"{offer.model}: " + (titled(signed, offer.version) if signed else "no manifest"),
        "seller": offer.seller,
        "terms": signed.terms.shown if signed else "not known without the manifest",
        "price": f"{amount(offer.price)}: {amount(offer.price - protocol)} for the seller, "
        f"{amount(protocol)} for the protocol",
        "delivery fee": f"{amount(offer.delivery_fee)}, for whoever delivers the key",
        "you pay": f"{amount(offer.total)}; the market holds it until the key is proven",
        "key due by": time_shown(deliver_by),
        "if none comes": f"you take all of it back after "
        f"{time_shown(deliver_by + offer.grace_period)}",
        "inspection": f"{duration_shown(offer.inspection)} after delivery, then the seller is paid"
        if offer.inspection
        else "none: the seller is paid when the chain has proven the key",
        "opens": f"version {offer.version}"
        + (f" to {last}" if offer.version < last < MAX_VERSION else "")
        + (" and later ones of its key line" if last == MAX_VERSION else ""),
        "access": duration_shown(offer.duration) if offer.duration else "for ever",
        "transferable": "yes" if offer.transferable else "no",
    }


def quote(session: Session, row: OfferRow) -> Quote:
    """What an offer means, from a manifest that was checked.

    Raises ChainRefused where it cannot be bought now, and as `read_listing` does.
    """
    chain, index, now = session.chain, session.index, session.now
    if problem := refusal(chain, row, now):
        raise ChainRefused(problem, hint="daimm model list" if row.obstacle(now) else None)
    policy = chain.policy(row.offer.token)
    (version,) = index.versions(row.offer.model, version=row.offer.version)
    signed = read_listing(session, version, offer=row.offer)
    token = chain.token(row.offer.token)
    return Quote(row, signed, token, policy.fee, registered_before(index, row, version))


def refusal(chain: Chain, row: OfferRow, now: int) -> str | None:
    """Why the offer cannot be bought at time `now`; None where it can."""
    if obstacle := row.obstacle(now):
        return f"Offer 0x{row.offer_id.hex()} {_OBSTACLES[obstacle]}: look for another."
    stopped = chain.node.view(chain.deployed.market.stopped_until())
    if stopped >= now:
        return (
            f"New purchases are stopped until {time_shown(stopped)}: buy after that. Deliveries, "
            "refunds and withdrawals go on."
        )
    return None


def registered_before(index: Index, row: OfferRow, version: VersionRow) -> str | None:
    """Who registered the same bytes first, where that was another model."""
    first = index.versions_with_root(version.details.plaintext_root)[0]
    if first.model == row.offer.model:
        return None
    owner = index.model(first.model).owner
    return f"the same bytes were registered before, as model {first.model} of {owner}"
