"""What an offer means to a buyer: checked, priced, with its deadlines and what happens otherwise.

>>> quoted = quote(session, text)
>>> quoted.describe(session.now)["you pay"]
'10.1 AIM; the market holds it until the key is proven'
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from daimm_cli.base.errors import ChainRefused
from daimm_cli.base.text import duration_shown, time_shown
from daimm_cli.chain.terms import MAX_VERSION
from daimm_cli.index.rows import OfferRow
from daimm_cli.market.listing import read_listing, titled
from daimm_cli.market.lookup import find_offer

if TYPE_CHECKING:
    from daimm_cli.chain.client import Chain
    from daimm_cli.chain.views import Token
    from daimm_cli.manifest.manifest import SignedManifest
    from daimm_cli.session.session import Session


@dataclass(frozen=True)
class Quote:
    """An offer and what buying it means. fee: the protocol's share in hundredths of a percent.

    signed: None where a report could not read it. earlier: who registered the same bytes first,
    where that was another model; else None.
    """

    row: OfferRow
    signed: SignedManifest | None
    token: Token
    fee: int
    earlier: str | None

    def describe(self, now: int) -> dict[str, str]:
        """For people: what is bought at time `now`, what it costs, and what happens if nobody
        delivers; without a manifest, what can be said."""
        offer, signed, amount = self.row.offer, self.signed, self.token.shown
        protocol = offer.price * self.fee // 10_000
        deliver_by = now + offer.delivery_time
        last = offer.last_version
        name = titled(signed, offer.version) if signed else "no manifest"
        shown = {
            "model": f"{offer.model}: {name}",
            "seller": offer.seller,
            "terms": signed.terms.shown if signed else "not known without the manifest",
            "price": f"{amount(offer.price)}: {amount(offer.price - protocol)} for the seller, "
            f"{amount(protocol)} for the protocol",
            "delivery fee": f"{amount(offer.delivery_fee)}, for whoever delivers the key",
            "you pay": f"{amount(offer.total)}; the market holds it until the key is proven",
            "key due by": time_shown(deliver_by),
            "if none comes": f"you take all of it back after "
            f"{time_shown(deliver_by + offer.grace_period)}",
            "inspection": "none: the seller is paid when the chain has proven the key",
            "opens": f"version {offer.version}"
            + (f" to {last}" if offer.version < last < MAX_VERSION else "")
            + (" and later ones of its key line" if last == MAX_VERSION else ""),
            "access": duration_shown(offer.duration) if offer.duration else "for ever",
            "transferable": "yes" if offer.transferable else "no",
        }
        if offer.inspection:
            inspected = duration_shown(offer.inspection)
            shown["inspection"] = f"{inspected} after delivery, then the seller is paid"
        return {**shown, **({"warning": self.earlier} if self.earlier else {})}


def quote(session: Session, text: str) -> Quote:
    """What the offer with this id means, from a manifest that was checked.

    Raises ChainRefused where it cannot be bought now, and as `read_listing` does.
    """
    chain, index, now = session.chain, session.index, session.now
    if problem := stopped(chain, now):
        raise ChainRefused(problem)
    row = find_offer(index, text)
    if problem := row.refusal(now):
        raise ChainRefused(problem, hint="daimm model list")
    (version,) = index.versions(row.offer.model, version=row.offer.version)
    earlier = index.earlier(version)
    signed = read_listing(session, version, offer=row.offer)
    fee = chain.policy(row.offer.token).fee
    return Quote(row, signed, chain.token(row.offer.token), fee, earlier)


def stopped(chain: Chain, now: int) -> str | None:
    """That nothing can be bought at time `now`; None where it can."""
    until = chain.node.view(chain.deployed.market.stopped_until())
    if until < now:
        return None
    return (
        f"New purchases are stopped until {time_shown(until)}: buy after that. Deliveries, "
        "refunds and withdrawals go on."
    )
