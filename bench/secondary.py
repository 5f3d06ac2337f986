"""What holders' deals cost: a key that is asked for, a rental, a licence that is sold on.

    costs = measure(market, offer, details, order, holder, taker)

Each is the second of its kind, so that all who are credited were credited before.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from bench.cost import Cost
from bench.market import GENESIS, PRICE, Market, Seeds
from daimm_cli.bindings.structs import Deal, Delivery, KeyRequest, LicenseId, Listing
from daimm_cli.chain.terms import ZERO_ADDRESS, ZERO_WORD, Bps, Offer, Version
from daimm_cli.protocol.curve import NO_POINT, G, Point, mul
from daimm_cli.protocol.delivery import KeyRequest as Asked
from daimm_cli.protocol.delivery import prove

FEE = 10**16
DAY = 86_400
LATER = GENESIS + 10**9


def measure(
    market: Market, offer: Offer, details: Version, order: Any, holder: str, taker: str
) -> dict[str, Cost]:
    """The cost of each operation, of a settled licence that `holder` bought.

    taker: who rents it and then buys it; they have another licence.
    """
    licenses, secondary = market.licenses.functions, market.secondary
    ident = LicenseId(licenses.licenseIdOf(market.market.address, order["order"]).call())
    for who, spender in ((holder, market.requests), (taker, secondary)):
        market.send(market.aim.functions.approve(spender.address, 2**256 - 1), who)
    market.send(licenses.setApprovalForAll(secondary.address, True), holder)
    seeds = Seeds()
    costs = _key(market, seeds, offer, details, ident, holder)
    sale = _listing(seeds, offer, ident, holder)
    rental = replace(sale, price=10**12, deposit=PRICE, min_time=60, max_time=30 * DAY)
    market.send(secondary.functions.list(rental.to_abi(), details.to_abi(), ZERO_WORD), holder)
    for _ in range(2):
        costs |= _rental(market, seeds, rental, taker)
    market.send(secondary.functions.list(sale.to_abi(), details.to_abi(), ZERO_WORD), holder)
    costs["resale"], costs["resale_delivery"], _ = _deal(market, seeds, sale, taker, 0)
    return costs


def _key(
    market: Market, seeds: Seeds, offer: Offer, details: Version, ident: LicenseId, asker: str
) -> dict[str, Cost]:
    functions = market.requests.functions
    for _ in range(2):
        request = KeyRequest(
            *(asker, ident, offer.model, 1, offer.line, ZERO_WORD),
            *(mul(seeds.scalar(), G), NO_POINT, offer.token, FEE),
            *(DAY, 3_600, seeds.word()),
        )
        asking = functions.requestKey(request.to_abi(), details.to_abi(), ZERO_WORD)
        asked, _ = market.cost(asking, asker)
        name = functions.requestIdOf(request.to_abi()).call()
        given = _proof(market, name, request.key).to_abi()
        answered, _ = market.cost(functions.deliverKey(request.to_abi(), given), market.keeper)
    return {"key_request": asked, "key_delivery": answered}


def _rental(market: Market, seeds: Seeds, rental: Listing, renter: str) -> dict[str, Cost]:
    """From its taking to its close."""
    functions = market.secondary.functions
    rent, started, deal = _deal(market, seeds, rental, renter, DAY)
    terms = rental.to_abi(), deal.to_abi()
    extended, _ = market.cost(functions.extend(*terms, DAY, LATER), renter)
    _wait(market, 3_600)
    collected, _ = market.cost(functions.collect(*terms), market.keeper)
    _wait(market, 2 * DAY)
    market.send(functions.close(*terms), market.keeper)
    names = ("rent", "rent_delivery", "rent_extend", "rent_collect")
    return dict(zip(names, (rent, started, extended, collected), strict=True))


def _deal(
    market: Market, seeds: Seeds, listing: Listing, taker: str, time: int
) -> tuple[Cost, Cost, Deal]:
    """Taken, and delivered by the seller's keeper."""
    functions = market.secondary.functions
    key = mul(seeds.scalar(), G)
    deal = Deal(taker, key, NO_POINT, time, 0, seeds.word())
    terms = listing.to_abi(), deal.to_abi()
    taken, _ = market.cost(functions.take(*terms, LATER), taker)
    place = functions.listingIdOf(listing.to_abi()).call()
    ident = functions.dealIdOf(place, deal.to_abi()).call()
    given = _proof(market, ident, key).to_abi()
    delivered, _ = market.cost(functions.deliver(*terms, given), market.keeper)
    return taken, delivered, deal


def _listing(seeds: Seeds, offer: Offer, ident: LicenseId, holder: str) -> Listing:
    """For sale."""
    return Listing(
        *(holder, ident, offer.model, 1, offer.line, ZERO_WORD, offer.token, PRICE),
        *(0, 0, 0, FEE, DAY, 3_600),
        *(ZERO_ADDRESS, Bps(250), ZERO_ADDRESS, ZERO_WORD),
        *(GENESIS + 90 * DAY, seeds.word()),
    )


def _proof(market: Market, ident: bytes, key: Point) -> Delivery:
    return prove(market.line, Asked(ident, mul(market.line, G), key), market.keeper)


def _wait(market: Market, seconds: int) -> None:
    market.web3.provider.make_request("evm_increaseTime", [seconds])  # type: ignore[arg-type]
